//! The area of files: what is there at the head.

mod apply;
mod list;
mod read;
mod spelled;

pub(crate) use apply::apply;
pub(crate) use list::list;
pub(crate) use read::{first, path_of};
pub(crate) use spelled::spellings;

/// `path` holds the path's `listing_key`. Clustered by kind, then by that: each kind is listed in order without passing over the others. `last` and `time` are the newest
/// change's position and time. `form` is the `listing_key` of the path's NFC where that is another. The index on `time` holds kind and path too, as every index of such a table.
pub(crate) const TABLES: &str = "
    CREATE TABLE files (
        kind INTEGER NOT NULL, path BLOB NOT NULL, mode INTEGER NOT NULL, blob BLOB NOT NULL, bytes INTEGER NOT NULL,
        title TEXT NOT NULL, redirect TEXT, last INTEGER NOT NULL, time INTEGER NOT NULL, form BLOB,
        PRIMARY KEY (kind, path)
    ) WITHOUT ROWID;
    CREATE INDEX files_by_time ON files (time);
    CREATE INDEX files_by_form ON files (form, kind, path) WHERE form IS NOT NULL;
    CREATE INDEX files_executable ON files (kind, path) WHERE mode & 73;
";
