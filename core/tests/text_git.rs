//! Differences, merges and blame beside the real `git`, which must be installed.

#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use portolan_core::text::blame::Blame;
use portolan_core::text::diff::Diff;
use portolan_core::text::merge::{Merge, merge};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tempfile::TempDir;

/// Runs git in `folder`, which has nothing of this machine's configuration.
fn git(folder: &TempDir, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need git: install it");
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn text(lines: &[String]) -> Vec<u8> {
    lines.concat().into_bytes()
}

/// Lines that often repeat, with blank and indented ones among them: what makes the place of a change ambiguous.
fn line() -> impl Strategy<Value = String> {
    let few = select(vec!["", "", "{", "}", "  x", "  y", "\tz", "    x", "a", "b", "* item", "# Title"])
        .prop_map(str::to_owned);
    prop_oneof![4 => few, 1 => (0..40u8).prop_map(|n| format!("line number {n} of those that are rather rare"))]
        .prop_map(|line| line + "\n")
}

fn lines(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(line(), 0..most)
}

/// Deletes some lines somewhere and puts others there.
#[derive(Debug, Clone)]
struct Edit {
    at: Index,
    deleted: usize,
    inserted: Vec<String>,
}

fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    let edit = (any::<Index>(), 0..4usize, lines(4)).prop_map(|(at, deleted, inserted)| Edit {
        at,
        deleted,
        inserted,
    });
    prop::collection::vec(edit, 0..most)
}

fn edited(lines: &[String], edits: &[Edit]) -> Vec<String> {
    let mut lines = lines.to_vec();
    for Edit { at, deleted, inserted } in edits {
        let at = at.index(lines.len() + 1);
        let end = (at + deleted).min(lines.len());
        lines.splice(at..end, inserted.iter().cloned());
    }
    lines
}

/// Section headings behind the second `@@` are git's alone.
fn without_headings(diff: &[u8]) -> Vec<u8> {
    diff.split_inclusive(|byte| *byte == b'\n')
        .skip_while(|line| !line.starts_with(b"@@"))
        .flat_map(|line| match line.strip_prefix(b"@@ ") {
            Some(rest) => {
                let end = rest.windows(3).position(|part| part == b" @@").unwrap() + 6;
                [&line[..end], b"\n"].concat()
            }
            None => line.to_vec(),
        })
        .collect()
}

fn diff_is_gits(old: &[u8], new: &[u8]) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("old"), old).unwrap();
    fs::write(folder.path().join("new"), new).unwrap();
    let theirs = git(&folder, &["diff", "--no-index", "--no-color", "--text", "old", "new"], b"");
    let ours = Diff::new(old, new).unified(usize::MAX);
    assert_eq!(
        String::from_utf8_lossy(&ours.text),
        String::from_utf8_lossy(&without_headings(&theirs.stdout)),
    );
    let patch = [b"--- a/old\n+++ b/old\n", &ours.text[..]].concat();
    if !ours.text.is_empty() {
        let applied = git(&folder, &["apply", "--unidiff-zero", "-"], &patch);
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    }
    assert_eq!(fs::read(folder.path().join("old")).unwrap_or_default(), new);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_difference_is_that_of_git(old in lines(80), edits in edits(8), other in lines(30), ends: [bool; 2]) {
        for mut new in [edited(&old, &edits), other] {
            let mut old = old.clone();
            for (lines, ends) in [&mut old, &mut new].into_iter().zip(ends) {
                if let (Some(last), false) = (lines.last_mut(), ends) {
                    last.pop();
                }
            }
            diff_is_gits(&text(&old), &text(&new));
        }
    }

    #[test]
    fn where_git_merges_cleanly_so_do_we(base in lines(60), one in edits(6), other in edits(6)) {
        let folder = TempDir::new().unwrap();
        let texts = [text(&base), text(&edited(&base, &one)), text(&edited(&base, &other))];
        for (name, text) in ["base", "theirs", "yours"].iter().zip(&texts) {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let [base, theirs, yours] = &texts;
        let ours = merge(base, theirs, yours);
        for style in [&["--diff3"][..], &[]] {
            let arguments = [&["merge-file", "-p"], style, &["theirs", "base", "yours"]].concat();
            let output = git(&folder, &arguments, b"");
            match &ours {
                Merge::Clean(merged) if output.status.success() => prop_assert_eq!(
                    String::from_utf8_lossy(&merged.text),
                    String::from_utf8_lossy(&output.stdout)
                ),
                Merge::Clean(merged) => prop_assert!(merged.within_lines > 0, "git sees a conflict"),
                Merge::Conflict(_) => prop_assert!(!output.status.success(), "git sees no conflict"),
            }
        }
    }
}

