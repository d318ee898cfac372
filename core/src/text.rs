//! Texts line by line: what differs, how two changes come together, who wrote which line, what undoing a change means.
//!
//! All of it rests on one difference: Myers's shortest edit script with the cuts in cost that `git diff` makes, so that
//! a difference reads as git's does, a merge is clean wherever `git merge-file` is, and blame names the commits that
//! `git blame` names. The cost is bounded for any input, which git's is not: texts of tens of thousands of lines
//! without an order are compared more roughly here. A text is bytes, and need not be UTF-8; a line is what ends with LF,
//! a final one may lack it. Bytes that nobody changed come out as they went in.

pub mod blame;
pub mod change;
pub mod diff;
pub mod merge;
pub mod revert;

mod compact;
mod discard;
mod lines;
mod myers;
mod unified;
mod within;
mod words;
