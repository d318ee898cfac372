//! Wikis.

mod reinstate;

use std::path::PathBuf;

use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::id::WikiId;
use portolan_core::tenancy::DisplayName;
use portolan_core::wiki::{Head, Wiki, WikiSlug};
use portolan_ports::ledger::{Effect, Expect, Key, Record, RecordKind};

use crate::list::{Listed, Paging};
use crate::once::Plan;
use crate::tenancy::{delete, put, unexpected};
use crate::{Admitted, Error, Portolan, Result, Written};

/// A wiki to be made.
#[derive(Debug, Clone)]
pub struct NewWiki {
    /// Its id in addresses.
    pub slug: WikiSlug,
    /// What people call it; its id, where absent.
    pub display_name: Option<DisplayName>,
}

/// A wiki, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WikiView {
    /// The wiki.
    pub wiki: Wiki,
    /// Its newest commit.
    pub head: Option<Oid>,
}

impl Portolan {
    /// Makes an empty wiki.
    pub async fn create_wiki(&self, admitted: &Admitted, new: NewWiki) -> Result<Written<WikiView>> {
        admitted.must_be(Operation::WikiCreate)?;
        let id: WikiId = self.new_id();
        let name = new.display_name.map_or_else(|| DisplayName::parse(new.slug.as_str()), Ok);
        let name = name.map_err(|bad| Error::invalid("/display_name", bad))?;
        let (new_slug, name) = (&new.slug, &name);
        let parts = [new.slug.as_str().as_bytes(), name.as_str().as_bytes()];
        let written = self
            .once(admitted, &parts, |scope| async move {
                let scope = &scope;
                let alias = Key::WikiSlug(new_slug.clone());
                if self.inner.ledger.get_many(scope, std::slice::from_ref(&alias)).await?[0].is_some() {
                    return Err(Error::SlugTaken(new_slug.to_string()));
                }
                let wiki = Wiki {
                    id,
                    slug: new_slug.clone(),
                    display_name: name.clone(),
                    created_at: self.now(),
                    deleted_at: None,
                };
                Ok(Plan {
                    edits: vec![
                        put(alias, Expect::Absent, Record::WikiSlug(id)),
                        put(Key::Wiki(id), Expect::Absent, Record::Wiki(wiki.clone())),
                        put(Key::Head(id), Expect::Absent, Record::Head(Head::new())),
                    ],
                    target: wiki.slug.to_string(),
                    effect: Effect::WikiCreated { wiki },
                })
            })
            .await?;
        let Effect::WikiCreated { wiki } = written.value else { return Err(unexpected()) };
        Ok(Written { value: WikiView { wiki, head: None }, replayed: written.replayed })
    }

    /// Wikis, by id.
    pub async fn list_wikis(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<WikiView>> {
        admitted.must_be(Operation::WikiList)?;
        let result = self.all_wikis(admitted, paging).await;
        self.noted(admitted, "wikis", result)
    }

    async fn all_wikis(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<WikiView>> {
        let list = format!("wikis {}", admitted.scope().tenant());
        let after = paging.after_text(&list)?;
        let ledger = &self.inner.ledger;
        let found =
            ledger.list(admitted.scope(), RecordKind::WikiSlug, after.as_deref(), paging.limit + 1).await?;
        let mut keys = Vec::with_capacity(2 * found.len());
        let mut names = Vec::with_capacity(found.len());
        for (name, stored) in found {
            let id = stored.record.wiki_slug().ok_or_else(unexpected)?;
            keys.extend([Key::Wiki(id), Key::Head(id)]);
            names.push(name);
        }
        let mut records = ledger.get_many(admitted.scope(), &keys).await?.into_iter();
        let mut items = Vec::with_capacity(names.len());
        for name in names {
            let wiki = records.next().flatten().and_then(|stored| stored.record.wiki());
            let head = records.next().flatten().and_then(|stored| stored.record.head());
            // A wiki that was deleted between the two reads is simply no longer listed.
            if let (Some(wiki), Some(head)) = (wiki, head) {
                items.push((name, WikiView { wiki, head: head.commit }));
            }
        }
        Ok(Listed::page(&list, items, paging))
    }

    /// A wiki's record.
    pub async fn read_wiki(&self, admitted: &Admitted) -> Result<WikiView> {
        admitted.must_be(Operation::WikiRead)?;
        let result = admitted.wiki().map(|(wiki, head)| WikiView { wiki: wiki.clone(), head: head.commit });
        self.noted(admitted, &wiki_name(admitted), result)
    }

    /// Where plain git finds a wiki's repository on this machine: none where it cannot, or nothing was written yet.
    pub fn repository_folder(&self, admitted: &Admitted) -> Result<Option<PathBuf>> {
        admitted.must_be(Operation::WikiRead)?;
        Ok(self.inner.objects.local_path(&admitted.repo()?))
    }

    /// Deletes a wiki softly: it is gone, its id is free again, and its content is kept for 30 days. A write in flight
    /// does not commit after it.
    pub async fn delete_wiki(&self, admitted: &Admitted) -> Result<Written<()>> {
        admitted.must_be(Operation::WikiDelete)?;
        let slug = &admitted.place.wiki.clone().ok_or_else(|| Error::not_found("wiki"))?;
        let written = self
            .once(admitted, &[], |scope| async move {
                let scope = &scope;
                let ledger = &self.inner.ledger;
                let alias = Key::WikiSlug(slug.clone());
                let found = ledger.get_many(scope, std::slice::from_ref(&alias)).await?.pop().flatten();
                let found = found.ok_or_else(|| Error::not_found("wiki"))?;
                let id = found.record.wiki_slug().ok_or_else(unexpected)?;
                let keys = [Key::Wiki(id), Key::Head(id)];
                let records = ledger.get_many(scope, &keys).await?;
                let [Some(wiki), Some(head)] = <[_; 2]>::try_from(records).map_err(|_| unexpected())? else {
                    return Err(unexpected());
                };
                let (wiki_version, head_version) = (wiki.version, head.version);
                let mut wiki = wiki.record.wiki().ok_or_else(unexpected)?;
                let mut head = head.record.head().ok_or_else(unexpected)?;
                wiki.deleted_at = Some(self.now());
                head.deleted = true;
                Ok(Plan {
                    edits: vec![
                        delete(alias, found.version),
                        put(Key::Wiki(id), Expect::At(wiki_version), Record::Wiki(wiki)),
                        put(Key::Head(id), Expect::At(head_version), Record::Head(head)),
                    ],
                    effect: Effect::Removed,
                    target: slug.to_string(),
                })
            })
            .await?;
        Ok(written.map(|_| ()))
    }
}

/// What the audit calls the wiki that `admitted` is about.
pub(crate) fn wiki_name(admitted: &Admitted) -> String {
    admitted.place.wiki.as_ref().map_or_else(String::new, ToString::to_string)
}
