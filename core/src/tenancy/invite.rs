//! Invitations to become a member.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Email, Role};
use crate::id::InviteId;
use crate::token::SecretHash;

/// An invitation. Its code is shown once and kept only as a hash; it works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Names the invite.
    pub id: InviteId,
    /// Who is invited.
    pub email: Email,
    /// The role the member will have.
    pub role: Role,
    /// Hash of the code's secret.
    pub hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on the code is refused.
    pub expires_at: Timestamp,
}

impl Invite {
    /// How long a code works, hours.
    pub const LIFETIME_HOURS: i64 = 7 * 24;

    /// Whether the code can still be used at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
