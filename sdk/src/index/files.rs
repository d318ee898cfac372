//! What the index keeps of the files at a head.

use portolan_core::git::diff::Change;
use portolan_core::git::{Entry, Kind, Mode, Oid};
use portolan_core::wiki::page::facts;
use portolan_core::wiki::path;
use portolan_ports::index::{FileChange, FileEntry, FileKind};

use super::build::Builder;
use crate::Result;
use crate::pages::{name_of, page_facts};

impl Builder {
    /// How the files of the tree `new` are otherwise than those of `old`.
    pub(super) fn files(&mut self, old: Option<Oid>, new: Oid) -> Result<Vec<FileChange>> {
        let changes = self.diff(old, Some(new))?;
        let total = changes.len() as u64;
        let mut files = Vec::with_capacity(changes.len());
        for (done, Change { path, new, .. }) in changes.into_iter().enumerate() {
            self.step("files", done as u64, total);
            files.push(match new {
                None => FileChange::Gone(path),
                Some(entry) => self.file(path, entry)?,
            });
        }
        self.step("files", total, total);
        Ok(files)
    }

    fn file(&mut self, path: Vec<u8>, entry: Entry) -> Result<FileChange> {
        let mode = mode_number(entry.mode);
        let class = path::classify(&path, mode);
        let content = match entry.mode {
            Mode::Commit => None,
            _ => Some(self.need(entry.id, Kind::Blob)?),
        };
        let mut file = FileEntry {
            path,
            kind: FileKind::Kept,
            mode,
            blob: entry.id,
            bytes: content.as_ref().map_or(0, |content| content.len() as u64),
            title: String::new(),
            redirect: None,
            last: Oid::ZERO,
            time: 0,
            author: None,
        };
        let mut said = None;
        match class {
            path::Entry::Page(page) => {
                let content = content.unwrap_or_default();
                let text = String::from_utf8_lossy(&content);
                let facts = facts(&text, &name_of(&page));
                said = Some(page_facts(&text, &facts));
                file.kind = FileKind::Page;
                file.title = facts.title;
                file.redirect = facts.redirect;
            }
            path::Entry::File(_) => file.kind = FileKind::File,
            path::Entry::Kept(_) => {}
        }
        Ok(FileChange::Put { file, page: said })
    }
}

/// Git's number for a mode: its digits in a tree, read as octal.
pub(crate) fn mode_number(mode: Mode) -> u32 {
    u32::from_str_radix(mode.as_str(), 8).expect("modes are octal digits")
}
