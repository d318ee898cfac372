//! Lists of files, by path.

use portolan_ports::index::{FileEntry, FileFilter, FileKind, listing_key};
use rusqlite::{Connection, params};

use super::read::{code, file_columns, read};
use crate::fault::Result;
use crate::links;
use crate::row::{self, Columns};
use crate::statement;

/// Up to how many recently changed files are taken together and sorted. With more, files are passed in the order of their paths:
/// then one of some is recent, and a page of a list is full soon.
const SORTED: usize = 1_000;

const ALL: [FileKind; 3] = [FileKind::Page, FileKind::File, FileKind::Kept];

/// Kind and path, by which a file is found.
type Key = (i64, Vec<u8>);

/// A range of paths: from the first, inclusive, to the end, exclusive.
struct Range {
    from: Vec<u8>,
    end: Option<Vec<u8>>,
}

/// At most `limit` files that pass `filter`, by path, after the path `after`.
pub(crate) fn list(
    connection: &Connection,
    filter: &FileFilter,
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<FileEntry>> {
    let FileFilter { kinds, prefix, updated_since, executable, category, tag } = filter;
    // The least bytes greater than `after` are those with a zero after them.
    let after = after.map(|after| [&listing_key(after)[..], &[0]].concat()).unwrap_or_default();
    let range = Range { from: after.max(prefix.clone()), end: row::after_prefix(prefix) };
    if category.is_some() || tag.is_some() {
        let wanted = kinds.is_empty() || kinds.contains(&FileKind::Page);
        return if wanted { labelled(connection, filter, range, limit) } else { Ok(Vec::new()) };
    }
    let kinds = ALL.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind));

    let mut files = Vec::new();
    let few = match updated_since {
        Some(since) if !executable => recent(connection, *since)?,
        _ => None,
    };
    if let Some(few) = few {
        let kinds: Vec<i64> = kinds.map(code).collect();
        let inside = |path: &Vec<u8>| *path >= range.from && range.end.as_ref().is_none_or(|end| path < end);
        let mut few: Vec<_> =
            few.into_iter().filter(|(kind, path)| kinds.contains(kind) && inside(path)).collect();
        few.sort_unstable_by(|one, other| one.1.cmp(&other.1));
        for (kind, path) in few.into_iter().take(limit) {
            let range = Range { end: Some([&path[..], &[0]].concat()), from: path };
            files.extend(of_kind(connection, kind, &range, false, None, 1)?);
        }
        return Ok(files);
    }
    for kind in kinds {
        files.extend(of_kind(connection, code(kind), &range, *executable, *updated_since, limit)?);
    }
    files.sort_unstable_by(|one, other| listing_key(&one.path).cmp(&listing_key(&other.path)));
    files.truncate(limit);
    Ok(files)
}

/// At most `limit` pages in `range` that pass `filter`, which names a label, by path.
fn labelled(
    connection: &Connection,
    filter: &FileFilter,
    mut range: Range,
    limit: usize,
) -> Result<Vec<FileEntry>> {
    let mut files = Vec::new();
    while files.len() < limit {
        let found = links::labelled(connection, filter, &range.from, range.end.as_deref(), limit)?;
        let Some(last) = found.last() else { break };
        range.from = [last, &[0][..]].concat();
        for path in found {
            let one = Range { end: Some([&path[..], &[0]].concat()), from: path };
            let page = code(FileKind::Page);
            let since = filter.updated_since;
            files.extend(of_kind(connection, page, &one, filter.executable, since, 1)?);
        }
    }
    files.truncate(limit);
    Ok(files)
}

/// Kind and path of all files last changed at `since` or later; none where they are many.
fn recent(connection: &Connection, since: i64) -> Result<Option<Vec<Key>>> {
    let mut statement = statement::prepare(
        connection,
        "SELECT kind, path FROM files INDEXED BY files_by_time WHERE time >= ?1 LIMIT ?2",
    )?;
    let found = statement
        .query_map(params![since, row::limit(SORTED + 1)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok((found.len() <= SORTED).then_some(found))
}

/// At most `limit` files of one kind in `range`, by path.
fn of_kind(
    connection: &Connection,
    kind: i64,
    range: &Range,
    executable: bool,
    since: Option<i64>,
    limit: usize,
) -> Result<Vec<FileEntry>> {
    let sql = format!(
        "SELECT {} FROM files f {} LEFT JOIN commits c ON c.position = f.last
         WHERE f.kind = ?1 AND f.path >= ?2 {} {} {} ORDER BY f.path LIMIT ?5",
        file_columns!(),
        if executable { "INDEXED BY files_executable" } else { "" },
        if range.end.is_some() { "AND f.path < ?3" } else { "AND ?3 IS NULL" },
        if since.is_some() { "AND +f.time >= ?4" } else { "AND ?4 IS NULL" },
        if executable { "AND f.mode & 73" } else { "" },
    );
    let mut statement = statement::prepare(connection, &sql)?;
    let mut rows = statement.query(params![kind, range.from, range.end, since, row::limit(limit)])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        files.push(read(&mut Columns::of(row))?);
    }
    Ok(files)
}
