use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &Expect) {
    let outline = Outline::of(text);
    let mut shown = String::new();
    for (index, section) in outline.sections.iter().enumerate() {
        let path = outline.path(index);
        assert_eq!(outline.resolve(&path), Ok(index), "{path}");
        let own = section.own_end - section.heading.start;
        writeln!(shown, "{}: h{} {path:?} {}/{own} bytes", section.line, section.level, section.bytes())
            .unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn headings_make_sections() {
    check(
        "---\ntitle: A\n# no\n---\n# A\n\ntext\n## B\nb\n### C\n## D\n# E #\n",
        &expect![[r#"
        5: h1 "A" 28/10 bytes
        8: h2 "A > B" 13/7 bytes
        10: h3 "A > B > C" 6/6 bytes
        11: h2 "A > D" 5/5 bytes
        12: h1 "E" 6/6 bytes
    "#]],
    );
    check(
        "\u{feff}# BOM\n",
        &expect![[r#"
        1: h1 "BOM" 6/6 bytes
    "#]],
    );
    check(
        "\u{feff}---\r\na: 1\r\n---\r\n# A\r\n\r\ntext\r\n\r\nB\r\n---\r\n",
        &expect![[r#"
        4: h1 "A" 23/15 bytes
        8: h2 "A > B" 8/8 bytes
    "#]],
    );
    check(
        "Two\nlines\n===\ntext\n\nOther\n-----\n   # Indented\n",
        &expect![[r#"
        1: h1 "Two lines" 32/20 bytes
        6: h2 "Two lines > Other" 12/12 bytes
        8: h1 "Indented" 14/14 bytes
    "#]],
    );
    check(
        "# `code` *em* **b** [link](x) ![alt](y) <b>html</b> &amp; \\# [[W]] [[P|T]] ~~s~~ [^1]\n",
        &expect![[r#"
            1: h1 "code em b link alt html & # W T s [^1]" 86/86 bytes
        "#]],
    );
}

#[test]
fn what_is_no_heading() {
    check(
        "> # quoted\n\n```\n# code\n```\n\n    # indented\n\n<div>\n# html\n</div>\n\n<!--\n# comment\n-->\n\n#tag\n\n####### seven\n\n> a\n> ===\n\n~~~md\n# x\n",
        &expect![],
    );
    check(
        "- # In a list\n  text\n\n  ## Below\n1. a\n",
        &expect![[r#"
        1: h1 "In a list" 38/22 bytes
        4: h2 "In a list > Below" 16/16 bytes
    "#]],
    );
    check("- a\n---\n\n| a |\n|---|\n", &expect![]);
}

#[test]
fn equal_and_odd_names_have_paths_of_their_own() {
    check(
        "# A\n## B\n## B\n### C\n# A\n## B\n",
        &expect![[r#"
        1: h1 "A[1]" 20/4 bytes
        2: h2 "A[1] > B[1]" 5/5 bytes
        3: h2 "A[1] > B[2]" 11/5 bytes
        4: h3 "A[1] > B[2] > C" 6/6 bytes
        5: h1 "A[2]" 9/4 bytes
        6: h2 "A[2] > B" 5/5 bytes
    "#]],
    );
    check(
        "# a > b\n## >\n## x >\n### > y\n# a>b\n",
        &expect![[r#"
        1: h1 "a \\> b" 28/8 bytes
        2: h2 "a \\> b > \\>" 5/5 bytes
        3: h2 "a \\> b > x \\>" 15/7 bytes
        4: h3 "a \\> b > x \\> > \\> y" 8/8 bytes
        5: h1 "a>b" 6/6 bytes
    "#]],
    );
    check(
        "# B[1]\n# B\n# B\n#\n#\n",
        &expect![[r#"
        1: h1 "B[1][1]" 7/7 bytes
        2: h1 "B[1][2]" 4/4 bytes
        3: h1 "B[2]" 4/4 bytes
        4: h1 "[1]" 2/2 bytes
        5: h1 "[2]" 2/2 bytes
    "#]],
    );
    check(
        "### Deep\n# Top\n#### Jump\n## Between\n",
        &expect![[r#"
        1: h3 "Deep" 9/9 bytes
        2: h1 "Top" 27/6 bytes
        3: h4 "Top > Jump" 10/10 bytes
        4: h2 "Top > Between" 11/11 bytes
    "#]],
    );
    check(
        "# a\r# b\r\r# c",
        &expect![[r#"
        1: h1 "a" 4/4 bytes
        1: h1 "b" 5/5 bytes
        1: h1 "c" 3/3 bytes
    "#]],
    );
}

#[test]
fn paths_resolve_whole_and_case_exact() {
    let outline = Outline::of("# A\n## B\n### C\n## B\n# Other\n## B[1]\n");
    for (path, found) in [
        ("A", Ok(0)),
        ("A > B[1]", Ok(1)),
        ("A > B[2]", Ok(3)),
        ("A > B[1] > C", Ok(2)),
        ("A > B", Err(Unresolved::SeveralSections(vec![1, 3]))),
        ("A > B > C", Err(Unresolved::NoSection(Some(2)))),
        ("Other > B[1]", Ok(5)),
        ("Other > B", Err(Unresolved::NoSection(None))),
        ("a", Err(Unresolved::NoSection(None))),
        ("B[1]", Err(Unresolved::NoSection(None))),
        ("", Err(Unresolved::NoSection(None))),
        ("A > ", Err(Unresolved::NoSection(None))),
        (" > A", Err(Unresolved::NoSection(None))),
    ] {
        assert_eq!(outline.resolve(path), found, "{path}");
    }
}

#[test]
fn hostile_titles_stay_short() {
    let text = format!("# {}\n## {}\n", "a".repeat(1 << 20), "é > ".repeat(1 << 16));
    let outline = Outline::of(&text);
    assert!(outline.path(1).len() < 2000);
    assert_eq!(outline.resolve(&outline.path(1)), Ok(1));
}

/// Lists, quotes, brackets and marks in their thousands: the time grows with the page and not with its square.
#[test]
fn hostile_pages_are_read_in_bounded_time() {
    const SIZE: usize = 1 << 18;
    let mut pages: Vec<String> = [
        "[", "[[", "![[", "> ", ">", "- ", "1. ", "*a ", "`", "<", "<!--", "[a](", "[a](<", "](", "[a]: b\n",
        "# a\n", "#\n", "\\", "&", "a\n=\n", "[[a|", "[^a]: ", "[^a]", "| ", "~~a", "**a**", "![a][", "\t- ",
        "x\n>\n", "<a b=\"",
    ]
    .iter()
    .map(|part| part.repeat(SIZE / 4 / part.len()))
    .collect();
    for deep in [">", "- ", "1. ", "[^a]: > "] {
        for line in ["b\n", "`\n", "=\n", "|-|\n"] {
            pages.push(format!(
                "{}{}",
                deep.repeat(SIZE / 2 / deep.len()),
                line.repeat(SIZE / 2 / line.len())
            ));
        }
    }
    pages.push((0..1000).flat_map(|depth| ["  ".repeat(depth), "- a\n".to_owned()]).collect());
    pages.push((0..10_000).flat_map(|depth| ["\t".repeat(depth.min(90)), "- a\n".to_owned()]).collect());
    for page in &pages {
        let start = std::time::Instant::now();
        let outline = Outline::of(page);
        let links = crate::markdown::links(page);
        let taken = start.elapsed();
        assert!(taken.as_secs() < 10, "{:?}… took {taken:?}", &page[..20]);
        assert!(outline.sections.len() + links.len() <= page.len());
    }
}

proptest! {
    #[test]
    fn sections_cover_the_text_and_resolve(text in "(---\na: 1\n---\n)?([-#=>a`B*\\[\\]|]{0,3}[ \n\r]{1,2}|# [AB]\n|## B\n){0,20}") {
        let outline = Outline::of(&text);
        let mut at = 0;
        for (index, section) in outline.sections.iter().enumerate() {
            prop_assert!(at <= section.heading.start && section.heading.end <= section.own_end);
            prop_assert!(section.own_end <= section.end && section.end <= text.len());
            prop_assert!(section.heading.start < section.heading.end);
            prop_assert!(text.is_char_boundary(section.heading.start) && text.is_char_boundary(section.heading.end));
            prop_assert_eq!(outline.resolve(&outline.path(index)), Ok(index));
            at = section.own_end;
        }
        prop_assert!(outline.sections.is_empty() || at == text.len());
    }
}
