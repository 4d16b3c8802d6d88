//! Canonical JSON: keys sorted by bytes, no spaces, integers only, one spelling of each text.
//!
//! What a hash is taken over must have one form in every language: keys in byte order, no white space, no number with a
//! fraction or an exponent, no key twice; texts escape `"`, `\` and characters below U+0020 (`\b \t \n \f \r`, else
//! `\u00xx`) and nothing else. Called for parameters and declarations. Refuses floats and integers that other languages
//! would round (beyond ±(2^53 − 1)).

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// Greatest integer that every JSON reader keeps exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;
/// Nesting that parameters may have.
const MAX_DEPTH: usize = 16;

/// A JSON value without floating point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer between ∓(2^53 − 1)
    Int(i64),
    /// A text
    Text(String),
    /// A list
    List(Vec<Json>),
    /// An object; the map keeps its keys in byte order
    Map(BTreeMap<String, Json>),
}

impl Json {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Json::Text(text.into())
    }

    /// An object of these members.
    pub fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Json)>) -> Self {
        Json::Map(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// Member of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Json::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// Reads JSON of any spelling; refuses floats, doubled keys and deep nesting.
    ///
    /// # Errors
    /// What is wrong and where, in English.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Self = serde_json::from_str(text).map_err(|e| e.to_string())?;
        value.check_depth(MAX_DEPTH)?;
        Ok(value)
    }

    fn check_depth(&self, left: usize) -> Result<(), String> {
        let Some(left) = left.checked_sub(1) else {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        };
        match self {
            Json::List(list) => list.iter().try_for_each(|v| v.check_depth(left)),
            Json::Map(map) => map.values().try_for_each(|v| v.check_depth(left)),
            _ => Ok(()),
        }
    }

    /// The canonical form.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Json::Int(n) => out.push_str(&n.to_string()),
            Json::Text(text) => write_text(text, out),
            Json::List(list) => {
                out.push('[');
                for (i, value) in list.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Json::Map(map) => {
                out.push('{');
                for (i, (key, value)) in map.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => to.serialize_unit(),
            Json::Bool(b) => to.serialize_bool(*b),
            Json::Int(n) => to.serialize_i64(*n),
            Json::Text(text) => to.serialize_str(text),
            Json::List(list) => {
                let mut seq = to.serialize_seq(Some(list.len()))?;
                list.iter().try_for_each(|v| seq.serialize_element(v))?;
                seq.end()
            }
            Json::Map(members) => {
                let mut map = to.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(k, v)| map.serialize_entry(k, v))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Json, E> {
        Ok(Json::Bool(b))
    }

    fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Json, E> {
        if (-MAX_INTEGER..=MAX_INTEGER).contains(&n) {
            Ok(Json::Int(n))
        } else {
            Err(E::custom("an integer beyond 2^53 - 1"))
        }
    }

    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Json, E> {
        let n = i64::try_from(n).map_err(|_| E::custom("an integer beyond 2^53 - 1"))?;
        self.visit_i64(n)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Json, E> {
        Err(E::custom("a number with a fraction or an exponent: only integers have one spelling"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if members.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice")));
            }
            members.insert(key, value);
        }
        Ok(Json::Map(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_sorts_and_has_no_spaces() {
        let value =
            Json::parse(" { \"n\" : 6, \"draw_id\":\"D/1\", \"b\":[true,null,{\"z\":-1,\"a\":\"甲\"}] }");
        let text = value.unwrap().canonical();
        assert_eq!(text, r#"{"b":[true,null,{"a":"甲","z":-1}],"draw_id":"D/1","n":6}"#);
    }

    #[test]
    fn own_writer_and_serde_agree_on_every_ascii_character() {
        let all: String = (0u8..0x80).map(char::from).chain("汉\u{7f}\u{2028}😀".chars()).collect();
        let value = Json::map([(all.clone(), Json::Text(all))]);
        assert_eq!(serde_json::to_string(&value).unwrap(), value.canonical());
        assert_eq!(Json::parse(&value.canonical()).unwrap(), value);
    }

    #[test]
    fn what_has_no_single_spelling_is_refused() {
        for bad in ["1.0", "1e3", "9007199254740992", "{\"a\":1,\"a\":1}", "[1", "nul", "1 2"] {
            assert!(Json::parse(bad).is_err(), "{bad}");
        }
        assert!(Json::parse(&format!("{}{}", "[".repeat(20), "]".repeat(20))).is_err());
        assert_eq!(Json::parse("-9007199254740991").unwrap(), Json::Int(-MAX_INTEGER));
    }
}
