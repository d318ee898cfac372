//! What differs between two revisions, of a page or of the whole wiki.

use std::collections::BTreeMap;

use portolan_core::access::Operation;
use portolan_core::git::diff::{Change, DiffError, TreeDiff};
use portolan_core::git::{Entry, Mode, Oid};
use portolan_core::wiki::path::{PageKind, Requested};
use portolan_ports::index::CommitAt;

use super::history::{PathKindName, What, shown};
use super::lineage::is_file;
use super::read::name_in;
use crate::desk::Desk;
use crate::diff::{FileDifference, Room, Text};
use crate::index::{bad_object, mode_number};
use crate::{Admitted, Error, Portolan, Result};

/// Most files in an answer.
const FILES: usize = 200;

/// What is to be compared.
#[derive(Debug, Clone, Default)]
pub struct Compare {
    /// A commit of the main line or, with a path, also a version of that page. None: the first parent of `to`, or nothing where
    /// `to` is the first commit.
    pub from: Option<String>,
    /// Likewise. None: the head; with a path and without `from`, the commit that last changed it.
    pub to: Option<String>,
    /// Only this page or file.
    pub path: Option<Requested<PageKind>>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// What was compared: a commit or a version; none for nothing.
    pub from: Option<Oid>,
    /// With what; none for an empty wiki.
    pub to: Option<Oid>,
    /// The files that differ, by path.
    pub files: Vec<FileDifference>,
    /// Whether more files differ.
    pub cut: bool,
}

impl Portolan {
    /// Compares two revisions.
    pub async fn compare(&self, admitted: &Admitted, compare: &Compare) -> Result<Difference> {
        admitted.must_be(Operation::DiffRead)?;
        let result = self.compared(admitted, compare).await;
        let wiki = crate::wikis::wiki_name(admitted);
        let target = match &compare.path {
            None => wiki,
            Some(path) => format!("{wiki}/{}", path.canonical()),
        };
        self.noted(admitted, &target, result)
    }

    async fn compared(&self, admitted: &Admitted, compare: &Compare) -> Result<Difference> {
        let (wiki, head) = admitted.handle()?;
        let Compare { from, to, path } = compare.clone();
        self.at_desk(wiki, head.commit, move |desk| match &path {
            None => trees(desk, from.as_deref(), to.as_deref()),
            Some(path) => texts(desk, path, from.as_deref(), to.as_deref()),
        })
        .await
    }
}

fn unknown() -> Error {
    Error::not_found("revision")
}

/// Compares the trees of two commits.
fn trees(desk: &Desk, from: Option<&str>, to: Option<&str>) -> Result<Difference> {
    let named = |text: &str| desk.commit(text.parse().map_err(|_| unknown())?)?.ok_or_else(unknown);
    let known = |id: Oid| desk.commit(id)?.ok_or_else(unknown);
    // Asks the index even where nothing is said, so that the head is one that it knows.
    let from = from.map(named).transpose()?;
    let to = match (to, desk.head()) {
        (Some(to), _) => named(to)?,
        (None, Some(head)) => known(head)?,
        (None, None) => return Ok(Difference::default()),
    };
    let from = match from {
        Some(from) => Some(from),
        None => to.commit.parents.first().copied().map(known).transpose()?,
    };
    let id = |at: &CommitAt| at.commit.id;
    let (old, new) = (from.as_ref().map(|from| desk.root(id(from))).transpose()?, desk.root(id(&to))?);
    let mut answer = Difference { from: from.as_ref().map(id), to: Some(id(&to)), ..Difference::default() };
    let mut changes = Vec::new();
    for change in TreeDiff::new(old, Some(new), |id| desk.tree(id)).map_err(failed)? {
        let change = change.map_err(failed)?;
        if changes.len() == FILES {
            answer.cut = true;
            break;
        }
        changes.push(change);
    }
    let moves = from.map_or_else(|| Ok(Moves::new()), |from| moves(desk, &from, &to, &changes))?;
    let mut room = Room::default();
    for mut change in changes {
        let moved = moves.get(&change.path);
        if let Some((_, old)) = moved {
            change.old = Some(*old);
        } else if change.new.is_none() && moves.values().any(|(from, _)| *from == change.path) {
            continue;
        }
        answer.files.push(file(desk, &change, moved.map(|(from, _)| &**from), &mut room)?);
    }
    Ok(answer)
}

/// By the path of a page that was renamed: its path before, and what was there.
type Moves = BTreeMap<Vec<u8>, (Vec<u8>, Entry)>;

/// The renames between two commits, as far as both ends of each are among `changes`, or the former one has not changed.
fn moves(desk: &Desk, from: &CommitAt, to: &CommitAt, changes: &[Change]) -> Result<Moves> {
    let is_forward = from.position <= to.position;
    let (then, at) = if is_forward { (from, to) } else { (to, from) };
    let mut moves = Moves::new();
    for change in changes {
        let Some(entry) = (if is_forward { change.new } else { change.old }) else { continue };
        if shown(&change.path, mode_number(entry.mode)).1 != PathKindName::Page {
            continue;
        }
        let former = desk.former_name(&change.path, at.position, then.position)?;
        let Some(former) = former.filter(|former| *former != change.path) else { continue };
        let Some(there) = desk.entry_at(then.commit.id, &former)? else { continue };
        if is_forward {
            moves.insert(change.path.clone(), (former, there));
        } else if changes.iter().any(|change| change.path == former && change.new.is_some()) {
            moves.insert(former, (change.path.clone(), entry));
        }
    }
    Ok(moves)
}

