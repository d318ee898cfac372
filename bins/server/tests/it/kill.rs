//! The server under 16 writers is killed again and again. After each restart every acknowledged write is there once, none is
//! there half, audit and git agree, and `git fsck` finds nothing.
//!
//! `PORTOLAN_KILLS=1000 cargo test --release -p portolan-server --test it kill` kills it a thousand times.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use crate::support::{Client, Server, git, repository};

const WRITERS: usize = 16;
/// Kills of the servers on one folder: git looks at all that was written after each.
const ON_ONE_FOLDER: usize = 100;
const WIKI: &str = "/v1/tenants/demo/wikis/notes";

/// One writer: what was acknowledged to it, and what it does not know.
#[derive(Debug, Default, Clone)]
struct Writer {
    version: Option<String>,
    content: String,
    number: usize,
    revisions: Vec<String>,
    /// A write without an answer: its base, its content.
    pending: Option<(Option<String>, String)>,
}

impl Writer {
    /// Sends the pending write, or the next one; answers whether there was an answer.
    fn write(&mut self, client: &mut Client, id: usize) -> bool {
        let (base, content) = self.pending.clone().unwrap_or_else(|| {
            self.number += 1;
            (self.version.clone(), format!("# Writer {id}\n\nText number {}.\n", self.number))
        });
        let key = format!("writer-{id}-{}", self.number);
        let condition = match &base {
            None => ("If-None-Match", "*".to_owned()),
            Some(version) => ("If-Match", format!("\"{version}\"")),
        };
        let body = serde_json::json!({ "content": content }).to_string();
        let headers =
            [("Content-Type", "application/json"), ("Idempotency-Key", &key), (condition.0, &condition.1)];
        self.pending = Some((base, content.clone()));
        let Ok(answer) = client.send("PUT", &format!("{WIKI}/pages/Writer/{id}"), &headers, body.as_bytes())
        else {
            return false;
        };
        assert!(matches!(answer.status, 200 | 201), "writer {id}: {answer:?}");
        let json = answer.json();
        self.version = Some(json["version"].as_str().unwrap().into());
        self.revisions.push(json["revision"].as_str().unwrap().into());
        self.content = content;
        self.pending = None;
        true
    }
}

#[test]
fn acknowledged_writes_survive_every_kill_once() {
    let kills: usize = option("PORTOLAN_KILLS").map_or(50, |text| text.parse().unwrap());
    let mut random = u64::from(std::process::id());
    let mut done = 0;
    while done < kills {
        let some = (kills - done).min(ON_ONE_FOLDER);
        killed(done..done + some, &mut random);
        done += some;
    }
}

/// Kills the server on a folder of its own in these rounds.
fn killed(rounds: Range<usize>, random: &mut u64) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut writers = vec![Writer::default(); WRITERS];
    let end = rounds.end;
    for round in rounds {
        let server = Server::start(&data, &[]);
        check(&server, &data, &mut writers, round);
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let life = Duration::from_millis(20 + (*random >> 33) % 300);
        let running: Vec<_> = writers
            .drain(..)
            .enumerate()
            .map(|(id, mut writer)| {
                let mut client = server.client();
                std::thread::spawn(move || {
                    while writer.write(&mut client, id) {}
                    writer
                })
            })
            .collect();
        // How long it lives is the point here; nothing waits for anything.
        std::thread::park_timeout(life);
        server.kill();
        writers = running.into_iter().map(|thread| thread.join().unwrap()).collect();
    }
    let server = Server::start(&data, &[]);
    check(&server, &data, &mut writers, end);
    assert!(writers.iter().any(|writer| writer.number > 1), "nobody wrote anything: {writers:?}");
    assert!(server.terminate().success());
}

/// Settles what had no answer, and compares everything that was acknowledged with what is there.
fn check(server: &Server, data: &Path, writers: &mut [Writer], round: usize) {
    let mut client = server.client();
    for (id, writer) in writers.iter_mut().enumerate() {
        if writer.pending.is_some() {
            assert!(writer.write(&mut client, id), "round {round}: the retry of writer {id} had no answer");
        }
        if let Some(version) = &writer.version {
            let page = client.get(&format!("{WIKI}/pages/Writer/{id}")).json();
            assert_eq!(page["content"], writer.content, "round {round}: writer {id}");
            assert_eq!(page["version"], version.as_str(), "round {round}: writer {id}");
        }
    }
    let acknowledged: Vec<&str> =
        writers.iter().flat_map(|writer| writer.revisions.iter().map(String::as_str)).collect();
    let repository = repository(data);
    let log = git(&repository, &["log", "--format=%H", "refs/heads/main", "--", "Writer"]);
    let commits: BTreeSet<&str> = log.lines().collect();
    assert_eq!(commits.len(), log.lines().count());
    assert_eq!(
        commits,
        acknowledged.iter().copied().collect(),
        "round {round}: git and the acknowledgements"
    );
    assert_eq!(commits.len(), acknowledged.len(), "round {round}: a write was done twice");
    // Its complaints go to standard error, its notes about unreachable objects are no fault.
    git(&repository, &["fsck", "--strict", "--no-dangling", "--connectivity-only"]);
    if round.is_multiple_of(10) {
        git(&repository, &["fsck", "--strict", "--no-dangling"]);
    }
    // Git may have taken longer than a connection may be idle.
    let mut client = server.client();
    let verified = client.get("/v1/tenants/demo/audit/verify").json();
    assert_eq!(verified["ok"], true, "round {round}: {verified}");
    let export = client.get("/v1/tenants/demo/audit/export");
    let text = String::from_utf8(export.body).unwrap();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let written: Vec<&str> = events
        .iter()
        .filter(|event| event["operation"] == "page.write" && event["outcome"] == "done")
        .filter(|event| event["target"].as_str().is_some_and(|target| target.starts_with("notes/Writer/")))
        .filter_map(|event| event["revision"].as_str())
        .collect();
    assert_eq!(written.len(), commits.len(), "round {round}: audit and git");
    assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), commits, "round {round}: audit and git");
}

fn option(name: &str) -> Option<String> {
    std::env::vars_os().find(|(found, _)| found == name).map(|(_, value)| value.into_string().unwrap())
}
