//! The same commands against a real server.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{git, portolan};

/// Ends the server with the test, however that ends.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts the demonstration; none where the server was not built.
pub(crate) fn start(folder: &Path) -> Option<(Server, Value)> {
    start_by(folder, &["--demo"])
}

/// The same with these arguments, to which those that tests need are added.
pub(crate) fn start_by(folder: &Path, arguments: &[&str]) -> Option<(Server, Value)> {
    let program = Path::new(env!("CARGO_BIN_EXE_portolan")).with_file_name("portolan-server");
    if !program.is_file() {
        let said = format!("{} is not there; `cargo build -p portolan-server` makes it", program.display());
        assert!(!portolan_compose::is_required("server"), "{said}");
        let mut err = std::io::stderr();
        writeln!(err, "SKIPPED: {said}").unwrap();
        return None;
    }
    let ready = folder.join("ready.json");
    let mut command = Command::new(program);
    for (name, _) in portolan_compose::read_environment() {
        command.env_remove(format!("PORTOLAN_{name}"));
    }
    command
        .args(arguments)
        .args(["--listen", "127.0.0.1:0", "--log", "error", "--data"])
        .arg(folder.join("data"));
    command.arg("--ready-file").arg(&ready).stdout(Stdio::piped());
    let mut server = Server(command.spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("Portolan is ready at")), "the server did not start");
    // It goes on to say what to try, and must find somebody who reads it.
    std::thread::spawn(move || lines.for_each(drop));
    Some((server, serde_json::from_slice(&std::fs::read(ready).unwrap()).unwrap()))
}

#[test]
fn a_journey_on_a_server() {
    let folder = TempDir::new().unwrap();
    let Some((_server, ready)) = start(folder.path()) else { return };
    let of = |name: &str| ready[name].as_str().unwrap().to_owned();
    let (url, owner, operator) = (of("url"), of("owner_token"), of("operator_token"));
    let run = |token: &str, arguments: &[&str], input: &[u8]| {
        let environment =
            [("PORTOLAN_URL", url.as_str()), ("PORTOLAN_TOKEN", token), ("PORTOLAN_WIKI", "cli")];
        portolan(&environment, arguments, input)
    };
    assert_eq!(run("", &["health"], b"").ok(), "alive\n");
    assert_eq!(run("", &["health", "--ready"], b"").ok(), "ready\n");
    let nobody = run("", &["page", "list"], b"").fails(5);
    assert!(nobody.contains("set PORTOLAN_TOKEN"), "{nobody}");
    // The tenant is the token's.
    assert_eq!(run(&owner, &["--json", "whoami"], b"").json()["tenant"], of("tenant"));
    assert!(run(&operator, &["tenant", "list"], b"").ok().contains(&of("tenant")));
    run(&owner, &["tenant", "list"], b"").fails(5);

    let source = folder.path().join("source");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("Home.md"), "# Home\n").unwrap();
    git(&source, &["init", "--quiet", "--initial-branch=main"]);
    git(&source, &["add", "-A"]);
    git(&source, &["commit", "--quiet", "-m", "First"]);
    run(&owner, &["wiki", "import", source.to_str().unwrap()], b"").ok();
    assert_eq!(run(&owner, &["page", "show", "Home"], b"").ok(), "# Home\n");
    run(&owner, &["page", "put", "Other page", "-m", "Second"], b"text").ok();
    let stale = run(&owner, &["page", "put", "Home"], b"text").fails(4);
    assert!(stale.contains("--base"), "{stale}");
    let history = run(&owner, &["wiki", "changes"], b"").ok();
    assert_eq!(history.lines().count(), 3, "{history}");

    let (bundle, clone) = (folder.path().join("out.bundle"), folder.path().join("clone"));
    run(&owner, &["wiki", "export", "--output", bundle.to_str().unwrap()], b"").ok();
    git(folder.path(), &["clone".as_ref(), "--quiet".as_ref(), bundle.as_os_str(), clone.as_os_str()]);
    assert_eq!(git(&clone, &["rev-parse", "HEAD~1"]), git(&source, &["rev-parse", "HEAD"]));
    assert_eq!(run(&owner, &["--json", "audit", "verify"], b"").json()["ok"], true);

    // The folder is the server's now.
    let data = folder.path().join("data");
    let busy = portolan(&[], &["--data", data.to_str().unwrap(), "tenant", "list"], b"").fails(6);
    assert!(busy.contains("in use by another Portolan process"), "{busy}");
}
