//! The area of links: what pages say about themselves and each other.
//!
//! Links are stored as they are written and resolved within the question, on the names of the same head. What others do to a page's
//! targets therefore changes nothing here, and a write costs the same however many pages link to what it changes.

mod apply;
mod broken;
mod facts;
mod graph;
mod keys;
mod labelled;
mod linking;
mod names;
mod orphans;

pub(crate) use apply::{gone, put};
pub(crate) use broken::broken;
pub(crate) use graph::graph;
pub(crate) use labelled::labelled;
pub(crate) use linking::links;
pub(crate) use names::answers;
pub(crate) use orphans::orphans;

use crate::fault::{Fault, Result};

/// `path` holds a page's `listing_key` everywhere.
///
/// - `names` has the pages, redirect stubs left out, and files: their paths' segments in reverse order, each with a slash after it.
///   So all that ends with a short name is one range. `path` is empty; a path that is not in NFC is there once more, by its NFC, with
///   itself in `path`.
/// - `page_facts` has the pages that say anything, see [`facts`]. Its rows have a number, since some are large.
/// - `page_labels` finds pages by category and tag, see [`keys::label`].
/// - `link_keys` finds the pages that may link to a path, see [`keys::Keys`].
pub(crate) const TABLES: &str = "
    CREATE TABLE names (kind INTEGER NOT NULL, reversed BLOB NOT NULL, path TEXT NOT NULL, PRIMARY KEY (kind, reversed, path)) WITHOUT ROWID;
    CREATE TABLE page_facts (number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, facts BLOB NOT NULL);
    CREATE TABLE page_labels (label TEXT NOT NULL, path BLOB NOT NULL, PRIMARY KEY (label, path)) WITHOUT ROWID;
    CREATE TABLE link_keys (key INTEGER NOT NULL, path BLOB NOT NULL, PRIMARY KEY (key, path)) WITHOUT ROWID;
";

/// The `listing_key` of the page `path`, which is without `.md`.
fn page_key(path: &str) -> Vec<u8> {
    [path.as_bytes(), &[0]].concat()
}

/// The page whose `listing_key` this is.
fn page_of(mut key: Vec<u8>) -> Result<String> {
    if key.pop() != Some(0) {
        return Err(Fault::damaged("a page's path has another file's form"));
    }
    String::from_utf8(key).map_err(|_| Fault::damaged("a page's path is no UTF-8"))
}
