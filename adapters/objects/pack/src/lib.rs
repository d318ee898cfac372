//! Git packs of version 2 and their indexes: bytes in, bytes out.
//!
//! What every object store shares: the pack of a batch of new objects ([`build_pack`]), the verified index of a
//! foreign pack ([`index_pack`]), reading objects through an index ([`Pack`]), a pack of chosen objects
//! ([`write_selection`]), and the merging of packs into one whose versions are deltas of each other ([`merge_packs`]).
//! The formats are git's own (`gitformat-pack`), so git reads whatever is written here.

mod batch;
mod cache;
mod chain;
mod delta;
mod differences;
mod entry;
mod error;
mod forest;
mod hash;
mod import;
mod index;
mod kin;
mod merge;
mod pack;
mod scan;
mod select;
mod source;
mod versions;
mod writer;
mod zlib;

pub use batch::{BuiltPack, build_pack};
pub use cache::BaseCache;
pub use chain::Chain;
pub use error::{Error, Result};
pub use import::{ImportedPack, index_pack};
pub use index::{Index, IndexEntry, Room, encode_index};
pub use merge::merge_packs;
pub use pack::Pack;
pub use select::{Written, write_selection};
pub use source::Source;
