//! What other wikis are made of: samples of each, taken over, with their links. What docs/import.md promises.

use std::path::Path;

use crate::support::{World, git};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Which pages and files `page` links to, those that are not there with a `!` before them.
fn links(world: &World, page: &str) -> Vec<String> {
    let links = world.run(&["--json", "page", "links", page]).json();
    let name = |link: &serde_json::Value| {
        let mark = if link["exists"] == true { "" } else { "!" };
        format!("{mark}{}", link["path"].as_str().unwrap())
    };
    links["links_to"].as_array().unwrap().iter().map(name).collect()
}

fn edges(world: &World) -> Vec<String> {
    let graph = world.run(&["--json", "wiki", "graph"]).json();
    let end = |edge: &serde_json::Value, end: &str| edge[end].as_str().unwrap().to_owned();
    let edges = graph["edges"].as_array().unwrap();
    edges.iter().map(|edge| format!("{} > {}", end(edge, "from"), end(edge, "to"))).collect()
}

fn commit(folder: &str) {
    let folder = Path::new(folder);
    git(folder, &["init", "--quiet", "--initial-branch=master"]);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "--quiet", "-m", "First"]);
}

#[test]
fn an_obsidian_vault() {
    let world = World::new();
    let daily = "---\ntags: [daily]\n---\n[[Engine#Fuel|what it burns]], [[Engine]], [[Projects/Ship]]\n\n\
                 ![[ship.png]] ![[ship.png|200]] [[Engine#^block]] [[#Here]] [[Nowhere]]\n";
    let vault = world.files(
        "vault",
        &[
            (".obsidian/app.json", b"{}"),
            ("Daily/2026-01-31.md", daily.as_bytes()),
            (
                "Projects/Ship.md",
                b"# Ship\n\n![[Engine]] [engine](Parts/Engine.md) [daily](../Daily/2026-01-31.md)\n",
            ),
            ("Projects/Parts/Engine.md", b"# Engine\n\n## Fuel\n\nCoal.\n"),
            ("Attachments/ship.png", PNG),
            ("Board.canvas", b"{}"),
        ],
    );
    let said = world.run(&["wiki", "import", &vault]).ok();
    assert!(said.contains("kept  .obsidian/app.json") && said.contains("3 pages"), "{said}");
    assert_eq!(
        links(&world, "Daily/2026-01-31"),
        [
            "Projects/Parts/Engine",
            "Projects/Parts/Engine",
            "Projects/Ship",
            "Attachments/ship.png",
            "Attachments/ship.png",
            "Projects/Parts/Engine",
            "!Nowhere",
        ]
    );
    assert_eq!(
        edges(&world),
        [
            "Daily/2026-01-31 > Projects/Parts/Engine",
            "Daily/2026-01-31 > Projects/Ship",
            "Projects/Ship > Daily/2026-01-31",
            "Projects/Ship > Projects/Parts/Engine",
        ]
    );
    let tagged = world.run(&["search", "--tag", "daily", "Nowhere"]).ok();
    assert!(tagged.contains("Daily/2026-01-31"), "{tagged}");
}

#[test]
fn a_gollum_repository() {
    let world = World::new();
    let gollum = world.files(
        "gollum",
        &[
            ("Home.md", b"[[Getting started|Getting-Started]] [[Getting-Started]] [[Getting Started]]\n"),
            ("Getting-Started.md", b"[home](Home) [[Home#top]] [[images/logo.png|alt=Logo]]\n"),
            ("_Sidebar.md", b"[[Home]]\n"),
            ("images/logo.png", PNG),
            ("Old.textile", b"h1. Old\n"),
        ],
    );
    commit(&gollum);
    world.run(&["wiki", "import", &gollum]).ok();
    // A name with blanks is not taken for the one with dashes.
    assert_eq!(links(&world, "Home"), ["Getting-Started", "Getting-Started", "!Getting Started"]);
    assert_eq!(links(&world, "Getting-Started"), ["Home", "Home", "images/logo.png"]);
    assert_eq!(edges(&world), ["Getting-Started > Home", "Home > Getting-Started", "_Sidebar > Home"]);
    let broken = world.run(&["wiki", "broken-links"]).ok();
    assert!(broken.contains("Getting Started"), "{broken}");
    assert!(world.run(&["file", "list"]).ok().contains("Old.textile"));
}

#[test]
fn an_otterwiki_repository() {
    let world = World::new();
    let otterwiki = world.files(
        "otterwiki",
        &[
            ("home.md", b"[[Travel]] [[My trips|travel]] [travel](/travel) ![](/travel/map.png) [pdf](/travel/a.pdf)\n"),
            ("travel.md", b"# Travel\n\n![](travel/map.png) [[travel/rome]] [home](/home)\n"),
            ("travel/map.png", PNG),
            ("travel/a.pdf", b"%PDF-1.7\n"),
            ("travel/rome.md", b"[[travel]]\n"),
        ],
    );
    commit(&otterwiki);
    world.run(&["wiki", "import", &otterwiki]).ok();
    // Names are matched by their exact case.
    assert_eq!(links(&world, "home"), ["!Travel", "travel", "travel", "travel/map.png", "travel/a.pdf"]);
    assert_eq!(links(&world, "travel"), ["travel/map.png", "travel/rome", "home"]);
    assert_eq!(
        edges(&world),
        ["home > travel", "travel > home", "travel > travel/rome", "travel/rome > travel"]
    );
}
