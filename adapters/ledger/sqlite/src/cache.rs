//! What admissions rest on, in memory.
//!
//! The caches are exact because all writes go through this process's one writer, which tells them of each commit before it
//! answers. Two rules keep late readers from putting something old back:
//!
//! - Tenants, members, tokens and wikis change rarely, so all of them share one *generation*. It is odd from before a
//!   commit that touches them until after it; meanwhile nobody uses or fills these caches. An entry counts only in the
//!   even generation in which it was read, so a change makes all entries void at once.
//! - Heads change all the time, so the writer puts each new head in itself. A reader that read a head from the database
//!   may add it only if no head has changed since before it read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use portolan_core::access::{Admission, Version};
use portolan_core::id::{TenantId, TokenKind, WikiId};
use portolan_core::tenancy::{PLATFORM, Tenant, TenantSlug};
use portolan_core::token::CredentialKey;
use portolan_core::wiki::{Head, Wiki, WikiSlug};
use portolan_ports::ledger::Admitted;
use quick_cache::sync::Cache;

/// A change of a head by a commit: the new one, or none where it was deleted.
pub(crate) type HeadUpdate = ((TenantId, WikiId), Option<(Head, Version)>);

/// An entry with the generation it was read in.
#[derive(Debug, Clone)]
struct Entry<T>(u64, Arc<T>);

/// When a reader began: what it reads from then on may be kept, if nothing changed meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    generation: u64,
    heads: u64,
}

/// What a reader read from the database as of one moment.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) credential: &'a CredentialKey<TokenKind>,
    /// The name asked for, where it is another tenant's.
    pub(crate) other: Option<&'a TenantSlug>,
    pub(crate) wiki: Option<&'a WikiSlug>,
    pub(crate) admitted: &'a Admitted,
}

/// The caches. Each is bounded; what is dropped is read again.
#[derive(Debug)]
pub(crate) struct Caches {
    generation: AtomicU64,
    /// Counts the commits that changed heads. Changed, and compared with what a reader began with, only under its lock.
    head_changes: Mutex<u64>,
    /// Without a target.
    admissions: Cache<CredentialKey<TokenKind>, Entry<Admission>>,
    targets: Cache<TenantSlug, Entry<Tenant>>,
    wikis: Cache<(TenantId, WikiSlug), Entry<Wiki>>,
    heads: Cache<(TenantId, WikiId), Arc<(Head, Version)>>,
}

impl Caches {
    pub(crate) fn new() -> Self {
        Self {
            generation: AtomicU64::new(0),
            head_changes: Mutex::new(0),
            admissions: Cache::new(4096),
            targets: Cache::new(1024),
            wikis: Cache::new(4096),
            heads: Cache::new(8192),
        }
    }

    /// What is cached of all that [`portolan_ports::Ledger::admit`] was asked for, as of one moment; `None` where
    /// anything is missing here.
    pub(crate) fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Option<Admitted> {
        let generation = self.generation.load(Ordering::SeqCst);
        let known = current(generation, self.admissions.get(credential))?;
        let other = target.filter(|target| **target != known.home.0.slug);
        let mut target = None;
        let mut found = None;
        if let Some(other) = other {
            if credential.tenant == PLATFORM {
                target = Some(current(generation, self.targets.get(other))?);
            }
        } else if let Some(slug) = wiki {
            let wiki = current(generation, self.wikis.get(&(credential.tenant, slug.clone())))?;
            let head = self.heads.get(&(credential.tenant, wiki.id))?;
            found = Some((wiki, head));
        }
        // Still the same, so the entries and the head were all true together.
        if !is_settled(generation) || self.generation.load(Ordering::SeqCst) != generation {
            return None;
        }
        let admission = Admission { target: target.map(|tenant| (*tenant).clone()), ..(*known).clone() };
        let wiki = found
            .filter(|(wiki, head)| is_there(wiki, &head.0))
            .map(|(wiki, head)| ((*wiki).clone(), head.0.clone(), head.1));
        Some(Admitted { admission, wiki })
    }

    /// To be called before reading from the database what shall be kept here.
    pub(crate) fn moment(&self) -> Moment {
        let heads = *self.head_changes.lock();
        Moment { generation: self.generation.load(Ordering::SeqCst), heads }
    }

    /// Keeps what was read after `moment`, unless something changed since.
    pub(crate) fn keep(&self, moment: Moment, seen: &Seen<'_>) {
        let generation = moment.generation;
        if !is_settled(generation) || self.generation.load(Ordering::SeqCst) != generation {
            return;
        }
        let Admitted { admission, wiki } = seen.admitted;
        let home = Admission { target: None, ..admission.clone() };
        self.admissions.insert(*seen.credential, Entry(generation, Arc::new(home)));
        if let (Some(slug), Some(tenant)) = (seen.other, &admission.target) {
            self.targets.insert(slug.clone(), Entry(generation, Arc::new(tenant.clone())));
        }
        if let (Some(slug), Some((wiki, head, version))) = (seen.wiki, wiki) {
            let tenant = seen.credential.tenant;
            self.wikis.insert((tenant, slug.clone()), Entry(generation, Arc::new(wiki.clone())));
            let changes = self.head_changes.lock();
            if *changes == moment.heads {
                self.heads.insert((tenant, wiki.id), Arc::new((head.clone(), *version)));
            }
        }
    }

