//! Searching a large real wiki, where there is one: `PORTOLAN_CORPUS=<bundle> cargo test --release -p portolan --test usecases search_corpus -- --nocapture`.

use std::path::PathBuf;
use std::time::Instant;

use portolan::ports::index::{FileFilter, FileKind};
use portolan::{Paging, Search};

use crate::support::git::Git;
use crate::support::{Set, World};

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::print_stderr,
    reason = "a test that is skipped says so, and what it measured where it is not"
)]
async fn every_page_that_git_finds_is_found_and_the_index_is_small() {
    let Some(bundle) = std::env::var_os("PORTOLAN_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: set PORTOLAN_CORPUS to a git bundle with many pages");
        return;
    };
    let git = Git::clone(&bundle);
    let world = World::on(Set::Embedded).await;
    let copy = git.path().join(".git/corpus.bundle");
    std::fs::copy(&bundle, &copy).unwrap();
    let began = Instant::now();
    let id = world.owner.start_import(copy, None).await.unwrap().value;
    world.owner.import_end(id).await.unwrap();
    eprintln!("imported in {:?}", began.elapsed());

    let repo = world.stores.repo("notes").await;
    let index = &world.stores.index;
    let pages = FileFilter { kinds: vec![FileKind::Page], ..FileFilter::default() };
    let files = index.files(&repo, &pages, None, usize::MAX).await.unwrap().value;
    let text: u64 = files.iter().map(|file| file.bytes).sum();
    let before = index.bytes(&repo).await.unwrap();
    let began = Instant::now();
    // Each search takes in some of what is behind.
    while !index.texts_behind(&repo, 1).await.unwrap().value.is_empty() {
        world.owner.search("word").await;
    }
    let after = index.bytes(&repo).await.unwrap();
    eprintln!(
        "{} pages, {text} bytes of text; index {before} bytes, with full text {after} ({} % of the text), taken in in {:?}",
        files.len(),
        100 * after / text,
        began.elapsed()
    );
    assert!(after <= 3 * text, "the index is larger than three times the text");

    for word in ["ownership", "borrow", "trait", "the", "unwinding", "drop", "pin", "xyzzy"] {
        let began = Instant::now();
        let theirs = git.try_run(&["grep", "-l", "-i", "-w", "--", word, "HEAD", "--", "*.md"]).1;
        let git_took = began.elapsed();
        let began = Instant::now();
        let search = Search { query: word.into(), ..Search::default() };
        let first = world.owner.search_in(&search, &Paging { limit: 10, after: None }).await.unwrap();
        let took = began.elapsed();
        let ours = world.owner.search(word).await;
        eprintln!("{word}: {} pages, first 10 in {took:?}; git grep {git_took:?}", ours.len());
        assert!(first.pages.items.len() == ours.len().min(10));
        let missing: Vec<_> = theirs
            .lines()
            .filter_map(|line| line.strip_prefix("HEAD:")?.strip_suffix(".md"))
            .filter(|path| !ours.iter().any(|our| our == path))
            .collect();
        assert!(missing.len() * 100 <= theirs.lines().count().max(100), "{word}: not found are {missing:?}");
    }
    for query in ["a* b* c* d*", "\"the borrow checker\"", "the -rust", "s* \"of the\" -x*"] {
        let began = Instant::now();
        let search = Search { query: query.into(), ..Search::default() };
        let found = world.owner.search_in(&search, &Paging { limit: 10, after: None }).await.unwrap();
        eprintln!("{query}: {} of the first 10 in {:?}", found.pages.items.len(), began.elapsed());
    }
}
