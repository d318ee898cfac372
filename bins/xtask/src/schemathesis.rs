//! Schemathesis: requests made from the OpenAPI document, good ones and bad ones, to a real server. Whatever is answered must be
//! documented: no 5xx, no other status, type, header or shape.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::{Result, tell, tools};

/// What may end the run's own tenant, wiki or token, and then leaves nothing but refusals: tested last, each on what is left.
const ENDINGS: [&str; 5] = [
    // The demonstration's owner would be made a viewer, or removed, once somebody else has redeemed an owner's invite.
    "updateMember",
    "removeMember",
    // Ids are learnt from answers, and so is that of the token in use.
    "revokeToken",
    "deleteWiki",
    "deleteTenant",
];
/// What an operator has nothing to do with, or what asks for no token and was tested before.
const NOT_AN_OPERATORS: &str = "/wikis|^/v1/(health|ready)$|^/problems/";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance";

/// Tests the whole document with about `examples` requests made at random for each operation, beside those that are made from its
/// examples and limits. The same `seed` makes the same requests. Less than a minute with ten.
pub(crate) fn run(examples: u32, seed: u32) -> Result<()> {
    let program = match tools::schemathesis() {
        Ok(program) => program,
        Err(error) if portolan_compose::is_required("schemathesis") => return Err(error),
        Err(error) => {
            tell(&format!(
                "SKIPPED: the HTTP interface was not tested against its description: {error}\n\
                 SKIPPED: Schemathesis needs python3 with venv, and PyPI on first use; PORTOLAN_REQUIRE=schemathesis makes this a failure"
            ));
            return Ok(());
        }
    };
    let folder = std::path::absolute(portolan_compose::target_folder().join("schemathesis"))?;
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder)?;
    let server = Server::start(&folder)?;
    let run = Run { program, server, folder, examples, seed };
    let owner = run.prepare()?;
    let operator = Config { tenant: "spare", token: "operator_token", values: BTreeMap::new() };
    let excluded: Vec<&str> = ENDINGS.into_iter().flat_map(|id| ["--exclude-operation-id", id]).collect();
    let ending = |ids: &[&'static str]| -> Vec<&str> {
        ids.iter().flat_map(|id| ["--include-operation-id", *id]).collect()
    };
    run.part("as an owner", &owner, &excluded)?;
    run.still_knows(&owner)?;
    run.part(
        "as an operator",
        &operator,
        &[&excluded[..], &["--exclude-path-regex", NOT_AN_OPERATORS]].concat(),
    )?;
    run.still_knows(&operator)?;
    run.part("endings, as an owner", &owner, &ending(&["updateMember", "removeMember", "deleteWiki"]))?;
    run.part("endings, as an operator", &operator, &ending(&["removeMember", "deleteTenant"]))?;
    run.part("the owner's own token", &owner, &ending(&["revokeToken"]))
}

/// As whom, and with which values beside those that are made up, so that requests find something.
struct Config {
    tenant: &'static str,
    token: &'static str,
    values: BTreeMap<&'static str, Vec<String>>,
}

impl Config {
    /// Which parameters take which values, how often.
    const BOUND: [(&str, &str, &str); 7] = [
        ("path.path", "paths", "0.7"),
        ("query.revision", "ids", "0.5"),
        ("query.from", "ids", "0.5"),
        ("query.to", "ids", "0.5"),
        ("header.If-Match", "tags", "0.5"),
        ("body.base", "ids", "0.7"),
        ("body.revision", "ids", "0.7"),
    ];

    fn text(&self, url: &str, hooks: &Path) -> String {
        let hooks = hooks.to_string_lossy();
        let mut text = format!(
            "base-url = {url:?}\nhooks = {hooks:?}\nheaders = {{ Authorization = \"Bearer ${{PORTOLAN_TOKEN}}\" }}\n\
             [parameters]\n\"path.tenant\" = {:?}\n\"path.wiki\" = \"notes\"\n",
            self.tenant
        );
        let bound = Self::BOUND.iter().filter(|(_, values, _)| self.values.contains_key(values));
        text.extend(bound.map(|(parameter, values, probability)| {
            format!("{parameter:?} = {{ dictionary = {values:?}, probability = {probability} }}\n")
        }));
        let values = self.values.iter();
        text.extend(values.map(|(name, values)| format!("[dictionaries.{name}]\nvalues = {values:?}\n")));
        text
    }
}

struct Run {
    program: PathBuf,
    server: Server,
    folder: PathBuf,
    examples: u32,
    seed: u32,
}

