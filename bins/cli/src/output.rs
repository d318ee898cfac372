//! What goes to standard output and standard error.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::failure::{Failure, text_of};
use crate::text::{clean, one_line};

/// Where and how a command speaks: results to standard output, remarks to standard error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Results are the server's JSON.
    pub(crate) json: bool,
    /// No remarks and no progress.
    pub(crate) quiet: bool,
}

/// A column of a table: its heading, and the JSON pointer of its value in an item.
pub(crate) type Column = (&'static str, &'static str);

impl Output {
    /// Says something that is no result. Not with `--quiet` or `--json`.
    pub(crate) fn remark(self, text: &str) {
        if !self.quiet && !self.json {
            tell(text);
        }
    }

    /// Writes items as a table. Nothing but a remark where there are none.
    pub(crate) fn table(self, items: &[Value], columns: &[Column], none: &str) -> Result<(), Failure> {
        if items.is_empty() {
            self.remark(none);
            return Ok(());
        }
        let heading = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect::<Vec<_>>();
        let rows = items.iter().map(|item| {
            columns.iter().map(|(_, pointer)| item.pointer(pointer).map_or_else(dash, cell)).collect()
        });
        let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
        raw(aligned(&rows).as_bytes())
    }
}

impl Output {
    /// Writes a document to standard output: exactly its bytes, but to a terminal made fit for it, and there page by page.
    pub(crate) fn document(self, bytes: &[u8]) -> Result<(), Failure> {
        if !io::stdout().is_terminal() {
            return raw(bytes);
        }
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        if self.quiet { raw(clean(&text).as_bytes()) } else { paged(&clean(&text)) }
    }

    /// Writes a unified difference, in colours where there is a terminal that wants them.
    pub(crate) fn diff(self, text: &str) -> Result<(), Failure> {
        let is_plain = !io::stdout().is_terminal() || portolan_compose::variable("NO_COLOR").is_some();
        if is_plain {
            return self.document(text.as_bytes());
        }
        let mut shown = String::with_capacity(text.len() + 256);
        for line in clean(text).lines() {
            let colour = match line.as_bytes() {
                [b'-', b'-', b'-', b' ', ..] => "1",
                [b'@', b'@', ..] => "36",
                [b'+', ..] => "32",
                [b'-', ..] => "31",
                _ => "",
            };
            if colour.is_empty() {
                shown.push_str(line);
            } else {
                shown.extend(["\u{1b}[", colour, "m", line, "\u{1b}[m"]);
            }
            shown.push('\n');
        }
        paged(&shown)
    }
}

/// Shows text through `$PORTOLAN_PAGER`, `$PAGER` or `less`; as it is where there is none. An empty or `cat` pager is none.
fn paged(text: &str) -> Result<(), Failure> {
    let named = ["PORTOLAN_PAGER", "PAGER"].into_iter().find_map(portolan_compose::variable);
    let pager = named.unwrap_or_else(|| "less".into());
    if pager == "cat" {
        return raw(text.as_bytes());
    }
    let mut command = Command::new("sh");
    command.arg("-c").arg(&pager).stdin(Stdio::piped());
    if portolan_compose::variable("LESS").is_none() {
        // Ends at once what fits on the screen, keeps colours, and leaves the text there.
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return raw(text.as_bytes()) };
    // Whoever has read enough closes it, which is no failure.
    let written = child.stdin.take().map(|mut input| input.write_all(text.as_bytes()));
    let status = child.wait()?;
    // A shell that finds no such command says 127; then nothing was shown.
    if status.code() == Some(127) {
        return raw(text.as_bytes());
    }
    drop(written);
    Ok(())
}

/// Writes exactly these bytes to standard output.
pub(crate) fn raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Writes a line to standard output, made fit for a terminal.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    raw(format!("{}\n", clean(text)).as_bytes())
}

/// Writes the members of an object to standard output, a line each. Absent ones are left out.
pub(crate) fn record(value: &Value, members: &[Column]) -> Result<(), Failure> {
    let present = members.iter().filter_map(|(name, pointer)| Some((name, value.pointer(pointer)?)));
    let present = present.filter(|(_, value)| !value.is_null());
    let rows: Vec<Vec<String>> = present.map(|(name, value)| vec![(*name).to_owned(), cell(value)]).collect();
    raw(aligned(&rows).as_bytes())
}

/// Writes a line to standard error.
pub(crate) fn tell(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr(), "{}", clean(text));
}

fn dash() -> String {
    "-".into()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => dash(),
        Value::Array(items) => {
            items.iter().map(text_of).map(|item| one_line(&item)).collect::<Vec<_>>().join(" ")
        }
        other => one_line(&text_of(other)),
    }
}

/// Rows with their columns as wide as the widest cell on the screen; the last column as it is.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if column + 1 < columns {
                text.extend(std::iter::repeat_n(' ', widths[column] - cell.width() + 2));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn columns_align_as_seen_on_the_screen() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = [row(&["PATH", "BYTES"]), row(&["\u{65e5}\u{672c}\u{8a9e}", "1"]), row(&["a", "-"])];
        expect![[r"
            PATH    BYTES
            日本語  1
            a       -
        "]]
        .assert_eq(&aligned(&rows));
    }
}
