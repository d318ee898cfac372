//! The rules, one table each, and what holds for every path.

use expect_test::expect;
use proptest::prelude::*;
use unicode_normalization::is_nfc;

use super::check::is_invisible;
use super::*;

fn rule<T: fmt::Debug>(result: Result<T, BadPath>) -> Rule {
    result.unwrap_err().rule
}

#[test]
fn a_page_s_path_is_canonical_text_without_md() {
    for (input, path, file) in [
        ("Guides/Start", "Guides/Start", "Guides/Start.md"),
        ("Guides/Start.md", "Guides/Start", "Guides/Start.md"),
        ("a.md.md", "a.md", "a.md.md"),
        ("X.MD", "X.MD", "X.MD.md"),
        ("X.Md", "X.Md", "X.Md.md"),
        ("a.md/b", "a.md/b", "a.md/b.md"),
        ("md", "md", "md.md"),
        ("v1.2", "v1.2", "v1.2.md"),
        ("Cafe\u{301}", "Caf\u{e9}", "Caf\u{e9}.md"),
        ("\u{212a}", "K", "K.md"),
        ("a b/c\u{a0}d", "a b/c\u{a0}d", "a b/c\u{a0}d.md"),
        ("日本語/ページ", "日本語/ページ", "日本語/ページ.md"),
        ("100%/what? #1 & <b>|*\"'`", "100%/what? #1 & <b>|*\"'`", "100%/what? #1 & <b>|*\"'`.md"),
        ("%2F", "%2F", "%2F.md"),
        // Joiners where scripts and emoji need them; noncharacters and the replacement character are text too.
        ("می\u{200c}خواهم", "می\u{200c}خواهم", "می\u{200c}خواهم.md"),
        ("👩\u{200d}💻", "👩\u{200d}💻", "👩\u{200d}💻.md"),
        ("\u{fffd}\u{ffff}", "\u{fffd}\u{ffff}", "\u{fffd}\u{ffff}.md"),
        ("con-1/console/gitx/com10", "con-1/console/gitx/com10", "con-1/console/gitx/com10.md"),
    ] {
        let page = PagePath::parse(input).unwrap();
        assert_eq!((page.as_str(), page.git_path().as_str()), (path, file), "{input:?}");
        assert_eq!(page.to_string(), path);
        assert_eq!(page, input.parse().unwrap());
    }
}

#[test]
fn every_rule_refuses_pages_and_files() {
    for (input, broken) in [
        ("", Rule::Empty),
        ("/", Rule::EmptySegment),
        ("/a", Rule::EmptySegment),
        ("a/", Rule::EmptySegment),
        ("a//b", Rule::EmptySegment),
        (".", Rule::Relative),
        ("a/./b", Rule::Relative),
        ("..", Rule::Relative),
        ("../a", Rule::Relative),
        (".hidden", Rule::DotName),
        ("a/.hidden/b", Rule::DotName),
        (".md", Rule::DotName),
        ("a/.md", Rule::DotName),
        ("..md", Rule::DotName),
        ("...md", Rule::DotName),
        (".git", Rule::GitName),
        ("a/.GIT/config", Rule::GitName),
        (".gitmodules", Rule::GitName),
        ("git~1", Rule::GitName),
        ("GIT~2/x", Rule::GitName),
        ("GITMOD~1", Rule::GitName),
        (".git ", Rule::OuterSpace),
        (".git.", Rule::TrailingDot),
        (".git::$INDEX_ALLOCATION", Rule::Colon),
        (".g\u{200c}it", Rule::Joiner('\u{200c}')),
        ("nul", Rule::Device),
        ("a/NUL.txt/b", Rule::Device),
        ("con .x", Rule::Device),
        ("COM¹", Rule::Device),
        ("CLOC\u{212a}$", Rule::Device),
        ("a:b", Rule::Colon),
        ("a\\b", Rule::Backslash),
        ("a\0", Rule::Control('\0')),
        ("a\nb", Rule::Control('\n')),
        ("a\tb", Rule::Control('\t')),
        ("\u{7f}", Rule::Control('\u{7f}')),
        ("a\u{85}", Rule::Control('\u{85}')),
        ("\u{9f}", Rule::Control('\u{9f}')),
        ("é\u{200c}", Rule::Joiner('\u{200c}')),
        ("\u{200d}é", Rule::Joiner('\u{200d}')),
        ("é\u{200d}a", Rule::Joiner('\u{200d}')),
        ("a\u{200d}é", Rule::Joiner('\u{200d}')),
        ("é\u{200d}/é", Rule::Joiner('\u{200d}')),
        (" a", Rule::OuterSpace),
        ("a ", Rule::OuterSpace),
        ("a /b", Rule::OuterSpace),
        ("a/\u{3000}b", Rule::OuterSpace),
        ("a\u{a0}", Rule::OuterSpace),
        ("\u{2028}a", Rule::OuterSpace),
        ("a.", Rule::TrailingDot),
        ("a./b", Rule::TrailingDot),
        ("...", Rule::TrailingDot),
    ] {
        assert_eq!(rule(PagePath::parse(input)), broken, "{input:?}");
        if !input.ends_with(PAGE_SUFFIX) {
            assert_eq!(rule(FilePath::parse(input)), broken, "{input:?}");
        }
    }
    // Rules are about the name without its suffix: a page's `.md` hides neither a dot nor a space.
    assert_eq!(rule(PagePath::parse("a..md")), Rule::TrailingDot);
    assert_eq!(rule(PagePath::parse("a .md")), Rule::OuterSpace);
    assert_eq!(rule(PagePath::parse("con.md")), Rule::Device);
    assert_eq!(rule(PagePath::parse("é\u{200d}.md")), Rule::Joiner('\u{200d}'));
}

