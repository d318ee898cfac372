//! Lines and other pieces of text as numbers, equal ones alike.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Numbers for pieces of text. `K` is how a piece is kept: borrowed, or owned where texts come and go.
#[derive(Debug, Clone)]
pub(super) struct Pieces<K> {
    numbers: HashMap<K, u32>,
    /// By number.
    indents: Vec<i16>,
}

impl<K: Borrow<[u8]> + Eq + Hash> Pieces<K> {
    pub(super) fn new() -> Self {
        Self { numbers: HashMap::new(), indents: Vec::new() }
    }

    /// How many different pieces there are: all numbers are below.
    pub(super) fn kinds(&self) -> usize {
        self.indents.len()
    }

    /// The indentation of each piece, by its number: columns, or -1 where it is blank.
    pub(super) fn indents(&self) -> &[i16] {
        &self.indents
    }

    pub(super) fn number<T: AsRef<[u8]> + Into<K>>(&mut self, piece: T) -> u32 {
        if let Some(number) = self.numbers.get(piece.as_ref()) {
            return *number;
        }
        let number =
            u32::try_from(self.indents.len()).expect("texts held in memory have fewer than 2³² pieces");
        self.indents.push(indent(piece.as_ref()));
        self.numbers.insert(piece.into(), number);
        number
    }
}

/// The lines of a text, each with its LF; the last one may lack it.
pub(super) fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// Appends pieces one after the other.
pub(super) fn append(text: &mut Vec<u8>, pieces: &[&[u8]]) {
    for piece in pieces {
        text.extend_from_slice(piece);
    }
}

/// Columns before the first byte that is no white space, a tab going to the next multiple of eight; at most 200.
fn indent(line: &[u8]) -> i16 {
    const MOST: i16 = 200;
    let mut columns = 0;
    for byte in line {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 8 - columns % 8,
            b'\n' | b'\r' => {}
            _ => return columns,
        }
        if columns >= MOST {
            return MOST;
        }
    }
    -1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_ends() {
        let lines: Vec<&[u8]> = split(b"a\r\n\nb").collect();
        assert_eq!(lines, [&b"a\r\n"[..], b"\n", b"b"]);
        assert_eq!(split(b"").count(), 0);
    }

    #[test]
    fn indentation() {
        for (line, columns) in [("a", 0), ("  a", 2), (" \ta", 8), ("\t a\n", 9), (" \r\n", -1), ("", -1)] {
            assert_eq!(indent(line.as_bytes()), columns, "{line:?}");
        }
        assert_eq!(indent(&[b'\t'; 1000]), 200);
    }
}
