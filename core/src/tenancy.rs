//! Tenants, their members and invites.

mod invite;
mod member;
mod slug;
mod tenant;
mod text;

pub use invite::Invite;
pub use member::{Member, Role};
pub use slug::{BadSlug, PLATFORM, TenantSlug};
pub use tenant::{Tenant, TenantStatus, Tier, Usd};
pub use text::{BadText, DisplayName, Email};
