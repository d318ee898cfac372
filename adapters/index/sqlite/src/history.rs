//! The area of history: commits in topological order, who made them, and what they changed.

mod apply;
mod author;
mod changes;
mod names;
mod query;
mod source;

pub(crate) use apply::{Newest, Touched, apply};
pub(crate) use changes::changes;
pub(crate) use names::former_name;
pub(crate) use query::{
    author_at, changes_of, commit, commits_at, newest, newest_merge, newest_of, of_path, version,
};

/// - `paths` gives every path that ever was a number, so that a long history repeats a number and no text. `form` is its NFC where that
///   is another.
/// - `commits.position` is the topological order; an index on a column of it is thereby ordered by position within a value.
/// - `changes` is clustered by path, newest last: a page of a file's history is one range. `changes_by_blob` finds versions.
///   `from_id` is the path that a rename took the file from; `renames` finds those of a path, and `renames_from` those that took a
///   file from it, see [`names`].
/// - `merges` has the commits with more than one parent, each of which takes 20 bytes.
/// - `spans` has, for each [`source::SPAN`] positions, the newest time in them: commits of imported histories are not ordered by
///   time, and with it a question for those since some time skips what is older without an index of all times.
/// - `author_keys` has what an author is found by, see [`author`].
pub(crate) const TABLES: &str = "
    CREATE TABLE paths (path_id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, form BLOB);
    CREATE INDEX paths_by_form ON paths (form) WHERE form IS NOT NULL;
    CREATE TABLE authors (author_id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT, name TEXT NOT NULL, email TEXT);
    CREATE TABLE author_keys (key BLOB NOT NULL, author_id INTEGER NOT NULL, PRIMARY KEY (key, author_id)) WITHOUT ROWID;
    CREATE TABLE commits (
        position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, parents BLOB NOT NULL,
        author_id INTEGER NOT NULL, time INTEGER NOT NULL, message TEXT NOT NULL
    );
    CREATE INDEX commits_by_author ON commits (author_id);
    CREATE INDEX merges ON commits (position) WHERE length(parents) > 20;
    CREATE TABLE spans (span INTEGER PRIMARY KEY, newest INTEGER NOT NULL);
    CREATE TABLE changes (
        path_id INTEGER NOT NULL, position INTEGER NOT NULL, old BLOB, new BLOB, mode INTEGER NOT NULL, from_id INTEGER,
        PRIMARY KEY (path_id, position)
    ) WITHOUT ROWID;
    CREATE INDEX changes_by_position ON changes (position);
    CREATE INDEX changes_by_blob ON changes (path_id, new, position);
    CREATE INDEX renames ON changes (path_id, position, from_id) WHERE from_id IS NOT NULL;
    CREATE INDEX renames_from ON changes (from_id, position) WHERE from_id IS NOT NULL;
";
