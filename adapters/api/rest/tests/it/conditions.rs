//! The part "Bases", as far as it is strict.

use serde_json::{Value, json};

use crate::support::{Reply, Server, WIKI, text};

async fn put(server: &Server, headers: &[(&str, &str)], content: &str) -> Reply {
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).json(&json!({"content": content}));
    headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
}

async fn delete(server: &Server, headers: &[(&str, &str)]) -> Reply {
    let ask = server.ask("DELETE", &format!("{WIKI}/pages/a"));
    headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
}

#[tokio::test]
async fn an_existing_page_is_changed_with_its_base_only() {
    let server = Server::new().await;
    let first = put(&server, &[("if-none-match", "*")], "one").await.is(201).json();
    let version = text(&first["version"]);
    let told = |problem: &Value, page: &Value| {
        assert_eq!((&problem["version"], &problem["revision"]), (&page["version"], &page["revision"]));
        assert_eq!(problem["author"]["kind"], "member");
    };
    told(&put(&server, &[("if-none-match", "*")], "two").await.problem(412, "page-exists"), &first);
    told(&put(&server, &[], "two").await.problem(428, "base-required"), &first);
    told(&delete(&server, &[]).await.problem(428, "base-required"), &first);
    let zero = "0".repeat(40);
    for stale in [
        format!("\"{zero}\""),
        format!("W/\"{version}\""),
        "\"x\"".into(),
        format!("\"{}\"", version.to_uppercase()),
    ] {
        if stale.contains(char::is_alphabetic) || stale.contains(&zero) {
            told(&put(&server, &[("if-match", &stale)], "two").await.problem(412, "stale-base"), &first);
            told(&delete(&server, &[("if-match", &stale)]).await.problem(412, "stale-base"), &first);
        }
    }
    let several = format!("\"x\", W/\"y\", \"{version}\"");
    let second = put(&server, &[("if-match", &several)], "two").await.is(200).json();
    // A revision is a base too, and so is the version part of the rendered form.
    let revision = format!("\"{}\"", text(&second["revision"]));
    let third = put(&server, &[("if-match", &revision)], "three").await.is(200).json();
    let html = format!("\"{}-html\"", text(&third["version"]));
    let fourth = put(&server, &[("if-match", &html)], "four").await.is(200).json();
    told(&put(&server, &[("if-match", &revision)], "five").await.problem(412, "stale-base"), &fourth);
    let last = format!("\"{}\"", text(&fourth["version"]));
    delete(&server, &[("if-match", &last)]).await.is(200);
}

#[tokio::test]
async fn an_absent_page_has_no_base() {
    let server = Server::new().await;
    let tag = format!("\"{}\"", "0".repeat(40));
    let problem = put(&server, &[("if-match", &tag)], "one").await.problem(412, "stale-base");
    for member in ["version", "revision", "author"] {
        assert_eq!(problem.get(member), Some(&Value::Null), "{member}");
    }
    delete(&server, &[]).await.problem(404, "not-found");
    let problem = delete(&server, &[("if-match", &tag)]).await.problem(412, "stale-base");
    assert_eq!(problem["version"], Value::Null);
}

#[tokio::test]
async fn nothing_before_the_last_creation_is_a_base() {
    let server = Server::new().await;
    let first = put(&server, &[], "one").await.is(201).json();
    let tag = |value: &Value| format!("\"{}\"", text(value));
    delete(&server, &[("if-match", &tag(&first["version"]))]).await.is(200);
    put(&server, &[], "two").await.is(201);
    put(&server, &[("if-match", &tag(&first["revision"]))], "x").await.problem(412, "stale-base");
    put(&server, &[("if-match", &tag(&first["version"]))], "x").await.problem(412, "stale-base");
}

#[tokio::test]
async fn conditions_that_mean_nothing_are_malformed() {
    let server = Server::new().await;
    let version = text(&put(&server, &[], "one").await.json()["version"]);
    let tag = format!("\"{version}\"");
    for headers in [
        &[("if-match", "*")][..],
        &[("if-match", "")],
        &[("if-match", version.as_str())],
        &[("if-match", "\"a\" \"b\"")],
        &[("if-none-match", "\"x\"")],
        &[("if-none-match", tag.as_str())],
        &[("if-match", tag.as_str()), ("if-none-match", "*")],
    ] {
        put(&server, headers, "two").await.problem(400, "malformed");
        delete(&server, headers).await.problem(400, "malformed");
    }
    delete(&server, &[("if-none-match", "*")]).await.problem(400, "malformed");
    assert_eq!(server.get(&format!("{WIKI}/pages/a")).await.json()["content"], "one");
}
