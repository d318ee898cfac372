//! `portolan member`.

use clap::{Subcommand, ValueEnum};
use http::Method;
use serde_json::json;

use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::request::Request;

/// What a member may do; each also what the ones after it may.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Role {
    /// Manages everybody
    Owner,
    /// Manages wikis, and editors and viewers with their invites and tokens; sees the audit
    Admin,
    /// Writes pages
    Editor,
    /// Reads
    Viewer,
}

impl Role {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    /// List members
    List(Part),
    /// Give a member another role
    SetRole {
        /// His id
        id: String,
        /// What he will be
        #[arg(value_enum)]
        role: Role,
    },
    /// Remove a member: his tokens are refused from the next request on
    Remove {
        /// His id
        id: String,
    },
}

impl Member {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::List(part) => {
                let (who, path) = context.in_tenant(&["members"]).await?;
                let columns = [
                    ("ID", "/id"),
                    ("NAME", "/name"),
                    ("EMAIL", "/email"),
                    ("ROLE", "/role"),
                    ("SINCE", "/created_at"),
                ];
                context.show_list(&Request::get(who, path), &part, &columns, "There are no members.").await
            }
            Self::SetRole { id, role } => {
                let (who, path) = context.in_tenant(&["members", &id]).await?;
                let request = Request::new(who, Method::PUT, path).json(&json!({ "role": role.as_str() }));
                let members = [("id", "/id"), ("name", "/name"), ("email", "/email"), ("role", "/role")];
                context.show_record(&request, &members).await
            }
            Self::Remove { id } => {
                let (who, path) = context.in_tenant(&["members", &id]).await?;
                context.done(&Request::delete(who, path), &format!("The member {id} is removed.")).await
            }
        }
    }
}
