//! Raw page reads beside nginx serving the same bytes.

use super::served::Served;
use super::{Subject, Tell};
use crate::failure::Result;
use crate::report::{Row, Target};
use crate::server::Server;

const RATE: f64 = 0.25;
/// The same part of nginx, as processor time.
const COST: f64 = 4.0;

pub(super) fn measure(subject: &Subject, server: &Server, tell: Tell<'_>) -> Result<Vec<Row>> {
    let texts = subject.corpus.texts(subject.plan.commits, subject.plan.revisions);
    let bodies: Vec<_> = texts.into_iter().map(String::into_bytes).collect();
    let served = Served {
        what: "raw read",
        accept: "text/markdown",
        bodies: &bodies,
        rate: Target::AtLeast(RATE),
        cost: Target::AtMost(COST),
    };
    served.measure(subject, server, &subject.folder.join("nginx"), tell)
}
