//! The area of full text: what pages say, following behind the rest.

mod expression;
mod merge;
mod put;
mod search;

pub(crate) use merge::{is_due as merge_is_due, step as merge_step};
pub(crate) use put::{behind, note, put};
pub(crate) use search::search;

/// - `texts` has the pages whose text is in `texts_index`, by the number it has there. `path` is as in `files`; of a page that is gone or
///   redirects there may be a text for a while, which is found with no file.
/// - `texts_behind` has the paths that are otherwise than their text, and `texts_state` the head before the first of them, and how many texts
///   were put since all were merged.
/// - `texts_index` keeps no text, only where tokens stand in it. What is put there consists of tokens separated by blanks, of characters
///   that the tokenizer `ascii` neither takes apart nor changes (<https://www.sqlite.org/fts5.html>).
pub(crate) const TABLES: &str = "
    CREATE TABLE texts (number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, category TEXT, tags TEXT NOT NULL);
    CREATE TABLE texts_behind (path BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE texts_state (one INTEGER PRIMARY KEY CHECK (one = 1), before BLOB, unmerged INTEGER NOT NULL);
    INSERT INTO texts_state VALUES (1, NULL, 0);
    CREATE VIRTUAL TABLE texts_index USING fts5 (
        title, headings, body, parts, marks, content = '', contentless_delete = 1, tokenize = 'ascii'
    );
    INSERT INTO texts_index (texts_index, rank) VALUES ('usermerge', 2);
";
