mod model;

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;

fn replace(old: &str, new: &str) -> Edit {
    Edit::Replace { old: old.to_owned(), new: new.to_owned() }
}

fn section(path: &str, op: SectionOp, content: &str, subtree: bool) -> Edit {
    Edit::Section { path: path.to_owned(), op, content: content.to_owned(), subtree }
}

fn append(content: &str) -> Edit {
    Edit::Append { content: content.to_owned() }
}

fn prepend(content: &str) -> Edit {
    Edit::Prepend { content: content.to_owned() }
}

fn done(text: &str, edit: Edit, expected: &Expect) {
    expected.assert_debug_eq(&apply(text, &[edit]).expect("the edit fits"));
}

fn refused(text: &str, edits: &[Edit], expected: &Expect) {
    let mut shown = String::new();
    for failure in apply(text, edits).expect_err("the edits do not fit").failures {
        writeln!(shown, "edit {}: {:?}, {} matches", failure.index, failure.reason.as_str(), failure.matches)
            .unwrap();
        for candidate in failure.candidates {
            writeln!(shown, "  {:.2} line {}: {:?}", candidate.score, candidate.line, candidate.text)
                .unwrap();
        }
    }
    expected.assert_eq(&shown);
}

const PAGE: &str = "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n";
const TIGHT: &str = "# Top\nIntro.\n## A\n- one\n### Sub\ntext\n## B\nlast";

