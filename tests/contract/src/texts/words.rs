//! What is found.

use portolan_ports::Index;

use super::help::{found, pages};
use crate::Fixture;

pub(super) async fn every_word_must_be_found(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one two"), ("b", "two three"), ("c", "One, TWO: three!")]).await;
    for (query, expected) in [
        ("one", "a c"),
        ("two", "a b c"),
        ("two one", "a c"),
        ("one two three", "c"),
        ("one four", ""),
        ("on", ""),
        ("twos", ""),
    ] {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn a_phrase_is_found_in_its_order(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "the cat sat"), ("b", "sat the cat"), ("c", "the big\ncat"), ("d", "cat")]).await;
    for (query, expected) in [
        ("\"the cat\"", "a b"),
        ("\"cat sat\"", "a"),
        ("\"the cat sat\"", "a"),
        ("\"big cat\"", "c"),
        ("\"cat the\"", ""),
        ("\"the cat\" sat", "a b"),
        ("\"cat\"", "a b c d"),
        ("\"the cat sat\" cat", "a"),
        ("\"the c\"*", "a b"),
    ] {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn a_phrase_goes_over_no_paragraph_and_no_field(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "# head\n\nfirst one\n\ntwo last\n\n- item\n- other\n")]).await;
    for query in ["\"one two\"", "\"head first\"", "\"item other\"", "\"last item\"", "\"a head\""] {
        assert_eq!(found(&*index, query).await, "", "{query}");
    }
    assert_eq!(found(&*index, "head first one two last item other").await, "a");
}

