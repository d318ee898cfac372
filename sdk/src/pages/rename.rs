//! Renaming pages: the page moves, every link to it is rewritten, and a redirect stub stays, all in one commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use portolan_core::access::Operation;
use portolan_core::git::{Entry, Kind, Mode, Oid};
use portolan_core::markdown::{Move, NameKind, Names, rewrite};
use portolan_core::wiki::page::redirect;
use portolan_core::wiki::path::{PAGE_SUFFIX, PageKind, PagePath, Requested, fold};
use portolan_core::wiki::rename;
use portolan_ports::index::{FileFilter, FileKind};
use portolan_ports::ledger::Effect;

use super::content::{Prepared, name_of, unchecked};
use super::fold::{Change, New, Planned};
use super::job::{Asked, Named, Work};
use super::queue::{State, Wiki, Worker};
use super::write::message;
use crate::error::Current;
use crate::tenancy::unexpected;
use crate::{Admitted, Error, Portolan, Result, Written};

/// A page to be renamed.
#[derive(Debug, Clone)]
pub struct RenamePage {
    /// Its path.
    pub from: Requested<PageKind>,
    /// What its path is to be.
    pub to: Requested<PageKind>,
    /// A version or revision of the page that the caller knows; it need not be the current one, whose text moves.
    pub base: Option<Oid>,
    /// The commit's message; none or blank: what was done.
    pub message: Option<String>,
}

/// A page that was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedPage {
    /// Its path before.
    pub from: PagePath,
    /// Its path after.
    pub to: PagePath,
    /// The commit.
    pub revision: Oid,
    /// The other pages whose links were rewritten, by path.
    pub rewritten: Vec<PagePath>,
    /// The wiki's head after it.
    pub head: Oid,
}

/// A renaming in the queue.
#[derive(Debug, Clone)]
pub(super) struct Rename {
    from: Requested<PageKind>,
    to: Requested<PageKind>,
    /// Judged on the page as it is when its turn comes.
    base: Option<Oid>,
}

/// Pages whose links are looked at together.
const CHUNK: usize = 64;

impl Portolan {
    /// Renames a page: one commit, one audit event, one receipt, or nothing.
    pub async fn rename_page(&self, admitted: &Admitted, rename: RenamePage) -> Result<Written<RenamedPage>> {
        admitted.must_be(Operation::PageRename)?;
        let path = rename.from.canonical().clone();
        let result = self.rename_page_once(admitted, rename).await;
        self.refusal_noted(admitted, &path, result)
    }

    async fn rename_page_once(
        &self,
        admitted: &Admitted,
        rename: RenamePage,
    ) -> Result<Written<RenamedPage>> {
        let RenamePage { from, to, base, message: said } = rename;
        let message = message(said.as_deref(), "/message")?;
        let base_text = base.map_or_else(String::new, |base| base.to_string());
        let said = message.clone().unwrap_or_default();
        let parts = [
            from.sent().as_str().as_bytes(),
            to.sent().as_str().as_bytes(),
            base_text.as_bytes(),
            said.as_bytes(),
        ];
        let work = async |wiki: Wiki, head: Option<Oid>| {
            let (from, to) = (self.spelled(&wiki, head, &from).await?, self.spelled(&wiki, head, &to).await?);
            Ok(Work::Rename(Box::new(Rename { from, to, base })))
        };
        let written =
            self.write_once(admitted, &parts, message, |wiki, head| Box::pin(work(wiki, head))).await?;
        let Effect::PageRenamed { from, to, revision } = written.value else { return Err(unexpected()) };
        let (wiki, _) = admitted.handle()?;
        let changes = self.commit_changes(&wiki, revision).await?;
        let paths = changes.iter().filter_map(|change| PagePath::from_git(&change.path));
        let rewritten = paths.filter(|path| *path != from && *path != to).collect();
        let value = RenamedPage { from, to, revision, rewritten, head: revision };
        Ok(Written { value, replayed: written.replayed })
    }
}

