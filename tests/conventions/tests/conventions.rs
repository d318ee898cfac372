//! The rules of ARCHITECTURE.md that a machine can check.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail as its cases do")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every member: its folder and its manifest.
fn members() -> Vec<(String, toml::Table)> {
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    members
        .iter()
        .map(|member| {
            let folder = member.as_str().unwrap().to_owned();
            let manifest = read(format!("{folder}/Cargo.toml")).parse().unwrap();
            (folder, manifest)
        })
        .collect()
}

fn name(manifest: &toml::Table) -> String {
    manifest["package"]["name"].as_str().unwrap().to_owned()
}

/// The project's own crates that each crate needs to run (not to be tested).
fn arrows() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let members = members();
    let own: BTreeSet<String> = members.iter().map(|(_, manifest)| name(manifest)).collect();
    members
        .iter()
        .map(|(folder, manifest)| {
            let needs = manifest.get("dependencies").and_then(toml::Value::as_table);
            let needs =
                needs.into_iter().flat_map(|table| table.keys().cloned()).filter(|need| own.contains(need));
            (name(manifest), (folder.clone(), needs.collect()))
        })
        .collect()
}

#[test]
fn arrows_point_inwards() {
    for (crate_name, (folder, needs)) in arrows() {
        let allowed: &[&str] = match folder.as_str() {
            "core" => &[],
            "ports" | "render" => &["portolan-core"],
            "sdk" => &["portolan-core", "portolan-ports", "portolan-render"],
            // Each model test drives an adapter beside the one in memory.
            "tests/contract" => &["portolan-core", "portolan-ports", "portolan-memory"],
            folder if folder.starts_with("adapters/api/") => &["portolan", "portolan-core", "portolan-ports"],
            folder if folder.starts_with("adapters/objects/") || folder == "adapters/memory" => {
                &["portolan-core", "portolan-ports", "portolan-objects-pack"]
            }
            folder if folder.starts_with("adapters/") => &["portolan-core", "portolan-ports"],
            // Programs, benches and examples may need anything.
            _ => continue,
        };
        let wrong: Vec<_> = needs.iter().filter(|need| !allowed.contains(&need.as_str())).collect();
        assert!(wrong.is_empty(), "{crate_name} may not need {wrong:?}");
    }
}

#[test]
fn the_core_needs_no_runtime() {
    let (_, manifest) = members().into_iter().find(|(folder, _)| folder == "core").unwrap();
    let needs = manifest["dependencies"].as_table().unwrap();
    for runtime in ["tokio", "async-trait", "futures", "rusqlite", "reqwest", "hyper", "axum", "getrandom"] {
        assert!(!needs.contains_key(runtime), "core is pure: it may not need {runtime}");
    }
}

#[test]
fn every_crate_inherits_what_it_should_and_is_named_for_its_folder() {
    for (folder, manifest) in members() {
        let crate_name = name(&manifest);
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{crate_name}: lints");
        for field in ["version", "edition", "rust-version", "license"] {
            assert_eq!(
                manifest["package"][field]["workspace"].as_bool(),
                Some(true),
                "{crate_name}: {field}"
            );
        }
        let expected = match folder.as_str() {
            "sdk" => "portolan".to_owned(),
            "benches" => "portolan-bench".to_owned(),
            folder => {
                let folder = folder.strip_prefix("adapters/").unwrap_or(folder);
                let folder =
                    folder.strip_prefix("bins/").or_else(|| folder.strip_prefix("tests/")).unwrap_or(folder);
                format!("portolan-{}", folder.replace('/', "-"))
            }
        };
        assert_eq!(crate_name, expected, "the crate in {folder}");
    }
}

#[test]
fn each_gix_crate_is_there_once() {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let mut seen = BTreeSet::new();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!name.starts_with("gix") || seen.insert(name.to_owned()), "{name} is in Cargo.lock twice");
    }
    assert!(seen.contains("gix-object"), "the lock was not read");
}

#[test]
fn architecture_names_only_what_exists() {
    let text = read("ARCHITECTURE.md");
    let mut named = 0;
    for path in text.split('`').skip(1).step_by(2).filter(|code| {
        code.contains('/') && !code.contains([' ', '<', '*', ':', '(']) && !code.starts_with("refs/")
    }) {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which is gone");
        named += 1;
    }
    assert!(named > 10, "the map names too little to be one");
    for (folder, _) in members() {
        assert!(text.contains(&format!("`{folder}`")), "ARCHITECTURE.md says nothing of {folder}");
    }
}

#[test]
fn a_source_file_is_one_idea() {
    fn walk(folder: &Path, long: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, long);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                if lines > 500 {
                    long.push(format!("{} has {lines} lines", path.display()));
                }
            }
        }
    }
    let mut long = Vec::new();
    for (folder, _) in members() {
        walk(&root().join(folder).join("src"), &mut long);
    }
    assert!(long.is_empty(), "split these: {long:#?}");
}
