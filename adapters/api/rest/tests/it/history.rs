//! Histories and changes.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Server, WIKI, each, text};

async fn some_history(server: &Server) -> Vec<Value> {
    let mut written = vec![server.page("a", "one").await.json()];
    server.clock.advance(SignedDuration::from_secs(60));
    written.push(server.page("dir/b", "bee").await.json());
    server.clock.advance(SignedDuration::from_secs(60));
    let etag = format!("\"{}\"", text(&written[0]["version"]));
    let body = json!({"content": "two", "message": "Second"});
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("if-match", &etag).json(&body);
    written.push(ask.send().await.is(200).json());
    server.clock.advance(SignedDuration::from_secs(60));
    let etag = format!("\"{}\"", text(&written[2]["version"]));
    let ask = server.ask("DELETE", &format!("{WIKI}/pages/a")).header("if-match", &etag);
    written.push(ask.send().await.is(200).json());
    written
}

#[tokio::test]
async fn a_page_s_history_is_newest_first() {
    let server = Server::new().await;
    let written = some_history(&server).await;
    let history = server.get(&format!("{WIKI}/history/a")).await.is(200).json();
    assert_eq!(each(&history, "change"), ["deleted", "modified", "added"]);
    let items = history["items"].as_array().unwrap();
    for (item, commit) in items.iter().zip([&written[3], &written[2], &written[0]]) {
        assert_eq!(item["revision"], commit["revision"]);
        assert_eq!(item.get("version"), commit.get("version"));
        assert_eq!((&item["path"], &item["kind"]), (&json!("a"), &json!("page")));
        assert_eq!(item["author"]["kind"], "member");
    }
    assert_eq!(items[1]["message"], "Second");
    assert_eq!(items[1]["parents"], json!([written[1]["revision"]]));
    assert_eq!(items[2]["parents"], json!([]));
    assert_eq!(items[2]["time"], "2026-01-01T00:00:00Z");
    assert!(text(&history["items"][2]["message"]).contains('a'));
    let part = server.get(&format!("{WIKI}/history/a?limit=2")).await.json();
    let rest =
        server.get(&format!("{WIKI}/history/a?limit=2&after={}", text(&part["next"]))).await.is(200).json();
    assert_eq!((each(&rest, "change"), &rest["next"]), (vec!["added".to_owned()], &Value::Null));
    server.get(&format!("{WIKI}/history/none")).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_wiki_s_changes_are_newest_first() {
    let server = Server::new().await;
    let written = some_history(&server).await;
    let changes = server.get(&format!("{WIKI}/changes")).await.is(200).json();
    let revisions: Vec<String> = written.iter().rev().map(|commit| text(&commit["revision"])).collect();
    assert_eq!(each(&changes, "revision"), revisions);
    assert_eq!(changes["items"][0]["paths"], json!([{"path": "a", "change": "deleted", "kind": "page"}]));
    let added =
        json!([{"path": "dir/b", "change": "added", "kind": "page", "version": written[1]["version"]}]);
    assert_eq!(changes["items"][2]["paths"], added);
    let me = server.get("/v1/whoami").await.json();
    for (query, count) in [
        ("prefix=dir/".to_owned(), 1),
        ("prefix=none".to_owned(), 0),
        ("since=2026-01-01T00:02:00Z".to_owned(), 2),
        ("since=2026-01-01T00:02:00.5Z".to_owned(), 1),
        (format!("author={}", text(&me["principal"]["id"])), 4),
        ("author=owner@demo.invalid".to_owned(), 4),
        ("author=nobody".to_owned(), 0),
    ] {
        let changes = server.get(&format!("{WIKI}/changes?{query}")).await.is(200).json();
        assert_eq!(changes["items"].as_array().unwrap().len(), count, "{query}");
    }
    let reply = server.get(&format!("{WIKI}/changes?since=now")).await;
    reply.problem(400, "malformed");
    assert_eq!(reply.pointers(), ["?since"]);
    assert_eq!(
        server.get(&format!("{WIKI}/changes?limit=3")).await.json()["items"].as_array().unwrap().len(),
        3
    );
}
