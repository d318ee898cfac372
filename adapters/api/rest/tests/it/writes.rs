//! Merging, editing, renaming and undoing over HTTP.

use serde_json::{Value, json};

use crate::support::{Reply, Server, WIKI, text};

const BASE: &str = "# List\n\none\ntwo\nthree\nfour\nfive\n";

impl Server {
    pub(crate) async fn change(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.ask(method, &format!("{WIKI}/{path}")).json(body).send().await
    }
}

#[tokio::test]
async fn a_stale_text_is_merged_or_refused_with_all_sides() {
    let server = Server::new().await;
    let created = server.page("List", BASE).await.json();
    let base = text(&created["version"]);
    let put = |from: &str, to: &str| json!({"content": BASE.replace(from, to), "base": base});
    let first = server.change("PUT", "pages/List", &put("one", "ONE")).await.is(200);
    assert_eq!(first.json()["merged"], false);
    let second = server.change("PUT", "pages/List", &put("five", "FIVE")).await.is(200);
    let second = (second.header("etag").to_owned(), second.json());
    assert_eq!((&second.1["merged"], &second.1["changed"]), (&json!(true), &json!(true)));
    assert_eq!(second.0, format!("\"{}\"", text(&second.1["version"])));
    let page = server.get(&format!("{WIKI}/pages/List")).await.json();
    assert_eq!(page["content"], BASE.replace("one", "ONE").replace("five", "FIVE"));
    let clash = server.change("PUT", "pages/List", &put("one", "un")).await.problem(409, "page-conflict");
    assert_eq!(clash["base"]["version"], base);
    assert_eq!(clash["base"]["revision"], created["revision"]);
    assert!(!text(&clash["detail"]).contains("  "), "{}", clash["detail"]);
    assert_eq!(clash["theirs"]["version"], page["version"]);
    assert_eq!(clash["theirs"]["author"], page["author"]);
    assert!(clash["yours"]["version"].is_string());
    assert_eq!(
        clash["hunks"],
        json!([{"base": {"start": 3, "text": "one\n"}, "theirs": {"start": 3, "text": "ONE\n"}, "yours": {"start": 3, "text": "un\n"}}])
    );
    assert_eq!(server.get(&format!("{WIKI}/pages/List")).await.json()["version"], page["version"]);
}

#[tokio::test]
async fn a_base_is_judged_like_every_other() {
    let server = Server::new().await;
    let other = text(&server.page("Other", "x\n").await.json()["version"]);
    let base = text(&server.page("List", BASE).await.json()["version"]);
    let body = |base: &str| json!({"content": "new\n", "base": base});
    let stale = server.change("PUT", "pages/List", &body(&other)).await.problem(412, "stale-base");
    assert_eq!(stale["version"], base);
    server.change("PUT", "pages/Nowhere", &body(&base)).await.problem(404, "not-found");
    for bad in ["x", &base.to_uppercase(), &base[1..]] {
        let reply = server.change("PUT", "pages/List", &body(bad)).await;
        reply.problem(422, "invalid");
        assert_eq!(reply.pointers(), ["/base"]);
    }
    for header in [("if-match", format!("\"{base}\"")), ("if-none-match", "*".into())] {
        let ask = server.ask("PUT", &format!("{WIKI}/pages/List")).header(header.0, &header.1);
        ask.json(&body(&base)).send().await.problem(400, "malformed");
    }
}

