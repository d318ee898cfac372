use proptest::prelude::*;

use super::*;

const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn with_author(line: &str) -> Vec<u8> {
    format!("tree {TREE}\nauthor {line}\ncommitter C <c@example.com> 5 +0000\n\nm\n").into_bytes()
}

#[test]
fn a_commit_with_every_header() {
    let parent = "11".repeat(20);
    let data = format!(
        "tree {TREE}\nparent {parent}\nparent {}\nauthor A U Thor <a@example.com> 1112911993 -0730\n\
         committer C O Mitter <c@example.com> 1112911994 +0200\nencoding ISO-8859-1\n\
         mergetag object {parent}\n type commit\n author not me <x> 1 +0000\n \n message\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEz\n -----END PGP SIGNATURE-----\nx-new\n\nSubject\n\nBody",
        "22".repeat(20)
    );
    let commit = Commit::parse(data.as_bytes()).unwrap();
    assert_eq!(commit.tree.to_string(), TREE);
    assert_eq!(commit.parents, [Oid::from_bytes([0x11; 20]), Oid::from_bytes([0x22; 20])]);
    assert_eq!(
        (commit.author.name_text().as_ref(), commit.author.email_text().as_ref()),
        ("A U Thor", "a@example.com")
    );
    assert_eq!((commit.author.seconds, commit.author.offset), (1_112_911_993, -450));
    assert_eq!((commit.committer.seconds, commit.committer.offset), (1_112_911_994, 120));
    assert_eq!(commit.encoding, Some(&b"ISO-8859-1"[..]));
    assert_eq!(commit.message, b"Subject\n\nBody");
}

#[test]
fn odd_signatures_are_read_as_git_reads_them() {
    for (line, name, email, seconds, offset) in [
        ("A <a@b> 12 +0100", "A", "a@b", 12, 60),
        (" <a@b> 12 +0100", "", "a@b", 12, 60),
        ("<a@b> 12 +0100", "", "a@b", 12, 60),
        ("A <> 12 +0100", "A", "", 12, 60),
        ("A  <a@b>  12   +0100", "A", "a@b", 12, 60),
        ("A <a <b> c> 12 +0000", "A", "a <b", 12, 0),
        ("A <a@b>", "A", "a@b", 0, 0),
        ("A <a@b> ", "A", "a@b", 0, 0),
        ("A <a@b> Mon Jan 1", "A", "a@b", 0, 0),
        ("A <a@b> 12", "A", "a@b", 12, 0),
        ("A <a@b> -12 -0030", "A", "a@b", -12, -30),
        ("A <a@b> 12 +51800", "A", "a@b", 12, 0),
        ("A <a@b> 12 0530", "A", "a@b", 12, 330),
        ("A <a@b> 12 +99999999999999", "A", "a@b", 12, 0),
        ("A <a@b> 99999999999999999999 +0000", "A", "a@b", 0, 0),
        ("A a@b 12 +0000", "A a@b 12 +0000", "", 0, 0),
        ("A <a@b 12 +0000", "A", "a@b 12 +0000", 0, 0),
        ("", "", "", 0, 0),
    ] {
        let data = with_author(line);
        let author = Commit::parse(&data).unwrap().author;
        let read = (author.name_text(), author.email_text(), author.seconds, author.offset);
        assert_eq!(
            (read.0.as_ref(), read.1.as_ref(), read.2, read.3),
            (name, email, seconds, offset),
            "{line:?}"
        );
    }
}

#[test]
fn what_is_missing_is_empty() {
    for (data, message) in [
        (format!("tree {TREE}"), ""),
        (format!("tree {TREE}\n"), ""),
        (format!("tree {TREE}\n\n"), ""),
        (format!("tree {TREE}\n\nm"), "m"),
        (format!("tree {TREE}\nauthor A <a> 1 +0000"), ""),
        (format!("tree {TREE}\n\n\nauthor A <a> 1 +0000"), "\nauthor A <a> 1 +0000"),
    ] {
        let commit = Commit::parse(data.as_bytes()).unwrap();
        assert_eq!(commit.message_text(), message, "{data:?}");
        assert!(commit.parents.is_empty() && commit.committer.name.is_empty());
    }
    for data in
        ["", "tree", "tree x\n", TREE, &format!("tree {TREE}0\n"), &format!("tree {TREE}\nparent 12\n\n")]
    {
        assert!(Commit::parse(data.as_bytes()).is_err(), "{data:?}");
    }
}

