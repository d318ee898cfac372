//! Resolving links with the names that the index has.

use std::collections::HashMap;
use std::sync::Arc;

use portolan_core::git::Oid;
use portolan_core::markdown::{AskedNames, NameQuestion, Names};

use crate::pages::Wiki;
use crate::{Error, Portolan, Result};

/// What was asked about the names of a wiki, and answered.
pub(crate) type Answers = HashMap<NameQuestion, Vec<String>>;

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
        let (mut names, mut at) = (AskedNames::default(), head);
        for _ in 0..ROUNDS {
            let made = work(&names);
            if self.told(wiki, head, &mut names, &mut at).await? {
                return Ok((made, at));
            }
        }
        Err(restless())
    }

    /// As [`Self::with_names_at`], of work that takes long: it is done on threads of its own. Answers all that was asked, too.
    pub(crate) async fn with_names_aside<T: Send + 'static>(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        work: impl Fn(&dyn Names) -> T + Send + Sync + 'static,
    ) -> Result<(T, Answers, Option<Oid>)> {
        let (mut names, mut at) = (AskedNames::default(), head);
        let work = Arc::new(work);
        for _ in 0..ROUNDS {
            let work = Arc::clone(&work);
            let done = tokio::task::spawn_blocking(move || (work(&names), names)).await;
            let (made, back) = done.map_err(|_| Error::Internal("work on links failed".into()))?;
            names = back;
            if self.told(wiki, head, &mut names, &mut at).await? {
                return Ok((made, names.into_known(), at));
            }
        }
        Err(restless())
    }

    /// Tells `names` what was asked of them; answers whether nothing was. Where the answers are of another head than those before, those
    /// are forgotten.
    async fn told(
        &self,
        wiki: &Wiki,
        head: Option<Oid>,
        names: &mut AskedNames,
        at: &mut Option<Oid>,
    ) -> Result<bool> {
        let missing = names.missing();
        for part in missing.chunks(QUESTIONS) {
            let (repo, questions) = (&wiki.repo, part);
            let answer =
                self.at_head(wiki, head, |index| async move { index.names(repo, questions).await }).await?;
            if answer.head != *at {
                // What is known is of another head.
                *names = AskedNames::default();
                *at = answer.head;
            }
            let nothing = std::iter::repeat_with(Vec::new);
            for (question, paths) in part.iter().zip(answer.value.into_iter().chain(nothing)) {
                names.answer(NameQuestion::clone(question), paths);
            }
        }
        Ok(missing.is_empty())
    }

    /// Whether the wiki's names at `head` or later still answer as they did.
    pub(crate) async fn still_so(&self, wiki: &Wiki, head: Oid, answers: &Answers) -> Result<bool> {
        let questions: Vec<NameQuestion> = answers.keys().cloned().collect();
        for part in questions.chunks(QUESTIONS) {
            let (repo, questions) = (&wiki.repo, part);
            let asked =
                self.at_head(wiki, Some(head), |index| async move { index.names(repo, questions).await });
            for (question, mut now) in part.iter().zip(asked.await?.value) {
                let mut then = answers.get(question).cloned().unwrap_or_default();
                now.sort_unstable();
                then.sort_unstable();
                if now != then {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

fn restless() -> Error {
    Error::Unavailable("the wiki changes faster than its links can be looked up; try again".into())
}
