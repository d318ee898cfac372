//! Tenants.

use jiff::{SignedDuration, Timestamp};
use portolan_core::access::{Operation, Scope, Version};
use portolan_core::id::TenantId;
use portolan_core::tenancy::{
    DisplayName, Email, Invite, PLATFORM, Role, Tenant, TenantSlug, TenantStatus, Tier, Usd,
};
use portolan_core::token::{InviteCode, SecretHash};
use portolan_ports::ledger::{Change, Edit, Effect, Expect, Key, Record, RecordKind};

use super::WithSecret;
use crate::list::{Listed, Paging};
use crate::once::Plan;
use crate::{Admitted, Error, Portolan, Result, Written};

/// A tenant to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its id in addresses.
    pub slug: TenantSlug,
    /// What people call it.
    pub display_name: DisplayName,
    /// What it pays for.
    pub tier: Tier,
    /// Who answers for it, and is invited as its owner.
    pub owner_email: Email,
    /// What it wants to spend in a month at most.
    pub monthly_budget: Option<Usd>,
}

/// A member of a change that may be left out; `Set(None)` removes what can be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Maybe<T> {
    /// Stays as it is.
    #[default]
    Keep,
    /// Becomes this.
    Set(T),
}

/// What to change of a tenant.
#[derive(Debug, Clone, Default)]
pub struct TenantChange {
    /// The display name.
    pub display_name: Maybe<DisplayName>,
    /// The tier.
    pub tier: Maybe<Tier>,
    /// The owner's address.
    pub owner_email: Maybe<Email>,
    /// The budget.
    pub monthly_budget: Maybe<Option<Usd>>,
}

impl Portolan {
    /// Makes a tenant and an invite for its owner. The slug is taken for ever, also when the tenant is deleted.
    pub async fn create_tenant(
        &self,
        admitted: &Admitted,
        new: NewTenant,
    ) -> Result<Written<WithSecret<(Tenant, Invite)>>> {
        admitted.must_be(Operation::TenantCreate)?;
        let id: TenantId = self.new_id();
        let code = InviteCode::new(id, self.new_id(), self.inner.ids.secret());
        let budget = new.monthly_budget.map_or_else(String::new, |budget| budget.cents().to_string());
        let (new, code) = (&new, &code);
        let parts = [
            new.slug.as_str().as_bytes(),
            new.display_name.as_str().as_bytes(),
            new.tier.as_str().as_bytes(),
            new.owner_email.as_str().as_bytes(),
            budget.as_bytes(),
        ];
        let written = self
            .once_in(admitted, Some(id), &parts, |scope| async move {
                let scope = &scope;
                let key = Key::TenantSlug(new.slug.clone());
                if self.inner.ledger.get_many(scope, std::slice::from_ref(&key)).await?[0].is_some() {
                    return Err(Error::SlugTaken(new.slug.to_string()));
                }
                let now = self.now();
                let tenant = tenant(id, new, now);
                let invite = invite(code, new.owner_email.clone(), Role::Owner, now);
                let edits = vec![
                    put(key, Expect::Absent, Record::TenantSlug(id)),
                    put(Key::Tenant, Expect::Absent, Record::Tenant(tenant.clone())),
                    put(Key::Invite(invite.id), Expect::Absent, Record::Invite(invite.clone())),
                ];
                Ok(Plan {
                    edits,
                    effect: Effect::TenantCreated { tenant, invite },
                    target: new.slug.to_string(),
                })
            })
            .await?;
        let Effect::TenantCreated { tenant, invite } = written.value else { return Err(unexpected()) };
        let secret = (!written.replayed).then(|| code.text());
        Ok(Written { value: WithSecret { value: (tenant, invite), secret }, replayed: written.replayed })
    }

