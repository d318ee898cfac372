//! Blame.

use serde_json::{Value, json};

use crate::support::{Server, WIKI, text};

#[tokio::test]
async fn lines_are_told_with_the_commits_they_came_with() {
    let server = Server::new().await;
    let one = server.page("dir/a", "one\ntwo\nthree\n").await.json();
    let etag = format!("\"{}\"", text(&one["version"]));
    let ask = server.ask("PUT", &format!("{WIKI}/pages/dir/a")).header("if-match", &etag);
    let two = ask.json(&json!({"content": "one\n2\nthree\n"})).send().await.is(200).json();
    let blame = server.get(&format!("{WIKI}/blame/dir/a")).await.is(200).json();
    assert_eq!((&blame["path"], &blame["kind"]), (&json!("dir/a"), &json!("page")));
    assert_eq!(blame["version"], two["version"]);
    let parts: Vec<[&Value; 3]> = blame["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| [&part["start"], &part["count"], &part["revision"]])
        .collect();
    let (before, after) = (&one["revision"], &two["revision"]);
    assert_eq!(
        parts,
        [[&json!(1), &json!(1), before], [&json!(2), &json!(1), after], [&json!(3), &json!(1), before]]
    );
    let part = &blame["lines"][0];
    assert_eq!(part["author"]["kind"], "member");
    assert_eq!(part["time"], "2026-01-01T00:00:00Z");
    for revision in [text(before), text(&one["version"])] {
        let then = server.get(&format!("{WIKI}/blame/dir/a.md?revision={revision}")).await.is(200).json();
        assert_eq!(then["version"], one["version"]);
        assert_eq!(then["lines"].as_array().unwrap().len(), 1);
        assert_eq!(then["lines"][0]["count"], 3);
    }
}

#[tokio::test]
async fn what_cannot_be_blamed_is_refused() {
    let server = Server::new().await;
    let page = server.page("a", "x\n").await.json();
    let other = text(&server.page("b", "y\n").await.json()["version"]);
    for path in ["none", ".hidden", "a/.b", &format!("a?revision={other}"), "a?revision=x"] {
        server.get(&format!("{WIKI}/blame/{path}")).await.problem(404, "not-found");
    }
    for path in ["", "a//b", "a%2Fb", "%2e%2e/a", "a%5C..", "%00"] {
        server.get(&format!("{WIKI}/blame/{path}")).await.problem(422, "invalid");
    }
    server.get(&format!("{WIKI}/blame/a?line=1")).await.problem(400, "malformed");
    server.ask("PUT", &format!("{WIKI}/blame/a")).send().await.problem(405, "method-not-allowed");
    server.ask("GET", &format!("{WIKI}/blame/a")).no_token().send().await.problem(401, "unauthenticated");
    let stranger = server.tenant("other").await;
    server.ask("GET", &format!("{WIKI}/blame/a")).token(&stranger).send().await.problem(404, "not-found");
    let etag = format!("\"{}\"", text(&page["version"]));
    let gone = server.ask("DELETE", &format!("{WIKI}/pages/a")).header("if-match", &etag).send().await.json();
    let problem = server.get(&format!("{WIKI}/blame/a")).await.problem(404, "not-found");
    assert_eq!(problem["deleted_in"], gone["revision"]);
}
