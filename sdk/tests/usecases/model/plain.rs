//! A wiki as a map of texts and a list of changes. What it decides is written as plainly as can be: nothing is indexed,
//! and every question is answered from the whole list.

use std::collections::BTreeMap;

use portolan::Condition;
use portolan::core::git::{Kind, Object, Oid};
use portolan::core::markdown::{KnownNames, Move, NameKind, Names, rewrite};
use portolan::core::text::merge::{Merge, merge};
use portolan::core::text::revert::{Outcome, revert_file};
use portolan::core::wiki::edit::{self, Edit};
use portolan::core::wiki::page::facts;
use portolan::core::wiki::path::{PAGE_SUFFIX, PagePath, fold};
use portolan::core::wiki::rename::{State, Step, renames};

/// A write, with everything said that it depends on.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Put { path: String, text: String, condition: Condition },
    Edit { path: String, edits: Vec<Edit>, condition: Condition },
    Delete { path: String, condition: Condition },
    Rename { from: String, to: String, base: Option<Oid> },
    Revert { revision: Oid, path: Option<String> },
    Attach { path: String, content: String, condition: Condition },
    Detach { path: String, condition: Condition },
}

/// Why a write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Exists,
    Stale,
    BaseRequired,
    NotFound,
    Conflict,
    NotApplied,
    Taken,
    Collision,
    Invalid,
    RevertConflict,
}

/// What files become, by path in git; none: nothing.
pub(super) type Diff = BTreeMap<String, Option<String>>;

/// What a commit did to a file.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// Where it was before, in git.
    pub(super) from: Option<String>,
}

/// The wiki.
#[derive(Debug, Clone, Default)]
pub(super) struct Plain {
    /// All files, by path in git.
    pub(super) files: BTreeMap<String, String>,
    /// All commits, oldest first.
    pub(super) commits: Vec<(Oid, Vec<Change>)>,
}

/// The blob of a text.
pub(super) fn version(text: &str) -> Oid {
    Object::new(Kind::Blob, text.as_bytes().to_vec()).id()
}

/// The page that a stub names.
pub(super) fn redirect(text: &str) -> Option<String> {
    facts(text, "").redirect
}

fn git(page: &str) -> String {
    format!("{page}.md")
}

impl Plain {
    pub(super) fn head(&self) -> Option<Oid> {
        self.commits.last().map(|(revision, _)| *revision)
    }

