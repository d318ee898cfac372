//! Links, and what pages were called before: on histories that git made, and on those written here.

use std::sync::Arc;

use portolan::core::access::Operation;
use portolan::core::git::Oid;
use portolan::core::markdown::{NameKind, Names, Resolved, links, resolve};
use portolan::core::wiki::path::Requested;
use portolan::{ChangesFilter, Condition, GraphPart, LinkEnds, LinksView, Paging, Result, What};
use portolan_memory::MemoryIndex;

use crate::derived::answers;
use crate::support::git::Git;
use crate::support::{Client, Set, World};

async fn links_of(client: &Client, path: &str) -> Result<LinksView> {
    let admitted = client.admit(Operation::LinksRead).await?;
    client.portolan.page_links(&admitted, &Requested::parse(path)?).await
}

async fn orphans(client: &Client) -> Vec<String> {
    let mut paging = Paging { limit: 1, after: None };
    let mut found = Vec::new();
    loop {
        let admitted = client.admit(Operation::OrphanList).await.unwrap();
        let part = client.portolan.orphans(&admitted, &paging).await.unwrap();
        found.extend(part.items.into_iter().map(|page| page.path));
        match part.next {
            Some(next) => paging.after = Some(next),
            None => return found,
        }
    }
}

async fn broken(client: &Client) -> Vec<(String, String)> {
    let mut paging = Paging { limit: 1, after: None };
    let mut found = Vec::new();
    loop {
        let admitted = client.admit(Operation::BrokenLinkList).await.unwrap();
        let part = client.portolan.broken_links(&admitted, &paging).await.unwrap();
        found.extend(part.items.into_iter().map(|link| (link.place.page, link.target)));
        match part.next {
            Some(next) => paging.after = Some(next),
            None => return found,
        }
    }
}

