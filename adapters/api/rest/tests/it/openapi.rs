//! The API's description says what the API does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Server, WIKI, text};

fn description() -> Value {
    serde_json::to_value(portolan_api_rest::openapi()).unwrap()
}

/// Each operation: path, method and what is said of it.
fn operations(api: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    all
}

#[test]
fn every_operation_is_described_in_full() {
    let api = description();
    assert!(text(&api["openapi"]).starts_with("3.1"));
    let tags: BTreeSet<String> =
        api["tags"].as_array().unwrap().iter().map(|tag| text(&tag["name"])).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&api) {
        let name = format!("{method} {path}");
        assert!(ids.insert(text(&operation["operationId"])), "{name}");
        assert!(operation["summary"].is_string(), "{name}");
        assert!(operation["tags"].as_array().unwrap().iter().all(|tag| tags.contains(&text(tag))), "{name}");
        let parameters = operation["parameters"].as_array().unwrap();
        let mut names: Vec<String> =
            parameters.iter().map(|one| format!("{} {}", one["in"], one["name"])).collect();
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{name}: {names:?}");
        for part in path.split(['{', '}']).skip(1).step_by(2) {
            let known = parameters
                .iter()
                .any(|one| one["name"] == part && one["in"] == "path" && one["required"] == true);
            assert!(known, "{name}: {part}");
        }
        let needed = parameters.iter().filter(|one| one["required"] == true && one["in"] != "path");
        let needed: Vec<_> = needed.map(|one| text(&one["name"])).collect();
        // A search without a query is no search.
        let expected: &[&str] = if operation["operationId"] == "searchPages" { &["q"] } else { &[] };
        assert_eq!(needed, expected, "{name}");
        let key = parameters.iter().any(|one| one["name"] == "Idempotency-Key");
        let reads = method == "GET" || operation["operationId"] == "readPages";
        assert_eq!(key, !reads, "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        // Any path may break the rules of paths.
        assert!(!path.contains("{path}") || responses.contains_key("422"), "{name}");
        let secured = operation.get("security").is_some();
        assert_eq!(secured, responses.contains_key("401"), "{name}");
        for (status, response) in responses {
            assert!(response["headers"]["X-Request-Id"].is_object(), "{name} {status}");
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"];
                assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{name} {status}");
            }
        }
    }
    assert!(ids.contains("putPage") && ids.contains("exportAudit"));
    let file = &api["paths"]["/v1/tenants/{tenant}/wikis/{wiki}/files/{path}"]["get"]["responses"];
    assert!(file["200"]["content"]["*/*"].is_object() && file["206"]["content"]["*/*"].is_object(), "{file}");
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(api: &Value, value: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(api.pointer(pointer).is_some(), "{reference}");
                }
                map.values().for_each(|value| walk(api, value));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(api, value)),
            _ => {}
        }
    }
    let api = description();
    walk(&api, &api);
}

#[tokio::test]
async fn every_operation_is_there() {
    let server = Server::new().await;
    for (path, method, _) in operations(&description()) {
        let path = path
            .replace("{tenant}", "demo")
            .replace("{wiki}", "notes")
            .replace("{path}", "a/b")
            .replace("{slug}", "invalid");
        let path = path.replace("{id}", "x");
        let reply = server.ask(&method, &path).body("x").send().await;
        assert_ne!(reply.status, 405, "{method} {path}");
        let told = String::from_utf8_lossy(&reply.body);
        assert!(!told.contains("Such a path"), "{method} {path}: {told}");
    }
}

