//! Opaque bearer tokens and invite codes: recognisable, checksummed, and kept only as hashes.

mod format;
mod record;
mod secret;

pub use format::{BadToken, Bearer, BearerToken, Credential, CredentialKey, InviteCode};
pub use record::Token;
pub use secret::SecretHash;
