//! Names whose bytes are not in NFC: imported ones, from a file system that decomposes letters with marks.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The form by which a path in git is looked up where nothing has the bytes asked for: its NFC. None where that is its bytes, and
/// where it is no UTF-8 text.
pub fn lookup_form(path: &[u8]) -> Option<Vec<u8>> {
    if path.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(path).ok()?;
    if is_nfc(text) { None } else { Some(text.nfc().collect::<String>().into_bytes()) }
}

/// Whether other bytes can be another spelling of the path `text`, which is in NFC. Of ASCII only these characters are the NFC of
/// others: of U+212A, U+037E and U+1FEF.
pub fn has_other_spellings(text: &str) -> bool {
    !text.is_ascii() || text.contains(['K', ';', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_in_nfc_has_another_form() {
        for (path, form) in [
            ("Cafe\u{301}/x.md", Some("Caf\u{e9}/x.md")),
            ("Caf\u{e9}/x.md", None),
            ("x.md", None),
            ("\u{212a}.md", Some("K.md")),
        ] {
            assert_eq!(lookup_form(path.as_bytes()).as_deref(), form.map(str::as_bytes), "{path}");
        }
        assert_eq!(lookup_form(b"e\xcc\x81\xff"), None);
    }

    #[test]
    fn what_is_the_nfc_of_something_else_may_be_spelled_otherwise() {
        for other in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let form: String = std::iter::once(other).nfc().collect();
            if form != other.to_string() {
                assert!(has_other_spellings(&form), "{other:?} is {form}");
            }
        }
        assert!(!has_other_spellings("Guides/Start-1_2.md"));
    }
}
