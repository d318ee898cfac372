//! Why a use case did not do what was asked.

use std::borrow::Cow;
use std::fmt::Display;

use portolan_core::access::Refusal;
use portolan_core::git::Oid;
use portolan_core::text::merge::Conflict;
use portolan_core::wiki::edit::{Candidate, NotApplied};
use portolan_core::wiki::path::BadPath;
use portolan_ports::index::Author;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that is wrong with a request, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the body, or `?name` for a query parameter; empty for the whole.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, message: impl Display) -> Self {
        Self { pointer: pointer.into(), message: message.to_string() }
    }
}

/// The page as it is now, told to somebody whose condition does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Current {
    /// The blob of its text; none where the page is absent.
    pub version: Option<Oid>,
    /// The commit that last changed it.
    pub revision: Option<Oid>,
    /// Who made that commit.
    pub author: Option<Author>,
}

/// One side of a conflict: a version of the page, as far as it is one.
pub type Side = Current;

/// A change that contradicts what the page has become since its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageConflict {
    /// What the change was made on.
    pub base: Side,
    /// The page as it is now.
    pub theirs: Side,
    /// What the change makes of the base: not stored.
    pub yours: Side,
    /// The places where they contradict.
    pub hunks: Vec<Conflict>,
}

/// A file in which commits cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathConflict {
    /// The path, of a page without `.md`.
    pub path: String,
    /// The places: base is what the commit made, theirs what is there now, yours what was there before the commit.
    pub hunks: Vec<Conflict>,
}

/// Why a use case did not do what was asked. Nothing has changed, unless it says so.
///
/// One table maps these to HTTP; a new one breaks it at compile time.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The credential is missing, unknown, expired or revoked.
    #[error("the token is not valid: unknown, expired or revoked")]
    Unauthenticated,
    /// It does not exist, or the caller may not see it.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for.
        what: Cow<'static, str>,
        /// For a page: the commit that deleted it.
        deleted_in: Option<Oid>,
    },
    /// No single section of the page has this path.
    #[error(
        "no section, or not just one, has the path {path:?}; paths are those of the outline, whole and case exact"
    )]
    SectionNotFound {
        /// The path, cut at 300 characters.
        path: String,
        /// Sections that may be meant, best first.
        candidates: Vec<Candidate>,
    },
    /// The caller's role does not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// The caller's tenant is suspended.
    #[error("this tenant is suspended; its operator can reinstate it")]
    TenantSuspended,
    /// What was sent breaks a rule.
    #[error("{}", faults(.0))]
    Invalid(Vec<Fault>),
    /// What was sent cannot be read at all.
    #[error("{0}")]
    Malformed(String),
    /// A cursor that was never given out.
    #[error("the cursor is not one this list has given out; begin again without `after`")]
    BadCursor,
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for another request; a new request needs a new key")]
    KeyReused,
    /// The invite code cannot be used.
    #[error("this invite code cannot be used: it is unknown, used, withdrawn or expired; ask for a new one")]
    InviteInvalid,
    /// The id is or was another tenant's, or another wiki's.
    #[error("the id {0:?} is taken; choose another")]
    SlugTaken(String),
    /// The address is a member's already.
    #[error("a member of this tenant has this e-mail address already")]
    MemberExists,
    /// A tenant keeps at least one owner.
    #[error("the last owner of a tenant cannot be removed or given a lesser role; make another owner first")]
    LastOwner,
    /// The wiki has content.
    #[error("the wiki is not empty; import into a new one")]
    NotEmpty,
    /// An import is filling the wiki.
    #[error("an import is filling this wiki; try again when it has ended")]
    InProgress,
    /// The page to be created exists.
    #[error("the page exists already; to change it, send If-Match with its version")]
    PageExists(Box<Current>),
    /// The page is not what the caller's base says.
    #[error(
        "the page or file has changed since the base given; read it again and make the change on what it is now"
    )]
    StaleBase(Box<Current>),
    /// A change of an existing page names no base.
    #[error("the page or file exists; to change it, send If-Match with the version the change was made on")]
    BaseRequired(Box<Current>),
    /// The page's new name is another page's.
    #[error("there is a page of this name already; choose another name, or delete that page first")]
    PageTaken(Box<Current>),
    /// A change made on an older text contradicts what the page has become since.
    #[error(
        "the page was changed since the base in the same places; nothing was written. Bring the two together: read `hunks`, make \
         the change anew on the current text, and send that with the current version as its base. The same body with the new \
         version would undo what others wrote"
    )]
    PageConflict(Box<PageConflict>),
    /// What a commit did cannot be undone, as it was changed since.
    #[error(
        "{} of the files were changed since in a way that contradicts undoing this, so nothing was changed; the first is {:?}",
        .0.len(), .0.first().map_or("", |conflict| conflict.path.as_str())
    )]
    RevertConflict(Vec<PathConflict>),
    /// Edits that do not fit the page.
    #[error(transparent)]
    EditNotApplied(Box<NotApplied>),
    /// A path that would not differ from another one on some file systems, or a file where a folder is needed.
    #[error("the path collides with {with:?}: {why}")]
    PathCollision {
        /// The path that is there.
        with: String,
        /// In what way they collide.
        why: &'static str,
    },
    /// A file whose first bytes are not what its extension says.
    #[error(
        "{name:?} does not look like {essence}: send what the extension says, or give it another extension"
    )]
    WrongType {
        /// The file's name.
        name: String,
        /// The media type that its extension stands for.
        essence: &'static str,
    },
    /// More bytes than allowed.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit, bytes.
        limit: u64,
    },
    /// Something the request needs is out of service for now.
    #[error("{0}")]
    Unavailable(Cow<'static, str>),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] portolan_ports::Error),
    /// A defect of Portolan.
    #[error("internal error: {0}")]
    Internal(Cow<'static, str>),
}

fn faults(faults: &[Fault]) -> String {
    let texts: Vec<String> = faults
        .iter()
        .map(|fault| {
            if fault.pointer.is_empty() {
                fault.message.clone()
            } else {
                format!("{}: {}", fault.pointer, fault.message)
            }
        })
        .collect();
    texts.join("; ")
}

impl Error {
    /// Something that is not there.
    pub fn not_found(what: impl Into<Cow<'static, str>>) -> Self {
        Self::NotFound { what: what.into(), deleted_in: None }
    }

    /// One broken rule.
    pub fn invalid(pointer: &str, message: impl Display) -> Self {
        Self::Invalid(vec![Fault::new(pointer, message)])
    }

    /// The reason under which the audit notes this refusal; none for failures, which are no refusals.
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unauthenticated => "unauthenticated",
            Self::NotFound { .. } => "not-found",
            Self::SectionNotFound { .. } => "section-not-found",
            Self::Forbidden(_) => "forbidden",
            Self::TenantSuspended => "tenant-suspended",
            Self::Invalid(_) => "invalid",
            Self::Malformed(_) => "malformed",
            Self::BadCursor => "bad-cursor",
            Self::KeyReused => "key-reused",
            Self::InviteInvalid => "invite-invalid",
            Self::SlugTaken(_) => "slug-taken",
            Self::MemberExists => "member-exists",
            Self::LastOwner => "last-owner",
            Self::NotEmpty => "not-empty",
            Self::InProgress => "in-progress",
            Self::PageExists(_) | Self::PageTaken(_) => "page-exists",
            Self::StaleBase(_) => "stale-base",
            Self::BaseRequired(_) => "base-required",
            Self::PageConflict(_) => "page-conflict",
            Self::RevertConflict(_) => "revert-conflict",
            Self::EditNotApplied(_) => "edit-not-applied",
            Self::PathCollision { .. } => "path-collision",
            Self::WrongType { .. } => "unsupported-media-type",
            Self::TooLarge { .. } => "too-large",
            Self::Unavailable(_) | Self::Port(_) | Self::Internal(_) => return None,
        })
    }
}

