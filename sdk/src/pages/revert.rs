//! Undoing commits: what they changed is changed back, in one commit, on what the files are now.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use jiff::Timestamp;
use portolan_core::access::Operation;
use portolan_core::git::diff::Change as TreeChange;
use portolan_core::git::{Commit, Entry, Kind, Mode, Oid};
use portolan_core::text::revert::{Outcome, revert_file};
use portolan_core::wiki::page::redirect;
use portolan_core::wiki::path::{Entry as Named, PageKind, PagePath, Requested, classify};
use portolan_ports::index::{AuthorKind, ChangeFilter};
use portolan_ports::ledger::Effect;

use super::content::{Prepared, name_of, raw, unchecked};
use super::fold::{Change, New, Planned};
use super::history::{PathKindName, ceil_seconds};
use super::job::Work;
use super::queue::{State, Wiki, Worker};
use super::redirects::named;
use super::write::message;
use crate::error::PathConflict;
use crate::index::mode_number;
use crate::tenancy::unexpected;
use crate::{Admitted, Error, Portolan, Result, Written};

/// What is to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revert {
    /// One commit; of a merge, what it brought to its first parent.
    Commit {
        /// The commit, of the main line.
        revision: String,
        /// Only what it did to this page.
        path: Option<Requested<PageKind>>,
    },
    /// Everything that an agent did.
    Agent {
        /// The agent's id.
        agent: String,
        /// Since when, inclusive.
        since: Timestamp,
    },
}

/// Commits to be undone.
#[derive(Debug, Clone)]
pub struct RevertCommits {
    /// Which.
    pub what: Revert,
    /// The commit's message; none or blank: what was undone.
    pub message: Option<String>,
}

/// Commits that were undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverted {
    /// The commit that undid them; the head where there was nothing left to undo.
    pub revision: Oid,
    /// The paths that it changed, of pages without `.md`, with what they are.
    pub paths: Vec<(String, PathKindName)>,
    /// The wiki's head after it.
    pub head: Oid,
}

/// Commits to be undone, in the queue: newest first.
#[derive(Debug, Clone)]
pub(super) struct Undo {
    commits: Vec<Oid>,
    /// Only this file in git.
    only: Option<Vec<u8>>,
    message: String,
    target: String,
}

/// Most commits undone at once.
const MOST: usize = 1000;
/// Most paths that one commit may have changed to be undone.
const MOST_PATHS: usize = 10_000;

impl Portolan {
    /// Undoes commits: one commit, one audit event, one receipt, or nothing.
    pub async fn revert(&self, admitted: &Admitted, revert: RevertCommits) -> Result<Written<Reverted>> {
        admitted.must_be(Operation::PageRevert)?;
        let result = self.revert_once(admitted, revert).await;
        let target = crate::wikis::wiki_name(admitted);
        self.refusal_noted_at(admitted, &target, result)
    }

    async fn revert_once(&self, admitted: &Admitted, revert: RevertCommits) -> Result<Written<Reverted>> {
        let RevertCommits { what, message: said } = revert;
        let message = message(said.as_deref(), "/message")?;
        let asked = format!("{what:?}");
        let said = message.clone().unwrap_or_default();
        let work = async |wiki: Wiki, head: Option<Oid>| {
            let undo = match &what {
                Revert::Commit { revision, path } => {
                    self.undo_one(&wiki, head, revision, path.as_ref()).await?
                }
                Revert::Agent { agent, since } => self.undo_agent(&wiki, head, agent, *since).await?,
            };
            Ok(Work::Undo(Box::new(undo)))
        };
        let parts = [asked.as_bytes(), said.as_bytes()];
        let written =
            self.write_once(admitted, &parts, message, |wiki, head| Box::pin(work(wiki, head))).await?;
        let Effect::Reverted { revision, head } = written.value else { return Err(unexpected()) };
        let (wiki, _) = admitted.handle()?;
        let changes = match revision {
            None => Vec::new(),
            Some(revision) => self.commit_changes(&wiki, revision).await?,
        };
        let paths = changes.iter().map(|change| {
            let mode = change.new.or(change.old).map_or(0, |entry| mode_number(entry.mode));
            match classify(&change.path, mode) {
                Named::Page(path) => (path.as_str().to_owned(), PathKindName::Page),
                _ => (String::from_utf8_lossy(&change.path).into_owned(), PathKindName::File),
            }
        });
        let value = Reverted { revision: revision.unwrap_or(head), paths: paths.collect(), head };
        Ok(Written { value, replayed: written.replayed })
    }

