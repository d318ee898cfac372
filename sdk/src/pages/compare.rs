//! What differs between two revisions, of a page or of the whole wiki.

use portolan_core::access::Operation;
use portolan_core::git::diff::{Change, DiffError, TreeDiff};
use portolan_core::git::{Entry, Mode, Oid};
use portolan_core::wiki::path::{PageKind, Requested};

use super::history::{What, names, shown};
use super::lineage::is_file;
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
    let commit = |text: &str| {
        let id: Oid = text.parse().map_err(|_| unknown())?;
        desk.commit(id)?.ok_or_else(unknown)
    };
    // Asks the index even where nothing is said, so that the head is one that it knows.
    let from = from.map(commit).transpose()?;
    let to = match (to, desk.head()) {
        (Some(to), _) => commit(to)?,
        (None, Some(head)) => desk.commit(head)?.ok_or_else(unknown)?,
        (None, None) => return Ok(Difference::default()),
    };
    let from = from.map(|at| at.commit.id).or_else(|| to.commit.parents.first().copied());
    let to = to.commit.id;
    let (old, new) = (from.map(|from| desk.root(from)).transpose()?, desk.root(to)?);
    let mut answer = Difference { from, to: Some(to), ..Difference::default() };
    let mut room = Room::default();
    for change in TreeDiff::new(old, Some(new), |id| desk.tree(id)).map_err(failed)? {
        let change = change.map_err(failed)?;
        if answer.files.len() == FILES {
            answer.cut = true;
            break;
        }
        answer.files.push(file(desk, &change, &mut room)?);
    }
    Ok(answer)
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
    for name in names(path) {
        let name = name.as_bytes();
        let Some(newest) = desk.history(name, None, 1)?.pop() else { continue };
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
            Difference { from: from.map(|from| from.id), to: Some(to.id), ..Difference::default() };
        if old != to.blob {
            let entry = |id| Entry { mode: Mode::Blob, id };
            let change = Change { path: name.to_vec(), old: old.map(entry), new: to.blob.map(entry) };
            answer.files.push(file(desk, &change, &mut Room::default())?);
        }
        return Ok(answer);
    }
    Err(Error::not_found("page"))
}

/// One side of the comparison of a file.
struct Side {
    id: Oid,
    blob: Option<Oid>,
    /// The first parent of the commit that this is about.
    parent: Option<Oid>,
}

impl Side {
    /// What the file that is called `name` now is at a commit of the main line, whatever it is called there.
    fn at(desk: &Desk, name: &[u8], commit: Oid) -> Result<Self> {
        let at = desk.commit(commit)?.ok_or_else(unknown)?;
        let found = desk.wait(desk.portolan().text_at(&desk.wiki, desk.head(), name, &at))?;
        Ok(Self { id: commit, blob: found.map(|(blob, _)| blob), parent: at.commit.parents.first().copied() })
    }
}

/// What `text` names of the file `name`: a version of it, or what it is at a commit of the main line.
fn side(desk: &Desk, name: &[u8], text: &str) -> Result<Side> {
    let id: Oid = text.parse().map_err(|_| unknown())?;
    if let Some(entry) = desk.version(name, id)?
        && entry.commit.paths.iter().any(|change| is_file(change.mode))
    {
        return Ok(Side { id, blob: Some(id), parent: entry.commit.parents.first().copied() });
    }
    Side::at(desk, name, id)
}

/// How one file differs. (A file that was renamed is shown as gone and new.)
fn file(desk: &Desk, change: &Change, room: &mut Room) -> Result<FileDifference> {
    let what = match (change.old, change.new) {
        (None, _) => What::Added,
        (Some(_), Some(_)) => What::Modified,
        (Some(_), None) => What::Deleted,
    };
    let mode = change.new.or(change.old).map_or(0, |entry| mode_number(entry.mode));
    let (path, kind) = shown(&change.path, mode);
    let version = change.new.filter(|entry| entry.mode != Mode::Commit).map(|entry| entry.id);
    let mut told = FileDifference::new(path, kind, what, version);
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
