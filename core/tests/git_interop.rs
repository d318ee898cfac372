//! What the codecs write and read, beside the real `git`, which must be installed.

#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use bytes::Bytes;
use portolan_core::git::commit::{Commit, NewCommit, NewSignature};
use portolan_core::git::diff::TreeDiff;
use portolan_core::git::edit::{Edit, NewTree, TreeEditor};
use portolan_core::git::trailers::{Trailers, strip_trailers};
use portolan_core::git::tree::{EMPTY_TREE, Mode, entries, splice, verify};
use portolan_core::git::{Kind, Object, Oid};
use tempfile::TempDir;

/// A bare repository of its own.
struct Git {
    folder: TempDir,
}

impl Git {
    fn new() -> Self {
        let git = Self { folder: TempDir::new().unwrap() };
        git.run(&["init", "--quiet", "--bare", "."], b"");
        git
    }

    /// Runs git, which must succeed; answers what it printed.
    fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("these tests need git: install it");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "git {arguments:?}: {errors}{}",
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(!errors.contains("warning") && !errors.contains("error"), "git {arguments:?}: {errors}");
        output.stdout
    }

    fn text(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.run(arguments, b"")).unwrap()
    }

    /// Stores `object` by git's own means, which must give it the id we do.
    fn put(&self, object: &Object) -> Oid {
        let kind = object.kind.as_str();
        let printed = self.run(&["hash-object", "-w", "--stdin", "-t", kind], &object.data);
        let id = std::str::from_utf8(&printed).unwrap().trim().parse().unwrap();
        assert_eq!(object.id(), id, "{object:?}");
        id
    }

    fn get(&self, kind: Kind, id: Oid) -> Bytes {
        self.run(&["cat-file", kind.as_str(), &id.to_string()], b"").into()
    }
}

fn put_all(git: &Git, trees: &[NewTree]) {
    for tree in trees {
        let object = tree.content.whole().expect("these trees are small");
        assert_eq!(git.put(object), tree.id);
    }
}

fn put(git: &Git, editor: &mut TreeEditor, path: &str, content: &str, mode: Option<Mode>) -> Oid {
    let id = git.put(&Object::new(Kind::Blob, content.to_owned()));
    let applied = editor.apply(path.as_bytes(), Edit::Put { id, mode }).unwrap();
    put_all(git, &applied.trees);
    applied.root
}

fn commit(git: &Git, tree: Oid, parents: Vec<Oid>, name: &str, email: &str, message: &str) -> Oid {
    let author = NewSignature { name: name.to_owned(), email: email.to_owned(), seconds: 1_700_000_000 };
    let committer =
        NewSignature { name: "Portolan".to_owned(), email: String::new(), seconds: 1_700_000_001 };
    let commit = NewCommit { tree, parents, author, committer, message: message.to_owned() };
    git.put(&Object::new(Kind::Commit, commit.encode()))
}

const NAMES: [&str; 14] = [
    "a",
    "a-",
    "a.md",
    "a0",
    "ab",
    "b",
    "B",
    "b.b",
    "b b",
    "é",
    "\u{65}\u{301}",
    "日本",
    "z'\"\\z",
    ".hidden",
];

#[test]
fn trees_are_those_of_mktree() {
    let git = Git::new();
    let blob = git.put(&Object::new(Kind::Blob, "x"));
    let folder =
        git.put(&Object::new(Kind::Tree, splice(b"", b"x", Some((Mode::Blob, blob))).unwrap().unwrap()));
    for shift in 0..NAMES.len() {
        let mut tree = Bytes::new();
        let mut input = Vec::new();
        for (number, name) in NAMES.iter().enumerate() {
            let (mode, kind, id) = match (number + shift) % 4 {
                0 => (Mode::Tree, "tree", folder),
                1 => (Mode::Exec, "blob", blob),
                2 => (Mode::Link, "blob", blob),
                _ => (Mode::Blob, "blob", blob),
            };
            tree = splice(&tree, name.as_bytes(), Some((mode, id))).unwrap().unwrap();
            input.extend_from_slice(format!("{mode:0>6} {kind} {id}\t{name}\0").as_bytes());
        }
        let printed = git.run(&["mktree", "-z"], &input);
        verify(&tree).unwrap();
        assert_eq!(
            Object::new(Kind::Tree, tree).id().to_string(),
            String::from_utf8(printed).unwrap().trim()
        );
    }
}

#[test]
fn a_history_of_odd_people_passes_fsck_strict() {
    let git = Git::new();
    let mut editor = TreeEditor::new(EMPTY_TREE);
    let mut head = commit(&git, git.put(&Object::new(Kind::Tree, "")), vec![], "", "", "");
    let people = [
        ("Ann", "ann@example.com"),
        ("", "ann@example.com"),
        ("<>", "<>"),
        ("Ann\0\n <x> 1 +0000", "a b\n@\0c>"),
        (" .'", " . "),
        ("Zoë 日本 \u{85}", "zoë@example.com"),
    ];
    let messages = ["", "m", "m\n\n\n", "a\0b", "\n\nlate\n", "Subject\n\nSigned-off-by: A <a@b>"];
    for (number, ((name, email), message)) in people.iter().zip(messages).enumerate() {
        let root = put(&git, &mut editor, &format!("folder {number}/a/b.md"), message, None);
        let trailers = Trailers {
            request: "req_1",
            principal: "agt_1",
            agent: Some("agt_1"),
            owner: Some("mem_1"),
            grant: Some("grt_1"),
        };
        head = commit(&git, root, vec![head], name, email, message);
        head = commit(&git, root, vec![head], name, email, &trailers.append_to(message));
        let id = head.to_string();
        let printed = git.text(&["log", "-1", "--format=%(trailers:key=Portolan-Owner,valueonly)", &id]);
        // Without a subject git takes the block for one.
        assert_eq!(printed.trim(), if message.is_empty() { "" } else { "mem_1" });
        let data = git.get(Kind::Commit, head);
        let read = Commit::parse(&data).unwrap();
        assert_eq!(git.text(&["log", "-1", "--format=%an|%ae|%at", &id]).trim_end(), {
            let author = read.author;
            format!("{}|{}|{}", author.name_text(), author.email_text(), author.seconds)
        });
        assert_eq!(strip_trailers(&read.message_text()), message.replace('\0', "").trim_end());
    }
    git.run(&["update-ref", "refs/heads/main", &head.to_string()], b"");
    git.run(&["symbolic-ref", "HEAD", "refs/heads/main"], b"");
    assert_eq!(git.text(&["fsck", "--strict", "--full", "--no-dangling"]), "");
    assert_eq!(git.text(&["rev-list", "--count", "main"]).trim(), "13");
}

