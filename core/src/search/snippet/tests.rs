use proptest::prelude::*;

use super::super::matches::matches;
use super::super::tokens::Flow;
use super::*;

/// The snippet with what was found in brackets.
fn shown(text: &str, query: &str) -> String {
    shown_of(snippet(text, &Query::parse(query)))
}

fn shown_of(Snippet { text, matches, section }: Snippet) -> String {
    let mut out = String::new();
    for (at, character) in text.chars().chain(['\0']).enumerate() {
        out.extend(matches.iter().filter(|it| it[1] == at).map(|_| ']'));
        out.extend(matches.iter().filter(|it| it[0] == at).map(|_| '['));
        out.push(character);
    }
    format!("{}: {}", section.unwrap_or_default(), out.trim_end_matches('\0'))
}

#[test]
fn the_best_piece_is_shown() {
    let page = format!(
        "---\ntitle: T\n---\n# Top\n\nOne alone.\n\n{}\n\n## Inner\n\nHere *one* and\ntwo  stand `together`. More.\n",
        "Filling words. ".repeat(60)
    );
    assert!(shown(&page, "one two").starts_with("Top > Inner: …"), "{}", shown(&page, "one two"));
    assert!(shown(&page, "one two").contains("Here [one] and [two] stand together. More."));
    assert!(shown(&page, "one").starts_with("Top: Top [One] alone. Filling words."));
    assert!(shown(&page, "one").ends_with('…'));
    assert!(shown(&page, "\"and two\"").contains("one [and two] stand"));
    assert!(shown(&page, "tog*").contains("stand [together]."));
    assert!(shown(&page, "inner").starts_with("Top > Inner: "));
    // Found in front matter alone.
    assert!(shown(&page, "t").starts_with(": Top One alone."));
}

#[test]
fn what_was_found_is_marked_as_its_readers_see_it() {
    for (text, query, expected) in [
        ("Nach Zürich und", "zurich", ": Nach [Zürich] und"),
        ("我喜欢中文字典", "中文", ": 我喜欢[中文]字典"),
        ("我喜欢中文字典", "字", ": 我喜欢中文[字]典"),
        ("我喜欢中文字典", "典", ": 我喜欢中文字[典]"),
        ("The PageList type", "list", ": The Page[List] type"),
        ("The PageList type", "page_list", ": The [PageList] type"),
        ("an e-mail now", "email", ": an [e-mail] now"),
        ("wo wor word", "wor*", ": wo [wor] [word]"),
        ("one two three", "\"two three\" two", ": one [two three]"),
        ("a\u{202e}b <script>x</script>", "b", ": ab x"),
    ] {
        assert_eq!(shown(text, query), expected, "{text} {query}");
    }
}

/// A page of about 1 MiB, and some text in its middle.
fn long(middle: &str) -> String {
    let part = "## Part\n\nWords of no meaning, [some](there.md) of them *one*, with others.\n\n- spinning\n- [ref]\n\n";
    let half = part.repeat((1 << 19) / part.len());
    format!("# Top\n\n{half}{middle}\n\n{half}\n[ref]: pin.md\n")
}

#[test]
fn of_a_long_page_little_is_taken_apart() {
    let middle = "### Inner\n\nBefore it.\n\nOne **magnetic** compass, and a pin.";
    let text = long(middle);
    let places = Places::of(&text);
    for (query, expected, section, most) in [
        ("compass", "One magnetic [compass], and a pin.", true, 8 << 10),
        ("\"magnetic compass\"", "One [magnetic compass], and a pin.", true, 8 << 10),
        ("compass before", "[Before] it. One magnetic [compass], and a pin.", true, 8 << 10),
        ("comp* pin", "One magnetic [compass], and a [pin].", true, 8 << 10),
        ("part", "Top [Part] Words of no meaning, some of them one", false, 8 << 10),
        // Each in another place.
        ("compass inner meaning", "[Inner] Before it. One magnetic [compass]", false, 64 << 10),
        ("spinning top before", "[spinning] ref Inner [Before] it.", false, 64 << 10),
        ("absent", "Top Part Words of no meaning", false, 8 << 10),
    ] {
        let query = Query::parse(query);
        let mut page = Page::new(&text, &places, &query);
        let Snippet { section: found, .. } = page.snippet();
        assert!(page.bytes <= most, "{query:?}: {} bytes", page.bytes);
        assert_eq!(found.is_some_and(|path| path.ends_with(" > Inner")), section, "{query:?}");
        let whole = shown_of(page.snippet());
        assert!(whole.contains(expected), "{query:?}: {whole}");
    }
}

