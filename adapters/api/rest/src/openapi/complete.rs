//! What is true of all operations, or of all of a kind, and so is not said by each.

use std::collections::BTreeMap;

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, PathItem, Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::bodies::{CandidateJson, FaultJson, Problem};
use super::{access, types};
use crate::problem::problems;

/// Operations that need no token.
const OPEN: [&str; 4] = ["health", "ready", "readProblem", "redeemInvite"];

/// Completes every operation, and the components they refer to.
pub(super) fn complete(api: &mut OpenApi) {
    let paths = std::mem::take(&mut api.paths.paths);
    for (path, mut item) in paths {
        for (method, operation) in operations(&mut item) {
            parameters(&path, method, operation);
            responses(&path, method, operation);
            let about = operation.description.take().map_or_else(String::new, |about| format!("{about}\n\n"));
            operation.description = Some(format!("{about}{}", access::who(id(operation))));
            if !OPEN.contains(&id(operation)) {
                let none: [&str; 0] = [];
                operation.security = Some(vec![SecurityRequirement::new("bearer", none)]);
            }
        }
        api.paths.paths.insert(path, item);
    }
    let components = api.components.get_or_insert_default();
    name_items(&mut components.schemas);
    components.schemas.insert("Problem".into(), Problem::schema());
    components.schemas.insert("Fault".into(), FaultJson::schema());
    components.schemas.insert("Candidate".into(), CandidateJson::schema());
    components.schemas.insert(types::ObjectId::name().into(), types::ObjectId::schema());
    components.schemas.insert(types::SearchMode::name().into(), types::SearchMode::schema());
}

/// Lists name what they are lists of, instead of saying it again.
fn name_items(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    for (name, schema) in schemas {
        if let Some(item) = name.strip_prefix("List_").or_else(|| name.strip_prefix("ListAt_"))
            && let RefOr::T(Schema::Object(list)) = schema
            && let Some(RefOr::T(Schema::Array(items))) = list.properties.get_mut("items")
        {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
}

fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?))).collect()
}

fn id(operation: &Operation) -> &str {
    operation.operation_id.as_deref().unwrap_or("")
}

/// Whether an operation may change something, and so takes a key.
fn changes(method: &str, operation: &Operation) -> bool {
    method != "GET" && !access::is_read(id(operation))
}

fn parameters(path: &str, method: &str, operation: &mut Operation) {
    let mut all = Vec::new();
    for name in path.split(['{', '}']).skip(1).step_by(2) {
        let (about, schema) = match name {
            "tenant" => ("The tenant's id.", types::TenantId::schema()),
            "wiki" => ("The wiki's id.", types::WikiId::schema()),
            "path" if id(operation).ends_with("File") => (
                "The file's path, each segment percent-encoded on its own; slashes between them as they are.",
                types::FilePath::schema(),
            ),
            "path" => (
                "The page's path, each segment percent-encoded on its own; slashes between them as they are.",
                types::PagePath::schema(),
            ),
            "slug" => ("The kind of problem.", text("stale-base")),
            _ => ("The id.", types::Id::schema()),
        };
        all.push(parameter(name, ParameterIn::Path, about, schema));
    }
    if id(operation).starts_with("list") || id(operation) == "searchPages" {
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(200))
            .default(Some(50.into()))
            .into();
        all.push(parameter("limit", ParameterIn::Query, "Most items.", limit));
        let cursor = text("R3VpZGVzL1N0YXJ0");
        all.push(parameter("after", ParameterIn::Query, "`next` of the part before.", cursor));
    }
    if changes(method, operation) {
        let about = "Makes repeating the request harmless: the first answer is given again. One key names one request, for 24 hours.";
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(255))
            .examples(["0197f7a1-c3b2-7c2e-8f0d-4d1b2a3c4d5e"])
            .into();
        all.push(parameter("Idempotency-Key", ParameterIn::Header, about, key));
    }
    let about = "Names the request in answer, log and audit; a new one is made where it is absent.";
    let request_id = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9._-]{1,128}$"))
        .examples(["my-request-1"])
        .into();
    all.push(parameter("X-Request-Id", ParameterIn::Header, about, request_id));
    let said = operation.parameters.get_or_insert_default();
    said.retain(|one| !matches!(one, RefOr::T(one) if one.parameter_in == ParameterIn::Path));
    for one in said.iter_mut() {
        if let RefOr::T(one) = one {
            one.schema = one.schema.take().map(not_null);
        }
    }
    said.extend(all.into_iter().map(RefOr::T));
}

