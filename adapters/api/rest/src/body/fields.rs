//! Reading the members of a body, with all faults at once.

use std::fmt::Display;

use portolan::{Fault, Maybe};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// A body's members, until they are read.
#[derive(Debug)]
pub(crate) struct Fields {
    members: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Fields {
    pub(super) const fn new(members: Map<String, Value>) -> Self {
        Self { members, faults: Vec::new() }
    }

    /// Reads all members with `read`; refuses what is wrong, and what it did not ask for. `read` may answer nothing only
    /// where it found a fault.
    pub(crate) fn read<T>(mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Problem> {
        let value = read(&mut self);
        let unknown = std::mem::take(&mut self.members);
        let faults = unknown.keys().map(|name| Fault::new(pointer(name), "this member is not known here"));
        self.faults.extend(faults);
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::invalid(&self.faults)),
        }
    }

    /// A member that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, String>,
    ) -> Option<T> {
        match self.members.remove(name) {
            None => {
                self.faults.push(Fault::new(pointer(name), "this member is missing"));
                None
            }
            Some(value) => self.parsed(name, value, parse),
        }
    }

    /// A member that must be there, whose parts may be at fault, each at its own pointer.
    pub(crate) fn required_parts<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value, &str, &mut Vec<Fault>) -> Option<T>,
    ) -> Option<T> {
        match self.members.remove(name) {
            None => {
                self.faults.push(Fault::new(pointer(name), "this member is missing"));
                None
            }
            Some(value) => parse(value, &pointer(name), &mut self.faults),
        }
    }

    /// A member that may be absent, or null, which is the same.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, String>,
    ) -> Option<T> {
        match self.nullable(name, parse) {
            Maybe::Keep | Maybe::Set(None) => None,
            Maybe::Set(value) => value,
        }
    }

    /// A member that may be absent, or null to remove what there is.
    pub(crate) fn nullable<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(Value) -> Result<T, String>,
    ) -> Maybe<Option<T>> {
        match self.members.remove(name) {
            None => Maybe::Keep,
            Some(Value::Null) => Maybe::Set(None),
            Some(value) => {
                self.parsed(name, value, parse).map_or(Maybe::Keep, |value| Maybe::Set(Some(value)))
            }
        }
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        value: Value,
        parse: impl FnOnce(Value) -> Result<T, String>,
    ) -> Option<T> {
        parse(value).map_err(|why| self.faults.push(Fault::new(pointer(name), why))).ok()
    }
}

/// Reads a text with `parse`.
pub(crate) fn text<T, E: Display>(
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(Value) -> Result<T, String> {
    |value| parse(&any_text(value)?).map_err(|why| why.to_string())
}

/// Reads a text as it is.
pub(crate) fn any_text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("must be a text, not {}", kind(&other))),
    }
}

/// Reads true or false.
pub(crate) fn any_bool(value: Value) -> Result<bool, String> {
    match value {
        Value::Bool(answer) => Ok(answer),
        other => Err(format!("must be true or false, not {}", kind(&other))),
    }
}

/// What a value is, for a message.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The JSON pointer (RFC 6901 §3) to a member of the body.
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_faults_are_told_at_once() {
        let Value::Object(members) = json!({"a": 1, "b": null, "x/y": 2, "c": "good"}) else {
            unreachable!()
        };
        let problem = Fields::new(members)
            .read(|fields| {
                let a: Option<String> = fields.required("a", any_text);
                let b: Option<String> = fields.optional("b", any_text);
                let c: Option<String> = fields.optional("c", any_text);
                let d: Option<String> = fields.required("d", any_text);
                assert_eq!((b, c.as_deref()), (None, Some("good")));
                Some((a?, d?))
            })
            .unwrap_err();
        let shown = format!("{problem:?}");
        for pointer in ["\"/a\"", "\"/d\"", "\"/x~1y\""] {
            assert!(shown.contains(pointer), "{pointer} {shown}");
        }
    }
}
