//! Who may do what: one table of operations, one decision per request, and the scope that is its proof.

mod admit;
mod operation;
mod principal;
mod scope;

pub use admit::{Admission, Refusal, Target, admit, may_manage};
pub use operation::{Access, Operation, Rule};
pub use principal::{Actor, ActorKind, Principal};
pub use scope::{Authority, Scope, Version};
