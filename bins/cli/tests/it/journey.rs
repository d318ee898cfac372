//! From an empty folder to pages with a history, an audit and members.

use expect_test::expect;

use crate::support::{World, portolan};

#[test]
fn a_page_is_made_read_changed_and_deleted() {
    let world = World::with_wiki();
    let put = world.run_with(&["page", "put", "Guides/Caf\u{e9} & more", "-m", "Begin"], b"# First\n").ok();
    expect![[r"
        path      Guides/Café & more
        changed   true
        version   ID
        revision  ID
    "]]
    .assert_eq(&world.redact(&put));
    let page = ["page", "show", "Guides/Caf\u{e9} & more"];
    assert_eq!(world.run(&page).ok(), "# First\n");
    let first = world.run(&[&["--json"], &page[..]].concat()).json();
    assert_eq!(first["content"], "# First\n");
    let base = first["version"].as_str().unwrap();

    std::fs::write(world.path("new.md"), "# Second\r\n").unwrap();
    let file = world.at("new.md");
    let change = ["page", "put", "Guides/Caf\u{e9} & more", "--file", &file, "--base", base];
    world.run(&change).ok();
    // Exactly the bytes, and still those of before at the former version.
    assert_eq!(world.run(&page).ok(), "# Second\r\n");
    assert_eq!(world.run(&[&page[..], &["--revision", base]].concat()).ok(), "# First\n");

    let stale = world.run(&change).fails(4);
    assert!(stale.contains("its version is") && stale.contains("page show"), "{stale}");

    let history = world.run(&["page", "history", "Guides/Caf\u{e9} & more"]).ok();
    assert_eq!((history.lines().count(), history.contains("Begin")), (3, true), "{history}");
    let changes = world.run(&["--json", "wiki", "changes", "--limit", "1"]).json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
    assert!(changes["next"].is_string());

    let version = world.run(&[&["--json"], &page[..]].concat()).json()["version"].clone();
    world.run(&["page", "delete", page[2], "--base", version.as_str().unwrap()]).ok();
    let gone = world.run(&page).fails(3);
    assert!(gone.contains("it was deleted in"), "{gone}");
}

#[test]
fn lists_are_fetched_to_their_end() {
    let world = World::with_wiki();
    let files: Vec<_> = (0..230).map(|number| format!("Page {number:03}.md")).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), &b"text\n"[..])).collect();
    let folder = world.files("many", &files);
    world.run(&["wiki", "import", &folder]).ok();
    let all = world.run(&["--json", "page", "list"]).json();
    assert_eq!((all["items"].as_array().unwrap().len(), all["next"].is_null()), (230, true));
    assert_eq!(all["items"][229]["path"], "Page 229");
    assert!(all["head"].is_string(), "what stands beside the items stays");
    let part = world.run(&["--json", "page", "list", "--limit", "210", "--prefix", "Page"]).json();
    assert_eq!(part["items"].as_array().unwrap().len(), 210);
    let rest = world.run(&["--json", "page", "list", "--after", part["next"].as_str().unwrap()]).json();
    assert_eq!(rest["items"][0]["path"], "Page 210");
    assert_eq!(world.run(&["page", "list"]).ok().lines().count(), 231);
}

