//! The bodies of requests, and of problems.

#![expect(dead_code, reason = "these describe what handlers read, and problems write, member by member")]

use serde_json::Value;
use utoipa::ToSchema;

use super::types::{ObjectId, PagePath, Role, SectionOp, TenantId, Tier, Time, WikiId};

/// A tenant to be made.
#[derive(ToSchema)]
#[schema(as = CreateTenant)]
pub(crate) struct CreateTenant {
    id: TenantId,
    /// What people call it.
    #[schema(example = "Acme Ltd", max_length = 200)]
    display_name: String,
    /// `standard` where absent.
    tier: Option<Tier>,
    /// Who answers for it, and is invited as its owner.
    #[schema(example = "ada@example.org", max_length = 254)]
    owner_email: String,
    /// What it wants to spend in a month at most.
    #[schema(example = 250, minimum = 0, maximum = 1_000_000_000)]
    monthly_budget_usd: Option<f64>,
}

/// What to change of a tenant; what is absent stays.
#[derive(ToSchema)]
pub(crate) struct UpdateTenant {
    /// What people call it.
    #[schema(example = "Acme Ltd", max_length = 200)]
    display_name: Option<String>,
    tier: Option<Tier>,
    /// Who answers for it.
    #[schema(example = "ada@example.org", max_length = 254)]
    owner_email: Option<String>,
    /// What it wants to spend in a month at most; null: no such limit.
    #[schema(example = 250, minimum = 0, maximum = 1_000_000_000)]
    monthly_budget_usd: Option<f64>,
}

/// Why a tenant is suspended.
#[derive(ToSchema)]
pub(crate) struct SuspendTenant {
    /// In the operator's words.
    #[schema(example = "unpaid", max_length = 1000)]
    reason: Option<String>,
}

/// An invite to be made.
#[derive(ToSchema)]
pub(crate) struct CreateInvite {
    /// Who is invited.
    #[schema(example = "grace@example.org", max_length = 254)]
    email: String,
    role: Role,
}

/// What makes somebody a member.
#[derive(ToSchema)]
pub(crate) struct RedeemInvite {
    /// The invite's code.
    #[schema(example = "pti_…")]
    code: String,
    /// What he wants to be called.
    #[schema(example = "Grace Hopper", max_length = 200)]
    name: String,
}

/// A member's new role.
#[derive(ToSchema)]
pub(crate) struct UpdateMember {
    role: Role,
}

/// A token to be made.
#[derive(ToSchema)]
pub(crate) struct CreateToken {
    /// What its owner calls it.
    #[schema(example = "laptop", max_length = 200)]
    name: String,
    /// From when on it is refused; never, where absent.
    expires_at: Option<Time>,
}

/// A wiki to be made.
#[derive(ToSchema)]
pub(crate) struct CreateWiki {
    id: WikiId,
    /// What people call it; its id, where absent.
    #[schema(example = "Notes", max_length = 200)]
    display_name: Option<String>,
}

/// A page's new text.
#[derive(ToSchema)]
pub(crate) struct PutPage {
    /// The whole text, UTF-8 without U+0000.
    #[schema(example = "# Start\n\nWelcome.\n")]
    content: String,
    /// The commit's message; what was done, where absent or blank.
    #[schema(example = "Say welcome", max_length = 4096)]
    message: Option<String>,
    /// A version or revision that the text was made of: the change is merged into what the page is now. Not beside `If-Match` or
    /// `If-None-Match`.
    base: Option<ObjectId>,
}

/// Edits of a page.
#[derive(ToSchema)]
pub(crate) struct EditPage {
    /// The edits, in order: all are made, or none.
    #[schema(min_items = 1, max_items = 100)]
    edits: Vec<EditJson>,
    /// The commit's message; what was done, where absent or blank.
    #[schema(example = "Say welcome", max_length = 4096)]
    message: Option<String>,
    /// A version or revision that the edits are made on; the result is merged into what the page is now. Not beside `If-Match`.
    base: Option<ObjectId>,
    /// Only tell what would be done.
    dry_run: Option<bool>,
}

/// One edit: one of these members.
#[derive(ToSchema)]
#[schema(as = Edit)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EditJson {
    /// Replaces a text that is in the page exactly once.
    Replace(ReplaceJson),
    /// Changes a section.
    Section(SectionJson),
    /// Adds a text at the end.
    Append(ContentJson),
    /// Adds a text at the beginning, after front matter.
    Prepend(ContentJson),
}

