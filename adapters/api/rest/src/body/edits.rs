//! Reading edits.

use portolan::Fault;
use portolan::core::wiki::edit::{Edit, SectionOp};
use serde_json::{Map, Value};

use super::fields::kind;

/// Most edits at once.
const MOST: usize = 100;

/// Reads a list of edits; what is wrong with it goes to `faults`, each at its pointer, which `at` begins.
pub(crate) fn edits(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Vec<Edit>> {
    let Value::Array(items) = value else {
        faults.push(Fault::new(at, format!("must be an array, not {}", kind(&value))));
        return None;
    };
    if items.is_empty() || items.len() > MOST {
        faults.push(Fault::new(at, format!("must have 1 to {MOST} edits, not {}", items.len())));
        return None;
    }
    let items = items.into_iter().enumerate();
    let edits: Vec<Option<Edit>> =
        items.map(|(index, item)| edit(item, &format!("{at}/{index}"), faults)).collect();
    edits.into_iter().collect()
}

/// The kinds of edits.
const KINDS: &str = "one of `replace`, `section`, `append`, `prepend`";

fn edit(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Edit> {
    let Value::Object(members) = value else {
        faults.push(Fault::new(at, format!("must be an object, not {}", kind(&value))));
        return None;
    };
    let mut members = members.into_iter();
    let (Some((name, value)), None) = (members.next(), members.next()) else {
        faults.push(Fault::new(at, format!("must have one member: {KINDS}")));
        return None;
    };
    let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    if !["replace", "section", "append", "prepend"].contains(&name.as_str()) {
        faults.push(Fault::new(at, format!("this member is not known here; an edit is {KINDS}")));
        return None;
    }
    let Value::Object(members) = value else {
        faults.push(Fault::new(at, format!("must be an object, not {}", kind(&value))));
        return None;
    };
    let mut part = Part { members, at: &at, faults };
    let edit = match name.as_str() {
        "replace" => {
            let (old, new) = (part.text("old"), part.text("new"));
            old.zip(new).map(|(old, new)| Edit::Replace { old, new })
        }
        "append" => part.text("content").map(|content| Edit::Append { content }),
        "prepend" => part.text("content").map(|content| Edit::Prepend { content }),
        _ => part.section(),
    };
    part.end().then_some(edit)?
}

/// The members of one edit, until they are read.
struct Part<'a> {
    members: Map<String, Value>,
    at: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Part<'_> {
    fn text(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name) {
            // What is written; what is only looked for may be anything.
            Some(Value::String(text)) if matches!(name, "new" | "content") && text.contains('\0') => {
                self.fault(name, "U+0000 cannot be part of a page".into());
                None
            }
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                self.fault(name, format!("must be a text, not {}", kind(&other)));
                None
            }
            None => {
                self.fault(name, "this member is missing".into());
                None
            }
        }
    }

    fn section(&mut self) -> Option<Edit> {
        let (path, op, content) = (self.text("path"), self.text("op"), self.text("content"));
        let subtree = match self.members.remove("subtree") {
            None | Some(Value::Null) => Some(false),
            Some(Value::Bool(subtree)) => Some(subtree),
            Some(other) => {
                self.fault("subtree", format!("must be true or false, not {}", kind(&other)));
                None
            }
        };
        let op = match op?.as_str() {
            "replace" => SectionOp::Replace,
            "prepend" => SectionOp::Prepend,
            "append" => SectionOp::Append,
            "insert_before" => SectionOp::InsertBefore,
            "insert_after" => SectionOp::InsertAfter,
            _ => {
                let known = "`replace`, `prepend`, `append`, `insert_before`, `insert_after`";
                self.fault("op", format!("must be one of {known}"));
                return None;
            }
        };
        Some(Edit::Section { path: path?, op, content: content?, subtree: subtree? })
    }

    fn fault(&mut self, name: &str, why: String) {
        self.faults.push(Fault::new(format!("{}/{name}", self.at), why));
    }

    /// Refuses what was not asked for; answers whether all was.
    fn end(mut self) -> bool {
        let unknown = std::mem::take(&mut self.members);
        for name in unknown.keys() {
            self.fault(&name.replace('~', "~0").replace('/', "~1"), "this member is not known here".into());
        }
        unknown.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn edits_are_read_and_what_is_wrong_is_named() {
        let good = json!([
            {"replace": {"old": "a", "new": ""}},
            {"section": {"path": "A > B", "op": "insert_after", "content": "x", "subtree": true}},
            {"append": {"content": "x"}},
            {"prepend": {"content": "x"}},
        ]);
        let mut faults = Vec::new();
        let read = edits(good, "/edits", &mut faults).unwrap();
        assert_eq!((read.len(), faults.len()), (4, 0));
        let bad = json!([
            {"replace": {"old": 1}},
            {"section": {"path": "A", "op": "cut", "content": "x", "subtree": 0, "a/b": 1}},
            {"append": {"content": "x"}, "prepend": {"content": "x"}},
            {"move": {}},
            7,
            {"append": "x"},
            {"append": {"content": "x\0"}},
            {"replace": {"old": "\0", "new": "\0"}},
        ]);
        assert_eq!(edits(bad, "/edits", &mut faults), None);
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/edits/0/replace/old",
                "/edits/0/replace/new",
                "/edits/1/section/subtree",
                "/edits/1/section/op",
                "/edits/1/section/a~1b",
                "/edits/2",
                "/edits/3/move",
                "/edits/4",
                "/edits/5/append",
                "/edits/6/append/content",
                "/edits/7/replace/new",
            ]
        );
        for value in [json!([]), json!({}), Value::Array(vec![json!({"append": {"content": ""}}); 101])] {
            faults.clear();
            assert_eq!((edits(value, "/edits", &mut faults), faults.len()), (None, 1));
        }
    }
}
