//! The query: every parameter is known, has one value, and that value is good.

use std::fmt::Display;

use jiff::Timestamp;
use percent_encoding::percent_decode;
use portolan::{Fault, Paging};

use crate::problem::Problem;

/// A query's parameters, until they are read.
#[derive(Debug, Default)]
pub(crate) struct Query {
    given: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Query {
    /// Takes a raw query apart (the form of application/x-www-form-urlencoded: `+` is a space).
    pub(crate) fn parse(raw: Option<&str>) -> Result<Self, Problem> {
        let mut query = Self::default();
        for part in raw.unwrap_or("").split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let Some(name) = text(name) else {
                return Err(Problem::malformed_at("", "the query is not percent-encoded UTF-8"));
            };
            match text(value) {
                Some(value) => query.given.push((name, value)),
                None => query.fault(&name, "the value is not percent-encoded UTF-8"),
            }
        }
        Ok(query)
    }

    /// Refuses any parameter of a raw query.
    pub(crate) fn none(raw: Option<&str>) -> Result<(), Problem> {
        Self::parse(raw)?.read(|_| Some(()))
    }

    /// Reads all parameters with `read`; refuses what is wrong, and what it did not ask for. `read` may answer nothing only
    /// where it found a fault.
    pub(crate) fn read<T>(mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Problem> {
        let value = read(&mut self);
        for (name, _) in std::mem::take(&mut self.given) {
            self.fault(&name, "this parameter is not known here");
        }
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::malformed(&self.faults)),
        }
    }

    /// The text of a parameter.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        let mut several = false;
        self.given.retain_mut(|(given, value)| {
            if given != name {
                return true;
            }
            several |= found.replace(std::mem::take(value)).is_some();
            false
        });
        if several {
            self.fault(name, "this parameter is given more than once");
            return None;
        }
        found
    }

    /// The text of a parameter that must be there, perhaps empty.
    pub(crate) fn required(&mut self, name: &str, why: &str) -> Option<String> {
        let pointer = format!("?{name}");
        let is_bad = self.faults.iter().any(|fault| fault.pointer == pointer);
        if !is_bad && !self.given.iter().any(|(given, _)| given == name) {
            self.fault(name, format!("this parameter is missing; {why}"));
            return None;
        }
        self.text(name)
    }

    /// A parameter that `parse` understands.
    pub(crate) fn parsed<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(why) => {
                self.fault(name, why);
                None
            }
        }
    }

    /// A time.
    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        // A plus sign that was not encoded came here as a space.
        self.parsed(name, |text| time(&text.replace(' ', "+")))
    }

    /// Which part of a list.
    pub(crate) fn paging(&mut self) -> Paging {
        let limit = self.parsed("limit", |text| {
            let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let limit = text.parse().ok().filter(|limit| plain && (1..=Paging::MOST).contains(limit));
            limit.ok_or("a limit is a whole number from 1 to 200")
        });
        Paging { limit: limit.unwrap_or(Paging::DEFAULT), after: self.text("after") }
    }

    fn fault(&mut self, name: &str, why: impl Display) {
        self.faults.push(Fault::new(format!("?{name}"), why));
    }
}

/// A time of RFC 3339.
pub(crate) fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "not a time of RFC 3339, such as 2026-01-31T12:00:00Z")
}

/// The text that `raw` encodes; none where a `%` is not followed by two digits, or for bytes that are no UTF-8.
fn text(raw: &str) -> Option<String> {
    let mut after = raw.split('%').skip(1);
    let digits = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !after.all(digits) {
        return None;
    }
    let spaced = raw.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<(Option<String>, Paging), Problem> {
        Query::parse(Some(raw))?.read(|query| Some((query.text("prefix"), query.paging())))
    }

    #[test]
    fn parameters_are_decoded_once() {
        for (raw, prefix) in [
            ("", None),
            ("prefix=", Some("")),
            ("prefix", Some("")),
            ("prefix=a%20b+c&", Some("a b c")),
            ("prefix=%2525", Some("%25")),
            ("prefix=a=b", Some("a=b")),
            ("%70refix=%C3%A9", Some("é")),
        ] {
            assert_eq!(read(raw).unwrap().0.as_deref(), prefix, "{raw}");
        }
        assert_eq!(read("limit=200&after=x").unwrap().1.limit, 200);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (raw, pointer) in [
            ("limit=0", "?limit"),
            ("limit=201", "?limit"),
            ("limit=", "?limit"),
            ("limit=%2B5", "?limit"),
            ("limit=1&limit=2", "?limit"),
            ("other=1", "?other"),
            ("prefix=%", "?prefix"),
            ("prefix=%zz", "?prefix"),
            ("prefix=%ff", "?prefix"),
        ] {
            let problem = format!("{:?}", read(raw).unwrap_err());
            assert!(problem.contains(pointer), "{raw}: {problem}");
        }
    }
}
