//! Backups, and indexes made anew.

use crate::support::{World, git, portolan};

#[test]
fn a_backup_is_brought_back_whole() {
    let world = World::with_wiki();
    for page in ["Home", "Guides/Start"] {
        world.run_with(&["page", "put", page], page.as_bytes()).ok();
    }
    let changes = world.run(&["--json", "wiki", "changes"]).json();
    let (backup, restored) = (world.at("backup"), world.at("restored"));
    let said = world.run(&["backup", &backup]).ok();
    assert!(said.contains("copied to"), "{said}");
    // Written since: not in it.
    world.run_with(&["page", "put", "Later"], b"later").ok();
    world.run(&["backup", &backup]).fails(4);
    let run = |arguments: &[&str]| {
        let all = ["--data", &restored, "--tenant", "acme", "--wiki", "notes"];
        portolan(&[], &[&all, arguments].concat(), b"")
    };
    let said = run(&["restore", &backup]).ok();
    assert!(said.contains("brought back"), "{said}");
    assert_eq!(run(&["--json", "wiki", "changes"]).json(), changes);
    assert_eq!(run(&["page", "show", "Guides/Start"]).ok(), "Guides/Start");
    assert_eq!(run(&["doctor"]).ok(), "Everything is sound.\n");
    let show = run(&["--json", "wiki", "show"]).json();
    let repository = std::path::PathBuf::from(show["repository"].as_str().unwrap());
    git(&repository, &["fsck", "--strict"]);
    assert_eq!(git(&repository, &["rev-parse", "main"]).trim(), show["head"].as_str().unwrap());
    run(&["restore", &backup]).fails(4);
}

#[test]
fn a_damaged_backup_is_not_brought_back() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text").ok();
    let backup = world.at("backup");
    world.run(&["backup", &backup]).ok();
    let restore = |target: &str| portolan(&[], &["restore", &backup, "--data", &world.at(target)], b"");
    let ledger = world.path("backup/ledger.db");
    let mut bytes = std::fs::read(&ledger).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&ledger, &bytes).unwrap();
    let said = restore("one").fails(1);
    assert!(said.contains("ledger.db is damaged"), "{said}");
    std::fs::remove_file(&ledger).unwrap();
    let said = restore("two").fails(1);
    assert!(said.contains("missing"), "{said}");
    std::fs::remove_file(world.path("backup/backup.json")).unwrap();
    let said = restore("three").fails(2);
    assert!(said.contains("no backup"), "{said}");
    assert!(!world.path("three").exists());
}

#[test]
fn an_index_is_made_anew() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text").ok();
    assert_eq!(world.run(&["reindex"]).ok(), "acme/notes\n");
    assert_eq!(world.run(&["page", "show", "Home"]).ok(), "text");
    let none = ["reindex", "--data", &world.at("data"), "--wiki", "none"];
    assert!(portolan(&[], &none, b"").fails(3).contains("no such wiki"));
}
