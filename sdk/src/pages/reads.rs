//! Reading many pages at once, within a budget.

use bytes::Bytes;
use portolan_core::access::Operation;
use portolan_core::audit::Outcome;
use portolan_core::git::{Kind, Oid};
use portolan_core::wiki::path::{PageKind, Requested};
use portolan_ports::Index;
use portolan_ports::index::{Answer, FileEntry, FileKind};

use super::queue::Wiki;
use super::read::PageView;
use crate::{Admitted, Error, Portolan, Result};

/// How often pages are looked up again while others write, until all are of one head.
const ROUNDS: usize = 16;

/// Which pages.
#[derive(Debug, Clone)]
pub struct PageReads {
    /// The pages; at most [`PageReads::MOST`].
    pub paths: Vec<Requested<PageKind>>,
    /// Most bytes of content in all; never more than [`PageReads::MOST_BYTES`].
    pub budget: u64,
}

impl PageReads {
    /// Most pages at once.
    pub const MOST: usize = 50;
    /// Most bytes of content at once.
    pub const MOST_BYTES: u64 = 16 << 20;
}

/// A page among others.
#[derive(Debug)]
pub struct PageOfMany {
    /// The page; its content ends where the budget does.
    pub page: PageView,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its whole content; none where the budget was spent before.
    pub whole: Option<Bytes>,
    /// What is missing.
    pub cut: Option<Cut>,
}

/// What is missing of a page's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// How many bytes.
    pub bytes_left: u64,
    /// The line where they begin, from 1.
    pub next_line: usize,
}

/// Pages in the order asked, all of one head.
#[derive(Debug)]
pub struct PagesRead {
    /// The pages, or why they cannot be read.
    pub pages: Vec<Result<PageOfMany>>,
    /// The head; none for an empty wiki.
    pub head: Option<Oid>,
}

impl Portolan {
    /// Reads many pages. A redirect stub is read as it is. The content of one that does not fit into the budget any more is
    /// cut at the end of a line, and those behind it come without.
    pub async fn read_pages(&self, admitted: &Admitted, reads: &PageReads) -> Result<PagesRead> {
        admitted.must_be(Operation::PageReads)?;
        let found = match self.find_many(admitted, reads).await {
            Ok(found) => found,
            error => return self.noted(admitted, &crate::wikis::wiki_name(admitted), error),
        };
        // Each is a read of its own to the audit.
        let wiki = crate::wikis::wiki_name(admitted);
        for (asked, page) in reads.paths.iter().zip(&found.pages) {
            let target = format!("{wiki}/{}", asked.canonical());
            match page {
                Ok(_) => self.note(admitted, &target, Outcome::Done, None),
                Err(error) => {
                    if let Some(reason) = error.reason() {
                        self.note(admitted, &target, Outcome::Refused, Some(reason));
                    }
                }
            }
        }
        Ok(found)
    }

    async fn find_many(&self, admitted: &Admitted, reads: &PageReads) -> Result<PagesRead> {
        let (wiki, head) = admitted.handle()?;
        if reads.paths.len() > PageReads::MOST {
            return Err(Error::invalid("/paths", format!("at most {} paths", PageReads::MOST)));
        }
        let mut names = Vec::with_capacity(reads.paths.len());
        for path in &reads.paths {
            names.push(self.spelled(&wiki, head.commit, path).await?.git_names());
        }
        let (repo, names) = (&wiki.repo, names.as_slice());
        let answer = self
            .at_head(&wiki, head.commit, |index| async move {
                for _ in 0..ROUNDS {
                    if let Some(answer) = look_up(index.as_ref(), repo, names).await? {
                        return Ok(answer);
                    }
                }
                Err(portolan_ports::Error::new(
                    portolan_ports::Kind::Unavailable,
                    "sdk",
                    "read",
                    "the wiki changes faster than these pages can be read; try again",
                ))
            })
            .await?;
        let mut left = Some(reads.budget.min(PageReads::MOST_BYTES)).filter(|left| *left > 0);
        let mut pages = Vec::with_capacity(reads.paths.len());
        for (names, entry) in names.iter().zip(answer.value) {
            pages.push(match (entry.filter(|entry| entry.kind == FileKind::Page), answer.head) {
                (Some(entry), Some(head)) => Ok(self.one_of_many(&wiki, head, entry, &mut left).await?),
                (None, Some(_)) => {
                    let deleted_in = self.deleted_in(&wiki, answer.head, names).await?;
                    Err(Error::NotFound { what: "page".into(), deleted_in })
                }
                (_, None) => Err(Error::not_found("page")),
            });
        }
        Ok(PagesRead { pages, head: answer.head })
    }

    /// `left` is none once the budget is spent.
    async fn one_of_many(
        &self,
        wiki: &Wiki,
        head: Oid,
        entry: FileEntry,
        left: &mut Option<u64>,
    ) -> Result<PageOfMany> {
        let bytes = entry.bytes;
        let whole = match left {
            Some(_) => Some(self.object(&wiki.repo, entry.blob, Kind::Blob).await?),
            None => None,
        };
        let mut content = whole.clone().unwrap_or_default();
        let mut cut = None;
        match *left {
            Some(budget) if bytes <= budget => *left = Some(budget - bytes).filter(|left| *left > 0),
            Some(budget) => {
                *left = None;
                let end = usize::try_from(budget).unwrap_or(usize::MAX).min(content.len());
                let end = content[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                content.truncate(end);
                let lines = content.split_inclusive(|byte| *byte == b'\n').count();
                cut = Some(Cut { bytes_left: bytes - end as u64, next_line: lines + 1 });
            }
            None => cut = (bytes > 0).then_some(Cut { bytes_left: bytes, next_line: 1 }),
        }
        Ok(PageOfMany { page: Self::view(entry, content, head)?, bytes, whole, cut })
    }
}

/// Looks all of them up; none where others wrote meanwhile.
async fn look_up(
    index: &dyn Index,
    repo: &portolan_core::wiki::RepoId,
    names: &[Vec<String>],
) -> portolan_ports::Result<Option<Answer<Vec<Option<FileEntry>>>>> {
    let head = index.head(repo).await?;
    let mut value = Vec::with_capacity(names.len());
    for names in names {
        let names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let answer = index.file(repo, &names).await?;
        if answer.head != head {
            return Ok(None);
        }
        value.push(answer.value);
    }
    Ok(Some(Answer { head, value }))
}
