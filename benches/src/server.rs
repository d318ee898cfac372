//! The server under test: started, asked, stopped.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::client::{Body, Client};
use crate::failure::{Context, Failure, Result};

/// Longest time for a start or a stop.
const PATIENCE: Duration = Duration::from_mins(1);
/// Longest time for an import.
const IMPORT: Duration = Duration::from_mins(15);

/// Where the server's program and data are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) program: PathBuf,
    pub(crate) data: PathBuf,
    /// Settings that every start has.
    pub(crate) settings: Vec<String>,
}

/// A running server; ended when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    tenant: String,
}

/// The end of a log: a request a line, of which the last ones matter.
fn last_lines(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let mut lines: Vec<_> = text.lines().rev().take(8).collect();
    lines.reverse();
    lines.join("\n")
}

/// What the server tells whoever started it.
#[derive(Debug, Deserialize)]
struct Ready {
    url: String,
    tenant: String,
    owner_token: String,
}

impl Server {
    /// Starts the server with its default settings and `settings`, and waits until it accepts connections.
    pub(crate) fn start(place: &Place, settings: &[&str]) -> Result<Self> {
        let (ready, log) = (place.data.with_extension("ready"), place.data.with_extension("log"));
        match std::fs::remove_file(&ready) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).when(ready.display());
            }
            _ => {}
        }
        let log_file = File::options().create(true).append(true).open(&log).when(log.display())?;
        let mut command = Command::new(&place.program);
        command
            .args(["--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(&place.data)
            .arg("--ready-file")
            .arg(&ready);
        command
            .args(&place.settings)
            .args(settings)
            // What the harness alone is told.
            .env_remove("PORTOLAN_CORPUS")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log_file);
        let mut child = command.spawn().when(format!("{} cannot be started", place.program.display()))?;
        let begun = Instant::now();
        let told = loop {
            // Written in one piece: what is there is whole.
            if let Ok(text) = std::fs::read_to_string(&ready) {
                break text;
            }
            let ended = child.try_wait().when("the server")?;
            if ended.is_some() || begun.elapsed() > PATIENCE {
                let _killed = child.kill();
                let text = last_lines(&log);
                return Err(Failure::new(format!("the server did not get ready ({ended:?}): {text}")));
            }
            std::thread::sleep(Duration::from_micros(500));
        };
        let told: Ready = serde_json::from_str(&told).when(ready.display())?;
        let address = told.url.strip_prefix("http://").and_then(|address| address.parse().ok());
        let address = address.when(format!("{} is no address", told.url))?;
        Ok(Self { child, address, token: told.owner_token, tenant: told.tenant })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(self.address, &self.token)
    }

    /// Where a wiki is.
    pub(crate) fn wiki(&self, wiki: &str) -> String {
        format!("/v1/tenants/{}/wikis/{wiki}", self.tenant)
    }

    /// Makes a wiki from a bundle; answers how long it took until it could be read.
    pub(crate) fn import(&self, wiki: &str, bundle: &Path) -> Result<Duration> {
        let mut client = self.client()?;
        let body = serde_json::json!({ "id": wiki }).to_string();
        let wikis = format!("/v1/tenants/{}/wikis", self.tenant);
        client.send("POST", &wikis, Body::json(body.as_bytes()))?.expect(201)?;
        let bytes = std::fs::read(bundle).when(bundle.display())?;
        let body = Body { kind: "application/x-git-bundle", bytes: &bytes, base: None };
        let begun = Instant::now();
        let answer = client.send("POST", &format!("{}/imports", self.wiki(wiki)), body)?.expect(202)?;
        let location = answer.field("location").when("an import without a place")?.to_owned();
        let location = location.strip_prefix(&format!("http://{}", self.address)).unwrap_or(&location);
        // A wiki that answers 503 while it is being indexed cannot be read yet: that time counts.
        let mut ask = |target: &str| loop {
            let answer = client.get(target, "application/json")?;
            if answer.status != 503 || begun.elapsed() > IMPORT {
                return answer.expect(200)?.json();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        loop {
            let import = ask(location)?;
            match import["state"].as_str() {
                Some("done") => break,
                Some("running") if begun.elapsed() < IMPORT => std::thread::sleep(Duration::from_millis(20)),
                _ => return Err(Failure::new(format!("the import did not end well: {import}"))),
            }
        }
        ask(&format!("{}/pages?limit=1", self.wiki(wiki)))?;
        Ok(begun.elapsed())
    }

    /// Ends it as an operator would, and waits.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .when("no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .when("the server cannot be stopped")?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().when("the server")? {
                return status.success().then_some(()).when(format!("the server ended with {status}"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(Failure::new("the server does not stop"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to do where it has been stopped already.
        let _killed = self.child.kill();
        let _status = self.child.wait();
    }
}
