//! `portolan token`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::tenant::put;
use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::request::Request;

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token of your own, and print its secret, once
    #[command(after_help = "\
Example:
  export PORTOLAN_TOKEN=$(portolan --quiet token create laptop --expires-at 2030-01-01T00:00:00Z)")]
    Create {
        /// What you call it
        name: String,
        /// From when on it is refused (RFC 3339)
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// List your tokens, and those of the members you manage
    List(Part),
    /// Revoke a token: it is refused from the next request on
    Revoke {
        /// Its id
        id: String,
    },
}

impl Token {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create { name, expires_at } => {
                let (who, path) = context.in_tenant(&["tokens"]).await?;
                let mut body = json!({ "name": name });
                put(&mut body, "expires_at", expires_at.map(Value::from));
                let json = context.client.json(&Request::post(who, path).json(&body)).await?;
                context.show_secret(&json, "/secret", "The token, shown now and never again:")
            }
            Self::List(part) => {
                let (who, path) = context.in_tenant(&["tokens"]).await?;
                let columns = [
                    ("ID", "/id"),
                    ("NAME", "/name"),
                    ("CREATED", "/created_at"),
                    ("EXPIRES", "/expires_at"),
                    ("LAST USED", "/last_used_at"),
                ];
                context.show_list(&Request::get(who, path), &part, &columns, "There are no tokens.").await
            }
            Self::Revoke { id } => {
                let (who, path) = context.in_tenant(&["tokens", &id]).await?;
                context.done(&Request::delete(who, path), &format!("The token {id} is revoked.")).await
            }
        }
    }
}