    /// The writer is about to commit something that admissions rest on.
    pub(crate) fn unsettle(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// The writer's commit is over, whichever way; after [`Caches::unsettle`].
    pub(crate) fn settle(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// The writer has committed these, in this order, and answers next.
    pub(crate) fn update_heads(&self, updates: Vec<HeadUpdate>) {
        if updates.is_empty() {
            return;
        }
        let mut changes = self.head_changes.lock();
        *changes += 1;
        for (key, head) in updates {
            match head {
                Some(head) => self.heads.insert(key, Arc::new(head)),
                None => drop(self.heads.remove(&key)),
            }
        }
    }

    /// Drops everything, after a failure that leaves unknown what is stored. To be called by the writer alone.
    pub(crate) fn forget(&self) {
        if is_settled(self.generation.load(Ordering::SeqCst)) {
            self.unsettle();
        }
        let mut changes = self.head_changes.lock();
        *changes += 1;
        self.heads.clear();
        drop(changes);
        self.settle();
    }
}

/// Whether a wiki that is stored exists for those who ask.
pub(crate) fn is_there(wiki: &Wiki, head: &Head) -> bool {
    wiki.deleted_at.is_none() && !head.deleted
}

/// Whether no commit that admissions rest on is under way.
const fn is_settled(generation: u64) -> bool {
    generation.is_multiple_of(2)
}

fn current<T>(generation: u64, entry: Option<Entry<T>>) -> Option<Arc<T>> {
    entry.filter(|entry| entry.0 == generation).map(|entry| entry.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_contract::sample::{Credential, head, id, tenant_slug, wiki, wiki_slug};

    struct World {
        caches: Caches,
        credential: Credential,
    }

    impl World {
        fn new() -> Self {
            Self { caches: Caches::new(), credential: Credential::owner(id(1), "acme", 1) }
        }

        /// What the database has while the head is at `time`.
        fn stored(&self, time: i64) -> Admitted {
            let Credential { tenant, member, token, .. } = &self.credential;
            let admission = Admission {
                token: (token.clone(), Version(1)),
                member: (member.clone(), Version(2)),
                home: (tenant.clone(), Version(3)),
                target: None,
            };
            Admitted { admission, wiki: Some((wiki(1, "notes"), head(time), version(time))) }
        }

        fn keep(&self, moment: Moment, admitted: &Admitted) {
            let (credential, wiki) = (&self.credential.bearer.key(), &wiki_slug("notes"));
            self.caches.keep(moment, &Seen { credential, other: None, wiki: Some(wiki), admitted });
        }

        /// The cached head's time.
        fn head(&self) -> Option<i64> {
            let admitted =
                self.caches.admit(&self.credential.bearer.key(), None, Some(&wiki_slug("notes")))?;
            admitted.wiki.map(|(_, head, _)| head.time)
        }

        fn admitted(&self) -> bool {
            self.caches.admit(&self.credential.bearer.key(), None, None).is_some()
        }

        fn commit(&self, head: Option<Head>) {
            let head = head.map(|head| (head.clone(), version(head.time)));
            self.caches.update_heads(vec![((id(1), id(1)), head)]);
        }
    }

    fn version(time: i64) -> Version {
        Version(time.cast_unsigned())
    }

    #[test]
    fn what_was_read_is_kept_and_the_writer_moves_the_head() {
        let world = World::new();
        assert!(!world.admitted());
        world.keep(world.caches.moment(), &world.stored(10));
        assert_eq!(world.head(), Some(10));
        world.commit(Some(head(11)));
        assert_eq!(world.head(), Some(11));
        world.commit(Some(Head { deleted: true, ..head(12) }));
        assert_eq!(world.head(), None);
        // A name of another tenant is not a wiki of this one, and not cached here.
        let other = tenant_slug("other");
        let wiki = wiki_slug("notes");
        let admitted = world.caches.admit(&world.credential.bearer.key(), Some(&other), Some(&wiki)).unwrap();
        assert!(admitted.wiki.is_none() && admitted.admission.target.is_none());
    }

    #[test]
    fn a_head_read_before_a_commit_is_not_put_back_after_it() {
        for change in [Some(head(11)), None] {
            let world = World::new();
            let moment = world.caches.moment();
            let old = world.stored(10);
            let expected = change.as_ref().map(|head| head.time);
            world.commit(change);
            world.keep(moment, &old);
            // The rest is kept: it did not change.
            assert!(world.admitted());
            assert_eq!(world.head(), expected);
        }
    }

    #[test]
    fn nothing_is_used_or_kept_while_a_commit_is_under_way_or_after_it() {
        let world = World::new();
        let before = world.caches.moment();
        let old = world.stored(10);
        world.keep(before, &old);
        world.caches.unsettle();
        assert!(!world.admitted());
        world.keep(before, &old);
        let during = world.caches.moment();
        world.keep(during, &old);
        assert!(!world.admitted());
        world.caches.settle();
        for moment in [before, during] {
            world.keep(moment, &old);
            assert!(!world.admitted(), "{moment:?}");
        }
        world.keep(world.caches.moment(), &old);
        assert!(world.admitted());
    }

    #[test]
    fn after_forgetting_everything_is_read_again() {
        for under_way in [false, true] {
            let world = World::new();
            world.keep(world.caches.moment(), &world.stored(10));
            let late = world.caches.moment();
            if under_way {
                world.caches.unsettle();
            }
            world.caches.forget();
            world.keep(late, &world.stored(10));
            assert!(!world.admitted());
            world.keep(world.caches.moment(), &world.stored(11));
            assert_eq!(world.head(), Some(11));
        }
    }
}
