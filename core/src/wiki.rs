//! Wikis: their records, and the names of their pages.

mod content_type;
pub mod edit;
mod import;
pub mod page;
pub mod path;
mod record;
pub mod rename;
mod repo;
mod slug;

pub use content_type::ContentType;
pub use import::{Import, ImportState, OtherRef};
pub use record::{Head, Wiki};
pub use repo::RepoId;
pub use slug::{BadWikiSlug, WikiSlug};