    /// The pages, without `.md`, with their texts.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.strip_suffix(".md")?, text.as_str())))
    }

    /// What commits did to a file, newest first, across its renames.
    pub(super) fn history<'a>(&'a self, path: &str) -> impl Iterator<Item = (Oid, &'a Change)> {
        let mut path = path.to_owned();
        self.commits.iter().rev().filter_map(move |(revision, changes)| {
            let change = changes.iter().find(|change| change.path == path)?;
            if let Some(from) = &change.from {
                path.clone_from(from);
            }
            Some((*revision, change))
        })
    }

    /// Takes a write as done.
    pub(super) fn commit(&mut self, revision: Oid, diff: Diff) {
        let mut changes: Vec<Change> = diff
            .into_iter()
            .map(|(path, after)| Change { before: self.files.get(&path).cloned(), path, after, from: None })
            .collect();
        let state = |text: &Option<String>| match text {
            None => State::Absent,
            Some(text) => redirect(text).map_or(State::Page, State::Stub),
        };
        let pages: Vec<usize> =
            (0..changes.len()).filter(|&at| changes[at].path.ends_with(PAGE_SUFFIX)).collect();
        let steps: Vec<Step> = pages
            .iter()
            .map(|&at| Step {
                path: PagePath::from_git(changes[at].path.as_bytes()).unwrap(),
                before: state(&changes[at].before),
                after: state(&changes[at].after),
            })
            .collect();
        for (from, to) in renames(&steps) {
            changes[pages[to]].from = Some(changes[pages[from]].path.clone());
        }
        for change in &changes {
            match &change.after {
                None => drop(self.files.remove(&change.path)),
                Some(text) => drop(self.files.insert(change.path.clone(), text.clone())),
            }
        }
        self.commits.push((revision, changes));
    }

    /// What a write would change.
    pub(super) fn plan(&self, write: &Write) -> Result<Diff, Refusal> {
        let mut diff = match write {
            Write::Put { path, text, condition } => self.put(&git(path), text, condition)?,
            Write::Attach { path, content, condition } => self.put(path, content, condition)?,
            Write::Edit { path, edits, condition } => self.edit(&git(path), edits, condition)?,
            Write::Delete { path, condition } => self.delete(&git(path), condition)?,
            Write::Detach { path, condition } => self.delete(path, condition)?,
            Write::Rename { from, to, base } => self.rename(from, to, *base)?,
            Write::Revert { revision, path } => self.revert(*revision, path.as_deref())?,
        };
        diff.retain(|path, after| self.files.get(path) != after.as_ref());
        let left: Vec<&String> =
            self.files.keys().filter(|path| !matches!(diff.get(*path), Some(None))).collect();
        let comes = diff.iter().filter(|(path, after)| after.is_some() && !self.files.contains_key(*path));
        for (path, _) in comes {
            if left.iter().any(|other| collide(path, other)) {
                return Err(Refusal::Collision);
            }
        }
        Ok(diff)
    }

    fn put(&self, path: &str, text: &str, condition: &Condition) -> Result<Diff, Refusal> {
        let text = match (condition, self.files.get(path)) {
            (Condition::Absent, Some(_)) => return Err(Refusal::Exists),
            (Condition::None, Some(_)) => return Err(Refusal::BaseRequired),
            (Condition::Base(_), None) => return Err(Refusal::NotFound),
            (Condition::Base(base), Some(now)) => {
                let base = self.base(path, *base).ok_or(Refusal::Stale)?;
                if base == *now { text.to_owned() } else { merged(&base, now, text)? }
            }
            (Condition::Match(bases), now) => {
                if !now.is_some_and(|now| self.matches(path, now, bases)) {
                    return Err(Refusal::Stale);
                }
                text.to_owned()
            }
            (Condition::None | Condition::Absent, None) => text.to_owned(),
        };
        Ok([(path.to_owned(), Some(text))].into())
    }

    fn edit(&self, path: &str, edits: &[Edit], condition: &Condition) -> Result<Diff, Refusal> {
        let base = match (condition, self.files.get(path)) {
            (Condition::Match(_), None) => return Err(Refusal::Stale),
            (_, None) => return Err(Refusal::NotFound),
            (Condition::None | Condition::Absent, _) => return Err(Refusal::BaseRequired),
            (Condition::Match(bases), Some(now)) if self.matches(path, now, bases) => now.clone(),
            (Condition::Match(_), Some(_)) => return Err(Refusal::Stale),
            (Condition::Base(base), Some(_)) => self.base(path, *base).ok_or(Refusal::Stale)?,
        };
        let text = edit::apply(&base, edits).map_err(|_| Refusal::NotApplied)?;
        self.put(path, &text, condition)
    }

    fn delete(&self, path: &str, condition: &Condition) -> Result<Diff, Refusal> {
        match (condition, self.files.get(path)) {
            (Condition::Match(bases), Some(now)) if self.matches(path, now, bases) => {
                Ok([(path.to_owned(), None)].into())
            }
            (Condition::Match(_), _) => Err(Refusal::Stale),
            (_, None) => Err(Refusal::NotFound),
            (_, Some(_)) => Err(Refusal::BaseRequired),
        }
    }

    fn rename(&self, from: &str, to: &str, base: Option<Oid>) -> Result<Diff, Refusal> {
        let (from_git, to_git) = (git(from), git(to));
        let text = self.files.get(&from_git).ok_or(Refusal::NotFound)?;
        let base = base.ok_or(Refusal::BaseRequired)?;
        self.base(&from_git, base).ok_or(Refusal::Stale)?;
        if from == to {
            return Err(Refusal::Invalid);
        }
        if let Some(there) = self.files.get(&to_git)
            && redirect(there).is_none_or(|target| target.trim_start_matches('/') != from)
        {
            return Err(Refusal::Taken);
        }
        let names = self.names();
        let moved = Move { old: from, new: to };
        let after = |page: &str, text: &str| rewrite(text, page, moved, &names);
        let mut diff: Diff = self
            .pages()
            .filter(|(page, _)| *page != from && *page != to)
            .filter_map(|(page, text)| Some((git(page), Some(after(page, text)?))))
            .collect();
        let stub = (fold(from) != fold(to)).then(|| format!("---\nredirect: \"{to}\"\n---\n"));
        diff.insert(from_git, stub);
        diff.insert(to_git, Some(after(from, text).unwrap_or_else(|| text.clone())));
        Ok(diff)
    }

    fn revert(&self, revision: Oid, only: Option<&str>) -> Result<Diff, Refusal> {
        let commit = self.commits.iter().find(|(id, _)| *id == revision).ok_or(Refusal::NotFound)?;
        let only = only.map(git);
        let changes: Vec<&Change> =
            commit.1.iter().filter(|change| only.as_ref().is_none_or(|only| change.path == *only)).collect();
        if changes.is_empty() {
            return Err(Refusal::Invalid);
        }
        let mut now = self.files.clone();
        for Change { path, before, after, .. } in changes {
            let path = followed(&now, path, after.as_deref());
            let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
            let current = now.get(&path).map(|text| text.as_bytes().to_vec());
            match revert_file(bytes(before).as_deref(), bytes(after).as_deref(), current.as_deref()) {
                Outcome::Nothing => {}
                Outcome::Write(text) => drop(now.insert(path, String::from_utf8(text).unwrap())),
                Outcome::Delete => drop(now.remove(&path)),
                Outcome::Clash(..) => return Err(Refusal::RevertConflict),
            }
        }
        let paths = self.files.keys().chain(now.keys());
        Ok(paths.map(|path| (path.clone(), now.get(path).cloned())).collect())
    }

    /// Whether one of `bases` stands for the text that the file has now.
    fn matches(&self, path: &str, now: &str, bases: &[Oid]) -> bool {
        bases.iter().any(|base| *base == version(now) || self.text_at(path, *base) == Some(now))
    }

    /// The text that a base stands for: a version of the file since it was last created, or what it was in a commit.
    fn base(&self, path: &str, base: Oid) -> Option<String> {
        let since_created = self.since_created(path);
        let versions = since_created.iter().filter_map(|(_, change)| change.after.as_ref());
        let of_version = versions.into_iter().find(|text| version(text) == base).cloned();
        of_version.or_else(|| self.text_at(path, base).map(ToOwned::to_owned))
    }

    /// The file's text in a commit, unless it was deleted since.
    fn text_at(&self, path: &str, commit: Oid) -> Option<&str> {
        let at = self.commits.iter().position(|(id, _)| *id == commit)?;
        let position = |revision: Oid| self.commits.iter().position(|(id, _)| *id == revision);
        let since = self.since_created(path);
        let (_, change) = since.into_iter().find(|(revision, _)| position(*revision) <= Some(at))?;
        change.after.as_deref()
    }

    /// What was done to a file since it was last created, newest first; nothing where it is not there.
    fn since_created(&self, path: &str) -> Vec<(Oid, &Change)> {
        let mut all = Vec::new();
        for (revision, change) in self.history(path) {
            if change.after.is_none() {
                break;
            }
            all.push((revision, change));
        }
        all
    }

    pub(super) fn names(&self) -> AllNames {
        let mut names = AllNames::default();
        for (path, text) in &self.files {
            let (kind, name) = match path.strip_suffix(".md") {
                Some(page) => (NameKind::Page, page),
                None => (NameKind::File, path.as_str()),
            };
            names.all.add(kind, name);
            if kind == NameKind::File || redirect(text).is_none() {
                names.short.add(kind, name);
            }
        }
        names
    }
}

