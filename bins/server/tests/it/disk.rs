//! Disks that are full, refuse to grow a file, or are read-only: writes are refused in a way that a client can act on,
//! reads go on, and when the disk works again everything that was acknowledged is there, once.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Answer, Client, Server, can, git, program, program_by, repository};

const TENANT: &str = "/v1/tenants/demo";
const WIKI: &str = "/v1/tenants/demo/wikis/notes";

/// In a place of its own where it may mount things; as root and as anybody else, where the system lets them.
const APART: [&str; 3] = ["unshare", "--map-root-user", "--mount"];

/// Writes new pages, each under a key of its own.
struct Writer {
    client: Client,
    pages: usize,
    /// The revisions that were acknowledged.
    revisions: Vec<String>,
    /// The numbers of those that were refused.
    refused: Vec<usize>,
}

impl Writer {
    fn new(server: &Server) -> Self {
        Self { client: server.client(), pages: 0, revisions: Vec::new(), refused: Vec::new() }
    }

    fn content(number: usize) -> String {
        format!("# Page {number}\n\n{}\n", format!("All that page {number} says. ").repeat(20))
    }

    fn send(&mut self, number: usize) -> bool {
        let body = serde_json::json!({ "content": Self::content(number) }).to_string();
        let key = format!("page-{number}");
        let headers =
            [("Content-Type", "application/json"), ("If-None-Match", "*"), ("Idempotency-Key", key.as_str())];
        let path = format!("{WIKI}/pages/Disk/{number}");
        let answer = self.client.send("PUT", &path, &headers, body.as_bytes()).unwrap();
        if answer.status == 201 {
            self.revisions.push(answer.json()["revision"].as_str().unwrap().to_owned());
            return true;
        }
        is_refusal(&answer);
        false
    }

    /// Writes one more page; answers whether that was acknowledged.
    fn write(&mut self) -> bool {
        self.pages += 1;
        let done = self.send(self.pages);
        if !done {
            self.refused.push(self.pages);
        }
        done
    }

    /// Sends again what was refused, under the same keys; all of it must be done now.
    fn settle(&mut self) {
        for number in std::mem::take(&mut self.refused) {
            assert!(self.send(number), "page {number} is refused although the disk works again");
        }
    }

    /// The old pages are there, and so is all else that is only read.
    fn reads_go_on(&mut self) {
        for path in ["/pages/Home", "/pages", "/history/Home", "/changes", "/pages/Disk/1"] {
            let answer = self.client.get(&format!("{WIKI}{path}"));
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
        }
        assert_eq!(self.client.get("/v1/whoami").status, 200);
        assert_eq!(self.client.get(&format!("{TENANT}/audit/verify")).json()["ok"], true);
    }

    /// Everything acknowledged is there once: in the pages, in git, and in the audit.
    fn all_is_whole(&mut self, repository: &Path) {
        assert!(self.refused.is_empty());
        for number in 1..=self.pages {
            let page = self.client.get(&format!("{WIKI}/pages/Disk/{number}")).json();
            assert_eq!(page["content"], Self::content(number), "page {number}");
        }
        git(repository, &["fsck", "--strict", "--no-dangling"]);
        let log = git(repository, &["log", "--format=%H", "refs/heads/main", "--", "Disk"]);
        let mut commits: Vec<&str> = log.lines().collect();
        commits.sort_unstable();
        let acknowledged: BTreeSet<&str> = self.revisions.iter().map(String::as_str).collect();
        assert_eq!(commits, acknowledged.into_iter().collect::<Vec<_>>(), "git and the acknowledgements");
        assert_eq!(commits.len(), self.pages);
        let verified = self.client.get(&format!("{TENANT}/audit/verify")).json();
        assert_eq!(verified["ok"], true, "{verified}");
        let export = self.client.get(&format!("{TENANT}/audit/export"));
        let events = String::from_utf8(export.body).unwrap();
        let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut written: Vec<String> = events
            .filter(|event| event["operation"] == "page.write" && event["outcome"] == "done")
            .filter(|event| event["target"].as_str().is_some_and(|at| at.starts_with("notes/Disk/")))
            .filter_map(|event| Some(event["revision"].as_str()?.to_owned()))
            .collect();
        written.sort_unstable();
        assert_eq!(written, commits, "audit and git");
    }
}

