//! Lists of files, by path.

use portolan_core::wiki::path::lookup_form;
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
    /// Only paths in NFC: others are found by theirs.
    plain: bool,
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
    let range = Range {
        from: after.clone().max(prefix.clone()),
        end: row::after_prefix(prefix),
        plain: !prefix.is_empty(),
    };
    let is_labelled = category.is_some() || tag.is_some();
    if is_labelled && !kinds.is_empty() && !kinds.contains(&FileKind::Page) {
        return Ok(Vec::new());
    }
    let kinds: Vec<i64> =
        ALL.into_iter().filter(|kind| kinds.is_empty() || kinds.contains(kind)).map(code).collect();

    let mut files = Vec::new();
    let few = match updated_since {
        Some(since) if !executable && !is_labelled => recent(connection, *since)?,
        _ => None,
    };
    if let Some(mut few) = few {
        few.sort_unstable_by(|one, other| one.1.cmp(&other.1));
        let begins = |key: &[u8]| match lookup_form(key) {
            Some(form) => form.starts_with(prefix),
            None => key.starts_with(prefix),
        };
        let few = few.into_iter().filter(|(kind, key)| kinds.contains(kind) && *key >= after && begins(key));
        for (kind, key) in few.take(limit) {
            files.extend(one(connection, kind, key, filter)?);
        }
        return Ok(files);
    }
    if is_labelled {
        files.extend(labelled(connection, filter, &range, limit)?);
    } else {
        for kind in &kinds {
            files.extend(of_kind(connection, *kind, &range, *executable, *updated_since, limit)?);
        }
    }
    if range.plain {
        for kind in kinds {
            files.extend(spelled(connection, kind, filter, &after, limit)?);
        }
    }
    files.sort_unstable_by(|one, other| listing_key(&one.path).cmp(&listing_key(&other.path)));
    files.truncate(limit);
    Ok(files)
}

/// At most `limit` files of one kind that pass `filter`, by path, from `from` on: of those whose path is not in NFC.
fn spelled(
    connection: &Connection,
    kind: i64,
    filter: &FileFilter,
    from: &[u8],
    limit: usize,
) -> Result<Vec<FileEntry>> {
    let is_labelled = filter.category.is_some() || filter.tag.is_some();
    let mut files = Vec::new();
    for key in super::spelled::under(connection, kind, &filter.prefix, from)? {
        if files.len() == limit {
            break;
        }
        let end = [&key[..], &[0]].concat();
        if !is_labelled || !links::labelled(connection, filter, &key, Some(&end), 1)?.is_empty() {
            files.extend(one(connection, kind, key, filter)?);
        }
    }
    Ok(files)
}

/// At most `limit` pages in `range` that pass `filter`, which names a label, by path.
fn labelled(
    connection: &Connection,
    filter: &FileFilter,
    range: &Range,
    limit: usize,
) -> Result<Vec<FileEntry>> {
    let mut files = Vec::new();
    let mut from = range.from.clone();
    while files.len() < limit {
        let found = links::labelled(connection, filter, &from, range.end.as_deref(), limit)?;
        let Some(last) = found.last() else { break };
        from = [last, &[0][..]].concat();
        for key in found {
            // Those are found by their NFC.
            if !range.plain || lookup_form(&key).is_none() {
                files.extend(one(connection, code(FileKind::Page), key, filter)?);
            }
        }
    }
    files.truncate(limit);
    Ok(files)
}

/// The file with this key, where it passes `filter`, but for its labels and prefix.
fn one(connection: &Connection, kind: i64, key: Vec<u8>, filter: &FileFilter) -> Result<Option<FileEntry>> {
    let range = Range { end: Some([&key[..], &[0]].concat()), from: key, plain: false };
    Ok(of_kind(connection, kind, &range, filter.executable, filter.updated_since, 1)?.pop())
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
         WHERE f.kind = ?1 AND f.path >= ?2 {} {} {} {} ORDER BY f.path LIMIT ?5",
        file_columns!(),
        if executable { "INDEXED BY files_executable" } else { "" },
        if range.end.is_some() { "AND f.path < ?3" } else { "AND ?3 IS NULL" },
        if since.is_some() { "AND +f.time >= ?4" } else { "AND ?4 IS NULL" },
        if executable { "AND f.mode & 73" } else { "" },
        if range.plain { "AND f.form IS NULL" } else { "" },
    );
    let mut statement = statement::prepare(connection, &sql)?;
    let mut rows = statement.query(params![kind, range.from, range.end, since, row::limit(limit)])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        files.push(read(&mut Columns::of(row))?);
    }
    Ok(files)
}
