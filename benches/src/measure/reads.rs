//! Raw page reads beside nginx serving the same bytes.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Subject, Tell, WIKI, mean};
use crate::failure::{Failure, Result};
use crate::load::{Request, load};
use crate::nginx::{self, Nginx};
use crate::report::{Row, Target};
use crate::server::Server;
use crate::{http, process};

const RATE: f64 = 0.25;
/// The same part of nginx, as processor time.
const COST: f64 = 4.0;

/// One side: where it is, what it is asked, whose time counts.
struct Side {
    address: SocketAddr,
    requests: Arc<Vec<Request>>,
    pids: Vec<u32>,
}

/// Rates, and microseconds of processor time a request.
#[derive(Default)]
struct Found {
    rates: Vec<f64>,
    costs: Vec<f64>,
}

pub(super) fn measure(subject: &Subject, server: &Server, tell: Tell<'_>) -> Result<Vec<Row>> {
    let (plan, corpus) = (&subject.plan, subject.corpus);
    let texts = corpus.texts(plan.commits, plan.revisions);
    let wiki = server.wiki(WIKI);
    let targets: Vec<_> = (0..plan.pages).map(|page| format!("{wiki}/pages/{}", corpus.path(page))).collect();
    // Also warms: every page is read once.
    let mut client = server.client()?;
    for (target, text) in targets.iter().zip(&texts) {
        if client.get(target, "text/markdown")?.expect(200)?.body != text.as_bytes() {
            return Err(Failure::new(format!("{target} is not what was imported")));
        }
    }
    let ours = side(server.address, &server.token, vec![server.pid()], &targets, &texts);
    let nginx = match nginx::version() {
        None => None,
        Some(_) => Some(Nginx::start(&subject.folder.join("nginx"), corpus, &texts)?),
    };
    let theirs = match &nginx {
        None => {
            tell("SKIPPED the comparison with nginx: it is not installed (Debian: nginx-light)");
            None
        }
        Some(nginx) => {
            let targets: Vec<_> = (0..plan.pages).map(|page| format!("/{}.md", corpus.path(page))).collect();
            let side = side(nginx.address, &server.token, nginx.pids()?, &targets, &texts);
            // Fills its cache of open files.
            load(side.address, &side.requests, 16, plan.window)?;
            Some(side)
        }
    };
    let mut rows = Vec::new();
    for connections in [1, 16] {
        let (mut our, mut their) = (Found::default(), Found::default());
        for _ in 0..plan.rounds {
            one(subject, &ours, connections, &mut our)?;
            if let Some(theirs) = &theirs {
                one(subject, theirs, connections, &mut their)?;
            }
        }
        let what = |what: &str| format!("raw read, {connections} connections: {what}");
        rows.push(row(what("requests"), "/s", &our.rates, &their.rates, Target::AtLeast(RATE)));
        rows.push(row(what("server cpu a request"), "µs", &our.costs, &their.costs, Target::AtMost(COST)));
    }
    Ok(rows)
}

fn side(address: SocketAddr, token: &str, pids: Vec<u32>, targets: &[String], texts: &[String]) -> Side {
    let host = address.to_string();
    let request = |(target, text): (&String, &String)| Request {
        bytes: http::get(&host, target, "text/markdown", token),
        body: text.len(),
    };
    Side { address, requests: Arc::new(targets.iter().zip(texts).map(request).collect()), pids }
}

fn one(subject: &Subject, side: &Side, connections: usize, found: &mut Found) -> Result<()> {
    let before = process::cpu(&side.pids)?;
    let reached = load(side.address, &side.requests, connections, subject.plan.window)?;
    let used = process::cpu(&side.pids)?.saturating_sub(before);
    let rate = crate::git::rate(reached.requests, reached.time);
    found.rates.push(rate);
    found.costs.push(used.as_secs_f64() * 1e6 / (rate * reached.time.as_secs_f64()));
    Ok(())
}

fn row(what: String, unit: &'static str, ours: &[f64], theirs: &[f64], target: Target) -> Row {
    if theirs.is_empty() {
        return Row::alone(what, mean(ours), unit, Target::None);
    }
    Row::beside(what, mean(ours), unit, ("nginx", mean(theirs)), target)
}
