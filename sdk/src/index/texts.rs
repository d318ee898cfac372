//! Bringing full text to the head, behind the writes: a search takes in a bounded number of pages first, and background work takes
//! in the rest.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use portolan_core::git::Kind;
use portolan_core::search::document;
use portolan_core::wiki::RepoId;
use portolan_core::wiki::path::PagePath;
use portolan_ports::Kind as Failure;
use portolan_ports::index::{PutText, TextBehind};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Locks;
use crate::pages::Wiki;
use crate::{Error, Portolan, Result};

/// Pages read at once, and their bytes unless one alone has more.
const CHUNK: usize = 32;
const READ: u64 = 4 << 20;
/// Bytes of tokens in one put, unless one page alone has more: what advances wait for.
const PUT: usize = 256 << 10;
/// Most pages that a search takes in before it looks.
const FIRST: usize = 128;
/// Most pages that background work takes in before it looks after another wiki.
const TURN: usize = 2_048;
/// How long a search takes in pages before it looks, or waits for somebody else who does.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long background work waits for more to come, so that many writes are one put.
const GATHER: Duration = Duration::from_millis(200);
/// How long background work rests where a wiki cannot be brought to its head.
const REST: Duration = Duration::from_secs(5);

/// Which wikis have full text behind their head.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    /// One lock a wiki: whoever takes texts in holds it, so that nobody does it twice.
    locks: Locks,
    wikis: Mutex<HashMap<RepoId, Wiki>>,
    more: Notify,
}

impl Behind {
    /// Notes that the text of a wiki may be behind.
    pub(crate) fn note(&self, wiki: &Wiki) {
        self.wikis.lock().insert(wiki.repo, wiki.clone());
        self.more.notify_one();
    }
}

/// What is left when a turn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Some,
}

impl Portolan {
    /// Brings the text of a wiki to the index's head, or as near as can be waited for; the rest is left to background work.
    /// Answers whether there is no rest.
    pub(crate) async fn freshen_texts(&self, wiki: &Wiki) -> bool {
        let behind = &self.inner.texts;
        let until = Instant::now() + PATIENCE;
        let left = match tokio::time::timeout(PATIENCE, behind.locks.hold(&wiki.repo)).await {
            Err(_) => Ok(Left::Some),
            Ok(guard) => {
                let left = self.take_in(wiki, FIRST, Some(until)).await;
                behind.locks.release(&wiki.repo, guard);
                left
            }
        };
        match left {
            Ok(Left::Nothing) => return true,
            Ok(Left::Some) => {}
            // What is found then is older, and says so.
            Err(error) => {
                tracing::warn!(%error, wiki = %wiki.slug, "full text could not be brought to the head");
            }
        }
        behind.note(wiki);
        false
    }

    /// Brings texts to the head wherever they are behind, for ever.
    pub(crate) async fn follow_texts(&self) {
        let behind = &self.inner.texts;
        loop {
            if behind.wikis.lock().is_empty() {
                behind.more.notified().await;
            }
            tokio::time::sleep(GATHER).await;
            // Each in its turn. What is noted from now on is noted again.
            let round = std::mem::take(&mut *behind.wikis.lock());
            for wiki in round.into_values() {
                let guard = behind.locks.hold(&wiki.repo).await;
                let left = self.take_in(&wiki, TURN, None).await;
                behind.locks.release(&wiki.repo, guard);
                match left {
                    Ok(Left::Nothing) => {}
                    Ok(Left::Some) => behind.note(&wiki),
                    Err(error) => {
                        tracing::warn!(%error, wiki = %wiki.slug, "full text could not be brought to the head; it will be tried again");
                        behind.note(&wiki);
                        tokio::time::sleep(REST).await;
                    }
                }
            }
        }
    }

    /// Takes in texts: at most `most`, and none after `until`.
    async fn take_in(&self, wiki: &Wiki, most: usize, until: Option<Instant>) -> Result<Left> {
        let index = &self.inner.index;
        let (mut taken, mut is_mended) = (0, false);
        loop {
            let mut some = index.texts_behind(&wiki.repo, CHUNK.min(most - taken).max(1)).await?.value;
            if some.is_empty() {
                return Ok(Left::Nothing);
            }
            if taken >= most || until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Left::Some);
            }
            let mut bytes = 0;
            let fits = some.iter().take_while(|text| {
                bytes += text.bytes;
                bytes <= READ
            });
            some.truncate(fits.count().max(1));
            taken += some.len();
            for texts in self.make_ready(wiki, some).await? {
                match index.put_texts(&wiki.repo, texts).await {
                    Ok(()) => {}
                    Err(error) if error.kind == Failure::Corrupt && !is_mended => {
                        let resets = self.inner.indexing.resets.load(Ordering::Acquire);
                        self.mend(wiki, Some(resets)).await?;
                        is_mended = true;
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    /// Reads pages and makes them ready to be found, in parts that are small enough to be put at once.
    async fn make_ready(&self, wiki: &Wiki, some: Vec<TextBehind>) -> Result<Vec<Vec<PutText>>> {
        let blobs: Vec<_> = some.iter().filter_map(|text| text.blob).collect();
        let found = self.inner.objects.get_many(&wiki.repo, &blobs).await?;
        let mut found = found.into_iter();
        let mut pages = Vec::with_capacity(some.len());
        for TextBehind { path, blob, .. } in some {
            let content = match blob {
                None => None,
                Some(blob) => {
                    let object = found.next().flatten().filter(|object| object.kind == Kind::Blob);
                    let object = object.ok_or_else(|| super::bad_object(blob, &"this blob is missing"))?;
                    Some((blob, object.data))
                }
            };
            pages.push((path, content));
        }
        let work = move || {
            let mut parts: Vec<Vec<PutText>> = vec![Vec::new()];
            let mut bytes = 0;
            for (path, content) in pages {
                let name = PagePath::from_git(&path);
                let name =
                    name.map_or_else(|| String::from_utf8_lossy(&path).into_owned(), |name| name.to_string());
                let text =
                    content.map(|(blob, data)| (blob, document(&String::from_utf8_lossy(&data), &name)));
                let more = text.as_ref().map_or(0, |(_, document)| document.bytes());
                if bytes > 0 && bytes + more > PUT {
                    parts.push(Vec::new());
                    bytes = 0;
                }
                bytes += more;
                if let Some(part) = parts.last_mut() {
                    part.push(PutText { path, text });
                }
            }
            parts
        };
        let ready = tokio::task::spawn_blocking(work).await;
        ready.map_err(|_| Error::Internal("making texts ready failed".into()))
    }
}
