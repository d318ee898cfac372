//! A real server as a child process, and the smallest HTTP client that can talk to it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) ready: Value,
}

impl Server {
    /// Starts a demonstration server on `data` and waits until it is ready.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        Self::start_by(program(), data, more)
    }

    /// The same by a command to which the server's arguments are added, and which becomes the server.
    pub(crate) fn start_by(mut command: Command, data: &Path, more: &[&str]) -> Self {
        let ready_file = data.with_extension("ready.json");
        drop(std::fs::remove_file(&ready_file));
        let mut child = command
            .args(["--demo", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(data)
            .arg("--ready-file")
            .arg(&ready_file)
            .args(more)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            if let Ok(text) = std::fs::read_to_string(&ready_file) {
                return Self { child, ready: serde_json::from_str(&text).unwrap() };
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended before it was ready: {status}");
            }
            assert!(Instant::now() < deadline, "the server is not ready after a minute");
            std::thread::yield_now();
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.ready[member].as_str().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.text("url"), self.text("owner_token"))
    }

    /// As if the machine's power had gone, but for the page cache.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and answers how it did.
    pub(crate) fn terminate(mut self) -> std::process::ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// A client with one connection.
pub(crate) struct Client {
    address: String,
    token: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self { address: url.strip_prefix("http://").unwrap().into(), token: token.into(), stream: None }
    }

    /// Sends a request; an error when the connection ends before the answer does.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let result = self.exchange(method, path, headers, body);
        if result.is_err() {
            self.stream = None;
        }
        result
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_mins(1)))?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.address,
            self.token,
            body.len()
        );
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        stream.get_mut().write_all(&bytes)?;
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let empty = method == "HEAD" || status == 204 || status == 304;
        if let Some(length) = answer.header("content-length").filter(|_| !empty) {
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body)?;
            answer.body = body;
        } else if answer.header("transfer-encoding") == Some("chunked") {
            read_chunks(stream, &mut answer.body)?;
        }
        Ok(answer)
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").unwrap()
    }

    /// Makes the demonstration's wiki `wiki` of what the branch `main` of a bundle has.
    pub(crate) fn import(&mut self, wiki: &str, bundle: &[u8]) {
        let wikis = "/v1/tenants/demo/wikis";
        let json = [("Content-Type", "application/json")];
        let body = serde_json::json!({ "id": wiki }).to_string();
        let made = self.send("POST", wikis, &json, body.as_bytes()).unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        let kind = [("Content-Type", "application/x-git-bundle")];
        let begun = self.send("POST", &format!("{wikis}/{wiki}/imports?branch=main"), &kind, bundle).unwrap();
        assert_eq!(begun.status, 202, "{begun:?}");
        let at = begun.header("location").unwrap().to_owned();
        let ended = loop {
            let view = self.get(&at).json();
            if view["state"] != "running" {
                break view;
            }
            std::thread::yield_now();
        };
        assert_eq!(ended["state"], "done", "{ended}");
    }
}

fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(|_| std::io::ErrorKind::InvalidData)?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        stream.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// The only wiki's repository under `data`.
pub(crate) fn repository(data: &Path) -> PathBuf {
    let all = repositories(data);
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

/// The repositories of all wikis under `data`.
pub(crate) fn repositories(data: &Path) -> Vec<PathBuf> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect()
    };
    folders(&data.join("repos")).iter().flat_map(|tenant| folders(tenant)).collect()
}

/// Runs git in `repository`, which must succeed without complaint.
pub(crate) fn git(repository: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new("git")
        .args(["-c", "safe.directory=*", "-C"])
        .arg(repository)
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Whether a command can be run here and succeeds. Where it does not, the test that needs it says that it is skipped, or fails
/// where the program is required.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn can(test: &str, command: &[&str]) -> bool {
    let output = Command::new(command[0]).args(&command[1..]).output();
    let why = match output {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    let why = format!("{test}: `{}` does not work here: {why}", command.join(" "));
    assert!(!portolan_compose::is_required(command[0]), "{why}");
    eprintln!("SKIPPED: {why}");
    false
}

/// The server's program, with none of the settings that this test's environment may have.
pub(crate) fn program() -> Command {
    clean(env!("CARGO_BIN_EXE_portolan-server"))
}

/// A command that ends by becoming the server: `before` is put before the server's program and its arguments.
pub(crate) fn program_by(before: &[&str]) -> Command {
    let mut command = clean(before[0]);
    command.args(&before[1..]).arg(env!("CARGO_BIN_EXE_portolan-server"));
    command
}

fn clean(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTOLAN_") {
            command.env_remove(name);
        }
    }
    command
}
