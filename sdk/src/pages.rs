//! Pages: reading, listing, histories, and writes that are folded together onto the head of their wiki.

mod blame;
mod compare;
mod content;
mod edit;
mod feed;
mod files;
mod fold;
mod history;
mod job;
mod lineage;
mod links;
mod queue;
mod read;
mod rename;
mod revert;
mod write;

pub use blame::{BlameView, BlamedLines};
pub use compare::{Compare, Difference};
pub use content::PageText;
pub(crate) use content::{name_of, page_facts};
pub use edit::{EditPage, PageDraft};
pub use feed::Feed;
pub use files::{FileItem, FileList, FileRead, FileView, PutFile};
pub use history::{ChangesFilter, Commit, CommitPath, PathHistory, PathKindName, What};
pub use job::Condition;
pub use links::{GraphPart, GraphView, LinkEnds, LinksView};
pub(crate) use queue::{Queues, Wiki};
pub use read::{PageItem, PageList, PageListFilter, PageRead, PageView};
pub use rename::{RenamePage, RenamedPage};
pub use revert::{Revert, RevertCommits, Reverted};
pub use write::{Deleted, PutPage, WrittenPage};