#[test]
fn what_stands_at_the_edge_of_a_piece_is_shown_with_its_neighbours() {
    let words = "Words of no meaning at all. ".repeat(80);
    for (text, expected) in [
        (
            format!("{words}\n\nBefore it,\n\n{}\n", words.replacen("Words", "compass", 1)),
            "Before it, [compass] of no",
        ),
        (format!("{words}\n\nBehind a compass\n\n{words}\n"), "Behind a [compass] Words of no"),
        (format!("{words}\n\n{words}\n\nA &ccedil;ompass\n"), "…A [çompass]"),
    ] {
        assert!(Places::of(&text).pieces.count() > 1);
        let shown = shown(&text, "compass");
        assert!(shown.contains(expected) && shown.starts_with(": …"), "{shown}");
    }
}

#[test]
fn blanks_and_what_is_not_seen_take_no_room() {
    assert_eq!((reach("ab  c", 3), reach("a\u{202e}bc", 2), reach("ab", 3)), ((3, 0), (5, 0), (2, 1)));
    let words = "Words of no meaning at all. ".repeat(40);
    for apart in [" ".repeat(500), " \u{202e}".repeat(300)] {
        let shown = shown(&format!("A compass{apart}and a compass. {words}\n"), "compass");
        assert!(shown.starts_with(": A [compass] and a compass. Words of no meaning"), "{shown}");
        assert_eq!(shown.chars().count(), ": []".len() + MOST + 1, "{shown}");
    }
    // A spelling with more to it than was seen at first is found all the same.
    assert_eq!(shown("a com-pass [x](compass)\n", "compass"), ": a [com-pass] x");
}

#[test]
fn a_snippet_that_goes_on_says_so() {
    let long = "x".repeat(MOST);
    for text in
        [format!("{long}\n\nmore text\n"), format!("Pin. {long}\n\nmore text\n"), "<p>a</p>\n\n".repeat(300)]
    {
        for query in ["pin", "absent"] {
            let Snippet { text: shown, .. } = snippet(&text, &Query::parse(query));
            assert!(shown.ends_with('…') && shown.chars().count() >= MOST, "{query}: {shown}");
        }
    }
}

#[test]
fn what_stands_behind_the_first_place_is_marked_whole() {
    let pins = format!("pin {}{}end\n", "word ".repeat(57), "pin ".repeat(8));
    assert!(!shown(&pins, "pin").contains("[pin] pin"), "{}", shown(&pins, "pin"));
    let near = format!("pin {}{}end\n", "word ".repeat(20), "pin ".repeat(8));
    assert_eq!(shown(&near, "pin").matches("[pin]").count(), 8, "{}", shown(&near, "pin"));
    let half = format!("pin {}pin word aa pine tree\n", "word ".repeat(57));
    assert!(!shown(&half, "pin").contains("[pin]e"), "{}", shown(&half, "pin"));
}

proptest! {
    #[test]
    fn ranges_are_on_what_was_looked_for(words in prop::collection::vec("[a-dA-Dé]{1,3}|[中文]{1,3}|\n|#|\\*b\\*", 0..200), query in "([a-dé]{1,2}|[中文])( [a-d]{1,2})?") {
        let text = words.join(" ");
        let query = Query::parse(&query);
        let Snippet { text: shown, matches: found, .. } = snippet(&text, &query);
        let characters: Vec<char> = shown.chars().collect();
        prop_assert!(characters.len() <= MOST + 2);
        prop_assert!(!shown.contains(['\n', '\t']) && !shown.contains("  "));
        let mut last = 0;
        for [start, end] in found {
            prop_assert!(last <= start && start < end && end <= characters.len());
            last = end;
            let part: String = characters[start..end].iter().collect();
            let mut hits = 0;
            let _all = matches(&part, &query, &mut |_| { hits += 1; Flow::Continue(()) });
            prop_assert!(hits > 0, "{} in {}", part, shown);
        }
    }
}
