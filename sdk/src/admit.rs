//! Admission: the one way into every use case.

use std::sync::Arc;

use portolan_core::access::{self, Operation, Refusal, Target};
use portolan_core::audit::Outcome;
use portolan_core::token::BearerToken;

use crate::{Admitted, Call, Error, Place, Portolan, Result};

impl Portolan {
    /// Admits the bearer of `bearer` to `operation` in `place`, or refuses. Everything it rests on is read afresh, in one
    /// round trip, on every call, so a revocation is in force on the next one.
    ///
    /// Refusals are audited in the bearer's tenant. A wiki that does not exist is no refusal yet: the use case says so
    /// after everything else about the request was checked.
    pub async fn admit(
        &self,
        bearer: Arc<BearerToken>,
        operation: Operation,
        place: Place,
        call: Call,
    ) -> Result<Admitted> {
        let known =
            self.inner.ledger.admit(&bearer.key(), place.tenant.as_ref(), place.wiki.as_ref()).await?;
        let target = place.tenant.as_ref().map_or(Target::Home, Target::Tenant);
        let admission = known.as_ref().map(|known| &known.admission);
        match (access::admit(&bearer, admission, target, operation, self.now()), known) {
            (Ok(scope), Some(known)) => {
                let admission = known.admission;
                self.inner.reads.used(scope.principal().home, admission.token.0.id, self.now());
                Ok(Admitted {
                    bearer,
                    scope,
                    operation,
                    place,
                    call,
                    member: admission.member.0,
                    token: admission.token.0,
                    home: admission.home.0,
                    target: admission.target,
                    wiki: known.wiki,
                })
            }
            (Err(refusal), _) => Err(self.refused(&refusal, operation, &place, &call)),
            (Ok(_), None) => Err(Error::Internal("admitted without a credential".into())),
        }
    }

    /// The same admission, read afresh: for a write whose authority has changed since it was admitted.
    pub(crate) async fn admit_again(&self, admitted: &Admitted) -> Result<Admitted> {
        let Admitted { bearer, operation, place, call, .. } = admitted.clone();
        self.admit(bearer, operation, place, call).await
    }

    fn refused(&self, refusal: &Refusal, operation: Operation, place: &Place, call: &Call) -> Error {
        let error = Error::from(refusal);
        let (by, reason) = match refusal {
            Refusal::Unauthenticated => return error,
            Refusal::TenantAccessViolation { by } => (by, "tenant-access-violation"),
            Refusal::NoSuchTenant { by } | Refusal::NotForOperators { by } => (by, "not-found"),
            Refusal::TenantSuspended { by } => (by, "tenant-suspended"),
            Refusal::Forbidden { by, .. } => (by, "forbidden"),
        };
        let tenant = place.tenant.as_ref().map_or_else(String::new, ToString::to_string);
        let target = place.wiki.as_ref().map_or(tenant.clone(), |wiki| format!("{tenant}/{wiki}"));
        self.inner.reads.note(by, operation, &target, Outcome::Refused, Some(reason), call, self.now());
        error
    }

    /// Notes a read, or a refusal with its reason, in the audit's groups.
    pub(crate) fn note(
        &self,
        admitted: &Admitted,
        target: &str,
        outcome: Outcome,
        reason: Option<&'static str>,
    ) {
        let Admitted { scope, operation, call, .. } = admitted;
        self.inner.reads.note(scope, *operation, target, outcome, reason, call, self.now());
    }

    /// Notes how a use case ended, and passes its result on: a read that was done, or anything that was refused.
    pub(crate) fn noted<T>(&self, admitted: &Admitted, target: &str, result: Result<T>) -> Result<T> {
        match &result {
            Ok(_) => self.note(admitted, target, Outcome::Done, None),
            Err(error) => {
                if let Some(reason) = error.reason() {
                    self.note(admitted, target, Outcome::Refused, Some(reason));
                }
            }
        }
        result
    }
}
