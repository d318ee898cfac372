//! The work of an import, behind the answer.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portolan_core::access::Scope;
use portolan_core::audit::{Lane, append};
use portolan_core::git::Oid;
use portolan_core::id::ImportId;
use portolan_core::tenancy::TenantStatus;
use portolan_core::wiki::{Import, ImportState};
use portolan_ports::Kind;
use portolan_ports::index::{Advance, FileChange, FileKind};
use portolan_ports::ledger::{Batch, CommitError, Expect, Key, Record};
use portolan_ports::objects::Progress;
use tracing::Instrument as _;

use super::fail::Failure;
use super::turns::ImportTurn;
use super::{Counts, ImportPlace};
use crate::index::Source;
use crate::once::done;
use crate::pages::Wiki;
use crate::tenancy::unexpected;
use crate::{Admitted, Error, Portolan, Result};

pub(super) struct Work {
    pub(super) portolan: Portolan,
    pub(super) admitted: Admitted,
    pub(super) id: ImportId,
    pub(super) bundle: PathBuf,
    pub(super) pack_at: u64,
    pub(super) counts: Arc<Counts>,
    /// Given back when all is done.
    pub(super) _place: ImportPlace,
}

/// What is left to be made true.
struct Prepared {
    wiki: Wiki,
    record: Import,
    objects: u64,
    advance: Advance,
    /// Given back when it is.
    _turn: ImportTurn,
}

/// Why an import ends whose wiki does not wait for it any more.
const GONE: &str = "the wiki was deleted while the import was running";
/// How often an import looks whether its wiki is still there.
const LOOK: Duration = Duration::from_secs(1);

impl Work {
    /// Imports, and records how that ended: also where it was a defect.
    pub(super) async fn run(self) {
        let work = Arc::new(self);
        let task = tokio::spawn({
            let work = Arc::clone(&work);
            async move { work.import().await }.in_current_span()
        });
        let result = match task.await {
            Ok(result) => result,
            Err(ended) => Err(Error::Internal(ended.to_string().into())),
        };
        // What still works for it on a thread of its own has no use any more.
        work.counts.stop();
        // Where the file cannot be removed, the folder for temporary files is emptied at the next start.
        drop(std::fs::remove_file(&work.bundle));
        drop(std::fs::remove_file(work.pack_path()));
        if let Err(error) = result {
            work.fail(&error).await;
        }
        work.portolan.inner.imports.end(work.id);
    }

    async fn fail(&self, error: &Error) {
        let problem = match error {
            Error::Internal(why) => {
                tracing::error!(error = %why, import = %self.id, "an import was stopped by a defect");
                let id = self.id;
                format!("a defect of the server stopped the import; its log tells more about {id}")
            }
            Error::Port(error) => {
                tracing::info!(%error, import = %self.id, "an import failed");
                error.public.to_string()
            }
            error => {
                tracing::info!(%error, import = %self.id, "an import failed");
                error.to_string()
            }
        };
        let (scope, call) = (self.admitted.scope().clone(), self.admitted.call.clone());
        self.portolan.end_as_failed(Failure { scope, call, id: self.id, problem }).await;
    }

    async fn import(&self) -> Result<()> {
        let prepared = tokio::select! {
            biased;
            gone = self.gone() => {
                self.counts.stop();
                return Err(gone);
            }
            prepared = self.prepare() => prepared?,
        };
        self.finish(prepared).await
    }