    /// What undoing one commit is.
    async fn undo_one(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        revision: &str,
        path: Option<&Requested<PageKind>>,
    ) -> Result<Undo> {
        let gone = || Error::not_found("revision of this wiki");
        let id: Oid = revision.parse().map_err(|_| gone())?;
        let only = match path {
            None => None,
            Some(path) => {
                Some(self.subject(wiki, head, path).await?.ok_or_else(|| Error::not_found("page"))?)
            }
        };
        let mut found = self.main_line(wiki, head, id).await?;
        if found.is_none()
            && let Some(name) = &only
            // A version of the page stands for the commit that made it.
            && let Some(made) = self.version_of(wiki, head, name, id).await?
        {
            found = self.main_line(wiki, head, made.commit.id).await?;
        }
        let commit = found.ok_or_else(gone)?.commit;
        let title = commit.message.lines().next().unwrap_or_default().chars().take(200).collect::<String>();
        let within = path.map_or_else(String::new, |path| format!(" in {}", path.canonical()));
        let message = format!("Revert \"{title}\"{within}\n\nThis reverts commit {}{within}.", commit.id);
        let target = path.map_or_else(String::new, |path| path.canonical().as_str().to_owned());
        Ok(Undo { commits: vec![commit.id], only, message, target })
    }

    /// What undoing everything of an agent is.
    async fn undo_agent(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        agent: &str,
        since: Timestamp,
    ) -> Result<Undo> {
        let author = Some(agent.to_owned());
        let filter = ChangeFilter { since: Some(ceil_seconds(since)), author, prefix: Vec::new() };
        let (mut commits, mut before) = (Vec::new(), None);
        loop {
            let (filter, repo) = (&filter, &wiki.repo);
            let ask = |index: std::sync::Arc<dyn portolan_ports::Index>| async move {
                index.changes(repo, filter, before, 200).await
            };
            let found = self.at_head(wiki, head, ask).await?.value;
            let Some(last) = found.last() else { break };
            before = Some(last.position);
            let by = |author: &portolan_ports::index::Author| {
                author.kind == AuthorKind::Agent && author.id.as_deref() == Some(agent)
            };
            commits.extend(found.iter().filter(|at| by(&at.commit.author)).map(|at| at.commit.id));
            if commits.len() > MOST {
                let why = format!("the agent made more than {MOST} commits since then; name a later time");
                return Err(Error::invalid("/since", why));
            }
        }
        let message = format!("Revert what {agent} did since {since}");
        Ok(Undo { commits, only: None, message, target: String::new() })
    }
}

/// A file as undoing has left it so far.
#[derive(Debug, Clone)]
struct Now {
    /// What the head has.
    entry: Option<Entry>,
    /// Whether that is a redirect stub.
    was_stub: bool,
    /// What there is by now.
    text: Option<(Bytes, Mode)>,
}

impl Worker {
    /// Plans undoing commits on the head as `state` has it.
    pub(super) async fn plan_undo(&self, state: &mut State, undo: &Undo) -> Result<Planned> {
        let mut files: BTreeMap<Vec<u8>, Now> = BTreeMap::new();
        let mut conflicts: HashMap<Vec<u8>, PathConflict> = HashMap::new();
        for commit in &undo.commits {
            let changes = self.portolan.commit_changes(&self.wiki, *commit).await?;
            let wanted = |change: &TreeChange| undo.only.as_ref().is_none_or(|name| *name == change.path);
            let changes: Vec<TreeChange> = changes.into_iter().filter(wanted).collect();
            if changes.len() > MOST_PATHS {
                let why = format!(
                    "the commit changed more than {MOST_PATHS} paths; undo it page by page, with `path`"
                );
                return Err(Error::invalid("/revision", why));
            }
            if changes.is_empty() && undo.only.is_some() {
                return Err(Error::invalid("/path", "the commit did not change this page"));
            }
            for change in changes {
                self.undo_change(state, change, &mut files, &mut conflicts).await?;
            }
        }
        if !conflicts.is_empty() {
            let mut conflicts: Vec<PathConflict> = conflicts.into_values().collect();
            conflicts.sort_by(|a, b| a.path.cmp(&b.path));
            return Err(Error::RevertConflict(conflicts));
        }
        let mut changes = Vec::new();
        for (path, Now { entry, text, was_stub }) in files {
            let new = match text {
                None => None,
                Some((text, mode)) => Some(New { prepared: prepared(&path, text)?, mode: Some(mode) }),
            };
            changes.push(Change { path, entry, new, was_stub });
        }
        changes.retain(|change| !change.is_none());
        Ok(Planned {
            changes,
            message: undo.message.clone(),
            target: undo.target.clone(),
            effect: |_, revision, head| Effect::Reverted { revision, head },
            moved: None,
        })
    }

