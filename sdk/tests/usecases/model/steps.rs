//! Random steps, and what they are on the wiki as it is when their turn comes.

use portolan::Condition;
use portolan::core::git::Oid;
use portolan::core::wiki::edit::{Edit, SectionOp};
use proptest::prelude::*;

use super::plain::{Plain, Write, version};

/// One step. Numbers choose among what there is, counted round; 0 of bases is the newest.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Create { page: u8, text: Vec<u8> },
    Put { page: u8, text: Vec<u8>, base: u8 },
    Merge { page: u8, line: u8, new: u8, base: u8 },
    Edit { page: u8, edit: u8, new: u8, base: u8, strict: bool },
    Delete { page: u8, base: u8 },
    Rename { page: u8, to: u8, base: u8 },
    RenameBack,
    Undelete,
    Revert { commit: u8, only: Option<u8> },
    Attach { file: u8, content: u8 },
    Detach { file: u8, base: u8 },
    Pair(Box<Step>, Box<Step>),
    Replay(u8),
}

/// Few, and near each other: in folders, by short name and in case.
const PAGES: [&str; 8] = ["a", "b", "A", "f/a", "f/b", "F/c", "g", "f"];
const FILES: [&str; 3] = ["pic.txt", "f/pic.txt", "f/Pic.txt"];
const LINES: [&str; 12] = [
    "one",
    "two",
    "three",
    "[[a]] and [[b|text]]",
    "[b](b.md)",
    "[[f/a|x]]",
    "[r](../g.md#s) [s](f/b)",
    "![p](pic.txt)",
    "# Head",
    "## Sub",
    "[[g]], [[nowhere]]",
    "",
];

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        30 => write(),
        4 => (write(), write()).prop_map(|(one, other)| Step::Pair(Box::new(one), Box::new(other))),
        3 => any::<u8>().prop_map(Step::Replay),
        3 => Just(Step::Undelete),
        3 => Just(Step::RenameBack),
        6 => (0..8_u8, prop::option::weighted(0.3, 0..4_u8)).prop_map(|(commit, only)| Step::Revert { commit, only }),
    ];
    prop::collection::vec(step, 1..most)
}

fn write() -> impl Strategy<Value = Step> {
    let text = || prop::collection::vec(0..14_u8, 0..6);
    let page = 0..8_u8;
    let base = || prop_oneof![5 => Just(0_u8), 1 => 1..4_u8, 1 => Just(100_u8), 1 => 200..204_u8];
    prop_oneof![
        7 => (page.clone(), text()).prop_map(|(page, text)| Step::Create { page, text }),
        3 => (page.clone(), text(), base()).prop_map(|(page, text, base)| Step::Put { page, text, base }),
        5 => (page.clone(), 0..6_u8, 0..12_u8, prop_oneof![0..4_u8, base()])
            .prop_map(|(page, line, new, base)| Step::Merge { page, line, new, base }),
        4 => (page.clone(), 0..6_u8, 0..12_u8, base(), any::<bool>())
            .prop_map(|(page, edit, new, base, strict)| Step::Edit { page, edit, new, base, strict }),
        3 => (page.clone(), base()).prop_map(|(page, base)| Step::Delete { page, base }),
        6 => (page, 0..8_u8, base()).prop_map(|(page, to, base)| Step::Rename { page, to, base }),
        2 => (0..3_u8, 0..3_u8).prop_map(|(file, content)| Step::Attach { file, content }),
        1 => (0..3_u8, base()).prop_map(|(file, base)| Step::Detach { file, base }),
    ]
}

/// Makes writes of steps.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    words: usize,
}

