//! The API's description (OpenAPI 3.1): what the handlers say about themselves, completed with what is true of all of them.

mod access;
pub(crate) mod bodies;
mod complete;
pub(crate) mod types;

use utoipa::openapi::external_docs::ExternalDocs;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder,
    Tag,
};

const ABOUT: &str = "Pages in git, for people and agents: every write is done exactly once, attributed and audited.

Errors are `application/problem+json` (RFC 9457); `type` is `/problems/<slug>`. Every answer carries `X-Request-Id`. \
HEAD is answered wherever GET is. Unknown members of a body (422) and unknown query parameters (400) are refused by name.";

const TAGS: [(&str, &str); 8] = [
    ("server", "Whether the server works, and who one is."),
    ("tenants", "Tenants, their members, invites and tokens."),
    ("audit", "What happened: chained by hashes, so that nothing can be taken out unseen."),
    ("wikis", "Wikis, with their whole history coming in and going out."),
    ("pages", "Pages: texts with versions. A change names the version it was made on."),
    ("files", "Files that are no pages: pictures, documents, whatever goes with the texts."),
    ("links", "What pages link to, and what links to them; resolved with the pages that there are now."),
    ("history", "What was changed when, by whom and why."),
];

/// The description of everything that [`crate::router()`] serves, but for the metrics.
pub fn openapi() -> OpenApi {
    let mut api = crate::router::routes().into_openapi();
    complete::complete(&mut api);
    api
}

/// What the description begins with.
pub(crate) fn description() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Portolan")
        .version("1")
        .description(Some(ABOUT))
        .contact(Some(ContactBuilder::new().name(Some("Portolan")).build()))
        .license(Some(
            LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
        ))
        .build();
    let tags = TAGS.map(|(name, about)| {
        let mut tag = Tag::new(name);
        tag.description = Some(about.into());
        tag
    });
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").description(Some("This server")).build()]))
        .tags(Some(tags))
        .components(Some(ComponentsBuilder::new().security_scheme("bearer", bearer).build()))
        .external_docs(None::<ExternalDocs>)
        .build()
}
