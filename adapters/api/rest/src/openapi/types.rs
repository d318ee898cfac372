//! Texts of a certain form that many answers have.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! texts {
    ($($name:ident = $about:literal, $example:literal, |$object:ident| $with:expr;)*) => {$(
        #[doc = $about]
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let $object = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($about))
                    .examples([$example]);
                $with.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

texts! {
    ObjectId = "The id of a git object: a version is a blob's, a revision a commit's.",
        "8ab686eafeb1f44702738c8b0f24f2567c36da6d", |object| object.pattern(Some("^[0-9a-f]{40}$"));
    Time = "A time in UTC (RFC 3339).", "2026-01-31T12:00:00Z",
        |object| object.format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)));
    Id = "An id in TypeID form.", "mem_01k0vb8yy6e2k9m8nq0c2g3h4j",
        |object| object.pattern(Some("^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$"));
    TenantId = "A tenant's id: 3 to 32 of a-z, 0-9 and single '-', beginning with a letter.", "acme",
        |object| object.pattern(Some("^[a-z](-?[a-z0-9])*$")).min_length(Some(3)).max_length(Some(32));
    WikiId = "A wiki's id.", "notes", |object| object.pattern(Some("^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"));
    PagePath = "A page's path, `/`-separated, without `.md`.", "Guides/Start", |object| object;
    FilePath = "A file's path, `/`-separated.", "img/logo.png", |object| object;
    Role = "What a member may do; each may do all that the ones before it may.", "editor",
        |object| object.enum_values(Some(["viewer", "editor", "admin", "owner"]));
    Tier = "What a tenant pays for.", "standard",
        |object| object.enum_values(Some(["basic", "standard", "premium", "unlimited"]));
    TenantStatus = "Whether a tenant works.", "active",
        |object| object.enum_values(Some(["active", "suspended", "deleted"]));
    AuthorKind = "What kind of author; `git` is whoever plain git says.", "member",
        |object| object.enum_values(Some(["member", "agent", "operator", "git"]));
    ActorKind = "What kind of principal.", "member",
        |object| object.enum_values(Some(["member", "agent", "operator", "invitee", "system"]));
    Change = "What a commit did to a path.", "modified",
        |object| object.enum_values(Some(["added", "modified", "deleted", "renamed"]));
    Op = "What a line of a hunk is.", "+", |object| object.enum_values(Some([" ", "-", "+"]));
    PathKind = "Whether a path is a page's or another file's.", "page",
        |object| object.enum_values(Some(["page", "file"]));
    SectionOp = "What is done to a section.", "append",
        |object| object.enum_values(Some(["replace", "prepend", "append", "insert_before", "insert_after"]));
    LinkKind = "What a link is to a reader.", "wiki",
        |object| object.enum_values(Some(["wiki", "markdown", "image"]));
    Outcome = "How something ended.", "done", |object| object.enum_values(Some(["done", "refused"]));
    ImportState = "How an import stands.", "done", |object| object.enum_values(Some(["running", "done", "failed"]));
}