#[test]
fn commits_by_git_read_as_git_reads_them() {
    let git = Git::new();
    let tree = git.put(&Object::new(Kind::Tree, ""));
    for author in [
        "A U Thor <a@example.com> 1112911993 -0730",
        " <> 1112911993 +0000",
        "A <a <b> c> 1112911993 +0000",
        "A <a@b> 0 +1400",
        "A  B  <  a@b  >   77   +0530",
        "A <a@b> 99999999999999999999999 +0000",
        "A <a@b> x +0000",
        "J\u{fc}rgen <a@b> 5 +9999",
    ] {
        let data = format!("tree {tree}\nauthor {author}\ncommitter {author}\ngpgsig x\n y\n\nm\n");
        let printed =
            git.run(&["hash-object", "-w", "--stdin", "--literally", "-t", "commit"], data.as_bytes());
        let id = String::from_utf8(printed).unwrap();
        let theirs = git.text(&["log", "-1", "--date=unix", "--format=%an|%ae|%ad|%B", id.trim()]);
        let read = Commit::parse(data.as_bytes()).unwrap();
        let author = read.author;
        // Where git can read no time it prints none.
        let seconds = if author.seconds == 0 && theirs.contains("||") {
            String::new()
        } else {
            author.seconds.to_string()
        };
        let ours =
            format!("{}|{}|{seconds}|{}", author.name_text(), author.email_text(), read.message_text());
        assert_eq!(ours.trim_end(), theirs.trim_end());
    }
}

#[test]
fn diffs_and_listings_are_those_of_git() {
    let git = Git::new();
    let mut editor = TreeEditor::new(EMPTY_TREE);
    let mut roots = vec![EMPTY_TREE];
    for round in 0..3 {
        for (number, name) in NAMES.iter().enumerate() {
            let content = format!("{}", number * round / 3);
            let exec = (number + round) % 5 == 0;
            let path = if number % 2 == 0 { format!("x/{name}/y") } else { (*name).to_owned() };
            put(&git, &mut editor, &path, &content, exec.then_some(Mode::Exec));
        }
        roots.push(editor.root());
        let mut trees = Vec::new();
        let path = if round == 0 { "a-".to_owned() } else { format!("x/{}/y", NAMES[2 * round]) };
        trees.extend(editor.apply(path.as_bytes(), Edit::Remove).unwrap().trees);
        trees.extend(editor.apply(b"x/a/y", Edit::Remove).unwrap().trees);
        put_all(&git, &trees);
        put(&git, &mut editor, "x/a", "now a file", None);
        roots.push(editor.root());
        put_all(&git, &editor.apply(b"x/a", Edit::Remove).unwrap().trees);
    }
    git.put(&Object::new(Kind::Tree, ""));
    for (old, new) in roots.iter().flat_map(|old| roots.iter().map(move |new| (*old, *new))) {
        let ours: BTreeMap<Vec<u8>, String> =
            TreeDiff::new(Some(old), Some(new), |id| Ok::<_, ()>(git.get(Kind::Tree, id)))
                .unwrap()
                .map(|change| change.unwrap())
                .map(|change| {
                    let side = |entry: Option<portolan_core::git::tree::Entry>| {
                        entry.map_or(("000000", Oid::ZERO), |entry| (entry.mode.as_str(), entry.id))
                    };
                    let ((old_mode, old), (new_mode, new)) = (side(change.old), side(change.new));
                    (change.path, format!(":{old_mode} {new_mode} {old} {new}"))
                })
                .collect();
        let printed =
            git.run(&["diff-tree", "-r", "-z", "--no-renames", &old.to_string(), &new.to_string()], b"");
        let fields: Vec<_> = printed.split(|byte| *byte == 0).filter(|field| !field.is_empty()).collect();
        let theirs: BTreeMap<Vec<u8>, String> = fields
            .chunks_exact(2)
            .map(|pair| (pair[1].to_vec(), String::from_utf8(pair[0][..pair[0].len() - 2].to_vec()).unwrap()))
            .collect();
        assert_eq!(ours, theirs);
    }
    let root = *roots.last().unwrap();
    let listed: Vec<String> = entries(&git.get(Kind::Tree, root))
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let kind = if entry.mode.is_tree() { "tree" } else { "blob" };
            format!(
                "{:0>6} {kind} {}\t{}",
                entry.mode.as_str(),
                entry.id,
                std::str::from_utf8(entry.name).unwrap()
            )
        })
        .collect();
    let theirs = git.text(&["ls-tree", "-z", &root.to_string()]);
    assert_eq!(theirs.split_terminator('\0').collect::<Vec<_>>(), listed);
}
