//! What the tests stand on: stores that outlive a [`Portolan`], and clients who call it.

pub(crate) mod client;
pub(crate) mod folder;
pub(crate) mod git;
pub(crate) mod layers;
pub(crate) mod slow;
pub(crate) mod tampered;
pub(crate) mod tap;
pub(crate) mod writes;

use std::sync::Arc;
use std::time::Duration;

use portolan::core::access::Scope;
use portolan::core::id::{TenantId, WikiId};
use portolan::core::tenancy::PLATFORM;
use portolan::core::token::BearerToken;
use portolan::core::wiki::RepoId;
use portolan::ports::ledger::Key;
use portolan::ports::{Index, Ledger, Objects};
use portolan::{Options, Place, Portolan, Result};
use portolan_memory::{ManualClock, MemoryIndex, MemoryLedger, MemoryObjects, SequentialIds};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use client::Client;
use folder::Folder;
use layers::{TappedIndex, TappedLedger, TappedObjects};
use tap::Tap;

/// On what the use cases run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// The reference model.
    Memory,
    /// What the programs use: SQLite, bare repositories and SQLite indexes in a folder.
    Embedded,
}

/// Why something was refused.
pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(error) => error.reason().unwrap_or_else(|| panic!("no refusal: {error:?}")),
        Ok(value) => panic!("expected a refusal: {value:?}"),
    }
}

/// Everything stored, and the way to it. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct Stores {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<SequentialIds>,
    /// Where the embedded set has it; what is in memory alone has none.
    folder: Option<Arc<Folder>>,
}

impl Default for Stores {
    fn default() -> Self {
        Self {
            ledger: Arc::new(MemoryLedger::default()),
            objects: Arc::new(MemoryObjects::default()),
            index: Arc::new(MemoryIndex::default()),
            clock: Arc::default(),
            ids: Arc::default(),
            folder: None,
        }
    }
}

impl Stores {
    /// New ones, empty.
    pub(crate) fn new(set: Set) -> Self {
        match set {
            Set::Memory => Self::default(),
            Set::Embedded => Self::in_folder(Folder::new(), Arc::default(), Arc::default()),
        }
    }

    fn in_folder(folder: Folder, clock: Arc<ManualClock>, ids: Arc<SequentialIds>) -> Self {
        let (ledger, objects, index) = folder.open(&clock);
        Self { ledger, objects, index, clock, ids, folder: Some(Arc::new(folder)) }
    }

    /// Whether damage to them is possible.
    pub(crate) fn are_on_disk(&self) -> bool {
        self.folder.is_some()
    }

    /// The same ledger and objects with another index.
    pub(crate) fn with_index(&self, index: Arc<dyn Index>) -> Self {
        Self { index, ..self.clone() }
    }

    /// The same ledger and index with another object store.
    pub(crate) fn with_objects(&self, objects: Arc<dyn Objects>) -> Self {
        Self { objects, ..self.clone() }
    }

    /// What a process finds that starts after this one was killed just now: a folder as it is at this moment, with the
    /// ledger's log not copied into its database. Memory that a killed process had survives, for it is the store.
    pub(crate) fn after_a_kill(&self) -> Self {
        match &self.folder {
            None => self.clone(),
            Some(folder) => Self::in_folder(folder.copied(), self.clock.clone(), self.ids.clone()),
        }
    }

    /// Closed and opened again. Nobody else may have them, but for background work that ends by itself.
    pub(crate) async fn reopened(self) -> Self {
        let Some(folder) = self.folder else { return self };
        let Self { ledger, objects, index, clock, ids, .. } = self;
        let open = Arc::downgrade(&ledger);
        drop((ledger, objects, index));
        // On the test's clock: the worker of a wiki stays for a while after its last write.
        for _ in 0..100 {
            if open.strong_count() == 0 {
                let folder = Arc::into_inner(folder).expect("whoever has the folder has its stores");
                return Self::in_folder(folder, clock, ids);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("the ledger is not let go of");
    }

    /// A new process on them.
    pub(crate) fn open(&self) -> Portolan {
        self.build(self.ledger.clone(), self.objects.clone(), self.index.clone())
    }

    /// A new process on them, whose every port call passes `tap`.
    pub(crate) fn open_through(&self, tap: &Arc<Tap>) -> Portolan {
        self.build(
            Arc::new(TappedLedger { tap: tap.clone(), inner: self.ledger.clone() }),
            Arc::new(TappedObjects { tap: tap.clone(), inner: self.objects.clone() }),
            Arc::new(TappedIndex { tap: tap.clone(), inner: self.index.clone() }),
        )
    }

    pub(crate) fn build(
        &self,
        ledger: Arc<dyn Ledger>,
        objects: Arc<dyn Objects>,
        index: Arc<dyn Index>,
    ) -> Portolan {
        let (clock, ids) = (self.clock.clone(), self.ids.clone());
        let options = Options { page_bytes: 64 << 10, ..Options::default() };
        Portolan::builder(ledger, objects, index, clock, ids).options(options).build()
    }

    /// What the clock shows.
    pub(crate) fn clock_now(&self) -> jiff::Timestamp {
        portolan::ports::Clock::now(self.clock.as_ref())
    }

    /// The id of the tenant `slug`.
    pub(crate) async fn tenant(&self, slug: &str) -> TenantId {
        let key = Key::TenantSlug(slug.parse().unwrap());
        let found = self.ledger.get_many(&Scope::system("test", PLATFORM), &[key]).await.unwrap();
        found[0].clone().unwrap().record.tenant_slug().unwrap()
    }

    /// The repository of the wiki `slug` of the tenant `demo`.
    pub(crate) async fn repo(&self, slug: &str) -> RepoId {
        let scope = Scope::system("test", self.tenant("demo").await);
        let key = Key::WikiSlug(slug.parse().unwrap());
        let found = self.ledger.get_many(&scope, &[key]).await.unwrap();
        let wiki: WikiId = found[0].clone().unwrap().record.wiki_slug().unwrap();
        scope.repo(wiki)
    }
}

/// The demonstration on new stores.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) stores: Stores,
    pub(crate) portolan: Portolan,
    /// The owner of the tenant `demo`, in its wiki `notes`.
    pub(crate) owner: Client,
    /// The platform's operator, in no tenant but his own.
    pub(crate) operator: Client,
}

impl World {
    /// In memory.
    pub(crate) async fn new() -> Self {
        Self::on(Set::Memory).await
    }

    pub(crate) async fn on(set: Set) -> Self {
        let stores = Stores::new(set);
        let portolan = stores.open();
        let setup = portolan.demo().await.unwrap();
        assert!(setup.is_new);
        let place = Place { tenant: Some(setup.tenant), wiki: Some(setup.wiki) };
        let owner = Client::new(&portolan, bearer(&setup.owner_token), place);
        let operator = Client::new(&portolan, bearer(&setup.operator_token), Place::default());
        Self { stores, portolan, owner, operator }
    }

    /// The operator in a customer's tenant.
    pub(crate) fn operator_in(&self, tenant: &str) -> Client {
        self.operator.at(tenant, None)
    }
}

/// The token in `text`.
pub(crate) fn bearer(text: &SecretString) -> Arc<BearerToken> {
    Arc::new(BearerToken::parse(text.expose_secret()).unwrap())
}
