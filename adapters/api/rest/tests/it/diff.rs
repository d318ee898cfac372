//! Differences between revisions.

use serde_json::{Value, json};

use crate::support::{Server, WIKI, text};

/// Two versions of `a`, and `dir/b`: what each write answered.
async fn some(server: &Server) -> Vec<Value> {
    let mut written = vec![server.page("a", "one\nsame\n").await.json()];
    let etag = format!("\"{}\"", text(&written[0]["version"]));
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("if-match", &etag);
    written.push(ask.json(&json!({"content": "two\nsame"})).send().await.is(200).json());
    written.push(server.page("dir/b", "bee\n").await.json());
    written
}

#[tokio::test]
async fn two_revisions_are_compared() {
    let server = Server::new().await;
    let empty = server.get(&format!("{WIKI}/diff")).await.is(200).json();
    assert_eq!(empty, json!({"from": null, "to": null, "files": []}));
    let written = some(&server).await;
    let revision = |at: usize| text(&written[at]["revision"]);
    let last = server.get(&format!("{WIKI}/diff")).await.is(200).json();
    assert_eq!((&last["from"], &last["to"]), (&written[1]["revision"], &written[2]["revision"]));
    assert_eq!(
        last["files"],
        json!([{
            "path": "dir/b", "change": "added", "kind": "page", "version": written[2]["version"],
            "unified": "@@ -0,0 +1 @@\n+bee\n",
            "hunks": [{"old": {"start": 0, "lines": 0}, "new": {"start": 1, "lines": 1}, "lines": [{"op": "+", "text": "bee"}]}],
        }])
    );
    let all =
        server.get(&format!("{WIKI}/diff?from={}&to={}", revision(0), revision(2))).await.is(200).json();
    let [one, two] = &all["files"].as_array().unwrap()[..] else { panic!("{all}") };
    assert_eq!(two, &last["files"][0]);
    let unified = "@@ -1,2 +1,2 @@\n-one\n-same\n+two\n+same\n\\ No newline at end of file\n";
    assert_eq!((&one["change"], &one["unified"]), (&json!("modified"), &json!(unified)));
    assert_eq!(
        one["hunks"][0]["lines"],
        json!([
            {"op": "-", "text": "one", "words": [[0, 3]]},
            {"op": "-", "text": "same"},
            {"op": "+", "text": "two", "words": [[0, 3]]},
            {"op": "+", "text": "same", "no_newline": true},
        ])
    );
    // The same of one page, by its versions, and by what was changed last.
    let (before, after) = (text(&written[0]["version"]), text(&written[1]["version"]));
    for query in [
        format!("from={before}&to={after}&path=a"),
        format!("path=a&from={}", revision(0)),
        "path=a.md".into(),
    ] {
        let page = server.get(&format!("{WIKI}/diff?{query}")).await.is(200).json();
        assert_eq!(page["files"], json!([one]), "{query}");
    }
    let first = server.get(&format!("{WIKI}/diff?to={}", revision(0))).await.is(200).json();
    assert_eq!((&first["from"], &first["files"][0]["change"]), (&Value::Null, &json!("added")));
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    let server = Server::new().await;
    let written = some(&server).await;
    let other = text(&written[2]["version"]);
    let ghost = "0".repeat(40);
    for query in [
        format!("from={ghost}"),
        format!("to={ghost}"),
        "to=head".into(),
        "to=".into(),
        format!("to={other}"),
        format!("path=a&from={other}"),
        format!("path=a&to={other}"),
        "path=none".into(),
        "path=.git/config".into(),
        "path=.hidden".into(),
    ] {
        server.get(&format!("{WIKI}/diff?{query}")).await.problem(404, "not-found");
    }
    for (query, pointer) in [
        ("path=a//b", "?path"),
        ("path=../a", "?path"),
        ("path=%00", "?path"),
        ("path=a&path=b", "?path"),
        ("since=x", "?since"),
        ("from=a&from=b", "?from"),
    ] {
        let reply = server.get(&format!("{WIKI}/diff?{query}")).await;
        reply.problem(400, "malformed");
        assert_eq!(reply.pointers(), [pointer], "{query}");
    }
    server.get("/v1/tenants/demo/wikis/none/diff").await.problem(404, "not-found");
    server.ask("POST", &format!("{WIKI}/diff")).send().await.problem(405, "method-not-allowed");
    server.ask("GET", &format!("{WIKI}/diff")).no_token().send().await.problem(401, "unauthenticated");
    let stranger = server.tenant("other").await;
    server.ask("GET", &format!("{WIKI}/diff")).token(&stranger).send().await.problem(404, "not-found");
    let viewer = server.member("viewer").await;
    server.ask("GET", &format!("{WIKI}/diff")).token(&viewer).send().await.is(200);
    server.ask("HEAD", &format!("{WIKI}/diff")).send().await.is(200);
}
