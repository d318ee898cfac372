//! A page's new text, prepared before it stands in the queue.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use parking_lot::Mutex;
use portolan_core::git::{Kind, Object, Oid};
use portolan_core::markdown::page_links;
use portolan_core::wiki::page::{Facts, facts};
use portolan_core::wiki::path::{PageKind, PagePath, Requested};
use portolan_ports::index::PageFacts;

use crate::{Error, Result};

/// A page's new text: at most the limit, UTF-8 without U+0000.
#[derive(Debug, Clone)]
pub struct PageText(String);

impl PageText {
    /// Checks `text`.
    pub fn new(text: String, limit: u64) -> Result<Self> {
        if text.len() as u64 > limit {
            return Err(Error::TooLarge { what: "the page", limit });
        }
        match text.find('\0') {
            None => Ok(Self(text)),
            Some(at) => {
                Err(Error::invalid("/content", format!("U+0000 at byte {at} cannot be part of a page")))
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text as it will be stored: hashed and deflated outside the queue.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: Oid,
    pub(crate) object: Object,
    pub(crate) deflated: Bytes,
    pub(crate) facts: Facts,
    /// What the index keeps beside the file itself.
    pub(crate) page: PageFacts,
}

/// What the index keeps of a page that says this and whose facts these are.
pub(crate) fn page_facts(text: &str, facts: &Facts) -> PageFacts {
    PageFacts { category: facts.category.clone(), tags: facts.tags.clone(), links: page_links(text) }
}

/// What a page is called that names no title itself: the last segment of its path, in NFC however it is spelled in git.
pub(crate) fn name_of(path: &PagePath) -> String {
    match Requested::<PageKind>::parse(&path.to_input()) {
        Ok(asked) => asked.canonical().last().to_owned(),
        Err(_) => path.last().to_owned(),
    }
}

/// Above this many bytes, preparing is work for another thread.
const INLINE: usize = 32 * 1024;

/// Prepares `text` for the page whose last segment is `last`.
pub(crate) async fn prepare(text: PageText, last: String) -> Result<Prepared> {
    if text.0.len() <= INLINE {
        return now(text, &last);
    }
    tokio::task::spawn_blocking(move || now(text, &last))
        .await
        .map_err(|_| Error::Internal("preparing a page's text failed".into()))?
}

/// As [`prepare`], at once.
pub(crate) fn now(text: PageText, last: &str) -> Result<Prepared> {
    let facts = facts(&text.0, last);
    let page = page_facts(&text.0, &facts);
    stored(text.0.into(), facts, page)
}

/// A page's content as it is stored where it was not checked as a new text is: what it says is judged as whoever builds the index does.
pub(crate) fn unchecked(data: Bytes, last: &str) -> Result<Prepared> {
    let text = String::from_utf8_lossy(&data);
    let facts = facts(&text, last);
    let page = page_facts(&text, &facts);
    drop(text);
    stored(data, facts, page)
}

/// Compressors that wait for the next text: to make one costs more than to deflate a page.
static IDLE: Mutex<Vec<ZlibEncoder<Vec<u8>>>> = Mutex::new(Vec::new());
/// Most of them, of a quarter of a MiB each.
const MOST_IDLE: usize = 2;

fn deflate(data: &[u8]) -> std::io::Result<Vec<u8>> {
    let idle = IDLE.lock().pop();
    let mut deflater = idle.unwrap_or_else(|| ZlibEncoder::new(Vec::new(), Compression::default()));
    deflater.get_mut().reserve(data.len() / 2 + 64);
    // One that fails is not used again: nothing of one text may get into another.
    deflater.write_all(data)?;
    let deflated = deflater.reset(Vec::new())?;
    let mut idle = IDLE.lock();
    if idle.len() < MOST_IDLE {
        idle.push(deflater);
    }
    Ok(deflated)
}

/// What is no page, as it will be stored.
pub(crate) fn raw(data: Bytes) -> Result<Prepared> {
    stored(data, Facts::default(), PageFacts::default())
}

fn stored(data: Bytes, facts: Facts, page: PageFacts) -> Result<Prepared> {
    let object = Object::new(Kind::Blob, data);
    let deflated =
        deflate(&object.data).map_err(|_| Error::Internal("deflating into memory failed".into()))?;
    let id = object.try_id().map_err(|bad| Error::invalid("/content", bad))?;
    Ok(Prepared { id, object, deflated: deflated.into(), facts, page })
}
