use proptest::prelude::*;

use super::*;

#[test]
fn messages_are_judged_by_their_lines() {
    for (message, expected) in [
        ("Fix a typo", Ok(Some("Fix a typo"))),
        ("\n \n  indented\n\nmore\t.\n\n", Ok(Some("  indented\n\nmore\t."))),
        ("", Ok(None)),
        (" \n\t\u{3000}\n", Ok(None)),
        ("About Portolan-Request: yes", Ok(Some("About Portolan-Request: yes"))),
        ("Portolan is fine: yes", Ok(Some("Portolan is fine: yes"))),
        ("Portolan-based wikis are: fine", Ok(Some("Portolan-based wikis are: fine"))),
        ("Portolan-Request", Ok(Some("Portolan-Request"))),
        ("Portolañ-x: y", Ok(Some("Portolañ-x: y"))),
        ("Portolan-Request: x", Err(BadMessage::Trailer(1))),
        ("a\n\nportolan-ANYTHING:x", Err(BadMessage::Trailer(3))),
        ("a\nPORTOLAN-Grant \t: x", Err(BadMessage::Trailer(2))),
        ("a\n \u{3000}Portolan-Grant: x", Err(BadMessage::Trailer(2))),
        ("a\nPortolan-:", Err(BadMessage::Trailer(2))),
        ("a\u{2028}Portolan-Agent: x", Err(BadMessage::Trailer(2))),
        ("a\r\nb", Err(BadMessage::Control('\r'))),
        ("a\0", Err(BadMessage::Control('\0'))),
        ("a\u{85}", Err(BadMessage::Control('\u{85}'))),
        ("a\u{7f}", Err(BadMessage::Control('\u{7f}'))),
        ("a\u{202e}b", Err(BadMessage::Bidi('\u{202e}'))),
        ("a\u{2067}b", Err(BadMessage::Bidi('\u{2067}'))),
        ("a\u{61c}b", Err(BadMessage::Bidi('\u{61c}'))),
        ("👩\u{200d}🔬", Ok(Some("👩\u{200d}🔬"))),
    ] {
        assert_eq!(check_message(message), expected, "{message:?}");
    }
    assert!(check_message(&"ä".repeat(2048)).is_ok());
    assert_eq!(check_message(&"a".repeat(4097)), Err(BadMessage::TooLong(4097)));
}

#[test]
fn only_the_block_is_stripped() {
    let trailers = Trailers {
        request: "req_1",
        principal: "agt_1",
        agent: Some("agt_1"),
        owner: Some("mem\n_1"),
        grant: None,
    };
    let text = trailers.append_to("Fix\n\nSigned-off-by: Me <me@example.com>\n");
    assert_eq!(
        text,
        "Fix\n\nSigned-off-by: Me <me@example.com>\n\nPortolan-Request: req_1\nPortolan-Principal: agt_1\n\
         Portolan-Agent: agt_1\nPortolan-Owner: mem_1\n"
    );
    for (message, stripped) in [
        (text.as_str(), "Fix\n\nSigned-off-by: Me <me@example.com>"),
        ("Portolan-Request: 1\n", ""),
        ("a\n\nPortolan-Request: 1\nmore\n", "a\n\nPortolan-Request: 1\nmore"),
        ("a\n\nPortolan-Other: 1\n", "a\n\nPortolan-Other: 1"),
        ("a\nPortolan-Request: 1", "a\nPortolan-Request: 1"),
        ("a\n\n", "a"),
        ("", ""),
    ] {
        assert_eq!(strip_trailers(message), stripped, "{message:?}");
    }
}

proptest! {
    #[test]
    fn a_message_comes_back(message in "(\\PC|\n|Portolan-|:){0,40}", request in "[a-z0-9_]{1,9}", agent in prop::option::of("\\PC{0,5}")) {
        let trailers =
            Trailers { request: &request, principal: "p", agent: agent.as_deref(), owner: None, grant: None };
        if let Ok(checked) = check_message(&message) {
            let text = trailers.append_to(checked.unwrap_or_default());
            prop_assert_eq!(strip_trailers(&text), checked.unwrap_or_default());
        }
    }
}
