//! Wikis.

use serde_json::{Value, json};

use crate::support::{Server, WIKI, each};

#[tokio::test]
async fn wikis_are_made_listed_read_and_deleted() {
    let server = Server::new().await;
    let body = json!({"id": "plans", "display_name": "Plans"});
    let reply = server.ask("POST", "/v1/tenants/demo/wikis").json(&body).send().await.is(201);
    assert_eq!(reply.header("location"), "/v1/tenants/demo/wikis/plans");
    let made = reply.json();
    assert_eq!(
        (&made["id"], &made["display_name"], &made["head"]),
        (&json!("plans"), &json!("Plans"), &Value::Null)
    );
    assert!(made["created_at"].is_string());
    server.ask("POST", "/v1/tenants/demo/wikis").json(&body).send().await.problem(409, "slug-taken");
    assert_eq!(server.get("/v1/tenants/demo/wikis/plans").await.is(200).json(), made);
    let list = server.get("/v1/tenants/demo/wikis").await.is(200).json();
    assert_eq!(each(&list, "id"), ["notes", "plans"]);
    let plain =
        server.ask("POST", "/v1/tenants/demo/wikis").json(&json!({"id": "x"})).send().await.is(201).json();
    assert_eq!(plain["display_name"], "x");

    server.ask("DELETE", "/v1/tenants/demo/wikis/plans").send().await.is(204);
    server.ask("DELETE", "/v1/tenants/demo/wikis/plans").send().await.problem(404, "not-found");
    server.get("/v1/tenants/demo/wikis/plans").await.problem(404, "not-found");
    server.get("/v1/tenants/demo/wikis/plans/pages").await.problem(404, "not-found");
    let written = server.page("a", "text").await.json();
    assert_eq!(server.get(WIKI).await.json()["head"], written["head"]);
}

#[tokio::test]
async fn bad_ids_are_refused_and_unknown_wikis_not_found() {
    let server = Server::new().await;
    for bad in ["", "-a", "a-", "A", "a_b", "a.git", "a/b", &"a".repeat(65)] {
        let reply = server.ask("POST", "/v1/tenants/demo/wikis").json(&json!({"id": bad})).send().await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), ["/id"], "{bad}");
    }
    for path in ["NOTES", "none", "%ff", "a%2Fb"] {
        for rest in ["", "/pages", "/pages/a", "/history/a", "/changes", "/export"] {
            server.get(&format!("/v1/tenants/demo/wikis/{path}{rest}")).await.problem(404, "not-found");
        }
        server
            .ask("DELETE", &format!("/v1/tenants/demo/wikis/{path}"))
            .send()
            .await
            .problem(404, "not-found");
    }
    server.get("/v1/tenants/%64emo/wikis/%6eotes").await.is(200);
}

#[tokio::test]
async fn roles_decide() {
    let server = Server::new().await;
    for (role, wiki, page) in [("viewer", 403, 403), ("editor", 403, 201), ("admin", 201, 201)] {
        let token = server.member(role).await;
        let ask = |method: &'static str, path: String| server.ask(method, &path).token(&token);
        ask("POST", "/v1/tenants/demo/wikis".into()).json(&json!({"id": role})).send().await.is(wiki);
        ask("PUT", format!("{WIKI}/pages/{role}")).json(&json!({"content": "x"})).send().await.is(page);
        ask("GET", format!("{WIKI}/pages")).send().await.is(200);
        ask("GET", format!("{WIKI}/changes")).send().await.is(200);
        ask("DELETE", WIKI.into()).send().await.is(if role == "admin" { 204 } else { 403 });
    }
}

#[tokio::test]
async fn a_deleted_wiki_is_brought_back_within_thirty_days() {
    let server = Server::new().await;
    server.page("a", "text").await;
    let back = || server.ask("POST", &format!("{WIKI}/reinstate"));
    back().send().await.problem(409, "slug-taken");
    server.ask("DELETE", WIKI).send().await.is(204);
    // Another one took its name, and went.
    let new = json!({"id": "notes"});
    server.ask("POST", "/v1/tenants/demo/wikis").json(&new).send().await.is(201);
    back().send().await.problem(409, "slug-taken");
    server.ask("DELETE", WIKI).send().await.is(204);
    for (role, status) in [("viewer", 403), ("editor", 403)] {
        let token = server.member(role).await;
        back().token(&token).send().await.is(status);
    }
    back().json(&json!({"x": 1})).send().await.problem(422, "invalid");
    let first = back().key("k").send().await.is(200).json();
    assert_eq!((&first["id"], &first["head"]), (&json!("notes"), &Value::Null), "the last one");
    let again = back().key("k").send().await.is(200);
    assert_eq!((again.header("idempotency-replayed"), again.json()), ("true", first));
    // Deleted later than the other one, it comes back again; the other one has to wait.
    server.clock.advance(jiff::SignedDuration::from_hours(24));
    server.ask("DELETE", WIKI).send().await.is(204);
    back().send().await.is(200);
    let etag = server.page("b", "text").await.json();
    assert_eq!(server.get(&format!("{WIKI}/pages/b")).await.is(200).json()["version"], etag["version"]);
    server.get(&format!("{WIKI}/pages/a")).await.problem(404, "not-found");
    // Thirty days after its deletion nothing of it comes back.
    server.ask("DELETE", WIKI).send().await.is(204);
    server.clock.advance(jiff::SignedDuration::from_hours(30 * 24 + 1));
    back().send().await.problem(404, "not-found");
}

#[tokio::test]
async fn what_was_in_a_deleted_wiki_is_there_again() {
    let server = Server::new().await;
    server.page("a", "text").await;
    let before = server.get(WIKI).await.json();
    server.ask("DELETE", WIKI).send().await.is(204);
    server.get(&format!("{WIKI}/pages/a")).await.problem(404, "not-found");
    let back = server.ask("POST", &format!("{WIKI}/reinstate")).send().await.is(200).json();
    assert_eq!(back, before);
    assert_eq!(server.get(WIKI).await.is(200).json(), before);
    assert_eq!(server.get(&format!("{WIKI}/pages/a")).await.is(200).json()["content"], "text");
    server.page("b", "more").await;
    let list = server.get("/v1/tenants/demo/wikis").await.json();
    assert_eq!(each(&list, "id"), ["notes"]);
    let strange = server.tenant("other").await;
    let ask = server.ask("POST", &format!("{WIKI}/reinstate")).token(&strange);
    ask.send().await.problem(404, "not-found");
    let none = server.ask("POST", "/v1/tenants/demo/wikis/none/reinstate").send().await;
    none.problem(404, "not-found");
}
