//! `portolan tenant`.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};

use crate::cli::Part;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Column;
use crate::request::{Request, Who, path};

const MEMBERS: &[Column] = &[
    ("id", "/id"),
    ("name", "/display_name"),
    ("tier", "/tier"),
    ("status", "/status"),
    ("owner", "/owner_email"),
    ("budget (USD a month)", "/monthly_budget_usd"),
    ("created", "/created_at"),
    ("updated", "/updated_at"),
    ("owner's invite", "/owner_invite/code"),
    ("invite expires", "/owner_invite/expires_at"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Tenant {
    /// Make a tenant, and an invite for its owner
    Create(Create),
    /// List tenants
    List(Part),
    /// Show a tenant
    Show {
        /// Its id; without it, the one of --tenant or of the token
        tenant: Option<String>,
    },
    /// Change a tenant; what is not named stays as it is
    Update(Update),
    /// Delete a tenant; its id stays taken
    Delete {
        /// Its id
        tenant: String,
    },
    /// Suspend a tenant: its members' requests are refused until it is reinstated
    Suspend {
        /// Its id
        tenant: String,
        /// Why, for the audit
        #[arg(long)]
        reason: Option<String>,
    },
    /// End a tenant's suspension
    Reinstate {
        /// Its id
        tenant: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its id: 3 to 32 of a-z, 0-9 and single `-`, beginning with a letter
    id: String,
    /// What people call it
    #[arg(long)]
    name: String,
    /// Who is invited as its owner
    #[arg(long, value_name = "ADDRESS")]
    owner_email: String,
    /// What it pays for, such as free or enterprise; the server says which there are
    #[arg(long)]
    tier: Option<String>,
    /// What it wants to spend in a month at most, US dollars
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    monthly_budget_usd: Option<serde_json::Number>,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Its id
    tenant: String,
    /// What people call it
    #[arg(long)]
    name: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "ADDRESS")]
    owner_email: Option<String>,
    /// What it pays for
    #[arg(long)]
    tier: Option<String>,
    /// What it wants to spend in a month at most, US dollars
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    monthly_budget_usd: Option<serde_json::Number>,
    /// It wants no budget
    #[arg(long, conflicts_with = "monthly_budget_usd")]
    no_budget: bool,
}

impl Tenant {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let at = |tenant: &str, rest: &[&str]| path(&[&["tenants", tenant], rest].concat());
        match self {
            Self::Create(create) => {
                let mut body = json!({ "id": create.id, "display_name": create.name, "owner_email": create.owner_email });
                put(&mut body, "tier", create.tier.map(Value::from));
                put(&mut body, "monthly_budget_usd", create.monthly_budget_usd.map(Value::Number));
                let request = Request::post(Who::Operator, path(&["tenants"])?).json(&body);
                context.show_record(&request, MEMBERS).await
            }
            Self::List(part) => {
                let columns = [
                    ("ID", "/id"),
                    ("NAME", "/display_name"),
                    ("TIER", "/tier"),
                    ("STATUS", "/status"),
                    ("OWNER", "/owner_email"),
                ];
                let request = Request::get(Who::Operator, path(&["tenants"])?);
                context.show_list(&request, &part, &columns, "There are no tenants.").await
            }
            Self::Show { tenant } => {
                let tenant = match tenant {
                    Some(tenant) => tenant,
                    None => context.tenant().await?,
                };
                context.show_record(&Request::get(Who::Operator, at(&tenant, &[])?), MEMBERS).await
            }
            Self::Update(update) => {
                let path = at(&update.tenant, &[])?;
                let request = Request::new(Who::Operator, Method::PATCH, path).json(&update.body());
                context.show_record(&request, MEMBERS).await
            }
            Self::Delete { tenant } => {
                let request = Request::delete(Who::Operator, at(&tenant, &[])?);
                context.done(&request, &format!("The tenant {tenant} is deleted.")).await
            }
            Self::Suspend { tenant, reason } => {
                let mut body = json!({});
                put(&mut body, "reason", reason.map(Value::from));
                let request = Request::post(Who::Operator, at(&tenant, &["suspend"])?).json(&body);
                context.show_record(&request, MEMBERS).await
            }
            Self::Reinstate { tenant } => {
                let request = Request::post(Who::Operator, at(&tenant, &["reinstate"])?);
                context.show_record(&request, MEMBERS).await
            }
        }
    }
}

impl Update {
    fn body(self) -> Value {
        let mut body = Value::Object(Map::new());
        put(&mut body, "display_name", self.name.map(Value::from));
        put(&mut body, "owner_email", self.owner_email.map(Value::from));
        put(&mut body, "tier", self.tier.map(Value::from));
        let budget =
            if self.no_budget { Some(Value::Null) } else { self.monthly_budget_usd.map(Value::Number) };
        put(&mut body, "monthly_budget_usd", budget);
        body
    }
}

/// Sets a member, where there is a value.
pub(super) fn put(body: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        body[name] = value;
    }
}

fn amount(text: &str) -> Result<serde_json::Number, String> {
    text.parse().map_err(|_| "an amount is a number such as 250 or 99.50".into())
}
