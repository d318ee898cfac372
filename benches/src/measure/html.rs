//! Pages as HTML beside nginx serving the same bytes.

use super::served::{Served, targets};
use super::{Subject, Tell};
use crate::failure::Result;
use crate::report::{Row, Target};
use crate::server::Server;

const RATE: f64 = 1.0 / 6.0;
const HTML: &str = "text/html";

pub(super) fn measure(subject: &Subject, server: &Server, tell: Tell<'_>) -> Result<Vec<Row>> {
    let mut client = server.client()?;
    // The first time each is rendered; the same bytes must come from then on.
    let mut bodies = Vec::new();
    for target in targets(subject, server) {
        bodies.push(client.get(&target, HTML)?.expect(200)?.body);
    }
    let served = Served {
        what: "rendered page",
        accept: HTML,
        bodies: &bodies,
        rate: Target::AtLeast(RATE),
        cost: Target::None,
    };
    served.measure(subject, server, &subject.folder.join("nginx-html"), tell)
}
