//! The order in which the real server asks the kernel to make a write durable, as `strace` sees it. Killing a process
//! cannot show that something was not synced, for the kernel keeps what was written.

use std::collections::HashMap;
use std::fs;

use crate::support::{Server, can, program_by};

/// A system call: what it did to which file, and the lines of the trace at which it began and had ended.
#[derive(Debug)]
struct Step {
    what: String,
    begun: usize,
    ended: usize,
}

/// The calls in `trace`. Where another thread's call comes between, a call takes two lines.
fn steps(trace: &str) -> Vec<Step> {
    let mut open: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut steps = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else { continue };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix("<unfinished ...>") {
            open.insert(thread, (number, begun));
        } else if call.starts_with("<... ") {
            let Some((begun, what)) = open.remove(thread) else { continue };
            let result = call.split_once(" resumed>").map_or("", |(_, rest)| rest);
            steps.push(Step { what: format!("{what}{result}"), begun, ended: number });
        } else {
            steps.push(Step { what: call.to_owned(), begun: number, ended: number });
        }
    }
    steps
}

/// The first step whose call is one of `calls`, that has all `parts`, and that began after `before` had ended.
fn after<'a>(steps: &'a [Step], before: Option<&Step>, calls: &[&str], parts: &[&str]) -> &'a Step {
    let is_it = |step: &&Step| {
        calls.iter().any(|call| step.what.starts_with(&format!("{call}(")))
            && parts.iter().all(|part| step.what.contains(part))
            && before.is_none_or(|before| before.ended < step.begun)
    };
    steps.iter().find(is_it).unwrap_or_else(|| {
        let all: Vec<_> = steps.iter().map(|step| &step.what).collect();
        panic!("no {calls:?} of {parts:?} after {before:?} in {all:#?}")
    })
}

#[test]
fn pack_index_folder_ledger_reference_answer() {
    if !can("the order of syncs", &["strace", "-D", "-f", "-qq", "-y", "-o", "/dev/null", "true"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, trace) = (folder.path().join("data"), folder.path().join("trace"));
    let calls = "trace=fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto,sendmsg,pwrite64";
    let strace = ["strace", "-D", "-f", "-qq", "-y", "-s", "64", "-o", trace.to_str().unwrap(), "-e", calls];
    let server = Server::start_by(program_by(&strace), &data, &[]);
    let mut client = server.client();
    let headers = [("Content-Type", "application/json"), ("If-None-Match", "*")];
    for number in 0..=3 {
        let path = format!("/v1/tenants/demo/wikis/notes/pages/Traced/{number}");
        let answer = client.send("PUT", &path, &headers, br#"{"content":"text\n"}"#).unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert!(server.terminate().success());
    let trace = fs::read_to_string(trace).unwrap();
    let steps = steps(&trace);
    let mut rest: &[Step] = &steps;
    // Each write ends with its answer; before the first there is what the start does.
    for number in 0..=3 {
        let answered = rest
            .iter()
            .position(|step| step.what.contains("HTTP/1.1 201"))
            .expect("every write was answered");
        let (one, more) = rest.split_at(answered + 1);
        if number > 0 {
            in_order(one);
        }
        rest = more;
    }
}

fn in_order(steps: &[Step]) {
    const SYNC: &[&str] = &["fsync", "fdatasync"];
    const RENAME: &[&str] = &["rename", "renameat", "renameat2"];
    let renamed = after(steps, None, RENAME, &[".pack\""]);
    let pack = after(steps, None, SYNC, &["tmp_pack", "= 0"]);
    let index = after(steps, None, SYNC, &["tmp_idx", "= 0"]);
    assert!(
        pack.ended < renamed.begun && index.ended < renamed.begun,
        "named before it was synced: {steps:#?}"
    );
    let renamed = after(steps, Some(renamed), RENAME, &[".idx\""]);
    let folder = after(steps, Some(renamed), SYNC, &["objects/pack>", "= 0"]);
    let log = after(steps, Some(folder), &["pwrite64"], &["ledger.db-wal"]);
    let ledger = after(steps, Some(log), SYNC, &["ledger.db-wal", "= 0"]);
    let between = steps.iter().filter(|step| step.begun > ledger.begun);
    let reference = after(steps, Some(ledger), RENAME, &["refs/heads/main\""]);
    let late: Vec<_> = between
        .filter(|step| step.what.starts_with("pwrite64(") && step.what.contains("ledger.db"))
        .collect();
    assert!(late.is_empty(), "the ledger was written after it was synced, and before the answer: {late:#?}");
    after(steps, Some(reference), &["write", "writev", "sendto", "sendmsg"], &["HTTP/1.1 201"]);
}
