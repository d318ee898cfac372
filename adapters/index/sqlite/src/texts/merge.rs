//! Merging what full text is kept in.
//!
//! FTS5 keeps what was put at once in a segment of its own, and merges segments of a level into one of the next when there are four of them,
//! so that putting stays cheap. After a large import there are a dozen segments, and each word is looked for in each: a search takes twice as
//! long as in one. So when there is time, two of a level are merged: what is left is one of a level at most, each about twice as large as
//! those below together, and a text is written again as often as there are levels.

use rusqlite::Connection;

use crate::fault::Result;
use crate::statement;

/// Pages of 4 KB that a step writes, in some 4 ms: whoever writes meanwhile waits as long. It is more where a word stands on so many pages
/// that where it stands takes more.
const STEP: i32 = 48;
/// Fewer new texts are not merged: they are few segments.
const LEAST: i64 = 64;
/// What part of all texts is to be new.
const PART: i64 = 64;

/// Notes that `count` texts were put.
pub(super) fn note(connection: &Connection, count: usize) -> Result<()> {
    let sql = "UPDATE texts_state SET unmerged = unmerged + ?1 WHERE one = 1";
    statement::prepare(connection, sql)?.execute([i64::try_from(count).unwrap_or(i64::MAX)])?;
    Ok(())
}

/// Whether so much came in since the last merge that one is worth its while.
pub(crate) fn is_due(connection: &Connection) -> Result<bool> {
    // The greatest number is about how many there are.
    let sql = "SELECT unmerged >= ?1 AND unmerged >= (SELECT ifnull(max(number), 0) FROM texts) / ?2
               FROM texts_state WHERE one = 1";
    Ok(statement::prepare(connection, sql)?.query_row([LEAST, PART], |row| row.get(0))?)
}

/// Merges a part, going on where the last step ended; answers whether there may be more to do. What is found stays the same after each
/// step, and texts may be put between two of them.
pub(crate) fn step(connection: &Connection) -> Result<bool> {
    let before = connection.total_changes();
    // Of levels with as many segments as `usermerge` says (<https://www.sqlite.org/fts5.html#the_merge_command>).
    let sql = "INSERT INTO texts_index (texts_index, rank) VALUES ('merge', ?1)";
    statement::prepare(connection, sql)?.execute([STEP])?;
    // One change is the statement itself.
    let is_more = connection.total_changes() - before >= 2;
    if !is_more {
        statement::prepare(connection, "UPDATE texts_state SET unmerged = 0 WHERE one = 1")?.execute([])?;
    }
    Ok(is_more)
}
