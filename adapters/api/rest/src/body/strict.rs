//! JSON without what parsers usually let pass: a member given twice is refused, not overwritten.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::fields::Fields;
use crate::problem::Problem;

/// The members of the JSON object in `bytes`.
pub(super) fn object(bytes: &[u8]) -> Result<Fields, Problem> {
    let malformed = |why: String| Problem::malformed_at("", format!("the body is not JSON in UTF-8: {why}"));
    // serde_json gives up 128 levels down, long before a stack is used up.
    match serde_json::from_slice(bytes) {
        Ok(Strict(Value::Object(map))) => Ok(Fields::new(map)),
        Ok(Strict(_)) => Err(Problem::invalid(&[portolan::Fault::new("", "the body must be a JSON object")])),
        Err(error) => Err(malformed(error.to_string())),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StrictSeed.deserialize(deserializer).map(Self)
    }
}

struct StrictSeed;

impl<'de> DeserializeSeed<'de> for StrictSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the member {name:?} is given twice")));
            }
            map.insert(name, members.next_value_seed(Self)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_bodies_are_refused_with_their_reason() {
        let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
        let deep_objects = [b"{\"a\":".repeat(10_000), b"1".to_vec(), b"}".repeat(10_000)].concat();
        for (body, reason) in [
            (b"{".as_slice(), "EOF"),
            (b"{\"a\":1,\"a\":2}", "given twice"),
            (b"{\"a\":{\"b\":1,\"b\":2}}", "given twice"),
            (b"{\"a\":\"\xff\"}", "unicode"),
            (b"{\"a\":\"\\ud800\"}", "hex escape"),
            (b"{}x", "trailing"),
            (b"{\"a\":NaN}", "expected"),
            (&deep, "recursion limit"),
            (&deep_objects, "recursion limit"),
            (b"[]", "must be a JSON object"),
        ] {
            let problem = format!("{:?}", object(body).unwrap_err());
            assert!(problem.contains(reason), "{problem}");
        }
    }
}
