//! Names that are looked up elsewhere: what has to be asked is found out by trying.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::resolve::{NameKind, Names};

/// A question about the names of a wiki, as [`Names`] has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameQuestion {
    /// Of what.
    pub kind: NameKind,
    /// The path, or its end.
    pub path: String,
    /// [`Names::whole`]: whether it is a whole path. Else [`Names::ending`].
    pub whole: bool,
}

/// Names as far as they are known. Whoever asks for another one is told that there is none, and the question is noted:
/// once it is answered, the work that asked is done again. So pure work runs on names that only waiting brings.
#[derive(Debug, Default)]
pub struct AskedNames {
    known: HashMap<NameQuestion, Vec<String>>,
    missing: RefCell<BTreeSet<NameQuestion>>,
}

impl AskedNames {
    /// The questions that could not be answered since this was asked last.
    pub fn missing(&mut self) -> Vec<NameQuestion> {
        std::mem::take(self.missing.get_mut()).into_iter().collect()
    }

    /// Notes the paths that answer `question`: of a whole path one or none, else at most three.
    pub fn answer(&mut self, question: NameQuestion, paths: Vec<String>) {
        self.known.insert(question, paths);
    }

    /// All questions that were answered, with their answers.
    pub fn into_known(self) -> HashMap<NameQuestion, Vec<String>> {
        self.known
    }

    fn ask(&self, kind: NameKind, path: &str, whole: bool) -> &[String] {
        let question = NameQuestion { kind, path: path.to_owned(), whole };
        if let Some(paths) = self.known.get(&question) {
            return paths;
        }
        self.missing.borrow_mut().insert(question);
        &[]
    }
}

impl Names for AskedNames {
    fn whole(&self, kind: NameKind, path: &str) -> Option<String> {
        self.ask(kind, path, true).first().cloned()
    }

    fn ending(&self, kind: NameKind, tail: &str) -> Vec<String> {
        self.ask(kind, tail, false).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::super::links;
    use super::super::resolve::{KnownNames, Resolved, resolve};
    use super::*;

    #[test]
    fn work_done_again_finds_what_names_in_memory_find() {
        let names: KnownNames = [(NameKind::Page, "F/A"), (NameKind::Page, "B"), (NameKind::File, "F/p.png")]
            .into_iter()
            .collect();
        let text = "[[A]] [[B|C]] ![[p.png]] [x](F/A.md) [y](none.md)";
        let work = |names: &dyn Names| -> Vec<Resolved> {
            links(text).iter().map(|link| resolve(link, "P", names)).collect()
        };
        let mut asked = AskedNames::default();
        let mut rounds = 0;
        let found = loop {
            let found = work(&asked);
            let missing = asked.missing();
            if missing.is_empty() {
                break found;
            }
            rounds += 1;
            for question in missing {
                let paths = if question.whole {
                    Vec::from_iter(names.whole(question.kind, &question.path))
                } else {
                    names.ending(question.kind, &question.path)
                };
                asked.answer(question, paths);
            }
        };
        assert_eq!(found, work(&names));
        assert_eq!(rounds, 1, "what finds nothing has asked for everything");
    }
}
