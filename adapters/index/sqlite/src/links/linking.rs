//! The links on and to one page or file.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;

use portolan_core::markdown::{NameKind, Resolved, Target};
use portolan_ports::index::{LinkFrom, LinkTo, Links};
use rusqlite::{Connection, OptionalExtension, params};

use super::facts::Reader;
use super::names::Stored;
use super::{keys, page_key, page_of};
use crate::fault::Result;
use crate::statement;

/// Links looked at for one question, where its answer may be cut: some hundred milliseconds.
pub(super) const MOST_STEPS: u64 = 4_000_000;

/// How many links to a page are answered for each page that may link to it.
const LINKS_A_PAGE: usize = 10;

/// Candidates read at once.
const BATCH: usize = 64;

/// The links on and to `path`; of those to it at most those of the `pages` first pages.
pub(crate) fn links(connection: &Connection, kind: NameKind, path: &str, pages: usize) -> Result<Links> {
    let stored = Stored::new(connection);
    let mut links = Links::default();
    if kind == NameKind::Page {
        each_link(&stored, &page_key(path), |_, to| links.to.push(to))?;
    }
    let mut candidates = Candidates::new(path);
    let mut linking = 0;
    let most = pages.saturating_mul(LINKS_A_PAGE);
    while let Some(key) = candidates.next(connection)? {
        let here = from_page(&stored, &key, kind, path, &candidates.keys)?;
        linking += usize::from(!here.is_empty());
        links.from.extend(here);
        if linking > pages || links.from.len() > most || stored.steps.get() > MOST_STEPS {
            links.more = true;
            break;
        }
    }
    if linking > pages {
        let last = links.from.last().map(|link| link.path.clone());
        links.from.retain(|link| Some(&link.path) != last.as_ref());
    }
    links.from.truncate(most);
    stored.settle(links)
}

/// The links on the page `key` to `path`, whose keys these are.
fn from_page(
    stored: &Stored<'_>,
    key: &[u8],
    kind: NameKind,
    path: &str,
    keys: &[u32],
) -> Result<Vec<LinkFrom>> {
    let page = page_of(key.to_vec())?;
    let mut found = Vec::new();
    let Some(facts) = said(stored.connection, key)? else { return Ok(found) };
    let (_, mut reader) = Reader::new(&facts)?;
    while let Some(link) = reader.link()? {
        stored.step(1);
        if !link.keys().any(|key| keys.contains(&key)) {
            continue;
        }
        stored.step(10);
        if let Resolved::To(target) = link.link.resolve(&page, stored)
            && target.path == path
            && target.kind.is_none_or(|found| found == kind)
        {
            let text = link.link.shown(target.side).to_owned();
            found.push(LinkFrom { path: page.clone(), text, line: link.link.line });
        }
    }
    Ok(found)
}

/// Whether another page than `path` itself links to the page `path`.
pub(super) fn is_linked(stored: &Stored<'_>, path: &str) -> Result<bool> {
    let own = page_key(path);
    let mut candidates = Candidates::new(path);
    while let Some(key) = candidates.next(stored.connection)? {
        if key != own && !from_page(stored, &key, NameKind::Page, path, &candidates.keys)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// At most `most` pages that link to the page `path`, by path.
pub(super) fn linking(stored: &Stored<'_>, path: &str, most: usize) -> Result<Vec<String>> {
    let mut candidates = Candidates::new(path);
    let mut pages = Vec::new();
    while let Some(key) = candidates.next(stored.connection)? {
        if !from_page(stored, &key, NameKind::Page, path, &candidates.keys)?.is_empty() {
            pages.push(page_of(key)?);
        }
        if pages.len() >= most || stored.steps.get() > MOST_STEPS {
            break;
        }
    }
    Ok(pages)
}

/// The pages that the page `path` links to, itself among them if it does.
pub(super) fn linked(stored: &Stored<'_>, path: &str) -> Result<BTreeSet<String>> {
    let mut pages = BTreeSet::new();
    each_link(stored, &page_key(path), |target, _| {
        if target.kind == Some(NameKind::Page) {
            pages.insert(target.path);
        }
    })?;
    Ok(pages)
}

/// What each link on the page `key` names.
fn each_link(stored: &Stored<'_>, key: &[u8], mut each: impl FnMut(Target, LinkTo)) -> Result<()> {
    let Some(facts) = said(stored.connection, key)? else { return Ok(()) };
    each_in(stored, &page_of(key.to_vec())?, &facts, 0, |_, target, to| {
        each(target, to);
        ControlFlow::Continue(())
    })
}

/// What each link from the one numbered `from` on names, on the page `path` that says this, with its number there; until `each` breaks.
pub(super) fn each_in(
    stored: &Stored<'_>,
    path: &str,
    facts: &[u8],
    from: u32,
    mut each: impl FnMut(u32, Target, LinkTo) -> ControlFlow<()>,
) -> Result<()> {
    let (_, mut reader) = Reader::new(facts)?;
    let mut number = 0;
    while let Some(link) = reader.link()? {
        if number >= from {
            stored.step(10);
            if let Resolved::To(target) = link.link.resolve(path, stored) {
                let to = LinkTo {
                    path: target.path.clone(),
                    exists: target.kind,
                    kind: link.link.kind,
                    text: link.link.shown(target.side).to_owned(),
                    line: link.link.line,
                };
                if each(number, target, to).is_break() {
                    break;
                }
            }
        }
        number += 1;
    }
    Ok(())
}

/// What the page `key` says.
fn said(connection: &Connection, key: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(statement::prepare(connection, "SELECT facts FROM page_facts WHERE path = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

/// The pages that may link to a path, in the order of their paths: where the ranges of several keys are merged.
struct Candidates {
    keys: Vec<u32>,
    ready: VecDeque<Vec<u8>>,
    /// Up to where all ranges were read; none: to their ends.
    after: Option<Vec<u8>>,
}

impl Candidates {
    fn new(path: &str) -> Self {
        Self { keys: keys::of_path(path), ready: VecDeque::new(), after: Some(Vec::new()) }
    }

    fn next(&mut self, connection: &Connection) -> Result<Option<Vec<u8>>> {
        while self.ready.is_empty()
            && let Some(after) = self.after.take()
        {
            let mut found = BTreeSet::new();
            let mut select = statement::prepare(
                connection,
                "SELECT path FROM link_keys WHERE key = ?1 AND path > ?2 ORDER BY path LIMIT ?3",
            )?;
            for key in &self.keys {
                let paths =
                    select.query_map(params![key, after, crate::row::limit(BATCH)], |row| row.get(0))?;
                let paths = paths.collect::<rusqlite::Result<Vec<Vec<u8>>>>()?;
                // Beyond the end of a full batch this key may have more.
                if paths.len() == BATCH && self.after.as_ref().is_none_or(|end| paths.last() < Some(end)) {
                    self.after = paths.last().cloned();
                }
                found.extend(paths);
            }
            self.ready = match &self.after {
                Some(end) => found.into_iter().filter(|path| path <= end).collect(),
                None => found.into_iter().collect(),
            };
        }
        Ok(self.ready.pop_front())
    }
}