/// The names of a wiki; stubs are no short names.
#[derive(Debug, Default)]
pub(super) struct AllNames {
    all: KnownNames,
    short: KnownNames,
}

impl Names for AllNames {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        self.all.whole(kind, path)
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        self.short.ending(kind, tail)
    }
}

fn merged(base: &str, theirs: &str, yours: &str) -> Result<String, Refusal> {
    let is_stub = |text: &str| redirect(text).is_some();
    if yours != base && yours != theirs && is_stub(base) != is_stub(theirs) {
        return Err(Refusal::Conflict);
    }
    match merge(base.as_bytes(), theirs.as_bytes(), yours.as_bytes()) {
        Merge::Clean(merged) => Ok(String::from_utf8(merged.text).unwrap()),
        Merge::Conflict(_) => Err(Refusal::Conflict),
    }
}

/// Whether two paths differ first in a segment that is the same but for its case.
fn collide(one: &str, other: &str) -> bool {
    let mut pairs = one.split('/').zip(other.split('/'));
    pairs.find(|(one, other)| one != other).is_some_and(|(one, other)| fold(one) == fold(other))
}

/// Where the text is now that stood at `path` as `after`: the page it was renamed to since.
fn followed(now: &BTreeMap<String, String>, path: &str, after: Option<&str>) -> String {
    let mut path = path.to_owned();
    if !path.ends_with(PAGE_SUFFIX) || after.is_some_and(|text| redirect(text).is_some()) {
        return path;
    }
    for _ in 0..8 {
        let Some(text) = now.get(&path).filter(|text| Some(text.as_str()) != after) else { break };
        let Some(target) = redirect(text).map(|target| git(target.trim_start_matches('/'))) else { break };
        if !now.contains_key(&target) {
            break;
        }
        path = target;
    }
    path
}
