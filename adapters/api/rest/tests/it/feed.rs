//! The feed, read by an XML parser.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;

use crate::support::{Reply, Server, WIKI, text};

/// An element: its name, its attributes and the text directly in it.
#[derive(Debug, Default, Clone)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn all(&self, name: &str) -> Vec<&Element> {
        self.children.iter().filter(|child| child.name == name).collect()
    }

    #[track_caller]
    fn one(&self, name: &str) -> &Element {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {self:?}");
        all[0]
    }

    #[track_caller]
    fn attribute(&self, name: &str) -> &str {
        &self.attributes.iter().find(|(known, _)| known == name).unwrap().1
    }
}

/// The root of a document, which must be well-formed.
fn parse(reply: &Reply) -> Element {
    let body = std::str::from_utf8(&reply.body).unwrap();
    assert!(body.chars().all(|letter| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)));
    let mut reader = Reader::from_str(body);
    let config = reader.config_mut();
    config.check_end_names = true;
    let mut open = vec![Element::default()];
    let element = |start: &quick_xml::events::BytesStart<'_>| Element {
        name: String::from_utf8(start.name().as_ref().to_vec()).unwrap(),
        attributes: start
            .attributes()
            .map(|attribute| {
                let attribute = attribute.unwrap();
                let name = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                (name, attribute.unescape_value().unwrap().into_owned())
            })
            .collect(),
        ..Element::default()
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(element(&start)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::Text(said) => open.last_mut().unwrap().text += &said.decode().unwrap(),
            Event::GeneralRef(reference) => {
                let letter = match reference.resolve_char_ref().unwrap() {
                    Some(letter) => letter,
                    None => match &*reference.decode().unwrap() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        other => panic!("&{other};"),
                    },
                };
                open.last_mut().unwrap().text.push(letter);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open.len(), 1, "everything is closed");
    open.remove(0).children.remove(0)
}

#[tokio::test]
async fn the_newest_changes_are_an_atom_feed() {
    let server = Server::new().await;
    let feed = server.get(&format!("{WIKI}/feed.atom")).await.is(200);
    assert_eq!(feed.header("content-type"), "application/atom+xml");
    assert_eq!(feed.header("x-content-type-options"), "nosniff");
    assert_eq!(parse(&feed).all("entry").len(), 0);
    let mut revisions = Vec::new();
    for number in 0..52 {
        revisions.push(text(
            &server
                .page(
                    &format!("Guides/Größe {number}")
                        .replace(' ', "%20")
                        .replace('ö', "%C3%B6")
                        .replace('ß', "%C3%9F"),
                    "x",
                )
                .await
                .json()["revision"],
        ));
    }
    let reply = server.get(&format!("{WIKI}/feed.atom")).await.is(200);
    let feed = parse(&reply);
    assert_eq!((feed.name.as_str(), feed.attribute("xmlns")), ("feed", "http://www.w3.org/2005/Atom"));
    assert!(feed.one("id").text.starts_with("tag:"));
    assert_eq!(feed.one("title").text, server.get(WIKI).await.json()["display_name"]);
    assert_eq!(feed.one("link").attribute("rel"), "self");
    let entries = feed.all("entry");
    assert_eq!(entries.len(), 50);
    for (entry, revision) in entries.iter().zip(revisions.iter().rev()) {
        assert_eq!(entry.one("id").text, format!("{}:{revision}", feed.one("id").text));
        entry.one("updated").text.parse::<jiff::Timestamp>().unwrap();
        assert!(!entry.one("author").one("name").text.is_empty());
        assert_eq!(entry.one("author").one("email").text, "owner@demo.invalid");
        assert!(entry.one("title").text.starts_with("Create Guides/Größe "));
    }
    let link = entries[0].one("link");
    assert_eq!(link.attribute("rel"), "alternate");
    assert_eq!(link.attribute("href"), format!("{WIKI}/pages/Guides/Gr%C3%B6%C3%9Fe%2051"));
    server.get(link.attribute("href")).await.is(200);
    // Whoever has this head is told so.
    let tag = reply.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", revisions[51]));
    let ask = || server.ask("GET", &format!("{WIKI}/feed.atom"));
    let known = ask().header("if-none-match", &tag).send().await.is(304);
    assert!(known.body.is_empty() && known.header("etag") == tag);
    let page = server.page("Other", "y").await;
    ask().header("if-none-match", &tag).send().await.is(200);
    let feed = parse(&server.get(&format!("{WIKI}/feed.atom?prefix=Oth")).await.is(200));
    assert_eq!(feed.all("entry").len(), 1);
    assert_eq!(feed.one("link").attribute("href"), format!("{WIKI}/feed.atom?prefix=Oth"));
    // A page that is gone is not linked to: what was done to it is.
    let etag = page.header("etag").to_owned();
    let gone =
        server.ask("DELETE", &format!("{WIKI}/pages/Other")).header("if-match", &etag).send().await.is(200);
    let feed = parse(&server.get(&format!("{WIKI}/feed.atom")).await.is(200));
    let link = feed.all("entry")[0].one("link").attribute("href").to_owned();
    assert_eq!(link, format!("{WIKI}/diff?to={}", text(&gone.json()["revision"])));
    server.get(&link).await.is(200);
}

#[tokio::test]
async fn hostile_names_and_messages_stay_text() {
    let server = Server::new().await;
    for (path, title) in [
        ("%3Cscript%3Ealert(1)%3C%2Fscript", ""),
        ("%3Cscript%3E", "<!-- ]]> <entry> & &amp; \"'"),
        ("a%26b%22c%27d", "\u{1f600} ]]>\n\n\tnext line <b>"),
        ("%EF%BF%BD", "emoji & \u{7f}x"),
    ] {
        let mut body = json!({"content": "x"});
        if !title.is_empty() {
            body["message"] = json!(title);
        }
        let reply = server.ask("PUT", &format!("{WIKI}/pages/{path}")).json(&body).send().await;
        if reply.status != 201 {
            // What is refused never comes into a feed.
            reply.problem(422, "invalid");
            continue;
        }
        let feed = parse(&server.get(&format!("{WIKI}/feed.atom")).await.is(200));
        let entry = feed.all("entry")[0].clone();
        assert!(title.starts_with(&entry.one("title").text), "{entry:?}");
        assert!(entry.one("content").text.starts_with(title.trim_end()));
        server.get(entry.one("link").attribute("href")).await.is(200);
    }
}

#[tokio::test]
async fn a_feed_is_for_those_who_may_read() {
    let server = Server::new().await;
    let path = format!("{WIKI}/feed.atom");
    server.ask("GET", &path).no_token().send().await.problem(401, "unauthenticated");
    let stranger = server.tenant("other").await;
    server.ask("GET", &path).token(&stranger).send().await.problem(404, "not-found");
    server.get("/v1/tenants/demo/wikis/none/feed.atom").await.problem(404, "not-found");
    server.get(&format!("{path}?limit=3")).await.problem(400, "malformed");
    server.ask("DELETE", &path).send().await.problem(405, "method-not-allowed");
    let viewer = server.member("viewer").await;
    server.ask("GET", &path).token(&viewer).send().await.is(200);
    assert!(server.ask("HEAD", &path).send().await.is(200).has("etag"));
}
