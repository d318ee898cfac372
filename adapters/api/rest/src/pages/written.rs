//! What the write of a page is answered with.

use http::StatusCode;
use portolan::core::git::Oid;
use portolan::ports::ledger::PageEffect;
use portolan::{PageDraft, Unified};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, json};
use crate::openapi::types;

/// What a write did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WrittenPage)]
pub(super) struct WrittenJson<'a> {
    #[schema(value_type = types::PagePath)]
    path: &'a str,
    #[schema(value_type = types::ObjectId)]
    version: Oid,
    /// The commit that last changed the page; absent for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<types::ObjectId>)]
    revision: Option<Oid>,
    changed: bool,
    /// Whether the page had changed since the base, so that the change was merged into it.
    merged: bool,
    /// What changed, as a unified difference.
    diff: &'a str,
    /// Whether `diff` was cut, as it is longer than 64 KiB.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    diff_cut: bool,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
}

impl<'a> WrittenJson<'a> {
    /// Of a write that was done.
    pub(super) fn of(effect: &'a PageEffect, diff: &'a Unified) -> Self {
        let PageEffect { path, version, previous: _, revision, changed, created: _, merged, head } = effect;
        Self {
            path: path.as_str(),
            version: *version,
            revision: Some(*revision),
            changed: *changed,
            merged: *merged,
            diff: &diff.text,
            diff_cut: diff.cut,
            head: *head,
        }
    }

    /// Of one that was only tried.
    pub(super) fn of_draft(draft: &'a PageDraft) -> Self {
        let PageDraft { path, version, changed, merged, diff, head } = draft;
        Self {
            path: path.as_str(),
            version: *version,
            revision: None,
            changed: *changed,
            merged: *merged,
            diff: &diff.text,
            diff_cut: diff.cut,
            head: *head,
        }
    }

    /// The answer.
    pub(super) fn answer(&self, created: bool) -> Answer {
        json(if created { StatusCode::CREATED } else { StatusCode::OK }, self)
    }
}
