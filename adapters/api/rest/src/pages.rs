//! Pages.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod list;
mod page_json;
pub(crate) mod patch;
pub(crate) mod put;
pub(crate) mod reads;
pub(crate) mod rename;
pub(crate) mod revert;
mod written;
