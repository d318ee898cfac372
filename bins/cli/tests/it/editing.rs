//! Changing pages from the command line.

use crate::support::World;

fn edited(world: &World, page: &str, editor: &str, more: &[&str]) -> crate::support::Ran {
    world.run(&[&["page", "edit", page, "--editor", editor], more].concat())
}

#[test]
fn a_page_is_edited_in_an_editor() {
    let world = World::with_wiki();
    let said = edited(&world, "Ideas", "printf '# Ideas\\n\\none\\n' >", &["-m", "Begin"]).ok();
    assert!(said.contains("changed   true"), "{said}");
    edited(&world, "Ideas", "sed -i s/one/two/", &[]).ok();
    assert_eq!(world.run(&["page", "show", "Ideas"]).ok(), "# Ideas\n\ntwo\n");
    let ran = edited(&world, "Ideas", "true", &[]);
    assert!((ran.code, ran.err.contains("Nothing was changed")) == (0, true), "{ran:?}");
    let said = edited(&world, "Ideas", "false", &[]).fails(1);
    assert!(said.contains("nothing was written"), "{said}");
}

#[test]
fn stale_texts_are_merged_or_refused() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Ideas"], b"one\n\ntwo\n\nthree\n").ok();
    let base = world.run(&["--json", "page", "show", "Ideas"]).json()["version"].as_str().unwrap().to_owned();
    world.run_with(&["page", "put", "Ideas", "--base", &base], b"one\n\nTWO\n\nthree\n").ok();
    let merged =
        world.run_with(&["page", "put", "Ideas", "--base", &base, "--merge"], b"one\n\ntwo\n\nTHREE\n").ok();
    assert!(merged.contains("changed   true"), "{merged}");
    assert_eq!(world.run(&["page", "show", "Ideas"]).ok(), "one\n\nTWO\n\nTHREE\n");
    let clash =
        world.run_with(&["page", "put", "Ideas", "--base", &base, "--merge"], b"one\n\nzwei\n\nthree\n");
    let said = clash.fails(4);
    assert!(said.contains("contradicts"), "{said}");
}

#[test]
fn parts_are_changed_tried_and_refused() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Ideas"], b"# Ideas\n\nteh list\n").ok();
    let patch =
        |more: &[&str]| world.run(&[&["page", "patch", "Ideas", "--replace", "teh", "the"], more].concat());
    let tried = patch(&["--append", "- one more", "--dry-run"]).ok();
    assert!(tried.contains("-teh list\n+the list") && tried.contains("+- one more"), "{tried}");
    assert_eq!(world.run(&["page", "show", "Ideas"]).ok(), "# Ideas\n\nteh list\n");
    patch(&["--append", "- one more"]).ok();
    assert_eq!(world.run(&["page", "show", "Ideas"]).ok(), "# Ideas\n\nthe list\n- one more\n");
    let said = patch(&[]).fails(2);
    assert!(said.contains("does not fit"), "{said}");
    let edits = br#"[{"section": {"path": "Ideas", "op": "prepend", "content": "First.\n"}}]"#;
    world.run_with(&["page", "patch", "Ideas", "--edits", "-"], edits).ok();
    assert_eq!(world.run(&["page", "show", "Ideas"]).ok(), "# Ideas\n\nFirst.\nthe list\n- one more\n");
    world.run(&["page", "patch", "Ideas"]).fails(2);
}

#[test]
fn pages_are_renamed_deleted_restored_and_commits_undone() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Old"], b"text\n").ok();
    world.run_with(&["page", "put", "Home"], b"[[Old]]\n").ok();
    let said = world.run(&["page", "rename", "Old", "New"]).ok();
    assert!(said.contains("rewritten  Home"), "{said}");
    assert_eq!(world.run(&["page", "show", "Home"]).ok(), "[[New]]\n");
    let version =
        world.run(&["--json", "page", "show", "New"]).json()["version"].as_str().unwrap().to_owned();
    world.run(&["page", "delete", "New", "--base", &version]).ok();
    world.run(&["page", "show", "New"]).fails(3);
    world.run(&["page", "restore", "New"]).ok();
    assert_eq!(world.run(&["page", "show", "New"]).ok(), "text\n");
    world.run(&["page", "restore", "New"]).fails(2);
    let restored = world.run(&["--json", "page", "history", "New"]).json();
    let revision = restored["items"][0]["revision"].as_str().unwrap();
    let said = world.run(&["wiki", "revert", revision]).ok();
    assert!(said.contains("paths      New"), "{said}");
    world.run(&["page", "show", "New"]).fails(3);
}

#[test]
fn a_renamed_page_is_shown_where_it_is_now() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "First"], b"text\n").ok();
    world.run(&["page", "rename", "First", "Second one"]).ok();
    world.run(&["page", "rename", "Second one", "Third"]).ok();
    let difference = world.run(&["wiki", "diff"]).ok();
    assert!(difference.contains("--- Third (renamed from Second one)\n"), "{difference}");
    assert_eq!(world.run(&["page", "show", "First", "--lines", "1-1"]).ok(), "text\n");
    assert_eq!(world.run(&["--json", "page", "show", "First"]).json()["path"], "Third");
    for (from, to) in [("a", "b"), ("b", "a")] {
        world.run_with(&["page", "put", from], format!("---\nredirect: {to}\n---\n").as_bytes()).ok();
    }
    // Round in a circle there is nothing but the page itself.
    assert_eq!(world.run(&["page", "show", "a"]).ok(), "---\nredirect: b\n---\n");
}

#[test]
fn files_are_changed_only_knowingly() {
    let world = World::with_wiki();
    let file = world.at("note.txt");
    std::fs::write(&file, "one").unwrap();
    world.run(&["file", "put", "note.txt", &file]).ok();
    std::fs::write(&file, "two").unwrap();
    let said = world.run(&["file", "put", "note.txt", &file]).fails(4);
    assert!(said.contains("page or file exists") && said.contains("add `--base "), "{said}");
}

#[test]
fn shells_and_manuals_are_served() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = world.run(&["completions", shell]).ok();
        assert!(script.contains("portolan") && script.contains("rename"), "{shell}");
    }
    assert!(world.run(&["man"]).ok().starts_with(".ie"));
    let folder = world.at("man");
    world.run(&["man", &folder]).ok();
    assert!(world.path("man/portolan-page-edit.1").exists());
}
