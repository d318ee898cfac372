//! The bodies of requests, and of problems.

#![expect(dead_code, reason = "these describe what handlers read, and problems write, member by member")]

use serde_json::Value;
use utoipa::ToSchema;

use super::types::{ObjectId, Role, TenantId, Tier, Time, WikiId};

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