/// 503 in the form that the interface promises, and nothing of the server's folders in it.
fn is_refusal(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(answer.header("retry-after").is_some_and(|after| after.parse::<u64>().is_ok()), "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["type"], "/problems/unavailable", "{problem}");
    assert!(!problem["detail"].as_str().unwrap().contains('/'), "no path of the server: {problem}");
}

/// A write that has no objects, so that it is the ledger that meets the disk.
fn make_token(client: &mut Client, name: &str) -> Answer {
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", name)];
    let body = serde_json::json!({ "name": name }).to_string();
    client.send("POST", &format!("{TENANT}/tokens"), &headers, body.as_bytes()).unwrap()
}

fn tokens_called(client: &mut Client, name: &str) -> usize {
    let tokens = client.get(&format!("{TENANT}/tokens?limit=200")).json();
    tokens["items"].as_array().unwrap().iter().filter(|token| token["name"] == name).count()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Takes whatever room a disk has.
struct Ballast {
    file: File,
    path: PathBuf,
}

impl Ballast {
    const BLOCK: usize = 4096;

    fn fill(folder: &Path) -> Self {
        let path = folder.join("ballast");
        let file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        let mut ballast = Self { file, path };
        ballast.grow();
        ballast
    }

    /// Takes what is free.
    fn grow(&mut self) {
        let error = loop {
            if let Err(error) = self.file.write_all(&[7; Self::BLOCK]) {
                break error;
            }
        };
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{error}");
    }

    /// Leaves so many blocks free.
    fn leave(&mut self, blocks: usize) {
        self.grow();
        let length = self.file.metadata().unwrap().len();
        self.file.set_len(length.saturating_sub((blocks * Self::BLOCK) as u64)).unwrap();
    }

    fn remove(self) {
        fs::remove_file(self.path).unwrap();
    }
}

/// What the server has at `path`, which may be a disk that it alone sees.
fn inside(server: &Server, path: &Path) -> PathBuf {
    Path::new("/proc").join(server.pid().to_string()).join("root").join(path.strip_prefix("/").unwrap())
}

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let mount = format!("mount -t tmpfs -o size=32m none '{}'", data.display());
    if !can("a full disk", &[APART[0], APART[1], APART[2], "sh", "-c", &mount]) {
        return;
    }
    let script = format!("{mount} && exec \"$@\"");
    let command = program_by(&[APART[0], APART[1], APART[2], "sh", "-c", &script, "sh"]);
    let server = Server::start_by(command, &data, &[]);
    let disk = inside(&server, &data);
    let mut writer = Writer::new(&server);
    for _ in 0..3 {
        assert!(writer.write());
    }

    let mut ballast = Ballast::fill(&disk);
    assert!(!writer.write(), "there is no room for a page");
    // The end of the ledger's log may still have some.
    let mut refused = 0..50;
    let refused = refused.find_map(|number| {
        let answer = make_token(&mut writer.client, &format!("full-{number}"));
        (answer.status != 201).then_some(answer)
    });
    is_refusal(&refused.expect("fifty tokens need more room than there is left in a block"));
    writer.reads_go_on();

    // With more room each time, the disk is full at another step of a write. It is taken only where there is room for all that
    // it brings with it, and never keeps anybody from reading.
    let (mut done, mut refused) = (0, 0);
    let steps = (0..40).chain((64..4096).step_by(64));
    for blocks in steps {
        ballast.leave(blocks);
        if writer.write() {
            done += 1;
        } else {
            refused += 1;
        }
        writer.reads_go_on();
    }
    assert!(done > 3 && refused > 40, "{done} done, {refused} refused: the disk was never half full");

    ballast.remove();
    writer.reads_go_on();
    writer.settle();
    assert!(writer.write());
    assert_eq!(make_token(&mut writer.client, "afterwards").status, 201);
    assert_eq!(tokens_called(&mut writer.client, "afterwards"), 1);

    // What a kill leaves; git does not find its way on a disk that it cannot see from the root.
    let left = folder.path().join("left");
    copy(&disk, &left);
    writer.all_is_whole(&repository(&left));
    server.kill();
    let server = Server::start(&left, &[]);
    writer.client = server.client();
    writer.all_is_whole(&repository(&left));
}

/// Files must not grow beyond a limit: what a quota or an old file system does, and needs nobody's permission. In turn the
/// pack, the ledger's log at its commit, and nothing fails.
#[test]
fn a_limit_on_files_refuses_writes_and_loses_nothing() {
    if !can("a limit on files", &["prlimit", "--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // The log may not grow either, and that is no reason to fail.
    let mut command = program();
    command.stderr(File::create(folder.path().join("log")).unwrap());
    let server = Server::start_by(command, &data, &[]);
    let limit = |bytes: &str| {
        let pid = server.pid().to_string();
        let soft = format!("--fsize={bytes}:");
        assert!(Command::new("prlimit").args(["--pid", &pid, &soft]).status().unwrap().success());
    };
    let mut writer = Writer::new(&server);
    for _ in 0..3 {
        assert!(writer.write());
    }
    for round in 0..5 {
        // No pack; a small pack, but no longer log.
        for bytes in ["0", "16384"] {
            limit(bytes);
            assert!(!writer.write(), "a file of {bytes} bytes is enough");
            is_refusal(&make_token(&mut writer.client, &format!("limit-{round}-{bytes}")));
            writer.reads_go_on();
        }
        limit("unlimited");
        writer.settle();
        assert!(writer.write());
        for bytes in ["0", "16384"] {
            let name = format!("limit-{round}-{bytes}");
            assert_eq!(make_token(&mut writer.client, &name).status, 201);
            assert_eq!(tokens_called(&mut writer.client, &name), 1);
        }
        writer.all_is_whole(&repository(&data));
    }
    limit("0");
    assert!(!writer.write());
    server.kill();
    let server = Server::start(&data, &[]);
    writer.client = server.client();
    writer.settle();
    writer.all_is_whole(&repository(&data));
}

#[test]
fn a_read_only_disk_refuses_writes_and_goes_on_reading() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let test = "a read-only disk";
    let same = ["nsenter", "--user", "--mount", "--preserve-credentials"];
    let bind = "mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp";
    if !can(test, &[APART[0], APART[1], APART[2], "sh", "-c", bind]) || !can(test, &["nsenter", "--version"])
    {
        return;
    }
    let command = program_by(&APART);
    let server = Server::start_by(command, &data, &[]);
    let disk = |what: &str| {
        let target = format!("--target={}", server.pid());
        let status = Command::new(same[0]).args(&same[1..]).args([&target, "sh", "-c", what]).status();
        assert!(status.unwrap().success(), "{what}");
    };
    // The files of the ledger are open, and a disk with such files does not become read-only but by a fault.
    let repos = data.join("repos").display().to_string();
    disk(&format!("mount --bind '{repos}' '{repos}'"));
    let mut writer = Writer::new(&server);
    for _ in 0..3 {
        assert!(writer.write());
    }
    for _ in 0..3 {
        disk(&format!("mount -o remount,bind,ro '{repos}'"));
        assert!(!writer.write() && !writer.write());
        writer.reads_go_on();
        disk(&format!("mount -o remount,bind,rw '{repos}'"));
        writer.settle();
        assert!(writer.write());
    }
    writer.all_is_whole(&repository(&data));
    assert!(server.terminate().success());

    // On a folder that is read-only from the beginning nothing starts, and it says why.
    let script =
        format!("mount --bind '{0}' '{0}' && mount -o remount,bind,ro '{0}' && exec \"$@\"", data.display());
    let output = program_by(&[APART[0], APART[1], APART[2], "sh", "-c", &script, "sh"])
        .args(["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(data.to_str().unwrap()) && told.contains("Read-only"), "{told}");

    let server = Server::start(&data, &[]);
    writer.client = server.client();
    writer.all_is_whole(&repository(&data));
}
