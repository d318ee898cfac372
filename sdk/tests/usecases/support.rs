//! What the tests stand on: stores in memory that outlive a [`Portolan`], and clients who call it.

pub(crate) mod client;
pub(crate) mod git;
pub(crate) mod layers;
pub(crate) mod tap;

use std::sync::Arc;

use portolan::core::access::Scope;
use portolan::core::id::{TenantId, WikiId};
use portolan::core::tenancy::PLATFORM;
use portolan::core::token::BearerToken;
use portolan::core::wiki::RepoId;
use portolan::ports::ledger::Key;
use portolan::ports::{Index, Ledger, Objects};
use portolan::{Options, Place, Portolan};
use portolan_memory::{ManualClock, MemoryIndex, MemoryLedger, MemoryObjects, SequentialIds};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use client::Client;
use layers::{TappedIndex, TappedLedger, TappedObjects};
use tap::Tap;

/// What a crash leaves: everything stored. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stores {
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) objects: Arc<MemoryObjects>,
    pub(crate) index: Arc<MemoryIndex>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<SequentialIds>,
}

impl Stores {
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
    pub(crate) async fn new() -> Self {
        let stores = Stores::default();
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
