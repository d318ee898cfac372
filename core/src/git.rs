//! Git objects: ids, codecs that keep raw bytes, pure tree edits, tree differences, deltas and trailers.

mod object;
mod oid;

pub use object::{Kind, Object};
pub use oid::{BadOid, Oid};