#[test]
fn people_are_invited_redeem_and_get_tokens() {
    let world = World::with_wiki();
    let code = world.run(&["-q", "invite", "create", "--email", "bob@acme.example", "--role", "viewer"]).ok();
    let token = world.run_with(&["-q", "invite", "redeem", "--name", "Bob"], code.as_bytes()).ok();
    let again = world.run_with(&["invite", "redeem", "--name", "Bob"], code.as_bytes()).fails(3);
    assert!(!again.contains(code.trim()), "{again}");

    let data = world.at("data");
    let as_bob = |arguments: &[&str]| {
        portolan(
            &[("PORTOLAN_TOKEN", token.trim()), ("PORTOLAN_WIKI", "notes")],
            &[&["--data", &data], arguments].concat(),
            b"text",
        )
    };
    // The tenant is the token's.
    assert_eq!(as_bob(&["--json", "whoami"]).json()["principal"]["name"], "Bob");
    as_bob(&["page", "list"]).ok();
    let refused = as_bob(&["page", "put", "New"]).fails(5);
    assert!(refused.starts_with("error: "), "{refused}");

    let members = world.run(&["--json", "member", "list"]).json();
    let bob = members["items"].as_array().unwrap().iter().find(|member| member["name"] == "Bob").unwrap();
    let bob = bob["id"].as_str().unwrap();
    world.run(&["member", "set-role", bob, "editor"]).ok();
    as_bob(&["page", "put", "New"]).ok();
    let second = as_bob(&["-q", "token", "create", "laptop"]).ok();
    assert!(second.starts_with("ptl_"));
    assert!(as_bob(&["token", "list"]).ok().contains("laptop"));
    world.run(&["member", "remove", bob]).ok();
    as_bob(&["page", "list"]).fails(5);
}

#[test]
fn tenants_are_changed_suspended_and_deleted() {
    let world = World::with_wiki();
    let shown = world.run(&["tenant", "show"]).ok();
    assert!(shown.contains("ada@acme.example"), "{shown}");
    let updated = world.run(&["--json", "tenant", "update", "acme", "--monthly-budget-usd", "99.50"]).json();
    assert_eq!((&updated["id"], updated["monthly_budget_usd"].as_f64()), (&"acme".into(), Some(99.5)));
    let cleared = world.run(&["--json", "tenant", "update", "acme", "--no-budget"]).json();
    assert!(cleared["monthly_budget_usd"].is_null());
    world.run(&["tenant", "suspend", "acme", "--reason", "unpaid"]).ok();
    let refused = world.run(&["page", "list"]).fails(5);
    assert!(refused.contains("suspended"), "{refused}");
    world.run(&["tenant", "reinstate", "acme"]).ok();
    world.run(&["page", "list"]).ok();
    world.run(&["tenant", "delete", "acme"]).ok();
    assert_ne!(world.run(&["page", "list"]).code, 0);
}

#[test]
fn everything_done_is_in_the_audit() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text").ok();
    let listed = world.run(&["--json", "audit", "list", "--operation", "page.write"]).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let verified = world.run(&["--json", "audit", "verify"]).json();
    assert_eq!(verified["ok"], true);
    let exported = world.run(&["audit", "export"]).ok();
    assert!(exported.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    let file = world.at("audit.ndjson");
    world.run(&["audit", "export", "--output", &file]).ok();
    assert!(std::fs::read_to_string(file).unwrap().lines().count() >= exported.lines().count());
}

#[test]
fn tokens_made_for_a_command_end_with_it() {
    let world = World::with_wiki();
    world.run(&["page", "list"]).ok();
    let tokens = world.run(&["--json", "token", "list"]).json();
    // The one is that of the command itself.
    assert_eq!(tokens["items"].as_array().unwrap().len(), 1, "{tokens}");
}

#[test]
fn a_wiki_is_listed_shown_and_deleted() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text").ok();
    let shown = world.run(&["--json", "wiki", "show"]).json();
    let folder = std::path::PathBuf::from(shown["repository"].as_str().unwrap());
    assert!(folder.is_absolute() && folder.join("HEAD").is_file(), "{shown}");
    assert_eq!(world.run(&["--json", "wiki", "list"]).json()["items"][0]["id"], "notes");
    world.run(&["wiki", "delete", "notes"]).ok();
    world.run(&["wiki", "show"]).fails(3);
    world.run(&["wiki", "reinstate", "notes"]).ok();
    assert_eq!(world.run(&["--json", "wiki", "show"]).json(), shown);
    world.run(&["wiki", "reinstate", "notes"]).fails(4);
}
