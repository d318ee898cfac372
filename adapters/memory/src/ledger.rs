//! The ledger in memory. Records and segments are kept as they would be on a disk, so that their stored form is used.

mod commit;
mod state;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use portolan_core::access::{Admission, Scope, Version};
use portolan_core::audit::{Lane, Segment};
use portolan_core::id::TokenKind;
use portolan_core::tenancy::{PLATFORM, TenantSlug};
use portolan_core::token::CredentialKey;
use portolan_core::wiki::WikiSlug;
use portolan_ports::ledger::{Admitted, Batch, Caps, CommitError, Key, Record, RecordKind, Stored, Walk};
use portolan_ports::{Ledger, Result};

use state::State;

const ADAPTER: &str = "ledger/memory";

/// A [`Ledger`] in memory.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    state: Mutex<State>,
}

impl MemoryLedger {
    /// What fits into one batch: what DynamoDB's `TransactWriteItems` takes, the least of all ledgers.
    pub const CAPS: Caps = Caps { items: 100, bytes: 4_000_000 };

    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    fn caps(&self) -> Caps {
        Self::CAPS
    }

    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        self.state.lock().admit(credential, target, wiki)
    }

    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        let state = self.state.lock();
        keys.iter().map(|key| state.get("get_many", key.partition(scope), key)).collect()
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        self.state.lock().list(kind.partition(scope), kind, after, limit)
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        self.state.lock().segments(scope.tenant(), lane, walk, limit)
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        self.state.lock().commit(scope, batch)
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        Ok(self.state.lock().sweep(now, limit))
    }
}

impl State {
    fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        slug: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        let home_id = credential.tenant;
        let read = |tenant, key: Key| self.get("admit", tenant, &key);
        let Some((token, token_version)) = with(read(home_id, Key::Token(credential.id))?, Record::token)
        else {
            return Ok(None);
        };
        let Some(member) = with(read(home_id, Key::Member(token.member))?, Record::member) else {
            return Ok(None);
        };
        let Some(home) = with(read(home_id, Key::Tenant)?, Record::tenant) else {
            return Ok(None);
        };
        let other = target.filter(|slug| **slug != home.0.slug);
        let target = match other {
            Some(other) if home_id == PLATFORM => {
                match with(read(PLATFORM, Key::TenantSlug(other.clone()))?, Record::tenant_slug) {
                    Some((id, _)) => with(read(id, Key::Tenant)?, Record::tenant).map(|(tenant, _)| tenant),
                    None => None,
                }
            }
            _ => None,
        };
        let wiki = match slug {
            Some(slug) if other.is_none() => {
                match with(read(home_id, Key::WikiSlug(slug.clone()))?, Record::wiki_slug) {
                    Some((id, _)) => {
                        let wiki = with(read(home_id, Key::Wiki(id))?, Record::wiki);
                        let head = with(read(home_id, Key::Head(id))?, Record::head);
                        wiki.zip(head).map(|((wiki, _), (head, version))| (wiki, head, version))
                    }
                    None => None,
                }
            }
            _ => None,
        };
        let wiki = wiki.filter(|(wiki, head, _)| wiki.deleted_at.is_none() && !head.deleted);
        let admission = Admission { token: (token, token_version), member, home, target };
        Ok(Some(Admitted { admission, wiki }))
    }
}

/// The record that `getter` takes out of `stored`, with its version.
fn with<T>(stored: Option<Stored>, getter: fn(Record) -> Option<T>) -> Option<(T, Version)> {
    let Stored { version, record } = stored?;
    Some((getter(record)?, version))
}