#[test]
fn text_is_decoded_as_the_commit_says() {
    let data = |encoding: &str, text: &[u8]| {
        let head = format!("tree {TREE}\nauthor ");
        [head.as_bytes(), text, b" <a@b> 1 +0000\n", encoding.as_bytes(), b"\n", text].concat()
    };
    for (encoding, text, expected) in [
        ("", "Jürgen".as_bytes(), "Jürgen"),
        ("", b"J\xfcrgen", "J\u{fffd}rgen"),
        ("encoding latin1\n", b"J\xfcrgen", "Jürgen"),
        ("encoding ISO-8859-1\n", b"J\xfcrgen", "Jürgen"),
        ("encoding ISO-8859-1\n", "Jürgen".as_bytes(), "Jürgen"),
        ("encoding KOI8-R\n", b"\xf0", "\u{fffd}"),
    ] {
        let data = data(encoding, text);
        let commit = Commit::parse(&data).unwrap();
        assert_eq!(commit.message, text);
        assert_eq!(commit.message_text(), expected);
        assert_eq!(commit.author.name, text);
        assert_eq!(commit.author.name_text(), expected);
    }
}

fn new(name: &str, email: &str, seconds: i64, message: &str) -> NewCommit {
    let author = NewSignature { name: name.to_owned(), email: email.to_owned(), seconds };
    NewCommit {
        tree: TREE.parse().unwrap(),
        parents: vec![],
        committer: author.clone(),
        author,
        message: message.to_owned(),
    }
}

#[test]
fn names_are_made_fit() {
    for (name, email, line) in [
        ("Ann", "ann@example.com", "Ann <ann@example.com>"),
        ("Ann for Bob", "", "Ann for Bob <>"),
        ("", "ann@example.com", "ann <ann@example.com>"),
        (" .,\"'", "<>", "unknown <>"),
        ("A<b>\n\0c\t", " a b@c\n> ", "Abc <ab@c>"),
        ("<", "@", "unknown <@>"),
        ("Zoë \u{3000}", "zoë@example.com", "Zoë <zoë@example.com>"),
    ] {
        let data = new(name, email, 7, "").encode();
        let text = std::str::from_utf8(&data).unwrap();
        assert_eq!(text, format!("tree {TREE}\nauthor {line} 7 +0000\ncommitter {line} 7 +0000\n\n"));
    }
}

#[test]
fn messages_end_in_one_line_feed() {
    for (message, written) in [
        ("m", "m\n"),
        ("m\n", "m\n"),
        ("m\n\n\n", "m\n"),
        ("a\0b\n\0", "ab\n"),
        ("", ""),
        ("\n", ""),
        (" ", " \n"),
    ] {
        let data = new("A", "a@b", -5, message).encode();
        let commit = Commit::parse(&data).unwrap();
        assert_eq!(commit.message_text(), written, "{message:?}");
        assert_eq!(commit.author.seconds, 0);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(name in "\\PC{0,20}", email in any::<String>(), seconds in 0..i64::MAX, parents in prop::collection::vec(any::<[u8; 20]>(), 0..4)) {
        let mut commit = new(&name, &email, seconds, "subject\n\nbody\n");
        commit.parents = parents.into_iter().map(Oid::from_bytes).collect();
        let data = commit.encode();
        let read = Commit::parse(&data).unwrap();
        prop_assert_eq!(&read.parents, &commit.parents);
        prop_assert_eq!(read.author.seconds, seconds);
        prop_assert!(!read.author.name.is_empty());
        prop_assert_eq!(read.message_text(), commit.message.as_str());
        prop_assert_eq!(read.author, read.committer);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(rest in prop::collection::vec(any::<u8>(), 0..80), line in "[<> a0-9+\\-]{0,20}") {
        let _ = Commit::parse(&rest);
        let data = [format!("tree {TREE}\nauthor {line}\n").as_bytes(), &rest].concat();
        let _ = Commit::parse(&data);
    }
}