    /// Ends when there is nothing left to import into, and says why.
    async fn gone(&self) -> Error {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.is_wanted().await {
                Ok(None) => {}
                Ok(Some(why)) => return Error::Unavailable(why.into()),
                // What is wrong with the ledger shows at the end, if it still is.
                Err(error) => tracing::debug!(%error, import = %self.id, "looking for a wiki failed"),
            }
        }
    }

    /// Why the import is of no more use; none while it is.
    async fn is_wanted(&self) -> Result<Option<&'static str>> {
        let (wiki, _) = self.admitted.wiki()?;
        let keys = [Key::Head(wiki.id), Key::Tenant];
        let found = self.portolan.inner.ledger.get_many(self.admitted.scope(), &keys).await?;
        let [head, tenant] = <[_; 2]>::try_from(found).map_err(|_| unexpected())?;
        let head = head.and_then(|stored| stored.record.head());
        let tenant = tenant.and_then(|stored| stored.record.tenant());
        Ok(if tenant.is_none_or(|tenant| matches!(tenant.status, TenantStatus::Deleted { .. })) {
            Some("the tenant was deleted while the import was running")
        } else if head.is_none_or(|head| head.deleted || head.importing != Some(self.id)) {
            Some(GONE)
        } else {
            None
        })
    }

    /// Everything that can be done before it is true: it shows nowhere, and may be given up at any moment.
    async fn prepare(&self) -> Result<Prepared> {
        let portolan = &self.portolan;
        let turn = portolan.inner.imports.turns.import().await?;
        let (record, _) = portolan.import_record(self.admitted.scope(), self.id).await?;
        let wiki = Wiki { repo: self.admitted.repo()?, id: record.wiki, slug: record.slug.clone() };
        let pack = self.pack_file().await?;
        let limits = portolan.inner.options.import;
        let imported =
            portolan.inner.objects.import(&wiki.repo, pack.clone(), limits, self.counts.as_ref()).await;
        // The object store has its copy, or wants none. What cannot be removed goes with the next start.
        drop(std::fs::remove_file(pack));
        let objects = u64::from(imported?.objects);
        let progress: Arc<dyn Progress> = Arc::clone(&self.counts) as _;
        let source = Source { wiki: wiki.clone(), ours: None, progress: Some(progress) };
        let advance = portolan.prepare_index(&source, None, record.tip).await?;
        Ok(Prepared { wiki, record, objects, advance, _turn: turn })
    }

    /// Where the pack is put: beside the bundle.
    fn pack_path(&self) -> PathBuf {
        let mut name = self.bundle.clone().into_os_string();
        name.push(".pack");
        name.into()
    }

    /// Leaves nothing but the pack in the file: what stands before it is moved over.
    async fn pack_file(&self) -> Result<PathBuf> {
        let (bundle, at) = (self.bundle.clone(), self.pack_at);
        let pack = self.pack_path();
        let target = pack.clone();
        let copy = move || {
            let mut from = File::open(&bundle)?;
            from.seek(SeekFrom::Start(at))?;
            std::io::copy(&mut from, &mut File::create(&target)?)?;
            std::fs::remove_file(&bundle)
        };
        let copied = tokio::task::spawn_blocking(copy).await;
        match copied {
            Ok(Ok(())) => Ok(pack),
            _ => Err(Error::Unavailable("the bundle could not be copied: is the disk full?".into())),
        }
    }

    /// The batch that makes it true: head, import and audit event together. Then what is derived.
    async fn finish(&self, prepared: Prepared) -> Result<()> {
        let Prepared { wiki, record, objects, advance, _turn } = prepared;
        let (portolan, wiki) = (&self.portolan, &wiki);
        let mut admitted = self.admitted.clone();
        let commits = self.counts.commits.load(std::sync::atomic::Ordering::Relaxed);
        let is_page = |change: &&FileChange| matches!(change, FileChange::Put { file, .. } if file.kind == FileKind::Page);
        let pages = advance.files.iter().filter(is_page).count() as u64;
        let time = advance.commits.last().map_or(0, |commit| commit.time);
        for attempt in 0..8 {
            let scope = admitted.scope().clone();
            let (import, import_version) = portolan.import_record(&scope, self.id).await?;
            if matches!(import.state, ImportState::Done { .. }) {
                // Others may have written since: the reference is set to what is the head by then, and the index is a reader's.
                portolan.inner.behind.lock().insert(wiki.repo);
                return Ok(());
            }
            let head_key = Key::Head(wiki.id);
            let found = portolan
                .inner
                .ledger
                .get_many(&scope, std::slice::from_ref(&head_key))
                .await?
                .pop()
                .flatten();
            let found = found.ok_or_else(|| Error::not_found("wiki"))?;
            let mut head = found.record.head().ok_or_else(unexpected)?;
            if head.deleted || head.importing != Some(self.id) {
                return Err(Error::Unavailable(GONE.into()));
            }
            let now = portolan.now();
            let actor = &scope.principal().actor;
            let mut event = done(actor, "wiki.import", wiki.slug.to_string(), &admitted.call, now);
            event.revision = Some(record.tip);
            let (segment, end) = append(Lane::Wiki(wiki.id), head.audit, vec![event]);
            (head.commit, head.time, head.audit, head.importing) = (Some(record.tip), time, end, None);
            head.branch.clone_from(&record.branch);
            let state = ImportState::Done { revision: record.tip };
            let import = Import { state, commits, objects, pages, ..import };
            let mut batch = Batch::new(now);
            batch.checks.extend(scope.authority());
            batch.put(head_key, Expect::At(found.version), Record::Head(head));
            batch.put(Key::Import(self.id), Expect::At(import_version), Record::Import(import));
            batch.segments.push(segment);
            let locks = &portolan.inner.indexing;
            let guard = locks.hold(&wiki.repo).await;
            let committed = portolan.inner.ledger.commit(&scope, batch).await;
            if committed.is_ok() {
                self.publish(wiki, &scope, record.tip, advance).await;
                locks.release(&wiki.repo, guard);
                return Ok(());
            }
            locks.release(&wiki.repo, guard);
            match committed {
                Ok(_) => {}
                Err(CommitError::Conflict(conflict)) if !conflict.checks.is_empty() => {
                    admitted = portolan.admit_again(&admitted).await?;
                }
                // After an ambiguous answer the import's record tells, too.
                Err(CommitError::Failed(error)) if error.kind != Kind::Ambiguous => return Err(error.into()),
                Err(_) => portolan.pause(attempt).await,
            }
        }
        Err(Error::Unavailable("too many writers at once; import again".into()))
    }
}

impl Work {
    /// Makes the history visible to plain git and to the index.
    async fn publish(&self, wiki: &Wiki, scope: &Scope, tip: Oid, advance: Advance) {
        let portolan = &self.portolan;
        portolan.inner.reads.grew(scope.tenant());
        portolan.mirror(&wiki.repo, None, Some(tip)).await;
        if let Err(error) = portolan.inner.index.advance(&wiki.repo, advance).await {
            tracing::warn!(%error, "the index of an import could not be finished; a reader will build it");
        }
    }
}