impl From<BadPath> for Error {
    fn from(bad: BadPath) -> Self {
        Self::invalid("", bad)
    }
}

impl From<&Refusal> for Error {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated => Self::Unauthenticated,
            Refusal::TenantAccessViolation { .. } | Refusal::NoSuchTenant { .. } => Self::not_found("tenant"),
            Refusal::TenantSuspended { .. } => Self::TenantSuspended,
            Refusal::Forbidden { .. } => Self::Forbidden(refusal.to_string()),
            Refusal::NotForOperators { .. } => Self::not_found("wiki"),
        }
    }
}

/// Tells one failure to everybody it concerns: errors cannot be cloned, because of the causes behind them, so the first
/// who is told gets the original and the others its public part.
pub(crate) fn again(error: Error) -> impl Fn() -> Error {
    let copy = error.copy();
    let original = std::cell::RefCell::new(Some(error));
    move || original.borrow_mut().take().unwrap_or_else(|| copy.copy())
}

impl Error {
    /// The same error without its cause.
    fn copy(&self) -> Self {
        match self {
            Self::Unauthenticated => Self::Unauthenticated,
            Self::NotFound { what, deleted_in } => {
                Self::NotFound { what: what.clone(), deleted_in: *deleted_in }
            }
            Self::SectionNotFound { path, candidates } => {
                Self::SectionNotFound { path: path.clone(), candidates: candidates.clone() }
            }
            Self::Forbidden(why) => Self::Forbidden(why.clone()),
            Self::TenantSuspended => Self::TenantSuspended,
            Self::Invalid(faults) => Self::Invalid(faults.clone()),
            Self::Malformed(why) => Self::Malformed(why.clone()),
            Self::BadCursor => Self::BadCursor,
            Self::KeyReused => Self::KeyReused,
            Self::InviteInvalid => Self::InviteInvalid,
            Self::SlugTaken(slug) => Self::SlugTaken(slug.clone()),
            Self::MemberExists => Self::MemberExists,
            Self::LastOwner => Self::LastOwner,
            Self::NotEmpty => Self::NotEmpty,
            Self::InProgress => Self::InProgress,
            Self::PageExists(current) => Self::PageExists(current.clone()),
            Self::StaleBase(current) => Self::StaleBase(current.clone()),
            Self::BaseRequired(current) => Self::BaseRequired(current.clone()),
            Self::PageTaken(current) => Self::PageTaken(current.clone()),
            Self::PageConflict(conflict) => Self::PageConflict(conflict.clone()),
            Self::RevertConflict(conflicts) => Self::RevertConflict(conflicts.clone()),
            Self::EditNotApplied(failures) => Self::EditNotApplied(failures.clone()),
            Self::PathCollision { with, why } => Self::PathCollision { with: with.clone(), why },
            Self::WrongType { name, essence } => Self::WrongType { name: name.clone(), essence },
            Self::TooLarge { what, limit } => Self::TooLarge { what, limit: *limit },
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            Self::Port(error) => {
                let copy = portolan_ports::Error::new(
                    error.kind,
                    error.adapter,
                    error.operation,
                    error.public.clone(),
                );
                Self::Port(copy.retry(error.retry))
            }
            Self::Internal(why) => Self::Internal(why.clone()),
        }
    }
}
