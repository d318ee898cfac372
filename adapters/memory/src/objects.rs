//! Git objects in memory. Packs are written and read as git's, so that what comes in and goes out is the real thing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use parking_lot::Mutex;
use portolan_core::git::{Content, Object, Oid};
use portolan_core::wiki::RepoId;
use portolan_objects_pack::{BaseCache, BuiltPack, Chain, Index, Pack, build_pack, index_pack};
use portolan_ports::objects::{Compaction, Damage, ImportLimits, Mirror, NewObject, PackReceipt, Progress};
use portolan_ports::{BoxError, Error, Kind, Objects, Result};

const ADAPTER: &str = "objects/memory";

/// Inflated bases kept while the objects of one pack are read, bytes.
const CACHE: usize = 64 << 20;

/// [`Objects`] in memory. Plain git cannot open them.
#[derive(Debug, Default)]
pub struct MemoryObjects {
    repos: Mutex<HashMap<RepoId, Repo>>,
}

#[derive(Debug, Default)]
struct Repo {
    objects: BTreeMap<Oid, Object>,
    packs: Vec<PackReceipt>,
}

impl Repo {
    fn keep(&mut self, receipt: &PackReceipt, objects: impl IntoIterator<Item = (Oid, Object)>) {
        for (id, object) in objects {
            self.objects.entry(id).or_insert(object);
        }
        if !self.packs.iter().any(|pack| pack.name == receipt.name) {
            self.packs.push(receipt.clone());
        }
    }
}

impl MemoryObjects {
    /// No repository.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn get_many(&self, repo: &RepoId, ids: &[Oid]) -> Result<Vec<Option<Object>>> {
        let repos = self.repos.lock();
        let repo = repos.get(repo);
        Ok(ids.iter().map(|id| repo?.objects.get(id).cloned()).collect())
    }

    async fn put_batch(&self, repo: &RepoId, objects: Vec<NewObject>) -> Result<PackReceipt> {
        if objects.is_empty() {
            let empty = "an empty batch of objects cannot be stored; leave the call out";
            return Err(Error::new(Kind::Refused, ADAPTER, "put_batch", empty));
        }
        let BuiltPack { receipt, .. } =
            build_pack(&objects, &mut Chain::default()).map_err(|error| failed("put_batch", error))?;
        let mut made: HashMap<Oid, Object> = HashMap::new();
        for new in objects {
            let object = match new.content {
                Content::Whole(object) => object,
                Content::Delta(delta) => {
                    let base = new.base.and_then(|base| made.get(&base)).map(|base| &base.data);
                    let before = base.or(delta.before.as_ref()).cloned().unwrap_or_default();
                    delta
                        .of(&before)
                        .map_err(|bad| Error::new(Kind::Refused, ADAPTER, "put_batch", bad.to_string()))?
                }
            };
            made.insert(new.id, object);
        }
        self.repos.lock().entry(*repo).or_default().keep(&receipt, made);
        Ok(receipt)
    }

    async fn import(
        &self,
        repo: &RepoId,
        pack: PathBuf,
        limits: ImportLimits,
        progress: &dyn Progress,
    ) -> Result<PackReceipt> {
        let (receipt, objects) = read(&pack, &limits, progress).map_err(|error| failed("import", error))?;
        self.repos.lock().entry(*repo).or_default().keep(&receipt, objects);
        Ok(receipt)
    }

    async fn export(&self, repo: &RepoId, ids: &BTreeSet<Oid>, target: PathBuf) -> Result<PackReceipt> {
        let wanted: Vec<Oid> = ids.iter().copied().collect();
        let found = self.get_many(repo, &wanted).await?;
        let objects: Vec<NewObject> = ids
            .iter()
            .zip(found)
            .map(|(id, object)| {
                let missing = || failed("export", portolan_objects_pack::Error::Missing(*id));
                Ok(NewObject::whole(*id, object.ok_or_else(missing)?))
            })
            .collect::<Result<_>>()?;
        let pack = build_pack(&objects, &mut Chain::default()).map_err(|error| failed("export", error))?;
        let written = File::create_new(&target).and_then(|mut file| file.write_all(&pack.pack));
        written.map_err(|error| failed("export", error.into()))?;
        Ok(pack.receipt)
    }

    async fn packs(&self, repo: &RepoId) -> Result<Vec<PackReceipt>> {
        Ok(self.repos.lock().get(repo).map(|repo| repo.packs.clone()).unwrap_or_default())
    }

    /// Does nothing: no pack is kept, so there is nothing to gain.
    async fn compact(&self, _repo: &RepoId) -> Result<Compaction> {
        Ok(Compaction::default())
    }

    async fn mirror(&self, _repo: &RepoId, _expected: Option<Oid>, _head: Option<Oid>) -> Result<Mirror> {
        Ok(Mirror::Set)
    }

    async fn shown(&self, _repo: &RepoId) -> Result<Option<Oid>> {
        Ok(None)
    }

    fn local_path(&self, _repo: &RepoId) -> Option<PathBuf> {
        None
    }

    async fn check(&self, repo: &RepoId, progress: &dyn Progress) -> Result<Vec<Damage>> {
        let repos = self.repos.lock();
        let Some(repo) = repos.get(repo) else {
            return Ok(Vec::new());
        };
        let total = repo.objects.len() as u64;
        let mut damages = Vec::new();
        for (done, (id, object)) in (1..).zip(&repo.objects) {
            if object.id() != *id {
                let reason = "its bytes have another id".into();
                damages.push(Damage { id: Some(*id), place: "memory".into(), reason });
            }
            progress.step("checking", done, total);
        }
        Ok(damages)
    }

    async fn remove(&self, repo: &RepoId) -> Result<()> {
        self.repos.lock().remove(repo);
        Ok(())
    }
}

type Read = (PackReceipt, Vec<(Oid, Object)>);

/// All objects of the pack in the file `path`.
fn read(
    path: &Path,
    limits: &ImportLimits,
    progress: &dyn Progress,
) -> Result<Read, portolan_objects_pack::Error> {
    let imported = index_pack(&File::open(path)?, limits, progress)?;
    let index = Index::open(Box::new(bytes::Bytes::from(imported.index)))?;
    let pack = Pack::open(Box::new(File::open(path)?), index)?;
    let cache = BaseCache::new(CACHE);
    let objects = (0..imported.receipt.objects)
        .map(|position| Ok((pack.index().id(position)?, pack.object(position, &cache)?)))
        .collect::<Result<_, portolan_objects_pack::Error>>()?;
    Ok((imported.receipt, objects))
}

fn failed(operation: &'static str, error: portolan_objects_pack::Error) -> Error {
    use portolan_objects_pack::Error as Pack;
    let (kind, public) = match &error {
        Pack::Refused(reason) => (Kind::Refused, reason.clone()),
        Pack::Missing(_) | Pack::Damaged { .. } | Pack::Object { .. } => {
            (Kind::Corrupt, error.to_string().into())
        }
        Pack::Io(_) => (Kind::Unavailable, "the local file cannot be read or written".into()),
    };
    Error::new(kind, ADAPTER, operation, public).because(BoxError::from(error))
}
