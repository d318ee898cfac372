//! Markdown as bytes: where a page's headings, sections, lines and links stand in its text.
//!
//! Nothing here changes or renders a text; everything is a position in it, so that an edit or a rename can change those
//! bytes and no others. The grammar is `CommonMark` 0.31 with the tables, footnotes, task lists and strikethrough of
//! GitHub, its alerts, and WikiLinks. The parser is `pulldown-cmark`, whose positions are exact to the byte also for what
//! is inside a line, and which does not recurse. Front matter is no part of the Markdown, but counts in lines and positions.

mod front;
mod lines;
mod links;
mod outline;
mod pieces;
mod plain;
mod source;

pub use front::{FrontMatter, front_matter};
pub use lines::{BadLines, LineEnds, LineIndex, LineRange, LinesCut};
pub use links::asked::{AskedNames, NameQuestion};
pub use links::kept::{MOST_LINK_BYTES, MOST_LINKS, PageLink, WrittenLink, page_links};
pub use links::resolve::{KnownNames, NameKind, Names, Resolved, Target, resolve};
pub use links::rewrite::{Move, rewrite};
pub use links::{Link, LinkKind, Side, Syntax, Written, links};
pub use outline::{Outline, Section, Unresolved};
pub use pieces::Pieces;
pub use plain::{Block, blocks};
pub use source::Source;
