//! Use cases around tenants and the people in them.

mod invites;
mod members;
mod setup;
mod tenants;
mod tokens;

use secrecy::SecretString;

pub use invites::{NewInvite, Redeem, Redeemed};
pub use members::NewRole;
pub use setup::{DEMO_TENANT, Setup};
pub use tenants::{Maybe, NewTenant, TenantChange};
pub(crate) use tenants::{delete, put, unexpected};
pub use tokens::NewToken;

/// Something with a secret that is shown once: absent in a replay.
#[derive(Debug)]
pub struct WithSecret<T> {
    /// The thing.
    pub value: T,
    /// Its secret's text, the first time.
    pub secret: Option<SecretString>,
}