pub(super) async fn a_prefix_is_found_in_all_words_that_begin_so(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "word"), ("b", "world"), ("c", "sword"), ("d", "wo")]).await;
    for (query, expected) in
        [("wor*", "a b"), ("w*", "a b d"), ("word*", "a"), ("x*", ""), ("WÖR*", "a b"), ("wor* -word", "b")]
    {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn what_is_excluded_is_not_found(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "one two"), ("b", "one three"), ("c", "two one"), ("d", "well-known one")]).await;
    for (query, expected) in [
        ("one -two", "b d"),
        ("one -\"one two\"", "b c d"),
        ("one -t*", "d"),
        ("one -two -three", "d"),
        ("-two", ""),
        ("one -one", ""),
        ("one -absent", "a b c d"),
        ("one-two", "a"),
        ("well-known", "d"),
    ] {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn joined_words_are_found_in_either_spelling(index: Fixture<dyn Index>) {
    let texts = [
        ("a", "an e-mail"),
        ("b", "an email"),
        ("c", "call foo_bar now"),
        ("d", "call fooBar now"),
        ("e", "the U.S.A. and v1.2.3"),
        ("f", "RFC 2119 it is"),
        ("g", "RFC2119 it is"),
        ("h", "don't"),
    ];
    pages(&*index, &texts).await;
    for (query, expected) in [
        ("email", "a b"),
        ("e-mail", "a b"),
        ("foo_bar", "c d"),
        ("fooBar", "c d"),
        ("foobar", "c d"),
        ("foo bar", "c d"),
        ("bar", "c d"),
        ("\"foo bar\"", "c d"),
        ("foo-ba*", "c d"),
        ("usa", "e"),
        ("v1.2.3", "e"),
        ("1.2.3", "e"),
        ("2.3", "e"),
        ("rfc2119", "f g"),
        ("\"rfc 2119\"", "f g"),
        ("2119", "f g"),
        ("don’t", "h"),
        ("dont", "h"),
    ] {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn case_and_accents_make_no_difference(index: Fixture<dyn Index>) {
    let texts = [
        ("a", "Zürich"),
        ("b", "zurich"),
        ("c", "Zu\u{308}RICH"),
        ("d", "Straße"),
        ("e", "STRASSE"),
        ("f", "İstanbul ılık"),
        ("g", "Łódź"),
        ("h", "ﬁne Ｗｉｄｅ"),
        ("i", "ёлка мой"),
        ("j", "Ὀδυσσεύς"),
    ];
    pages(&*index, &texts).await;
    for (query, expected) in [
        ("zürich", "a b c"),
        ("ZURICH", "a b c"),
        ("strasse", "d e"),
        ("straße", "d e"),
        ("istanbul", "f"),
        ("ISTANBUL", "f"),
        ("ILIK", "f"),
        ("lodz", "g"),
        ("fine wide", "h"),
        ("елка", "i"),
        ("мои", ""),
        ("οδυσσευς", "j"),
        ("ΟΔΥΣΣΕΥΣ", "j"),
    ] {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn scripts_without_blanks_are_found_by_any_part(index: Fixture<dyn Index>) {
    let texts = [
        ("a", "我喜欢中文字典。"),
        ("b", "東京都の天気は\n良いです"),
        ("c", "한국어 문서를 찾는다"),
        ("d", "カタカナとﾊﾟｿｺﾝ"),
        ("e", "ภาษาไทยไม่มีช่องว่าง"),
        ("f", "我用Rust写程序"),
        ("g", "ភាសាខ្មែរ"),
        ("h", "字"),
    ];
    pages(&*index, &texts).await;
    for (query, expected) in [
        ("中文", "a"),
        ("文字", "a"),
        ("字", "a h"),
        ("喜欢 字典", "a"),
        ("欢喜", ""),
        ("京都", "b"),
        ("天気は良い", "b"),
        ("東京都の天気は良いです", "b"),
        ("문서", "c"),
        ("국어", "c"),
        ("\"한국어 문서를\"", "c"),
        ("문", "c"),
        ("パソコン", "d"),
        ("タカ", "d"),
        ("か", ""),
        ("ไทย", "e"),
        ("ภาษา ว่าง", "e"),
        ("rust", "f"),
        ("Rust写", "f"),
        ("我", "a f"),
        ("我 -中文", "f"),
        ("ខ្មែរ", "g"),
    ] {
        assert_eq!(found(&*index, query).await, expected, "{query}");
    }
}

pub(super) async fn words_of_title_path_and_front_matter_are_found(index: Fixture<dyn Index>) {
    let text = "---\ntitle: Headline\ntags: [blue]\ncategory: Colours\nauthor: Ada\n---\n# Section\n\nBody [shown](Target/Page.md) and `code`.\n";
    pages(&*index, &[("Folder/Name", text), ("other", "nothing")]).await;
    for query in [
        "headline",
        "blue",
        "colours",
        "ada",
        "section",
        "body",
        "shown",
        "target",
        "code",
        "folder name",
        "headline body",
    ] {
        assert_eq!(found(&*index, query).await, "Folder/Name", "{query}");
    }
    assert_eq!(found(&*index, "title").await, "", "names of front matter are no text");
}

pub(super) async fn any_query_has_an_answer(index: Fixture<dyn Index>) {
    pages(&*index, &[("a", "some text AND more OR less NEAR title")]).await;
    let long = "text \"some ".repeat(1_000);
    let stars: Vec<String> = ('a'..='z').map(|letter| format!("{letter}*")).collect();
    let stars = stars.join(" ");
    for query in [
        "",
        " ",
        "\"",
        "\"\"",
        "*",
        "-",
        "- -",
        "--",
        "\u{0}",
        "\u{202e}\u{fffd}",
        "AND",
        "NOT",
        "OR OR",
        "NEAR(",
        "title:",
        "{title}: x",
        "^text",
        "text +",
        "(((",
        "text)",
        "'; DROP TABLE texts; --",
        "a\"b\"c\"",
        "text*text",
        "\\\"",
        "%",
        "_",
        &long,
        &stars,
        &"(".repeat(10_000),
        &"中".repeat(10_000),
        &"x".repeat(10_000),
    ] {
        let _answered = found(&*index, query).await;
    }
    assert_eq!(found(&*index, "text AND more").await, "a");
    assert_eq!(found(&*index, "text NEAR title").await, "a");
    assert_eq!(found(&*index, "some \"text").await, "a");
}
