use portolan_ports::Index;
use portolan_ports::index::{Advance, Advanced, ChangeFilter, FileFilter};

use super::help::{added, commit, pages, put, wiki};
use crate::Fixture;
use crate::sample::{oid, repo};

pub(super) async fn indexes_do_not_meet(index: Fixture<dyn Index>) {
    let repos = [(1, 1), (1, 2), (2, 1)].map(|(tenant, wiki)| repo(tenant, wiki));
    for (number, repo) in (1..).zip(&repos) {
        // The same commit and path with another content each.
        let advance = Advance {
            from: None,
            to: Some(oid(1)),
            commits: vec![commit(1, vec![added("a.md", number)])],
            files: vec![put("a.md", number)],
        };
        assert_eq!(index.advance(repo, advance).await.unwrap(), Advanced::Applied);
    }
    for (number, repo) in (1..).zip(&repos) {
        assert_eq!(index.file(repo, &[b"a.md"]).await.unwrap().value.unwrap().bytes, number);
        let history = index.history(repo, b"a.md", None, 10).await.unwrap().value;
        assert_eq!(
            history.into_iter().map(|entry| entry.commit.paths).collect::<Vec<_>>(),
            [[added("a.md", number)]]
        );
    }
    index.reset(&repos[0]).await.unwrap();
    assert_eq!(index.head(&repos[0]).await.unwrap(), None);
    for repo in &repos[1..] {
        assert_eq!(index.head(repo).await.unwrap(), Some(oid(1)));
        assert_eq!(index.files(repo, &FileFilter::default(), None, 10).await.unwrap().value.len(), 1);
        assert_eq!(index.changes(repo, &ChangeFilter::default(), None, 10).await.unwrap().value.len(), 1);
    }
}

pub(super) async fn the_size_can_be_asked(index: Fixture<dyn Index>) {
    index.bytes(&wiki()).await.expect("a missing index has a size");
    pages(&*index, &[b"a.md"]).await;
    index.bytes(&wiki()).await.expect("an index has a size");
}