impl Run {
    /// Makes pages, a file and a second tenant, and answers the owner's configuration that names them.
    fn prepare(&self) -> Result<Config> {
        let owner = "owner_token";
        self.portolan(owner, &["page", "put", "Ideas"], b"# Ideas\n\nA first one.\n")?;
        self.portolan(owner, &["page", "put", "Start"], b"# Start\n\nSee [[Ideas]] and ![](logo.png).\n")?;
        let logo = self.folder.join("logo.png");
        fs::write(&logo, b"\x89PNG\r\n\x1a\n")?;
        self.portolan(owner, &["file", "put", "logo.png", &logo.to_string_lossy()], b"")?;
        let spare = ["tenant", "create", "spare", "--name", "Spare", "--owner-email", "ada@spare.example"];
        self.portolan("operator_token", &spare, b"")?;
        let page: Value =
            serde_json::from_slice(&self.portolan(owner, &["--json", "page", "show", "Ideas"], b"")?)?;
        let ids: Vec<String> =
            ["version", "revision"].iter().filter_map(|id| page[id].as_str().map(str::to_owned)).collect();
        let values = BTreeMap::from([
            ("paths", ["Ideas", "Start", "logo.png"].map(str::to_owned).to_vec()),
            ("tags", ids.iter().map(|id| format!("\"{id}\"")).collect()),
            ("ids", ids),
        ]);
        Ok(Config { tenant: "demo", token: owner, values })
    }

    fn part(&self, name: &str, config: &Config, filter: &[&str]) -> Result<()> {
        tell(&format!("── schemathesis, {name}"));
        let root = std::path::absolute("openapi")?;
        let file = self.folder.join("schemathesis.toml");
        fs::write(&file, config.text(self.server.of("url")?, &root.join("schemathesis.py")))?;
        let mut command = Command::new(&self.program);
        command.arg("--config-file").arg(file).arg("run").arg(root.join("v1.json"));
        command.args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS]);
        command.args(["--max-examples", &self.examples.to_string(), "--seed", &self.seed.to_string()]);
        // Nothing is kept between runs. One worker: Python before 3.12 cannot write a stack trace in two threads at once.
        command.args(["--generation-database", "none", "--workers", "1", "--request-timeout", "30"]);
        command
            .args(["--continue-on-failure", "--no-shrink", "--no-color", "--warnings", "off"])
            .args(filter);
        command.env("PORTOLAN_TOKEN", self.server.of(config.token)?).env("PYTHONDONTWRITEBYTECODE", "1");
        let status = command.current_dir(&self.folder).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!(
                "schemathesis, {name}: something is answered that openapi/v1.json does not say; see above"
            )
            .into())
        }
    }

    /// A token that ends on the way would turn all that follows into refusals, and the test into one that cannot fail.
    fn still_knows(&self, config: &Config) -> Result<()> {
        self.portolan(config.token, &["whoami"], b"").map(drop).map_err(|error| {
            format!("the requests ended their own token, so that not all was tested: {error}").into()
        })
    }

    fn portolan(&self, token: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let mut command = program("portolan")?;
        command.env("PORTOLAN_URL", self.server.of("url")?).env("PORTOLAN_TOKEN", self.server.of(token)?);
        command.env("PORTOLAN_WIKI", "notes").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(format!("portolan {}: failed ({})", arguments.join(" "), output.status).into())
        }
    }
}

/// The demonstration on a folder of its own; ended when dropped.
struct Server {
    child: Child,
    ready: Value,
}

impl Server {
    fn start(folder: &Path) -> Result<Self> {
        let ready = folder.join("ready.json");
        let mut command = program("portolan-server")?;
        command.args(["--demo", "--listen", "127.0.0.1:0", "--log", "error", "--data"]);
        command.arg(folder.join("data")).arg("--ready-file").arg(&ready).stdout(Stdio::piped());
        let mut server = Self { child: command.spawn()?, ready: Value::Null };
        let out = server.child.stdout.take().ok_or("the server has no output")?;
        let mut lines = BufReader::new(out).lines().map_while(std::result::Result::ok);
        if !lines.any(|line| line.contains("Portolan is ready at")) {
            return Err("the server ended before it was ready; see above".into());
        }
        // It goes on to say what to try, and must find somebody who reads it.
        std::thread::spawn(move || lines.for_each(drop));
        server.ready = serde_json::from_slice(&fs::read(ready)?)?;
        Ok(server)
    }

    fn of(&self, member: &str) -> Result<&str> {
        Ok(self.ready[member].as_str().ok_or_else(|| format!("the ready file has no {member}"))?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A program that was built before, with nothing of this machine's settings.
fn program(name: &str) -> Result<Command> {
    let path = std::path::absolute(portolan_compose::target_folder().join("debug").join(name))?;
    if !path.is_file() {
        let path = path.display();
        return Err(format!("{path} is not there; `cargo build --workspace --bins` makes it").into());
    }
    let mut command = Command::new(path);
    for (name, _) in portolan_compose::read_environment() {
        command.env_remove(format!("PORTOLAN_{name}"));
    }
    Ok(command)
}
