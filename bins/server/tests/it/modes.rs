//! What an import brings is a page by its mode, not by its name alone.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Server, git};

const WIKI: &str = "/v1/tenants/demo/wikis/other";

#[test]
fn links_and_submodules_are_no_pages_in_histories() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    std::fs::create_dir(&source).unwrap();
    git(&source, &["init", "--quiet", "--initial-branch=main"]);
    let commit = |message: &str| {
        git(&source, &["-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", message]);
    };
    let blob = |text: &str| {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(&source)
            .args(["hash-object", "-w", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
    };
    let entry = |mode: &str, id: &str, path: &str| {
        git(&source, &["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{path}")]);
    };
    let text = blob("text");
    entry("100644", &text, "page.md");
    entry("100755", &text, "run.md");
    entry("120000", &text, "link.md");
    entry("160000", "1111111111111111111111111111111111111111", "sub.md");
    commit("first");
    // The link becomes a page, and the page a link; the submodule goes.
    entry("120000", &text, "page.md");
    entry("100644", &text, "link.md");
    git(&source, &["update-index", "--force-remove", "sub.md"]);
    commit("second");
    let bundle = folder.path().join("bundle");
    git(&source, &["bundle", "create", "--quiet", bundle.to_str().unwrap(), "main"]);

    let server = Server::start(&folder.path().join("data"), &[]);
    let mut client = server.client();
    client.import("other", &std::fs::read(bundle).unwrap());
    let changes = client.get(&format!("{WIKI}/changes")).json();
    let kinds = |commit: &Value| -> Vec<(String, String)> {
        let word = |path: &Value, member: &str| path[member].as_str().unwrap().to_owned();
        commit["paths"]
            .as_array()
            .unwrap()
            .iter()
            .map(|path| (word(path, "path"), word(path, "kind")))
            .collect()
    };
    let own = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(path, kind)| ((*path).to_owned(), (*kind).to_owned())).collect()
    };
    assert_eq!(
        kinds(&changes["items"][0]),
        own(&[("link", "page"), ("page.md", "file"), ("sub.md", "file")])
    );
    assert_eq!(
        kinds(&changes["items"][1]),
        own(&[("link.md", "file"), ("page", "page"), ("run", "page"), ("sub.md", "file")])
    );
    let history = client.get(&format!("{WIKI}/history/link")).json();
    let told: Vec<&str> =
        history["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(told, ["page", "file"]);
}
