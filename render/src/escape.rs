//! Text in HTML and in addresses.

/// Appends `text` so that it is nothing but text, also between quotes.
pub(crate) fn text(out: &mut String, text: &str) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        out.push_str(&text[copied..at]);
        out.push_str(escaped);
        copied = at + 1;
    }
    out.push_str(&text[copied..]);
}

/// Appends ` name="value"`.
pub(crate) fn attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    text(out, value);
    out.push('"');
}

/// Appends `text` percent-encoded but for what may stand anywhere in a URL (RFC 3986 §2.2, §2.3), escapes included.
pub(crate) fn url(out: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        let mut out = String::new();
        attribute(&mut out, "title", "a\" onload='x' <b> &amp; é");
        assert_eq!(out, " title=\"a&quot; onload='x' &lt;b&gt; &amp;amp; é\"");
        let mut out = String::new();
        url(&mut out, "https://x.y/a b\"é\\%20?q=1#f");
        assert_eq!(out, "https://x.y/a%20b%22%C3%A9%5C%20?q=1#f");
    }
}
