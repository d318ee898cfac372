//! Blame, beside the real `git blame`.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use portolan::core::git::Oid;
use portolan::core::wiki::ImportState;
use portolan::{BlameView, Condition, Error};

use crate::support::git::Git;
use crate::support::{Client, Set, World};

/// The commit of each line.
pub(crate) fn lines(blame: &BlameView) -> Vec<String> {
    let mut lines = Vec::new();
    for part in &blame.lines {
        assert_eq!(part.start, lines.len() + 1, "the parts follow one another");
        lines.extend(std::iter::repeat_n(part.revision.to_string(), part.count));
    }
    lines
}

/// The commit of each line as git tells it.
pub(crate) fn of_git(blamed: &str) -> Vec<String> {
    let is_id = |word: &str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let heads = blamed.lines().filter(|line| !line.starts_with('\t'));
    heads.filter_map(|line| line.split(' ').next()).filter(|word| is_id(word)).map(Into::into).collect()
}

pub(crate) fn git_blame(git: &Git, revision: &str, path: &str) -> Vec<String> {
    of_git(&git.run(&["blame", "--no-follow", "--line-porcelain", revision, "--", path]))
}

/// Numbers without much order, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        // xorshift64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn line(&mut self) -> String {
        let few = ["", "{", "}", "  x", "a", "* item", "# Title"];
        match self.below(3) {
            0 => few[self.below(few.len())].into(),
            _ => format!("line {} that is rather rare", self.below(60)),
        }
    }

    fn edit(&mut self, text: &mut Vec<String>) {
        for _ in 0..=self.below(3) {
            let at = self.below(text.len() + 1);
            let end = (at + self.below(4)).min(text.len());
            let new: Vec<String> = (0..self.below(5)).map(|_| self.line()).collect();
            text.splice(at..end, new);
        }
    }
}

const FILES: [&str; 4] = ["a.md", "folder/b.md", "folder/deep/c.md", "data.txt"];

/// A commit being made: the text of each file, where it is there.
type Tree = Vec<Option<Vec<String>>>;

/// The stream for `git fast-import` of a history with branches, merges of every kind, deletions and files that come back.
fn history(random: &mut Random, commits: usize) -> String {
    let mut made: Vec<Tree> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut stream = String::new();
    for number in 0..commits {
        let is_last = number + 1 == commits;
        let mut parents = Vec::new();
        if is_last {
            parents.append(&mut open);
        } else if !made.is_empty() {
            for _ in 0..=usize::from(random.below(4) == 0) + usize::from(random.below(12) == 0) {
                let parent = made.len() - 1 - random.below(made.len().min(6));
                if !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
        }
        let mut tree = parents.first().map_or_else(|| vec![None; FILES.len()], |first| made[*first].clone());
        for (at, file) in tree.iter_mut().enumerate() {
            // A merge takes a file from any parent; what comes with it may be changed besides.
            if parents.len() > 1 {
                file.clone_from(&made[parents[random.below(parents.len())]][at]);
            }
            match random.below(10) {
                0..4 => random.edit(file.get_or_insert_default()),
                4 if random.below(6) == 0 => *file = None,
                5 if number == 0 => *file = Some(vec!["first".into()]),
                _ => {}
            }
        }
        if is_last {
            for file in &mut tree {
                random.edit(file.get_or_insert_default());
            }
        }
        let time = 1_600_000_000 + number * 60;
        writeln!(stream, "commit refs/heads/main\nmark :{}", number + 1).unwrap();
        writeln!(stream, "committer U <u@x.example> {time} +0000\ndata 1\nm").unwrap();
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            writeln!(stream, "{word} :{}", parent + 1).unwrap();
        }
        stream.push_str("deleteall\n");
        for (name, file) in FILES.iter().zip(&tree) {
            let Some(file) = file else { continue };
            let mut text = file.iter().fold(String::new(), |text, line| text + line + "\n");
            if text.len() % 3 == 0 {
                text.truncate(text.trim_end_matches('\n').len());
            }
            writeln!(stream, "M 100644 inline {name}\ndata {}\n{text}", text.len()).unwrap();
        }
        // The branch goes where the stream says, from whichever parent.
        open.retain(|tip| !parents.contains(tip));
        open.push(number);
        made.push(tree);
    }
    stream
}

async fn imported(world: &World, git: &Git) {
    let id = world.owner.start_import(git.bundle(&["main"]), None).await.unwrap().value;
    let view = world.owner.import_end(id).await.unwrap();
    assert!(matches!(view.import.state, ImportState::Done { .. }), "{:?}", view.import);
}

