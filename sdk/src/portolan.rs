//! The library's entry: built from ports, it hands out use cases.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use portolan_core::id::{Id, Named, ProcessId};
use portolan_core::wiki::RepoId;
use portolan_ports::{Clock, Ids, Index, Ledger, Objects};

use crate::audit::Reads;
use crate::objects::ObjectCache;
use crate::options::Options;
use crate::pages::{HtmlCache, Queues};

/// Portolan: all use cases over one ledger, one object store and one index. Cloning it is cheap and shares everything.
#[derive(Debug, Clone)]
pub struct Portolan {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) objects: Arc<dyn Objects>,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) options: Options,
    pub(crate) cache: ObjectCache,
    pub(crate) html: HtmlCache,
    pub(crate) places: crate::search::PlacesCache,
    pub(crate) queues: Queues,
    pub(crate) reads: Reads,
    pub(crate) indexing: crate::index::Locks,
    pub(crate) texts: crate::index::Behind,
    pub(crate) imports: crate::import::Running,
    pub(crate) desks: crate::desk::Desks,
    /// Repositories whose reference could not be set to the head.
    pub(crate) behind: Mutex<HashSet<RepoId>>,
}

/// Builds a [`Portolan`] from its ports.
#[derive(Debug)]
pub struct Builder {
    ledger: Arc<dyn Ledger>,
    objects: Arc<dyn Objects>,
    index: Arc<dyn Index>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    options: Options,
    process: Option<ProcessId>,
}

impl Portolan {
    /// Begins to build one from these ports, with default options.
    pub fn builder(
        ledger: Arc<dyn Ledger>,
        objects: Arc<dyn Objects>,
        index: Arc<dyn Index>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Builder {
        Builder { ledger, objects, index, clock, ids, options: Options::default(), process: None }
    }

    /// The options in force.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn new_id<T: Named>(&self) -> Id<T> {
        Id::new(self.inner.ids.uuid())
    }
}

impl Builder {
    /// With these options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// With the audit lane of an earlier process, which must have ended: so that starting often does not make many lanes.
    #[must_use]
    pub fn process(mut self, process: ProcessId) -> Self {
        self.process = Some(process);
        self
    }

    /// The finished library. Background work begins with [`Portolan::run`].
    pub fn build(self) -> Portolan {
        let process = self.process.unwrap_or_else(|| ProcessId::new(self.ids.uuid()));
        let inner = Inner {
            cache: ObjectCache::new(self.options.object_cache),
            html: HtmlCache::new(self.options.html_cache),
            places: crate::search::PlacesCache::new(),
            queues: Queues::default(),
            reads: Reads::new(process),
            indexing: crate::index::Locks::default(),
            texts: crate::index::Behind::default(),
            imports: crate::import::Running::new(&self.options),
            desks: crate::desk::Desks::new(&self.options),
            behind: Mutex::default(),
            ledger: self.ledger,
            objects: self.objects,
            index: self.index,
            clock: self.clock,
            ids: self.ids,
            options: self.options,
        };
        Portolan { inner: Arc::new(inner) }
    }
}
