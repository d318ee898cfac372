//! Files that are no pages.

pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod range;
pub(crate) mod write;
