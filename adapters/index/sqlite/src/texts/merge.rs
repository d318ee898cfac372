//! Merging what full text is kept in.
//!
//! FTS5 keeps what was put at once in a segment of its own, and merges segments of a size when there are four of them, so that putting
//! stays cheap. After a large import there are a dozen, and each word is looked for in each: a search takes twice as long as in one
//! segment. So what came in is merged into one, part by part.

use rusqlite::Connection;

use crate::fault::Result;
use crate::statement;

/// Pages of 4 KB that a step writes, in some 4 ms: whoever writes meanwhile waits as long.
const STEP: i32 = 48;
/// Fewer texts are not merged: a search in them is quick.
const LEAST: i64 = 64;
/// What part of all texts is to be new: a merge writes all of them.
const PART: i64 = 4;

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

/// Begins a merge of everything, or goes on with it; answers whether there is more to do. What is found stays the same after each step.
/// It makes no difference what is put between two steps, and a merge that nobody goes on with is begun anew by the next.
pub(crate) fn step(connection: &Connection, is_first: bool) -> Result<bool> {
    let before = connection.total_changes();
    // With a number below zero all segments are to become one, with another what is being merged comes first
    // (<https://www.sqlite.org/fts5.html#the_merge_command>).
    let pages = if is_first { -STEP } else { STEP };
    let sql = "INSERT INTO texts_index (texts_index, rank) VALUES ('merge', ?1)";
    statement::prepare(connection, sql)?.execute([pages])?;
    // One change is the statement itself.
    let is_more = connection.total_changes() - before >= 2;
    if !is_more {
        statement::prepare(connection, "UPDATE texts_state SET unmerged = 0 WHERE one = 1")?.execute([])?;
    }
    Ok(is_more)
}
