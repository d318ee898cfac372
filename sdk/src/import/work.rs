//! The work of an import, behind the answer.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use portolan_core::access::Scope;
use portolan_core::audit::{Lane, append};
use portolan_core::git::Oid;
use portolan_core::id::ImportId;
use portolan_core::tenancy::PLATFORM;
use portolan_core::wiki::{Import, ImportState};
use portolan_ports::Kind;
use portolan_ports::index::{Advance, FileChange, FileKind};
use portolan_ports::ledger::{Batch, CommitError, Expect, Key, Record, RecordKind};
use portolan_ports::objects::Progress;

use super::Counts;
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
}

impl Work {
    pub(super) async fn run(self) {
        let result = self.import().await;
        // Where the file cannot be removed, the folder for temporary files is emptied at the next start.
        drop(std::fs::remove_file(&self.bundle));
        drop(std::fs::remove_file(self.pack_path()));
        if let Err(error) = result {
            tracing::info!(%error, import = %self.id, "an import failed");
            let problem = match &error {
                Error::Port(error) => error.public.to_string(),
                error => error.to_string(),
            };
            let scope = self.admitted.scope().clone();
            if let Err(error) = self.portolan.fail_import(&scope, self.id, problem).await {
                tracing::error!(%error, import = %self.id, "a failed import could not be recorded; the next start will do it");
            }
        }
        self.portolan.inner.imports.end(self.id);
    }

    async fn import(&self) -> Result<()> {
        let portolan = &self.portolan;
        let (record, _) = portolan.import_record(self.admitted.scope(), self.id).await?;
        let wiki = Wiki { repo: self.admitted.repo()?, id: record.wiki, slug: record.slug.clone() };
        let pack = self.pack_file().await?;
        let limits = portolan.inner.options.import;
        let imported =
            portolan.inner.objects.import(&wiki.repo, pack.clone(), limits, self.counts.as_ref()).await;
        // The object store has its copy, or wants none. What cannot be removed goes with the next start.
        drop(std::fs::remove_file(pack));
        let receipt = imported?;
        let progress: Arc<dyn Progress> = Arc::clone(&self.counts) as _;
        let source = Source { wiki: wiki.clone(), ours: None, progress: Some(progress) };
        let advance = portolan.prepare_index(&source, None, record.tip).await?;
        self.finish(&wiki, record, u64::from(receipt.objects), advance).await
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
    async fn finish(&self, wiki: &Wiki, record: Import, objects: u64, advance: Advance) -> Result<()> {
        let portolan = &self.portolan;
        let mut admitted = self.admitted.clone();
        let commits = self.counts.commits.load(std::sync::atomic::Ordering::Relaxed);
        let is_page =
            |change: &&FileChange| matches!(change, FileChange::Put(file) if file.kind == FileKind::Page);
        let pages = advance.files.iter().filter(is_page).count() as u64;
        let time = advance.commits.last().map_or(0, |commit| commit.time);
        for attempt in 0..8 {
            let scope = admitted.scope().clone();
            let (import, import_version) = portolan.import_record(&scope, self.id).await?;
            if matches!(import.state, ImportState::Done { .. }) {
                self.publish(wiki, &scope, record.tip, advance).await;
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
                return Err(Error::Unavailable("the wiki was deleted while the import was running".into()));
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

impl Portolan {
    async fn import_record(
        &self,
        scope: &Scope,
        id: ImportId,
    ) -> Result<(Import, portolan_core::access::Version)> {
        let found = self.inner.ledger.get_many(scope, &[Key::Import(id)]).await?.pop().flatten();
        let found = found.ok_or_else(|| Error::not_found("import"))?;
        Ok((found.record.import().ok_or_else(unexpected)?, found.version))
    }

    /// Records that an import failed and lets the wiki be written again.
    pub(super) async fn fail_import(&self, scope: &Scope, id: ImportId, problem: String) -> Result<()> {
        for attempt in 0..8 {
            let (mut import, version) = self.import_record(scope, id).await?;
            if import.state != ImportState::Running {
                return Ok(());
            }
            import.state = ImportState::Failed { problem: problem.clone() };
            let key = Key::Head(import.wiki);
            let head = self.inner.ledger.get_many(scope, std::slice::from_ref(&key)).await?.pop().flatten();
            let mut batch = Batch::new(self.now());
            batch.put(Key::Import(id), Expect::At(version), Record::Import(import));
            if let Some(stored) = head {
                let expect = Expect::At(stored.version);
                let mut head = stored.record.head().ok_or_else(unexpected)?;
                if head.importing == Some(id) {
                    head.importing = None;
                    batch.put(key, expect, Record::Head(head));
                }
            }
            match self.inner.ledger.commit(scope, batch).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict(_)) => self.pause(attempt).await,
                Err(CommitError::Failed(error)) => return Err(error.into()),
            }
        }
        Err(Error::Unavailable("too many writers at once".into()))
    }

    /// Ends what an earlier run of the only process on this data left in the middle: imports are failed, so that
    /// their wikis can be written again; references are set to the heads. To be called once, before requests.
    pub async fn recover(&self) -> Result<()> {
        let platform = Scope::system("recover", PLATFORM);
        let mut after: Option<String> = None;
        loop {
            let found =
                self.inner.ledger.list(&platform, RecordKind::TenantSlug, after.as_deref(), 200).await?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            for (_, stored) in found {
                let tenant = stored.record.tenant_slug().ok_or_else(unexpected)?;
                // What grew before the stop may not be sealed yet.
                self.inner.reads.grew(tenant);
                self.recover_tenant(&Scope::system("recover", tenant)).await?;
            }
        }
    }

    async fn recover_tenant(&self, scope: &Scope) -> Result<()> {
        let mut after: Option<String> = None;
        loop {
            let found = self.inner.ledger.list(scope, RecordKind::Head, after.as_deref(), 200).await?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            for (name, stored) in found {
                let head = stored.record.head().ok_or_else(unexpected)?;
                if let Some(import) = head.importing {
                    let problem = "the server was stopped while the import was running; import again".into();
                    self.fail_import(scope, import, problem).await?;
                }
                if head.commit.is_some() && !head.deleted {
                    // A reference that a crash left behind is moved; one that somebody else moved is kept and reported.
                    let wiki = name.parse().map_err(|_| unexpected())?;
                    self.mirror(&scope.repo(wiki), None, head.commit).await;
                }
            }
        }
    }
}
