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

/// The file that a failed edit says it has kept.
fn kept(said: &str) -> std::path::PathBuf {
    let (_, path) = said.split_once("your text is kept in ").expect(said);
    let end = path.find(['\n', '"']).unwrap_or(path.len());
    path[..end].into()
}

#[test]
fn what_was_written_in_an_editor_is_not_lost() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::with_wiki();
    world.run_with(&["page", "put", "Ideas"], b"one\n").ok();
    for (editor, bytes, code) in [
        ("f() { echo two > \"$1\"; exit 1; }; f", &b"two\n"[..], 1),
        ("f() { echo two > \"$1\"; kill -9 $$; }; f", b"two\n", 1),
        ("printf '\\377' >", b"\xff", 2),
    ] {
        let said = edited(&world, "Ideas", editor, &[]).fails(code);
        assert!(said.contains("nothing was written"), "{said}");
        let kept = kept(&said);
        assert_eq!(std::fs::read(&kept).unwrap(), bytes, "{said}");
        let folder = kept.parent().unwrap();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::remove_dir_all(folder).unwrap();
    }
    let said = edited(&world, "Ideas", "rm", &[]).fails(1);
    assert!(said.contains("what \"rm\" saved cannot be read"), "{said}");
    assert_eq!(world.run(&["page", "show", "Ideas"]).ok(), "one\n");

    // What the server refuses, told as JSON.
    let said = edited(&world, "Ideas", "printf 'a\\000b' >", &["--json"]).fails(2);
    let problem: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(problem["type"].is_string(), "{said}");
    let kept = kept(problem["hints"][0].as_str().unwrap());
    assert_eq!(std::fs::read(&kept).unwrap(), b"a\0b");
    std::fs::remove_dir_all(kept.parent().unwrap()).unwrap();
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
