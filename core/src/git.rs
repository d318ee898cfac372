//! Git objects: ids, codecs that keep raw bytes, pure tree edits, tree differences, deltas and trailers.

pub mod bundle;
pub mod commit;
pub mod common;
mod content;
pub mod delta;
pub mod diff;
pub mod edit;
mod object;
mod oid;
pub mod trailers;
pub mod tree;

pub use commit::{Commit, NewCommit, NewSignature};
pub use content::{Content, Delta};
pub use edit::{Edit, EditError, TreeEditor};
pub use object::{Collision, Kind, Object};
pub use oid::{BadOid, Oid};
pub use tree::{EMPTY_TREE, Entry, Mode};
