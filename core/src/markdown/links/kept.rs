//! Links without their place in the text: what is kept of them, to be resolved whenever they are asked for.

use super::resolve::{Names, Resolved, sides};
use super::{LinkKind, Side, Syntax, links};

/// Most links of one page that are kept: the first ones.
pub const MOST_LINKS: usize = 10_000;

/// Most bytes of targets and texts of one page's links, all together; a reference's target counts each time.
pub const MOST_LINK_BYTES: usize = 1 << 20;

/// Links of a longer text are not looked for, bytes. No page that is written is so long; imported ones can be.
const LONGEST: usize = 8 << 20;

/// A link that may point to something in the wiki, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    /// What it is to a reader.
    pub kind: LinkKind,
    /// How it is written.
    pub syntax: Syntax,
    /// The line it begins on, from 1, front matter counted.
    pub line: u32,
    /// What stands left of a WikiLink's bar.
    pub left: Option<String>,
    /// Its target; of a WikiLink with a bar what stands right of it.
    pub target: String,
    /// The plain text shown, at most 300 characters; empty where there is a bar, as its sides say it.
    pub text: String,
}

impl PageLink {
    /// The same, borrowed.
    pub fn written(&self) -> WrittenLink<'_> {
        let Self { kind, syntax, line, left, target, text } = self;
        WrittenLink { kind: *kind, syntax: *syntax, line: *line, left: left.as_deref(), target, text }
    }
}

/// A [`PageLink`] whose texts are elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenLink<'a> {
    /// See [`PageLink::kind`].
    pub kind: LinkKind,
    /// See [`PageLink::syntax`].
    pub syntax: Syntax,
    /// See [`PageLink::line`].
    pub line: u32,
    /// See [`PageLink::left`].
    pub left: Option<&'a str>,
    /// See [`PageLink::target`].
    pub target: &'a str,
    /// See [`PageLink::text`].
    pub text: &'a str,
}

impl<'a> WrittenLink<'a> {
    /// What it points to from the page `from`; as [`super::resolve::resolve`].
    pub fn resolve(&self, from: &str, names: &dyn Names) -> Resolved {
        sides(self.syntax, self.left, self.target, from, names)
    }

    /// The text shown where `side` turned out to be the target; as [`super::Link::shown`].
    pub fn shown(&self, side: Side) -> &'a str {
        match (self.left, side) {
            (Some(left), Side::Left) if self.target.is_empty() => left,
            (Some(_), Side::Left) => self.target,
            (Some(left), Side::Right) => left,
            (None, _) => self.text,
        }
    }
}

/// The links of a page's `text` that may point to something in the wiki, in the order in which they begin: at most
/// [`MOST_LINKS`], with at most [`MOST_LINK_BYTES`], the first ones. Those that lead out of the wiki or to a place on
/// their own page are left out.
pub fn page_links(text: &str) -> Vec<PageLink> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let mut bytes = 0;
    links(text)
        .into_iter()
        .map(|link| {
            let bar = link.left.is_some();
            PageLink {
                kind: link.kind,
                syntax: link.syntax,
                line: u32::try_from(link.line).unwrap_or(u32::MAX),
                left: link.left.map(|left| left.target),
                target: link.target.target,
                text: if bar { String::new() } else { link.text },
            }
        })
        .filter(may_be_here)
        .take_while(|link| {
            bytes += link.target.len() + link.text.len() + link.left.as_deref().map_or(0, str::len);
            bytes <= MOST_LINK_BYTES
        })
        .take(MOST_LINKS)
        .collect()
}

/// Every name there is: whatever may be in the wiki is.
struct Everything;

impl Names for Everything {
    fn whole(&self, _: super::resolve::NameKind, path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    fn ending(&self, _: super::resolve::NameKind, tail: &str) -> Vec<String> {
        vec![tail.to_owned()]
    }
}

fn may_be_here(link: &PageLink) -> bool {
    matches!(link.written().resolve("", &Everything), Resolved::To(_))
}

#[cfg(test)]
mod tests {
    use super::super::resolve::KnownNames;
    use super::*;

    #[test]
    fn what_leads_out_or_stays_is_left_out() {
        let text = "[[A]] [b](b.md#x) ![c](c.png) [[Text|D]] [[#here|E]] [out](https://x.example) \
                    [[https://x.example]] [here](#top) [[#here]] <https://auto.example> [up](../../../up)";
        let kept = page_links(text);
        let targets: Vec<_> = kept.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(targets, ["A", "b.md#x", "c.png", "D", "E", "../../../up"]);
        assert_eq!(kept[3].written().shown(Side::Right), "Text");
        assert_eq!(kept[3].written().shown(Side::Left), "D");
        assert_eq!(kept[1].text, "b");
    }

    #[test]
    fn kept_links_resolve_as_the_others() {
        use super::super::resolve::{NameKind, resolve};
        let text = "[[A|B]] [[B|A]] [[A]]\n\n[x][r] ![y](../p.png)\n\n[r]: /F/A.md";
        let names: KnownNames =
            [(NameKind::Page, "A"), (NameKind::Page, "F/A"), (NameKind::File, "p.png")].into_iter().collect();
        let all = links(text);
        let kept = page_links(text);
        assert_eq!(all.len(), kept.len());
        for (link, kept) in all.iter().zip(&kept) {
            assert_eq!(resolve(link, "F/x", &names), kept.written().resolve("F/x", &names));
            for side in [Side::Left, Side::Right] {
                assert_eq!(link.shown(side), kept.written().shown(side));
            }
        }
    }

    #[test]
    fn links_are_bounded() {
        assert_eq!(page_links(&"[[a]] ".repeat(MOST_LINKS + 1)).len(), MOST_LINKS);
        let long = format!("[[{}]]\n", "x".repeat(1_000));
        let kept = page_links(&long.repeat(1_000));
        // A target and its text.
        assert!(
            kept.iter().map(|link| link.target.len() + link.text.len()).sum::<usize>() <= MOST_LINK_BYTES
        );
        assert!(kept.len() > 700 && kept.len() < 1_000, "{}", kept.len());
        assert!(page_links(&" ".repeat(LONGEST + 1)).is_empty());
    }
}
