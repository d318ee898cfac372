//! Invites, and becoming a member by one.

use std::time::Duration;

use jiff::SignedDuration;
use portolan_core::access::{Operation, Scope, may_manage};
use portolan_core::id::{InviteId, TokenId};
use portolan_core::tenancy::{DisplayName, Email, Invite, Member, Role, TenantStatus};
use portolan_core::token::{BearerToken, InviteCode, SecretHash, Token};
use portolan_ports::ledger::{Effect, Expect, Key, Record, RecordKind};
use secrecy::SecretString;

use super::WithSecret;
use super::tenants::{check, delete, invite, put, unexpected};
use crate::list::{Listed, Paging};
use crate::once::{Attempt, Plan, Request};
use crate::{Admitted, Call, Error, Portolan, Result, Written};

/// An invite to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// Who is invited.
    pub email: Email,
    /// The role he will have; the caller must manage that role.
    pub role: Role,
}

/// What somebody sends to become a member.
#[derive(Debug)]
pub struct Redeem {
    /// The code.
    pub code: InviteCode,
    /// What he wants to be called.
    pub name: DisplayName,
}

/// A new member, and his first token.
#[derive(Debug)]
pub struct Redeemed {
    /// The member.
    pub member: Member,
    /// The token's record.
    pub token: Token,
    /// The token's text, the first time.
    pub secret: Option<SecretString>,
}

/// How long the first token of a member works.
const FIRST_TOKEN: SignedDuration = SignedDuration::from_hours(90 * 24);

impl Portolan {
    /// Invites somebody.
    pub async fn create_invite(
        &self,
        admitted: &Admitted,
        new: NewInvite,
    ) -> Result<Written<WithSecret<Invite>>> {
        admitted.must_be(Operation::InviteCreate)?;
        let scope = admitted.scope();
        if !may_manage(scope, new.role) {
            let refused =
                Err(Error::Forbidden(format!("your role does not allow you to invite an {}", new.role)));
            return self.noted(admitted, new.email.as_str(), refused);
        }
        let code = InviteCode::new(scope.tenant(), self.new_id(), self.inner.ids.secret());
        let (new, code) = (&new, &code);
        let parts = [new.email.as_str().as_bytes(), new.role.as_str().as_bytes()];
        let written = self
            .once(admitted, &parts, |scope| async move {
                let scope = &scope;
                let (tenant, version) = self.tenant_record(scope).await?;
                if matches!(tenant.status, TenantStatus::Deleted { .. }) {
                    return Err(Error::not_found("tenant"));
                }
                if self.inner.ledger.get_many(scope, &[Key::Email(new.email.clone())]).await?[0].is_some() {
                    return Err(Error::MemberExists);
                }
                let invite = invite(code, new.email.clone(), new.role, self.now());
                Ok(Plan {
                    edits: vec![
                        check(Key::Tenant, version),
                        put(Key::Invite(invite.id), Expect::Absent, Record::Invite(invite.clone())),
                    ],
                    target: invite.id.to_string(),
                    effect: Effect::InviteCreated { invite },
                })
            })
            .await?;
        let Effect::InviteCreated { invite } = written.value else { return Err(unexpected()) };
        let secret = (!written.replayed).then(|| code.text());
        Ok(Written { value: WithSecret { value: invite, secret }, replayed: written.replayed })
    }

