//! A large real history, where there is one: `PORTOLAN_CORPUS=<bundle> cargo test --release -p portolan --test usecases corpus`.

use std::path::PathBuf;

use portolan::core::access::Operation;
use portolan::core::wiki::ImportState;
use portolan::core::wiki::path::{PagePath, Requested};
use portolan::ports::index::{FileEntry, FileFilter, FileKind};
use portolan::{Error, HtmlRead, PageRead, PartOf};

use crate::blame::{git_blame, lines};
use crate::support::git::Git;
use crate::support::{Set, World};

#[tokio::test(start_paused = true)]
#[expect(
    clippy::print_stderr,
    reason = "a test that is skipped says so, and what it found where git differs"
)]
async fn every_file_of_a_large_history_has_the_history_that_git_tells() {
    let Some(bundle) = std::env::var_os("PORTOLAN_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: set PORTOLAN_CORPUS to a git bundle with a large history");
        return;
    };
    let git = Git::clone(&bundle);
    let world = World::on(Set::Embedded).await;
    let copy = git.path().join(".git/corpus.bundle");
    std::fs::copy(&bundle, &copy).unwrap();
    let id = world.owner.start_import(copy, None).await.unwrap().value;
    let view = world.owner.import_end(id).await.unwrap();
    let ImportState::Done { revision } = view.import.state else { panic!("{:?}", view.import) };
    assert_eq!(revision.to_string(), git.run(&["rev-parse", "HEAD"]));
    assert_eq!(view.import.commits.to_string(), git.run(&["rev-list", "--count", "HEAD"]));

    let repo = world.stores.repo("notes").await;
    let index = &world.stores.index;
    // The import is done a moment before its index is, for which the library's own readers wait.
    let pages = world.owner.pages("").await.unwrap();
    let answer = index.files(&repo, &FileFilter::default(), None, usize::MAX).await.unwrap();
    assert_eq!((answer.head, pages.is_empty()), (Some(revision), false));
    let files = answer.value;
    let listed = git.run(&["-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "-z", "HEAD"]);
    let listed: Vec<&str> = listed.split_terminator('\0').collect();
    assert_eq!(files.len(), listed.len());
    let mut differ = Vec::new();
    for file in &files {
        let path = String::from_utf8(file.path.clone()).unwrap();
        let theirs = git.run(&["log", "--format=%H", "--", &format!(":(literal){path}")]);
        let theirs: Vec<&str> = theirs.lines().collect();
        assert_eq!(file.last.to_string(), theirs[0], "the newest commit of {path}");
        let ours = index.history(&repo, &file.path, None, usize::MAX).await.unwrap().value;
        let ours: Vec<String> = ours.iter().map(|entry| entry.commit.id.to_string()).collect();
        assert_eq!(ours[0], theirs[0], "the newest commit of {path}");
        if ours != theirs {
            differ.push(format!("{path}: {} commits, git tells {}", ours.len(), theirs.len()));
        }
    }
    eprintln!(
        "{} of {} files have git's history; these differ: {differ:#?}",
        files.len() - differ.len(),
        files.len()
    );
    assert!(differ.len() * 100 <= files.len() * 2, "{differ:#?}");
    blamed_as_by_git(&world, &git, &files).await;
    // Each page is opened, outlined and rendered.
    let mut pages = 0;
    for file in files.iter().filter(|file| file.kind == FileKind::Page) {
        let path = PagePath::from_git(&file.path).unwrap();
        let read = PageRead { path: Requested::parse(&path.to_input()).unwrap(), revision: None };
        let admitted = world.owner.admit(Operation::PageRead).await.unwrap();
        let page = world.portolan.read_page(&admitted, &read).await.unwrap();
        assert_eq!(page.content.len() as u64, file.bytes, "{path}");
        let (outline, cut) = page.outline();
        assert!(!cut, "{path}");
        for item in &outline {
            let part = page.part(&PartOf::Section(item.path.clone())).unwrap();
            assert_eq!(part.content.len(), item.bytes, "{path}: {}", item.path);
        }
        world.portolan.links_of(&admitted, &page).await.unwrap();
        let read = HtmlRead { page: read, part: None, follow: false, base: "/w".into() };
        let html = world.portolan.read_html(&admitted, &read).await.unwrap();
        assert!(!html.html.is_empty() || page.text().0.trim().is_empty(), "{path}");
        pages += 1;
    }
    eprintln!("{pages} pages were opened, outlined and rendered");
    assert!(pages > 0);
}

/// Every file can be blamed; of some, git says the same.
#[expect(clippy::print_stderr, reason = "what was compared is told")]
async fn blamed_as_by_git(world: &World, git: &Git, files: &[FileEntry]) {
    let (mut blamed, mut compared) = (0, 0);
    for (number, file) in files.iter().enumerate() {
        if !matches!(file.kind, FileKind::Page | FileKind::File) {
            continue;
        }
        let name = String::from_utf8(file.path.clone()).unwrap();
        let blame = match world.owner.blame(&name, None).await {
            Ok(blame) => blame,
            Err(Error::Invalid(faults)) => {
                assert!(file.bytes > 1 << 20, "{name}: {faults:?}");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        blamed += 1;
        assert_eq!(blame.version, file.blob, "{name}");
        if number % 5 == 0 && !blame.cut {
            let ours = lines(&blame);
            let theirs = git_blame(git, "HEAD", &name);
            assert_eq!(ours.len(), theirs.len(), "{name}");
            let first = ours.iter().zip(&theirs).position(|(our, their)| our != their);
            assert_eq!(first.map(|line| (line + 1, &ours[line], &theirs[line])), None, "{name}");
            compared += 1;
        }
    }
    eprintln!("{blamed} of {} files were blamed, {compared} of them compared with git", files.len());
    assert!(compared * 6 >= blamed);
}
