//! Making indexes anew, for whoever holds the storage.

use std::sync::Arc;

use portolan_core::access::Scope;
use portolan_core::tenancy::PLATFORM;
use portolan_ports::ledger::{Key, RecordKind};
use portolan_ports::objects::Progress;

use crate::pages::Wiki;
use crate::tenancy::unexpected;
use crate::{Portolan, Result};

impl Portolan {
    /// Empties the indexes of all wikis, or of those of this tenant and this name, and builds them again. Answers which, by tenant and
    /// wiki. Readers meanwhile wait for it.
    pub async fn reindex(
        &self,
        tenant: Option<&str>,
        wiki: Option<&str>,
        progress: Arc<dyn Progress>,
    ) -> Result<Vec<(String, String)>> {
        let mut done = Vec::new();
        let platform = Scope::system("reindex", PLATFORM);
        for (slug, record) in self.everything(&platform, RecordKind::TenantSlug).await? {
            if tenant.is_some_and(|tenant| tenant != slug) {
                continue;
            }
            let scope = Scope::system("reindex", record.tenant_slug().ok_or_else(unexpected)?);
            for (_, record) in self.everything(&scope, RecordKind::Wiki).await? {
                let found = record.wiki().ok_or_else(unexpected)?;
                if wiki.is_some_and(|wiki| wiki != found.slug.as_str()) {
                    continue;
                }
                let head = self.inner.ledger.get_many(&scope, &[Key::Head(found.id)]).await?.pop().flatten();
                let head = head.and_then(|stored| stored.record.head());
                if head.is_none_or(|head| head.deleted) {
                    continue;
                }
                let wiki = Wiki { repo: scope.repo(found.id), id: found.id, slug: found.slug.clone() };
                self.rebuild(&wiki, Arc::clone(&progress)).await?;
                done.push((slug.clone(), found.slug.to_string()));
            }
        }
        Ok(done)
    }
}
