//! What was measured beside what is wanted: as a table, and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

/// What a judged number must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Told, not judged.
    None,
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// The layout of the wiki.
    pub(crate) wiki: String,
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) portolan: f64,
    /// What it is compared with, measured in the same run.
    pub(crate) beside: Option<(String, f64)>,
    /// The ratio to what it is compared with; without such, the number itself.
    pub(crate) judged: f64,
    pub(crate) target: Target,
    /// Whether the target is met; none where there is none.
    pub(crate) met: Option<bool>,
}

impl Row {
    /// A number judged by itself.
    pub(crate) fn alone(what: impl Into<String>, portolan: f64, unit: &'static str, target: Target) -> Self {
        Self::new(what.into(), portolan, unit, None, portolan, target)
    }

    /// A number judged by its ratio to `value` of `other`.
    pub(crate) fn beside(
        what: impl Into<String>,
        portolan: f64,
        unit: &'static str,
        (other, value): (&str, f64),
        target: Target,
    ) -> Self {
        Self::new(what.into(), portolan, unit, Some((other.into(), value)), portolan / value, target)
    }

    fn new(
        what: String,
        portolan: f64,
        unit: &'static str,
        beside: Option<(String, f64)>,
        judged: f64,
        target: Target,
    ) -> Self {
        let met = match target {
            Target::AtLeast(bound) => Some(judged >= bound),
            Target::AtMost(bound) => Some(judged <= bound),
            Target::None => None,
        };
        Self { wiki: String::new(), what, unit, portolan, beside, judged, target, met }
    }

    fn cells(&self) -> [String; 7] {
        let (other, ratio) = match &self.beside {
            None => Default::default(),
            Some((name, value)) => (format!("{} ({name})", number(*value)), number(self.judged)),
        };
        let target = match self.target {
            Target::AtLeast(bound) => format!("≥ {}", number(bound)),
            Target::AtMost(bound) => format!("≤ {}", number(bound)),
            Target::None => String::new(),
        };
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let ours = format!("{} {}", number(self.portolan), self.unit).trim_end().to_owned();
        [self.wiki.clone(), self.what.clone(), ours, other, ratio, target, met.into()]
    }
}

/// Three significant digits where there are no more before the point.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

const HEADINGS: [&str; 7] = ["wiki", "what", "Portolan", "beside", "ratio", "target", "met"];

/// A Markdown table, its columns aligned for a terminal too.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(rows.iter().map(Row::cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..HEADINGS.len()).map(width).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (cell, width) in line.iter().zip(&widths) {
            // `String` cannot fail to be written to.
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
        if index == 0 {
            for width in &widths {
                let _ = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_judged_by_its_ratio_or_itself() {
        let rows = [
            Row::beside("reads", 50.0, "/s", ("nginx", 100.0), Target::AtLeast(0.25)),
            Row::alone("start", 120.5, "ms", Target::AtMost(100.0)),
            Row::alone("import", 3.0, "s", Target::None),
        ];
        assert_eq!(rows.each_ref().map(|row| row.met), [Some(true), Some(false), None]);
        let table = table(&rows);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(
            lines[2].contains("| 50 /s") && lines[2].contains("100 (nginx)") && lines[2].contains("| 0.500 ")
        );
        assert!(lines[3].contains("**no**"), "{table}");
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{table}");
    }
}
