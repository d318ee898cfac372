//! Reading: parts, many pages at once, links, HTML.

use portolan::core::access::Operation;
use portolan::core::wiki::path::Requested;
use portolan::{Condition, Cut, Error, HtmlRead, PageHtml, PageRead, PageReads, PagesRead, PartOf, Result};

use crate::support::World;
use crate::support::client::Client;

fn lines(range: &str) -> PartOf {
    PartOf::Lines(range.parse().unwrap())
}

fn section(path: &str) -> PartOf {
    PartOf::Section(path.into())
}

async fn html(client: &Client, path: &str, part: Option<PartOf>, follow: bool) -> Result<PageHtml> {
    let admitted = client.admit(Operation::PageRead).await?;
    let page = PageRead { path: Requested::parse(path)?, revision: None };
    client.portolan.read_html(&admitted, &HtmlRead { page, part, follow, base: "/w".into() }).await
}

async fn html_text(client: &Client, path: &str) -> String {
    String::from_utf8(html(client, path, None, true).await.unwrap().html.to_vec()).unwrap()
}

async fn many(client: &Client, paths: &[&str], budget: u64) -> Result<PagesRead> {
    let admitted = client.admit(Operation::PageReads).await?;
    let paths = paths.iter().map(|path| Requested::parse(path).unwrap()).collect();
    client.portolan.read_pages(&admitted, &PageReads { paths, budget }).await
}

#[tokio::test(start_paused = true)]
async fn parts_are_the_exact_bytes() {
    let world = World::new().await;
    let text = "---\na: 1\n---\n# A\r\nx\r\n## B\ny\n## B\nz";
    world.owner.create("p", text).await;
    let page = world.owner.read("p").await.unwrap();
    for (part, content, section, from, to) in [
        (lines("4-5"), "# A\r\nx\r\n", None, 4, 5),
        (lines("9-"), "z", None, 9, 9),
        (lines("9-99"), "z", None, 9, 9),
        (lines("10-20"), "", None, 10, 9),
        (section("A"), "# A\r\nx\r\n## B\ny\n## B\nz", Some("A"), 4, 9),
        (section("A > B[1]"), "## B\ny\n", Some("A > B[1]"), 6, 7),
        (section("A > B[2]"), "## B\nz", Some("A > B[2]"), 8, 9),
    ] {
        let cut = page.part(&part).unwrap();
        assert_eq!(
            (&*cut.content, &text.as_bytes()[cut.range.clone()]),
            (content.as_bytes(), content.as_bytes())
        );
        assert_eq!((cut.section.as_deref(), cut.from, cut.to, cut.of), (section, from, to, 9), "{part:?}");
    }
    for (path, candidates) in [("A > B", vec!["A > B[1]", "A > B[2]"]), ("a", vec!["A"]), ("xyz", vec![])] {
        let Err(Error::SectionNotFound { candidates: found, .. }) = page.part(&section(path)) else {
            panic!()
        };
        let found: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
        assert!(candidates.iter().all(|one| found.contains(one)), "{path}: {found:?}");
    }
    let (outline, cut) = page.outline();
    let outline: Vec<_> =
        outline.iter().map(|item| (item.path.as_str(), item.level, item.line, item.bytes)).collect();
    assert_eq!(outline, [("A", 1, 4, 21), ("A > B[1]", 2, 6, 7), ("A > B[2]", 2, 8, 6)]);
    assert!(!cut);
}

