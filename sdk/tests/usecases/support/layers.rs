//! Every port through a [`Tap`].

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use portolan::core::access::{Scope, Version};
use portolan::core::audit::{Lane, Segment};
use portolan::core::git::{Object, Oid};
use portolan::core::id::TokenKind;
use portolan::core::markdown::{NameKind, NameQuestion};
use portolan::core::search::Query;
use portolan::core::tenancy::TenantSlug;
use portolan::core::token::CredentialKey;
use portolan::core::wiki::{RepoId, WikiSlug};
use portolan::ports::index::{
    Advance, Advanced, Answer, BrokenLink, ChangeAt, ChangeFilter, CommitAt, FileEntry, FileFilter, Found,
    Graph, GraphLimits, GraphOf, HistoryEntry, LinkPlace, Links, PageName, Part, Position, PutText, Rank,
    TextBehind, TextFilter, Texts,
};
use portolan::ports::ledger::{Admitted, Batch, Caps, CommitError, Key, RecordKind, Stored, Walk};
use portolan::ports::objects::{Compaction, Damage, ImportLimits, Mirror, NewObject, PackReceipt, Progress};
use portolan::ports::{Index, Ledger, Objects, Result};

use super::tap::Tap;

#[derive(Debug)]
pub(crate) struct TappedLedger {
    pub(crate) tap: Arc<Tap>,
    pub(crate) inner: Arc<dyn Ledger>,
}

#[async_trait]
impl Ledger for TappedLedger {
    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    async fn admit(
        &self,
        credential: &CredentialKey<TokenKind>,
        target: Option<&TenantSlug>,
        wiki: Option<&WikiSlug>,
    ) -> Result<Option<Admitted>> {
        self.tap.call("ledger.admit", self.inner.admit(credential, target, wiki)).await
    }

    async fn get_many(&self, scope: &Scope, keys: &[Key]) -> Result<Vec<Option<Stored>>> {
        self.tap.call("ledger.get_many", self.inner.get_many(scope, keys)).await
    }

    async fn list(
        &self,
        scope: &Scope,
        kind: RecordKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Stored)>> {
        self.tap.call("ledger.list", self.inner.list(scope, kind, after, limit)).await
    }

    async fn segments(&self, scope: &Scope, lane: Lane, walk: Walk, limit: usize) -> Result<Vec<Segment>> {
        self.tap.call("ledger.segments", self.inner.segments(scope, lane, walk, limit)).await
    }

    async fn commit(&self, scope: &Scope, batch: Batch) -> Result<Vec<Version>, CommitError> {
        self.tap.call("ledger.commit", self.inner.commit(scope, batch)).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.tap.call("ledger.sweep", self.inner.sweep(now, limit)).await
    }
}

#[derive(Debug)]
pub(crate) struct TappedObjects {
    pub(crate) tap: Arc<Tap>,
    pub(crate) inner: Arc<dyn Objects>,
}

#[async_trait]
impl Objects for TappedObjects {
    async fn get_many(&self, repo: &RepoId, ids: &[Oid]) -> Result<Vec<Option<Object>>> {
        self.tap.call("objects.get_many", self.inner.get_many(repo, ids)).await
    }

    async fn put_batch(&self, repo: &RepoId, objects: Vec<NewObject>) -> Result<PackReceipt> {
        self.tap.call("objects.put_batch", self.inner.put_batch(repo, objects)).await
    }

    async fn import(
        &self,
        repo: &RepoId,
        pack: PathBuf,
        limits: ImportLimits,
        progress: &dyn Progress,
    ) -> Result<PackReceipt> {
        self.tap.call("objects.import", self.inner.import(repo, pack, limits, progress)).await
    }

    async fn export(&self, repo: &RepoId, ids: &BTreeSet<Oid>, target: PathBuf) -> Result<PackReceipt> {
        self.tap.call("objects.export", self.inner.export(repo, ids, target)).await
    }

    async fn packs(&self, repo: &RepoId) -> Result<Vec<PackReceipt>> {
        self.tap.call("objects.packs", self.inner.packs(repo)).await
    }

    async fn compact(&self, repo: &RepoId) -> Result<Compaction> {
        self.tap.call("objects.compact", self.inner.compact(repo)).await
    }

    async fn mirror(&self, repo: &RepoId, expected: Option<Oid>, head: Option<Oid>) -> Result<Mirror> {
        self.tap.call("objects.mirror", self.inner.mirror(repo, expected, head)).await
    }

    async fn shown(&self, repo: &RepoId) -> Result<Option<Oid>> {
        self.tap.call("objects.shown", self.inner.shown(repo)).await
    }

    fn local_path(&self, repo: &RepoId) -> Option<PathBuf> {
        self.inner.local_path(repo)
    }

    async fn check(&self, repo: &RepoId, progress: &dyn Progress) -> Result<Vec<Damage>> {
        self.tap.call("objects.check", self.inner.check(repo, progress)).await
    }

    async fn remove(&self, repo: &RepoId) -> Result<()> {
        self.tap.call("objects.remove", self.inner.remove(repo)).await
    }
}

