//! Beginning an import, and seeing how it goes.

use std::io::Read;
use std::path::Path;

use portolan_core::access::Operation;
use portolan_core::git::bundle::{BadBundle, Header, MAX_HEADER};
use portolan_core::id::ImportId;
use portolan_core::wiki::{Import, ImportState, OtherRef};
use portolan_ports::ledger::{Effect, Expect, Key, Record};
use tracing::Instrument as _;

use super::fail::Failure;
use super::work::Work;
use super::{ImportPlace, ImportSource, ImportView};
use crate::once::Plan;
use crate::tenancy::{put, unexpected};
use crate::{Admitted, Error, Portolan, Result, Written};

impl Portolan {
    /// Begins to import a bundle into an empty wiki, and answers the import's id. The work goes on in the background, in its turn; until it has
    /// ended, other writes are refused. The source file is this library's from now on.
    pub async fn start_import(&self, admitted: &Admitted, source: ImportSource) -> Result<Written<ImportId>> {
        match self.import_place(admitted) {
            Ok(place) => self.start_import_in(place, admitted, source).await,
            Err(error) => {
                // It may be gone already.
                drop(std::fs::remove_file(&source.bundle));
                Err(error)
            }
        }
    }

    /// As [`Self::start_import`], in a place that was taken before the bundle was received.
    pub async fn start_import_in(
        &self,
        place: ImportPlace,
        admitted: &Admitted,
        source: ImportSource,
    ) -> Result<Written<ImportId>> {
        admitted.must_be(Operation::ImportStart)?;
        let (portolan, admitted) = (self.clone(), admitted.clone());
        // On a task of its own: a caller who goes away must not leave a wiki that waits for an import nobody does.
        let start = async move {
            let result = portolan.start_import_once(place, &admitted, &source).await;
            if !matches!(&result, Ok(written) if !written.replayed) {
                // Refused or done before: the file is of no more use. It may be gone already.
                drop(std::fs::remove_file(&source.bundle));
            }
            result
        };
        let started = tokio::spawn(start.in_current_span()).await;
        started.map_err(|_| Error::Internal("beginning an import was stopped by a defect".into()))?
    }

    async fn start_import_once(
        &self,
        place: ImportPlace,
        admitted: &Admitted,
        source: &ImportSource,
    ) -> Result<Written<ImportId>> {
        let bundle = source.bundle.clone();
        let read = tokio::task::spawn_blocking(move || read_header(&bundle));
        let (header, size) =
            read.await.map_err(|_| Error::Internal("reading the bundle failed".into()))??;
        let Some((branch, tip)) = header.branch(source.branch.as_deref()) else {
            let names: Vec<&str> = header.refs.iter().map(|(name, _)| name.as_str()).take(20).collect();
            let names = names.join(", ");
            return Err(Error::invalid(
                "?branch",
                format!("name one of the bundle's branches; it has {names}"),
            ));
        };
        let refs: Vec<String> = header.refs.iter().map(|(name, id)| format!("{id} {name}")).collect();
        let refs = refs.join("\n");
        let size = size.to_string();
        let id: ImportId = self.new_id();
        let taken = format!("refs/heads/{branch}");
        let others: Vec<OtherRef> = header
            .refs
            .iter()
            .filter(|(name, _)| *name != taken && name != "HEAD")
            .map(|(name, target)| OtherRef { name: name.clone(), target: *target })
            .take(Import::MAX_OTHERS)
            .collect();
        let (branch, others) = (&branch, &others);
        let written = self
            .once(admitted, &[refs.as_bytes(), size.as_bytes(), branch.as_bytes()], |scope| async move {
                let scope = &scope;
                let (wiki, _) = admitted.wiki()?;
                let head_key = Key::Head(wiki.id);
                let found =
                    self.inner.ledger.get_many(scope, std::slice::from_ref(&head_key)).await?.pop().flatten();
                let found = found.ok_or_else(|| Error::not_found("wiki"))?;
                let mut head = found.record.head().ok_or_else(unexpected)?;
                if head.deleted {
                    return Err(Error::not_found("wiki"));
                }
                if head.importing.is_some() {
                    return Err(Error::InProgress);
                }
                if head.commit.is_some() {
                    return Err(Error::NotEmpty);
                }
                head.importing = Some(id);
                let import = Import {
                    id,
                    wiki: wiki.id,
                    slug: wiki.slug.clone(),
                    state: ImportState::Running,
                    branch: branch.clone(),
                    tip,
                    commits: 0,
                    objects: 0,
                    pages: 0,
                    others: others.clone(),
                    created_at: self.now(),
                };
                Ok(Plan {
                    edits: vec![
                        put(head_key, Expect::At(found.version), Record::Head(head)),
                        put(Key::Import(id), Expect::Absent, Record::Import(import)),
                    ],
                    effect: Effect::ImportStarted { import: id },
                    target: format!("{}/imports/{id}", wiki.slug),
                })
            })
            .await;
        if let Err(Error::Port(_)) = &written {
            // It may have begun without our being told: then the wiki is let go again.
            let problem = "the ledger failed when the import began; import again".into();
            let (scope, call) = (admitted.scope().clone(), admitted.call.clone());
            self.end_as_failed(Failure { scope, call, id, problem }).await;
        }
        let written = written?;
        let Effect::ImportStarted { import } = written.value else { return Err(unexpected()) };
        if !written.replayed {
            let counts = self.inner.imports.begin(import);
            let work = Work {
                portolan: self.clone(),
                admitted: admitted.clone(),
                id: import,
                bundle: source.bundle.clone(),
                pack_at: header.pack_at as u64,
                counts,
                _place: place,
            };
            tokio::spawn(work.run().in_current_span());
        }
        Ok(Written { value: import, replayed: written.replayed })
    }

    /// How an import stands.
    pub async fn read_import(&self, admitted: &Admitted, id: ImportId) -> Result<ImportView> {
        admitted.must_be(Operation::ImportRead)?;
        let result = self.import_view(admitted, id).await;
        self.noted(admitted, &id.to_string(), result)
    }

    async fn import_view(&self, admitted: &Admitted, id: ImportId) -> Result<ImportView> {
        let (wiki, head) = admitted.wiki()?;
        let found = self.inner.ledger.get_many(admitted.scope(), &[Key::Import(id)]).await?.pop().flatten();
        let found = found.ok_or_else(|| Error::not_found("import"))?;
        let mut import = found.record.import().ok_or_else(unexpected)?;
        if import.wiki != wiki.id {
            return Err(Error::not_found("import"));
        }
        let kept = match import.state {
            ImportState::Done { .. } => self.kept(admitted, wiki, head, &import).await?,
            ImportState::Running => {
                self.inner.imports.count(&mut import);
                Vec::new()
            }
            ImportState::Failed { .. } => Vec::new(),
        };
        Ok(ImportView { import, kept })
    }
}

/// Reads a bundle's header from a file; answers the file's size with it.
fn read_header(path: &Path) -> Result<(Header, u64)> {
    let unreadable = |_| Error::Internal("the received bundle cannot be read".into());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut data = Vec::new();
    file.take(MAX_HEADER as u64).read_to_end(&mut data).map_err(unreadable)?;
    match Header::parse(&data) {
        Ok(header) => Ok((header, size)),
        Err(
            bad @ (BadBundle::Signature | BadBundle::Incomplete | BadBundle::Line(_) | BadBundle::NoRefs),
        ) => Err(Error::Malformed(bad.to_string())),
        Err(bad) => Err(Error::invalid("", bad)),
    }
}