impl Resolver {
    /// The write that a step is now; none where there is nothing to do it to.
    pub(super) fn resolve(&mut self, step: &Step, plain: &Plain) -> Option<Write> {
        let page = |nth: u8| {
            let nth = usize::from(nth).checked_rem(plain.pages().count())?;
            plain.pages().nth(nth).map(|(page, text)| (page.to_owned(), text.to_owned()))
        };
        Some(match step {
            Step::Create { page, text } => {
                let path = PAGES[usize::from(*page)].to_owned();
                Write::Put { path, text: self.text(text), condition: Condition::Absent }
            }
            Step::Put { page: nth, text, base } => {
                let (path, _) = page(*nth)?;
                let condition = Condition::Match(vec![base_of(plain, &format!("{path}.md"), *base)]);
                Write::Put { path, text: self.text(text), condition }
            }
            Step::Merge { page: nth, line, new, base } => {
                let (path, _) = page(*nth)?;
                let git = format!("{path}.md");
                let base = base_of(plain, &git, *base);
                let made_of = plain.history(&git).filter_map(|(revision, change)| {
                    let text = change.after.as_ref()?;
                    (version(text) == base || revision == base).then_some(text)
                });
                let made_of = made_of.into_iter().next().cloned().unwrap_or_default();
                Write::Put {
                    path,
                    text: self.changed(&made_of, *line, *new),
                    condition: Condition::Base(base),
                }
            }
            Step::Edit { page: nth, edit, new, base, strict } => {
                let (path, text) = page(*nth)?;
                let base = base_of(plain, &format!("{path}.md"), *base);
                let condition = if *strict { Condition::Match(vec![base]) } else { Condition::Base(base) };
                Write::Edit { path, edits: vec![self.edit(&text, *edit, *new)], condition }
            }
            Step::Delete { page: nth, base } => {
                let (path, _) = page(*nth)?;
                let condition = Condition::Match(vec![base_of(plain, &format!("{path}.md"), *base)]);
                Write::Delete { path, condition }
            }
            Step::Rename { page: nth, to, base } => {
                let (from, _) = page(*nth)?;
                let base = Some(base_of(plain, &format!("{from}.md"), *base));
                Write::Rename { from, to: PAGES[usize::from(*to)].to_owned(), base }
            }
            Step::RenameBack => {
                let changes = plain.commits.iter().rev().flat_map(|(_, changes)| changes);
                let (to, from) = changes.into_iter().find_map(|change| {
                    let from = change.from.as_deref()?;
                    Some((from.strip_suffix(".md")?.to_owned(), change.path.strip_suffix(".md")?.to_owned()))
                })?;
                let base = plain.files.get(&format!("{from}.md")).map(|text| version(text));
                Write::Rename { from, to, base }
            }
            Step::Undelete => {
                let mut commits = plain.commits.iter().rev();
                let (revision, _) =
                    commits.find(|(_, changes)| changes.iter().any(|change| change.after.is_none()))?;
                Write::Revert { revision: *revision, path: None }
            }
            Step::Revert { commit, only } => {
                let nth = usize::from(*commit).checked_rem(plain.commits.len())?;
                let (revision, changes) = plain.commits.iter().rev().nth(nth)?;
                let pages: Vec<&str> =
                    changes.iter().filter_map(|change| change.path.strip_suffix(".md")).collect();
                let path = only.and_then(|nth| pages.get(usize::from(nth))).map(|page| (*page).to_owned());
                Write::Revert { revision: *revision, path }
            }
            Step::Attach { file, content } => {
                let path = FILES[usize::from(*file)].to_owned();
                let condition = match plain.files.get(&path) {
                    None => Condition::Absent,
                    Some(now) => Condition::Match(vec![version(now)]),
                };
                Write::Attach { path, content: format!("content {content}"), condition }
            }
            Step::Detach { file, base } => {
                let path = FILES[usize::from(*file)].to_owned();
                let condition = Condition::Match(vec![base_of(plain, &path, *base)]);
                Write::Detach { path, condition }
            }
            Step::Pair(..) | Step::Replay(_) => return None,
        })
    }

    /// The word that was written last, and never before.
    pub(super) fn last_word(&self) -> String {
        let letter = |number: usize| char::from(b"bcdfghjklmnpqrtv"[number % 16]);
        ["word", &String::from_iter([letter(self.words / 256), letter(self.words / 16), letter(self.words)])]
            .concat()
    }

    fn word(&mut self) -> String {
        self.words += 1;
        self.last_word()
    }

    fn text(&mut self, lines: &[u8]) -> String {
        let stub = lines.first().filter(|first| **first >= 12);
        let mut text = match stub {
            None => String::new(),
            Some(first) => format!("---\nredirect: {}\n---\n", PAGES[usize::from(*first) - 12]),
        };
        for line in lines.iter().filter(|line| **line < 12) {
            text.extend([LINES[usize::from(*line)], "\n"]);
        }
        text + &self.word() + "\n"
    }

    /// `text` with a line changed, put in, or taken out.
    fn changed(&mut self, text: &str, line: u8, new: u8) -> String {
        let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        let at = usize::from(line).min(lines.len());
        let new = match new {
            0 => None,
            new => Some(format!("{} {}", LINES[usize::from(new)], self.word())),
        };
        match (new, at < lines.len()) {
            (Some(new), true) if line.is_multiple_of(2) => lines[at] = new,
            (Some(new), _) => lines.insert(at, new),
            (None, true) => drop(lines.remove(at)),
            (None, false) => {}
        }
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    fn edit(&mut self, text: &str, edit: u8, new: u8) -> Edit {
        let content = format!("{} {}", LINES[usize::from(new)], self.word());
        let line = text.lines().nth(usize::from(new) % 4).unwrap_or("one").to_owned();
        match edit {
            0 | 1 => Edit::Replace { old: line, new: content },
            2 => Edit::Append { content },
            3 => Edit::Prepend { content },
            4 => Edit::Section { path: "Head".into(), op: SectionOp::Append, content, subtree: false },
            _ => Edit::Section { path: "Head > Sub".into(), op: SectionOp::Replace, content, subtree: true },
        }
    }
}

/// A base of a file: a version of it, from the newest on; from 100 a commit of the wiki's, from 200 one of the file's.
fn base_of(plain: &Plain, git: &str, nth: u8) -> Oid {
    let nowhere = version("of no page");
    match nth {
        0..100 => {
            let mut versions = plain.history(git).filter_map(|(_, change)| change.after.as_deref());
            versions.nth(nth.into()).map_or(nowhere, version)
        }
        100..200 => plain.head().unwrap_or(nowhere),
        _ => plain.history(git).nth(usize::from(nth) - 200).map_or(nowhere, |(revision, _)| revision),
    }
}
