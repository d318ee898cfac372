//! The audit.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Server, WIKI, each, text};

#[tokio::test]
async fn what_happened_is_listed_newest_first() {
    let server = Server::new().await;
    let ask = server.ask("PUT", &format!("{WIKI}/pages/a")).header("x-request-id", "first").key("k");
    let written = ask.json(&json!({"content": "x"})).send().await.is(201).json();
    server.clock.advance(SignedDuration::from_secs(2));
    server.ask("GET", &format!("{WIKI}/pages/a")).header("x-request-id", "read-1").send().await.is(200);
    server.get(&format!("{WIKI}/pages/a")).await.is(200);
    server.clock.advance(SignedDuration::from_secs(2));
    server.get("/v1/tenants/acme").await.problem(404, "not-found");
    let again = server.ask("PUT", &format!("{WIKI}/pages/a")).key("k");
    again.json(&json!({"content": "x"})).send().await.is(201);
    let audit = server.get("/v1/tenants/demo/audit").await.is(200).json();
    let items = audit["items"].as_array().unwrap();
    let find = |operation: &str, reason: Option<&str>| {
        let found =
            items.iter().find(|item| item["operation"] == operation && item["reason"].as_str() == reason);
        found.unwrap_or_else(|| panic!("no {operation} {reason:?} in {audit:#}"))
    };
    let write = find("page.write", None);
    let me = server.get("/v1/whoami").await.json();
    assert_eq!(write["actor"], me["principal"]);
    assert_eq!(write["revision"], written["revision"]);
    assert_eq!(
        (&write["outcome"], &write["count"], &write["request_id"]),
        (&json!("done"), &json!(1), &json!("first"))
    );
    let read = find("page.read", None);
    assert_eq!((&read["count"], &read["request_id"]), (&json!(2), &json!("read-1")));
    let replay = find("page.write", Some("replayed"));
    assert!(replay.get("revision").is_none());
    let foreign = find("tenant.read", Some("tenant-access-violation"));
    assert_eq!(foreign["outcome"], "refused");
    let times: Vec<String> = each(&audit, "time");
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    for (query, operations) in [
        ("operation=page.write&outcome=done&until=2026-01-01T00:00:01Z", vec!["page.write"]),
        ("outcome=refused", vec!["tenant.read"]),
        ("since=2026-01-01T00:00:02Z&until=2026-01-01T00:00:04Z", vec!["page.read"]),
        ("actor=nobody", vec![]),
    ] {
        let audit = server.get(&format!("/v1/tenants/demo/audit?{query}")).await.is(200).json();
        assert_eq!(each(&audit, "operation"), operations, "{query}");
    }
    for (query, pointer) in
        [("outcome=x", "?outcome"), ("since=x", "?since"), ("until=x", "?until"), ("x=1", "?x")]
    {
        let reply = server.get(&format!("/v1/tenants/demo/audit?{query}")).await;
        reply.problem(400, "malformed");
        assert_eq!(reply.pointers(), [pointer]);
    }
}

#[tokio::test]
async fn an_operator_s_acts_are_in_the_tenant_s_audit() {
    let server = Server::new().await;
    let ask = server.ask("PATCH", "/v1/tenants/demo").token(&server.operator);
    ask.json(&json!({"display_name": "D"})).send().await.is(200);
    let audit = server.get("/v1/tenants/demo/audit?operation=tenant.update").await.json();
    assert_eq!(audit["items"][0]["actor"]["kind"], "operator");
}

#[tokio::test]
async fn it_is_verified() {
    let server = Server::new().await;
    server.page("a", "x").await;
    let verified = server.get("/v1/tenants/demo/audit/verify").await.is(200).json();
    assert_eq!(verified["ok"], true);
    for member in ["lanes", "events", "unsealed"] {
        assert!(verified[member].as_u64().unwrap() > 0, "{member}");
    }
    server.portolan.seal_audit().await.unwrap();
    let sealed = server.get("/v1/tenants/demo/audit/verify").await.json();
    assert!(sealed["unsealed"].as_u64() < sealed["events"].as_u64());
}

/// Follows the recipe of the documentation, not the code.
#[tokio::test]
async fn a_third_party_can_verify_an_export() {
    let server = Server::new().await;
    server.page("a", "x").await;
    server.page("b", "y \" ü \u{2028}").await;
    server.get("/v1/tenants/acme").await.problem(404, "not-found");
    server.portolan.flush_reads().await.unwrap();
    server.portolan.seal_audit().await.unwrap();
    let reply = server.get("/v1/tenants/demo/audit/export").await.is(200);
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let text_of = String::from_utf8(reply.body.to_vec()).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut ends: std::collections::HashMap<String, (Vec<u8>, String)> = std::collections::HashMap::new();
    let (mut events, mut checkpoints) = (0, 0);
    for line in text_of.lines() {
        let parsed: Value = serde_json::from_str(line).unwrap();
        let hash = text(&parsed["hash"]);
        let computed = if parsed.get("checkpoint").is_some() {
            checkpoints += 1;
            let mut text_hashed = format!("{}\n{}\n", parsed["checkpoint"], text(&parsed["time"]));
            for seal in parsed["seals"].as_array().unwrap() {
                let line = format!("{} {} {}\n", text(&seal["lane"]), seal["sequence"], text(&seal["hash"]));
                text_hashed.push_str(&line);
            }
            let previous = ends.get("checkpoints").map_or_else(|| vec![0; 32], |(bytes, _)| bytes.clone());
            Sha256::digest([previous, text_hashed.into_bytes()].concat())
        } else {
            events += 1;
            // The members from `time` on, as they stand in the line, without `hash`.
            let from = line.find("\"time\":").unwrap();
            let to = line.rfind(",\"hash\":").unwrap();
            let lane = text(&parsed["lane"]);
            let previous = ends.get(&lane).map_or_else(|| vec![0; 32], |(bytes, _)| bytes.clone());
            let text_hashed = format!("{lane}\n{}\n{{{}}}", parsed["sequence"], &line[from..to]);
            Sha256::digest([previous, text_hashed.into_bytes()].concat())
        };
        assert_eq!(hex(&computed), hash, "{line}");
        let chain = parsed.get("lane").map_or_else(|| "checkpoints".to_owned(), text);
        ends.insert(chain, (computed.to_vec(), hash));
    }
    assert!(events >= 3 && checkpoints == 1, "{text_of}");
}