#[test]
fn every_character_of_the_list_is_refused_and_no_other() {
    // The basic plane, the plane of tags and its neighbours.
    for character in ('\0'..='\u{FFFF}').chain('\u{DFF00}'..='\u{E01FF}').chain([char::MAX]) {
        let joiner = matches!(character, '\u{200C}' | '\u{200D}');
        let listed = matches!(
            u32::from(character),
            // Controls, `:` and `\`, then the list.
            0..=0x1F | 0x7F..=0x9F | 0x3A | 0x5C
                | 0x61C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xE0000..=0xE007F
        );
        let refused = |text: String| PagePath::parse(&text).is_err();
        assert_eq!(refused(format!("a{character}a")), listed, "{character:?}");
        assert_eq!(refused(format!("é{character}é")), listed && !joiner, "{character:?}");
    }
}

#[test]
fn lengths_are_those_of_the_canonical_form_in_git() {
    let long = |count: usize| "x".repeat(count);
    assert!(PagePath::parse(&long(237)).is_ok());
    assert!(PagePath::parse(&(long(237) + ".md")).is_ok());
    assert_eq!(rule(PagePath::parse(&long(238))), Rule::SegmentTooLong(241));
    assert!(FilePath::parse(&long(240)).is_ok());
    assert_eq!(rule(FilePath::parse(&long(241))), Rule::SegmentTooLong(241));
    assert!(PagePath::parse(&format!("{}/a", long(240))).is_ok(), "a folder has no .md");
    assert_eq!(rule(PagePath::parse(&format!("{}/a", long(241)))), Rule::SegmentTooLong(241));
    // 118 é are 236 bytes in NFC and 354 decomposed.
    assert!(PagePath::parse(&"e\u{301}".repeat(118)).is_ok());
    assert_eq!(rule(PagePath::parse(&"é".repeat(119))), Rule::SegmentTooLong(241));

    let folders = format!("{0}/{0}/{0}/{0}/", long(240));
    assert_eq!(folders.len(), 964);
    assert!(PagePath::parse(&(folders.clone() + &long(57))).is_ok());
    assert_eq!(rule(PagePath::parse(&(folders.clone() + &long(58)))), Rule::PathTooLong(1025));
    assert!(FilePath::parse(&(folders.clone() + &long(60))).is_ok());
    assert_eq!(rule(FilePath::parse(&(folders + &long(61)))), Rule::PathTooLong(1025));
}

