//! Who wrote which line.

use jiff::Timestamp;
use portolan_core::access::Operation;
use portolan_core::git::Oid;
use portolan_core::text::blame::Blame;
use portolan_core::wiki::path::PageKind;
use portolan_core::wiki::path::Requested;
use portolan_ports::index::{Author, Position};

use super::history::{PathKindName, shown, time};
use super::lineage::{Lineage, is_file};
use super::read::PageRead;
use crate::desk::Desk;
use crate::{Admitted, Error, Portolan, Result};

/// Most parts in an answer.
const PARTS: usize = 10_000;

/// A page or file, and who wrote its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameView {
    /// Its path.
    pub path: String,
    /// A page's or another file's.
    pub kind: PathKindName,
    /// The blob of its text.
    pub version: Oid,
    /// Its lines from the first, neighbouring ones of one commit together.
    pub lines: Vec<BlamedLines>,
    /// Whether lines at its end were left out, because there are too many parts.
    pub cut: bool,
}

/// Lines that came with one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlamedLines {
    /// The first, counted from 1.
    pub start: usize,
    /// How many.
    pub count: usize,
    /// The commit.
    pub revision: Oid,
    /// Who made it.
    pub author: Author,
    /// When.
    pub time: Timestamp,
}

impl Portolan {
    /// Tells who wrote each line of a page or, where there is no such page, of another file: what `git blame` tells that does
    /// not look for renames.
    pub async fn blame(&self, admitted: &Admitted, read: &PageRead) -> Result<BlameView> {
        admitted.must_be(Operation::BlameRead)?;
        let result = self.blame_of(admitted, read).await;
        let target = format!("{}/{}", crate::wikis::wiki_name(admitted), read.path.canonical());
        self.noted(admitted, &target, result)
    }

    async fn blame_of(&self, admitted: &Admitted, read: &PageRead) -> Result<BlameView> {
        let (wiki, head) = admitted.handle()?;
        let read = read.clone();
        self.at_desk(wiki, head.commit, move |desk| match &read.revision {
            None => now(desk, &read.path),
            Some(revision) => then(desk, &read.path, revision),
        })
        .await
    }
}

/// Blames what is at the head.
fn now(desk: &Desk, path: &Requested<PageKind>) -> Result<BlameView> {
    let Some(name) = subject(desk, path)? else { return Err(Error::not_found("page")) };
    let (repo, names) = (&desk.wiki.repo, &[name.as_slice()]);
    let file = desk.ask(|index| async move { index.file(repo, names).await })?;
    if let (Some(file), Some(head)) = (file.filter(|file| is_file(file.mode)), desk.head()) {
        let mut lineage = Lineage::new(desk, &file.path, Position::MAX)?;
        if let Some(origin) = lineage.origin(head)? {
            return blame(desk, &mut lineage, &file.path, origin);
        }
    }
    let names = [String::from_utf8_lossy(&name).into_owned()];
    let deleted_in = desk.wait(desk.portolan().deleted_in(&desk.wiki, desk.head(), &names))?;
    Err(Error::NotFound { what: "page".into(), deleted_in })
}

/// Blames a version, or what is at a commit of the main line.
fn then(desk: &Desk, path: &Requested<PageKind>, revision: &str) -> Result<BlameView> {
    let gone = || Error::not_found("revision of this page");
    let id: Oid = revision.parse().map_err(|_| gone())?;
    let name = subject(desk, path)?.ok_or_else(gone)?;
    let (commit, position) = match desk.version(&name, id)? {
        Some(entry) => (entry.commit.id, entry.position),
        None => (id, desk.commit(id)?.ok_or_else(gone)?.position),
    };
    let mut lineage = Lineage::new(desk, &name, position + 1)?;
    let origin = lineage.origin(commit)?.ok_or_else(gone)?;
    blame(desk, &mut lineage, &name, origin)
}

fn subject(desk: &Desk, path: &Requested<PageKind>) -> Result<Option<Vec<u8>>> {
    desk.wait(desk.portolan().subject(&desk.wiki, desk.head(), path))
}

fn blame(desk: &Desk, lineage: &mut Lineage<'_>, name: &[u8], newest: Position) -> Result<BlameView> {
    let mut blame = Blame::new(newest, lineage.text(newest)?);
    // The newest first: it descends from none of the others.
    while let Some(position) = blame.pending().max().copied() {
        desk.go_on()?;
        let mut parents = Vec::new();
        for parent in lineage.parents(position)? {
            parents.push((parent, lineage.text(parent)?));
        }
        blame.step(&position, &parents);
    }
    let mut parts = blame.finish();
    let cut = parts.len() > PARTS;
    parts.truncate(PARTS);
    let mut named: Vec<Position> = parts.iter().map(|part| part.version).collect();
    named.sort_unstable();
    named.dedup();
    let commits = lineage.commits(&named)?;
    let mut lines = Vec::with_capacity(parts.len());
    for part in parts {
        let commit = &commits[&part.version];
        lines.push(BlamedLines {
            start: part.lines.start + 1,
            count: part.lines.len(),
            revision: commit.id,
            author: commit.author.clone(),
            time: time(commit.time),
        });
    }
    let newest = lineage.at(newest)?;
    let version = newest.blob.ok_or_else(|| Error::Internal("a blamed file is not there".into()))?;
    let (path, kind) = shown(name, newest.mode);
    Ok(BlameView { path, kind, version, lines, cut })
}
