//! Edits of a page's text, against plain strings: what is not named is not touched.

use portolan_core::markdown::{LineEnds, Outline, front_matter};
use portolan_core::wiki::edit::{Edit, Reason, SectionOp, apply};

use crate::{PAGES, texts};

/// Tries one input: a page's text, what to look for, and what to put there.
pub fn run(data: &[u8]) {
    let [content, old, text] = texts(data);
    replaced(&text, &old, &content);
    ends(&text, &content);
    // Each section edit reads the page anew.
    for (index, section) in Outline::of(&text).sections.iter().enumerate().take(4) {
        let path = Outline::of(&text).path(index);
        for op in OPS {
            for subtree in [false, true] {
                let end = if subtree { section.end } else { section.own_end };
                let edit = Edit::Section { path: path.clone(), op, content: content.to_string(), subtree };
                let after = apply(&text, &[edit]).expect("the path is the outline's");
                assert!(after.starts_with(&text[..section.heading.start]), "{text:?} → {after:?}");
                assert!(after.ends_with(&text[end..]), "{text:?} → {after:?}");
                if op != SectionOp::Replace {
                    let own = text[section.heading.end..end].trim();
                    assert!(after.contains(own), "{text:?} → {after:?}");
                }
            }
        }
    }
}

const OPS: [SectionOp; 5] = [
    SectionOp::Replace,
    SectionOp::Prepend,
    SectionOp::Append,
    SectionOp::InsertBefore,
    SectionOp::InsertAfter,
];

/// A replacement is made where the text stands exactly once, and says why not elsewhere.
fn replaced(text: &str, old: &str, new: &str) {
    let edit = Edit::Replace { old: old.to_owned(), new: new.to_owned() };
    let (old, new) = (adapted(old, text), adapted(new, text));
    let places = match old.as_bytes() {
        [] => 0,
        old => text.as_bytes().windows(old.len()).filter(|window| *window == old).count(),
    };
    match apply(text, &[edit]) {
        Ok(after) => {
            assert_eq!(places, 1, "{text:?}");
            assert_eq!(after, text.replacen(&old, &new, 1));
        }
        Err(failed) => {
            let reason = if places == 0 { Reason::NoMatch } else { Reason::SeveralMatches };
            assert_ne!(places, 1, "{text:?}");
            assert_eq!(failed.failures[0].reason, reason);
            assert!(failed.failures[0].candidates.len() <= 10);
        }
    }
}

/// Line ends as the text has them.
fn adapted(part: &str, text: &str) -> String {
    match LineEnds::of(text) {
        LineEnds::Lf => part.replace("\r\n", "\n"),
        LineEnds::Crlf => part.replace("\r\n", "\n").replace('\n', "\r\n"),
        _ => part.to_owned(),
    }
}

fn ends(text: &str, content: &str) {
    let appended = apply(text, &[Edit::Append { content: content.to_owned() }]).expect("it always fits");
    assert!(appended.starts_with(text), "{appended:?}");
    assert!(appended.contains(&adapted(content, text)), "{appended:?}");
    let prepended = apply(text, &[Edit::Prepend { content: content.to_owned() }]).expect("it always fits");
    let body = front_matter(text).body;
    assert!(prepended.starts_with(&text[..body]), "{prepended:?}");
    assert!(prepended.ends_with(&text[body..]), "{prepended:?}");
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let parts =
        [("NEW", "Text"), ("# New\n\ntext\n", "x"), ("- a\n- b", "quote"), ("", "\n"), ("a\r\nb", "")];
    PAGES
        .iter()
        .flat_map(|page| parts.map(|(content, old)| format!("{content}\0{old}\0{page}").into_bytes()))
        .collect()
}