#[test]
fn replacements() {
    done(
        PAGE,
        replace("- one", "- 1"),
        &expect![[r##"
        "# Top\n\nIntro.\n\n## A\n\n- 1\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
    "##]],
    );
    done(
        "a\r\nb\r\n",
        replace("a\nb", "x\ny\nz"),
        &expect![[r#"
        "x\r\ny\r\nz\r\n"
    "#]],
    );
    done(
        "a\nb\n",
        replace("a\r\nb", "x\r\ny"),
        &expect![[r#"
        "x\ny\n"
    "#]],
    );
    done(
        "a\r\nb\n",
        replace("b\n", "c\n"),
        &expect![[r#"
        "a\r\nc\n"
    "#]],
    );
    refused(
        "a\r\nb\nc\n",
        &[replace("a\nb", "x")],
        &expect![[r#"
            edit 0: "no-match", 0 matches
              0.96 line 1: "a\r\nb"
        "#]],
    );
    refused(
        "aaa\n",
        &[replace("aa", "x")],
        &expect![[r#"
            edit 0: "several-matches", 2 matches
              1.00 line 1: "aaa"
        "#]],
    );
    refused(
        "one\ntwo one\n",
        &[replace("one", "x"), replace("", "x"), replace("two", "2")],
        &expect![[r#"
            edit 0: "several-matches", 2 matches
              1.00 line 1: "one"
              1.00 line 2: "two one"
            edit 1: "no-match", 0 matches
        "#]],
    );
}

#[test]
fn sections() {
    for (op, name) in [
        (SectionOp::Replace, "replace"),
        (SectionOp::Prepend, "prepend"),
        (SectionOp::Append, "append"),
        (SectionOp::InsertBefore, "before"),
        (SectionOp::InsertAfter, "after"),
    ] {
        for subtree in [false, true] {
            let expected = match (name, subtree) {
                ("replace", false) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- new\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- new\n### Sub\ntext\n## B\nlast"
                "##]],
                ("replace", true) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- new\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- new\n## B\nlast"
                "##]],
                ("prepend", false) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- new\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- new\n- one\n### Sub\ntext\n## B\nlast"
                "##]],
                ("prepend", true) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- new\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- new\n- one\n### Sub\ntext\n## B\nlast"
                "##]],
                ("append", false) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n- new\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- one\n- new\n### Sub\ntext\n## B\nlast"
                "##]],
                ("append", true) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n- new\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- one\n### Sub\ntext\n- new\n## B\nlast"
                "##]],
                ("before", false) => expect![[r##"
                    "# Top\n\nIntro.\n\n- new\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n\n- new\n\n## A\n- one\n### Sub\ntext\n## B\nlast"
                "##]],
                ("before", true) => expect![[r##"
                    "# Top\n\nIntro.\n\n- new\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n\n- new\n\n## A\n- one\n### Sub\ntext\n## B\nlast"
                "##]],
                ("after", false) => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n\n- new\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- one\n\n- new\n\n### Sub\ntext\n## B\nlast"
                "##]],
                _ => expect![[r##"
                    "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n\n- new\n\n## B\n\nlast\n"
                    "# Top\nIntro.\n## A\n- one\n### Sub\ntext\n\n- new\n\n## B\nlast"
                "##]],
            };
            let change = |page: &str| apply(page, &[section("Top > A", op, "- new\n", subtree)]).unwrap();
            expected.assert_eq(&format!("{:?}\n{:?}\n", change(PAGE), change(TIGHT)));
        }
    }
}

#[test]
fn sections_at_the_edges() {
    done(
        PAGE,
        section("Top > A", SectionOp::Replace, "## New\n\ntext", false),
        &expect![[r##"
        "# Top\n\nIntro.\n\n## New\n\ntext\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
    "##]],
    );
    done(
        TIGHT,
        section("Top > A", SectionOp::Replace, "New\n---\ntext", true),
        &expect![[r##"
        "# Top\nIntro.\n\nNew\n---\ntext\n## B\nlast"
    "##]],
    );
    done(
        PAGE,
        section("Top > A", SectionOp::Replace, "", false),
        &expect![[r##"
        "# Top\n\nIntro.\n\n## A\n\n### Sub\n\ntext\n\n## B\n\nlast\n"
    "##]],
    );
    done(
        PAGE,
        section("Top > B", SectionOp::Replace, "", false),
        &expect![[r##"
        "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n"
    "##]],
    );
    done(
        TIGHT,
        section("Top > B", SectionOp::Append, "more\n", false),
        &expect![[r##"
        "# Top\nIntro.\n## A\n- one\n### Sub\ntext\n## B\nlast\nmore"
    "##]],
    );
    done(
        PAGE,
        section("Top > B", SectionOp::InsertAfter, "## C\n\nc\n\n", false),
        &expect![[r##"
        "# Top\n\nIntro.\n\n## A\n\n- one\n- two\n\n### Sub\n\ntext\n\n## B\n\nlast\n\n## C\n\nc\n"
    "##]],
    );
    done(
        "# A",
        section("A", SectionOp::Append, "x", false),
        &expect![[r##"
        "# A\n\nx"
    "##]],
    );
    done(
        "# A\n# B\n",
        section("A", SectionOp::Append, "x", false),
        &expect![[r##"
        "# A\nx\n# B\n"
    "##]],
    );
    done(
        "# A\n\n# B\n",
        section("A", SectionOp::Prepend, "\n\nx\n\n\n", false),
        &expect![[r##"
        "# A\n\nx\n\n# B\n"
    "##]],
    );
    done(
        "A\n=\ntext\nB\n=\n",
        section("A", SectionOp::Prepend, "x", false),
        &expect![[r#"
        "A\n=\nx\n\ntext\nB\n=\n"
    "#]],
    );
    done(
        "a\n\nB\n=\n",
        section("B", SectionOp::InsertBefore, "x", false),
        &expect![[r#"
        "a\n\nx\n\nB\n=\n"
    "#]],
    );
}

#[test]
fn sections_beside_other_things() {
    done(
        "# A\n\npara\n",
        section("A", SectionOp::Append, "---\nmore", false),
        &expect![[r##"
        "# A\n\npara\n\n---\nmore\n"
    "##]],
    );
    done(
        "# A\n\npara\n",
        section("A", SectionOp::Append, "\nown paragraph\n", false),
        &expect![[r##"
        "# A\n\npara\n\nown paragraph\n"
    "##]],
    );
    done(
        "---\nt: 1\n---\n# A\n",
        section("A", SectionOp::InsertBefore, "x", false),
        &expect![[r#"
        "---\nt: 1\n---\nx\n\n# A\n"
    "#]],
    );
    done(
        "\u{feff}# A\r\n\r\ntext\r\n",
        section("A", SectionOp::Append, "x\ny\n", true),
        &expect![[r#"
        "\u{feff}# A\r\n\r\ntext\r\nx\r\ny\r\n"
    "#]],
    );
    refused(
        "# Setup\n## Linux\n# Setup\n## Windows\n",
        &[
            section("Setup", SectionOp::Append, "x", false),
            section("setup[1]", SectionOp::Append, "x", false),
            section("Linux", SectionOp::Append, "x", false),
            section("Elsewhere", SectionOp::Append, "x", false),
        ],
        &expect![[r#"
            edit 0: "several-sections", 2 matches
              1.00 line 1: "Setup[1]"
              1.00 line 3: "Setup[2]"
            edit 1: "no-section", 0 matches
              1.00 line 1: "Setup[1]"
              0.71 line 3: "Setup[2]"
            edit 2: "no-section", 0 matches
              0.87 line 2: "Setup[1] > Linux"
            edit 3: "no-section", 0 matches
        "#]],
    );
}

#[test]
fn ends_of_the_page() {
    done(
        "a\n",
        append("b"),
        &expect![[r#"
        "a\nb\n"
    "#]],
    );
    done(
        "a",
        append("b\n"),
        &expect![[r#"
        "a\nb\n"
    "#]],
    );
    done(
        "a\r\n",
        append("b\nc"),
        &expect![[r#"
        "a\r\nb\r\nc\r\n"
    "#]],
    );
    done(
        "a\n",
        append("# H\n"),
        &expect![[r#"
        "a\n\n# H\n"
    "#]],
    );
    done(
        "a\n",
        append("---\n"),
        &expect![[r#"
        "a\n\n---\n"
    "#]],
    );
    done(
        "",
        append("b"),
        &expect![[r#"
        "b"
    "#]],
    );
    done(
        "\u{feff}",
        append("b"),
        &expect![[r#"
        "\u{feff}b"
    "#]],
    );
    done(
        "a\n",
        append(""),
        &expect![[r#"
        "a\n"
    "#]],
    );
    done(
        "---\nt: 1\n---\n# A\n",
        prepend("x"),
        &expect![[r#"
        "---\nt: 1\n---\nx\n\n# A\n"
    "#]],
    );
    done(
        "---\nt: 1\n---",
        prepend("x"),
        &expect![[r#"
        "---\nt: 1\n---\nx"
    "#]],
    );
    done(
        "\u{feff}b\r\n",
        prepend("a"),
        &expect![[r#"
        "\u{feff}a\r\nb\r\n"
    "#]],
    );
    done(
        "",
        prepend("x"),
        &expect![[r#"
        "x"
    "#]],
    );
    done(
        "- b\n",
        prepend("- a\n"),
        &expect![[r#"
        "- a\n- b\n"
    "#]],
    );
}

#[test]
fn edits_are_applied_in_order_all_or_none() {
    let edits =
        [replace("last", "LAST"), section("Top > B", SectionOp::Append, "LAST too", false), append("end")];
    let text = apply(PAGE, &edits).unwrap();
    assert!(text.ends_with("## B\n\nLAST\nLAST too\nend\n"), "{text}");
    refused(
        PAGE,
        &[replace("last", "x"), replace("last", "y"), replace("x", "last")],
        &expect![[r#"
            edit 1: "no-match", 0 matches
            edit 2: "several-matches", 2 matches
              1.00 line 12: "text"
              1.00 line 16: "x"
        "#]],
    );
}

#[test]
fn near_misses_are_named() {
    refused(
        PAGE,
        &[replace("Intro,", "x")],
        &expect![[r#"
            edit 0: "no-match", 0 matches
              0.79 line 3: "Intro."
        "#]],
    );
    refused(
        PAGE,
        &[replace("- one\n-  two\n", "x")],
        &expect![[r#"
            edit 0: "no-match", 0 matches
              1.00 line 7: "- one\n- two"
        "#]],
    );
    refused(
        "The quick brown fox\njumps over\nthe lazy dog\n",
        &[replace("The quick red fox\njumps over", "")],
        &expect![[r#"
            edit 0: "no-match", 0 matches
              0.81 line 1: "The quick brown fox\njumps over"
        "#]],
    );
    refused(
        "全文検索の例です\n別の行\n",
        &[replace("全文検索の例だ", "x")],
        &expect![[r#"
            edit 0: "no-match", 0 matches
              0.82 line 1: "全文検索の例です"
        "#]],
    );
    refused(
        PAGE,
        &[replace("nothing like it anywhere", "x"), replace("q", "x")],
        &expect![[r#"
            edit 0: "no-match", 0 matches
            edit 1: "no-match", 0 matches
        "#]],
    );
}

#[test]
fn near_misses_take_bounded_time() {
    for (text, old) in [
        ("a".repeat(1 << 18), "a".repeat(1 << 17) + "b"),
        ("ab\n".repeat(90_000), "ab\n".repeat(80_000) + "c"),
        ("\n".repeat(1 << 18), "\n".repeat(1 << 18) + "x"),
        ("aaaa ".repeat(50_000), "aaaa".repeat(50_000)),
        ("a".repeat(1 << 18), "a".repeat(1 << 17)),
    ] {
        let start = std::time::Instant::now();
        let failed = apply(&text, &[replace(&old, "x")]).expect_err("it is nowhere, or in many places");
        let taken = start.elapsed();
        assert!(taken.as_secs() < 10, "{taken:?}");
        let shown: usize = failed.failures[0].candidates.iter().map(|candidate| candidate.text.len()).sum();
        assert!(shown <= 10 * 2048);
    }
    let headings = "# Heading of it\n".repeat(60_000);
    let edit = section("Heading", SectionOp::Append, "x", false);
    assert_eq!(apply(&headings, &[edit]).expect_err("no such section").failures[0].candidates.len(), 3);
}
