//! What never becomes a request is answered as everything else is.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::support::Server;

/// Sends `bytes` on a new connection, and reads all that comes until it is closed: head and body.
fn tell(server: &Server, bytes: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(server.text("url").strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let found = head.lines().filter_map(|line| line.split_once(": ")).filter(|(found, _)| *found == name);
    let values: Vec<&str> = found.map(|(_, value)| value).collect();
    assert_eq!(values.len(), 1, "{name} in {head}");
    values[0]
}

#[test]
fn what_cannot_be_read_is_answered_with_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let uri = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(200_000));
    let fields = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(101));
    for (sent, status, slug) in [
        ("nonsense\r\n\r\n", 400, "malformed"),
        ("GET / HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n", 400, "malformed"),
        ("GET /\u{1} HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed"),
        (&uri, 414, "uri-too-long"),
        (&fields, 431, "header-too-large"),
        ("GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "malformed"),
        ("GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400, "malformed"),
    ] {
        let shown = &sent[..sent.len().min(60)];
        let (head, body) = tell(&server, sent.as_bytes());
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {head}");
        assert_eq!(header(&head, "content-type"), "application/problem+json", "{shown}");
        assert_eq!(header(&head, "content-length"), body.len().to_string(), "{shown}");
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{shown}");
        assert_eq!(problem["status"], status, "{shown}");
        assert_eq!(problem["instance"], header(&head, "x-request-id"), "{shown}");
    }
    // HTTP/1.0 knows no Host, and a request without one keeps its id.
    let (head, _) = tell(&server, b"GET /v1/health HTTP/1.0\r\n\r\n");
    assert!(head.contains(" 200 "), "{head}");
    let (head, _) =
        tell(&server, b"GET /v1/health HTTP/1.1\r\nConnection: close\r\nX-Request-Id: mine\r\n\r\n");
    assert_eq!(header(&head, "x-request-id"), "mine");
    // After an answer on the same connection, too; the answer before it is left as it is.
    let two = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n";
    let (_, rest) = tell(&server, two.as_bytes());
    assert!(rest.starts_with("{\"status\":\"ok\"}HTTP/1.1 400 "), "{rest}");
    assert!(rest.contains("x-request-id: "), "{rest}");
    // A URI within the limit reaches the wiki, which refuses its path.
    let path = format!("/v1/tenants/demo/wikis/notes/pages/{}", "x/".repeat(30_000));
    let answer = server.client().send("GET", &path, &[], b"").unwrap();
    assert_eq!((answer.status, answer.json()["type"].as_str()), (422, Some("/problems/invalid")));
}
