//! Reading git objects through a cache. They are immutable, so nothing here is ever stale.

use bytes::Bytes;
use portolan_core::git::{Kind, Object, Oid};
use portolan_core::wiki::RepoId;
use portolan_ports::objects::ObjectsExt;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::{Portolan, Result};

type Name = (RepoId, Oid);

/// Objects in memory, bounded by their bytes. An object's name includes its repository: what one tenant stored is never
/// found through another, not even when the bytes are the same.
#[derive(Debug)]
pub(crate) struct ObjectCache(Cache<Name, Object, ByBytes>);

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Name, Object> for ByBytes {
    fn weight(&self, _: &Name, object: &Object) -> u64 {
        object.data.len() as u64 + 128
    }
}

impl ObjectCache {
    pub(crate) fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / 4096).unwrap_or(usize::MAX).max(16);
        Self(Cache::with_weighter(items, bytes, ByBytes))
    }
}

impl Portolan {
    /// The object `id`, which must be there and of `kind`.
    pub(crate) async fn object(&self, repo: &RepoId, id: Oid, kind: Kind) -> Result<Bytes> {
        if let Some(object) = self.inner.cache.0.get(&(*repo, id))
            && object.kind == kind
        {
            return Ok(object.data);
        }
        let object = self.inner.objects.need(repo, id, kind).await?;
        self.inner.cache.0.insert((*repo, id), object.clone());
        Ok(object.data)
    }

    /// The object `id`, if it is there and of `kind`; not kept in memory.
    pub(crate) async fn find_object(&self, repo: &RepoId, id: Oid, kind: Kind) -> Result<Option<Bytes>> {
        if let Some(object) = self.inner.cache.0.get(&(*repo, id)) {
            return Ok((object.kind == kind).then_some(object.data));
        }
        let found = self.inner.objects.get_many(repo, &[id]).await?.pop().flatten();
        Ok(found.filter(|object| object.kind == kind).map(|object| object.data))
    }

    /// Keeps an object that was just stored.
    pub(crate) fn keep_object(&self, repo: &RepoId, id: Oid, object: Object) {
        self.inner.cache.0.insert((*repo, id), object);
    }
}
