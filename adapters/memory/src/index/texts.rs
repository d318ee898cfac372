//! The full text of one wiki, looked through from end to end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use portolan_core::git::Oid;
use portolan_core::search::{Clause, Document, Phrase, Query, WEIGHTS};
use portolan_core::wiki::RepoId;
use portolan_ports::Result;
use portolan_ports::index::{
    Answer, FileChange, FileKind, Found, Hit, PutText, Rank, TextBehind, TextFilter, Texts, listing_key,
};

use super::MemoryIndex;
use super::wiki::{Wiki, begins};

/// The texts of one wiki's pages.
#[derive(Debug, Clone, Default)]
pub(super) struct WikiTexts {
    stored: BTreeMap<Vec<u8>, Arc<Text>>,
    behind: BTreeSet<Vec<u8>>,
    /// The head before the first of those behind.
    before: Option<Oid>,
    /// How many texts were stored.
    count: u64,
}

/// The text of one page.
#[derive(Debug)]
struct Text {
    number: u64,
    /// The tokens of each field.
    fields: [Vec<String>; 4],
    category: Option<String>,
    tags: Vec<String>,
}

impl Text {
    fn new(number: u64, document: Document) -> Self {
        let Document { title, headings, body, parts, category, tags, .. } = document;
        let tokens = |field: String| field.split_whitespace().map(Into::into).collect();
        Self { number, fields: [title, headings, body, parts].map(tokens), category, tags }
    }

    fn tokens(&self) -> usize {
        self.fields.iter().map(Vec::len).sum()
    }

    /// How often `phrase` is found, weighed by field.
    fn frequency(&self, phrase: &Phrase) -> f64 {
        let mut sum = 0.0;
        for (field, weight) in self.fields.iter().zip(WEIGHTS) {
            for window in field.windows(phrase.tokens.len()) {
                sum += if is(phrase, window) { weight } else { 0.0 };
            }
        }
        sum
    }

    fn has(&self, clause: &Clause) -> bool {
        clause.phrases.iter().any(|phrase| self.frequency(phrase) > 0.0)
    }
}

/// Whether `tokens`, which are as many, are the phrase.
fn is(phrase: &Phrase, tokens: &[String]) -> bool {
    let last = tokens.len() - 1;
    tokens[..last] == phrase.tokens[..last]
        && (tokens[last] == phrase.tokens[last]
            || phrase.prefix && tokens[last].starts_with(&phrase.tokens[last]))
}

impl WikiTexts {
    /// Notes what an advance from `head` changes.
    pub(super) fn note(&mut self, head: Option<Oid>, files: &[FileChange]) {
        let was_behind = !self.behind.is_empty();
        for file in files {
            let (path, is_page) = match file {
                FileChange::Put { file, .. } => (&file.path, file.kind == FileKind::Page),
                FileChange::Gone(path) => (path, false),
            };
            if is_page || self.stored.contains_key(path) {
                self.behind.insert(path.clone());
            }
        }
        if !was_behind {
            self.before = head;
        }
    }
}

impl Wiki {
    fn texts_behind(&self, limit: usize) -> Vec<TextBehind> {
        let one = |path: &Vec<u8>| {
            let (blob, bytes) = self.page(path).map(|page| (page.blob, page.bytes)).unzip();
            TextBehind { path: path.clone(), blob, bytes: bytes.unwrap_or(0) }
        };
        self.texts.behind.iter().take(limit).map(one).collect()
    }

    fn put_texts(&mut self, texts: Vec<PutText>) {
        for PutText { path, text } in texts {
            let blob = self.page(&path).map(|page| page.blob);
            if !self.texts.behind.contains(&path) || blob != text.as_ref().map(|(blob, _)| *blob) {
                continue;
            }
            self.texts.behind.remove(&path);
            match text {
                None => drop(self.texts.stored.remove(&path)),
                Some((_, document)) => {
                    self.texts.count += 1;
                    let text = Text::new(self.texts.count, document);
                    self.texts.stored.insert(path, Arc::new(text));
                }
            }
        }
    }

    fn search(&self, query: &Query, filter: &TextFilter, after: Option<Rank>, limit: usize) -> Found {
        let texts = &self.texts;
        let indexed = if texts.behind.is_empty() { self.head } else { texts.before };
        if query.is_empty() {
            return Found { hits: Vec::new(), indexed };
        }
        let phrases: Vec<&Phrase> = query.wanted.iter().flat_map(|clause| &clause.phrases).collect();
        let weights: Vec<f64> = phrases.iter().map(|phrase| self.weight(phrase)).collect();
        let all = texts.stored.values().map(|text| text.tokens()).sum::<usize>();
        let average = number(all) / number(texts.stored.len()).max(1.0);
        let mut hits: Vec<Hit> = Vec::new();
        for (path, text) in &texts.stored {
            let TextFilter { prefix, category, tag } = filter;
            let passes = begins(&listing_key(path), prefix)
                && (category.is_none() || text.category == *category)
                && tag.as_ref().is_none_or(|tag| text.tags.contains(tag));
            let Some(page) = self.page(path).filter(|_| passes) else { continue };
            let found = query.wanted.iter().all(|clause| text.has(clause))
                && !query.excluded.iter().any(|clause| text.has(clause));
            if found {
                let length = 1.2 * (0.25 + 0.75 * number(text.tokens()) / average);
                let fits = phrases.iter().zip(&weights).map(|(phrase, weight)| {
                    let frequency = text.frequency(phrase);
                    weight * frequency * 2.2 / (frequency + length)
                });
                let rank = Rank { score: fits.sum(), number: text.number };
                hits.push(Hit { rank, path: path.clone(), blob: page.blob, title: page.title.clone() });
            }
        }
        hits.sort_by(|one, other| {
            other.rank.score.total_cmp(&one.rank.score).then(one.rank.number.cmp(&other.rank.number))
        });
        hits.retain(|Hit { rank, .. }| {
            after.is_none_or(|after| {
                rank.score < after.score
                    || rank.score.total_cmp(&after.score).is_eq() && rank.number > after.number
            })
        });
        hits.truncate(limit);
        Found { hits, indexed }
    }

    /// How much finding `phrase` says: the less the more texts have it.
    fn weight(&self, phrase: &Phrase) -> f64 {
        let texts = &self.texts.stored;
        let with = number(texts.values().filter(|text| text.frequency(phrase) > 0.0).count());
        let weight = ((number(texts.len()) - with + 0.5) / (with + 0.5)).ln();
        if weight > 0.0 { weight } else { 1e-6 }
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[async_trait]
impl Texts for MemoryIndex {
    async fn texts_behind(&self, repo: &RepoId, limit: usize) -> Result<Answer<Vec<TextBehind>>> {
        Ok(self.ask(repo, |wiki| wiki.texts_behind(limit)))
    }

    async fn put_texts(&self, repo: &RepoId, texts: Vec<PutText>) -> Result<()> {
        let mut wikis = self.wikis.lock();
        if let Some(wiki) = wikis.get_mut(repo).filter(|wiki| wiki.head.is_some()) {
            wiki.put_texts(texts);
        }
        Ok(())
    }

    async fn search(
        &self,
        repo: &RepoId,
        query: &Query,
        filter: &TextFilter,
        after: Option<Rank>,
        limit: usize,
    ) -> Result<Answer<Found>> {
        Ok(self.ask(repo, |wiki| wiki.search(query, filter, after, limit)))
    }
}
