//! How soon the server answers, and how large it is.

use std::time::Instant;

use super::{Subject, WIKI, mebibytes, median};
use crate::failure::{Context, Result};
use crate::report::{Row, Target};
use crate::server::Server;

const FIRST_ANSWER: f64 = 100.0;
const PROGRAM: f64 = 40.0;

pub(super) fn measure(subject: &Subject) -> Result<Vec<Row>> {
    let mut times = Vec::new();
    for start in 0..subject.plan.starts {
        let begun = Instant::now();
        let server = Server::start(&subject.place, &[])?;
        let target = format!("{}/pages/{}", server.wiki(WIKI), subject.corpus.path(start));
        server.client()?.get(&target, "text/markdown")?.expect(200)?;
        times.push(begun.elapsed());
        server.stop()?;
    }
    let program = &subject.place.program;
    let size = std::fs::metadata(program).when(program.display())?.len();
    let what = format!("start to first page read, {} pages", subject.plan.pages);
    Ok(vec![
        Row::alone(what, median(times), "ms", Target::AtMost(FIRST_ANSWER)),
        Row::alone("size of the server", mebibytes(size), "MiB", Target::AtMost(PROGRAM)),
    ])
}
