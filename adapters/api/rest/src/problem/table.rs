//! The kinds of problems: one table, from which answers, documentation and the API description are made.

use http::StatusCode;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemKind {
    /// The last part of `type`: `/problems/<slug>`.
    pub slug: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What `title` says.
    pub title: &'static str,
    /// When it is answered, and what to do.
    pub about: &'static str,
}

macro_rules! table {
    ($($name:ident = $slug:literal $status:ident $title:literal, $about:literal;)*) => {
        /// A kind of problem. Its row in the table is [`Slug::kind`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Slug {
            $(#[doc = $about] $name,)*
        }

        impl Slug {
            /// Its row in the table.
            pub const fn kind(self) -> ProblemKind {
                match self {
                    $(Self::$name => ProblemKind {
                        slug: $slug,
                        status: StatusCode::$status.as_u16(),
                        title: $title,
                        about: $about,
                    },)*
                }
            }

            /// Its HTTP status.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }
        }

        const ALL: &[ProblemKind] = &[$(Slug::$name.kind(),)*];
    };
}

table! {
    Malformed = "malformed" BAD_REQUEST "The request cannot be read",
        "A header, a query parameter or the body is not of the form it must have. `errors` names the query parameters at fault.";
    BadCursor = "bad-cursor" BAD_REQUEST "The cursor is not one of this list",
        "`after` takes only what an answer of the same list gave out as `next`. Begin again without it.";
    Unauthenticated = "unauthenticated" UNAUTHORIZED "A valid token is needed",
        "The token is missing, unknown, expired or revoked.";
    Forbidden = "forbidden" FORBIDDEN "Your role does not allow this",
        "The detail names the role it needs. Somebody with that role can do it, or give it to you.";
    TenantSuspended = "tenant-suspended" FORBIDDEN "This tenant is suspended",
        "Its operator suspended it and can reinstate it.";
    NotFound = "not-found" NOT_FOUND "Not found",
        "It does not exist, or you may not see it. A page that was deleted names the commit in `deleted_in`.";
    SectionNotFound = "section-not-found" NOT_FOUND "The page has no such section",
        "No section has this path, or several have it and need their numbers. `candidates` names sections that may be meant; `view=outline` names all.";
    InviteInvalid = "invite-invalid" NOT_FOUND "This invite code cannot be used",
        "It is unknown, used, withdrawn or expired. Ask for a new one.";
    MethodNotAllowed = "method-not-allowed" METHOD_NOT_ALLOWED "This path does not take that method",
        "The header `Allow` names the methods it takes.";
    PageConflict = "page-conflict" CONFLICT "The change contradicts what others wrote",
        "The page was changed since the base in the same places; nothing was written. `base`, `theirs` and `yours` name the versions, `hunks` the places with each side's text. Make the change anew on the current text, and send that with the current version as its base; the same body with another base would undo what others wrote.";
    RevertConflict = "revert-conflict" CONFLICT "What is to be undone was changed since",
        "`conflicts` names each file with the places that contradict; nothing was changed. Undo the later changes first, or edit the pages by hand.";
    PathCollision = "path-collision" CONFLICT "The path collides with another",
        "Some file systems would not tell the two apart, or one would have to be a folder and a file. Choose another path.";
    SlugTaken = "slug-taken" CONFLICT "This id is taken",
        "It is another tenant's or wiki's, or was a tenant's once. Choose another.";
    NotEmpty = "not-empty" CONFLICT "The wiki is not empty",
        "A history is imported into a wiki without content. Make a new wiki for it.";
    LastOwner = "last-owner" CONFLICT "A tenant keeps at least one owner",
        "Make another member an owner first.";
    MemberExists = "member-exists" CONFLICT "There is a member with this e-mail address",
        "An address is one member's. Use another, or change that member's role.";
    InProgress = "in-progress" CONFLICT "An import is filling this wiki",
        "Writes are refused until it has ended; try again then.";
    PageExists = "page-exists" PRECONDITION_FAILED "The page exists already",
        "`version`, `revision` and `author` tell how it is now. To change it, send `If-Match` with its version. A renaming onto it answers 409.";
    StaleBase = "stale-base" PRECONDITION_FAILED "The page is not at that base",
        "`version`, `revision` and `author` tell how it is now (null where it is absent). Read it again and make the change on its current text.";
    TooLarge = "too-large" PAYLOAD_TOO_LARGE "Too many bytes",
        "The detail names the limit.";
    UriTooLong = "uri-too-long" URI_TOO_LONG "The URI is too long",
        "The detail names the limit. Nothing that exists has such a long URI.";
    UnsupportedMediaType = "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE "The body is of another type",
        "The detail names the `Content-Type` that is taken; `Accept-Encoding`, where it is sent, the `Content-Encoding`. Of a file: its first bytes are not what its extension says.";
    RangeNotSatisfiable = "range-not-satisfiable" RANGE_NOT_SATISFIABLE "There are no such bytes",
        "`Content-Range` tells how many the file has.";
    Invalid = "invalid" UNPROCESSABLE_ENTITY "What was sent breaks a rule",
        "`errors` names each place (a JSON pointer, `?name` for a query parameter, empty for the path or the whole) with what is wrong there.";
    EditNotApplied = "edit-not-applied" UNPROCESSABLE_ENTITY "An edit does not fit the page",
        "`edits` names each edit that fits nowhere or in several places, with the places that may be meant; none of the edits was made.";
    KeyReused = "key-reused" UNPROCESSABLE_ENTITY "The Idempotency-Key was used for another request",
        "A key names one request: method, path, body and base. A new request needs a new key.";
    BaseRequired = "base-required" PRECONDITION_REQUIRED "The change must name its base",
        "The page exists. Send `If-Match` with the version the change was made on; `version` tells the current one.";
    HeaderTooLarge = "header-too-large" REQUEST_HEADER_FIELDS_TOO_LARGE "The header is too large",
        "The detail names the limits.";
    Internal = "internal" INTERNAL_SERVER_ERROR "Something went wrong on this side",
        "A defect, or damaged data. The request id (`instance`) names it in the server's log.";
    Unavailable = "unavailable" SERVICE_UNAVAILABLE "Out of service for now",
        "Try again after the seconds in `Retry-After`; a write with the same Idempotency-Key, so that it is done once.";
}

impl Slug {
    /// The last part of `type`.
    pub const fn as_str(self) -> &'static str {
        self.kind().slug
    }

    /// What `title` says.
    pub const fn title(self) -> &'static str {
        self.kind().title
    }
}

/// All kinds of problems, by status.
pub const fn problems() -> &'static [ProblemKind] {
    ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_in_the_order_of_their_statuses() {
        for pair in problems().windows(2) {
            assert!(pair[0].status <= pair[1].status || pair[1].status == 503, "{}", pair[1].slug);
        }
        let mut slugs: Vec<_> = problems().iter().map(|kind| kind.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), problems().len());
    }
}
