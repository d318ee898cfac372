//! Full text: what a page's text is to somebody who looks for words in it.
//!
//! A text becomes **tokens** ([`document`]), a query becomes **clauses** of tokens made by the same rules ([`Query`]), and
//! a page found is shown by a **snippet** ([`snippet`]). An index only has to store tokens separated by blanks and to find
//! them again; it needs to know nothing of languages.
//!
//! The rules:
//! - Characters are compared under NFKC and full case folding (Unicode Standard §3.13), without the diacritics that readers
//!   leave out when they type: `Zürich` and `zurich` are one word, `Straße` and `strasse`, `İstanbul` and `istanbul`. Marks that make another
//!   letter stay: those of kana, of the scripts of India, and of Cyrillic but for `ё` and stress.
//! - A word is a run of letters and digits. Words joined by `-`, `_`, `.` or an apostrophe follow one another, so `foo_bar`
//!   is found as `foo_bar`, `foo bar` in quotes, `foo` and `bar`; `e-mail` and `email` find each other, and so do
//!   `PageList`, `page_list` and `pagelist`.
//! - Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are written without blanks between words, or with endings
//!   grown onto them. Their texts become overlapping pairs of characters; a query of such characters finds every text that
//!   has them in this order, also a single one.

mod characters;
mod document;
mod fold;
mod matches;
mod pairs;
mod places;
mod query;
mod sieve;
mod snippet;
mod tiers;
mod tokens;

pub use document::{Document, document, folded};
pub use pairs::NOWHERE;
pub use places::Places;
pub use query::{Clause, Phrase, Query};
pub use snippet::{Snippet, snippet, snippet_at};
pub use tiers::Tier;

/// Most bytes of a page that are looked at, by those who find it and by those who show it. What follows in a larger one, which
/// only an import can bring, is not found.
const MOST_TEXT: usize = 4 << 20;

/// The part of a page's text that is looked at.
fn looked_at(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_TEXT)]
}

/// Stands between things that are no neighbours, such as two paragraphs: no phrase goes over it. Of the private use area,
/// so that no token is equal to it.
pub const BARRIER: &str = "\u{e000}";

/// How much a word counts in a page's title, in its headings, in its body, and beside them: the fields of a [`Document`] in
/// their order. For BM25 summed over fields, as SQLite's FTS5 has it (<https://www.sqlite.org/fts5.html#the_bm25_function>).
pub const WEIGHTS: [f64; 4] = [12.0, 4.0, 1.0, 1.0];
