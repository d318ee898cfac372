//! The answer to a deletion of a page or file.

use portolan::core::git::Oid;
use portolan::{Deleted, Written};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, With as _, ok};
use crate::openapi::types;

/// What a deletion did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deleted)]
pub(crate) struct DeletedJson {
    #[schema(value_type = types::ObjectId)]
    revision: Oid,
    #[schema(value_type = types::ObjectId)]
    head: Oid,
}

/// Tells what was done.
pub(crate) fn deleted(written: &Written<Deleted>) -> Answer {
    let Deleted { revision, head } = written.value;
    Ok(ok(&DeletedJson { revision, head })?.replayed(written.replayed))
}
