//! Edits against a model that knows the page's parts beforehand, and against plain strings.

use proptest::prelude::*;

use super::*;
use crate::markdown::{Outline, front_matter};

/// A page put together from sections whose text is known.
#[derive(Debug, Clone)]
struct Page {
    head: String,
    sections: Vec<(u8, String, String)>,
    end: &'static str,
    tight: bool,
    last_end: bool,
}

impl Page {
    fn text(&self) -> String {
        let gap = if self.tight { "" } else { "\n" };
        let mut text = self.head.clone();
        for (level, name, body) in &self.sections {
            let marks = "#".repeat(usize::from(*level));
            text.extend([&marks, " ", name, "\n", gap]);
            if !body.is_empty() {
                text.extend([body, "\n", gap]);
            }
        }
        let text = text.trim_end_matches('\n').to_owned() + if self.last_end { "\n" } else { "" };
        text.replace('\n', self.end)
    }
}

fn body() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        Just("para"),
        Just("- item\n- item"),
        Just("```\n# code\n```"),
        Just("> # quote"),
        Just("| a |\n|---|\n| b |"),
        Just("<div>\n# html\n</div>"),
        Just("two\nlines"),
        Just("    indented"),
        Just("1. x\n\n   y"),
        Just("é [[Link]]"),
    ];
    proptest::collection::vec(block, 0..3).prop_map(|blocks| blocks.join("\n\n"))
}

fn page() -> impl Strategy<Value = Page> {
    let section = (1_u8..4, "[ABC]|x > y|`c`", body());
    (
        prop_oneof![Just(""), Just("---\nt: 1\n# no\n---\n"), Just("\u{feff}"), Just("intro\n\n")],
        proptest::collection::vec(section, 1..7),
        prop_oneof![Just("\n"), Just("\r\n")],
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(head, sections, end, tight, last_end)| Page {
            head: head.to_owned(),
            sections,
            end,
            tight,
            last_end,
        })
}

fn content() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        Just("NEW"),
        Just("- NEW\n- NEW"),
        Just("```\nNEW\n```"),
        Just("NEW\n\nNEW"),
        Just("---\nNEW")
    ];
    (block, prop_oneof![Just(""), Just("\n"), Just("\r\n"), Just("\n\n")])
        .prop_map(|(block, end)| format!("{block}{end}"))
}

fn op() -> impl Strategy<Value = SectionOp> {
    prop_oneof![
        Just(SectionOp::Replace),
        Just(SectionOp::Prepend),
        Just(SectionOp::Append),
        Just(SectionOp::InsertBefore),
        Just(SectionOp::InsertAfter),
    ]
}

fn titles(text: &str) -> Vec<(u8, String)> {
    Outline::of(text).sections.into_iter().map(|section| (section.level, section.title)).collect()
}

proptest! {
    #[test]
    fn a_section_edit_changes_its_section_alone(
        page in page(), pick in any::<prop::sample::Index>(), op in op(), content in content(), subtree in any::<bool>(),
    ) {
        let text = page.text();
        let outline = Outline::of(&text);
        // HTML goes on to the next blank line, over a heading directly below it.
        prop_assume!(outline.sections.len() == page.sections.len());
        let index = pick.index(outline.sections.len());
        let target = &outline.sections[index];
        let path = outline.path(index);
        let after = apply(&text, &[section(&path, op, &content, subtree)]).expect("the path is the outline's");

        // What is before the heading and behind the section is there byte by byte.
        let end = if subtree { target.end } else { target.own_end };
        prop_assert!(after.starts_with(&text[..target.heading.start]), "{after:?}");
        prop_assert!(after.ends_with(&text[end..]), "{after:?}");
        prop_assert!(after.contains(text[target.heading.clone()].trim_end()), "the heading stays: {after:?}");

        // The section's own text is there unless it was replaced, and the content is.
        let own = text[target.heading.end..end].trim();
        if op == SectionOp::Replace {
            prop_assert_eq!(after.matches("NEW").count(), content.matches("NEW").count());
        } else {
            prop_assert!(after.contains(own), "{after:?}");
        }
        prop_assert!(after.replace("\r\n", "\n").contains(content.replace("\r\n", "\n").trim()));

        // The outline is the same elsewhere.
        let mut expected = titles(&text);
        if op == SectionOp::Replace && subtree {
            let below = outline.sections.iter().filter(|other| other.heading.start > target.heading.start && other.heading.start < end);
            expected.drain(index + 1..index + 1 + below.count());
        }
        prop_assert_eq!(titles(&after), expected, "{:?} → {:?}", text, after);

        // Line ends, final line end, byte order mark and front matter are kept.
        let bare = after.replace("\r\n", "").matches('\n').count();
        prop_assert!(page.end == "\n" || bare == 0 || !text.contains('\n'), "{after:?}");
        prop_assert!(page.end == "\r\n" || !after.contains('\r') || !text.contains('\n'));
        prop_assert!(!text.contains('\n') || after.ends_with('\n') == text.ends_with('\n'), "{text:?} → {after:?}");
        prop_assert_eq!(&text[..front_matter(&text).body], &after[..front_matter(&after).body]);
    }

    #[test]
    fn replacements_agree_with_plain_strings(text in "[ab\n]{0,30}", old in "[ab\n]{0,3}", new in "[abc\n]{0,4}") {
        let places = (0..text.len()).filter(|&at| !old.is_empty() && text[at..].starts_with(&old)).count();
        match apply(&text, &[replace(&old, &new)]) {
            Ok(after) => {
                prop_assert_eq!(places, 1);
                prop_assert_eq!(after, text.replacen(&old, &new, 1));
            }
            Err(failed) => {
                let several = failed.failures[0].reason == Reason::SeveralMatches;
                prop_assert_eq!(places > 1, several);
                prop_assert!(places != 1);
            }
        }
    }

    #[test]
    fn ends_of_a_page_agree_with_plain_strings(text in "([ab]{0,3}\n){0,4}", content in "[ab]{1,3}(\n[ab]{1,3}){0,2}\n?") {
        let line = if content.ends_with('\n') { content.clone() } else { format!("{content}\n") };
        let appended = apply(&text, &[append(&content)]).expect("it always fits");
        prop_assert_eq!(&appended, &format!("{text}{}", if text.is_empty() { &content } else { &line }));
        let prepended = apply(&text, &[prepend(&content)]).expect("it always fits");
        prop_assert_eq!(&prepended, &format!("{}{text}", if text.is_empty() { &content } else { &line }));
    }

    #[test]
    fn any_edit_of_any_text_ends_well(
        text in "(\u{feff})?(---\n)?([-#=>a`é\\[ \n\r]|# a\n){0,30}", content in "[-#=a` \n\r]{0,12}", op in op(), subtree in any::<bool>(),
    ) {
        let _ = apply(&text, &[append(&content), prepend(&content), replace("a", &content)]);
        let outline = Outline::of(&text);
        for index in 0..outline.sections.len() {
            let edit = section(&outline.path(index), op, &content, subtree);
            prop_assert!(apply(&text, &[edit]).is_ok());
        }
    }
}