fn failed(error: DiffError<Error>) -> Error {
    match error {
        DiffError::Load(error) => error,
        DiffError::Bad { id, bad } => bad_object(id, &bad),
    }
}

/// Compares the texts of one page or file.
fn texts(
    desk: &Desk,
    path: &Requested<PageKind>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Difference> {
    let name = desk.wait(desk.portolan().subject(&desk.wiki, desk.head(), path))?;
    let name = name.ok_or_else(|| Error::not_found("page"))?;
    let name = name.as_slice();
    let newest = desk.history(name, None, 1)?.pop().ok_or_else(|| Error::not_found("page"))?;
    let to = match (to, from, desk.head()) {
        (Some(to), ..) => side(desk, name, to)?,
        (None, None, _) => Side::at(desk, name, newest.commit.id)?,
        (None, Some(_), Some(head)) => Side::at(desk, name, head)?,
        (None, Some(_), None) => return Err(unknown()),
    };
    let from = match (from, to.parent) {
        (Some(from), _) => Some(side(desk, name, from)?),
        (None, Some(parent)) => Some(Side::at(desk, name, parent)?),
        (None, None) => None,
    };
    let old = from.as_ref().and_then(|from| from.blob);
    if old.is_none() && to.blob.is_none() {
        return Err(Error::not_found("page at either revision"));
    }
    let mut answer =
        Difference { from: from.as_ref().map(|from| from.id), to: Some(to.id), ..Difference::default() };
    let former = from.and_then(|from| Some((from.name?, to.name.as_ref()?)));
    let moved = former.filter(|(former, name)| former != *name);
    if old != to.blob || moved.is_some() {
        let entry = |id| Entry { mode: Mode::Blob, id };
        let path = moved.as_ref().map_or_else(|| name.to_vec(), |(_, name)| (*name).clone());
        let change = Change { path, old: old.map(entry), new: to.blob.map(entry) };
        let former = moved.as_ref().map(|(former, _)| &**former);
        answer.files.push(file(desk, &change, former, &mut Room::default())?);
    }
    Ok(answer)
}

/// One side of the comparison of a file.
struct Side {
    id: Oid,
    blob: Option<Oid>,
    /// What the file is called there, where it is.
    name: Option<Vec<u8>>,
    /// The first parent of the commit that this is about.
    parent: Option<Oid>,
}

impl Side {
    /// What the file that is called `name` now is at a commit of the main line, whatever it is called there.
    fn at(desk: &Desk, name: &[u8], commit: Oid) -> Result<Self> {
        let at = desk.commit(commit)?.ok_or_else(unknown)?;
        let found = desk.wait(desk.portolan().text_at(&desk.wiki, desk.head(), name, &at))?;
        let parent = at.commit.parents.first().copied();
        let (blob, name) = found.map(|(blob, entry)| (blob, name_in(&entry).to_vec())).unzip();
        Ok(Self { id: commit, blob, name, parent })
    }
}

/// What `text` names of the file `name`: a version of it, or what it is at a commit of the main line.
fn side(desk: &Desk, name: &[u8], text: &str) -> Result<Side> {
    let id: Oid = text.parse().map_err(|_| unknown())?;
    if let Some(entry) = desk.version(name, id)?
        && entry.commit.paths.iter().any(|change| is_file(change.mode))
    {
        let name = Some(name_in(&entry).to_vec());
        return Ok(Side { id, blob: Some(id), name, parent: entry.commit.parents.first().copied() });
    }
    Side::at(desk, name, id)
}

/// How one file differs that was called `former` before, where it was renamed.
fn file(desk: &Desk, change: &Change, former: Option<&[u8]>, room: &mut Room) -> Result<FileDifference> {
    let what = match (former, change.old, change.new) {
        (Some(_), ..) => What::Renamed,
        (None, None, _) => What::Added,
        (None, Some(_), Some(_)) => What::Modified,
        (None, Some(_), None) => What::Deleted,
    };
    let mode = change.new.or(change.old).map_or(0, |entry| mode_number(entry.mode));
    let (path, kind) = shown(&change.path, mode);
    let version = change.new.filter(|entry| entry.mode != Mode::Commit).map(|entry| entry.id);
    let mut told = FileDifference::new(path, kind, what, version);
    told.from = former.map(|former| shown(former, mode).0);
    if room.may_read() {
        let text = |entry: Option<Entry>| match entry {
            None => Ok(Text::new()),
            // As git shows the commit that a submodule is at.
            Some(Entry { mode: Mode::Commit, id }) => Ok(format!("Subproject commit {id}\n").into()),
            Some(Entry { id, .. }) => desk.blobs(&[id]).map(|mut found| found.pop().unwrap_or_default()),
        };
        let (old, new) = (text(change.old)?, text(change.new)?);
        desk.go_on()?;
        told.compare(&old, &new, room);
    } else {
        told.too_large = true;
    }
    Ok(told)
}
