//! Merging a text that was made of an older one into what the page is now.

use std::collections::HashMap;

use bytes::Bytes;
use portolan_core::git::{Entry, Oid};
use portolan_core::text::merge::{Conflict, Merge, Merged, Part, merge};
use portolan_core::wiki::page::redirect;

use super::{Dropped, Prepared, Running};
use crate::pages::PageText;
use crate::pages::content::{name_of, now};
use crate::pages::job::{Merging, Named, One};
use crate::{Error, Options};

impl Running {
    /// The text that `merging` comes to on the page as it is now, and whether anything had to be merged.
    pub(super) fn merged(
        &self,
        one: &One,
        merging: &Merging,
        path: &Named,
        entry: Option<Entry>,
        options: &Options,
    ) -> Result<(Prepared, bool), Dropped> {
        let (Some(entry), Some(base)) = (entry, one.versions.first()) else { return Err(self.absent(path)) };
        if one.versions.contains(&entry.id) {
            return Ok((merging.yours.clone(), false));
        }
        let theirs = text(&self.texts, entry.id).map_err(Dropped::Failed)?;
        let last = match path {
            Named::Page(path) => name_of(path),
            Named::File(path) => path.last().to_owned(),
        };
        match merge_texts(&merging.base, &theirs, &merging.yours, &last, options) {
            Ok(MergedText::Clean(prepared)) => Ok((*prepared, true)),
            Ok(MergedText::Conflict(hunks)) => Err(Dropped::Conflict {
                path: path.clone(),
                base: *base,
                yours: merging.yours.id,
                current: Box::new(self.current(path, Some(entry))),
                hunks,
            }),
            Err(error) => Err(Dropped::Failed(error)),
        }
    }
}

fn text(texts: &HashMap<Oid, Bytes>, id: Oid) -> Result<Bytes, Error> {
    let missing = || Error::Internal(format!("the text {id} was not fetched before a merge").into());
    texts.get(&id).cloned().ok_or_else(missing)
}

/// What came of merging two changes of a text.
#[derive(Debug)]
pub(in crate::pages) enum MergedText {
    Clean(Box<Prepared>),
    Conflict(Vec<Conflict>),
}

/// Merges `yours`, which was made of `base`, into `theirs`, in the page whose last segment is `last`.
pub(in crate::pages) fn merge_texts(
    base: &[u8],
    theirs: &[u8],
    yours: &Prepared,
    last: &str,
    options: &Options,
) -> Result<MergedText, Error> {
    let made: &[u8] = &yours.object.data;
    // What was made of a page is not to be lost in the stub that a rename left in its place, however far apart they are there.
    let is_stub = |text: &[u8]| redirect(text).is_some();
    if made != base && made != theirs && is_stub(base) != is_stub(theirs) {
        let [base, theirs, yours] = [base, theirs, made].map(|text| Part { start: 1, text: text.to_vec() });
        return Ok(MergedText::Conflict(vec![Conflict { base, theirs, yours }]));
    }
    let text = match merge(base, theirs, made) {
        Merge::Conflict(hunks) => return Ok(MergedText::Conflict(hunks)),
        Merge::Clean(Merged { text, .. }) => text,
    };
    let text = String::from_utf8(text).map_err(|_| {
        Error::invalid(
            "/base",
            "the page is not UTF-8 now, so nothing can be merged into it; overwrite it with If-Match",
        )
    })?;
    now(PageText::new(text, options.page_bytes)?, last).map(|text| MergedText::Clean(Box::new(text)))
}
