//! What a start mends.

use portolan_core::access::Scope;
use portolan_core::tenancy::PLATFORM;
use portolan_ports::ledger::RecordKind;

use super::fail::Failure;
use crate::tenancy::unexpected;
use crate::{Call, Portolan, Result};

impl Portolan {
    /// Ends what an earlier run of the only process on this data left in the middle: imports are failed, so that
    /// their wikis can be written again; references are set to the heads. To be called once, before requests.
    pub async fn recover(&self) -> Result<()> {
        let platform = Scope::system("recover", PLATFORM);
        let mut after: Option<String> = None;
        loop {
            let found =
                self.inner.ledger.list(&platform, RecordKind::TenantSlug, after.as_deref(), 200).await?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            for (_, stored) in found {
                let tenant = stored.record.tenant_slug().ok_or_else(unexpected)?;
                // What grew before the stop may not be sealed yet.
                self.inner.reads.grew(tenant);
                self.recover_tenant(&Scope::system("recover", tenant)).await?;
            }
        }
    }

    async fn recover_tenant(&self, scope: &Scope) -> Result<()> {
        let mut after: Option<String> = None;
        loop {
            let found = self.inner.ledger.list(scope, RecordKind::Head, after.as_deref(), 200).await?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            for (name, stored) in found {
                let head = stored.record.head().ok_or_else(unexpected)?;
                if let Some(import) = head.importing {
                    let problem = "the server was stopped while the import was running; import again".into();
                    let call = Call::new(import.to_string());
                    self.fail_import(&Failure { scope: scope.clone(), call, id: import, problem }).await?;
                }
                if head.commit.is_some() && !head.deleted {
                    // A reference that a crash left behind is moved; one that somebody else moved is kept and reported.
                    let wiki = name.parse().map_err(|_| unexpected())?;
                    self.mirror(&scope.repo(wiki), None, head.commit).await;
                }
            }
        }
    }
}