    async fn undo_change(
        &self,
        state: &mut State,
        change: TreeChange,
        files: &mut BTreeMap<Vec<u8>, Now>,
        conflicts: &mut HashMap<Vec<u8>, PathConflict>,
    ) -> Result<()> {
        let TreeChange { path, old, new } = change;
        if [old, new].into_iter().flatten().any(|entry| !entry.mode.is_file()) {
            let path = String::from_utf8_lossy(&path);
            let why = format!(
                "the commit changed {path:?}, a symbolic link or a submodule, which is not changed here"
            );
            return Err(Error::invalid("/revision", why));
        }
        let before = self.content(old).await?;
        let after = self.content(new).await?;
        let (path, now) = self.followed(state, path, after.as_ref(), files).await?;
        let text = now.text.as_ref().map(|(text, _)| text.as_ref());
        let mode = old.or(new).map_or(Mode::Blob, |entry| entry.mode);
        let outcome = revert_file(before.as_deref(), after.as_deref(), text);
        let then = match outcome {
            Outcome::Nothing => now.text.clone(),
            Outcome::Write(text) => Some((text.into(), now.text.as_ref().map_or(mode, |(_, mode)| *mode))),
            Outcome::Delete => None,
            Outcome::Clash(_, hunks) => {
                let shown = PagePath::from_git(&path).map_or_else(
                    || String::from_utf8_lossy(&path).into_owned(),
                    |page| page.as_str().to_owned(),
                );
                conflicts.entry(path.clone()).or_insert(PathConflict { path: shown, hunks });
                now.text.clone()
            }
        };
        files.insert(path, Now { text: then, ..now });
        Ok(())
    }

    /// The file that `path` is by now: where the page was renamed since, the page under its new name.
    async fn followed(
        &self,
        state: &mut State,
        mut path: Vec<u8>,
        after: Option<&Bytes>,
        files: &BTreeMap<Vec<u8>, Now>,
    ) -> Result<(Vec<u8>, Now)> {
        // A stub may lead to another one, but not for ever.
        for _ in 0..8 {
            let now = self.file(state, &path, files).await?;
            let Some((text, _)) = &now.text else { return Ok((path, now)) };
            let Some(page) = PagePath::from_git(&path).filter(|_| after != Some(text)) else {
                return Ok((path, now));
            };
            let was_stub = after.is_some_and(|text| redirect(text).is_some());
            let target = redirect(text).filter(|_| !was_stub);
            let Some(target) = named(target.as_deref(), &page) else { return Ok((path, now)) };
            let target = target.git_path().into_bytes();
            if self.file(state, &target, files).await?.text.is_none() {
                return Ok((path, now));
            }
            path = target;
        }
        let now = self.file(state, &path, files).await?;
        Ok((path, now))
    }

    async fn file(&self, state: &mut State, path: &[u8], files: &BTreeMap<Vec<u8>, Now>) -> Result<Now> {
        if let Some(now) = files.get(path) {
            return Ok(now.clone());
        }
        let entry = self.entry(state, path).await?;
        if entry.is_some_and(|entry| !entry.mode.is_file()) {
            let path = String::from_utf8_lossy(path).into_owned();
            return Err(Error::PathCollision { with: path, why: "something that is no file is there now" });
        }
        let text = self.content(entry).await?;
        let was_stub = text.as_ref().is_some_and(|text| redirect(text).is_some());
        Ok(Now { entry, was_stub, text: text.zip(entry.map(|entry| entry.mode)) })
    }

    async fn content(&self, entry: Option<Entry>) -> Result<Option<Bytes>> {
        match entry {
            None => Ok(None),
            Some(entry) => self.text(entry.id).await.map(Some),
        }
    }
}

/// A file's content as it is stored.
fn prepared(path: &[u8], data: Bytes) -> Result<Prepared> {
    match PagePath::from_git(path) {
        Some(page) => unchecked(data, &name_of(&page)),
        None => raw(data),
    }
}

impl Portolan {
    /// What a commit changed against its first parent.
    pub(super) async fn commit_changes(&self, wiki: &Wiki, commit: Oid) -> Result<Vec<TreeChange>> {
        let data = self.object(&wiki.repo, commit, Kind::Commit).await?;
        let commit = Commit::parse(&data).map_err(|bad| crate::index::bad_object(commit, &bad))?;
        let parent = match commit.parents.first() {
            None => None,
            Some(parent) => self.root_of(&wiki.repo, *parent).await?,
        };
        self.tree_changes(wiki, parent, commit.tree).await
    }
}
