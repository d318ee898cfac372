//! `portolan invite`.

use std::io::Read;

use clap::Subcommand;
use serde_json::json;

use super::member::Role;
use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::request::{Request, Who};

#[derive(Debug, Subcommand)]
pub(crate) enum Invite {
    /// Invite somebody; the code is shown once
    Create {
        /// His e-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// What he will be
        #[arg(long, value_enum)]
        role: Role,
    },
    /// List open invites
    List(Part),
    /// Withdraw an invite
    Delete {
        /// Its id
        id: String,
    },
    /// Become a member by an invite code, and print the first token
    #[command(after_help = "\
Example:
  export PORTOLAN_TOKEN=$(portolan --quiet invite redeem --name 'Ada Lovelace' < code.txt)")]
    Redeem {
        /// The code; without it or with `-`, read from standard input, where no list of processes shows it
        #[arg(default_value = "-", hide_default_value = true)]
        code: String,
        /// Your name
        #[arg(long)]
        name: String,
    },
}

impl Invite {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create { email, role } => {
                let (who, path) = context.in_tenant(&["invites"]).await?;
                let request =
                    Request::post(who, path).json(&json!({ "email": email, "role": role.as_str() }));
                let json = context.client.json(&request).await?;
                context.show_secret(&json, "/code", "The invite code, shown now and never again:")
            }
            Self::List(part) => {
                let (who, path) = context.in_tenant(&["invites"]).await?;
                let columns =
                    [("ID", "/id"), ("EMAIL", "/email"), ("ROLE", "/role"), ("EXPIRES", "/expires_at")];
                context.show_list(&Request::get(who, path), &part, &columns, "No invite is open.").await
            }
            Self::Delete { id } => {
                let (who, path) = context.in_tenant(&["invites", &id]).await?;
                context.done(&Request::delete(who, path), &format!("The invite {id} is withdrawn.")).await
            }
            Self::Redeem { code, name } => {
                let code = if code == "-" { super::aside(from_standard_input).await?? } else { code };
                let body = json!({ "code": code.trim(), "name": name });
                let request = Request::post(Who::Nobody, "/v1/invites/redeem".into()).json(&body);
                let json = context.client.json(&request).await?;
                context.show_secret(
                    &json,
                    "/token/secret",
                    "You are a member now. Your token, shown now and never again:",
                )
            }
        }
    }
}

/// A code is short; more is a mistake.
fn from_standard_input() -> Result<String, Failure> {
    let mut code = String::new();
    std::io::stdin().take(4096).read_to_string(&mut code).map_err(|error| {
        Failure::usage(format_args!("the code cannot be read from standard input: {error}"))
    })?;
    Ok(code)
}
