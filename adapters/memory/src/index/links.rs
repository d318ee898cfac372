//! The links of one wiki: all of them resolved anew for each question.

use std::collections::BTreeSet;

use portolan_core::markdown::{KnownNames, NameKind, NameQuestion, Names, Resolved, Target};
use portolan_ports::index::{
    BrokenLink, FileKind, Graph, GraphLimits, GraphOf, LinkFrom, LinkPlace, LinkTo, Links, PageName, Part,
};

use super::wiki::Wiki;

/// A page, and what its links name.
struct Page<'a> {
    path: &'a str,
    title: &'a str,
    is_stub: bool,
    /// With their numbers on the page.
    links: Vec<(u32, Target, LinkTo)>,
}

impl Page<'_> {
    fn leads_to(&self, kind: NameKind, path: &str) -> bool {
        self.links.iter().any(|(_, target, _)| names(target, kind, path))
    }

    fn name(&self) -> PageName {
        PageName { path: self.path.to_owned(), title: self.title.to_owned() }
    }
}

/// Whether a link whose target is this is one to `path`; a broken one could become either kind.
fn names(target: &Target, kind: NameKind, path: &str) -> bool {
    target.path == path && target.kind.is_none_or(|found| found == kind)
}

/// The names at the head; stubs are no short names.
struct AllNames {
    all: KnownNames,
    short: KnownNames,
}

impl Names for AllNames {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        self.all.whole(kind, path)
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        self.short.ending(kind, tail)
    }
}

impl Wiki {
    /// The files that links can name.
    fn named(&self) -> impl Iterator<Item = (NameKind, &str, bool)> {
        self.entries().filter_map(|(file, _)| {
            let path = std::str::from_utf8(&file.path).ok()?;
            match file.kind {
                FileKind::Page => Some((NameKind::Page, path.strip_suffix(".md")?, file.redirect.is_some())),
                FileKind::File => Some((NameKind::File, path, false)),
                FileKind::Kept => None,
            }
        })
    }

    fn all_names(&self) -> AllNames {
        let all = self.named().map(|(kind, path, _)| (kind, path)).collect();
        let short =
            self.named().filter(|(.., is_stub)| !is_stub).map(|(kind, path, _)| (kind, path)).collect();
        AllNames { all, short }
    }

