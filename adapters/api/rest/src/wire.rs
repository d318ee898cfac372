//! Wire forms that several answers share.

use portolan::core::access::Actor;
use portolan::ports::index::{Author, AuthorKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::types;

/// Who made a commit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Author)]
pub(crate) struct AuthorJson<'a> {
    /// `member`, `agent` or `operator`; `git` for whoever plain git says, for whom nobody vouches.
    #[schema(value_type = types::AuthorKind)]
    kind: &'static str,
    /// The principal's id; absent for git's authors.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// The name in the commit.
    name: &'a str,
    /// The address in the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

impl<'a> From<&'a Author> for AuthorJson<'a> {
    fn from(author: &'a Author) -> Self {
        let Author { kind, id, name, email } = author;
        let kind = match kind {
            AuthorKind::Member => "member",
            AuthorKind::Agent => "agent",
            AuthorKind::Operator => "operator",
            AuthorKind::Git => "git",
        };
        Self { kind, id: id.as_deref(), name, email: email.as_deref() }
    }
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Principal)]
pub(crate) struct ActorJson<'a> {
    /// `member`, `agent`, `operator`, `invitee` or `system`.
    #[schema(value_type = types::ActorKind)]
    kind: &'static str,
    /// His id.
    id: &'a str,
    /// What he was called at the time.
    name: &'a str,
}

impl<'a> From<&'a Actor> for ActorJson<'a> {
    fn from(actor: &'a Actor) -> Self {
        let Actor { kind, id, name } = actor;
        Self { kind: kind.as_str(), id, name }
    }
}