    /// Open invites, oldest first; used, withdrawn and expired ones are gone.
    pub async fn list_invites(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<Invite>> {
        admitted.must_be(Operation::InviteList)?;
        let now = self.now();
        let result = self
            .list_records(admitted, RecordKind::Invite, paging, |record| {
                record.invite().filter(|invite| invite.is_open(now))
            })
            .await;
        self.noted(admitted, "invites", result)
    }

    /// Withdraws an invite.
    pub async fn delete_invite(&self, admitted: &Admitted, id: InviteId) -> Result<Written<()>> {
        admitted.must_be(Operation::InviteDelete)?;
        let name = &id.to_string();
        let written = self
            .once(admitted, &[name.as_bytes()], |scope| async move {
                let scope = &scope;
                let stored = self.inner.ledger.get_many(scope, &[Key::Invite(id)]).await?.pop().flatten();
                let stored = stored.ok_or_else(|| Error::not_found("invite"))?;
                let invite = stored.record.invite().ok_or_else(unexpected)?;
                if !may_manage(scope, invite.role) {
                    return Err(Error::Forbidden(format!(
                        "your role does not allow you to withdraw an {}'s invite",
                        invite.role
                    )));
                }
                Ok(Plan {
                    edits: vec![delete(Key::Invite(id), stored.version)],
                    effect: Effect::Removed,
                    target: name.clone(),
                })
            })
            .await?;
        Ok(written.map(|_| ()))
    }

    /// Makes the holder of an invite code a member and gives him his first token. A code works once; any code that cannot be used
    /// is refused alike, so that nothing can be learned from trying.
    pub async fn redeem_invite(&self, redeem: Redeem, call: Call) -> Result<Written<Redeemed>> {
        let tenant = redeem.code.key().tenant;
        let finding = Scope::system("redeem", tenant);
        let invite_key = Key::Invite(redeem.code.key().id);
        let bearer = BearerToken::new(tenant, self.new_id(), self.inner.ids.secret());
        let member_id = self.new_id();
        for attempt in 0..16 {
            let found = self.inner.ledger.get_many(&finding, &[Key::Tenant, invite_key.clone()]).await?;
            let [tenant_record, invite_record] = <[_; 2]>::try_from(found).map_err(|_| unexpected())?;
            let tenant_stored = tenant_record.ok_or(Error::InviteInvalid)?;
            let tenant_version = tenant_stored.version;
            let tenant_record = tenant_stored.record.tenant().ok_or(Error::InviteInvalid)?;
            let stored = invite_record.map(|stored| (stored.version, stored.record));
            // A used code has no record any more; its receipt, kept under the code's own id, still proves who holds it.
            let scope = redeemer(&redeem, tenant, stored.as_ref().map(|(_, record)| record));
            let request = self.redeem_request(&redeem, &scope, &call);
            if call.key.is_some()
                && let Some(effect) = self.replay(&request).await?
            {
                let Effect::Redeemed { member, token } = effect else { return Err(unexpected()) };
                return Ok(Written { value: Redeemed { member, token, secret: None }, replayed: true });
            }
            let (version, record) = stored.ok_or(Error::InviteInvalid)?;
            let invite = record.invite().ok_or_else(unexpected)?;
            if !invite.hash.matches(redeem.code.secret()) || !invite.is_open(self.now()) {
                return Err(Error::InviteInvalid);
            }
            match tenant_record.status {
                TenantStatus::Active => {}
                TenantStatus::Suspended { .. } => return Err(Error::TenantSuspended),
                TenantStatus::Deleted { .. } => return Err(Error::InviteInvalid),
            }
            let (redeem, invite, finding, invite_key, bearer) =
                (&redeem, &invite, &finding, &invite_key, &bearer);
            let decide = |_: Scope| async move {
                let member = Member {
                    id: member_id,
                    name: redeem.name.clone(),
                    email: invite.email.clone(),
                    role: invite.role,
                    created_at: self.now(),
                };
                let email = Key::Email(member.email.clone());
                if self.inner.ledger.get_many(finding, std::slice::from_ref(&email)).await?[0].is_some() {
                    return Err(Error::MemberExists);
                }
                let token = self.first_token(bearer, &member)?;
                Ok(Plan {
                    edits: vec![
                        // No authority comes with a code: that the tenant works must hold at the commit, too.
                        check(Key::Tenant, tenant_version),
                        delete(invite_key.clone(), version),
                        put(email, Expect::Absent, Record::Email(member.id)),
                        put(Key::Member(member.id), Expect::Absent, Record::Member(member.clone())),
                        put(Key::Token(token.id), Expect::Absent, Record::Token(token.clone())),
                    ],
                    target: member.id.to_string(),
                    effect: Effect::Redeemed { member, token },
                })
            };
            match self.attempt(&request, &decide, None).await {
                Ok(written) => {
                    let Effect::Redeemed { member, token } = written.value else { return Err(unexpected()) };
                    let secret = (!written.replayed).then(|| bearer.text());
                    return Ok(Written {
                        value: Redeemed { member, token, secret },
                        replayed: written.replayed,
                    });
                }
                Err(Attempt::Again | Attempt::Readmit) => {
                    tokio::time::sleep(Duration::from_millis(1 << attempt.min(6))).await;
                }
                Err(Attempt::Failed(error)) => return Err(error),
            }
        }
        Err(Error::Unavailable("too many writers at once; try again".into()))
    }

    fn redeem_request(&self, redeem: &Redeem, scope: &Scope, call: &Call) -> Request {
        let id = redeem.code.key().id.to_string();
        let secret = format!("{:?}", String::from(SecretHash::of(redeem.code.secret())));
        let parts =
            [b"invite.redeem".as_slice(), id.as_bytes(), secret.as_bytes(), redeem.name.as_str().as_bytes()];
        Request {
            scope: scope.clone(),
            call: call.clone(),
            operation: Operation::InviteRedeem.rule().name,
            fingerprint: portolan_core::idempotency::Fingerprint::of(&parts),
            key: self.receipt_key(call),
        }
    }

    fn first_token(&self, bearer: &BearerToken, member: &Member) -> Result<Token> {
        let id: TokenId = bearer.key().id;
        let name = DisplayName::parse("first token").map_err(|bad| Error::invalid("", bad))?;
        let now = self.now();
        let hash = SecretHash::of(bearer.secret());
        Ok(Token { id, member: member.id, name, hash, created_at: now, expires_at: Some(now + FIRST_TOKEN) })
    }
}

/// The scope in which a code is redeemed: its invite's, or, where that is gone, one that only reads the code's own receipts.
fn redeemer(redeem: &Redeem, tenant: portolan_core::id::TenantId, record: Option<&Record>) -> Scope {
    if let Some(Record::Invite(invite)) = record {
        return Scope::invitee(tenant, invite);
    }
    let gone = Invite {
        id: redeem.code.key().id,
        email: Email::parse("gone@invalid").expect("a constant"),
        role: Role::Viewer,
        hash: SecretHash::of(redeem.code.secret()),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        expires_at: jiff::Timestamp::UNIX_EPOCH,
    };
    Scope::invitee(tenant, &gone)
}
