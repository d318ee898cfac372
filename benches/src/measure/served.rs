//! The same bytes from the server and from nginx, in turns.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use super::{Subject, Tell, WIKI, mean};
use crate::client::Client;
use crate::failure::{Failure, Result};
use crate::load::{Request, load};
use crate::nginx::{self, Nginx};
use crate::report::{Row, Target};
use crate::server::Server;
use crate::{http, process};

/// What is asked for.
pub(super) struct Served<'a> {
    /// How the rows begin.
    pub(super) what: &'a str,
    pub(super) accept: &'a str,
    /// What each page is.
    pub(super) bodies: &'a [Vec<u8>],
    /// Of the requests a second, beside nginx.
    pub(super) rate: Target,
    /// Of the processor time, likewise.
    pub(super) cost: Target,
}

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

/// Where the pages are in the server.
pub(super) fn targets(subject: &Subject, server: &Server) -> Vec<String> {
    let wiki = server.wiki(WIKI);
    let target = |page| format!("{wiki}/pages/{}", subject.corpus.path(page));
    (0..subject.plan.pages).map(target).collect()
}

impl Served<'_> {
    /// Serves the pages from `folder` with nginx, and measures both sides with 1 and with 16 connections.
    pub(super) fn measure(
        &self,
        subject: &Subject,
        server: &Server,
        folder: &Path,
        tell: Tell<'_>,
    ) -> Result<Vec<Row>> {
        let plan = &subject.plan;
        let ours = targets(subject, server);
        // Also warms: every page is read once.
        self.check(&mut server.client()?, &ours)?;
        let ours = self.side(server.address, &server.token, vec![server.pid()], &ours);
        let nginx = match nginx::version() {
            None => None,
            Some(_) => Some(Nginx::start(folder, subject.corpus, self.bodies)?),
        };
        let theirs = match &nginx {
            None => {
                tell("SKIPPED the comparison with nginx: it is not installed (Debian: nginx-light)");
                None
            }
            Some(nginx) => {
                let theirs: Vec<_> =
                    (0..plan.pages).map(|page| format!("/{}.md", subject.corpus.path(page))).collect();
                // Also fills its cache of open files.
                self.check(&mut Client::connect(nginx.address, &server.token)?, &theirs)?;
                let side = self.side(nginx.address, &server.token, nginx.pids()?, &theirs);
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
            let what = |what: &str| format!("{}, {connections} connections: {what}", self.what);
            rows.push(row(what("requests"), "/s", &our.rates, &their.rates, self.rate));
            rows.push(row(what("server cpu a request"), "µs", &our.costs, &their.costs, self.cost));
        }
        Ok(rows)
    }

    /// Every page is what it is to be.
    fn check(&self, client: &mut Client, targets: &[String]) -> Result<()> {
        for (target, body) in targets.iter().zip(self.bodies) {
            if client.get(target, self.accept)?.expect(200)?.body != *body {
                return Err(Failure::new(format!("{target} is not the same bytes as before")));
            }
        }
        Ok(())
    }

    fn side(&self, address: SocketAddr, token: &str, pids: Vec<u32>, targets: &[String]) -> Side {
        let host = address.to_string();
        let request = |(target, body): (&String, &Vec<u8>)| Request {
            bytes: http::get(&host, target, self.accept, token),
            body: body.len(),
        };
        Side { address, requests: Arc::new(targets.iter().zip(self.bodies).map(request).collect()), pids }
    }
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