#[tokio::test(start_paused = true)]
async fn blame_of_histories_with_merges_is_git_s() {
    for seed in 1..=12 {
        let git = Git::new();
        let stream = history(&mut Random(seed * 0x9e37_79b9), 60);
        git.feed(&["fast-import", "--quiet", "--force"], stream.as_bytes());
        let world = World::new().await;
        imported(&world, &git).await;
        let commits = git.run(&["rev-list", "main"]);
        for (number, commit) in commits.lines().enumerate() {
            // At the head, and at some commits of any branch.
            if number % 7 != 0 {
                continue;
            }
            for path in FILES {
                let asked = path.strip_suffix(".md").unwrap_or(path);
                let revision = (number > 0).then_some(commit);
                let is_there = git.try_run(&["cat-file", "-e", &format!("{commit}:{path}")]).0;
                match world.owner.blame(asked, revision).await {
                    Ok(blame) => {
                        assert_eq!(lines(&blame), git_blame(&git, commit, path), "{seed}: {commit} {path}");
                        assert_eq!((blame.path.as_str(), blame.cut), (asked, false));
                    }
                    Err(Error::NotFound { .. }) => assert!(!is_there, "{seed}: {commit} {path}"),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

/// Git's blame of the wiki's own repository.
fn own_blame(repository: &std::path::Path, revision: Oid, path: &str) -> Vec<String> {
    let output = Command::new("git")
        .args(["-c", "safe.directory=*", "blame", "--no-follow", "--line-porcelain"])
        .args([&revision.to_string(), "--", path])
        .current_dir(repository)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    of_git(&String::from_utf8_lossy(&output.stdout))
}

async fn written(owner: &Client, random: &mut Random, revisions: usize) -> Vec<Oid> {
    let (mut text, mut condition, mut made) = (vec!["begin".to_owned()], Condition::Absent, Vec::new());
    for number in 0..revisions {
        text.push(format!("number {number}"));
        random.edit(&mut text);
        let effect = owner.put("Long", &(text.join("\n") + "\n"), condition).await.unwrap().value.effect;
        made.push(effect.revision);
        condition = Condition::Match(vec![effect.version]);
        if number % 5 == 0 {
            owner.create(&format!("Other {number}"), "x").await;
        }
    }
    made
}

#[tokio::test(start_paused = true)]
async fn blame_of_the_wiki_s_own_pages_is_git_s() {
    let world = World::on(Set::Embedded).await;
    let made = written(&world.owner, &mut Random(7), 120).await;
    let repository = world.stores.objects.local_path(&world.stores.repo("notes").await).unwrap();
    for at in [119, 90, 3, 0] {
        let blame = world.owner.blame("Long", Some(&made[at].to_string())).await.unwrap();
        assert_eq!(lines(&blame), own_blame(&repository, made[at], "Long.md"), "{at}");
    }
    let now = world.owner.blame("Long", None).await.unwrap();
    assert_eq!(lines(&now), own_blame(&repository, made[119], "Long.md"));
    let page = world.owner.read("Long").await.unwrap();
    assert_eq!(now.version, page.version);
    let by_version = world.owner.blame("Long", Some(&page.version.to_string())).await.unwrap();
    assert_eq!(by_version, now);
    let last = now.lines.iter().find(|part| part.revision == page.revision).unwrap();
    assert_eq!((&last.author, last.time), (&page.author, page.updated_at));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_blamed() {
    let world = World::new().await;
    let owner = &world.owner;
    assert!(matches!(owner.blame("a", None).await, Err(Error::NotFound { deleted_in: None, .. })));
    let (other, _) = owner.create("other", "of another page").await;
    let (version, revision) = owner.create("a", "one\ntwo\n").await;
    owner.create("empty", "").await;
    assert_eq!(owner.blame("empty", None).await.unwrap().lines, []);
    for bad in [&other.to_string(), "", "head", &"0".repeat(40), &revision.to_string()[..20]] {
        assert!(matches!(owner.blame("a", Some(bad)).await, Err(Error::NotFound { .. })), "{bad}");
    }
    let deleted = owner.delete("a", Condition::Match(vec![version])).await.unwrap().value.revision;
    match owner.blame("a", None).await {
        Err(Error::NotFound { deleted_in, .. }) => assert_eq!(deleted_in, Some(deleted)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(owner.blame("a", Some(&deleted.to_string())).await, Err(Error::NotFound { .. })));
    for known in [version, revision] {
        let blame = owner.blame("a", Some(&known.to_string())).await.unwrap();
        assert_eq!(lines(&blame), vec![revision.to_string(); 2]);
    }
    // What comes back begins anew.
    let (_, again) = owner.create("a", "one\ntwo\n").await;
    assert_eq!(lines(&owner.blame("a", None).await.unwrap()), vec![again.to_string(); 2]);
}

#[tokio::test(start_paused = true)]
async fn many_parts_are_cut() {
    let world = World::new().await;
    let text = "a\n".repeat(11_000);
    let (version, _) = world.owner.create("a", &text).await;
    let other: String = (0..11_000).map(|number| if number % 2 == 0 { "a\n" } else { "b\n" }).collect();
    world.owner.put("a", &other, Condition::Match(vec![version])).await.unwrap();
    let blame = world.owner.blame("a", None).await.unwrap();
    assert_eq!((blame.lines.len(), blame.cut), (10_000, true));
}

#[tokio::test(start_paused = true)]
async fn blame_and_differences_go_on_before_a_renaming() {
    let world = World::on(Set::Embedded).await;
    let owner = &world.owner;
    let (one, first) = owner.create("Old", "one\ntwo\nthree\n").await;
    owner.create("Other", "x").await;
    let moved = owner.rename("Old", "dir/New", Some(one)).await.unwrap().value.revision;
    let now = owner.read("dir/New").await.unwrap();
    let effect = owner.put("dir/New", "one\n2\nthree\n", Condition::Match(vec![now.version])).await.unwrap();
    let last = effect.value.effect.revision;
    let told = lines(&owner.blame("dir/New", None).await.unwrap());
    assert_eq!(told, [first, last, first].map(|id| id.to_string()));
    let before = owner.blame("dir/New", Some(&first.to_string())).await.unwrap();
    assert_eq!(lines(&before), vec![first.to_string(); 3]);
    for from in [first.to_string(), one.to_string(), moved.to_string()] {
        let difference = owner.diff(Some("dir/New"), Some(&from), None).await.unwrap();
        assert_eq!(difference.files[0].unified, "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n", "{from}");
    }
}
