//! The index of one wiki.

use std::collections::BTreeMap;

use portolan_core::git::Oid;
use portolan_core::wiki::path::{fold, lookup_form};
use portolan_ports::index::{Advance, FileChange, FileEntry, FileFilter, FileKind, PageFacts, listing_key};
use portolan_ports::{Error, Kind, Result};

use super::ADAPTER;
use super::history::History;
use super::texts::WikiTexts;

/// What is known of one wiki.
#[derive(Debug, Clone, Default)]
pub(super) struct Wiki {
    pub(super) head: Option<Oid>,
    pub(super) history: History,
    /// The files at the head. What depends on the history is looked up there when it is asked for, since a commit can
    /// touch a file and leave it as it was.
    files: BTreeMap<Vec<u8>, (FileEntry, PageFacts)>,
    pub(super) texts: WikiTexts,
}

impl Wiki {
    pub(super) fn apply(&mut self, advance: Advance) -> Result<()> {
        for commit in advance.commits {
            if self.history.contains(commit.id) {
                return Err(refused(format!("commit {} is in the index already; reset it", commit.id)));
            }
            self.history.push(commit);
        }
        self.texts.note(self.head, &advance.files);
        for change in advance.files {
            match change {
                FileChange::Put { file, .. } if self.history.of(&file.path, None).next().is_none() => {
                    let path = String::from_utf8_lossy(&file.path);
                    return Err(refused(format!(
                        "no commit made the file {path:?}; send the commit with it"
                    )));
                }
                FileChange::Put { file, page } => {
                    self.files.insert(file.path.clone(), (file, page.unwrap_or_default()));
                }
                FileChange::Gone(path) => drop(self.files.remove(&path)),
            }
        }
        self.head = advance.to;
        Ok(())
    }

    /// The file `path` at the head, with the commit that last changed it.
    pub(super) fn file(&self, path: &[u8]) -> Option<FileEntry> {
        let file = self.files.get(path)?.0.clone();
        let newest = self.history.of(path, None).next()?.commit;
        Some(FileEntry { last: newest.id, time: newest.time, author: Some(newest.author), ..file })
    }

    /// The files at the head, without what depends on the history.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&FileEntry, &PageFacts)> {
        self.files.values().map(|(file, facts)| (file, facts))
    }

    /// The page `path` at the head as far as full text needs it; none where there is none that has a text.
    pub(super) fn page(&self, path: &[u8]) -> Option<&FileEntry> {
        self.files
            .get(path)
            .map(|(file, _)| file)
            .filter(|file| file.kind == FileKind::Page && file.redirect.is_none())
    }

    /// How `path` may be spelled otherwise: see the port.
    pub(super) fn spellings(&self, path: &[u8]) -> Vec<Vec<u8>> {
        let forms: Vec<(Vec<u8>, &Vec<u8>)> =
            self.files.keys().filter_map(|known| Some((lookup_form(known)?, known))).collect();
        let whole = forms.iter().filter(|(form, _)| form == path).map(|(_, known)| (*known).clone());
        let mut found: Vec<Vec<u8>> = whole.take(8).collect();
        let slashes: Vec<usize> = (0..path.len()).filter(|at| path[*at] == b'/').collect();
        for (level, at) in slashes.iter().enumerate().rev() {
            let folder = &path[..=*at];
            let inside = forms.iter().filter(|(form, _)| form.starts_with(folder));
            let Some((_, known)) =
                inside.min_by(|one, other| listing_key(&one.0).cmp(&listing_key(&other.0)))
            else {
                continue;
            };
            let ends = (0..known.len()).filter(|at| known[*at] == b'/');
            let spelled = ends.skip(level).map(|end| [&known[..=end], &path[at + 1..]].concat()).next();
            found.extend(spelled.filter(|spelled| spelled != path && !found.contains(spelled)));
            break;
        }
        found
    }

    pub(super) fn files(&self, filter: &FileFilter, after: Option<&[u8]>, limit: usize) -> Vec<FileEntry> {
        let after = after.map(listing_key);
        let labelled = self.files.iter().filter(|(_, (_, facts))| is_labelled(filter, facts));
        let mut paths: Vec<_> = labelled.map(|(path, _)| (listing_key(path), path)).collect();
        paths.sort();
        paths
            .into_iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
            .filter_map(|(_, path)| self.file(path))
            .filter(|file| passes(filter, file))
            .take(limit)
            .map(|file| FileEntry { author: None, ..file })
            .collect()
    }
}

/// Whether the NFC of what has this key begins with `prefix`.
pub(super) fn begins(key: &[u8], prefix: &[u8]) -> bool {
    lookup_form(key).as_deref().unwrap_or(key).starts_with(prefix)
}

fn passes(filter: &FileFilter, file: &FileEntry) -> bool {
    const EXECUTABLE: u32 = 0o111;
    (filter.kinds.is_empty() || filter.kinds.contains(&file.kind))
        && begins(&listing_key(&file.path), &filter.prefix)
        && filter.updated_since.is_none_or(|since| file.time >= since)
        && (!filter.executable || file.mode & EXECUTABLE != 0)
}

fn is_labelled(filter: &FileFilter, facts: &PageFacts) -> bool {
    let is = |wanted: &str, label: &String| fold(wanted) == fold(label);
    filter.category.as_deref().is_none_or(|wanted| facts.category.iter().any(|label| is(wanted, label)))
        && filter.tag.as_deref().is_none_or(|wanted| facts.tags.iter().any(|label| is(wanted, label)))
}

fn refused(why: String) -> Error {
    Error::new(Kind::Refused, ADAPTER, "advance", why)
}
