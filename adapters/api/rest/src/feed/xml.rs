//! Writing XML 1.0: whatever the texts are, what comes out is well-formed.

/// A document being written.
#[derive(Debug)]
pub(super) struct Xml(String);

impl Xml {
    pub(super) fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".into())
    }

    /// A start tag. Names are not checked: they are the program's own.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push('>');
    }

    pub(super) fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push_str(">\n");
    }

    pub(super) fn element(&mut self, name: &str, text: &str) {
        self.text_element(name, &[], text);
    }

    pub(super) fn text_element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.0.push_str("/>\n");
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
    }

    /// Text, for between tags and within quotes. Characters that no document may have (XML 1.0 §2.2) are left out; CR is
    /// referred to, since a reader would take it for a line's end (§2.11), as are the blanks that attributes lose (§3.3.3).
    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&apos;"),
                '\r' => self.0.push_str("&#13;"),
                '\n' => self.0.push_str("&#10;"),
                '\t' => self.0.push_str("&#9;"),
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
                other => self.0.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_of_a_reader_as_they_went_in() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "\"<&>'\t\n\r")]);
        xml.element("c", "]]> <b/> &amp; \u{1}\u{b}\u{fffe}\u{7f}\u{1f600}");
        xml.close("a");
        let text = xml.finish();
        let (_, rest) = text.split_once("?>\n").unwrap();
        assert_eq!(
            rest,
            "<a b=\"&quot;&lt;&amp;&gt;&apos;&#9;&#10;&#13;\"><c>]]&gt; &lt;b/&gt; &amp;amp; \u{7f}\u{1f600}</c>\n</a>\n"
        );
    }
}