impl Worker {
    /// Plans a renaming on the head as `state` has it.
    pub(super) async fn plan_rename(&self, state: &mut State, rename: &Rename) -> Result<Planned> {
        let head = state.head.commit;
        let from = self.resolve(state, &rename.from).await?;
        let from_git = from.git_path();
        let entry = self.entry(state, from_git.as_bytes()).await?.filter(|entry| entry.mode.is_file());
        let Some(entry) = entry else {
            let names = Asked::Page(rename.from.clone()).git_names();
            let deleted_in = self.portolan.deleted_in(&self.wiki, head, &names).await?;
            return Err(Error::NotFound { what: "page".into(), deleted_in });
        };
        let Some(base) = rename.base else {
            return Err(Error::BaseRequired(self.current(head, &from_git).await?));
        };
        let asked = Asked::Page(rename.from.clone());
        if self.portolan.base_version(&self.wiki, head, &asked, base).await?.is_none() {
            return Err(Error::StaleBase(self.current(head, &from_git).await?));
        }
        let to = self.resolve(state, &rename.to).await?;
        if to == from {
            return Err(Error::invalid("/to", "the page has this name already"));
        }
        let to_git = to.git_path();
        let there = self.entry(state, to_git.as_bytes()).await?;
        if let Some(there) = there
            && !self.is_stub_to(there, &from).await?
        {
            return Err(Error::PageTaken(self.current(head, &to_git).await?));
        }
        let text = self.text(entry.id).await?;
        let was_stub = redirect(&text).is_some();
        // Names that differ in case alone cannot stand side by side, so nothing stays under the old one.
        let only_case = fold(from.as_str()) == fold(to.as_str());
        let mut changes = Vec::new();
        let stub =
            if only_case { None } else { Some(New { prepared: stub(&from, &to)?, mode: Some(Mode::Blob) }) };
        changes.push(Change { path: from_git.clone().into_bytes(), entry: Some(entry), new: stub, was_stub });
        let moved = self.moved(head, &text, &from, &to).await?;
        changes.push(Change {
            path: to_git.into_bytes(),
            entry: there,
            new: Some(New { prepared: moved, mode: Some(entry.mode) }),
            // What was another page is not written over.
            was_stub: there.is_some(),
        });
        changes.extend(self.rewritten(state, &from, &to).await?);
        Ok(Planned {
            changes,
            message: format!("Rename {from} to {to}"),
            target: from.as_str().to_owned(),
            effect: |planned, revision, head| match &planned.moved {
                Some((Named::Page(from), Named::Page(to))) => Effect::PageRenamed {
                    from: from.clone(),
                    to: to.clone(),
                    revision: revision.unwrap_or(head),
                },
                _ => Effect::Removed,
            },
            moved: Some((Named::Page(from), Named::Page(to))),
        })
    }

    /// The text of the page at its new place: the same links, under it.
    async fn moved(
        &self,
        head: Option<Oid>,
        text: &Bytes,
        from: &PagePath,
        to: &PagePath,
    ) -> Result<Prepared> {
        let Ok(old) = String::from_utf8(text.to_vec()) else {
            return unchecked(text.clone(), &name_of(to));
        };
        let (before, after) = (from.clone(), to.clone());
        let work = move |names: &dyn Names| {
            let moved = Move { old: before.as_str(), new: after.as_str() };
            rewrite(&old, before.as_str(), moved, names)
        };
        let (new, ..) = self.portolan.with_names_aside(&self.wiki, head, work).await?;
        // With U+0000 in it, its links are rewritten all the same.
        unchecked(new.map_or_else(|| text.clone(), Bytes::from), &name_of(to))
    }

    /// The pages whose text a renaming may change: those that link to the page, and those that link by a short name which is not
    /// unique any more when the page has its new one.
    async fn linking(&self, head: Option<Oid>, from: &PagePath, to: &PagePath) -> Result<Vec<PagePath>> {
        let ends = |path: &str| -> Vec<String> {
            path.match_indices('/')
                .map(|(at, _)| path[at + 1..].to_owned())
                .chain([path.to_owned()])
                .collect()
        };
        let ends = ends(to.as_str());
        let only = |names: &dyn Names| -> Vec<String> {
            let found = ends.iter().map(|end| names.ending(NameKind::Page, end));
            found.filter_map(|found| <[String; 1]>::try_from(found).ok()).flatten().collect()
        };
        let mut targets = self.portolan.with_names_at(&self.wiki, head, only).await?.0;
        targets.push(from.as_str().to_owned());
        let mut pages = BTreeSet::new();
        for target in targets {
            let (repo, target) = (&self.wiki.repo, target.as_str());
            let ask = |index: Arc<dyn portolan_ports::Index>| async move {
                index.links(repo, NameKind::Page, target, usize::MAX).await
            };
            let found = self.portolan.at_head(&self.wiki, head, ask).await?.value;
            if found.more {
                // More than the index wants to look through at once: then every page is looked at.
                return self.all_pages(head, from, to).await;
            }
            pages.extend(found.from.into_iter().map(|link| link.path));
        }
        let pages = pages.iter().filter(|page| *page != from.as_str() && *page != to.as_str());
        // As git spells them: without rules for new names.
        Ok(pages.filter_map(|page| PagePath::from_git(format!("{page}{PAGE_SUFFIX}").as_bytes())).collect())
    }

