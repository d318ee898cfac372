//! Tokens.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use portolan_core::access::{Operation, Scope, may_manage};
use portolan_core::id::{MemberId, TokenId};
use portolan_core::tenancy::{DisplayName, Role};
use portolan_core::token::{BearerToken, SecretHash, Token};
use portolan_ports::ledger::{Change, Edit, Effect, Expect, Key, Record, RecordKind};

use super::WithSecret;
use super::tenants::{delete, put, unexpected};
use crate::list::{Listed, Paging};
use crate::once::Plan;
use crate::{Admitted, Error, Portolan, Result, Written};

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: DisplayName,
    /// From when on it is refused; never, where absent.
    pub expires_at: Option<Timestamp>,
}

impl Portolan {
    /// Makes a token of the caller's own.
    pub async fn create_token(
        &self,
        admitted: &Admitted,
        new: NewToken,
    ) -> Result<Written<WithSecret<Token>>> {
        admitted.must_be(Operation::TokenCreate)?;
        let bearer = BearerToken::new(admitted.scope().tenant(), self.new_id(), self.inner.ids.secret());
        let (new, bearer) = (&new, &bearer);
        let until = new.expires_at.map_or_else(String::new, |time| time.to_string());
        let written = self
            .once(admitted, &[new.name.as_str().as_bytes(), until.as_bytes()], |_| async move {
                let now = self.now();
                if new.expires_at.is_some_and(|end| end <= now) {
                    return Err(Error::invalid("/expires_at", "a token must expire in the future"));
                }
                let token = Token {
                    id: bearer.key().id,
                    member: admitted.member.id,
                    name: new.name.clone(),
                    hash: SecretHash::of(bearer.secret()),
                    created_at: now,
                    expires_at: new.expires_at,
                };
                Ok(Plan {
                    edits: vec![put(Key::Token(token.id), Expect::Absent, Record::Token(token.clone()))],
                    target: token.id.to_string(),
                    effect: Effect::TokenCreated { token },
                })
            })
            .await?;
        let Effect::TokenCreated { token } = written.value else { return Err(unexpected()) };
        let secret = (!written.replayed).then(|| bearer.text());
        Ok(Written { value: WithSecret { value: token, secret }, replayed: written.replayed })
    }

    /// The caller's own tokens and those of the members he manages, oldest first, each with when it was last used.
    pub async fn list_tokens(
        &self,
        admitted: &Admitted,
        paging: &Paging,
    ) -> Result<Listed<(Token, Option<Timestamp>)>> {
        admitted.must_be(Operation::TokenList)?;
        let result = self.visible_tokens(admitted, paging).await;
        self.noted(admitted, "tokens", result)
    }

    async fn visible_tokens(
        &self,
        admitted: &Admitted,
        paging: &Paging,
    ) -> Result<Listed<(Token, Option<Timestamp>)>> {
        let scope = admitted.scope();
        let listed = self
            .list_parts(admitted, RecordKind::Token, paging, |records| async move {
                let tokens: Vec<Option<Token>> = records.into_iter().map(Record::token).collect();
                let visible = self.visible_owners(admitted, tokens.iter().flatten()).await?;
                Ok(tokens
                    .into_iter()
                    .map(|token| token.filter(|token| visible.contains(&token.member)))
                    .collect())
            })
            .await?;
        let keys: Vec<Key> = listed.items.iter().map(|token| Key::TokenUse(token.id)).collect();
        let uses = self.inner.ledger.get_many(scope, &keys).await?;
        let mut uses = uses.into_iter().map(|stored| stored.and_then(|stored| stored.record.token_use()));
        Ok(listed.map(|token| (token, uses.next().flatten())))
    }

    /// Revokes a token: it is refused from the next request on.
    pub async fn revoke_token(&self, admitted: &Admitted, id: TokenId) -> Result<Written<()>> {
        admitted.must_be(Operation::TokenRevoke)?;
        let name = &id.to_string();
        let written = self
            .once(admitted, &[name.as_bytes()], |scope| async move {
                let scope = &scope;
                let stored = self.inner.ledger.get_many(scope, &[Key::Token(id)]).await?.pop().flatten();
                let stored = stored.ok_or_else(|| Error::not_found("token"))?;
                let token = stored.record.token().ok_or_else(unexpected)?;
                if !self.may_revoke(scope, admitted.member.id, &token).await? {
                    return Err(Error::not_found("token"));
                }
                let uses = Edit { key: Key::TokenUse(id), expect: Expect::Any, change: Change::Delete };
                let edits = vec![delete(Key::Token(id), stored.version), uses];
                Ok(Plan { edits, effect: Effect::Removed, target: name.clone() })
            })
            .await?;
        Ok(written.map(|_| ()))
    }

    async fn may_revoke(&self, scope: &Scope, caller: MemberId, token: &Token) -> Result<bool> {
        if token.member == caller && scope.principal().home == scope.tenant() {
            return Ok(true);
        }
        let owner = self.inner.ledger.get_many(scope, &[Key::Member(token.member)]).await?.pop().flatten();
        let owner = owner.and_then(|stored| stored.record.member());
        // A removed member's token is dead already; who manages everybody may clear it away.
        Ok(may_manage(scope, owner.map_or(Role::Owner, |member| member.role)))
    }

    /// Of the members who own `tokens`, those whose tokens the caller sees: himself, and whom he manages.
    async fn visible_owners(
        &self,
        admitted: &Admitted,
        tokens: impl Iterator<Item = &Token>,
    ) -> Result<HashSet<MemberId>> {
        let (scope, own) = (admitted.scope(), admitted.member.id);
        let mut visible = HashSet::from([own]);
        if !may_manage(scope, Role::Viewer) {
            return Ok(visible);
        }
        let others: BTreeSet<MemberId> = tokens.map(|token| token.member).filter(|id| *id != own).collect();
        let keys: Vec<Key> = others.into_iter().map(Key::Member).collect();
        for stored in self.inner.ledger.get_many(scope, &keys).await?.into_iter().flatten() {
            let member = stored.record.member().ok_or_else(unexpected)?;
            if may_manage(scope, member.role) {
                visible.insert(member.id);
            }
        }
        Ok(visible)
    }
}
