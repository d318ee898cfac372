//! Every target on inputs that are the same in each run: what a fuzzer does for minutes, for a second.

use portolan_fuzz_targets::{TARGETS, drive};

/// Inputs for a target: about a second of a debug build.
fn count(target: &str) -> usize {
    match target {
        "render" => 300,
        "edits" | "pack" => 600,
        "front_matter" | "markdown" | "merge" | "tokens" => 1_000,
        _ => 4_000,
    }
}

#[test]
fn every_target_keeps_its_promises() {
    std::thread::scope(|scope| {
        for target in &TARGETS {
            std::thread::Builder::new()
                .name(target.name.to_owned())
                .spawn_scoped(scope, || drive(target, 1, count(target.name)))
                .unwrap();
        }
    });
}

#[test]
fn every_target_has_its_program() {
    let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for target in &TARGETS {
        let name = target.name;
        let program = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("portolan_fuzz_targets::{name}::run(data)")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}

/// What fuzzers found to be wrong, once.
#[test]
fn what_was_found_stays_right() {
    let found: [(&str, &[u8]); 2] = [
        (
            "markdown",
            b"```\xd0\xff\xff\xff\xff\xff\xff\xff[xx:xx[](`\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\n)\"\x0bi\0\xff\xf5\xff\x89\xed\xff\x8a",
        ),
        ("query", "字 典 本 文 中 a日 b日 c日 d日 e日".as_bytes()),
    ];
    for (name, input) in found {
        let target = TARGETS.iter().find(|target| target.name == name).unwrap();
        (target.run)(input);
    }
}
