//! Against a server that fails as it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use crate::support::{Ran, portolan};

/// Serves one connection for each answer, closes it after it, and gives back the requests' heads.
fn serve(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let mut stream = listener.accept().unwrap().0;
                let head = read(&mut stream);
                stream.write_all(answer.as_bytes()).unwrap();
                head
            })
            .collect()
    });
    (url, served)
}

fn read(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    reader.take(length).read_to_end(&mut Vec::new()).unwrap();
    head
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

fn ask(url: &str, arguments: &[&str]) -> Ran {
    let named = [("PORTOLAN_URL", url), ("PORTOLAN_TENANT", "acme"), ("PORTOLAN_WIKI", "notes")];
    portolan(&named, arguments, b"text")
}

#[test]
fn a_write_is_sent_again_under_the_same_key() {
    let written = r#"{"path":"Home","changed":true,"version":"v","revision":"r"}"#;
    let (url, served) = serve(vec![
        answer("503 Service Unavailable", "Retry-After: 0\r\n", "{}"),
        // Closed without an answer: nobody knows whether it was done.
        String::new(),
        answer("200 OK", "Content-Type: application/json\r\n", written),
    ]);
    assert_eq!(ask(&url, &["--json", "page", "put", "Home"]).ok().trim(), written);
    let heads = served.join().unwrap();
    let keys: Vec<_> = heads.iter().map(|head| header(head, "idempotency-key").unwrap()).collect();
    assert_eq!((keys[0], keys[1]), (keys[1], keys[2]));
    assert!(heads[0].starts_with("PUT /v1/tenants/acme/wikis/notes/pages/Home HTTP/1.1\r\n"), "{heads:?}");
}

#[test]
fn attempts_end() {
    let busy = || answer("503 Service Unavailable", "Retry-After: 0\r\n", r#"{"title":"Busy"}"#);
    let (url, served) = serve(vec![busy(), busy(), busy(), busy()]);
    assert_eq!(ask(&url, &["page", "list"]).fails(6), "error: Busy\n");
    assert_eq!(served.join().unwrap().len(), 4);
}

#[test]
fn a_server_that_asks_for_a_long_pause_is_not_waited_for() {
    let limited = answer("429 Too Many Requests", "Retry-After: 3600\r\n", r#"{"title":"Slow down"}"#);
    let (url, served) = serve(vec![limited]);
    assert_eq!(ask(&url, &["page", "list"]).fails(6), "error: Slow down\n");
    served.join().unwrap();
}

#[test]
fn an_export_that_is_cut_off_leaves_no_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("x.bundle");
    std::fs::write(&file, "the one before").unwrap();
    let (url, served) = serve(vec!["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n# v2 git bundle\n".into()]);
    let said = ask(&url, &["wiki", "export", "-o", file.to_str().unwrap()]).fails(6);
    assert!(said.contains("the answer was cut off"), "{said}");
    served.join().unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "the one before");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_secret_lost_on_the_way_is_said() {
    let replayed = answer("201 Created", "", r#"{"id":"tok_1","secret":null,"secret_shown":true}"#);
    let (url, served) = serve(vec![replayed]);
    let said = ask(&url, &["token", "create", "laptop"]).fails(6);
    assert!(said.contains("portolan token revoke"), "{said}");
    served.join().unwrap();
}

#[test]
fn what_is_no_portolan_is_found_out() {
    for body in ["<html>", "{}"] {
        let (url, served) = serve(vec![answer("200 OK", "", body)]);
        let said = ask(&url, &["page", "list"]).fails(1);
        assert!(said.contains("is this address a Portolan server?"), "{said}");
        served.join().unwrap();
    }
}

#[test]
fn escape_sequences_from_the_server_are_shown_and_not_obeyed() {
    let list = r#"{"items":[{"path":"a","title":"\u001b[2Jgone\u202e"}],"next":null}"#;
    let (url, served) = serve(vec![answer("200 OK", "", list)]);
    let said = ask(&url, &["page", "list"]).ok();
    assert!(said.contains(r"\u{1b}[2Jgone\u{202e}") && !said.contains('\u{1b}'), "{said}");
    served.join().unwrap();
}
