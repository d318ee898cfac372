//! Resolving links with the names that the index has.

use portolan_core::git::Oid;
use portolan_core::markdown::{AskedNames, NameQuestion, Names};

use crate::pages::Wiki;
use crate::{Error, Portolan, Result};

/// How often work is done again: each time it was told of names that it had asked for, or another head had come.
const ROUNDS: usize = 32;

/// Most questions of one round; what has more is asked in parts.
const QUESTIONS: usize = 4_096;

impl Portolan {
    /// Does `work` with the names that the wiki has at one head, at `head` or later: what it made, and which head that was. The work
    /// is pure, and is done again, mostly once, until every name it asks for is known.
    pub(crate) async fn with_names_at<T>(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        work: impl Fn(&dyn Names) -> T,
    ) -> Result<(T, Option<Oid>)> {
        let mut names = AskedNames::default();
        let mut asked_at = head;
        for _ in 0..ROUNDS {
            let made = work(&names);
            let missing = names.missing();
            if missing.is_empty() {
                return Ok((made, asked_at));
            }
            for part in missing.chunks(QUESTIONS) {
                let (repo, questions) = (&wiki.repo, part);
                let answer = self
                    .at_head(wiki, head, |index| async move { index.names(repo, questions).await })
                    .await?;
                if answer.head != asked_at {
                    // What is known is of another head.
                    names = AskedNames::default();
                    asked_at = answer.head;
                }
                let nothing = std::iter::repeat_with(Vec::new);
                for (question, paths) in part.iter().zip(answer.value.into_iter().chain(nothing)) {
                    names.answer(NameQuestion::clone(question), paths);
                }
            }
        }
        Err(Error::Unavailable("the wiki changes faster than its links can be looked up; try again".into()))
    }
}