#[derive(Debug)]
pub(crate) struct TappedIndex {
    pub(crate) tap: Arc<Tap>,
    pub(crate) inner: Arc<dyn Index>,
}

#[async_trait]
impl Index for TappedIndex {
    async fn head(&self, repo: &RepoId) -> Result<Option<Oid>> {
        self.tap.call("index.head", self.inner.head(repo)).await
    }

    async fn advance(&self, repo: &RepoId, advance: Advance) -> Result<Advanced> {
        self.tap.call("index.advance", self.inner.advance(repo, advance)).await
    }

    async fn reset(&self, repo: &RepoId) -> Result<()> {
        self.tap.call("index.reset", self.inner.reset(repo)).await
    }

    async fn file(&self, repo: &RepoId, paths: &[&[u8]]) -> Result<Answer<Option<FileEntry>>> {
        self.tap.call("index.file", self.inner.file(repo, paths)).await
    }

    async fn spellings(&self, repo: &RepoId, path: &[u8]) -> Result<Answer<Vec<Vec<u8>>>> {
        self.tap.call("index.spellings", self.inner.spellings(repo, path)).await
    }

    async fn files(
        &self,
        repo: &RepoId,
        filter: &FileFilter,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Answer<Vec<FileEntry>>> {
        self.tap.call("index.files", self.inner.files(repo, filter, after, limit)).await
    }

    async fn history(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<HistoryEntry>>> {
        self.tap.call("index.history", self.inner.history(repo, path, before, limit)).await
    }

    async fn file_changes(
        &self,
        repo: &RepoId,
        path: &[u8],
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<ChangeAt>>> {
        self.tap.call("index.file_changes", self.inner.file_changes(repo, path, before, limit)).await
    }

    async fn version(&self, repo: &RepoId, path: &[u8], blob: Oid) -> Result<Answer<Option<HistoryEntry>>> {
        self.tap.call("index.version", self.inner.version(repo, path, blob)).await
    }

    async fn former_name(
        &self,
        repo: &RepoId,
        path: &[u8],
        at: Position,
        then: Position,
    ) -> Result<Answer<Option<Vec<u8>>>> {
        self.tap.call("index.former_name", self.inner.former_name(repo, path, at, then)).await
    }

    async fn commit(&self, repo: &RepoId, id: Oid) -> Result<Answer<Option<CommitAt>>> {
        self.tap.call("index.commit", self.inner.commit(repo, id)).await
    }

    async fn commits_at(&self, repo: &RepoId, positions: &[Position]) -> Result<Answer<Vec<CommitAt>>> {
        self.tap.call("index.commits_at", self.inner.commits_at(repo, positions)).await
    }

    async fn newest_merge(&self, repo: &RepoId) -> Result<Answer<Option<CommitAt>>> {
        self.tap.call("index.newest_merge", self.inner.newest_merge(repo)).await
    }

    async fn changes(
        &self,
        repo: &RepoId,
        filter: &ChangeFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Answer<Vec<CommitAt>>> {
        self.tap.call("index.changes", self.inner.changes(repo, filter, before, limit)).await
    }

    async fn links(&self, repo: &RepoId, kind: NameKind, path: &str, pages: usize) -> Result<Answer<Links>> {
        self.tap.call("index.links", self.inner.links(repo, kind, path, pages)).await
    }

    async fn graph(&self, repo: &RepoId, of: &GraphOf, limits: GraphLimits) -> Result<Answer<Graph>> {
        self.tap.call("index.graph", self.inner.graph(repo, of, limits)).await
    }

    async fn orphans(
        &self,
        repo: &RepoId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Answer<Part<PageName, String>>> {
        self.tap.call("index.orphans", self.inner.orphans(repo, after, limit)).await
    }

    async fn broken_links(
        &self,
        repo: &RepoId,
        after: Option<&LinkPlace>,
        limit: usize,
    ) -> Result<Answer<Part<BrokenLink, LinkPlace>>> {
        self.tap.call("index.broken_links", self.inner.broken_links(repo, after, limit)).await
    }

    async fn names(&self, repo: &RepoId, questions: &[NameQuestion]) -> Result<Answer<Vec<Vec<String>>>> {
        self.tap.call("index.names", self.inner.names(repo, questions)).await
    }

    async fn bytes(&self, repo: &RepoId) -> Result<u64> {
        self.tap.call("index.bytes", self.inner.bytes(repo)).await
    }
}

#[async_trait]
impl Texts for TappedIndex {
    async fn texts_behind(&self, repo: &RepoId, limit: usize) -> Result<Answer<Vec<TextBehind>>> {
        self.tap.call("index.texts_behind", self.inner.texts_behind(repo, limit)).await
    }

    async fn put_texts(&self, repo: &RepoId, texts: Vec<PutText>) -> Result<()> {
        self.tap.call("index.put_texts", self.inner.put_texts(repo, texts)).await
    }

    async fn search(
        &self,
        repo: &RepoId,
        query: &Query,
        filter: &TextFilter,
        after: Option<Rank>,
        limit: usize,
    ) -> Result<Answer<Found>> {
        self.tap.call("index.search", self.inner.search(repo, query, filter, after, limit)).await
    }
}
