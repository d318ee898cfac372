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
///
/// What was read stays longest. What was only written has an eighth of the room for itself: its writer may ask for it, to change it
/// again, but of many writes few are read before the next one.
#[derive(Debug)]
pub(crate) struct ObjectCache {
    read: Cache<Name, Object, ByBytes>,
    written: Cache<Name, Object, ByBytes>,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Name, Object> for ByBytes {
    fn weight(&self, _: &Name, object: &Object) -> u64 {
        object.data.len() as u64 + 128
    }
}

impl ObjectCache {
    pub(crate) fn new(bytes: u64) -> Self {
        let cache = |bytes: u64| {
            let items = usize::try_from(bytes / 4096).unwrap_or(usize::MAX).max(16);
            Cache::with_weighter(items, bytes, ByBytes)
        };
        let written = bytes / 8;
        Self { read: cache(bytes - written), written: cache(written) }
    }

    fn get(&self, name: &Name) -> Option<Object> {
        self.read.get(name).or_else(|| {
            let (_, object) = self.written.remove(name)?;
            self.read.insert(*name, object.clone());
            Some(object)
        })
    }
}

impl Portolan {
    /// The object `id`, which must be there and of `kind`.
    pub(crate) async fn object(&self, repo: &RepoId, id: Oid, kind: Kind) -> Result<Bytes> {
        if let Some(object) = self.inner.cache.get(&(*repo, id))
            && object.kind == kind
        {
            return Ok(object.data);
        }
        let object = self.inner.objects.need(repo, id, kind).await?;
        self.inner.cache.read.insert((*repo, id), object.clone());
        Ok(object.data)
    }

    /// The object `id`, if it is there and of `kind`; not kept in memory.
    pub(crate) async fn find_object(&self, repo: &RepoId, id: Oid, kind: Kind) -> Result<Option<Bytes>> {
        if let Some(object) = self.inner.cache.get(&(*repo, id)) {
            return Ok((object.kind == kind).then_some(object.data));
        }
        let found = self.inner.objects.get_many(repo, &[id]).await?.pop().flatten();
        Ok(found.filter(|object| object.kind == kind).map(|object| object.data))
    }

    /// Keeps an object that was just stored.
    pub(crate) fn keep_object(&self, repo: &RepoId, id: Oid, object: Object) {
        self.inner.cache.written.insert((*repo, id), object);
    }
}

#[cfg(test)]
mod tests {
    use portolan_core::access::Scope;
    use portolan_core::id::{TenantId, Uuid, WikiId};

    use super::*;

    #[test]
    fn what_is_only_written_takes_no_room_from_what_was_read() {
        let repo = Scope::system("test", TenantId::new(Uuid::nil())).repo(WikiId::new(Uuid::nil()));
        let object = |number: u64| Object {
            kind: Kind::Blob,
            data: Bytes::from(vec![0; 1_000 + usize::try_from(number).unwrap()]),
        };
        let cache = ObjectCache::new(1 << 20);
        let read: Vec<Name> = (0..500).map(|number| (repo, object(number).id())).collect();
        for (name, number) in read.iter().zip(0..) {
            cache.read.insert(*name, object(number));
        }
        let written: Vec<Name> = (500..5_000).map(|number| (repo, object(number).id())).collect();
        for (name, number) in written.iter().zip(500..) {
            cache.written.insert(*name, object(number));
        }
        assert!(read.iter().all(|name| cache.get(name).is_some()));
        assert!(cache.written.weight() <= 1 << 17);
        let kept = written.last().unwrap();
        assert_eq!(cache.get(kept), Some(object(4_999)));
        assert!(cache.written.get(kept).is_none() && cache.read.get(kept).is_some());
    }
}
