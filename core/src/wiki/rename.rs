//! Renames, recognised in what a commit did to pages: nothing that a commit says about itself counts.

use std::collections::HashMap;

use super::path::{PageKind, PagePath, Requested, fold};

/// A page before or after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is not there.
    Absent,
    /// It is there.
    Page,
    /// It is there and is a redirect stub, whose front matter names this target.
    Stub(String),
}

/// What a commit did to one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The page.
    pub path: PagePath,
    /// How it was.
    pub before: State,
    /// How it is.
    pub after: State,
}

/// Whether the target of a redirect stub names exactly `page`: its path from the root, with or without a slash before
/// it and `.md` after it.
pub fn names(target: &str, page: &PagePath) -> bool {
    named(target).any(|path| path == *page)
}

/// The renames among the steps of one commit with at most one parent, each as the indexes of the former and the new
/// page in `steps`, by the new one. There are two kinds:
///
/// - a page that was no stub has become one that names a page which was absent, or a stub itself;
/// - a page is gone, and one whose path is equal under full case folding has come: a change of case leaves no stub.
///
/// Of several former pages the first one in `steps` counts.
pub fn renames(steps: &[Step]) -> Vec<(usize, usize)> {
    let mut former: HashMap<usize, usize> = HashMap::new();
    let by_path: HashMap<&PagePath, usize> =
        steps.iter().enumerate().map(|(index, step)| (&step.path, index)).collect();
    let gone = steps.iter().any(|step| step.before != State::Absent && step.after == State::Absent);
    let come = |step: &Step| step.before == State::Absent && step.after != State::Absent;
    let mut by_folded: HashMap<String, usize> = HashMap::new();
    if gone {
        for (index, step) in steps.iter().enumerate().filter(|(_, step)| come(step)) {
            by_folded.entry(fold(step.path.as_str())).or_insert(index);
        }
    }
    for (from, step) in steps.iter().enumerate() {
        let to = match (&step.before, &step.after) {
            (State::Page, State::Stub(target)) => named(target).find_map(|path| by_path.get(&path).copied()),
            (State::Page | State::Stub(_), State::Absent) if !by_folded.is_empty() => {
                by_folded.get(&fold(step.path.as_str())).copied()
            }
            _ => None,
        };
        let Some(to) = to.filter(|to| *to != from) else { continue };
        if steps[to].before != State::Page && steps[to].after != State::Absent {
            former.entry(to).or_insert(from);
        }
    }
    let mut renames: Vec<_> = former.into_iter().map(|(to, from)| (from, to)).collect();
    renames.sort_unstable_by_key(|(_, to)| *to);
    renames
}

/// The pages that a stub's target may name.
fn named(target: &str) -> impl Iterator<Item = PagePath> {
    let target = target.trim();
    let named = Requested::<PageKind>::parse(target.strip_prefix('/').unwrap_or(target)).ok();
    named.into_iter().flat_map(|named| named.candidates().cloned().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: State = State::Absent;
    const PAGE: State = State::Page;

    fn stub(target: &str) -> State {
        State::Stub(target.into())
    }

    fn found(steps: &[(&str, State, State)]) -> Vec<(String, String)> {
        let steps: Vec<Step> = steps
            .iter()
            .map(|(path, before, after)| Step {
                path: PagePath::parse(path).unwrap(),
                before: before.clone(),
                after: after.clone(),
            })
            .collect();
        let name = |index: usize| steps[index].path.to_string();
        renames(&steps).into_iter().map(|(from, to)| (name(from), name(to))).collect()
    }

    fn pair(from: &str, to: &str) -> Vec<(String, String)> {
        vec![(from.into(), to.into())]
    }

    #[test]
    fn a_page_that_becomes_a_stub_is_renamed() {
        for target in ["F/B", "/F/B", "F/B.md", " F/B "] {
            assert_eq!(
                found(&[("A", PAGE, stub(target)), ("F/B", ABSENT, PAGE)]),
                pair("A", "F/B"),
                "{target}"
            );
        }
        // Back onto the stub, with other pages rewritten.
        assert_eq!(
            found(&[("A", stub("B"), PAGE), ("B", PAGE, stub("A")), ("C", PAGE, PAGE)]),
            pair("B", "A")
        );
        let decomposed = "Cafe\u{301}";
        assert_eq!(
            found(&[("A", PAGE, stub(decomposed)), ("Caf\u{e9}", ABSENT, PAGE)]),
            pair("A", "Caf\u{e9}")
        );
    }

    #[test]
    fn what_only_looks_like_a_rename_is_none() {
        for steps in [
            // There was a page already.
            vec![("A", PAGE, stub("B")), ("B", PAGE, PAGE)],
            // Another page, or another case, or nothing at all.
            vec![("A", PAGE, stub("C")), ("B", ABSENT, PAGE)],
            vec![("A", PAGE, stub("b")), ("B", ABSENT, PAGE)],
            vec![("A", PAGE, stub("../x")), ("B", ABSENT, PAGE)],
            vec![("A", PAGE, stub("B"))],
            // A stub that was one before, or is new.
            vec![("A", stub("X"), stub("B")), ("B", ABSENT, PAGE)],
            vec![("A", ABSENT, stub("B")), ("B", ABSENT, PAGE)],
            // To itself, and to what is gone.
            vec![("A", PAGE, stub("A"))],
            vec![("A", PAGE, stub("B")), ("B", stub("A"), ABSENT)],
            // Moved by hand, without a stub.
            vec![("A", PAGE, ABSENT), ("B", ABSENT, PAGE)],
            vec![("A", PAGE, ABSENT), ("a", PAGE, PAGE)],
        ] {
            assert_eq!(found(&steps), [], "{steps:?}");
        }
    }

    #[test]
    fn a_change_of_case_is_a_rename() {
        assert_eq!(found(&[("Straße", PAGE, ABSENT), ("strasse", ABSENT, PAGE)]), pair("Straße", "strasse"));
        assert_eq!(found(&[("a/b", stub("x"), ABSENT), ("A/b", ABSENT, stub("x"))]), pair("a/b", "A/b"));
    }

    #[test]
    fn of_several_former_pages_the_first_counts() {
        let steps = [("A", PAGE, stub("C")), ("B", PAGE, stub("C")), ("C", ABSENT, PAGE)];
        assert_eq!(found(&steps), pair("A", "C"));
    }

    #[test]
    fn a_target_names_a_page_exactly() {
        let page = PagePath::parse("F/B").unwrap();
        for (target, is) in [("F/B", true), ("/F/B.md", true), ("B", false), ("F/b", false), ("//F/B", false)]
        {
            assert_eq!(names(target, &page), is, "{target}");
        }
    }
}