/// Lines without an order, too many for an exact search: the cuts in cost are those of git, as long as no haste is made.
#[test]
fn a_dear_difference_is_that_of_git() {
    let mut state = 0x9e37_79b9_u64;
    let mut noise = |count: usize, kinds: u64| -> Vec<u8> {
        let mut text = String::new();
        for _ in 0..count {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            writeln!(text, "{}", state % kinds).unwrap();
        }
        text.into_bytes()
    };
    for (count, kinds) in [(3000, 2), (6000, 10), (6000, 100), (6000, 1000), (8_000, 40)] {
        diff_is_gits(&noise(count, kinds), &noise(count, kinds));
        // With long runs in common, which the search finds promising.
        let (one, other) = (noise(count, kinds), noise(count, kinds));
        let (run, another) = (noise(count / 4, kinds * 100), noise(count / 4, kinds * 100));
        let old = [&one[..], &run, &other, &another].concat();
        let new = [&other[..], &run, &one, &one, &another].concat();
        diff_is_gits(&old, &new);
    }
}

/// A version of a history: whose text it edits, and perhaps another one that it merges.
#[derive(Debug, Clone)]
struct Revision {
    parent: Index,
    merged: Option<Index>,
    edits: Vec<Edit>,
}

fn history() -> impl Strategy<Value = (Vec<String>, Vec<Revision>)> {
    let merged = prop::option::weighted(0.4, any::<Index>());
    let revision = (any::<Index>(), merged, edits(4)).prop_map(|(parent, merged, edits)| Revision {
        parent,
        merged,
        edits,
    });
    (lines(300), prop::collection::vec(revision, 1..14))
}

/// Texts and parents, oldest first.
fn told((first, revisions): (Vec<String>, Vec<Revision>), linear: bool) -> Vec<(Vec<String>, Vec<usize>)> {
    let mut versions = vec![(first, Vec::new())];
    for Revision { parent, merged, edits } in revisions {
        let last = versions.len() - 1;
        let parent = if linear { last } else { last - parent.index(versions.len().min(3)) };
        let other = merged
            .filter(|_| !linear)
            .map(|merged| merged.index(versions.len()))
            .filter(|other| *other != parent);
        let (mut lines, mut parents) = (versions[parent].0.clone(), vec![parent]);
        if let Some(other) = other {
            parents.push(other);
            // The second half of the other one.
            let theirs = &versions[other].0;
            lines.truncate(lines.len() / 2);
            lines.extend_from_slice(&theirs[theirs.len() / 2..]);
        }
        versions.push((edited(&lines, &edits), parents));
    }
    versions
}

fn blame_is_gits(versions: &[(Vec<String>, Vec<usize>)]) {
    let folder = TempDir::new().unwrap();
    let mut stream = Vec::new();
    for (number, (lines, parents)) in versions.iter().enumerate() {
        let text = text(lines);
        write!(
            stream,
            "commit refs/heads/main\nmark :{}\ncommitter A <a@b> {} +0000\ndata 2\n{:02}\n",
            number + 1,
            1_700_000_000 + number,
            number
        )
        .unwrap();
        for (place, parent) in parents.iter().enumerate() {
            writeln!(stream, "{} :{}", if place == 0 { "from" } else { "merge" }, parent + 1).unwrap();
        }
        write!(stream, "M 100644 inline page\ndata {}\n", text.len()).unwrap();
        stream.extend_from_slice(&text);
        stream.push(b'\n');
    }
    assert!(git(&folder, &["init", "--quiet", "--bare", "."], b"").status.success());
    let imported = git(&folder, &["fast-import", "--quiet", "--force"], &stream);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let output = git(&folder, &["blame", "--line-porcelain", "main", "--", "page"], b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<usize> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("summary ").map(|summary| summary.parse().unwrap()))
        .collect();

    let content = |number: usize| bytes::Bytes::from(text(&versions[number].0));
    let mut blame = Blame::new(versions.len() - 1, content(versions.len() - 1));
    while let Some(newest) = blame.pending().max().copied() {
        let parents: Vec<_> = versions[newest].1.iter().map(|parent| (*parent, content(*parent))).collect();
        blame.step(&newest, &parents);
    }
    let ours: Vec<usize> =
        blame.finish().into_iter().flat_map(|part| part.lines.map(move |_| part.version)).collect();
    assert_eq!(ours, theirs);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn blame_of_a_line_of_versions_is_that_of_git(history in history()) {
        blame_is_gits(&told(history, true));
    }

    #[test]
    fn blame_of_branches_and_merges_is_that_of_git(history in history()) {
        blame_is_gits(&told(history, false));
    }
}