    async fn all_pages(&self, head: Option<Oid>, from: &PagePath, to: &PagePath) -> Result<Vec<PagePath>> {
        let filter = &FileFilter { kinds: vec![FileKind::Page], ..FileFilter::default() };
        let mut pages = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let (repo, from_here) = (&self.wiki.repo, after.as_deref());
            let ask = |index: Arc<dyn portolan_ports::Index>| async move {
                index.files(repo, filter, from_here, 1000).await
            };
            let found = self.portolan.at_head(&self.wiki, head, ask).await?.value;
            let Some(last) = found.last() else { return Ok(pages) };
            after = Some(last.path.clone());
            let paths = found.iter().filter_map(|file| PagePath::from_git(&file.path));
            pages.extend(paths.filter(|page| page != from && page != to));
        }
    }

    /// The other pages whose text a renaming changes.
    async fn rewritten(&self, state: &mut State, from: &PagePath, to: &PagePath) -> Result<Vec<Change>> {
        let head = state.head.commit;
        let mut changes = Vec::new();
        for part in self.linking(head, from, to).await?.chunks(CHUNK) {
            let paths: Vec<String> = part.iter().map(PagePath::git_path).collect();
            let paths: Vec<&[u8]> = paths.iter().map(String::as_bytes).collect();
            self.load_paths(state, &paths).await?;
            let mut texts = Vec::with_capacity(part.len());
            for (page, path) in part.iter().zip(&paths) {
                let Some(entry) = self.entry(state, path).await? else { continue };
                // What is no text has no link that could be rewritten.
                if let Ok(text) = String::from_utf8(self.text(entry.id).await?.to_vec()) {
                    texts.push((page.clone(), entry, text));
                }
            }
            let texts = Arc::new(texts);
            let (all, from, to) = (Arc::clone(&texts), from.clone(), to.clone());
            let work = move |names: &dyn Names| -> Vec<Option<String>> {
                let moved = Move { old: from.as_str(), new: to.as_str() };
                all.iter().map(|(page, _, text)| rewrite(text, page.as_str(), moved, names)).collect()
            };
            let (new, ..) = self.portolan.with_names_aside(&self.wiki, head, work).await?;
            for ((page, entry, old), new) in texts.iter().zip(new) {
                let Some(new) = new else { continue };
                changes.push(Change {
                    path: page.git_path().into_bytes(),
                    entry: Some(*entry),
                    new: Some(New { prepared: unchecked(new.into(), &name_of(page))?, mode: None }),
                    was_stub: redirect(old.as_bytes()).is_some(),
                });
            }
        }
        Ok(changes)
    }

    /// The path as the head has it.
    async fn resolve(&self, state: &mut State, asked: &Requested<PageKind>) -> Result<PagePath> {
        let names = asked.git_names();
        let names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        self.load_paths(state, &names).await?;
        let editor = &state.editor;
        Ok(asked.resolve(|path| matches!(editor.entry(path.as_bytes()), Ok(Some(_)))))
    }

    /// Whether `entry` is a redirect stub that leads to the page `path`.
    async fn is_stub_to(&self, entry: Entry, path: &PagePath) -> Result<bool> {
        if !entry.mode.is_file() {
            return Ok(false);
        }
        let text = self.text(entry.id).await?;
        Ok(redirect(&text).is_some_and(|target| rename::names(&target, path)))
    }

    pub(super) async fn text(&self, id: Oid) -> Result<Bytes> {
        self.portolan.object(&self.wiki.repo, id, Kind::Blob).await
    }

    /// A page as it is at the head.
    async fn current(&self, head: Option<Oid>, name: &str) -> Result<Box<Current>> {
        let entry = self.portolan.file_now(&self.wiki, head, name.as_bytes()).await?;
        Ok(Box::new(entry.map_or_else(Current::default, |entry| Current {
            version: Some(entry.blob),
            revision: Some(entry.last),
            author: entry.author,
        })))
    }
}

/// What stays under a page's old name.
fn stub(from: &PagePath, to: &PagePath) -> Result<Prepared> {
    // A JSON text is a YAML one, too, whatever is in it.
    let target = serde_json::Value::from(to.to_input());
    unchecked(format!("---\nredirect: {target}\n---\n").into(), &name_of(from))
}
