//! What is kept of a token.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SecretHash;
use crate::id::{MemberId, TokenId};
use crate::tenancy::DisplayName;

/// A token's record. Revoking a token deletes its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Names the token.
    pub id: TokenId,
    /// Whose authority it carries.
    pub member: MemberId,
    /// What its owner calls it.
    pub name: DisplayName,
    /// Hash of its secret.
    pub hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused; never, where absent.
    pub expires_at: Option<Timestamp>,
}
