//! Checking everything that is stored, for whoever holds the storage: what is damaged is named, and nothing is changed.

mod part;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use portolan_core::access::Scope;
use portolan_core::git::{Kind, Oid, tree};
use portolan_core::tenancy::PLATFORM;
use portolan_core::wiki::{self, Head, RepoId};
use portolan_ports::index::FileFilter;
use portolan_ports::ledger::{Key, Record, RecordKind};
use portolan_ports::objects::Progress;

pub use self::part::DamagedPart;
use crate::index::Source;
use crate::pages::Wiki;
use crate::tenancy::unexpected;
use crate::{Portolan, Result, Verified};

/// Something that is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What part of the storage it is about, which decides what helps.
    pub part: DamagedPart,
    /// Whose it is; none where it is everybody's.
    pub tenant: Option<String>,
    /// In which wiki.
    pub wiki: Option<String>,
    /// What it is: an object's id, a file, a lane of the audit.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Entries and objects looked at at once.
const PART: usize = 200;
/// Most findings of one kind in one wiki; the rest says nothing new.
const MOST: usize = 1000;

/// What was found until now, and about whom.
#[derive(Debug)]
struct Report {
    tenant: Option<String>,
    wiki: Option<String>,
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, part: DamagedPart, place: impl Display, problem: impl Display) {
        let (tenant, wiki) = (self.tenant.clone(), self.wiki.clone());
        let finding = Finding { part, tenant, wiki, place: place.to_string(), problem: problem.to_string() };
        self.findings.push(finding);
    }

    /// A check that could not be done is a finding too; the next one may be possible.
    fn check(&mut self, part: DamagedPart, place: impl Display, result: Result<()>) {
        if let Err(error) = result {
            self.add(part, place, error);
        }
    }
}

impl Portolan {
    /// Reads everything there is, of all tenants, and answers what is damaged: objects that do not fit their ids or are missing, audits
    /// whose hashes do not fit, references and indexes that do not agree with their heads. Takes as long as reading it all.
    pub async fn doctor(&self, progress: Arc<dyn Progress>) -> Vec<Finding> {
        let mut report = Report { tenant: None, wiki: None, findings: Vec::new() };
        let scope = Scope::system("doctor", PLATFORM);
        let tenants = match self.everything(&scope, RecordKind::TenantSlug).await {
            Ok(tenants) => tenants,
            Err(error) => {
                report.add(DamagedPart::Ledger, "the list of tenants", error);
                return report.findings;
            }
        };
        for (slug, record) in tenants {
            report.tenant = Some(slug);
            report.wiki = None;
            let Some(tenant) = record.tenant_slug() else { continue };
            let scope = Scope::system("doctor", tenant);
            let result = self.doctor_audit(&scope, &mut report).await;
            report.check(DamagedPart::Unread, "the audit", result);
            let result = self.doctor_wikis(&scope, &progress, &mut report).await;
            report.check(DamagedPart::Unread, "the list of wikis", result);
        }
        report.findings
    }

