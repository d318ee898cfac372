//! Pages: reading, listing, histories, and writes that are folded together onto the head of their wiki.

mod content;
mod fold;
mod history;
mod job;
mod queue;
mod read;
mod write;

pub use content::PageText;
pub(crate) use content::name_of;
pub(crate) use history::list_name;
pub use history::{ChangesFilter, Commit, CommitPath, PathHistory, PathKindName, What};
pub use job::Condition;
pub(crate) use queue::{Queues, Wiki};
pub use read::{PageItem, PageList, PageListFilter, PageRead, PageView};
pub use write::{Deleted, PutPage, WrittenPage};
