//! The server under 16 writers is killed again and again. After each restart every acknowledged write is there once, none is
//! there half, audit and git agree, and `git fsck` finds nothing. About half of the kills are of writers in a folder so large that its tree is
//! written as what has changed in it.
//!
//! `PORTOLAN_KILLS=1000 cargo test --release -p portolan-server --test it kill` kills it a thousand times.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Client, Server, git, repositories, repository};

const WRITERS: usize = 16;
/// Kills of the servers on one folder: git looks at all that was written after each.
const ON_ONE_FOLDER: usize = 100;
const TENANT: &str = "/v1/tenants/demo";
/// Pages beside the writers' in a large folder. What is written as a change begins at 32 KiB; each takes some forty bytes.
const BESIDE: usize = 1_200;

/// Where they write.
struct Place {
    wiki: &'static str,
    repository: PathBuf,
    /// Commits in their folder that are not theirs.
    before: BTreeSet<String>,
}

impl Place {
    /// The wiki that is there from the start, without a folder.
    fn small(data: &Path) -> Self {
        Self { wiki: "notes", repository: repository(data), before: BTreeSet::new() }
    }

    /// A new wiki with a large folder.
    fn large(server: &Server, data: &Path) -> Self {
        let others = repositories(data);
        let mut client = server.client();
        client.import("large", &large_folder(&data.with_extension("source")));
        let all = repositories(data);
        let repository = all.into_iter().find(|found| !others.contains(found)).unwrap();
        let size = git(&repository, &["cat-file", "-s", "refs/heads/main:Writer"]);
        assert!(size.trim().parse::<usize>().unwrap() >= 32 << 10, "a tree of {size} bytes");
        let log = git(&repository, &["log", "--format=%H", "refs/heads/main"]);
        Self { wiki: "large", repository, before: log.lines().map(Into::into).collect() }
    }
}

/// A bundle of a repository that is made in `folder`.
fn large_folder(folder: &Path) -> Vec<u8> {
    std::fs::create_dir(folder).unwrap();
    git(folder, &["init", "--quiet", "--initial-branch=main", "."]);
    let mut stream = "blob\nmark :1\ndata 5\ntext\n\ncommit refs/heads/main\ncommitter T <t@example.org> 1 +0000\ndata 6\nmany.\n".to_owned();
    for number in 0..BESIDE {
        writeln!(stream, "M 100644 :1 Writer/Beside-{number:04}.md").unwrap();
    }
    let mut import = Command::new("git")
        .args(["-C", folder.to_str().unwrap(), "fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    let bundle = folder.join("bundle");
    git(folder, &["bundle", "create", "--quiet", bundle.to_str().unwrap(), "main"]);
    std::fs::read(bundle).unwrap()
}

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
    fn write(&mut self, client: &mut Client, wiki: &str, id: usize) -> bool {
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
        let Ok(answer) = client.send("PUT", &page(wiki, id), &headers, body.as_bytes()) else {
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

fn page(wiki: &str, id: usize) -> String {
    format!("{TENANT}/wikis/{wiki}/pages/Writer/{id}")
}

#[test]
fn acknowledged_writes_survive_every_kill_once() {
    let kills: usize = option("PORTOLAN_KILLS").map_or(50, |text| text.parse().unwrap());
    let mut random = u64::from(std::process::id());
    let mut done = 0;
    let mut large = false;
    while done < kills {
        let some = (kills - done).min(ON_ONE_FOLDER).min(kills.div_ceil(2));
        killed(done..done + some, large, &mut random);
        done += some;
        large = !large;
    }
}

/// Kills the server on a folder of its own in these rounds.
fn killed(rounds: Range<usize>, large: bool, random: &mut u64) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut writers = vec![Writer::default(); WRITERS];
    let end = rounds.end;
    let server = Server::start(&data, &[]);
    let place = if large { Place::large(&server, &data) } else { Place::small(&data) };
    assert!(server.terminate().success());
    for round in rounds {
        let server = Server::start(&data, &[]);
        check(&server, &place, &mut writers, round);
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let life = Duration::from_millis(20 + (*random >> 33) % 300);
        let running: Vec<_> = writers
            .drain(..)
            .enumerate()
            .map(|(id, mut writer)| {
                let (mut client, wiki) = (server.client(), place.wiki);
                std::thread::spawn(move || {
                    while writer.write(&mut client, wiki, id) {}
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
    check(&server, &place, &mut writers, end);
    assert!(writers.iter().any(|writer| writer.number > 1), "nobody wrote anything: {writers:?}");
    assert!(server.terminate().success());
}

/// Settles what had no answer, and compares everything that was acknowledged with what is there.
fn check(server: &Server, place: &Place, writers: &mut [Writer], round: usize) {
    let Place { wiki, repository, before } = place;
    let mut client = server.client();
    for (id, writer) in writers.iter_mut().enumerate() {
        if writer.pending.is_some() {
            assert!(
                writer.write(&mut client, wiki, id),
                "round {round}: the retry of writer {id} had no answer"
            );
        }
        if let Some(version) = &writer.version {
            let page = client.get(&page(wiki, id)).json();
            assert_eq!(page["content"], writer.content, "round {round}: writer {id}");
            assert_eq!(page["version"], version.as_str(), "round {round}: writer {id}");
        }
    }
    let acknowledged: Vec<&str> =
        writers.iter().flat_map(|writer| writer.revisions.iter().map(String::as_str)).collect();
    let log = git(repository, &["log", "--format=%H", "refs/heads/main", "--", "Writer"]);
    let log: Vec<&str> = log.lines().filter(|commit| !before.contains(*commit)).collect();
    let commits: BTreeSet<&str> = log.iter().copied().collect();
    assert_eq!(commits.len(), log.len());
    assert_eq!(
        commits,
        acknowledged.iter().copied().collect(),
        "round {round}: git and the acknowledgements"
    );
    assert_eq!(commits.len(), acknowledged.len(), "round {round}: a write was done twice");
    // Its complaints go to standard error, its notes about unreachable objects are no fault.
    git(repository, &["fsck", "--strict", "--no-dangling", "--connectivity-only"]);
    if round.is_multiple_of(10) {
        git(repository, &["fsck", "--strict", "--no-dangling"]);
    }
    // Git may have taken longer than a connection may be idle.
    let mut client = server.client();
    let verified = client.get(&format!("{TENANT}/audit/verify")).json();
    assert_eq!(verified["ok"], true, "round {round}: {verified}");
    let export = client.get(&format!("{TENANT}/audit/export"));
    let text = String::from_utf8(export.body).unwrap();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let written: Vec<&str> = events
        .iter()
        .filter(|event| event["operation"] == "page.write" && event["outcome"] == "done")
        .filter(|event| {
            event["target"].as_str().is_some_and(|target| target.starts_with(&format!("{wiki}/Writer/")))
        })
        .filter_map(|event| event["revision"].as_str())
        .collect();
    assert_eq!(written.len(), commits.len(), "round {round}: audit and git");
    assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), commits, "round {round}: audit and git");
}

fn option(name: &str) -> Option<String> {
    std::env::vars_os().find(|(found, _)| found == name).map(|(_, value)| value.into_string().unwrap())
}
