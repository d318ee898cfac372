//! What is kept of a request that had an effect, so that its repetition is answered and not done.

use jiff::Timestamp;
use portolan_core::git::Oid;
use portolan_core::id::ImportId;
use portolan_core::idempotency::Fingerprint;
use portolan_core::tenancy::{Invite, Member, Tenant};
use portolan_core::token::Token;
use portolan_core::wiki::Wiki;
use portolan_core::wiki::path::{FilePath, PagePath};
use serde::{Deserialize, Serialize};

/// A receipt: at most 4 KiB, never a body, never a secret. The answer is rendered from it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What was asked.
    pub fingerprint: Fingerprint,
    /// What was done.
    pub effect: Effect,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// What a request did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Effect {
    /// Made a tenant, with an invite for its owner.
    TenantCreated {
        /// The tenant.
        tenant: Tenant,
        /// The invite.
        invite: Invite,
    },
    /// Changed a tenant, or found nothing to change.
    TenantChanged {
        /// The tenant after it.
        tenant: Tenant,
    },
    /// Made an invite.
    InviteCreated {
        /// The invite.
        invite: Invite,
    },
    /// Made a member and his first token from an invite.
    Redeemed {
        /// The member.
        member: Member,
        /// The token.
        token: Token,
    },
    /// Changed a member.
    MemberChanged {
        /// The member after it.
        member: Member,
    },
    /// Made a token.
    TokenCreated {
        /// The token.
        token: Token,
    },
    /// Made a wiki.
    WikiCreated {
        /// The wiki.
        wiki: Wiki,
    },
    /// Brought a deleted wiki back.
    WikiReinstated {
        /// The wiki.
        wiki: Wiki,
        /// Its newest commit.
        head: Option<Oid>,
    },
    /// Removed something; there is nothing to show.
    Removed,
    /// Wrote a page.
    PageWritten(PageEffect),
    /// Deleted a page.
    PageDeleted {
        /// The commit that deleted it.
        revision: Oid,
        /// The wiki's head after it.
        head: Oid,
    },
    /// Wrote a file that is no page.
    FileWritten(FileEffect),
    /// Deleted a file that is no page.
    FileDeleted {
        /// The commit that deleted it.
        revision: Oid,
        /// The wiki's head after it.
        head: Oid,
    },
    /// Renamed a page. Which pages were rewritten, the commit tells.
    PageRenamed {
        /// Its path before.
        from: PagePath,
        /// Its path after.
        to: PagePath,
        /// The commit, which is also the wiki's head after it.
        revision: Oid,
    },
    /// Undid commits, or found nothing left of them. Which paths were changed, the commit tells.
    Reverted {
        /// The commit; none where there was nothing to change.
        revision: Option<Oid>,
        /// The wiki's head after it.
        head: Oid,
    },
    /// Started an import.
    ImportStarted {
        /// The import.
        import: ImportId,
    },
}

/// What a page write did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEffect {
    /// The page.
    pub path: PagePath,
    /// Its text after it.
    pub version: Oid,
    /// Its text before it; none where it was created.
    pub previous: Option<Oid>,
    /// The commit that last changed it.
    pub revision: Oid,
    /// Whether there was anything to change.
    pub changed: bool,
    /// Whether the page was created.
    pub created: bool,
    /// Whether the page had changed since the base, so that the change was merged into it.
    #[serde(default)]
    pub merged: bool,
    /// The wiki's head after it.
    pub head: Oid,
}

/// What the write of a file that is no page did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEffect {
    /// The file.
    pub path: FilePath,
    /// Its content after it.
    pub version: Oid,
    /// Its size, bytes.
    pub bytes: u64,
    /// The commit that last changed it.
    pub revision: Oid,
    /// Whether there was anything to change.
    pub changed: bool,
    /// Whether the file was created.
    pub created: bool,
    /// The wiki's head after it.
    pub head: Oid,
}