#[tokio::test]
async fn edits_are_made_together_tried_or_refused_together() {
    let server = Server::new().await;
    let base = text(&server.page("List", BASE).await.json()["version"]);
    let body = |dry_run: bool| {
        json!({
            "edits": [
                {"replace": {"old": "one", "new": "ONE"}},
                {"section": {"path": "List", "op": "append", "content": "six\n"}}
            ],
            "base": base, "dry_run": dry_run
        })
    };
    let tried = server.change("PATCH", "pages/List", &body(true)).await.is(200);
    assert!(!tried.has("etag") && tried.json().get("revision").is_none());
    assert_eq!(server.get(&format!("{WIKI}/pages/List")).await.json()["version"], base);
    let done = server.change("PATCH", "pages/List", &body(false)).await.is(200).json();
    let mut expected = tried.json();
    expected["revision"] = done["revision"].clone();
    expected["head"] = done["head"].clone();
    assert_eq!(done, expected);
    let page = server.get(&format!("{WIKI}/pages/List")).await.json();
    assert_eq!(page["content"], format!("{}six\n", BASE.replace("one", "ONE")));

    let strict = |edits: Value| {
        let ask = server.ask("PATCH", &format!("{WIKI}/pages/List"));
        let etag = format!("\"{}\"", text(&page["version"]));
        ask.header("if-match", &etag).json(&json!({ "edits": edits })).send()
    };
    let refused =
        strict(json!([{"replace": {"old": "two", "new": "2"}}, {"replace": {"old": "e", "new": "3"}}]))
            .await
            .problem(422, "edit-not-applied");
    let edit = &refused["edits"][0];
    assert_eq!((&edit["index"], &edit["reason"]), (&json!(1), &json!("several-matches")));
    assert!(edit["matches"].as_u64().unwrap() > 1);
    let refused = strict(json!([{"section": {"path": "list", "op": "replace", "content": ""}}]))
        .await
        .problem(422, "edit-not-applied");
    assert_eq!(refused["edits"][0]["reason"], "no-section");
    assert_eq!(refused["edits"][0]["candidates"][0]["text"], "List");
    strict(json!([])).await.problem(422, "invalid");
    strict(json!([{"cut": {}}])).await.problem(422, "invalid");
    let edits = json!({"edits": [{"append": {"content": "x"}}]});
    server.change("PATCH", "pages/List", &edits).await.problem(428, "base-required");
    server.change("PATCH", "pages/Nowhere", &edits).await.problem(404, "not-found");
    let viewer = server.member("viewer").await;
    let ask = server.ask("PATCH", &format!("{WIKI}/pages/List")).token(&viewer);
    ask.json(&edits).send().await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_page_is_renamed_with_its_links_once() {
    let server = Server::new().await;
    let version = text(&server.page("Old", "text\n").await.json()["version"]);
    server.page("Home", "[[Old]]\n").await;
    let body = json!({"from": "Old.md", "to": "New", "base": version, "message": "Move it"});
    let rename = || server.ask("POST", &format!("{WIKI}/renames")).key("k").json(&body).send();
    let first = rename().await.is(200).json();
    assert_eq!((&first["from"], &first["to"]), (&json!("Old"), &json!("New")));
    assert_eq!(first["rewritten"], json!(["Home"]));
    assert_eq!(first["revision"], first["head"]);
    let again = rename().await.is(200);
    assert_eq!((again.header("idempotency-replayed"), again.json()), ("true", first.clone()));
    let stub = server.get(&format!("{WIKI}/pages/Old")).await.is(308);
    assert_eq!(stub.header("location"), format!("{WIKI}/pages/New"));
    assert_eq!(server.get(&format!("{WIKI}/pages/Home")).await.json()["content"], "[[New]]\n");
    let base = json!({"from": "Home", "to": "New"});
    server.change("POST", "renames", &base).await.problem(428, "base-required");
    let home = text(&server.get(&format!("{WIKI}/pages/Home")).await.json()["version"]);
    let taken = json!({"from": "Home", "to": "New", "base": home});
    server.change("POST", "renames", &taken).await.problem(409, "page-exists");
    for (to, status, slug) in [
        ("Home", 422, "invalid"),
        (".x", 422, "invalid"),
        ("a//b", 422, "invalid"),
        ("new", 409, "path-collision"),
    ] {
        let body = json!({"from": "Home", "to": to, "base": home});
        server.change("POST", "renames", &body).await.problem(status, slug);
    }
    let body = json!({"from": "Nowhere", "to": "New", "base": home});
    server.change("POST", "renames", &body).await.problem(404, "not-found");
}

#[tokio::test]
async fn commits_are_undone() {
    let server = Server::new().await;
    let version = text(&server.page("Page", "text\n").await.json()["version"]);
    let path = format!("{WIKI}/pages/Page");
    let gone = server.ask("DELETE", &path).header("if-match", &format!("\"{version}\"")).send().await.is(200);
    let revision = text(&gone.json()["revision"]);
    let undone = server.change("POST", "reverts", &json!({"revision": revision})).await.is(200).json();
    assert_eq!(undone["paths"], json!(["Page"]));
    assert_eq!(server.get(&path).await.is(200).json()["content"], "text\n");
    let other = server.ask("PUT", &path).header("if-match", &format!("\"{version}\""));
    let changed = other.json(&json!({"content": "two\n"})).send().await.is(200).json();
    let now = format!("\"{}\"", text(&changed["version"]));
    server
        .ask("PUT", &path)
        .header("if-match", &now)
        .json(&json!({"content": "three\n"}))
        .send()
        .await
        .is(200);
    let body = json!({"revision": changed["revision"], "path": "Page"});
    let clash = server.change("POST", "reverts", &body).await.problem(409, "revert-conflict");
    assert_eq!(clash["conflicts"][0]["path"], "Page");
    assert_eq!(clash["conflicts"][0]["hunks"][0]["theirs"]["text"], "three\n");
    for (body, status, slug) in [
        (json!({}), 422, "invalid"),
        (json!({"revision": revision, "agent": "agt_x", "since": "2026-01-01T00:00:00Z"}), 422, "invalid"),
        (json!({"agent": "agt_x"}), 422, "invalid"),
        (json!({"revision": "--output=x"}), 422, "invalid"),
        (json!({"revision": version}), 404, "not-found"),
    ] {
        server.change("POST", "reverts", &body).await.problem(status, slug);
    }
    let body = json!({"agent": "agt_x", "since": "2026-01-01T00:00:00Z"});
    assert_eq!(server.change("POST", "reverts", &body).await.is(200).json()["paths"], json!([]));
}
