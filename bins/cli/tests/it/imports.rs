//! Histories and folders are taken over whole, and given out whole.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use expect_test::expect;

use crate::support::{World, git};

/// A repository with two branches, a tag, a merge and names that are no page names.
fn odd_repository(world: &World) -> String {
    let folder = world.files(
        "source",
        &[
            ("Home.md", b"# Home\n"),
            ("Guides/Caf\u{e9}.md", b"# Caf\xc3\xa9\n"),
            (".hidden/x.md", b"hidden\n"),
            ("What?: now.md", b"no Windows name\n"),
            ("logo.png", b"\x89PNG\r\n\x1a\n\0\xff"),
            ("crlf.md", b"a\r\nb\r\n"),
            ("run.sh", b"#!/bin/sh\n"),
        ],
    );
    let path = Path::new(&folder);
    symlink("Home.md", path.join("link.md")).unwrap();
    std::fs::set_permissions(path.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    git(path, &["init", "--quiet", "--initial-branch=trunk"]);
    git(path, &["-c", "core.autocrlf=false", "add", "-A"]);
    git(path, &["commit", "--quiet", "-m", "First"]);
    git(path, &["checkout", "--quiet", "-b", "side"]);
    std::fs::write(path.join("Side.md"), "side\n").unwrap();
    git(path, &["add", "-A"]);
    git(path, &["commit", "--quiet", "-m", "Side"]);
    git(path, &["checkout", "--quiet", "trunk"]);
    std::fs::write(path.join("Home.md"), "# Home, changed\n").unwrap();
    git(path, &["commit", "--quiet", "-am", "Change"]);
    git(path, &["merge", "--quiet", "--no-ff", "-m", "Merge", "side"]);
    git(path, &["tag", "-a", "v1", "-m", "One"]);
    folder
}

fn commits(folder: &Path) -> String {
    git(folder, &["log", "--format=%H %T %an %s", "HEAD"])
}

#[test]
fn a_repository_comes_in_and_goes_out_with_the_same_ids() {
    let world = World::new();
    let source = odd_repository(&world);
    let source = Path::new(&source);
    let said = world.run(&["wiki", "import", source.to_str().unwrap()]).ok();
    expect![[r#"
        kept  .hidden/x.md  (segment 1 of the path, ".hidden", begins with a dot, and such names are neither pages nor files here: take the dot away; it is kept under the name it has)
        kept  What?: now.md  (segment 1 of the path, "What?: now", contains `:`, which some file systems cannot store: use another character; it is kept under the name it has)
        kept  link.md  (it is a symbolic link, which is kept but neither followed nor written through)
        kept  run.sh  (its executable bit is kept)
        kept  refs/heads/side  (a reference that was not taken; it names ID)
        kept  refs/tags/v1  (a reference that was not taken; it names ID)
        Imported 4 commits, 21 objects, 4 pages; the head is ID.
        6 entries listed above: kept as they are, and no pages.
    "#]]
    .assert_eq(&world.redact(&said));

    let (bundle, clone) = (world.at("out.bundle"), world.at("clone"));
    world.run(&["wiki", "export", "--output", &bundle]).ok();
    git(world.folder.path(), &["clone", "--quiet", &bundle, &clone]);
    assert_eq!(commits(Path::new(&clone)), commits(source));
    assert_eq!(git(Path::new(&clone), &["branch", "--show-current"]), "trunk\n");
    git(Path::new(&clone), &["fsck", "--strict"]);

    // Plain git reads the data folder itself.
    let shown = world.run(&["--json", "wiki", "show"]).json();
    let direct = world.at("direct");
    git(world.folder.path(), &["clone", "--quiet", shown["repository"].as_str().unwrap(), &direct]);
    assert_eq!(commits(Path::new(&direct)), commits(source));

    // The bundle is a source too, and standard output a target.
    world.run(&["wiki", "import", &bundle, "--wiki", "second"]).ok();
    let again = world.run(&["--json", "wiki", "show", "second"]).json();
    assert_eq!(again["head"], shown["head"]);
    let bytes = std::process::Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args([
            "--data",
            &world.at("data"),
            "--tenant",
            "acme",
            "--wiki",
            "second",
            "wiki",
            "export",
            "-o",
            "-",
        ])
        .output()
        .unwrap();
    assert!(bytes.status.success() && bytes.stdout.starts_with(b"# v2 git bundle\n"));
}

#[test]
fn bare_repositories_and_other_branches_are_taken() {
    let world = World::new();
    let source = odd_repository(&world);
    let bare = world.at("bare.git");
    git(world.folder.path(), &["clone", "--quiet", "--bare", &source, &bare]);
    let done = world.run(&["--json", "wiki", "import", &bare, "--branch", "side", "--wiki", "side"]).json();
    assert_eq!((&done["state"], done["commits"].as_u64()), (&"done".into(), Some(2)));
    let side = git(Path::new(&bare), &["rev-parse", "side"]);
    assert_eq!(done["revision"], side.trim());
    let missing = world.run(&["wiki", "import", &bare, "--branch", "nope", "--wiki", "other"]).fails(2);
    assert!(missing.contains("refs/heads/trunk"), "names what there is: {missing}");
}

#[test]
fn a_plain_folder_becomes_one_commit_with_every_byte() {
    let world = World::new();
    let odd = "quote\" back\\slash\nline.md";
    let folder = world.files(
        "plain",
        &[
            ("Home.md", b"# Home\n"),
            ("crlf.md", b"a\r\nb"),
            (".gitattributes", b"*.md text eol=lf\n"),
            (".gitignore", b"*.png\n"),
            ("img/logo.png", b"\x89PNG\xff\0"),
            (odd, b"odd\n"),
            ("inner/.git/config", b"not to be taken\n"),
        ],
    );
    let path = Path::new(&folder);
    symlink("Home.md", path.join("link")).unwrap();
    let said = world.run(&["wiki", "import", &folder]).ok();
    assert!(said.contains("left out  inner/.git  (git's own data)"), "{said}");
    assert!(said.contains("Imported 1 commit, "), "{said}");
    let repository = world.run(&["--json", "wiki", "show"]).json()["repository"].as_str().unwrap().to_owned();
    let listed = git(Path::new(&repository), &["ls-tree", "-r", "-z", "main"]);
    let names = listed.split_terminator('\0').map(|line| {
        let (about, name) = line.split_once('\t').unwrap();
        format!("{} {name}", &about[..6])
    });
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "100644 .gitattributes",
            "100644 .gitignore",
            "100644 Home.md",
            "100644 crlf.md",
            "100644 img/logo.png",
            "100644 quote\" back\\slash\nline.md",
            "120000 link",
        ]
    );
    assert_eq!(git(Path::new(&repository), &["cat-file", "blob", "main:crlf.md"]), "a\r\nb");
    git(Path::new(&repository), &["fsck", "--strict"]);
}

#[test]
fn what_cannot_be_imported_is_said_and_nothing_is_made() {
    let world = World::new();
    let nothing = world.files("nothing/.git", &[("config", b"")]);
    let nothing = Path::new(&nothing).parent().unwrap().to_str().unwrap().to_owned();
    let unborn = world.at("unborn");
    git(world.folder.path(), &["init", "--quiet", &unborn]);
    let text = world.files("files", &[("a.md", b"text\n")]) + "/a.md";
    let incremental = world.at("files/incremental.bundle");
    let bundle = b"# v2 git bundle\n-1111111111111111111111111111111111111111 x\n2222222222222222222222222222222222222222 refs/heads/main\n\nPACK";
    std::fs::write(&incremental, bundle).unwrap();
    let source = odd_repository(&world);
    let shallow = world.at("shallow");
    git(world.folder.path(), &["clone", "--quiet", "--depth=1", &format!("file://{source}"), &shallow]);
    for (source, code, part) in [
        (&world.at("absent"), 3, "cannot be read"),
        (&nothing, 2, "holds no file to import"),
        (&unborn, 2, "has no commit to import"),
        (&text, 2, "not a git bundle"),
        (&incremental, 2, "incremental"),
        (&shallow, 2, "git fetch --unshallow"),
    ] {
        let said = world.run(&["wiki", "import", source]).fails(code);
        assert!(said.contains(part), "{source}: {said}");
    }
    world.run(&["wiki", "show"]).fails(3);

    // The header is good, the pack is not: that is found by the import itself.
    let damaged = world.at("damaged.bundle");
    git(Path::new(&source), &["bundle", "create", "--quiet", &damaged, "HEAD", "--branches"]);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&damaged, bytes).unwrap();
    let said = world.run(&["wiki", "import", &damaged]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("the import failed: "), "{said:?}");
    // Nothing was changed, so the same wiki takes the good one, once.
    world.run(&["wiki", "import", &source]).ok();
    let full = world.run(&["wiki", "import", &source]).fails(4);
    assert!(full.contains("is not empty"), "{full}");
}

