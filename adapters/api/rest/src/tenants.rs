//! Tenants.

use axum::extract::{Request, State};
use http::StatusCode;
use jiff::Timestamp;
use portolan::core::access::Operation;
use portolan::core::tenancy::{DisplayName, Email, Tenant, TenantSlug, Tier, Usd};
use portolan::{Maybe, NewTenant, TenantChange, Written};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::{Number, Value};
use utoipa::ToSchema;

use crate::answer::{self, Answer, ListJson, With as _, json, no_content, ok};
use crate::api::Api;
use crate::body::{kind, text};
use crate::openapi::{bodies, types};

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenant)]
struct TenantJson {
    #[schema(value_type = types::TenantId)]
    id: TenantSlug,
    #[schema(value_type = String)]
    display_name: DisplayName,
    #[schema(value_type = types::Tier)]
    tier: Tier,
    #[schema(value_type = types::TenantStatus)]
    status: &'static str,
    #[schema(value_type = String)]
    owner_email: Email,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    monthly_budget_usd: Option<Number>,
    #[schema(value_type = types::Time)]
    created_at: Timestamp,
    #[schema(value_type = types::Time)]
    updated_at: Timestamp,
}

impl From<Tenant> for TenantJson {
    fn from(tenant: Tenant) -> Self {
        let Tenant {
            id: _,
            slug,
            display_name,
            tier,
            status,
            owner_email,
            monthly_budget,
            created_at,
            updated_at,
        } = tenant;
        let status = status.as_str();
        let monthly_budget_usd = monthly_budget.map(dollars);
        Self { id: slug, display_name, tier, status, owner_email, monthly_budget_usd, created_at, updated_at }
    }
}

/// A new tenant, and the invite for its owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewTenant)]
struct NewTenantJson<'a> {
    #[serde(flatten)]
    tenant: TenantJson,
    owner_invite: OwnerInviteJson<'a>,
}

/// The code that makes its holder the owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnerInvite)]
struct OwnerInviteJson<'a> {
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    secret_shown: bool,
    #[schema(value_type = types::Time)]
    expires_at: Timestamp,
}

/// An amount as a JSON number: whole where it is, else with cents.
#[expect(clippy::cast_precision_loss, reason = "amounts stay far below 2^53 cents")]
fn dollars(amount: Usd) -> Number {
    let cents = amount.cents();
    if cents.is_multiple_of(100) {
        return (cents / 100).into();
    }
    Number::from_f64(cents as f64 / 100.0).unwrap_or_else(|| (cents / 100).into())
}

fn budget(value: Value) -> Result<Usd, String> {
    let bad = || "must be 0 to 1,000,000,000 with at most two decimals".to_owned();
    match value {
        Value::Number(number) => number.as_f64().and_then(Usd::from_dollars).ok_or_else(bad),
        other => Err(format!("must be a number, not {}", kind(&other))),
    }
}

/// Makes a tenant and invites its owner.
#[utoipa::path(
    post,
    path = "/v1/tenants",
    tag = "tenants",
    operation_id = "createTenant",
    request_body(content = bodies::CreateTenant),
    responses(
        (status = 201, description = "The tenant, and the invite for its owner", body = NewTenantJson<'static>),
    )
)]
pub(crate) async fn create(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantCreate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let new = fields.read(|fields| {
        let slug = fields.required("id", text(TenantSlug::for_new));
        let display_name = fields.required("display_name", text(DisplayName::parse));
        let tier = fields.optional("tier", text(str::parse::<Tier>)).unwrap_or(Tier::Standard);
        let owner_email = fields.required("owner_email", text(Email::parse));
        let monthly_budget = fields.optional("monthly_budget_usd", budget);
        let (slug, display_name, owner_email) = (slug?, display_name?, owner_email?);
        Some(NewTenant { slug, display_name, tier, owner_email, monthly_budget })
    })?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.create_tenant(&admitted, new).await })
        .await?;
    let secret = written.value.secret;
    let (tenant, invite) = written.value.value;
    let location = format!("/v1/tenants/{}", tenant.slug);
    let body = NewTenantJson {
        tenant: tenant.into(),
        owner_invite: OwnerInviteJson {
            code: secret.as_ref().map(SecretString::expose_secret),
            secret_shown: written.replayed,
            expires_at: invite.expires_at,
        },
    };
    Ok(json(StatusCode::CREATED, &body)?.location(&location).replayed(written.replayed))
}