#[test]
fn files_keep_their_names_and_are_no_pages() {
    for name in ["img/logo.png", "X.MD", "x.Md", "Makefile", "a.md/b.txt", "a.markdown"] {
        let file = FilePath::parse(name).unwrap();
        assert_eq!((file.as_str(), file.git_path().as_str()), (name, name));
    }
    assert_eq!(rule(FilePath::parse("a.md")), Rule::PageSuffix);
    assert_eq!(rule(FilePath::parse("b/a.md.md")), Rule::PageSuffix);
    assert_eq!(rule(FilePath::parse(".md")), Rule::DotName);
    assert_eq!((PageKind::NAME, FileKind::NAME), ("page", "file"));
}

#[test]
fn a_url_is_split_first_and_decoded_once() {
    for (raw, path) in [
        ("Guides/Start", "Guides/Start"),
        ("Guides/Start.md", "Guides/Start"),
        ("Start%2Emd", "Start"),
        ("a%20b/c+d", "a b/c+d"),
        ("%252F", "%2F"),
        ("100%25", "100%"),
        ("caf%C3%A9", "caf\u{e9}"),
        ("cafe%cc%81", "caf\u{e9}"),
        ("café", "caf\u{e9}"),
        ("a%3Fb%23c", "a?b#c"),
    ] {
        assert_eq!(PagePath::from_url(raw).unwrap().as_str(), path, "{raw}");
    }
    for (raw, broken) in [
        ("", Rule::Empty),
        ("a%2Fb", Rule::EncodedSlash),
        ("a%2fb", Rule::EncodedSlash),
        ("%2F", Rule::EncodedSlash),
        ("a//b", Rule::EmptySegment),
        ("a/", Rule::EmptySegment),
        ("/a", Rule::EmptySegment),
        ("%2e%2e/a", Rule::Relative),
        ("%2E", Rule::Relative),
        ("..", Rule::Relative),
        ("%2ehidden", Rule::DotName),
        ("a%5Cb", Rule::Backslash),
        ("a%3Ab", Rule::Colon),
        ("a%00", Rule::Control('\0')),
        ("a%20", Rule::OuterSpace),
        ("a%", Rule::BadEscape),
        ("a%4", Rule::BadEscape),
        ("a%/41", Rule::BadEscape),
        ("%4/1", Rule::BadEscape),
        ("%zz", Rule::BadEscape),
        ("%+1", Rule::BadEscape),
        ("%u0041", Rule::BadEscape),
        ("a/%FF", Rule::NotUtf8),
        ("%C0%AF", Rule::NotUtf8),
        ("%ED%A0%80", Rule::NotUtf8),
        ("%C3/%A9", Rule::NotUtf8),
    ] {
        assert_eq!(rule(PagePath::from_url(raw)), broken, "{raw}");
        assert_eq!(rule(FilePath::from_url(raw)), broken, "{raw}");
    }
    assert_eq!(PagePath::from_url("a/b/%FF").unwrap_err().index, 2);
    assert_eq!(PagePath::parse("Ä b/c.md").unwrap().to_url(), "%C3%84%20b/c");
    assert_eq!(PagePath::parse("a.md.md").unwrap().to_url(), "a.md.md");
    assert_eq!(FilePath::parse("a+b@c(1).png").unwrap().to_url(), "a%2Bb%40c%281%29.png");
}

#[test]
fn only_a_leading_dot_alone_makes_a_dot_name() {
    for (input, dot_name) in [
        (".hidden", true),
        (".hidden/b", true),
        ("a/.git/config", true),
        (".gitattributes", true),
        (".md", true),
        (".", false),
        ("..", false),
        ("git~1", false),
        (".hidden/git~1", false),
        (".hidden/a:b", false),
        (".hidden//b", false),
        (".hidden.", false),
        (".a\u{200b}", false),
    ] {
        assert_eq!(PagePath::parse(input).unwrap_err().is_dot_name(), dot_name, "{input}");
    }
    let long = format!(".{}", "x".repeat(300));
    assert!(!PagePath::parse(&long).unwrap_err().is_dot_name());
}

