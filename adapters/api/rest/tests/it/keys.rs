//! Idempotency keys.

use serde_json::{Value, json};

use crate::support::{Reply, Server, WIKI, text};

/// The second answer must be the first again.
#[track_caller]
fn replays(first: &Reply, second: &Reply) {
    assert_eq!(first.status, second.status);
    assert!(!first.has("idempotency-replayed"));
    assert_eq!(second.header("idempotency-replayed"), "true");
    for name in ["etag", "location", "content-type"] {
        assert_eq!(first.headers.get(name), second.headers.get(name), "{name}");
    }
}

#[tokio::test]
async fn a_page_write_is_done_once() {
    let server = Server::new().await;
    let path = format!("{WIKI}/pages/a");
    let put = |body: &str| {
        server
            .ask("PUT", &path)
            .key("k1")
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
    };
    let first = put("{\"content\":\"one\",\"message\":\"m\"}").await.is(201);
    server.page("b", "between").await;
    let second = put("{ \"message\": \"m\", \"content\": \"one\" }").await;
    replays(&first, &second);
    assert_eq!(first.body, second.body);
    put("{\"content\":\"two\",\"message\":\"m\"}").await.problem(422, "key-reused");
    put("{\"content\":\"one\"}").await.problem(422, "key-reused");
    let based = server.ask("PUT", &path).key("k1").header("if-none-match", "*");
    based.json(&json!({"content": "one", "message": "m"})).send().await.problem(422, "key-reused");
    let other = server.ask("PUT", &format!("{WIKI}/pages/c")).key("k1");
    other.json(&json!({"content": "one", "message": "m"})).send().await.problem(422, "key-reused");
    let etag = first.header("etag").to_owned();
    let delete = || server.ask("DELETE", &path).header("if-match", &etag).key("k2").send();
    let (first, second) = (delete().await.is(200), delete().await);
    replays(&first, &second);
    assert_eq!(first.body, second.body);
    server.ask("DELETE", &path).header("if-match", &etag).key("k1").send().await.problem(422, "key-reused");
    let changes = server.get(&format!("{WIKI}/changes")).await.json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn refusals_are_not_kept() {
    let server = Server::new().await;
    let path = format!("{WIKI}/pages/a");
    let put =
        |content: &'static str| server.ask("PUT", &path).key("k").json(&json!({"content": content})).send();
    let version = text(&server.page("a", "one").await.json()["version"]);
    put("two").await.problem(428, "base-required");
    server.ask("DELETE", &path).header("if-match", &format!("\"{version}\"")).send().await.is(200);
    put("two").await.is(201);
}

#[tokio::test]
async fn keys_are_the_principal_s_own() {
    let server = Server::new().await;
    let editor = server.member("editor").await;
    server
        .ask("PUT", &format!("{WIKI}/pages/a"))
        .key("k")
        .json(&json!({"content": "one"}))
        .send()
        .await
        .is(201);
    let ask = server.ask("PUT", &format!("{WIKI}/pages/b")).key("k").token(&editor);
    ask.json(&json!({"content": "two"})).send().await.is(201);
}

#[tokio::test]
async fn keys_have_one_form() {
    let server = Server::new().await;
    let put = |name: &str| server.ask("PUT", &format!("{WIKI}/pages/{name}")).json(&json!({"content": "x"}));
    put("a").key("x").send().await.is(201);
    put("b").key(&"~".repeat(255)).send().await.is(201);
    for bad in ["", "\t", &"x".repeat(256), "é"] {
        put("c").key(bad).send().await.problem(400, "malformed");
    }
    put("c").key("one").key("two").send().await.problem(400, "malformed");
    server.get(&format!("{WIKI}/pages/c")).await.problem(404, "not-found");
    server.ask("GET", WIKI).key("").send().await.is(200);
}

#[tokio::test]
async fn secrets_are_shown_once() {
    let server = Server::new().await;
    let twice = async |method: &'static str, path: &str, token: &str, body: Value| {
        let ask = || server.ask(method, path).token(token).key("k").json(&body).send();
        let (first, second) = (ask().await, ask().await);
        replays(&first, &second);
        (first.is(201).json(), second.json())
    };
    let compare = |mut first: Value, mut second: Value, holder: &str, secret: &str| {
        let (first_holder, second_holder) =
            (first.pointer_mut(holder).unwrap(), second.pointer_mut(holder).unwrap());
        assert!(first_holder.get("secret_shown").is_none());
        assert!(first_holder[secret].is_string());
        assert_eq!((&second_holder[secret], &second_holder["secret_shown"]), (&Value::Null, &json!(true)));
        first_holder[secret] = Value::Null;
        second_holder.as_object_mut().unwrap().remove("secret_shown");
        assert_eq!(first, second);
    };
    let (first, second) = twice("POST", "/v1/tenants/demo/tokens", &server.owner, json!({"name": "x"})).await;
    compare(first, second, "", "secret");
    let body = json!({"email": "a@demo.test", "role": "viewer"});
    let ask = || server.ask("POST", "/v1/tenants/demo/invites").key("i").json(&body).send();
    let (first, second) = (ask().await.is(201).json(), ask().await.is(201).json());
    let code = first["code"].clone();
    compare(first, second, "", "code");
    let body = json!({"id": "acme", "display_name": "Acme", "owner_email": "a@acme.test"});
    let (first, second) = twice("POST", "/v1/tenants", &server.operator, body).await;
    compare(first, second, "/owner_invite", "code");
    let body = json!({"code": code, "name": "A"});
    let ask = || server.ask("POST", "/v1/invites/redeem").no_token().key("r").json(&body).send();
    let (first, second) = (ask().await.is(201), ask().await.is(201));
    replays(&first, &second);
    compare(first.json(), second.json(), "/token", "secret");
}

#[tokio::test]
async fn everything_else_is_replayed_too() {
    let server = Server::new().await;
    let (member, _) = server.member_named("viewer", "v@demo.test").await;
    let invite = server
        .ask("POST", "/v1/tenants/demo/invites")
        .json(&json!({"email": "w@demo.test", "role": "viewer"}));
    let invite = text(&invite.send().await.json()["id"]);
    let (owner, operator) = (&server.owner, &server.operator);
    let steps: Vec<(&str, String, &str, Option<Value>, u16)> = vec![
        ("POST", "/v1/tenants/demo/wikis".into(), owner, Some(json!({"id": "w"})), 201),
        ("DELETE", "/v1/tenants/demo/wikis/w".into(), owner, None, 204),
        ("PUT", format!("/v1/tenants/demo/members/{member}"), owner, Some(json!({"role": "editor"})), 200),
        ("DELETE", format!("/v1/tenants/demo/members/{member}"), owner, None, 204),
        ("DELETE", format!("/v1/tenants/demo/invites/{invite}"), owner, None, 204),
        ("PATCH", "/v1/tenants/demo".into(), operator, Some(json!({"display_name": "D"})), 200),
        ("POST", "/v1/tenants/demo/suspend".into(), operator, Some(json!({"reason": "r"})), 200),
        ("POST", "/v1/tenants/demo/reinstate".into(), operator, None, 200),
        ("DELETE", "/v1/tenants/demo".into(), operator, None, 204),
    ];
    for (number, (method, path, token, body, status)) in steps.into_iter().enumerate() {
        let ask = || {
            let ask = server.ask(method, &path).token(token).key(&format!("step {number}"));
            if let Some(body) = &body { ask.json(body) } else { ask }
        };
        let first = ask().send().await.is(status);
        let second = ask().send().await;
        replays(&first, &second);
        assert_eq!(first.body, second.body, "{method} {path}");
    }
}
