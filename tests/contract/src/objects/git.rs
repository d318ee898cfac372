//! Plain git, which must be installed: what it makes is what users bring, and what it reads is what they keep.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use portolan_core::git::{Kind, Object, Oid};

/// What `git` with these arguments answers in `folder`; fails with its own words where it fails.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    git_with(folder, arguments, b"")
}

/// As [`git`], with `input` to read.
pub(super) fn git_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut process = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git must be installed to test a store of git objects");
    let mut stdin = process.stdin.take().expect("its input is a pipe");
    let input = input.to_vec();
    // On a thread of its own, since git may answer before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = process.wait_with_output().expect("git ends");
    let _ = writer.join();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {}: {complaint}", output.status);
    output.stdout
}

/// The text that git answers, without the line's end.
pub(super) fn git_text(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8_lossy(&git(folder, arguments)).trim_end().to_owned()
}

/// Fills `folder` with a repository whose history has everything a wiki's may have: 40 versions of a long page, folders,
/// a binary file, an executable, a symlink, a deletion, a merge and a tag.
pub(super) fn history(folder: &Path) {
    git(folder, &["init", "-q", "--bare", "."]);
    git_with(folder, &["fast-import", "--quiet"], &stream());
}

/// The stream of `git fast-import` for [`history`].
fn stream() -> Vec<u8> {
    let mut out = Vec::new();
    let page = |version: usize| -> String {
        super::help::text(
            (0..400).map(|line| format!("line {line} of {}", if line == version * 7 { version } else { 0 })),
        )
    };
    for version in 0..40 {
        let when = 1_767_225_600 + version;
        out.extend(format!("commit refs/heads/main\nmark :{}\n", version + 1).bytes());
        out.extend(format!("committer Ada <ada@example.org> {when} +0100\ndata 7\nchange\n\n").bytes());
        file(&mut out, "100644", "Guides/Long page.md", page(version).as_bytes());
        file(&mut out, "100644", &format!("notes/{version:03}.md"), format!("# Note {version}\n").as_bytes());
        match version {
            3 => file(&mut out, "100755", "run.sh", b"#!/bin/sh\n"),
            4 => file(&mut out, "120000", "link", b"run.sh"),
            5 => file(&mut out, "100644", "img/noise.png", &super::help::noise(11, 50_000)),
            6 => out.extend(b"D notes/002.md\n"),
            _ => {}
        }
    }
    out.extend(b"commit refs/heads/side\nmark :100\ncommitter  <> 1767225700 -1200\ndata 0\nfrom :20\n");
    file(&mut out, "100644", "side.md", b"side\n");
    out.extend(b"commit refs/heads/main\nmark :101\ncommitter Ada <ada@example.org> 1767225800 +0000\ndata 5\nmerge\n");
    out.extend(b"from :40\nmerge :100\n");
    file(&mut out, "100644", "side.md", b"side\n");
    out.extend(b"tag v1\nfrom :101\ntagger Ada <ada@example.org> 1767225900 +0000\ndata 3\none\n");
    out
}

fn file(out: &mut Vec<u8>, mode: &str, path: &str, data: &[u8]) {
    out.extend(format!("M {mode} inline \"{path}\"\ndata {}\n", data.len()).bytes());
    out.extend_from_slice(data);
    out.push(b'\n');
}

/// All objects of the repository in `folder`, as git reads them.
pub(super) fn all_objects(folder: &Path) -> Vec<(Oid, Object)> {
    let output = git(folder, &["cat-file", "--batch", "--batch-all-objects"]);
    let mut rest = output.as_slice();
    let mut objects = Vec::new();
    while !rest.is_empty() {
        let end =
            rest.iter().position(|byte| *byte == b'\n').expect("every object has a line of its own first");
        let header = String::from_utf8_lossy(&rest[..end]).into_owned();
        let [id, kind, size]: [&str; 3] =
            header.split(' ').collect::<Vec<_>>().try_into().expect("id, type, size");
        let kind =
            [Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag].into_iter().find(|it| it.as_str() == kind);
        let size: usize = size.parse().expect("a size is a number");
        let data = rest[end + 1..end + 1 + size].to_vec();
        rest = &rest[end + size + 2..];
        let object = Object::new(kind.expect("git has four kinds of objects"), data);
        objects.push((id.parse().expect("an id"), object));
    }
    objects
}

/// One pack with everything in the repository in `folder`.
pub(super) fn pack(folder: &Path, options: &[&str]) -> Vec<u8> {
    let arguments =
        [&["pack-objects", "-q", "--all", "--stdout", "--window=50", "--depth=50"], options].concat();
    git(folder, &arguments)
}