#[test]
fn messages_name_the_segment_the_fault_and_the_remedy() {
    let messages: Vec<String> = [
        "",
        "a//b",
        "Guides/..",
        ".x",
        "git~1",
        "aux",
        "a:b",
        "a\\b",
        "x/a\u{1}b",
        "a\u{202e}b",
        "a\u{200d}b",
        "a ",
        "a.",
        &"x".repeat(300),
        &"é/".repeat(500),
    ]
    .iter()
    .map(|input| PagePath::parse(input).unwrap_err().to_string())
    .chain(["%", "a%2Fb", "%FF"].iter().map(|raw| PagePath::from_url(raw).unwrap_err().to_string()))
    .chain([FilePath::parse("a.md").unwrap_err().to_string()])
    .collect();
    expect![[r#"
        the path is empty: give a name such as `Guides/Start`
        segment 2 of the path, "", is empty: write single slashes, and none at the start or the end
        segment 2 of the path, "..", is a relative step: write the path from the root of the wiki
        segment 1 of the path, ".x", begins with a dot, and such names are neither pages nor files here: take the dot away
        segment 1 of the path, "git~1", can be read as one of git's own names by some file system: choose another name
        segment 1 of the path, "aux", is a device name on Windows: choose another name, for example with a word added
        segment 1 of the path, "a:b", contains `:`, which some file systems cannot store: use another character
        segment 1 of the path, "a\\b", contains a backslash: separate folders with `/`, or use another character
        segment 2 of the path, "a\u{1}b", contains the control character U+0001: take it out
        segment 1 of the path, "a\u{202e}b", contains the invisible character U+202E: take it out
        segment 1 of the path, "a\u{200d}b", has the joiner U+200D at a place where it is not between two non-ASCII characters: take it out
        segment 1 of the path, "a ", begins or ends with a space: take it away
        segment 1 of the path, "a.", ends with a dot: take it away
        segment 1 of the path, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…", has 303 bytes of UTF-8, `.md` included where it is a page: shorten it to 240
        segment 501 of the path, "", is empty: write single slashes, and none at the start or the end
        segment 1 of the path, "%", has a `%` without two hexadecimal digits after it: write a percent sign as `%25`
        segment 1 of the path, "a%2Fb", contains `%2F`: write the slash between folders as it is; no name contains one
        segment 1 of the path, "�", is not UTF-8: encode the name as UTF-8
        segment 1 of the path, "a.md", ends with `.md` and so is a page: use it as a page"#]].assert_eq(&messages.join("\n"));
    let path = format!("{}a", "éé/".repeat(300));
    expect!["the path has 1504 bytes of UTF-8, `.md` included where it is a page: shorten it to 1024"]
        .assert_eq(&PagePath::parse(&path).unwrap_err().to_string());
}

#[test]
fn parts_of_a_path() {
    let page = PagePath::parse("a/b/Start.md").unwrap();
    assert_eq!((page.last(), page.file_name().as_str()), ("Start", "Start.md"));
    assert_eq!(page.segments().collect::<Vec<_>>(), ["a", "b", "Start"]);
    assert_eq!(page.folders().collect::<Vec<_>>(), ["a", "a/b"]);
    let top = FilePath::parse("x.png").unwrap();
    assert_eq!((top.last(), top.file_name().as_str(), top.folders().count()), ("x.png", "x.png", 0));
}

#[test]
fn the_stored_form_is_text_and_is_checked() {
    for (raw, stored) in [
        ("Guides/Start.md", r#""Guides/Start""#),
        ("a.md.md", r#""a.md.md""#),
        ("Cafe\u{301}.md", "\"Cafe\u{301}\""),
    ] {
        let page = PagePath::from_git(raw.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&page).unwrap(), stored);
        assert_eq!(serde_json::from_str::<PagePath>(stored).unwrap(), page);
    }
    assert!(serde_json::from_str::<PagePath>(r#""a/../b""#).is_err());
    assert!(serde_json::from_str::<FilePath>(r#""a.md""#).is_err());
}

/// Text made of what the rules are about, and of anything.
pub(super) fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "/",
        ".",
        ".md",
        ".git",
        "git~1",
        "nul",
        " ",
        ":",
        "\\",
        "\u{301}",
        "e",
        "E",
        "é",
        "ß",
        "İ",
        "\u{345}",
        "ᾳ",
        "\u{1fbc}",
        "\u{308}",
        "\u{200d}",
        "\u{200c}",
        "👩",
        "ی",
        "\u{202e}",
        "\0",
        "\u{212a}",
        "한",
        "\u{1112}\u{1161}\u{11ab}",
        "%",
        "%2F",
        "日",
        "~",
    ]);
    let piece = prop_oneof![4 => pieces.prop_map(str::to_owned), 2 => any::<char>().prop_map(String::from), 3 => (b'a'..=b'z').prop_map(|byte| char::from(byte).to_string())];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Text of which about every other is a path.
fn path_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "B",
        "é",
        "e\u{301}",
        "日",
        "👩\u{200d}💻",
        "ß",
        ".x",
        "x.md",
        " y",
        "%",
        "?",
        "~1",
        "\u{345}",
        "\u{1d160}",
        "K",
    ]);
    let segment = prop::collection::vec(piece, 1..5).prop_map(|pieces| format!("n{}", pieces.concat()));
    let path = prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join("/"));
    prop_oneof![path.clone(), path.prop_map(|path| path + ".md"), text()]
}

fn holds_for<K: PathKind>(input: &str) -> Result<(), TestCaseError> {
    let Ok(path) = WikiPath::<K>::parse(input) else {
        prop_assert!(WikiPath::<K>::as_given(input).is_err(), "spelling decides nothing");
        return Ok(());
    };
    prop_assert!(is_nfc(path.as_str()));
    prop_assert_eq!(&WikiPath::<K>::parse(&path.to_input()).unwrap(), &path);
    prop_assert_eq!(&WikiPath::<K>::from_url(&path.to_url()).unwrap(), &path);
    prop_assert!(path.to_url().is_ascii());
    prop_assert_eq!(&WikiPath::<K>::parse(&path.git_path()).unwrap(), &path);
    prop_assert_eq!(&WikiPath::<K>::from_git(path.git_path().as_bytes()).unwrap(), &path);

    let git = path.git_path();
    prop_assert!(git.len() <= MAX_PATH_BYTES);
    for segment in git.split('/').chain(path.segments()) {
        prop_assert!(!segment.is_empty() && segment.len() <= MAX_SEGMENT_BYTES);
        prop_assert!(!segment.starts_with('.') && !segment.ends_with('.'));
        prop_assert_eq!(segment.trim(), segment);
        prop_assert!(!is_dot_git(segment.as_bytes()));
        for character in segment.chars() {
            prop_assert!(!character.is_control() && !matches!(character, ':' | '\\'));
            let joiner = matches!(character, '\u{200c}' | '\u{200d}');
            prop_assert!(!is_invisible(character) || joiner);
        }
    }

    let sent = Requested::<K>::parse(input).unwrap();
    prop_assert_eq!(sent.canonical(), &path);
    prop_assert_eq!(&sent.resolve(|_| true), sent.sent());
    prop_assert_eq!(&sent.resolve(|_| false), &path);
    // An imported spelling is found again by the URL that answers give for it.
    let again = Requested::<K>::from_url(&sent.sent().to_url()).unwrap();
    prop_assert_eq!(again.sent(), sent.sent());
    prop_assert_eq!(&WikiPath::<K>::from_git(sent.sent().git_path().as_bytes()).unwrap(), sent.sent());
    let stored = serde_json::to_string(sent.sent()).unwrap();
    prop_assert_eq!(&serde_json::from_str::<WikiPath<K>>(&stored).unwrap(), sent.sent());
    Ok(())
}

proptest! {
    #[test]
    fn what_is_a_path_is_one_in_every_form(input in path_text()) {
        holds_for::<PageKind>(&input)?;
        holds_for::<FileKind>(&input)?;
    }

    #[test]
    fn any_bytes_are_an_entry_that_keeps_them(raw: Vec<u8>) {
        match classify(&raw, 0o100_644) {
            Entry::Page(page) => prop_assert_eq!(page.git_path().into_bytes(), raw),
            Entry::File(file) => prop_assert_eq!(file.git_path().into_bytes(), raw),
            Entry::Kept(kept) => prop_assert!(!kept.to_string().is_empty()),
        }
    }

    #[test]
    fn any_url_is_decoded_as_it_was_encoded_or_refused(text in text(), raw in "[%0-9a-fA-F/.é]{0,12}") {
        let (page, encoded) = (PagePath::parse(&text), PagePath::from_url(&url::encode(&text)));
        prop_assert_eq!(page, encoded);
        if let Ok(page) = PagePath::from_url(&raw) {
            prop_assert_eq!(raw.matches('/').count(), page.folders().count());
        }
    }
}