#[test]
fn without_git_a_repository_cannot_be_read_and_the_reason_is_said() {
    let world = World::new();
    let source = odd_repository(&world);
    let data = world.at("data");
    let empty = world.files("empty", &[("x", b"")]);
    let arguments = ["--data", &data, "--tenant", "acme", "--wiki", "notes", "wiki", "import", &source];
    let said = crate::support::portolan(&[("PATH", &empty)], &arguments, b"").fails(1);
    assert!(said.contains("git is not installed") && said.contains("git bundle create"), "{said}");
}

#[test]
fn an_export_goes_where_links_and_pipes_lead() {
    use std::os::unix::fs::{FileTypeExt, symlink};

    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text").ok();
    let bundle = |path: &std::path::Path| std::fs::read(path).unwrap().starts_with(b"# v2 git bundle\n");
    std::fs::write(world.path("real"), "before").unwrap();
    symlink(world.path("real"), world.path("link")).unwrap();
    world.run(&["wiki", "export", "--output", &world.at("link")]).ok();
    assert!(bundle(&world.path("real")) && world.path("link").is_symlink());

    let pipe = world.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || bundle(&pipe)
    });
    world.run(&["wiki", "export", "--output", pipe.to_str().unwrap()]).ok();
    assert!(reader.join().unwrap() && pipe.metadata().unwrap().file_type().is_fifo());
}

#[test]
fn an_export_that_cannot_be_written_leaves_nothing() {
    let world = World::with_wiki();
    let empty = world.run(&["wiki", "export", "--output", &world.at("x.bundle")]).fails(3);
    assert!(empty.contains("empty"), "{empty}");
    world.run_with(&["page", "put", "Home"], b"text").ok();
    world.run(&["wiki", "export", "--output", &world.at("absent/x.bundle")]).fails(1);
    world.run(&["wiki", "export", "--output", &world.at("data")]).fails(1);
    let left: Vec<_> =
        std::fs::read_dir(world.folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["data"]);
}
