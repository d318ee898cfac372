use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::resolve::{KnownNames, NameKind, Resolved, resolve};
use super::rewrite::{Move, rewrite};
use super::*;

fn names() -> KnownNames {
    let pages = [
        "Home",
        "Guides/Start",
        "Guides/Deep/End",
        "A/Note",
        "B/Note",
        "Only/Unique",
        "a.md",
        "Caf\u{e9}",
        "x y",
    ];
    let files = ["img/logo.png", "doc.pdf", "Guides/pic.png"];
    let pages = pages.into_iter().map(|path| (NameKind::Page, path));
    pages.chain(files.into_iter().map(|path| (NameKind::File, path))).collect()
}

/// Each link on a line: line, kind, its target's bytes, what it resolves to on the page `Guides/Start`, its text.
fn check(text: &str, expected: &Expect) {
    let names = names();
    let mut shown = String::new();
    for link in links(text) {
        let raw = |written: &Written| match &written.bytes {
            Some(bytes) => format!("{:?}", &text[bytes.clone()]),
            None => format!("unplaced {:?}", written.target),
        };
        let (to, side) = match resolve(&link, "Guides/Start", &names) {
            Resolved::External => ("external".to_owned(), Side::Right),
            Resolved::Here => ("here".to_owned(), Side::Right),
            Resolved::To(target) => {
                let anchor = target.anchor.map(|anchor| format!(" at {anchor:?}")).unwrap_or_default();
                (format!("{:?} {:?}{anchor}", target.kind, target.path), target.side)
            }
        };
        let left = link.left.as_ref().map(|left| format!("{} | ", raw(left))).unwrap_or_default();
        let (line, kind, shown_text) = (link.line, link.kind.as_str(), link.shown(side));
        writeln!(shown, "{line} {kind} {left}{} → {to}: {shown_text:?}", raw(&link.target)).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn wiki_links() {
    check(
        "[[Home]] [[ Guides/Start ]] [[Nowhere]] [[End]] [[Deep/End]] [[Note]] [[A/Note]]",
        &expect![[r#"
        1 wiki "Home" → Some(Page) "Home": "Home"
        1 wiki "Guides/Start" → Some(Page) "Guides/Start": "Guides/Start"
        1 wiki "Nowhere" → None "Nowhere": "Nowhere"
        1 wiki "End" → Some(Page) "Guides/Deep/End": "End"
        1 wiki "Deep/End" → Some(Page) "Guides/Deep/End": "Deep/End"
        1 wiki "Note" → None "Note": "Note"
        1 wiki "A/Note" → Some(Page) "A/Note": "A/Note"
    "#]],
    );
    check(
        "[[Text|Home]] [[Home|Text]] [[Home|Unique]] [[x|y]] [[Home#A b|Text]] [[#Here]] [[Home#^block]]",
        &expect![[r##"
            1 wiki "Text" | "Home" → Some(Page) "Home": "Text"
            1 wiki "Home" | "Text" → Some(Page) "Home": "Text"
            1 wiki "Home" | "Unique" → Some(Page) "Only/Unique": "Home"
            1 wiki "x" | "y" → None "y": "x"
            1 wiki "Home#A b" | "Text" → Some(Page) "Home" at "A b": "Text"
            1 wiki "#Here" → here: "#Here"
            1 wiki "Home#^block" → Some(Page) "Home" at "^block": "Home#^block"
        "##]],
    );
    check(
        "![[logo.png]] ![[img/logo.png|300]] [[doc.pdf]] [[/Home]] [[/End]] [[../Home]] [[./Deep/End]] [[Home.md]]",
        &expect![[r#"
            1 image "logo.png" → Some(File) "img/logo.png": "logo.png"
            1 image "img/logo.png" | "300" → Some(File) "img/logo.png": "300"
            1 wiki "doc.pdf" → Some(File) "doc.pdf": "doc.pdf"
            1 wiki "/Home" → Some(Page) "Home": "/Home"
            1 wiki "/End" → None "End": "/End"
            1 wiki "../Home" → Some(Page) "Home": "../Home"
            1 wiki "./Deep/End" → Some(Page) "Guides/Deep/End": "./Deep/End"
            1 wiki "Home.md" → Some(Page) "Home": "Home.md"
        "#]],
    );
    check(
        "| a | b |\n|---|---|\n| [[Home\\|Text]] | [[Unique]] |\n",
        &expect![[r#"
        3 wiki "Home" | "Text" → Some(Page) "Home": "Text"
        3 wiki "Unique" → Some(Page) "Only/Unique": "Unique"
    "#]],
    );
    check(
        "[[a]] [[a.md]] [[Cafe\u{301}]] [[home]] [[]] [[a\nb]] [[|]] [[Home|]] [[https://x.y]]",
        &expect![[r#"
            1 wiki "a" → None "a": "a"
            1 wiki "a.md" → Some(Page) "a.md": "a.md"
            1 wiki "Cafe\u{301}" → Some(Page) "Café": "Cafe\u{301}"
            1 wiki "home" → None "home": "home"
            2 wiki "Home" | "" → Some(Page) "Home": "Home"
            2 wiki "https://x.y" → external: "https://x.y"
        "#]],
    );
    check(
        "---\nlink: [[Home]]\n---\n\n- *[[Home]]*\n\n> [[Home]]\n\n# [[Home]]\n",
        &expect![[r#"
        5 wiki "Home" → Some(Page) "Home": "Home"
        7 wiki "Home" → Some(Page) "Home": "Home"
        9 wiki "Home" → Some(Page) "Home": "Home"
    "#]],
    );
}

#[test]
fn markdown_links() {
    check(
        "[a](Start.md) [b](Deep/End) [c](../Home.md#x) [d](/Home) [e](/Home.md?q#f) [f](./Start) [g](nope.md)",
        &expect![[r#"
            1 markdown "Start.md" → Some(Page) "Guides/Start": "a"
            1 markdown "Deep/End" → Some(Page) "Guides/Deep/End": "b"
            1 markdown "../Home.md#x" → Some(Page) "Home" at "x": "c"
            1 markdown "/Home" → Some(Page) "Home": "d"
            1 markdown "/Home.md?q#f" → Some(Page) "Home" at "f": "e"
            1 markdown "./Start" → Some(Page) "Guides/Start": "f"
            1 markdown "nope.md" → None "Guides/nope": "g"
        "#]],
    );
    check(
        "[a](../x%20y.md) [b](<../x y.md>) [c](../x%20y \"title\") [d]( <../Home> 't' ) [e](../../up.md) [f]()",
        &expect![[r#"
            1 markdown "../x%20y.md" → Some(Page) "x y": "a"
            1 markdown "../x y.md" → Some(Page) "x y": "b"
            1 markdown "../x%20y" → Some(Page) "x y": "c"
            1 markdown "../Home" → Some(Page) "Home": "d"
            1 markdown "../../up.md" → None "../../up.md": "e"
            1 markdown "" → here: "f"
        "#]],
    );
    check(
        "![a](pic.png) ![b](../img/logo.png) [![in *em*](pic.png)](End) [c *em* `code`](Start)",
        &expect![[r#"
            1 image "pic.png" → Some(File) "Guides/pic.png": "a"
            1 image "../img/logo.png" → Some(File) "img/logo.png": "b"
            1 markdown "End" → None "Guides/End": "in em"
            1 image "pic.png" → Some(File) "Guides/pic.png": "in em"
            1 markdown "Start" → Some(Page) "Guides/Start": "c em code"
        "#]],
    );
    check(
        "[a](https://x.y) [b](mailto:a@b.c) [c](//host/x) <https://x.y> [d](#frag) [e](?q) https://x.y",
        &expect![[r##"
            1 markdown "https://x.y" → external: "a"
            1 markdown "mailto:a@b.c" → external: "b"
            1 markdown "//host/x" → external: "c"
            1 markdown "#frag" → here: "d"
            1 markdown "?q" → here: "e"
        "##]],
    );
    check(
        "[a][r] [r][] [r] ![r] [A  b][R] [none][no]\n\n[r]: ../Home.md#x 'title'\n[unused]: Start.md\n",
        &expect![[r#"
            1 markdown "../Home.md#x" → Some(Page) "Home" at "x": "a"
            1 markdown "../Home.md#x" → Some(Page) "Home" at "x": "r"
            1 markdown "../Home.md#x" → Some(Page) "Home" at "x": "r"
            1 image "../Home.md#x" → Some(Page) "Home" at "x": "r"
            1 markdown "../Home.md#x" → Some(Page) "Home" at "x": "A  b"
        "#]],
    );
    check(
        "> [a\n> b](<Start.md>) [c](\n> Start.md)\n>\n> [d]\n>\n> [d]:\n> Start.md\n",
        &expect![[r#"
        1 markdown "Start.md" → Some(Page) "Guides/Start": "a b"
        2 markdown unplaced "Start.md" → Some(Page) "Guides/Start": "c"
        5 markdown unplaced "Start.md" → Some(Page) "Guides/Start": "d"
    "#]],
    );
    check(
        "[a](Deep/End\\.md) [b](a&amp;b.md) [c](a\\#b) [d](a(b)c) [e](a\\)b) [f\\]](Start) [](Start)",
        &expect![[r#"
            1 markdown "Deep/End\\.md" → Some(Page) "Guides/Deep/End": "a"
            1 markdown "a&amp;b.md" → None "Guides/a&b": "b"
            1 markdown "a\\#b" → None "Guides/a" at "b": "c"
            1 markdown "a(b)c" → None "Guides/a(b)c": "d"
            1 markdown "a\\)b" → None "Guides/a)b": "e"
            1 markdown "Start" → Some(Page) "Guides/Start": "f]"
            1 markdown "Start" → Some(Page) "Guides/Start": ""
        "#]],
    );
    check(
        "[[1]](Start.md) [[2]](<./Start> 'title') [[Home]] (x.md) [[Home]](s) [[Home]](x.y z) [a]([b](Start))\n",
        &expect![[r#"
            1 markdown "Start.md" → Some(Page) "Guides/Start": "[1]"
            1 markdown "./Start" → Some(Page) "Guides/Start": "[2]"
            1 wiki "Home" → Some(Page) "Home": "Home"
            1 wiki "Home" → Some(Page) "Home": "Home"
            1 wiki "Home" → Some(Page) "Home": "Home"
            1 markdown "[b](Start)" → None "Guides/[b](Start)": "a"
        "#]],
    );
}

#[test]
fn what_is_no_link() {
    check(
        "`[[Home]]` \\[[Home]] [x] \\[a](b) <b>[[Home]]</b>\n\n```\n[[Home]] [a](b)\n```\n\n    [[Home]]\n\n<div>[[Home]] [a](b)</div>\n\n<!-- [[Home]] -->\n\n[^1]\n\n[^1]: [[Home]]\n",
        &expect![[r#"
            1 wiki "Home" → Some(Page) "Home": "Home"
            15 wiki "Home" → Some(Page) "Home": "Home"
        "#]],
    );
}

fn moved(text: &str, page: &str, old: &str, new: &str, expected: &Expect) {
    let after = rewrite(text, page, Move { old, new }, &names());
    expected.assert_debug_eq(&after.as_deref().unwrap_or("unchanged"));
}

#[test]
fn a_path_that_makes_the_text_around_it_what_it_is_stays() {
    // Without the backquote in the path the line would begin a block of code.
    let text = "```a [b](`c\n) [d](Other)\n";
    moved(
        text,
        "A/Note",
        "A/Note",
        "Note",
        &expect![[r#"
            "```a [b](`c\n) [d](A/Other)\n"
        "#]],
    );
    // And this would be a heading.
    moved(
        "[r]\n\n[r]:\nHome\n",
        "x y",
        "Home",
        "===",
        &expect![[r#"
            "unchanged"
        "#]],
    );
}

#[test]
fn links_follow_a_renamed_page() {
    let text = "[[Home]] [[Home|T]] [[T|Home#A]] [[/Home]] [[Home.md]] [a](Home) [b](/Home.md#x 't') [c](<./Home.md?q>) [d][r] [r]\n\n`[[Home]]` [[Unique]]\n\n[r]: Home.md\n";
    moved(
        text,
        "x y",
        "Home",
        "Guides/New home",
        &expect![[r#"
            "[[Guides/New home]] [[Guides/New home|T]] [[T|Guides/New home#A]] [[/Guides/New home]] [[Guides/New home.md]] [a](Guides/New%20home) [b](/Guides/New%20home.md#x 't') [c](<./Guides/New home.md?q>) [d][r] [r]\n\n`[[Home]]` [[Unique]]\n\n[r]: Guides/New%20home.md\n"
        "#]],
    );
    moved(
        text,
        "A/Note",
        "Home",
        "Guides/New",
        &expect![[r#"
            "[[Guides/New]] [[Guides/New|T]] [[T|Guides/New#A]] [[/Guides/New]] [[Guides/New.md]] [a](Home) [b](/Guides/New.md#x 't') [c](<./Home.md?q>) [d][r] [r]\n\n`[[Home]]` [[Unique]]\n\n[r]: Home.md\n"
        "#]],
    );
    moved(
        "[a](../Home) [b](../Home.md) ![c](../Home)\r\n",
        "A/Note",
        "Home",
        "A/Other",
        &expect![[r#"
            "[a](Other) [b](Other.md) ![c](Other)\r\n"
        "#]],
    );
    moved(
        "[[End]] [[Deep/End]] [[Guides/Deep/End|x]] [e](Deep/End.md)\n",
        "Guides/Start",
        "Guides/Deep/End",
        "Z/Note",
        &expect![[r#"
            "[[Z/Note]] [[Z/Note]] [[Z/Note|x]] [e](../Z/Note.md)\n"
        "#]],
    );
    moved(
        "[[End]] [[../Guides/Deep/End#x]]\n",
        "A/Note",
        "Guides/Deep/End",
        "Z/Fin",
        &expect![[r#"
            "[[Fin]] [[../Z/Fin#x]]\n"
        "#]],
    );
    moved(
        "| a |\n|---|\n| [[Home\\|T]] [x](../Home.md) |\n",
        "A/Note",
        "Home",
        "N",
        &expect![[r#"
            "| a |\n|---|\n| [[N\\|T]] [x](../N.md) |\n"
        "#]],
    );
}

#[test]
fn escapes_are_written_as_before() {
    let text = "[a](../Caf%C3%A9.md) [b](../Café.md) [c](<../Café.md>) [d](../Café) [[Café]]\n";
    moved(
        text,
        "A/Note",
        "Caf\u{e9}",
        "Thé/50% (a b)?#&.md",
        &expect![[r#"
            "[a](../Th%C3%A9/50%25%20%28a%20b%29%3F%23%26.md.md) [b](../Thé/50%25%20%28a%20b%29%3F%23%26.md.md) [c](<../Thé/50%25 %28a b%29%3F%23%26.md.md>) [d](../Thé/50%25%20%28a%20b%29%3F%23%26.md.md) [[Café]]\n"
        "#]],
    );
    moved(
        "[a](../x%20y) [b](<../x y>) [[x y]]\n",
        "A/Note",
        "x y",
        "ü|v",
        &expect![[r#"
            "[a](../%C3%BC%7Cv) [b](<../ü%7Cv>) [[x y]]\n"
        "#]],
    );
}

#[test]
fn a_moved_page_keeps_its_own_links() {
    moved(
        "[a](Deep/End.md) [self](Start.md#x) [[Guides/Start]] [[End]] ![p](pic.png) [r](/Home) [gone](gone.md) [[./Deep/End]] [x](https://x.y) [[Gone]] [o](../Home)\n",
        "Guides/Start",
        "Guides/Start",
        "Other/Far/Begin",
        &expect![[r#"
            "[a](../../Guides/Deep/End.md) [self](Begin.md#x) [[Other/Far/Begin]] [[End]] ![p](../../Guides/pic.png) [r](/Home) [gone](../../Guides/gone.md) [[../../Guides/Deep/End]] [x](https://x.y) [[Gone]] [o](../../Home)\n"
        "#]],
    );
}

#[test]
fn a_name_that_is_no_longer_unique_is_written_longer() {
    moved(
        "[[Unique]] [[Text|Unique]]\n",
        "Home",
        "A/Note",
        "A/Unique",
        &expect![[r#"
            "[[Only/Unique]] [[Text|Only/Unique]]\n"
        "#]],
    );
    moved(
        "[[Note]] [[Unique]]\n",
        "Home",
        "A/Note",
        "A/Unique2",
        &expect![[r#"
            "unchanged"
        "#]],
    );
    // The stub under the old name does not make the short name ambiguous.
    moved(
        "[[Unique]]\n",
        "Home",
        "Only/Unique",
        "New/Unique",
        &expect![[r#"
            "unchanged"
        "#]],
    );
}

/// Names, some of which need escapes.
fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[ABé]|a b|c%|d\\(e|f#|g&h|x\\.md", 1..4)
        .prop_map(|segments| segments.join("/"))
}

fn link() -> impl Strategy<Value = String> {
    let target = proptest::collection::vec("\\.\\.|\\.|[ABé]|a b|a%20b|x|x\\.md", 1..4)
        .prop_map(|parts| parts.join("/"));
    let form = proptest::sample::select(vec![
        "[[{}]]",
        "[[T|{}]]",
        "[[{}|T]]",
        "[t]({})",
        "[t](<{}>)",
        "[t](/{}.md#x)",
        "![i](<{}>)",
        "`[[{}]]`",
        "> [t]({})",
        "# [[{}#x]]",
        "[r]\n\n[r]: <{}>",
        "text {}",
    ]);
    (target, form).prop_map(|(target, form)| form.replace("{}", &target))
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "([\\[\\]()|!<>#a\\\\&`\n \r:^*_-]|\\[\\[|\\]\\]|\\]\\(|\\]: |é|> ){0,40}") {
        for link in links(&text) {
            for written in link.left.iter().chain([&link.target]) {
                let inside = written.bytes.clone().is_none_or(|bytes| text.get(bytes).is_some());
                prop_assert!(inside);
            }
        }
        let _ = rewrite(&text, "A/B", Move { old: "a", new: "b/c" }, &names());
    }

    #[test]
    fn renames_keep_what_links_mean(
        body in proptest::collection::vec(link(), 1..6),
        pages in proptest::collection::btree_set(path(), 2..8),
        new in path(),
        on in 0_usize..8,
    ) {
        let pages: Vec<&str> = pages.iter().map(String::as_str).filter(|page| **page != new).collect();
        prop_assume!(pages.len() > 1);
        let (old, page) = (pages[0], pages[on % pages.len()]);
        let text = body.join("\n\n");
        let before: KnownNames = pages.iter().map(|page| (NameKind::Page, *page)).collect();
        let after: KnownNames =
            pages.iter().skip(1).copied().chain([new.as_str()]).map(|page| (NameKind::Page, page)).collect();
        let rewritten = rewrite(&text, page, Move { old, new: &new }, &before).unwrap_or_else(|| text.clone());
        let then = if page == old { new.as_str() } else { page };
        let (was, is) = (links(&text), links(&rewritten));
        prop_assert_eq!(was.len(), is.len(), "{} → {}", text, rewritten);
        for (was, is) in was.iter().zip(&is) {
            prop_assert_eq!((was.kind, was.line), (is.kind, is.line));
            let Resolved::To(target) = resolve(was, page, &before) else { continue };
            if target.kind.is_none() {
                continue;
            }
            let wanted = if target.path == old { new.as_str() } else { target.path.as_str() };
            // WikiLinks cannot name these, nor take sides where the text became a name too.
            if was.syntax == Syntax::Wiki && (wanted.contains('#') || was.left.is_some()) {
                continue;
            }
            let Resolved::To(found) = resolve(is, then, &after) else {
                return Err(TestCaseError::fail(format!("{text} → {rewritten}")));
            };
            prop_assert_eq!(&found.path, wanted, "{} → {}", text, rewritten);
            prop_assert_eq!(found.anchor, target.anchor);
        }
    }
}