    /// All pages by path.
    fn pages(&self) -> Vec<Page<'_>> {
        let known = self.all_names();
        let mut pages: Vec<_> = self
            .entries()
            .filter(|(file, _)| file.kind == FileKind::Page)
            .filter_map(|(file, facts)| {
                let path = std::str::from_utf8(&file.path).ok()?.strip_suffix(".md")?;
                let links = (0..).zip(&facts.links).filter_map(|(number, link)| {
                    let Resolved::To(target) = link.written().resolve(path, &known) else { return None };
                    let to = LinkTo {
                        path: target.path.clone(),
                        exists: target.kind,
                        kind: link.kind,
                        text: link.written().shown(target.side).to_owned(),
                        line: link.line,
                    };
                    Some((number, target, to))
                });
                Some(Page {
                    path,
                    title: &file.title,
                    is_stub: file.redirect.is_some(),
                    links: links.collect(),
                })
            })
            .collect();
        pages.sort_by_key(|page| page.path);
        pages
    }

    pub(super) fn links(&self, kind: NameKind, path: &str, most: usize) -> Links {
        let pages = self.pages();
        let own = pages.iter().find(|page| kind == NameKind::Page && page.path == path);
        let to = own.map(|page| page.links.iter().map(|(.., to)| to.clone()).collect()).unwrap_or_default();
        let linking: Vec<_> = pages.iter().filter(|page| page.leads_to(kind, path)).collect();
        let mut from: Vec<LinkFrom> = linking
            .iter()
            .take(most)
            .flat_map(|page| {
                let here = page.links.iter().filter(|(_, target, _)| names(target, kind, path));
                here.map(|(.., to)| LinkFrom {
                    path: page.path.to_owned(),
                    text: to.text.clone(),
                    line: to.line,
                })
            })
            .collect();
        let most_links = most.saturating_mul(10);
        let more = linking.len() > most || from.len() > most_links;
        from.truncate(most_links);
        Links { to, from, more }
    }

    pub(super) fn graph(&self, of: &GraphOf, limits: GraphLimits) -> Graph {
        let pages = self.pages();
        let at = |path: &str| pages.binary_search_by(|page| page.path.cmp(path)).ok();
        let out: Vec<BTreeSet<usize>> = pages
            .iter()
            .map(|page| {
                let targets = page.links.iter().filter(|(_, target, _)| target.kind == Some(NameKind::Page));
                targets.filter_map(|(_, target, _)| at(&target.path)).collect()
            })
            .collect();
        let mut nodes: Vec<usize> = match of {
            GraphOf::Whole => (0..pages.len()).collect(),
            GraphOf::Around { page, depth } => {
                let mut met: Vec<usize> = at(page).into_iter().collect();
                let mut done = 0;
                for _ in 0..*depth {
                    let level = met[done..].to_vec();
                    for node in level {
                        done += 1;
                        let near: BTreeSet<usize> = (0..pages.len())
                            .filter(|other| out[node].contains(other) || out[*other].contains(&node))
                            .collect();
                        met.extend(near.into_iter().filter(|other| !met.contains(other)).collect::<Vec<_>>());
                    }
                }
                met
            }
        };
        let mut cut = nodes.len() > limits.nodes;
        nodes.truncate(limits.nodes);
        let mut edges = Vec::new();
        for &node in &nodes {
            let inside = out[node].iter().filter(|to| nodes.contains(to));
            edges.extend(inside.map(|&to| (pages[node].path.to_owned(), pages[to].path.to_owned())));
        }
        cut |= edges.len() > limits.edges;
        edges.truncate(limits.edges);
        Graph { nodes: nodes.into_iter().map(|node| pages[node].name()).collect(), edges, cut }
    }

    pub(super) fn orphans(&self, after: Option<&str>, limit: usize) -> Part<PageName, String> {
        let pages = self.pages();
        let linked = |page: &Page<'_>| {
            pages.iter().any(|other| other.path != page.path && other.leads_to(NameKind::Page, page.path))
        };
        let orphans = pages
            .iter()
            .filter(|page| after.is_none_or(|after| page.path > after) && !page.is_stub && !linked(page));
        part(orphans.map(Page::name), limit, |page| page.path.clone())
    }

    pub(super) fn broken(&self, after: Option<&LinkPlace>, limit: usize) -> Part<BrokenLink, LinkPlace> {
        let pages = self.pages();
        let all = pages.iter().flat_map(|page| {
            page.links.iter().map(|(number, target, to)| {
                let place = LinkPlace { page: page.path.to_owned(), link: *number };
                (target.kind, BrokenLink { place, target: target.path.clone(), line: to.line })
            })
        });
        let broken = all.filter(|(kind, _)| kind.is_none()).map(|(_, link)| link);
        part(broken.filter(|link| after.is_none_or(|after| link.place > *after)), limit, |link| {
            link.place.clone()
        })
    }

    pub(super) fn answers(&self, questions: &[NameQuestion]) -> Vec<Vec<String>> {
        let known = self.all_names();
        let answer = |question: &NameQuestion| {
            let NameQuestion { kind, path, whole } = question;
            match whole {
                true => known.whole(*kind, path).into_iter().collect(),
                false => {
                    let mut paths = known.ending(*kind, path);
                    paths.sort();
                    paths
                }
            }
        };
        questions.iter().map(answer).collect()
    }
}

fn part<T, K>(items: impl Iterator<Item = T>, limit: usize, key: impl Fn(&T) -> K) -> Part<T, K> {
    let mut items: Vec<T> = items.take(limit.saturating_add(1)).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(key);
    Part { items, next }
}
