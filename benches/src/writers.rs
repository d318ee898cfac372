//! Writers on one wiki, each on its own page, each waiting for its answer before the next write.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Body, Client};
use crate::corpus::Corpus;
use crate::failure::{Context, Failure, Result};
use crate::git;
use crate::server::Server;

/// When writers stop.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    Elapsed(Duration),
    Written(u64),
}

/// What they reached.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) commits: u64,
    pub(crate) time: Duration,
}

/// One writer and what was acknowledged to it.
#[derive(Debug)]
struct Writer {
    page: usize,
    target: String,
    version: String,
    edit: u64,
    revisions: Vec<String>,
    failed: Vec<String>,
}

/// Writers, with all that was ever acknowledged to them.
#[derive(Debug)]
pub(crate) struct Writers {
    writers: Vec<Writer>,
    base: String,
}

impl Writers {
    /// Writers of the wiki at `wiki`, whose repository is `repo`.
    pub(crate) fn new(
        server: &Server,
        wiki: &str,
        corpus: Corpus,
        count: usize,
        repo: &Path,
    ) -> Result<Self> {
        let mut client = server.client()?;
        let writer = |(number, page): (usize, usize)| {
            let target = format!("{wiki}/pages/{}", corpus.path(page));
            let answer = client.get(&target, "text/markdown")?.expect(200)?;
            let version = answer.field("etag").when("a page without an ETag")?.to_owned();
            // Edits of their own, which no page has seen.
            let edit = 10_000_000 + number as u64 * 1_000_000;
            Ok(Writer { page, target, version, edit, revisions: Vec::new(), failed: Vec::new() })
        };
        let writers = corpus.written(count).into_iter().enumerate().map(writer).collect::<Result<_>>()?;
        Ok(Self { writers, base: git::head(repo)? })
    }

    /// Lets the first `active` of them write.
    pub(crate) fn write(&mut self, server: &Server, active: usize, until: Until) -> Result<Reached> {
        let clients = (0..active).map(|_| server.client()).collect::<Result<Vec<_>>>()?;
        let written = AtomicU64::new(0);
        let begun = Instant::now();
        let go_on = || match until {
            Until::Elapsed(window) => begun.elapsed() < window,
            Until::Written(most) => written.load(Ordering::Relaxed) < most,
        };
        std::thread::scope(|scope| {
            let active = self.writers.iter_mut().zip(clients);
            let (go_on, written) = (&go_on, &written);
            let threads: Vec<_> = active
                .map(|(writer, mut client)| {
                    scope.spawn(move || {
                        while go_on() {
                            writer.once(&mut client)?;
                            written.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok::<_, Failure>(())
                    })
                })
                .collect();
            let ended: Vec<_> = threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
            ended
                .into_iter()
                .try_for_each(|end| end.unwrap_or_else(|_| Err(Failure::new("a writer panicked"))))
        })?;
        Ok(Reached { commits: written.load(Ordering::Relaxed), time: begun.elapsed() })
    }

    /// Answers how many acknowledged writes the repository does not have, and how many commits nobody was told of; the pages as they
    /// are read back must be what was written last.
    pub(crate) fn check(&self, server: &Server, repo: &Path) -> Result<Checked> {
        let found = git::commits_since(repo, &self.base)?;
        let commits: std::collections::HashSet<&str> = found.iter().map(String::as_str).collect();
        let told: Vec<&str> =
            self.writers.iter().flat_map(|writer| &writer.revisions).map(String::as_str).collect();
        let mut lost = told.iter().filter(|revision| !commits.contains(**revision)).count();
        let mut client = server.client()?;
        for writer in self.writers.iter().filter(|writer| !writer.revisions.is_empty()) {
            let answer = client.get(&writer.target, "text/markdown")?.expect(200)?;
            if answer.body != Corpus::text(writer.page, writer.edit).as_bytes() {
                lost += 1;
            }
        }
        let failed = self.writers.iter().flat_map(|writer| writer.failed.clone()).collect();
        Ok(Checked { told: told.len(), lost, unknown: commits.len().saturating_sub(told.len()), failed })
    }
}

/// What became of the writes.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) told: usize,
    pub(crate) lost: usize,
    pub(crate) unknown: usize,
    pub(crate) failed: Vec<String>,
}

impl Writer {
    fn once(&mut self, client: &mut Client) -> Result<()> {
        let text = Corpus::text(self.page, self.edit + 1);
        let body = serde_json::json!({ "content": text }).to_string();
        let body = Body { base: Some(&self.version), ..Body::json(body.as_bytes()) };
        let answer = client.send("PUT", &self.target, body)?;
        if answer.status != 200 {
            self.failed.push(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
            if self.failed.len() > 20 {
                return Err(Failure::new(format!("too many writes fail: {}", self.failed[0])));
            }
            return Ok(());
        }
        let version = answer.field("etag").when("a write without an ETag")?.to_owned();
        let revision = answer.json()?["revision"].as_str().when("a write without a revision")?.to_owned();
        self.edit += 1;
        self.version = version;
        self.revisions.push(revision);
        Ok(())
    }
}