#[tokio::test]
async fn every_operation_refuses_an_unknown_parameter_by_name() {
    let server = Server::new().await;
    let api = description();
    let mut seen = 0;
    for (described, method, operation) in operations(&api) {
        let path = described
            .replace("{tenant}", "demo")
            .replace("{wiki}", "notes")
            .replace("{path}", "a")
            .replace("{slug}", "invalid")
            .replace("{id}", "x");
        let id = text(&operation["operationId"]);
        let about_tenants = [
            "createTenant",
            "listTenants",
            "updateTenant",
            "deleteTenant",
            "suspendTenant",
            "reinstateTenant",
        ];
        let token = if about_tenants.contains(&id.as_str()) { &server.operator } else { &server.owner };
        let ask = |query: &str| {
            let content = operation["requestBody"]["content"].as_object();
            let ask = server.ask(&method, &format!("{path}?{query}")).token(token);
            match content.and_then(|content| content.keys().next()) {
                Some(kind) => ask.header("content-type", kind).body("{}"),
                None => ask,
            }
        };
        // What must be there is.
        let needed = if id == "searchPages" { "q=a&" } else { "" };
        for query in ["x=1", "x", "x=1&x=2"] {
            let reply = ask(&format!("{needed}{query}")).send().await;
            reply.problem(400, "malformed");
            assert!(reply.pointers().iter().all(|pointer| pointer == "?x"), "{id}: {:?}", reply.pointers());
        }
        let viewer = ask("x=1").token("x").send().await;
        if operation.get("security").is_some() {
            viewer.problem(401, "unauthenticated");
        }
        assert!(operation["responses"]["400"].is_object(), "{id}");
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

/// Checks that `value` has the members that its schema says, and no others.
fn check(api: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(Value::String(reference)) = schema.get("$ref") {
        return check(api, api.pointer(reference.strip_prefix('#').unwrap()).unwrap(), value, at);
    }
    if let Some(Value::Array(all)) = schema.get("oneOf") {
        let null = json!({"type": "null"});
        let fits: Vec<&Value> = all.iter().filter(|one| **one != null || value.is_null()).collect();
        if !value.is_null() && fits.len() == 1 {
            check(api, fits[0], value, at);
        }
        return;
    }
    let kinds: Vec<String> = match &schema["type"] {
        Value::String(kind) => vec![kind.clone()],
        Value::Array(kinds) => kinds.iter().map(text).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits =
        kinds.is_empty() || kinds.iter().any(|one| one == kind || (one == "number" && kind == "integer"));
    assert!(fits, "{at} is {kind}, not {kinds:?}");
    if let Value::Array(items) = value {
        for item in items {
            check(api, &schema["items"], item, &format!("{at}/0"));
        }
    }
    let (properties, required) = members(api, schema);
    if let (Value::Object(map), false) = (value, properties.is_empty()) {
        for name in &required {
            assert!(map.contains_key(name), "{at} has no {name}");
        }
        for (name, value) in map {
            let (_, schema) = properties
                .iter()
                .find(|(known, _)| known == name)
                .unwrap_or_else(|| panic!("{at}/{name} is not described"));
            check(api, schema, value, &format!("{at}/{name}"));
        }
    }
}

/// The members of an object schema, those of its `allOf` included, and which of them must be there.
fn members(api: &Value, schema: &Value) -> (Vec<(String, Value)>, Vec<String>) {
    if let Some(Value::String(reference)) = schema.get("$ref") {
        return members(api, api.pointer(reference.strip_prefix('#').unwrap()).unwrap());
    }
    let mut properties: Vec<(String, Value)> = Vec::new();
    let mut required: Vec<String> = Vec::new();
    if let Some(Value::Object(own)) = schema.get("properties") {
        properties.extend(own.iter().map(|(name, schema)| (name.clone(), schema.clone())));
    }
    if let Some(Value::Array(own)) = schema.get("required") {
        required.extend(own.iter().map(text));
    }
    if let Some(Value::Array(parts)) = schema.get("allOf") {
        for part in parts {
            let (more, needed) = members(api, part);
            properties.extend(more);
            required.extend(needed);
        }
    }
    (properties, required)
}

/// A request: its method, its path, how that is described, its body, and whether an operator makes it.
type Asked = (&'static str, String, String, Option<Value>, bool);

fn of_tenancy() -> Vec<Asked> {
    let new_tenant =
        json!({"id": "acme", "display_name": "A", "owner_email": "o@a", "monthly_budget_usd": 1.5});
    let invite = json!({"email": "j@x", "role": "viewer"});
    let mut asks: Vec<Asked> = vec![
        ("GET", "/v1/whoami".into(), "/v1/whoami".into(), None, false),
        ("POST", "/v1/tenants".into(), "/v1/tenants".into(), Some(new_tenant), true),
        ("GET", "/v1/tenants".into(), "/v1/tenants".into(), None, true),
    ];
    for (method, rest, body) in [
        ("GET", "", None),
        ("POST", "/invites", Some(invite)),
        ("GET", "/invites", None),
        ("GET", "/members", None),
        ("POST", "/tokens", Some(json!({"name": "x"}))),
        ("GET", "/tokens", None),
        ("GET", "/audit", None),
        ("GET", "/audit/verify", None),
        ("POST", "/wikis", Some(json!({"id": "w"}))),
        ("GET", "/wikis", None),
    ] {
        let paths = (format!("/v1/tenants/demo{rest}"), format!("/v1/tenants/{{tenant}}{rest}"));
        asks.push((method, paths.0, paths.1, body, false));
    }
    asks
}

fn of_a_wiki() -> Vec<Asked> {
    const DESCRIBED: &str = "/v1/tenants/{tenant}/wikis/{wiki}";
    let reads = json!({"paths": ["Guides/Start", "never"], "budget_bytes": 5});
    let edits = json!({"edits": [{"append": {"content": "x"}}]});
    let asks = [
        ("GET", "", "", None),
        ("GET", "/pages", "/pages", None),
        ("GET", "/pages/Guides/Start", "/pages/{path}", None),
        ("PUT", "/pages/new", "/pages/{path}", Some(json!({"content": "x"}))),
        ("PUT", "/pages/new", "/pages/{path}", Some(json!({"content": "y"}))),
        ("PATCH", "/pages/new", "/pages/{path}", Some(edits)),
        ("POST", "/renames", "/renames", Some(json!({"from": "new", "to": "newer"}))),
        ("POST", "/reverts", "/reverts", Some(json!({}))),
        ("GET", "/pages/Guides/Start?view=outline", "/pages/{path}", None),
        ("GET", "/pages/Guides/Start?lines=1-2", "/pages/{path}", None),
        ("GET", "/pages/Guides/Start?section=Headin", "/pages/{path}", None),
        ("POST", "/reads", "/reads", Some(reads)),
        ("GET", "/history/Guides/Start", "/history/{path}", None),
        ("GET", "/changes", "/changes", None),
        ("GET", "/diff", "/diff", None),
        ("GET", "/blame/Guides/Start", "/blame/{path}", None),
        ("GET", "/search?q=text", "/search", None),
        ("GET", "/links/Guides/Start", "/links/{path}", None),
        ("GET", "/graph?all", "/graph", None),
        ("GET", "/orphans", "/orphans", None),
        ("GET", "/broken-links", "/broken-links", None),
        ("GET", "/files", "/files", None),
    ];
    let asked = |(method, path, described, body): (&'static str, &str, &str, Option<Value>)| {
        (method, format!("{WIKI}{path}"), format!("{DESCRIBED}{described}"), body, false)
    };
    asks.into_iter().map(asked).collect()
}

#[tokio::test]
async fn answers_are_as_described() {
    let server = Server::new().await;
    let api = description();
    server.page("Guides/Start", "---\ntitle: T\n---\ntext [[Start]] [[none]]\n\n# Heading\n").await;
    server.page("Guides/End", "[[Start]]").await;
    server.member("viewer").await;
    server
        .ask("POST", "/v1/tenants/demo/invites")
        .json(&json!({"email": "i@x", "role": "viewer"}))
        .send()
        .await
        .is(201);
    server.portolan.flush_reads().await.unwrap();
    for (method, path, described, body, operator) in of_tenancy().into_iter().chain(of_a_wiki()) {
        let mut ask = server.ask(method, &path);
        if operator {
            ask = ask.token(&server.operator);
        }
        if let Some(body) = &body {
            ask = ask.json(body);
        }
        let reply = ask.send().await;
        let operation = &api["paths"][&described][method.to_lowercase()];
        let content = &operation["responses"][reply.status.as_str()]["content"][reply.header("content-type")];
        assert!(content["schema"].is_object(), "{method} {path}: {} is not described", reply.status);
        check(&api, &content["schema"], &serde_json::from_slice(&reply.body).unwrap(), &path);
    }
}
