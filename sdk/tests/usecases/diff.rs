//! Differences between revisions, beside the real `git diff`.

use portolan::core::wiki::ImportState;
use portolan::{Condition, Difference, Error, PathKindName, What};

use crate::support::git::Git;
use crate::support::{Set, World};

fn told(difference: &Difference) -> Vec<(&str, What)> {
    difference.files.iter().map(|file| (file.path.as_str(), file.what)).collect()
}

/// The hunks of a unified difference without git's section headings.
fn hunks_of(diff: &str) -> String {
    let hunks = diff.lines().skip_while(|line| !line.starts_with("@@"));
    hunks.fold(String::new(), |text, line| {
        let line = match line.strip_prefix("@@ ").and_then(|rest| rest.split_once(" @@")) {
            Some((ranges, _)) => format!("@@ {ranges} @@"),
            None => line.to_owned(),
        };
        text + &line + "\n"
    })
}

#[tokio::test(start_paused = true)]
async fn differences_of_trees_are_git_s() {
    let git = Git::new();
    git.write("a.md", "one\ntwo\nthree\n");
    git.write("dir/b.md", "bee");
    git.write("img/x.bin", b"\0\x01\x02");
    git.write("plain.txt", "text\n");
    let first = git.commit("first");
    git.write("a.md", "one\n2\nthree\n");
    git.write("dir/b.md", "bee\n");
    git.write("dir.md", "beside the folder\n");
    git.write("img/x.bin", b"\0\x01\x03");
    std::fs::remove_file(git.path().join("plain.txt")).unwrap();
    git.write(".hidden", "kept\n");
    std::os::unix::fs::symlink("a.md", git.path().join("link.md")).unwrap();
    let second = git.commit("second");
    let world = World::new().await;
    let id = world.owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
    let view = world.owner.import_end(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Done { .. }));

    let difference = world.owner.diff(None, None, None).await.unwrap();
    assert_eq!(difference.from.unwrap().to_string(), first);
    assert_eq!(difference.to.unwrap().to_string(), second);
    assert_eq!(
        told(&difference),
        [
            (".hidden", What::Added),
            ("a", What::Modified),
            ("dir", What::Added),
            ("dir/b", What::Modified),
            ("img/x.bin", What::Modified),
            ("link.md", What::Added),
            ("plain.txt", What::Deleted),
        ]
    );
    for file in &difference.files {
        let name =
            if file.kind == PathKindName::Page { format!("{}.md", file.path) } else { file.path.clone() };
        let theirs = hunks_of(&git.run(&["diff", "--no-renames", &first, &second, "--", &name]));
        assert_eq!(file.unified, theirs, "{name}");
        assert_eq!(file.binary, name == "img/x.bin");
        // The hunks say the same as the text.
        let mut text = String::new();
        for hunk in &file.hunks {
            for line in &hunk.lines {
                text.push(line.op);
                text += &line.text;
                text.push('\n');
                if line.is_open {
                    text += "\\ No newline at end of file\n";
                }
            }
        }
        let lines = theirs.lines().filter(|line| !line.starts_with("@@"));
        assert_eq!(text, lines.fold(String::new(), |text, line| text + line + "\n"), "{name}");
    }
    let back = world.owner.diff(None, Some(&second), Some(&first)).await.unwrap();
    assert_eq!(told(&back)[0], (".hidden", What::Deleted));
    // The first commit is compared with nothing.
    let begin = world.owner.diff(None, None, Some(&first)).await.unwrap();
    assert_eq!(begin.from, None);
    assert!(begin.files.iter().all(|file| file.what == What::Added) && begin.files.len() == 4);
    let same = world.owner.diff(None, Some(&second), None).await.unwrap();
    assert_eq!(same.files, []);
    let file = world.owner.diff(Some("plain.txt"), None, None).await.unwrap();
    assert_eq!(told(&file), [("plain.txt", What::Deleted)]);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_compared_between_its_versions() {
    let world = World::on(Set::Embedded).await;
    let owner = &world.owner;
    let (one, first) = owner.create("a", "one\n").await;
    let (other, _) = owner.create("other", "of another page\n").await;
    let two = owner.put("a", "two\n", Condition::Match(vec![one])).await.unwrap().value.effect;
    let (before, after) = (one.to_string(), two.version.to_string());
    for (from, to) in [
        (Some(before.clone()), Some(after.clone())),
        (Some(first.to_string()), Some(two.revision.to_string())),
        (Some(before.clone()), None),
        (None, Some(after.clone())),
        (None, Some(two.revision.to_string())),
        (None, None),
    ] {
        let difference = owner.diff(Some("a"), from.as_deref(), to.as_deref()).await.unwrap();
        assert_eq!(told(&difference), [("a", What::Modified)], "{from:?} {to:?}");
        assert_eq!(difference.files[0].unified, "@@ -1 +1 @@\n-one\n+two\n");
        assert_eq!(difference.files[0].hunks[0].lines[0].words, [(0, 3)]);
    }
    for bad in [other.to_string().as_str(), "nonsense", "", &"0".repeat(40)] {
        for (from, to) in [(Some(bad), None), (None, Some(bad))] {
            let refused = owner.diff(Some("a"), from, to).await;
            assert!(matches!(refused, Err(Error::NotFound { .. })), "{bad}: {refused:?}");
        }
    }
    assert!(matches!(owner.diff(None, Some(&before), None).await, Err(Error::NotFound { .. })), "a version");
    assert!(matches!(owner.diff(Some("none"), None, None).await, Err(Error::NotFound { .. })));
    let gone = owner.delete("a", Condition::Match(vec![two.version])).await.unwrap().value.revision;
    let difference = owner.diff(Some("a"), Some(&after), None).await.unwrap();
    assert_eq!((told(&difference), difference.to), (vec![("a", What::Deleted)], Some(gone)));
    let made = owner.diff(Some("a"), None, Some(&before)).await.unwrap();
    assert_eq!((told(&made), made.from), (vec![("a", What::Added)], None));
}

#[tokio::test(start_paused = true)]
async fn an_empty_wiki_has_no_difference() {
    let world = World::new().await;
    assert_eq!(world.owner.diff(None, None, None).await.unwrap(), Difference::default());
    assert!(matches!(world.owner.diff(None, Some(&"1".repeat(40)), None).await, Err(Error::NotFound { .. })));
}

#[tokio::test(start_paused = true)]
async fn many_files_are_cut() {
    let git = Git::new();
    for number in 0..250 {
        git.write(&format!("p{number:03}.md"), "x\n");
    }
    git.commit("many");
    let world = World::new().await;
    let id = world.owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
    world.owner.import_end(id).await.unwrap();
    let difference = world.owner.diff(None, None, None).await.unwrap();
    assert_eq!((difference.files.len(), difference.cut), (200, true));
}
