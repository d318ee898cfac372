//! Markdown to links and sections: positions are right, and a renaming keeps what links mean.

use portolan_core::markdown::{
    KnownNames, Move, NameKind, Names, Outline, Resolved, blocks, links, page_links, resolve, rewrite,
};
use portolan_core::wiki::page::facts;

use crate::{PAGES, from_texts, texts};

/// Tries one input: a page's text.
pub fn run(data: &[u8]) {
    let [text] = texts(data);
    let names = names();
    let all = links(&text);
    for link in &all {
        assert!(text.get(link.span.clone()).is_some(), "{link:?} of {text:?}");
        let lines = text[..link.span.start].matches('\n').count() + 1;
        assert!(link.line >= 1 && link.line <= lines.max(link.line), "{link:?}");
        for written in std::iter::once(&link.target).chain(&link.left) {
            if let Some(bytes) = &written.bytes {
                assert!(text.get(bytes.clone()).is_some(), "{link:?} of {text:?}");
            }
        }
        let _resolved = resolve(link, "f/From", &names);
    }
    assert!(page_links(&text).len() <= all.len());
    outline(&text);
    let _broken = blocks(&text, &mut |block| {
        assert!(block.start <= text.len());
        std::ops::ControlFlow::Continue(())
    });
    let _facts = facts(&text, "From");
    for (page, moved) in [
        ("f/From", Move { old: "Link", new: "g/New name" }),
        ("f/From", Move { old: "f/From", new: "From" }),
        ("Link", Move { old: "x", new: "f/g/x" }),
    ] {
        renamed(&text, page, moved, &names);
    }
}

fn names() -> KnownNames {
    let pages = ["f/From", "Link", "Page", "x", "f/x", "a b", "Other", "g/Deep/End"];
    let files = ["img.png", "f/a b.png"];
    let pages = pages.into_iter().map(|path| (NameKind::Page, path));
    pages.chain(files.into_iter().map(|path| (NameKind::File, path))).collect()
}

/// Sections follow one another, lie in those around them, and each path leads to its section.
fn outline(text: &str) {
    let outline = Outline::of(text);
    let mut before = 0;
    for (index, section) in outline.sections.iter().enumerate() {
        assert!(before <= section.heading.start, "{text:?}");
        assert!(section.heading.start < section.heading.end, "{text:?}");
        assert!(section.heading.end <= section.own_end && section.own_end <= section.end, "{text:?}");
        assert!(text.get(section.heading.start..section.own_end).is_some(), "{text:?}");
        assert!(text.is_char_boundary(section.end), "{text:?}");
        assert!((1..=6).contains(&section.level), "{text:?}");
        if let Some(parent) = section.parent {
            let around = &outline.sections[parent];
            assert!(parent < index && around.end >= section.end && around.level < section.level, "{text:?}");
        }
        assert_eq!(outline.resolve(&outline.path(index)), Ok(index), "{text:?}");
        before = section.heading.end;
    }
}

/// After a renaming the links point to what they pointed to, but for those that nothing could be written for.
fn renamed(text: &str, page: &str, moved: Move<'_>, names: &KnownNames) {
    let Some(after) = rewrite(text, page, moved, names) else { return };
    assert_ne!(after, text, "what is rewritten is changed");
    let then = Then { names, moved };
    let at = if page == moved.old { moved.new } else { page };
    let (old, new) = (links(text), links(&after));
    assert_eq!(old.len(), new.len(), "{text:?} → {after:?}");
    for (old, new) in old.iter().zip(&new) {
        if let (Resolved::To(old), Resolved::To(new)) = (resolve(old, page, names), resolve(new, at, &then))
            && new.kind == Some(NameKind::Page)
            && old.kind == Some(NameKind::Page)
        {
            let wanted = if old.path == moved.old { moved.new } else { old.path.as_str() };
            assert_eq!(new.path, wanted, "{text:?} → {after:?}");
        }
    }
}

/// The names after a renaming.
struct Then<'a> {
    names: &'a KnownNames,
    moved: Move<'a>,
}

impl Names for Then<'_> {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        let page = kind == NameKind::Page;
        if page && path == self.moved.new {
            return Some(path.to_owned());
        }
        self.names.whole(kind, path).filter(|found| !(page && found == self.moved.old))
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        let mut found = self.names.ending(kind, tail);
        if kind == NameKind::Page {
            found.retain(|path| path != self.moved.old);
            let new = self.moved.new;
            if new == tail || new.ends_with(&format!("/{tail}")) {
                found.push(new.to_owned());
            }
        }
        found
    }
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = from_texts(&PAGES);
    seeds.extend(from_texts(&[
        "[[Link]] [[Link#a|text]] [a](../Link.md) [b](<../Link.md#x>) ![c](x) [[f/x|y]] [[x]]\n",
        "| [[Link\\|b]] | [[Page|]] |\n|-|-|\n| [[|x]] | [[a|b|c]] |\n",
        "[a]: ../Link\n[a] [b][a] [a][] ![[Link]]\n",
    ]));
    seeds
}
