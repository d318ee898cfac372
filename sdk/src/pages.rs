//! Pages: reading, listing, histories, and writes that are folded together onto the head of their wiki.

mod content;
mod fold;
mod history;
mod html;
mod job;
mod page_links;
mod part;
mod queue;
mod read;
mod reads;
mod write;

pub use content::PageText;
pub(crate) use content::name_of;
pub use history::{ChangesFilter, Commit, CommitPath, PathHistory, PathKindName, What};
pub(crate) use html::HtmlCache;
pub use html::{HtmlRead, PageHtml};
pub use job::Condition;
pub(crate) use page_links::NamesCache;
pub use page_links::PageLinks;
pub use part::{OutlineItem, PagePart, PartOf};
pub(crate) use queue::{Queues, Wiki};
pub use read::{PageItem, PageList, PageListFilter, PageRead, PageView};
pub use reads::{Cut, PageOfMany, PageReads, PagesRead};
pub use write::{Deleted, PutPage, WrittenPage};
