//! What the documents tell people to type is typed: each block of commands in order, in one shell, against a real server, and
//! what it says is what the document says it says.
//!
//! Of a document, ```` ```sh ```` blocks must go well, ```` ```sh refused ```` blocks must fail, and a ```` ```text ```` block is
//! the output of the block before it, with `…` for what differs from run to run. Blocks that begin with `cargo` are for a checkout
//! and not run, but for the one that starts the server. Replaced are the server's address, the token that somebody would copy, and `cargo run` by what it would build.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::server::{start, start_by};
use crate::support::run;

/// Says where one block's output ends.
const MARK: &str = "\u{1}end of block\u{1}";

#[derive(Debug, Default)]
struct Block {
    line: usize,
    commands: String,
    refused: bool,
    output: Option<String>,
}

/// The blocks of commands of a document.
fn blocks(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        let body = body.join("\n") + "\n";
        match info {
            "sh" if body.starts_with("cargo ") && !body.contains("portolan-server -- ") => {}
            "sh" | "sh refused" => {
                let refused = info != "sh";
                all.push(Block { line: at + 1, commands: body, refused, output: None });
            }
            "text" => {
                let before = all.last_mut().unwrap();
                assert!(before.output.replace(body).is_none(), "line {}: output of what?", at + 1);
            }
            "toml" | "json" => {}
            other => panic!("line {}: blocks {other:?} are not known here", at + 1),
        }
    }
    all
}

/// Whether `said` is `expected`, where `…` stands for anything within a line.
fn is_like(said: &str, expected: &str) -> bool {
    let line = |said: &str, expected: &str| {
        let mut parts = expected.split('…');
        let Some(mut rest) = said.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut parts = parts.peekable();
        let mut open = false;
        while let Some(part) = parts.next() {
            open = part.is_empty() && parts.peek().is_none();
            let found = if parts.peek().is_none() { rest.rfind(part) } else { rest.find(part) };
            let Some(at) = found else { return false };
            rest = &rest[at + part.len()..];
        }
        open || rest.is_empty()
    };
    let (said, expected): (Vec<&str>, Vec<&str>) = (said.lines().collect(), expected.lines().collect());
    said.len() == expected.len() && said.iter().zip(&expected).all(|(said, expected)| line(said, expected))
}

/// Types everything in `document`, a path from the workspace's root.
#[track_caller]
fn type_all(document: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut blocks = blocks(&std::fs::read_to_string(root.join(document)).unwrap());
    assert!(blocks.len() > 1, "{document}: {blocks:#?}");
    let folder = TempDir::new().unwrap();
    let first = blocks.remove(0);
    let arguments = first.commands.split_once("portolan-server").unwrap().1;
    let arguments: Vec<&str> = arguments.split_whitespace().filter(|word| *word != "--").collect();
    assert!(arguments.contains(&"--demo"), "{document}: the first block starts the demonstration: {first:?}");
    let Some((_server, ready)) = start_by(folder.path(), &arguments) else { return };
    let (url, token) = (ready["url"].as_str().unwrap(), ready["owner_token"].as_str().unwrap());
    let mut script = String::new();
    for block in &blocks {
        let commands = block.commands.replace("http://127.0.0.1:7420", url).replace("ptl_…", token);
        if block.refused {
            // In a shell of its own: what fails there ends that one.
            writeln!(script, "if (\n{commands}\n) 2>&1; then echo 'not refused'; exit 1; fi").unwrap();
        } else {
            script += &commands;
        }
        writeln!(script, "printf '%s\\n' '{MARK}'").unwrap();
    }
    let programs = PathBuf::from(env!("CARGO_BIN_EXE_portolan"));
    let mut command = Command::new("bash");
    for (name, _) in portolan_compose::read_environment() {
        command.env_remove(format!("PORTOLAN_{name}"));
    }
    let path = std::env::join_paths(
        std::iter::once(programs.parent().unwrap().to_owned())
            .chain(std::env::split_paths(&portolan_compose::variable("PATH").unwrap())),
    );
    command.env("PATH", path.unwrap()).env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("COLUMNS");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@acme.example");
    }
    command.current_dir(folder.path()).args(["-euo", "pipefail", "-c", &script]);
    let ran = run(&mut command, b"");
    let said: Vec<&str> = ran.out.split(&format!("{MARK}\n")).collect();
    for (block, said) in blocks.iter().zip(&said) {
        let Some(expected) = &block.output else { continue };
        assert!(
            is_like(said, expected),
            "{document}, block at line {}: said\n{said:?}\nand not\n{expected:?}\n{}",
            block.line,
            ran.err
        );
    }
    let line = blocks.get(said.len() - 1).map_or(0, |block| block.line);
    assert_eq!(ran.code, 0, "{document}, block at line {line}: {}\n{}", said.last().unwrap(), ran.err);
    assert_eq!(said.len(), blocks.len() + 1, "{document}");
}

#[test]
fn the_readme() {
    type_all("README.md");
}

#[test]
fn the_guide() {
    type_all("docs/guide.md");
}

#[test]
fn the_concepts() {
    type_all("docs/concepts.md");
}

#[test]
fn outputs_are_compared() {
    assert!(is_like("a 1 b\nc\n", "a … b\nc\n") && is_like("a 1\n", "a …\n") && is_like("", ""));
    assert!(is_like("x 1 y 2 x\n", "x … x\n"));
    for (said, expected) in [("a\n", "b\n"), ("a 1 c\n", "a … b\n"), ("a\nb\n", "a\n"), ("a b c\n", "a b\n")]
    {
        assert!(!is_like(said, expected), "{said} {expected}");
    }
}

#[test]
fn every_problem_has_its_page() {
    let folder = TempDir::new().unwrap();
    let Some((_server, ready)) = start(folder.path()) else { return };
    let kinds = portolan_api_rest::problems();
    assert!(kinds.len() > 20);
    for kind in kinds {
        let address = format!("{}/problems/{}", ready["url"].as_str().unwrap(), kind.slug);
        let ran = run(Command::new("curl").args(["-sf", &address]), b"");
        let said = ran.ok();
        assert!(said.contains(kind.title) && said.contains(kind.about), "{address}: {said}");
    }
}
