//! Bad input of each kind: what is said, and the exit code.

use expect_test::{Expect, expect};

use crate::support::{World, portolan};

fn check(world: &World, arguments: &[&str], input: &[u8], code: i32, expected: &Expect) {
    let said = world.run_with(arguments, input).fails(code);
    expected.assert_eq(&world.redact(&said));
}

#[test]
fn changes_without_a_good_base() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text\n").ok();
    let base = "1".repeat(40);
    check(
        &world,
        &["page", "put", "Home"],
        b"other\n",
        4,
        &expect![[r#"
            error: The change must name its base: The page or file exists; to change it, send If-Match with the version the change was made on.
            hint: its version is ID now
            hint: read it with `portolan page show "Home"`, make your change on that text, and put it with `--base ID`
        "#]],
    );
    check(
        &world,
        &["page", "put", "Home", "--create"],
        b"other\n",
        4,
        &expect![[r#"
        error: The page exists already; to change it, send If-Match with its version.
        hint: its version is ID now
        hint: read it with `portolan page show "Home"`, make your change on that text, and put it with `--base ID`
    "#]],
    );
    check(
        &world,
        &["page", "put", "Home", "--base", &base],
        b"other\n",
        4,
        &expect![[r#"
        error: The page is not at that base: The page or file has changed since the base given; read it again and make the change on what it is now.
        hint: its version is ID now
        hint: read it with `portolan page show "Home"`, make your change on that text, and put it with `--base ID`
    "#]],
    );
    check(
        &world,
        &["page", "put", "Absent", "--base", &base],
        b"other\n",
        4,
        &expect![[r"
        error: The page is not at that base: The page or file has changed since the base given; read it again and make the change on what it is now.
        hint: there is no such page now; leave --base away to create it
    "]],
    );
    check(
        &world,
        &["page", "put", "Home", "--base", "new\nline"],
        b"other\n",
        2,
        &expect![[r"
        error: --base must be a version or a revision: 40 characters of 0-9 and a-f
    "]],
    );
    check(
        &world,
        &["page", "delete", "Home"],
        b"",
        4,
        &expect![[r#"
        error: The change must name its base: The page or file exists; to change it, send If-Match with the version the change was made on.
        hint: its version is ID now
        hint: look at it with `portolan page show "Home"`; to delete just that, add `--base ID`
    "#]],
    );
    check(
        &world,
        &["page", "delete", "Absent"],
        b"",
        3,
        &expect![[r"
        error: Not found: Page not found.
    "]],
    );
    assert_eq!(world.run(&["page", "show", "Home"]).ok(), "text\n", "nothing has changed");
}

#[test]
fn pages_that_cannot_be_written() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text\n").ok();
    check(
        &world,
        &["page", "put", "a//b"],
        b"text\n",
        2,
        &expect![[r#"
        error: What was sent breaks a rule: segment 2 of the path, "", is empty: write single slashes, and none at the start or the end
    "#]],
    );
    check(
        &world,
        &["page", "put", "../../tenants"],
        b"text\n",
        2,
        &expect![[r#"
        error: "../../tenants" names no page: segment 1 of the path, "..", is a relative step: write the path from the root of the wiki
    "#]],
    );
    check(
        &world,
        &["page", "put", "home"],
        b"text\n",
        4,
        &expect![[r#"
        error: The path collides with another: The path collides with "Home.md": they differ only in case, or in how letters with marks are encoded.
    "#]],
    );
    check(
        &world,
        &["page", "put", "New", "-m", "Portolan-Agent: me"],
        b"text\n",
        2,
        &expect![[r#"
        error: What was sent breaks a rule: /message: line 1 of the message begins with "Portolan-…:", which is ours to write; word it differently
    "#]],
    );
    check(
        &world,
        &["page", "put", "New"],
        b"caf\xe9",
        2,
        &expect![[r"
        error: standard input is not UTF-8: byte 3 does not fit; a page is UTF-8 text
    "]],
    );
    check(
        &world,
        &["page", "put", "New", "--file", &world.at("absent")],
        b"",
        2,
        &expect![[r"
        error: FOLDER/absent cannot be read: No such file or directory (os error 2)
    "]],
    );
    assert_eq!(world.run(&["page", "show", "Home"]).ok(), "text\n", "nothing has changed");
}

#[test]
fn what_breaks_a_rule_is_taken_or_not_there() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text\n").ok();
    let base = "1".repeat(40);
    check(
        &world,
        &["page", "show", "Home", "--revision", &base],
        b"",
        3,
        &expect![[r"
        error: Not found: Revision of this page not found.
    "]],
    );
    check(
        &world,
        &["page", "list", "--after", "nonsense"],
        b"",
        2,
        &expect![[r"
        error: The cursor is not one of this list: The cursor is not one this list has given out; begin again without `after`.
          ?after: this list has not given out such a cursor
    "]],
    );
    check(
        &world,
        &["wiki", "create", "No Slug"],
        b"",
        2,
        &expect![[r"
        error: What was sent breaks a rule: /id: a wiki id has 1 to 64 characters of a-z, 0-9 and '-', and neither begins nor ends with '-'
    "]],
    );
    check(
        &world,
        &["wiki", "create", "notes"],
        b"",
        4,
        &expect![[r#"
        error: This id is taken: The id "notes" is taken; choose another.
    "#]],
    );
    check(
        &world,
        &["tenant", "create", "x", "--name", "X", "--owner-email", "nobody"],
        b"",
        2,
        &expect![[r"
        error: What was sent breaks a rule
          /id: a tenant id has 3 to 32 characters of a-z, 0-9 and single '-', begins with a letter and does not end in '-'
          /owner_email: an e-mail address has the form name@host, at most 254 bytes, no blanks
    "]],
    );
    check(
        &world,
        &["token", "create", "old", "--expires-at", "2001-01-01T00:00:00Z"],
        b"",
        2,
        &expect![[r"
        error: What was sent breaks a rule: /expires_at: a token must expire in the future
    "]],
    );
    check(
        &world,
        &["page", "list", "--tenant", "nobody"],
        b"",
        3,
        &expect![[r"
        error: the tenant nobody: tenant not found
        hint: `portolan tenant list` shows which there are
    "]],
    );
    assert_eq!(world.run(&["page", "show", "Home"]).ok(), "text\n", "nothing has changed");
}

#[test]
fn refusals_are_json_where_results_are() {
    let world = World::with_wiki();
    let said = world.run(&["--json", "page", "show", "Absent"]).fails(3);
    let problem: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&problem["type"], &problem["status"]), (&"/problems/not-found".into(), &404.into()));
    let said = world.run(&["--json", "page", "show", ".."]).fails(2);
    assert!(serde_json::from_str::<serde_json::Value>(&said).unwrap()["title"].is_string());
}

#[test]
fn one_process_at_a_time() {
    let world = World::with_wiki();
    let lock = std::fs::File::options().write(true).open(world.path("data/lock")).unwrap();
    lock.lock().unwrap();
    check(
        &world,
        &["page", "list"],
        b"",
        6,
        &expect![[r"
        error: the data folder FOLDER/data is in use by another Portolan process; stop that one, or choose another folder with --data
        hint: while a server has the folder, ask the server: leave --data away and name it with --url
    "]],
    );
    drop(lock);
    world.run(&["page", "list"]).ok();
}

#[test]
fn a_folder_is_made_once() {
    let world = World::new();
    let data = world.at("data");
    let said = portolan(&[], &["init", "--data", &data], b"").fails(4);
    expect![[r"
        error: the data folder FOLDER/data is in use: its platform is there
        hint: for another token of its operator: portolan --data FOLDER/data --tenant platform token create NAME
    "]].assert_eq(&world.redact(&said));
    let said = portolan(&[], &["init", "--data", &world.at("new"), "--email", "nobody"], b"").fails(2);
    expect![[r"
        error: --email: an e-mail address has the form name@host, at most 254 bytes, no blanks
    "]]
    .assert_eq(&said);
    assert!(!world.path("new").exists());
}

#[test]
fn what_is_missing_or_contradicts_is_said_before_anything_is_asked() {
    let world = World::new();
    let data = world.at("data");
    for (arguments, part) in [
        (&["page", "list", "--url", "http://127.0.0.1:1", "--data", &data][..], "exclude each other"),
        (&["--data", &data, "page", "list", "--wiki", "notes"], "which tenant?"),
        (&["--data", &data, "--tenant", "acme", "page", "list"], "which wiki?"),
        (&["init"], "which folder?"),
        (&["--url", "ftp://x", "whoami"], "http:// or https://"),
        (&["--url", "http://ada:secret@x", "whoami"], "no password"),
        (&["--url", "http://x?y", "whoami"], "no `?`"),
        (&["--url", "nonsense", "whoami"], "not an address"),
        (&["--tenant", "..", "--wiki", "x", "page", "list"], "is no id"),
        (&["--data", &data, "--tenant", "no slug", "member", "list"], "a tenant id has"),
    ] {
        let said = portolan(&[], arguments, b"").fails(2);
        assert!(said.contains(part) && !said.contains("secret"), "{arguments:?}: {said}");
    }
}

#[test]
fn secrets_are_never_said() {
    let world = World::with_wiki();
    let data = world.at("data");
    let mistyped = format!("{}x", world.operator);
    for token in [mistyped.as_str(), "ptl_two\nlines", "ptl_caf\u{e9}"] {
        let said = portolan(&[("PORTOLAN_TOKEN", token)], &["--data", &data, "whoami"], b"").fails(5);
        assert!(!said.contains("ptl_"), "{said}");
        let remote = ["--url", "http://127.0.0.1:1", "whoami"];
        let said = portolan(&[("PORTOLAN_TOKEN", token)], &remote, b"");
        assert!(said.code != 0 && !said.err.contains("ptl_"), "{said:?}");
    }
}

#[test]
fn faults_of_the_configuration_are_named() {
    let world = World::new();
    let data = world.at("data");
    let said =
        portolan(&[("PORTOLAN_PAGE_BYTES", "many")], &["--data", &data, "tenant", "list"], b"").fails(2);
    assert!(said.contains("PORTOLAN_PAGE_BYTES"), "{said}");
}

#[test]
fn nobody_answers() {
    let said =
        portolan(&[], &["--url", "http://127.0.0.1:1", "--tenant", "acme", "member", "list"], b"").fails(6);
    assert!(said.starts_with("error: no answer from http://127.0.0.1:1/: "), "{said}");
}