#[tokio::test(start_paused = true)]
async fn an_outline_is_no_longer_than_it_may_be() {
    let world = World::new().await;
    let title = "é".repeat(300);
    let deep = format!("# {title}\n## {title}\n### {title}\n#### {title}\n##### {title}\n");
    world.owner.create("p", &format!("{deep}{}", "######\n".repeat(6000))).await;
    let (outline, cut) = world.owner.read("p").await.unwrap().outline();
    let bytes: usize = outline.iter().map(|item| item.path.len()).sum();
    assert!(cut && bytes <= 2 << 20, "{bytes}");
    assert!(!outline.is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_pages_are_read_within_a_budget() {
    let world = World::new().await;
    let owner = &world.owner;
    assert_eq!(many(owner, &["a"], 10).await.unwrap().head, None);
    owner.create("a", "one\ntwo\nthree\n").await;
    owner.create("b", "four\n").await;
    owner.create("empty", "").await;
    let (version, _) = owner.create("gone", "x").await;
    let gone = owner.delete("gone", Condition::Match(vec![version])).await.unwrap().value.revision;
    owner.create("stub", "---\nredirect: a\n---\n").await;
    let head = owner.head().await.unwrap();

    let read = many(owner, &["b", "gone", "never", "stub", "a", "b"], u64::MAX).await.unwrap();
    assert_eq!(read.head, head);
    let shown: Vec<Option<&str>> = read
        .pages
        .iter()
        .map(|page| page.as_ref().ok().map(|page| std::str::from_utf8(&page.page.content).unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            Some("four\n"),
            None,
            None,
            Some("---\nredirect: a\n---\n"),
            Some("one\ntwo\nthree\n"),
            Some("four\n")
        ]
    );
    assert!(read.pages.iter().flatten().all(|page| page.cut.is_none() && Some(page.page.head) == head));
    let why = |at: usize| match &read.pages[at] {
        Err(Error::NotFound { deleted_in, .. }) => *deleted_in,
        other => panic!("{other:?}"),
    };
    assert_eq!((why(1), why(2)), (Some(gone), None));

    for (budget, contents, cuts) in [
        (19, ["one\ntwo\nthree\n", "four\n", ""], [None, None, None]),
        (18, ["one\ntwo\nthree\n", "", ""], [None, Some((5, 1)), None]),
        (13, ["one\ntwo\n", "", ""], [Some((6, 3)), Some((5, 1)), None]),
        (4, ["one\n", "", ""], [Some((10, 2)), Some((5, 1)), None]),
        (3, ["", "", ""], [Some((14, 1)), Some((5, 1)), None]),
        (0, ["", "", ""], [Some((14, 1)), Some((5, 1)), None]),
    ] {
        let read = many(owner, &["a", "b", "empty"], budget).await.unwrap();
        for (at, page) in read.pages.iter().enumerate() {
            let page = page.as_ref().unwrap();
            assert_eq!(&*page.page.content, contents[at].as_bytes(), "{budget} {at}");
            let cut = cuts[at].map(|(bytes_left, next_line)| Cut { bytes_left, next_line });
            assert_eq!(page.cut, cut, "{budget} {at}");
        }
    }
    let too_many = vec!["a"; PageReads::MOST + 1];
    assert!(matches!(many(owner, &too_many, 1).await, Err(Error::Invalid(_))));
    let admitted = owner.admit(Operation::PageRead).await.unwrap();
    let reads = PageReads { paths: Vec::new(), budget: 1 };
    assert!(matches!(owner.portolan.read_pages(&admitted, &reads).await, Err(Error::Internal(_))));
}

#[tokio::test(start_paused = true)]
async fn a_page_tells_what_it_links_to() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("Guides/End", "x").await;
    owner.create("stub", "---\nredirect: Home\n---\n").await;
    let text = "[[End]] [[Nowhere]] [[End]] [a](../Home.md#x) `[[code]]` <https://x.org> [[stub]] ![](i.png)";
    owner.create("Guides/Start", text).await;
    let page = owner.read("Guides/Start").await.unwrap();
    let admitted = owner.admit(Operation::PageRead).await.unwrap();
    let links = owner.portolan.links_of(&admitted, &page).await.unwrap();
    assert_eq!(links.links_to, ["Guides/End", "Nowhere", "Home", "stub", "Guides/i.png"]);
}

#[tokio::test(start_paused = true)]
async fn html_follows_the_names_of_the_wiki() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("a", "[[Later]] [[Note]]").await;
    let broken = "<p><a href=\"/w/pages/Later\" class=\"broken\">Later</a> <a href=\"/w/pages/Note\" class=\"broken\">Note</a></p>\n";
    assert_eq!(html_text(owner, "a").await, broken);
    // A write that changes nothing about its links leaves it, and is told as its head.
    owner.create("unrelated", "x").await;
    let again = html(owner, "a", None, true).await.unwrap();
    assert_eq!((again.html.as_ref(), Some(again.head)), (broken.as_bytes(), owner.head().await.unwrap()));
    // One that does shows at once: a page made, a short name that is no longer unique, a page gone.
    owner.create("x/Note", "x").await;
    let (version, _) = owner.create("Later", "x").await;
    let whole = "<p><a href=\"/w/pages/Later\">Later</a> <a href=\"/w/pages/x/Note\">Note</a></p>\n";
    assert_eq!(html_text(owner, "a").await, whole);
    owner.create("y/Note", "x").await;
    owner.delete("Later", Condition::Match(vec![version])).await.unwrap();
    assert_eq!(html_text(owner, "a").await, broken);
    // The same text elsewhere has links of its own.
    owner.create("x/b", "[c](d)").await;
    owner.create("y/b", "[c](d)").await;
    assert!(html_text(owner, "x/b").await.contains("/w/pages/x/d"));
    assert!(html_text(owner, "y/b").await.contains("/w/pages/y/d"));
    // A new process has it anew.
    let other = owner.on(&world.stores.open());
    assert_eq!(html_text(&other, "a").await, broken);
}

#[tokio::test(start_paused = true)]
async fn html_of_parts_and_of_stubs() {
    let world = World::new().await;
    let owner = &world.owner;
    owner.create("a", "# A\n\nx [r]\n\n## B\n\ny\n\n[r]: /a\n").await;
    let text = |page: PageHtml| String::from_utf8(page.html.to_vec()).unwrap();
    let part = html(owner, "a", Some(section("A > B")), true).await.map(text).unwrap();
    assert_eq!(part, "<h2 id=\"b\">B</h2>\n<p>y</p>\n");
    let part = html(owner, "a", Some(lines("3-3")), true).await.map(text).unwrap();
    assert_eq!(part, "<p>x <a href=\"/w/pages/a\">r</a></p>\n");
    assert!(matches!(html(owner, "a", Some(section("C")), true).await, Err(Error::SectionNotFound { .. })));
    owner.create("stub", "---\nredirect: /a\n---\nsee [[a]]\n").await;
    let stub = html(owner, "stub", Some(section("C")), true).await.unwrap();
    assert_eq!(stub.leads_to.unwrap().as_str(), "a");
    assert!(text(html(owner, "stub", None, false).await.unwrap()).contains("see "));
    assert!(matches!(html(owner, "never", None, true).await, Err(Error::NotFound { .. })));
    // Long enough for a thread of its own.
    owner.create("long", &"*x* [[a]]\n\n".repeat(2000)).await;
    assert_eq!(html_text(owner, "long").await.matches("<em>").count(), 2000);
}
