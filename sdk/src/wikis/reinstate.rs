//! Bringing a deleted wiki back.

use jiff::SignedDuration;
use portolan_core::access::{Operation, Scope, Version};
use portolan_core::wiki::{Wiki, WikiSlug};
use portolan_ports::ledger::{Effect, Expect, Key, Record, RecordKind};

use super::WikiView;
use crate::once::Plan;
use crate::tenancy::{put, unexpected};
use crate::{Admitted, Error, Portolan, Result, Written};

/// How long the content of a deleted wiki is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Wikis looked at together.
const PART: usize = 200;

impl Portolan {
    /// Brings back the wiki of this name that was deleted last, with all it had, within 30 days of its deletion; where a wiki of the
    /// name is there, that one has to go first.
    pub async fn reinstate_wiki(&self, admitted: &Admitted) -> Result<Written<WikiView>> {
        admitted.must_be(Operation::WikiReinstate)?;
        let slug = &admitted.place.wiki.clone().ok_or_else(|| Error::not_found("wiki"))?;
        let written = self
            .once(admitted, &[], |scope| async move {
                let scope = &scope;
                let ledger = &self.inner.ledger;
                let alias = Key::WikiSlug(slug.clone());
                if ledger.get_many(scope, std::slice::from_ref(&alias)).await?[0].is_some() {
                    return Err(Error::SlugTaken(slug.to_string()));
                }
                let found = self.deleted_last(scope, slug).await?;
                let (mut wiki, version) = found.ok_or_else(|| Error::not_found("deleted wiki"))?;
                let key = Key::Head(wiki.id);
                let head = ledger.get_many(scope, std::slice::from_ref(&key)).await?.pop().flatten();
                let head = head.ok_or_else(unexpected)?;
                let head_version = head.version;
                let mut head = head.record.head().ok_or_else(unexpected)?;
                wiki.deleted_at = None;
                head.deleted = false;
                Ok(Plan {
                    edits: vec![
                        put(alias, Expect::Absent, Record::WikiSlug(wiki.id)),
                        put(Key::Wiki(wiki.id), Expect::At(version), Record::Wiki(wiki.clone())),
                        put(key, Expect::At(head_version), Record::Head(head.clone())),
                    ],
                    target: slug.to_string(),
                    effect: Effect::WikiReinstated { wiki, head: head.commit },
                })
            })
            .await?;
        let Effect::WikiReinstated { wiki, head } = written.value else { return Err(unexpected()) };
        Ok(Written { value: WikiView { wiki, head }, replayed: written.replayed })
    }

    /// Of the wikis of this name whose content is kept still the one that was deleted last.
    async fn deleted_last(&self, scope: &Scope, slug: &WikiSlug) -> Result<Option<(Wiki, Version)>> {
        let since = self.now() - KEPT;
        let (mut newest, mut after): (Option<(Wiki, Version)>, Option<String>) = (None, None);
        loop {
            let found = self.inner.ledger.list(scope, RecordKind::Wiki, after.as_deref(), PART).await?;
            let is_last = found.len() < PART;
            for (name, stored) in found {
                let wiki = stored.record.wiki().ok_or_else(unexpected)?;
                let is_newer = newest.as_ref().is_none_or(|(newest, _)| newest.deleted_at <= wiki.deleted_at);
                if wiki.slug == *slug && wiki.deleted_at.is_some_and(|at| at >= since) && is_newer {
                    newest = Some((wiki, stored.version));
                }
                after = Some(name);
            }
            if is_last {
                return Ok(newest);
            }
        }
    }
}