/// The same without null: a parameter is there or it is not.
fn not_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &object.schema_type
                && let Some(kind) = types.iter().find(|kind| **kind != Type::Null)
            {
                object.schema_type = SchemaType::Type(kind.clone());
            }
            object.into()
        }
        RefOr::T(Schema::OneOf(choice)) => {
            let named = choice.items.iter().find(|item| matches!(item, RefOr::Ref(_))).cloned();
            named.unwrap_or(RefOr::T(Schema::OneOf(choice)))
        }
        other => other,
    }
}

fn parameter(name: &str, place: ParameterIn, about: &str, schema: RefOr<Schema>) -> Parameter {
    let required = if matches!(place, ParameterIn::Path) { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

fn text(example: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).examples([example]).into()
}

/// The statuses that an operation may refuse with.
fn refusals(path: &str, method: &str, operation: &Operation) -> Vec<u16> {
    let id = id(operation);
    let has_body = operation.request_body.is_some();
    let mut all = vec![400, 500, 503];
    if matches!(id, "health" | "ready") {
        return all;
    }
    all.push(404);
    if id == "readProblem" {
        return all;
    }
    if id != "redeemInvite" {
        all.push(401);
    }
    all.push(403);
    if has_body {
        all.extend([413, 415]);
    }
    // A path may break the rules of paths.
    if method != "GET" || id.contains("Page") || path.contains("{path}") {
        all.push(422);
    }
    if id == "readFile" {
        all.push(416);
    }
    if changes(method, operation) {
        all.push(409);
    }
    if matches!(id, "putPage" | "editPage" | "renamePage" | "deletePage" | "putFile" | "deleteFile") {
        all.extend([412, 428]);
    }
    all
}

fn responses(path: &str, method: &str, operation: &mut Operation) {
    for status in refusals(path, method, operation) {
        let slugs = problems().iter().filter(|kind| kind.status == status);
        let texts: Vec<String> = slugs.map(|kind| format!("`{}`: {}.", kind.slug, kind.title)).collect();
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let mut response = ResponseBuilder::new()
            .description(texts.join(" "))
            .content("application/problem+json", content)
            .build();
        let header = match status {
            401 => {
                Some(("WWW-Authenticate", "`Bearer`, with `error=\"invalid_token\"` where a token was sent."))
            }
            503 => Some(("Retry-After", "Seconds after which another try makes sense.")),
            _ => None,
        };
        if let Some((name, about)) = header {
            describe(&mut response, name, about);
        }
        operation.responses.responses.insert(status.to_string(), RefOr::T(response));
    }
    let changes = changes(method, operation);
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        describe(response, "X-Request-Id", "The request's id.");
        if changes && status.starts_with('2') {
            describe(response, "Idempotency-Replayed", "`true` where this is the first answer again.");
        }
        if matches!(status.as_str(), "201" | "202" | "308")
            && id_makes_location(operation.operation_id.as_deref())
        {
            describe(response, "Location", "Where it is found.");
        }
    }
}

/// Whoever redeems a code is told no address.
fn id_makes_location(id: Option<&str>) -> bool {
    id != Some("redeemInvite")
}

fn describe(response: &mut Response, name: &str, about: &str) {
    let schema: RefOr<Schema> = ObjectBuilder::new().schema_type(Type::String).into();
    let header = HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build();
    response.headers.insert(name.to_owned(), header.into());
}