    pub(crate) async fn everything(&self, scope: &Scope, kind: RecordKind) -> Result<Vec<(String, Record)>> {
        let mut all: Vec<(String, Record)> = Vec::new();
        loop {
            let after = all.last().map(|(name, _)| name.as_str());
            let found = self.inner.ledger.list(scope, kind, after, PART).await?;
            let is_last = found.len() < PART;
            all.extend(found.into_iter().map(|(name, stored)| (name, stored.record)));
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn doctor_audit(&self, scope: &Scope, report: &mut Report) -> Result<()> {
        if let Verified::Broken(broken) = self.verify_lanes(scope).await? {
            report.add(
                DamagedPart::Audit,
                format_args!("event {} of the audit lane {}", broken.sequence, broken.lane),
                broken.reason,
            );
        }
        Ok(())
    }

    async fn doctor_wikis(
        &self,
        scope: &Scope,
        progress: &Arc<dyn Progress>,
        report: &mut Report,
    ) -> Result<()> {
        for (_, record) in self.everything(scope, RecordKind::Wiki).await? {
            let wiki = record.wiki().ok_or_else(unexpected)?;
            report.wiki = Some(wiki.slug.to_string());
            let result = self.doctor_wiki(scope, &wiki, progress, report).await;
            report.check(DamagedPart::Unread, "the wiki", result);
        }
        Ok(())
    }

    async fn doctor_wiki(
        &self,
        scope: &Scope,
        wiki: &wiki::Wiki,
        progress: &Arc<dyn Progress>,
        report: &mut Report,
    ) -> Result<()> {
        let repo = scope.repo(wiki.id);
        let found = self.inner.ledger.get_many(scope, &[Key::Head(wiki.id)]).await?.pop().flatten();
        let Some(head) = found.and_then(|stored| stored.record.head()) else {
            report.add(DamagedPart::Ledger, "the head", "its record is missing");
            return Ok(());
        };
        let before = report.findings.len();
        for damage in self.inner.objects.check(&repo, progress.as_ref()).await? {
            let object = damage.id.map_or_else(String::new, |id| format!("object {id} in "));
            report.add(DamagedPart::Objects, format_args!("{object}{}", damage.place), damage.reason);
        }
        let Some(commit) = head.commit else { return Ok(()) };
        let wiki = Wiki { repo, id: wiki.id, slug: wiki.slug.clone() };
        let source =
            Source { wiki: wiki.clone(), ours: Some(scope.clone()), progress: Some(Arc::clone(progress)) };
        let result = self.doctor_history(&source, commit, report).await;
        report.check(DamagedPart::Objects, "the history", result);
        if head.deleted {
            return Ok(());
        }
        let result = self.doctor_reference(&repo, &head, report).await;
        report.check(DamagedPart::Unread, "refs/heads/main", result);
        // A damaged history cannot be indexed; that is named already.
        if report.findings.len() == before {
            let result = self.doctor_index(&wiki, commit, report).await;
            report.check(DamagedPart::Index, "the index", result);
        }
        Ok(())
    }

    /// Everything that the head reaches must be there.
    async fn doctor_history(&self, source: &Source, head: Oid, report: &mut Report) -> Result<()> {
        let repo = &source.wiki.repo;
        let ids: Vec<Oid> = self.reachable(source, head).await?.into_iter().collect();
        let mut damaged = 0;
        for part in ids.chunks(PART) {
            match self.inner.objects.get_many(repo, part).await {
                Ok(found) => {
                    // The tree without entries need not be stored.
                    let absent =
                        |(id, object): &(&Oid, &Option<_>)| object.is_none() && **id != tree::EMPTY_TREE;
                    for (id, _) in part.iter().zip(&found).filter(absent) {
                        damaged += 1;
                        report.add(
                            DamagedPart::Objects,
                            format_args!("object {id}"),
                            "the history needs it, and it is missing",
                        );
                    }
                }
                // Each object that cannot be read was named when all were checked.
                Err(error) if error.kind == portolan_ports::Kind::Corrupt => damaged += 1,
                Err(error) => return Err(error.into()),
            }
            if damaged > MOST {
                report.add(
                    DamagedPart::Objects,
                    "the history",
                    "more objects are missing or damaged; these are the first",
                );
                break;
            }
        }
        Ok(())
    }

    async fn doctor_reference(&self, repo: &RepoId, head: &Head, report: &mut Report) -> Result<()> {
        if self.inner.objects.local_path(repo).is_none() {
            return Ok(());
        }
        let shown = self.inner.objects.shown(repo).await?;
        if shown != head.commit {
            let name = |id: Option<Oid>| id.map_or_else(|| "nothing".to_owned(), |id| id.to_string());
            let problem = format!("it names {}, and the head is {}", name(shown), name(head.commit));
            report.add(DamagedPart::Reference, "refs/heads/main", problem);
        }
        Ok(())
    }

    /// The index must list exactly the files of the head's tree.
    async fn doctor_index(&self, wiki: &Wiki, head: Oid, report: &mut Report) -> Result<()> {
        self.catch_up(wiki).await?;
        let mut files = self.files_of(&wiki.repo, head).await?;
        let mut after: Option<Vec<u8>> = None;
        let mut wrong = 0;
        let mut differs = |report: &mut Report, path: &[u8], problem: &str| {
            wrong += 1;
            if wrong <= MOST {
                report.add(
                    DamagedPart::Index,
                    format_args!("the index entry of {:?}", String::from_utf8_lossy(path)),
                    problem,
                );
            }
        };
        loop {
            let filter = FileFilter::default();
            let found = self.inner.index.files(&wiki.repo, &filter, after.as_deref(), PART).await?;
            if found.head != Some(head) {
                report.add(
                    DamagedPart::Index,
                    "the index",
                    "it is not at the head, although it was brought there",
                );
                return Ok(());
            }
            let Some(last) = found.value.last() else { break };
            after = Some(last.path.clone());
            for file in found.value {
                if files.remove(&file.path) != Some((file.mode, file.blob)) {
                    differs(report, &file.path, "the head has no such file, or another content");
                }
            }
        }
        for path in files.keys() {
            differs(report, path, "the head has this file, and the index has not");
        }
        Ok(())
    }

    /// Every file of a commit: its path, mode and blob.
    async fn files_of(&self, repo: &RepoId, commit: Oid) -> Result<BTreeMap<Vec<u8>, (u32, Oid)>> {
        let mut files = BTreeMap::new();
        let root = self.root_of(repo, commit).await?;
        let mut folders: Vec<(Vec<u8>, Oid)> = root.into_iter().map(|root| (Vec::new(), root)).collect();
        while let Some((prefix, id)) = folders.pop() {
            if id == tree::EMPTY_TREE {
                continue;
            }
            let data = self.object(repo, id, Kind::Tree).await?;
            for entry in tree::entries(&data) {
                let entry = entry.map_err(|bad| crate::index::bad_object(id, &bad))?;
                let mut path = prefix.clone();
                path.extend_from_slice(entry.name);
                if entry.mode.is_tree() {
                    path.push(b'/');
                    folders.push((path, entry.id));
                } else {
                    let mode = u32::from_str_radix(entry.mode.as_str(), 8).map_err(|_| unexpected())?;
                    files.insert(path, (mode, entry.id));
                }
            }
        }
        Ok(files)
    }
}