async fn follows(set: Set) {
    let world = World::on(set).await;
    let owner = &world.owner;
    owner.create("A", "[[B]] [[B]] [x](F/C.md) [[A]]").await;
    let (b, _) = owner.create("B", "[[A]]").await;
    owner.create("F/C", "[[none]]").await;
    let links = links_of(owner, "A").await.unwrap();
    assert_eq!(links.head, owner.head().await.unwrap());
    let kinds: Vec<_> = links.to.iter().map(|link| (link.path.as_str(), link.exists)).collect();
    let page = Some(NameKind::Page);
    assert_eq!(kinds, [("B", page), ("B", page), ("F/C", page), ("A", page)]);
    let ends = LinkEnds::from(portolan::ports::index::Links { to: links.to, from: links.from, more: false });
    assert_eq!(
        (ends.links_to, ends.linked_from),
        (vec!["B".into(), "F/C".into(), "A".into()], vec!["A".into(), "B".into()])
    );

    assert_eq!(orphans(owner).await, Vec::<String>::new());
    assert_eq!(broken(owner).await, [("F/C".to_owned(), "none".to_owned())]);
    owner.delete("B", Condition::Match(vec![b])).await.unwrap();
    assert_eq!(orphans(owner).await, ["A"]);
    let pair = |page: &str, target: &str| (page.to_owned(), target.to_owned());
    assert_eq!(broken(owner).await, [pair("A", "B"), pair("A", "B"), pair("F/C", "none")]);
    owner.create("none", "found").await;
    assert_eq!(broken(owner).await.len(), 2);

    let admitted = owner.admit(Operation::GraphRead).await.unwrap();
    let around = GraphPart::Around { page: Requested::parse("F/C").unwrap(), depth: 1 };
    let graph = owner.portolan.graph(&admitted, &around).await.unwrap().graph;
    let nodes: Vec<_> = graph.nodes.iter().map(|node| node.path.as_str()).collect();
    assert_eq!(nodes, ["F/C", "A", "none"]);
    let gone = GraphPart::Around { page: Requested::parse("B").unwrap(), depth: 1 };
    let refused = owner.portolan.graph(&admitted, &gone).await.unwrap_err();
    assert!(matches!(refused, portolan::Error::NotFound { deleted_in: Some(_), .. }), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn links_follow_every_write() {
    follows(Set::Memory).await;
}

#[tokio::test]
async fn links_follow_every_write_on_disk() {
    follows(Set::Embedded).await;
}

#[tokio::test(start_paused = true)]
async fn links_are_resolved_with_the_names_of_the_wiki() {
    let world = World::new().await;
    let owner = &world.owner;
    let admitted = owner.admit(Operation::PageRead).await.unwrap();
    let text = "[[Start]] [[Text|Start]] [x](F/Start.md) [[README]] [[none]]";
    let work = |names: &dyn Names| -> Vec<Option<String>> {
        let kind = |resolved| match resolved {
            Resolved::To(target) => target.kind.map(|_| target.path),
            _ => None,
        };
        links(text).iter().map(|link| kind(resolve(link, "P", names))).collect()
    };
    assert_eq!(owner.portolan.with_names(&admitted, work).await.unwrap(), (vec![None; 5], None));
    owner.create("F/Start", "").await;
    owner.create("F/README", "").await;
    owner.create("G/README", "").await;
    // Admitted before the writes: the answer is of a later head.
    let (found, head) = owner.portolan.with_names(&admitted, work).await.unwrap();
    let start = Some("F/Start".to_owned());
    assert_eq!(found, [start.clone(), start.clone(), start, None, None]);
    assert_eq!(head, owner.head().await.unwrap());
}

/// A page is renamed as this product does it: there and back, and in its case; with other pages in the same commits.
fn renamed() -> Git {
    let git = Git::new();
    git.write("A.md", "one\n");
    git.write("Link.md", "[[A]]\n");
    git.write("B.md", "somebody else was here\n");
    git.commit("make");
    git.write("A.md", "two\n");
    std::fs::remove_file(git.path().join("B.md")).unwrap();
    git.commit("change");
    git.write("A.md", "---\nredirect: F/B\n---\nMoved.\n");
    git.write("F/B.md", "two, moved\n");
    git.write("Link.md", "[[F/B]]\n");
    git.commit("rename");
    git.write("F/B.md", "three\n");
    git.commit("change again");
    git.write("F/B.md", "---\nredirect: A\n---\n");
    git.write("A.md", "three, back\n");
    git.commit("rename back");
    std::fs::remove_file(git.path().join("A.md")).unwrap();
    git.write("a.md", "three, back\n");
    git.commit("case");
    git
}

async fn imported(client: &Client, git: &Git) {
    let id = client.start_import(git.bundle(&["--all"]), None).await.unwrap().value;
    client.import_end(id).await.unwrap();
}

async fn steps(client: &Client, path: &str) -> Vec<(String, What, String, Option<String>)> {
    let history = client.history(path).await.unwrap().into_iter();
    history
        .map(|commit| {
            let change = commit.paths.into_iter().next().unwrap();
            (commit.message, change.what, change.path, change.from)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_history_is_followed_across_renames() {
    let world = World::new().await;
    let owner = &world.owner;
    imported(owner, &renamed()).await;
    let step = |message: &str, what, path: &str, from: Option<&str>| {
        (message.to_owned(), what, path.to_owned(), from.map(ToOwned::to_owned))
    };
    let whole = [
        step("case", What::Renamed, "a", Some("A")),
        step("rename back", What::Renamed, "A", Some("F/B")),
        step("change again", What::Modified, "F/B", None),
        step("rename", What::Renamed, "F/B", Some("A")),
        step("change", What::Modified, "A", None),
        step("make", What::Added, "A", None),
    ];
    assert_eq!(steps(owner, "a").await, whole);
    let stub = [&[step("rename back", What::Modified, "F/B", None)], &whole[2..]].concat();
    assert_eq!(steps(owner, "F/B").await, stub);
    let before = [&[step("case", What::Deleted, "A", None)], &whole[1..]].concat();
    assert_eq!(steps(owner, "A").await, before);
    let changes = owner.changes(&ChangesFilter::default()).await.unwrap();
    let came: Vec<_> = changes[3].paths.iter().map(|path| (path.path.as_str(), path.what)).collect();
    assert_eq!(came, [("A", What::Modified), ("F/B", What::Renamed), ("Link", What::Modified)]);

    // What an index elsewhere finds that was never told.
    let repo = world.stores.repo("notes").await;
    let elsewhere = world.stores.with_index(Arc::new(MemoryIndex::default()));
    owner.on(&elsewhere.open()).pages("").await.unwrap();
    assert_eq!(answers(&elsewhere, &repo).await, answers(&world.stores, &repo).await);
}

#[tokio::test(start_paused = true)]
async fn texts_under_former_names_are_read_and_are_bases() {
    let world = World::new().await;
    let owner = &world.owner;
    let git = renamed();
    let commits: Vec<String> =
        git.run(&["rev-list", "--reverse", "HEAD"]).lines().map(ToOwned::to_owned).collect();
    imported(owner, &git).await;
    let texts = ["one\n", "two\n", "two, moved\n", "three\n", "three, back\n", "three, back\n"];
    for (commit, text) in commits.iter().zip(texts) {
        let page = owner.read_at("a", Some(commit)).await.unwrap();
        assert_eq!((page.text().0.as_ref(), page.path.as_str()), (text, "a"), "{commit}");
        let again = owner.read_at("a", Some(&page.version.to_string())).await.unwrap();
        assert_eq!(again.text().0, text);
    }
    // What was at the name of the stub, or at any before, is no version of this page.
    for other in ["1:B.md", "3:A.md", "5:F/B.md", "1:Link.md"] {
        let (commit, path) = other.split_once(':').unwrap();
        let blob =
            git.run(&["rev-parse", &format!("{}:{path}", commits[commit.parse::<usize>().unwrap() - 1])]);
        assert!(owner.read_at("a", Some(&blob)).await.is_err(), "{other}");
    }
    // The same text as now, under a former name: the base is good. An older text is not.
    let base = |commit: usize| Condition::Match(vec![commits[commit].parse::<Oid>().unwrap()]);
    assert!(owner.put("a", "x\n", base(3)).await.is_err());
    let written = owner.put("a", "four\n", base(4)).await.unwrap().value.effect;
    // Nothing from before a page was made anew is a base, whatever the text was.
    owner.delete("a", Condition::Match(vec![written.version])).await.unwrap();
    owner.create("a", "three, back\n").await;
    assert!(owner.put("a", "five\n", base(4)).await.is_err());
    let late = owner.read_at("a", Some(&commits[0])).await.unwrap();
    assert_eq!(late.text().0, "one\n");
}
