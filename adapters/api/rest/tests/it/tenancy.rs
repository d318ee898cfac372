//! The part "Tenancy": tenants, invites, members and tokens.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Server, WIKI, each, text};

#[tokio::test]
async fn operators_make_and_change_tenants() {
    let server = Server::new().await;
    let ask = |method: &'static str, path: &str| server.ask(method, path).token(&server.operator);
    let new = json!({
        "id": "acme", "display_name": "Acme", "tier": "premium", "owner_email": "o@acme.test", "monthly_budget_usd": 19.99
    });
    let reply = ask("POST", "/v1/tenants").json(&new).send().await.is(201);
    assert_eq!(reply.header("location"), "/v1/tenants/acme");
    let made = reply.json();
    for (member, value) in [
        ("id", json!("acme")),
        ("display_name", json!("Acme")),
        ("tier", json!("premium")),
        ("status", json!("active")),
        ("owner_email", json!("o@acme.test")),
        ("monthly_budget_usd", json!(19.99)),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    assert!(text(&made["owner_invite"]["code"]).starts_with("pti_"));
    assert!(text(&made["owner_invite"]["expires_at"]).ends_with('Z'));
    ask("POST", "/v1/tenants").json(&new).send().await.problem(409, "slug-taken");

    let read = ask("GET", "/v1/tenants/acme").send().await.is(200).json();
    assert!(read.get("owner_invite").is_none());
    server.clock.advance(SignedDuration::from_secs(5));
    let patch = json!({"display_name": "Acme Inc", "monthly_budget_usd": null});
    let patched = ask("PATCH", "/v1/tenants/acme").json(&patch).send().await.is(200).json();
    assert_eq!(patched["display_name"], "Acme Inc");
    assert!(patched.get("monthly_budget_usd").is_none());
    assert_ne!(patched["updated_at"], patched["created_at"]);
    let same = ask("PATCH", "/v1/tenants/acme").json(&json!({})).send().await.is(200).json();
    assert_eq!(same, patched);
    let nothing = json!({"display_name": null, "tier": null, "owner_email": null});
    assert_eq!(ask("PATCH", "/v1/tenants/acme").json(&nothing).send().await.is(200).json(), patched);

    let list = ask("GET", "/v1/tenants").send().await.is(200).json();
    assert_eq!(each(&list, "id"), ["acme", "demo", "platform"]);
    ask("DELETE", "/v1/tenants/acme").send().await.is(204);
    assert_eq!(ask("GET", "/v1/tenants/acme").send().await.is(200).json()["status"], "deleted");
    ask("POST", "/v1/tenants").json(&new).send().await.problem(409, "slug-taken");
    ask("GET", "/v1/tenants/nobody").send().await.problem(404, "not-found");
}

#[tokio::test]
async fn bad_tenants_are_refused_with_all_their_faults() {
    let server = Server::new().await;
    let bad = json!({"id": "A", "display_name": " ", "tier": "gold", "owner_email": "x", "monthly_budget_usd": 0.001, "x": 1});
    let reply = server.ask("POST", "/v1/tenants").token(&server.operator).json(&bad).send().await;
    reply.problem(422, "invalid");
    let mut pointers = reply.pointers();
    pointers.sort();
    assert_eq!(pointers, ["/display_name", "/id", "/monthly_budget_usd", "/owner_email", "/tier", "/x"]);
    for reserved in ["platform", "admin", "root", "system"] {
        let body = json!({"id": reserved, "display_name": "x", "owner_email": "a@b"});
        let reply = server.ask("POST", "/v1/tenants").token(&server.operator).json(&body).send().await;
        reply.problem(422, "invalid");
    }
}

#[tokio::test]
async fn members_read_their_own_tenant_only() {
    let server = Server::new().await;
    let other = server.tenant("acme").await;
    let ask = |method: &'static str, path: &str| server.ask(method, path).token(&other);
    assert_eq!(ask("GET", "/v1/tenants/acme").send().await.is(200).json()["id"], "acme");
    for path in
        ["", "/members", "/wikis", "/wikis/notes", "/wikis/notes/pages", "/audit", "/tokens", "/invites"]
    {
        ask("GET", &format!("/v1/tenants/demo{path}")).send().await.problem(404, "not-found");
    }
    ask("POST", "/v1/tenants/demo/suspend").send().await.problem(404, "not-found");
    ask("POST", "/v1/tenants/acme/suspend").send().await.problem(403, "forbidden");
    ask("PATCH", "/v1/tenants/acme").json(&json!({})).send().await.problem(403, "forbidden");
    ask("POST", "/v1/tenants").json(&json!({})).send().await.problem(403, "forbidden");
    // A customer's wikis are not there for operators.
    for path in [WIKI, &format!("{WIKI}/pages/a"), "/v1/tenants/demo/wikis"] {
        server.ask("GET", path).token(&server.operator).send().await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn suspending_and_reinstating() {
    let server = Server::new().await;
    let operator = |path: &str| server.ask("POST", path).token(&server.operator);
    let open = server
        .ask("POST", "/v1/tenants/demo/invites")
        .json(&json!({"email": "late@demo.test", "role": "viewer"}))
        .send()
        .await
        .json();
    let first =
        operator("/v1/tenants/demo/suspend").json(&json!({"reason": "unpaid"})).send().await.is(200).json();
    assert_eq!(first["status"], "suspended");
    let again = operator("/v1/tenants/demo/suspend").send().await.is(200).json();
    assert_eq!(again, first);
    server.get("/v1/tenants/demo").await.problem(403, "tenant-suspended");
    server.get("/v1/whoami").await.problem(403, "tenant-suspended");
    server.get("/v1/tenants/acme").await.problem(404, "not-found");
    server.get("/v1/tenants/X").await.problem(404, "not-found");
    let redeem = json!({"code": open["code"], "name": "Late"});
    let ask = server.ask("POST", "/v1/invites/redeem").no_token().json(&redeem);
    ask.send().await.problem(403, "tenant-suspended");
    let back = operator("/v1/tenants/demo/reinstate").send().await.is(200).json();
    assert_eq!(back["status"], "active");
    operator("/v1/tenants/demo/reinstate").json(&json!({})).send().await.is(200);
    let unknown = operator("/v1/tenants/demo/reinstate").json(&json!({"x": 1})).send().await;
    unknown.problem(422, "invalid");
    server.get("/v1/tenants/demo").await.is(200);
}

#[tokio::test]
async fn a_deleted_tenant_s_tokens_are_401() {
    let server = Server::new().await;
    let owner = server.tenant("acme").await;
    server.ask("DELETE", "/v1/tenants/acme").token(&server.operator).send().await.is(204);
    server.ask("GET", "/v1/whoami").token(&owner).send().await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn invites_are_made_listed_withdrawn_and_redeemed_once() {
    let server = Server::new().await;
    let body = json!({"email": "new@demo.test", "role": "editor"});
    let reply = server.ask("POST", "/v1/tenants/demo/invites").json(&body).send().await.is(201);
    let made = reply.json();
    assert_eq!(reply.header("location"), format!("/v1/tenants/demo/invites/{}", text(&made["id"])));
    assert_eq!((&made["email"], &made["role"]), (&body["email"], &body["role"]));
    let list = server.get("/v1/tenants/demo/invites").await.is(200).json();
    assert_eq!(each(&list, "id"), [text(&made["id"])]);
    assert!(list["items"][0].get("code").is_none());

    let redeem = |code: &Value| {
        let body = json!({"code": code, "name": "New"});
        server.ask("POST", "/v1/invites/redeem").no_token().json(&body)
    };
    let redeemed = redeem(&made["code"]).send().await.is(201).json();
    assert_eq!(redeemed["member"]["name"], "New");
    assert_eq!(redeemed["member"]["email"], "new@demo.test");
    assert_eq!(redeemed["member"]["role"], "editor");
    let token = text(&redeemed["token"]["secret"]);
    let me = server.ask("GET", "/v1/whoami").token(&token).send().await.is(200).json();
    assert_eq!(me["principal"]["id"], redeemed["member"]["id"]);
    redeem(&made["code"]).send().await.problem(404, "invite-invalid");
    redeem(&json!("nonsense")).send().await.problem(404, "invite-invalid");
    server.ask("POST", "/v1/tenants/demo/invites").json(&body).send().await.problem(409, "member-exists");

    let other = json!({"email": "other@demo.test", "role": "viewer"});
    let other = server.ask("POST", "/v1/tenants/demo/invites").json(&other).send().await.json();
    let path = format!("/v1/tenants/demo/invites/{}", text(&other["id"]));
    server.ask("DELETE", &path).send().await.is(204);
    server.ask("DELETE", &path).send().await.problem(404, "not-found");
    server.ask("DELETE", "/v1/tenants/demo/invites/nonsense").send().await.problem(404, "not-found");
    redeem(&other["code"]).send().await.problem(404, "invite-invalid");

    let late = json!({"email": "late@demo.test", "role": "viewer"});
    let late = server.ask("POST", "/v1/tenants/demo/invites").json(&late).send().await.json();
    server.clock.advance(SignedDuration::from_hours(24 * 8));
    redeem(&late["code"]).send().await.problem(404, "invite-invalid");
    let reply = server.ask("POST", "/v1/invites/redeem").no_token().json(&json!({})).send().await;
    reply.problem(422, "invalid");
    assert_eq!(reply.pointers(), ["/code", "/name"]);
}

#[tokio::test]
async fn an_invite_for_a_member_cannot_be_redeemed() {
    let server = Server::new().await;
    let invite = || {
        let body = json!({"email": "same@demo.test", "role": "viewer"});
        server.ask("POST", "/v1/tenants/demo/invites").json(&body).send()
    };
    let (first, second) = (invite().await.is(201).json(), invite().await.is(201).json());
    server.redeem(&text(&first["code"])).await;
    let body = json!({"code": second["code"], "name": "Same"});
    let reply = server.ask("POST", "/v1/invites/redeem").no_token().json(&body).send().await;
    reply.problem(409, "member-exists");
}

#[tokio::test]
async fn members_are_listed_changed_and_removed() {
    let server = Server::new().await;
    let (id, token) = server.member_named("viewer", "v@demo.test").await;
    let list = server.get("/v1/tenants/demo/members").await.is(200).json();
    assert!(each(&list, "id").contains(&id));
    for member in ["id", "name", "email", "role", "created_at"] {
        assert!(list["items"][0][member].is_string(), "{member}");
    }
    let path = format!("/v1/tenants/demo/members/{id}");
    let changed = server.ask("PUT", &path).json(&json!({"role": "editor"})).send().await.is(200).json();
    assert_eq!((&changed["role"], &changed["id"]), (&json!("editor"), &json!(id)));
    server.ask("PUT", &path).json(&json!({"role": "king"})).send().await.problem(422, "invalid");
    server
        .ask("PUT", "/v1/tenants/demo/members/x")
        .json(&json!({"role": "editor"}))
        .send()
        .await
        .problem(404, "not-found");
    server.ask("DELETE", &path).send().await.is(204);
    server.ask("GET", "/v1/whoami").token(&token).send().await.problem(401, "unauthenticated");
    server.ask("DELETE", &path).send().await.problem(404, "not-found");

    let me = server.get("/v1/whoami").await.json();
    let own = format!("/v1/tenants/demo/members/{}", text(&me["principal"]["id"]));
    server.ask("DELETE", &own).send().await.problem(409, "last-owner");
    server.ask("PUT", &own).json(&json!({"role": "admin"})).send().await.problem(409, "last-owner");
}

#[tokio::test]
async fn admins_manage_editors_and_viewers_only() {
    let server = Server::new().await;
    let admin = server.member("admin").await;
    let (editor, _) = server.member_named("editor", "e@demo.test").await;
    let ask = |method: &'static str, path: &str| server.ask(method, path).token(&admin);
    ask("PUT", &format!("/v1/tenants/demo/members/{editor}"))
        .json(&json!({"role": "viewer"}))
        .send()
        .await
        .is(200);
    ask("PUT", &format!("/v1/tenants/demo/members/{editor}"))
        .json(&json!({"role": "admin"}))
        .send()
        .await
        .problem(403, "forbidden");
    for role in ["admin", "owner"] {
        let body = json!({"email": "x@demo.test", "role": role});
        ask("POST", "/v1/tenants/demo/invites").json(&body).send().await.problem(403, "forbidden");
    }
    let owner = server.get("/v1/whoami").await.json();
    ask("DELETE", &format!("/v1/tenants/demo/members/{}", text(&owner["principal"]["id"])))
        .send()
        .await
        .problem(403, "forbidden");
    let editor = server.member("editor").await;
    for path in ["/v1/tenants/demo/audit", "/v1/tenants/demo/invites"] {
        server.ask("GET", path).token(&editor).send().await.problem(403, "forbidden");
        ask("GET", path).send().await.is(200);
    }
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked() {
    let server = Server::new().await;
    let viewer = server.member("viewer").await;
    let ask = |method: &'static str, path: &str| server.ask(method, path).token(&viewer);
    let body = json!({"name": "laptop", "expires_at": "2026-06-01T00:00:00Z"});
    let made = ask("POST", "/v1/tenants/demo/tokens").json(&body).send().await.is(201).json();
    assert_eq!((&made["name"], &made["expires_at"]), (&body["name"], &body["expires_at"]));
    let secret = text(&made["secret"]);
    assert!(secret.starts_with("ptl_"));
    server.ask("GET", "/v1/whoami").token(&secret).send().await.is(200);
    let forever =
        ask("POST", "/v1/tenants/demo/tokens").json(&json!({"name": "ci"})).send().await.is(201).json();
    assert_eq!(forever["expires_at"], Value::Null);
    for bad in [
        json!({"name": "x", "expires_at": "tomorrow"}),
        json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}),
    ] {
        let reply = ask("POST", "/v1/tenants/demo/tokens").json(&bad).send().await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), ["/expires_at"]);
    }
    server.portolan.flush_reads().await.unwrap();
    let list = ask("GET", "/v1/tenants/demo/tokens").send().await.is(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert!(list["items"].as_array().unwrap().iter().all(|item| item.get("secret").is_none()));
    let used = list["items"].as_array().unwrap().iter().find(|item| item["name"] == "laptop").unwrap();
    assert!(used["last_used_at"].is_string());
    let all = server.get("/v1/tenants/demo/tokens").await.json();
    assert!(each(&all, "id").contains(&text(&made["id"])));

    let path = format!("/v1/tenants/demo/tokens/{}", text(&made["id"]));
    ask("DELETE", &path).send().await.is(204);
    server.ask("GET", "/v1/whoami").token(&secret).send().await.problem(401, "unauthenticated");
    ask("DELETE", &path).send().await.problem(404, "not-found");
    let owner = server.get("/v1/whoami").await.json();
    let owners = format!("/v1/tenants/demo/tokens/{}", text(&owner["token"]["id"]));
    ask("DELETE", &owners).send().await.problem(404, "not-found");
    let other = format!("/v1/tenants/demo/tokens/{}", text(&forever["id"]));
    server.ask("DELETE", &other).send().await.is(204);

    let soon = json!({"name": "soon", "expires_at": "2026-01-02T00:00:00Z"});
    let soon = text(&ask("POST", "/v1/tenants/demo/tokens").json(&soon).send().await.json()["secret"]);
    server.clock.advance(SignedDuration::from_hours(24));
    server.ask("GET", "/v1/whoami").token(&soon).send().await.problem(401, "unauthenticated");
}