/// What to replace.
#[derive(ToSchema)]
#[schema(as = ReplaceEdit)]
pub(crate) struct ReplaceJson {
    /// The text as it is in the page, once.
    #[schema(example = "teh")]
    old: String,
    /// The text to put there.
    #[schema(example = "the")]
    new: String,
}

/// What to do to a section.
#[derive(ToSchema)]
#[schema(as = SectionEdit)]
pub(crate) struct SectionJson {
    /// The section's path in the outline: headings joined by ` > `.
    #[schema(example = "Start > Install")]
    path: String,
    /// `replace` keeps the heading, unless the content begins with one.
    op: SectionOp,
    /// The text.
    #[schema(example = "Run it.\n")]
    content: String,
    /// Whether the sections below it are part of it.
    subtree: Option<bool>,
}

/// A text to add.
#[derive(ToSchema)]
#[schema(as = ContentEdit)]
pub(crate) struct ContentJson {
    /// The text.
    #[schema(example = "One more line.\n")]
    content: String,
}

/// A page's new name.
#[derive(ToSchema)]
pub(crate) struct RenamePage {
    /// Its path.
    from: PagePath,
    /// What its path is to be.
    to: PagePath,
    /// A version or revision of the page that you know; its current text is what moves.
    base: Option<ObjectId>,
    /// The commit's message; what was done, where absent or blank.
    #[schema(example = "Put guides together", max_length = 4096)]
    message: Option<String>,
}

/// What is to be undone: `revision`, with or without `path`; or `agent` and `since`.
#[derive(ToSchema)]
pub(crate) struct RevertCommits {
    /// A commit of the main line; of a merge, what it brought to its first parent.
    revision: Option<ObjectId>,
    /// Only what the commit did to this page.
    path: Option<PagePath>,
    /// Everything this agent did …
    agent: Option<String>,
    /// … at this time or later.
    since: Option<Time>,
    /// The commit's message; what was undone, where absent or blank.
    #[schema(example = "Undo the cleanup", max_length = 4096)]
    message: Option<String>,
}

/// Pages to be read.
#[derive(ToSchema)]
pub(crate) struct ReadPages {
    /// Their paths.
    #[schema(min_items = 1, max_items = 50, example = json!(["Guides/Start", "Home"]))]
    paths: Vec<String>,
    /// `full`, where absent, or `outline`: headings for content.
    #[schema(example = "full", pattern = "^(full|outline)$")]
    view: Option<String>,
    /// Most bytes of content in all; 16 MiB where absent or more.
    #[schema(example = 65536, minimum = 0)]
    budget_bytes: Option<u64>,
}

/// Why a request was not done (RFC 9457).
#[derive(ToSchema)]
pub(crate) struct Problem {
    /// `/problems/<slug>`: the kind of problem.
    #[schema(example = "/problems/stale-base")]
    r#type: String,
    /// The kind, in a few words.
    #[schema(example = "The page is not at that base")]
    title: String,
    /// The HTTP status.
    #[schema(example = 412)]
    status: u16,
    /// What was wrong here, and what to do.
    detail: String,
    /// The request's id.
    #[schema(example = "req_0197f7a1c3b27c2e8f0d4d1b2a3c4d5e")]
    instance: String,
    /// What is wrong, place by place: with `malformed`, `bad-cursor` and `invalid`.
    errors: Option<Vec<FaultJson>>,
    /// The page's version now; null where it is absent: with `page-exists`, `stale-base` and `base-required`.
    version: Option<ObjectId>,
    /// The commit that last changed the page.
    revision: Option<ObjectId>,
    /// Who made that commit.
    #[schema(value_type = Option<Object>)]
    author: Option<Value>,
    /// The commit that deleted the page: with `not-found`.
    deleted_in: Option<ObjectId>,
    /// Sections that may be meant: with `section-not-found`.
    candidates: Option<Vec<CandidateJson>>,
}

/// A place that may be meant.
#[derive(ToSchema)]
#[schema(as = Candidate)]
pub(crate) struct CandidateJson {
    /// Its line in the page, from 1.
    line: usize,
    /// The path of the section.
    #[schema(example = "Guides > First steps")]
    text: String,
    /// How much of what was looked for is there, from 0 to 1.
    score: f64,
}

/// One thing that is wrong.
#[derive(ToSchema)]
#[schema(as = Fault)]
pub(crate) struct FaultJson {
    /// A JSON pointer into the body, `?name` for a query parameter, empty for the path or the whole.
    #[schema(example = "/display_name")]
    pointer: String,
    /// What is wrong, and what would be right.
    message: String,
}