/// Lists all tenants by id.
#[utoipa::path(
    get,
    path = "/v1/tenants",
    tag = "tenants",
    operation_id = "listTenants",
    responses(
        (status = 200, description = "Tenants by id", body = ListJson<TenantJson>),
    )
)]
pub(crate) async fn list(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantList).await?;
    let paging = asked.query()?.read(|query| Some(query.paging()))?;
    answer::list(api.portolan.list_tenants(&asked.admitted, &paging).await?, TenantJson::from)
}

/// Answers a tenant.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}",
    tag = "tenants",
    operation_id = "readTenant",
    responses(
        (status = 200, description = "The tenant", body = TenantJson),
    )
)]
pub(crate) async fn get(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantRead).await?;
    asked.no_query()?;
    ok(&TenantJson::from(api.portolan.read_tenant(&asked.admitted).await?))
}

/// Changes what the body names of a tenant; a budget of null is none.
#[utoipa::path(
    patch,
    path = "/v1/tenants/{tenant}",
    tag = "tenants",
    operation_id = "updateTenant",
    request_body(content = bodies::UpdateTenant),
    responses(
        (status = 200, description = "The tenant", body = TenantJson),
    )
)]
pub(crate) async fn update(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantUpdate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object(api.options.body_bytes).await?;
    let change = fields.read(|fields| {
        Some(TenantChange {
            display_name: given(fields.optional("display_name", text(DisplayName::parse))),
            tier: given(fields.optional("tier", text(str::parse::<Tier>))),
            owner_email: given(fields.optional("owner_email", text(Email::parse))),
            monthly_budget: fields.nullable("monthly_budget_usd", budget),
        })
    })?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.update_tenant(&admitted, change).await })
        .await?;
    changed(written)
}

/// Deletes a tenant, softly.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}",
    tag = "tenants",
    operation_id = "deleteTenant",
    responses(
        (status = 204, description = "It is deleted"),
    )
)]
pub(crate) async fn delete(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantDelete).await?;
    asked.no_query()?;
    let admitted = asked.admitted;
    let written =
        api.write(asked.operation, |portolan| async move { portolan.delete_tenant(&admitted).await }).await?;
    Ok(no_content().replayed(written.replayed))
}

/// Suspends a tenant.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/suspend",
    tag = "tenants",
    operation_id = "suspendTenant",
    request_body(content = Option<bodies::SuspendTenant>),
    responses(
        (status = 200, description = "The tenant", body = TenantJson),
    )
)]
pub(crate) async fn suspend(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantSuspend).await?;
    asked.expect_json()?;
    asked.no_query()?;
    let fields = asked.object_or_nothing(api.options.body_bytes).await?;
    let reason = fields.read(|fields| Some(fields.optional("reason", text(reason))))?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.suspend_tenant(&admitted, reason).await })
        .await?;
    changed(written)
}

/// Lets a suspended tenant work again.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/reinstate",
    tag = "tenants",
    operation_id = "reinstateTenant",
    responses(
        (status = 200, description = "The tenant", body = TenantJson),
    )
)]
pub(crate) async fn reinstate(State(api): State<Api>, request: Request) -> Answer {
    let mut asked = api.admit(request, Operation::TenantReinstate).await?;
    asked.expect_json()?;
    asked.no_query()?;
    asked.object_or_nothing(api.options.body_bytes).await?.read(|_| Some(()))?;
    let admitted = asked.admitted;
    let written = api
        .write(asked.operation, |portolan| async move { portolan.reinstate_tenant(&admitted).await })
        .await?;
    changed(written)
}

fn changed(written: Written<Tenant>) -> Answer {
    Ok(ok(&TenantJson::from(written.value))?.replayed(written.replayed))
}

fn given<T>(value: Option<T>) -> Maybe<T> {
    value.map_or(Maybe::Keep, Maybe::Set)
}

/// The longest reason kept, bytes: it is part of a small record.
const MOST_REASON: usize = 1000;

fn reason(text: &str) -> Result<String, String> {
    if text.len() <= MOST_REASON {
        Ok(text.to_owned())
    } else {
        Err(format!("must have at most {MOST_REASON} bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_numbers() {
        for (given, shown) in
            [("100", "100"), ("100.0", "100"), ("19.99", "19.99"), ("0.1", "0.1"), ("0", "0")]
        {
            let amount = budget(serde_json::from_str(given).unwrap()).unwrap();
            assert_eq!(dollars(amount).to_string(), shown);
        }
        for bad in ["-1", "0.001", "1e10", "\"1\"", "true"] {
            assert!(budget(serde_json::from_str(bad).unwrap()).is_err(), "{bad}");
        }
    }
}