    /// All tenants, by id, deleted ones included.
    pub async fn list_tenants(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<Tenant>> {
        admitted.must_be(Operation::TenantList)?;
        let result = self.list_all_tenants(admitted, paging).await;
        self.noted(admitted, "platform", result)
    }

    async fn list_all_tenants(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<Tenant>> {
        let after = paging.after_text("tenants")?;
        let limit = paging.limit + 1;
        let found =
            self.inner.ledger.list(&admitted.scope, RecordKind::TenantSlug, after.as_deref(), limit).await?;
        let mut tenants = Vec::with_capacity(found.len());
        for (slug, stored) in found {
            let id = stored.record.tenant_slug().ok_or_else(unexpected)?;
            let scope = if id == PLATFORM { Some(admitted.scope.clone()) } else { admitted.scope.over(id) };
            let scope = scope.ok_or_else(unexpected)?;
            tenants.push((slug, self.tenant_record(&scope).await?.0));
        }
        Ok(Listed::page("tenants", tenants, paging))
    }

    /// The tenant that `admitted` is about.
    pub async fn read_tenant(&self, admitted: &Admitted) -> Result<Tenant> {
        admitted.must_be(Operation::TenantRead)?;
        let tenant = admitted.tenant().clone();
        self.noted(admitted, tenant.slug.as_str(), Ok(tenant.clone()))
    }

    /// Changes a tenant. A change that changes nothing is done and audited all the same.
    pub async fn update_tenant(&self, admitted: &Admitted, change: TenantChange) -> Result<Written<Tenant>> {
        admitted.must_be(Operation::TenantUpdate)?;
        let asked = format!("{change:?}");
        self.change_tenant(admitted, &asked, |tenant| {
            let TenantChange { display_name, tier, owner_email, monthly_budget } = change.clone();
            set(&mut tenant.display_name, display_name);
            set(&mut tenant.tier, tier);
            set(&mut tenant.owner_email, owner_email);
            set(&mut tenant.monthly_budget, monthly_budget);
        })
        .await
    }

    /// Suspends a tenant: its members' next requests are refused. Repeating it changes nothing.
    pub async fn suspend_tenant(
        &self,
        admitted: &Admitted,
        reason: Option<String>,
    ) -> Result<Written<Tenant>> {
        admitted.must_be(Operation::TenantSuspend)?;
        let asked = format!("{reason:?}");
        self.change_tenant(admitted, &asked, |tenant| {
            if tenant.status == TenantStatus::Active {
                tenant.status = TenantStatus::Suspended { reason: reason.clone() };
            }
        })
        .await
    }

    /// Lets a suspended or deleted tenant work again. Repeating it changes nothing.
    pub async fn reinstate_tenant(&self, admitted: &Admitted) -> Result<Written<Tenant>> {
        admitted.must_be(Operation::TenantReinstate)?;
        self.change_tenant(admitted, "", |tenant| tenant.status = TenantStatus::Active).await
    }

    /// Deletes a tenant softly: it is gone for its members, kept for 30 days, and its id stays taken.
    pub async fn delete_tenant(&self, admitted: &Admitted) -> Result<Written<()>> {
        admitted.must_be(Operation::TenantDelete)?;
        let now = self.now();
        let written = self
            .change_tenant(admitted, "", |tenant| {
                if !matches!(tenant.status, TenantStatus::Deleted { .. }) {
                    tenant.status = TenantStatus::Deleted { at: now };
                }
            })
            .await?;
        Ok(written.map(|_| ()))
    }

    async fn change_tenant(
        &self,
        admitted: &Admitted,
        asked: &str,
        change: impl Fn(&mut Tenant),
    ) -> Result<Written<Tenant>> {
        if admitted.tenant().id == PLATFORM {
            let refused =
                Error::Forbidden("the platform itself cannot be changed, suspended or deleted".into());
            return self.noted(admitted, admitted.tenant().slug.as_str(), Err(refused));
        }
        let change = &change;
        let written = self
            .once(admitted, &[asked.as_bytes()], |scope| async move {
                let scope = &scope;
                let (before, version) = self.tenant_record(scope).await?;
                // A deleted tenant can be seen, deleted again and reinstated; nothing else.
                let is_gone = matches!(before.status, TenantStatus::Deleted { .. });
                if is_gone && matches!(admitted.operation, Operation::TenantUpdate | Operation::TenantSuspend)
                {
                    return Err(Error::not_found("tenant"));
                }
                let mut tenant = before.clone();
                change(&mut tenant);
                if tenant != before {
                    tenant.updated_at = self.now().max(before.updated_at);
                }
                Ok(Plan {
                    edits: vec![put(Key::Tenant, Expect::At(version), Record::Tenant(tenant.clone()))],
                    target: tenant.slug.to_string(),
                    effect: Effect::TenantChanged { tenant },
                })
            })
            .await?;
        let Effect::TenantChanged { tenant } = written.value else { return Err(unexpected()) };
        Ok(Written { value: tenant, replayed: written.replayed })
    }

    pub(crate) async fn tenant_record(&self, scope: &Scope) -> Result<(Tenant, Version)> {
        let stored = self.inner.ledger.get_many(scope, &[Key::Tenant]).await?.pop().flatten();
        let stored = stored.ok_or_else(|| Error::not_found("tenant"))?;
        Ok((stored.record.tenant().ok_or_else(unexpected)?, stored.version))
    }
}

/// The record of a new tenant.
pub(super) fn tenant(id: TenantId, new: &NewTenant, now: Timestamp) -> Tenant {
    Tenant {
        id,
        slug: new.slug.clone(),
        display_name: new.display_name.clone(),
        tier: new.tier,
        status: TenantStatus::Active,
        owner_email: new.owner_email.clone(),
        monthly_budget: new.monthly_budget,
        created_at: now,
        updated_at: now,
    }
}

/// The record of a new invite.
pub(super) fn invite(code: &InviteCode, email: Email, role: Role, now: Timestamp) -> Invite {
    Invite {
        id: code.key().id,
        email,
        role,
        hash: SecretHash::of(code.secret()),
        created_at: now,
        expires_at: now + SignedDuration::from_hours(Invite::LIFETIME_HOURS),
    }
}

/// An edit that writes a record.
pub(crate) fn put(key: Key, expect: Expect, record: Record) -> Edit {
    Edit { key, expect, change: Change::Put(record) }
}

/// An edit that deletes a record which must be as it was.
pub(crate) fn delete(key: Key, version: Version) -> Edit {
    Edit { key, expect: Expect::At(version), change: Change::Delete }
}

/// No edit: the record must be as it was.
pub(crate) fn check(key: Key, version: Version) -> Edit {
    Edit { key, expect: Expect::At(version), change: Change::Check }
}

/// A record or receipt of another kind than its key says: a defect.
pub(crate) fn unexpected() -> Error {
    Error::Internal("a stored record is of another kind than its key".into())
}

fn set<T>(place: &mut T, change: Maybe<T>) {
    if let Maybe::Set(value) = change {
        *place = value;
    }
}
