//! Starting and ending.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::support::{Server, git, program, repository};

const WIKI: &str = "/v1/tenants/demo/wikis/notes";

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

#[test]
fn every_fault_of_the_configuration_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    std::fs::write(&file, "page_bytes = \"many\"\nnonsense = 1\n").unwrap();
    let output = run(&["--config", file.to_str().unwrap(), "--listen", "nowhere", "--batch", "0"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for fault in ["--listen", "--batch", "page_bytes", "nonsense"] {
        assert!(told.contains(fault), "{fault}: {told}");
    }
}

#[test]
fn a_second_server_on_the_same_folder_ends_with_a_clear_message() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _first = Server::start(&data, &[]);
    let output = run(&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("in use by another Portolan process"), "{told}");
}

#[test]
fn a_taken_address_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start(&folder.path().join("one"), &[]);
    let address = first.text("url").strip_prefix("http://").unwrap();
    let output = run(&["--listen", address, "--data", folder.path().join("two").to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(address) && told.contains("--listen"), "{told}");
}

#[test]
fn tokens_work_over_restarts_and_the_ready_file_is_the_owner_s_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start(&data, &[]);
    let mode = std::fs::metadata(data.with_extension("ready.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let old = first.text("owner_token").to_owned();
    let body = br##"{"content":"# Kept\n"}"##;
    let headers = [("Content-Type", "application/json")];
    let answer = first.client().send("PUT", &format!("{WIKI}/pages/Kept"), &headers, body).unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(first.terminate().success());

    let second = Server::start(&data, &[]);
    let mut clients = [second.client(), crate::support::Client::new(second.text("url"), &old)];
    for client in &mut clients {
        let page = client.get(&format!("{WIKI}/pages/Kept"));
        assert_eq!((page.status, page.json()["content"].as_str()), (200, Some("# Kept\n")));
    }
    let repository = repository(&data);
    assert!(
        git(&repository, &["log", "--format=%an|%cn|%(trailers:key=Portolan-Principal,valueonly)", "-1"])
            .starts_with("Demo Owner|Portolan|mem_")
    );
    git(&repository, &["fsck", "--strict"]);
}

#[test]
fn plain_git_clones_the_folder_and_pushes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let _server = Server::start(&data, &[]);
    let (source, clone) = (repository(&data), folder.path().join("clone"));
    git(folder.path(), &["clone", "--quiet", source.to_str().unwrap(), clone.to_str().unwrap()]);
    assert!(clone.join("Home.md").exists());
    git(
        &clone,
        &["-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "--allow-empty", "-m", "mine"],
    );
    let push = Command::new("git")
        .args(["-c", "safe.directory=*", "-C"])
        .arg(&clone)
        .args(["push", "--quiet"])
        .output()
        .unwrap();
    assert!(!push.status.success());
    let told = String::from_utf8_lossy(&push.stderr).into_owned();
    assert!(told.contains("Portolan") || told.contains("ledger"), "{told}");
}

#[test]
fn nobody_but_the_owner_of_the_folder_sees_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    let secret = server.text("owner_token")[60..].to_owned();
    server.client().get("/v1/whoami");
    server.client().get(&format!("{WIKI}/pages/nowhere"));
    assert!(server.terminate().success());
    for name in ["ledger.db", "ledger.db-wal"] {
        if let Ok(bytes) = std::fs::read(data.join(name)) {
            assert!(
                !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{name} has a secret"
            );
        }
    }
}

#[test]
fn metrics_are_served_on_an_address_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = Server::start(&folder.path().join("data"), &["--metrics-listen", &free]);
    server.client().get(&format!("{WIKI}/pages/Home"));
    let metrics = crate::support::Client::new(&format!("http://{free}"), "").get("/metrics");
    let text = String::from_utf8(metrics.body).unwrap();
    assert!(text.contains("http_requests") || text.contains("requests_total"), "{text}");
    assert_eq!(server.client().get("/metrics").status, 404);
}

/// Without it the process would hold what it has freed, and nothing else would tell.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_thread_gives_memory_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
    let names: Vec<String> =
        threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")).unwrap()).collect();
    assert!(names.iter().any(|name| name.trim() == "memory"), "{names:?}");
}
