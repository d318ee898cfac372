//! What differs between two revisions.

use axum::extract::{Request, State};
use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::wiki::path::Requested;
use portolan::{Compare, Difference, FileDifference, Hunk, HunkLine};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, ok};
use crate::api::Api;
use crate::openapi::types;
use crate::problem::Problem;

/// What differs between two revisions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceJson<'a> {
    /// What was compared; null where `to` is the first commit, which is compared with nothing.
    #[schema(value_type = Option<types::ObjectId>)]
    from: Option<Oid>,
    /// With what; null for a wiki without a commit.
    #[schema(value_type = Option<types::ObjectId>)]
    to: Option<Oid>,
    files: Vec<FileJson<'a>>,
    /// `true` where more files differ.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

/// How one file differs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileDifference)]
struct FileJson<'a> {
    path: &'a str,
    #[schema(value_type = types::Change)]
    change: &'static str,
    #[schema(value_type = types::PathKind)]
    kind: &'static str,
    /// The path before, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    /// The version after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<types::ObjectId>)]
    version: Option<Oid>,
    /// As `git diff` prints it below the names of the files.
    unified: &'a str,
    hunks: Vec<HunkJson<'a>>,
    /// `true` where lines at the end of `unified` and `hunks` are left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    diff_cut: bool,
    /// `true` where the file is no text: nothing is told of what differs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    binary: bool,
    /// `true` where the file is too long to be compared, or those before it took all the room of the answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    too_large: bool,
}

/// Changes close together, with three lines around them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hunk)]
struct HunkJson<'a> {
    old: SpanJson,
    new: SpanJson,
    lines: Vec<LineJson<'a>>,
}

/// The lines of one side that a hunk covers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Span)]
struct SpanJson {
    /// The first, counted from 1; where there are none, the one before.
    start: usize,
    /// How many.
    lines: usize,
}

/// A line of a hunk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HunkLine)]
struct LineJson<'a> {
    /// A space for a line of both texts, `-` for one of the old, `+` for one of the new.
    #[schema(value_type = types::Op)]
    op: char,
    /// The line without its LF.
    text: &'a str,
    /// The words that differ, where lines were replaced by others: first character, and the one behind the last.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<Vec<usize>>, required = false)]
    words: &'a [(usize, usize)],
    /// `true` for the last line of a text that does not end with LF.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    no_newline: bool,
}

impl<'a> From<&'a FileDifference> for FileJson<'a> {
    fn from(file: &'a FileDifference) -> Self {
        let FileDifference { path, kind, what, from, version, unified, hunks, cut, binary, too_large } = file;
        Self {
            path,
            change: what.as_str(),
            kind: kind.as_str(),
            from: from.as_deref(),
            version: *version,
            unified,
            hunks: hunks.iter().map(HunkJson::from).collect(),
            diff_cut: *cut,
            binary: *binary,
            too_large: *too_large,
        }
    }
}

impl<'a> From<&'a Hunk> for HunkJson<'a> {
    fn from(Hunk { old, new, lines }: &'a Hunk) -> Self {
        let line = |HunkLine { op, text, words, is_open }: &'a HunkLine| LineJson {
            op: *op,
            text,
            words,
            no_newline: *is_open,
        };
        Self {
            old: SpanJson { start: old.start, lines: old.lines },
            new: SpanJson { start: new.start, lines: new.lines },
            lines: lines.iter().map(line).collect(),
        }
    }
}

/// Compares two revisions, of one page or of the whole wiki.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/wikis/{wiki}/diff",
    tag = "history",
    operation_id = "diffRevisions",
    params(
        ("from" = Option<types::ObjectId>, Query, description = "A commit of the main line or, with `path`, also a version of that page. Where absent: the first parent of `to`."),
        ("to" = Option<types::ObjectId>, Query, description = "Likewise. Where absent: the head; with `path` and without `from`, the commit that last changed the page."),
        ("path" = Option<types::PagePath>, Query, description = "Only this page, or other file."),
    ),
    responses(
        (status = 200, description = "The files that differ, by path", body = DifferenceJson<'static>),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::DiffRead).await?;
    let mut is_dot_name = false;
    let compare = asked.query()?.read(|query| {
        let (from, to) = (query.text("from"), query.text("to"));
        let path = query.parsed("path", |text| match Requested::parse(text) {
            Ok(path) => Ok(Some(path)),
            Err(bad) if bad.is_dot_name() => {
                is_dot_name = true;
                Ok(None)
            }
            Err(bad) => Err(bad),
        });
        Some(Compare { from, to, path: path.flatten() })
    })?;
    if is_dot_name {
        return Err(Problem::not_found("Page"));
    }
    let Difference { from, to, files, cut } = api.portolan.compare(&asked.admitted, &compare).await?;
    ok(&DifferenceJson { from, to, files: files.iter().map(FileJson::from).collect(), cut })
}
