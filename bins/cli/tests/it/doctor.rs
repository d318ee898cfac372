//! `portolan doctor` names what is damaged.

use std::path::{Path, PathBuf};

use crate::support::{World, git};

fn repository(world: &World) -> PathBuf {
    PathBuf::from(world.run(&["--json", "wiki", "show"]).json()["repository"].as_str().unwrap())
}

/// The only pack of a repository, writable.
fn pack(repository: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let packs = std::fs::read_dir(repository.join("objects/pack")).unwrap();
    let packs: Vec<_> = packs.map(|entry| entry.unwrap().path()).collect();
    let pack = packs.into_iter().find(|path| path.extension().is_some_and(|it| it == "pack")).unwrap();
    std::fs::set_permissions(&pack, std::fs::Permissions::from_mode(0o644)).unwrap();
    pack
}

#[test]
fn a_sound_folder_is_called_sound() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Guides/Home"], b"text").ok();
    assert_eq!(world.run(&["doctor"]).ok(), "Everything is sound.\n");
    assert_eq!(world.run(&["--json", "doctor"]).json()["ok"], true);
}

#[test]
fn a_damaged_object_is_named() {
    let world = World::with_wiki();
    // Long and not compressible, so that the middle of the pack is in the middle of it.
    let text: Vec<String> = (0..4000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    let text = text.concat();
    world.run_with(&["page", "put", "Home"], text.as_bytes()).ok();
    let repository = repository(&world);
    let blob = git(&repository, &["rev-parse", "main:Home.md"]);
    let pack = pack(&repository);
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&pack, bytes).unwrap();
    let ran = world.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("acme/notes") && ran.out.contains(blob.trim()), "{ran:?}");
    assert!(ran.out.contains("What to do:") && ran.out.contains("from the latest backup"), "{ran:?}");
    let ran = world.run(&["--json", "doctor"]);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &found["ok"]), (1, &false.into()));
    assert!(found["findings"][0]["remedy"].as_str().unwrap().contains("objects/pack"), "{found}");
}

#[test]
fn lost_objects_are_named_and_put_back() {
    let world = World::with_wiki();
    world.run_with(&["page", "put", "Home"], b"text").ok();
    let pack = pack(&repository(&world));
    let files = [pack.with_extension("idx"), pack];
    let aside = files.clone().map(|file| world.path("aside").with_extension(file.extension().unwrap()));
    for (file, aside) in files.iter().zip(&aside) {
        std::fs::rename(file, aside).unwrap();
    }
    let ran = world.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("missing"), "{ran:?}");
    // As the advice has it.
    assert!(ran.out.contains("copy the pack of the same name and its .idx"), "{ran:?}");
    for (file, aside) in files.iter().zip(&aside) {
        std::fs::rename(aside, file).unwrap();
    }
    assert_eq!(world.run(&["doctor"]).ok(), "Everything is sound.\n");
}

#[test]
fn a_damaged_ledger_is_named() {
    let world = World::with_wiki();
    let ledger = world.path("data/ledger.db");
    let mut bytes = std::fs::read(&ledger).unwrap();
    assert!(bytes.len() > 8192);
    let at = bytes.len() - 2048;
    bytes[at..].fill(0x5a);
    std::fs::write(&ledger, bytes).unwrap();
    let ran = world.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("ledger") && ran.out.contains("portolan restore"), "{ran:?}");
}

#[test]
fn a_folder_that_is_none_is_not_made() {
    let world = World::new();
    let data = world.at("absent");
    let said = crate::support::portolan(&[], &["doctor", "--data", &data], b"").fails(3);
    assert!(said.contains("portolan init"), "{said}");
    assert!(!Path::new(&data).exists());
}
