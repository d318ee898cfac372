//! Renames in the history of somebody who does not say what he did.

use std::collections::HashMap;

use portolan_core::git::diff::Change;
use portolan_core::git::{Entry, Kind};
use portolan_core::wiki::page::redirect;
use portolan_core::wiki::path::{self, PagePath};
use portolan_core::wiki::rename::{self, State, Step};

use super::build::Builder;
use super::files::mode_number;
use crate::Result;

/// A page's change, by its place among the commit's.
struct Changed<'a> {
    index: usize,
    path: PagePath,
    change: &'a Change,
}

impl Builder {
    /// The former paths of what a commit with at most one parent has renamed, by its place in `changes`.
    ///
    /// Texts are read only where they matter: a rename needs a page that comes or was a stub, beside one that is gone or becomes a
    /// stub.
    pub(super) fn renames(&mut self, changes: &[Change]) -> Result<HashMap<usize, Vec<u8>>> {
        let pages: Vec<Changed<'_>> = changes.iter().enumerate().filter_map(page).collect();
        if pages.len() < 2 || !pages.iter().any(|page| page.change.old.is_some()) {
            return Ok(HashMap::new());
        }
        let mut steps = Vec::with_capacity(pages.len());
        let mut stubs = false;
        for page in &pages {
            let Change { old, new, .. } = page.change;
            let before = if old.is_some() { State::Page } else { State::Absent };
            let after = match (old, new) {
                (_, None) => State::Absent,
                (None, Some(_)) => State::Page,
                (Some(_), Some(new)) => self.state(*new)?,
            };
            stubs |= matches!(after, State::Stub(_));
            steps.push(Step { path: page.path.clone(), before, after });
        }
        if stubs {
            // What was a stub before matters to those that become one, and to those that replace one.
            for (page, step) in pages.iter().zip(&mut steps) {
                if let (Some(old), Some(_)) = (page.change.old, page.change.new) {
                    step.before = self.state(old)?;
                }
            }
        }
        let former = rename::renames(&steps).into_iter();
        Ok(former.map(|(from, to)| (pages[to].index, pages[from].change.path.clone())).collect())
    }

    fn state(&mut self, entry: Entry) -> Result<State> {
        let content = self.need(entry.id, Kind::Blob)?;
        Ok(redirect(&content).map_or(State::Page, State::Stub))
    }
}

/// A change of what is a page after it, or was one where it is gone.
fn page((index, change): (usize, &Change)) -> Option<Changed<'_>> {
    let entry = change.new.or(change.old)?;
    if change.old.is_some_and(|old| !old.mode.is_file()) {
        return None;
    }
    match path::classify(&change.path, mode_number(entry.mode)) {
        path::Entry::Page(path) => Some(Changed { index, path, change }),
        path::Entry::File(_) | path::Entry::Kept(_) => None,
    }
}
