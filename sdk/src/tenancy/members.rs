//! Members.

use portolan_core::access::{Operation, Scope, Version, may_manage};
use portolan_core::id::MemberId;
use portolan_core::tenancy::{Member, Role};
use portolan_ports::ledger::{Change, Edit, Effect, Expect, Key, Record, RecordKind};

use super::tenants::{check, delete, put, unexpected};
use crate::list::{Listed, Paging, cursor};
use crate::once::Plan;
use crate::{Admitted, Error, Portolan, Result, Written};

/// The role a member is to have.
pub type NewRole = Role;

impl Portolan {
    /// Members, oldest first.
    pub async fn list_members(&self, admitted: &Admitted, paging: &Paging) -> Result<Listed<Member>> {
        admitted.must_be(Operation::MemberList)?;
        let result = self.list_records(admitted, RecordKind::Member, paging, Record::member).await;
        self.noted(admitted, "members", result)
    }

    /// Gives a member another role. The caller must manage both the old and the new one.
    pub async fn update_member(
        &self,
        admitted: &Admitted,
        id: MemberId,
        role: NewRole,
    ) -> Result<Written<Member>> {
        admitted.must_be(Operation::MemberUpdate)?;
        let name = &id.to_string();
        let written = self
            .once(admitted, &[name.as_bytes(), role.as_str().as_bytes()], |scope| async move {
                let scope = &scope;
                let (mut member, version) = self.managed(scope, id).await?;
                if !may_manage(scope, role) {
                    return Err(Error::Forbidden(format!(
                        "your role does not allow you to make somebody an {role}"
                    )));
                }
                let mut edits = self.keep_an_owner(scope, &member, role == Role::Owner).await?;
                member.role = role;
                edits.push(put(Key::Member(id), Expect::At(version), Record::Member(member.clone())));
                Ok(Plan { edits, effect: Effect::MemberChanged { member }, target: name.clone() })
            })
            .await?;
        let Effect::MemberChanged { member } = written.value else { return Err(unexpected()) };
        Ok(Written { value: member, replayed: written.replayed })
    }

    /// Removes a member. His tokens stop working with the next request.
    pub async fn remove_member(&self, admitted: &Admitted, id: MemberId) -> Result<Written<()>> {
        admitted.must_be(Operation::MemberRemove)?;
        let name = &id.to_string();
        let written = self
            .once(admitted, &[name.as_bytes()], |scope| async move {
                let scope = &scope;
                let (member, version) = self.managed(scope, id).await?;
                let mut edits = self.keep_an_owner(scope, &member, false).await?;
                edits.push(delete(Key::Member(id), version));
                edits.push(Edit {
                    key: Key::Email(member.email),
                    expect: Expect::Any,
                    change: Change::Delete,
                });
                Ok(Plan { edits, effect: Effect::Removed, target: name.clone() })
            })
            .await?;
        Ok(written.map(|_| ()))
    }

    /// The member `id`, whom the caller must manage.
    async fn managed(&self, scope: &Scope, id: MemberId) -> Result<(Member, Version)> {
        let stored = self.inner.ledger.get_many(scope, &[Key::Member(id)]).await?.pop().flatten();
        let stored = stored.ok_or_else(|| Error::not_found("member"))?;
        let member = stored.record.member().ok_or_else(unexpected)?;
        if may_manage(scope, member.role) {
            Ok((member, stored.version))
        } else {
            Err(Error::Forbidden(format!("your role does not allow you to change an {}", member.role)))
        }
    }

    /// Checks that the tenant keeps an owner when `member` is one and will not stay one; answers the check on another owner that
    /// makes it true at the moment of the commit, too.
    async fn keep_an_owner(&self, scope: &Scope, member: &Member, stays: bool) -> Result<Vec<Edit>> {
        if member.role != Role::Owner || stays {
            return Ok(Vec::new());
        }
        let mut after: Option<String> = None;
        loop {
            let found = self.inner.ledger.list(scope, RecordKind::Member, after.as_deref(), 200).await?;
            let Some((last, _)) = found.last() else { return Err(Error::LastOwner) };
            after = Some(last.clone());
            for (_, stored) in found {
                let other = stored.record.member().ok_or_else(unexpected)?;
                if other.role == Role::Owner && other.id != member.id {
                    return Ok(vec![check(Key::Member(other.id), stored.version)]);
                }
            }
        }
    }

    /// Records of one kind that `take` makes an item of, in the order of their ids.
    pub(crate) async fn list_records<T>(
        &self,
        admitted: &Admitted,
        kind: RecordKind,
        paging: &Paging,
        take: impl Fn(Record) -> Option<T>,
    ) -> Result<Listed<T>> {
        let take = &take;
        self.list_parts(admitted, kind, paging, |records| async move {
            Ok(records.into_iter().map(take).collect())
        })
        .await
    }

    /// As [`Self::list_records`]; `take` is given many records at a time and answers for each. Where few of very many are
    /// items, a part of the list has fewer than it may have: none takes longer than [`MOST_SEEN`] records do.
    pub(super) async fn list_parts<T, F>(
        &self,
        admitted: &Admitted,
        kind: RecordKind,
        paging: &Paging,
        take: impl Fn(Vec<Record>) -> F,
    ) -> Result<Listed<T>>
    where
        F: Future<Output = Result<Vec<Option<T>>>>,
    {
        let list = format!("{kind:?} {}", admitted.scope.tenant());
        let mut after = paging.after_text(&list)?;
        let (mut items, mut seen, mut is_last) = (Vec::new(), 0, false);
        while items.len() <= paging.limit && seen < MOST_SEEN && !is_last {
            let found = self.inner.ledger.list(&admitted.scope, kind, after.as_deref(), Paging::MOST).await?;
            is_last = found.len() < Paging::MOST;
            seen += found.len();
            after = found.last().map(|(name, _)| name.clone());
            let (names, records): (Vec<String>, Vec<Record>) =
                found.into_iter().map(|(name, stored)| (name, stored.record)).unzip();
            let taken = names.into_iter().zip(take(records).await?);
            items.extend(taken.filter_map(|(name, item)| Some((name, item?))));
        }
        items.truncate(paging.limit + 1);
        let listed = Listed::page(&list, items, paging);
        let next = match listed.next {
            None if !is_last => after.map(|last| cursor(&list, last.as_bytes())),
            next => next,
        };
        Ok(Listed { next, ..listed })
    }
}

/// Most records looked at for one part of a list.
const MOST_SEEN: usize = 2000;
