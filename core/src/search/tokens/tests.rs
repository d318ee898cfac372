use proptest::prelude::*;

use super::*;

/// Tokens of the sequence, and those beside it in brackets.
fn shown(text: &str) -> String {
    let mut shown: Vec<String> = Vec::new();
    let _all = tokenise(text, &mut |token| {
        match token.kind {
            Kind::Barrier => {}
            Kind::Part | Kind::Joined => shown.push(format!("[{}]", token.text)),
            _ => shown.push(token.text.to_owned()),
        }
        Flow::Continue(())
    });
    shown.join(" ")
}

#[test]
fn words_are_taken_apart_as_readers_expect() {
    for (text, tokens) in [
        ("", ""),
        ("Hello, World!", "hello world"),
        ("foo_bar", "foo bar [foobar]"),
        ("e-mail", "e mail [email]"),
        ("don’t don't", "don t [dont] don t [dont]"),
        ("v1.2.3", "v1 [1] 2 3"),
        ("3.14-rc", "3 14 rc"),
        ("U.S.A. e.g.", "u s a [usa] e g [eg]"),
        ("README.md", "readme md"),
        ("PageList", "pagelist [page] [list]"),
        ("HTTPServer2", "httpserver2 [http] [server] [2]"),
        ("RFC2119", "rfc2119 [rfc] [2119]"),
        ("iPhone", "iphone [phone]"),
        ("McCoy", "mccoy [mc] [coy]"),
        ("a--b -x- _y", "a b x y"),
        ("a1b2c3d4e5f6", "a1b2c3d4e5f6"),
        ("l'été", "l ete [lete]"),
        ("Zürich", "zurich"),
        ("soft\u{ad}hyphen", "softhyphen"),
        ("snake_case_name", "snake case name [snakecasename]"),
        ("🚀 go", "🚀 go"),
        ("https://example.org/a", "https example org a"),
    ] {
        assert_eq!(shown(text), tokens, "{text}");
    }
}

#[test]
fn scripts_without_blanks_become_pairs() {
    for (text, tokens) in [
        ("中文字", "中文 文字 字"),
        ("字", "字"),
        ("我用Rust写", "我用 用 rust 写"),
        ("中文 字", "中文 文 字"),
        ("中文\n字典", "中文 文字 字典 典"),
        ("한국어 문서", "한국 국어 어 문서 서"),
        ("한국\n어", "한국 국 어"),
        ("ひらカナ", "ひら らカ カナ ナ"),
        ("中。文", "中 文"),
        ("ไทย", "ไท ทย ย"),
        ("ﾊﾟﾝ", "パン ン"),
        ("㍿", "株式 式会 会社 社"),
    ] {
        assert_eq!(shown(text), tokens, "{text}");
    }
}

#[test]
fn a_long_word_is_cut() {
    assert_eq!(shown(&"x".repeat(100_000)), "x".repeat(MOST_TOKEN));
    assert_eq!(shown(&"a-".repeat(100)), ["a"; 100].join(" "));
}

/// All tokens of `text`, its characters read one by one.
fn one_by_one(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut take = |token: Token<'_>| {
        tokens.push(format!("{token:?}"));
        Flow::Continue(())
    };
    let mut tokeniser = Tokeniser::new(&mut take);
    for folded in Fold::new(text) {
        let _more = tokeniser.step(folded);
    }
    let _end = tokeniser.end();
    tokens
}

proptest! {
    #[test]
    fn letters_read_at_once_make_the_same_tokens(text in "([a-cA-C0-9_.'’ -]|[abc]{1,80}|中|é|e\u{301}|\u{301}|\u{ad}|ß|🚀){0,60}") {
        let mut tokens = Vec::new();
        let _all = tokenise(&text, &mut |token| {
            tokens.push(format!("{token:?}"));
            Flow::Continue(())
        });
        prop_assert_eq!(tokens, one_by_one(&text));
    }

    #[test]
    fn tokens_stand_where_they_say(text in "([a-cA-C0-9_.'’ \n-]|中|文|한|が|é|\u{301}|\u{200b}|ß){0,60}|.{0,60}") {
        let mut last = 0;
        let _all = tokenise(&text, &mut |token| {
            assert!(text.get(token.start..token.end).is_some() && token.first_end <= token.end);
            assert!(!token.text.is_empty() && !token.text.contains(char::is_whitespace));
            assert!(token.text.chars().count() <= MOST_TOKEN);
            if matches!(token.kind, Kind::Word | Kind::Gram | Kind::Last) {
                assert!(token.start >= last);
                last = token.start;
                assert_ne!(token.text, super::super::BARRIER);
                // Nothing that an index would take apart once more.
                assert!(token.text.chars().all(|it| !it.is_ascii() || it.is_ascii_lowercase() || it.is_ascii_digit()));
            }
            Flow::Continue(())
        });
    }
}
