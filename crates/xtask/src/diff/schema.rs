//! Comparing two schemas in one direction: what a request must not demand, what an answer must not lose.
//!
//! `$ref`s are followed, `allOf` is folded into one object, recursion ends at pairs already compared. A bound or pattern
//! that is narrower breaks requests; a type or member that is wider or gone breaks readers of answers. New words of an
//! answer's enum are additions: the documents say that more may come.

use super::Changes;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashSet};

/// Which side has to cope with a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    /// What callers send: taking less breaks.
    Request,
    /// What callers read: giving less or other things breaks.
    Response,
}

/// Compares schemas of two documents.
pub(crate) struct Compare<'v> {
    old: &'v Value,
    new: &'v Value,
    seen: HashSet<(String, String, Direction)>,
}

impl<'v> Compare<'v> {
    pub(crate) fn new(old: &'v Value, new: &'v Value) -> Self {
        Self { old, new, seen: HashSet::new() }
    }

    /// Follows `$ref` in the old or the new document.
    pub(crate) fn resolve(&self, value: &'v Value, is_old: bool) -> &'v Value {
        let document = if is_old { self.old } else { self.new };
        let mut value = value;
        // A chain of references longer than this is a circle.
        for _ in 0..32 {
            match value["$ref"].as_str().and_then(|r| r.strip_prefix('#')).and_then(|p| document.pointer(p)) {
                Some(target) => value = target,
                None => break,
            }
        }
        value
    }

    pub(crate) fn schema(
        &mut self,
        found: &mut Changes,
        place: &str,
        old: &'v Value,
        new: &'v Value,
        direction: Direction,
    ) {
        if let (Some(a), Some(b)) = (old["$ref"].as_str(), new["$ref"].as_str())
            && !self.seen.insert((a.to_string(), b.to_string(), direction))
        {
            return;
        }
        let before = self.resolve(old, true);
        let after = self.resolve(new, false);
        if before.is_null() || before == &json!(true) {
            // Nothing was promised and everything was taken.
            if direction == Direction::Request && is_constraint(after) {
                found.breaking(place, "anything was taken, now there is a schema");
            }
            return;
        }
        if after.is_null() || after == &json!(true) {
            if direction == Direction::Response {
                found.breaking(place, "the answer has no schema any more");
            }
            return;
        }
        let (before, after) = (self.folded(before, true, 0), self.folded(after, false, 0));
        types(found, place, &before, &after, direction);
        words(found, place, &before, &after, direction);
        if direction == Direction::Request {
            bounds(found, place, &before, &after);
        }
        self.members(found, place, &before, &after, direction);
        self.nested(found, place, "items", "[]", &before, &after, direction);
        self.nested(found, place, "additionalProperties", ".*", &before, &after, direction);
        for choice in ["oneOf", "anyOf"] {
            self.choices(found, place, choice, &before, &after, direction);
        }
    }

    /// The schema with its `allOf` parts folded in; members keep pointing into the document.
    fn folded(&self, schema: &'v Value, is_old: bool, depth: u32) -> Folded<'v> {
        let mut out = Folded::default();
        if depth > 16 {
            return out;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let part = self.folded(self.resolve(part, is_old), is_old, depth + 1);
            out.members.extend(part.members);
            out.required.extend(part.required);
            out.rest.extend(part.rest);
        }
        let Some(own) = schema.as_object() else { return out };
        for (name, value) in own {
            match name.as_str() {
                "allOf" => {}
                "properties" => {
                    out.members.extend(value.as_object().into_iter().flatten().map(|(n, v)| (n.as_str(), v)))
                }
                "required" => {
                    out.required.extend(value.as_array().into_iter().flatten().filter_map(Value::as_str));
                }
                _ => {
                    out.rest.insert(name.clone(), value);
                }
            }
        }
        out
    }

    fn members(
        &mut self,
        found: &mut Changes,
        place: &str,
        old: &Folded<'v>,
        new: &Folded<'v>,
        direction: Direction,
    ) {
        for (name, before) in &old.members {
            let place = format!("{place}/{name}");
            let Some((_, after)) = new.members.iter().rev().find(|(n, _)| n == name) else {
                let is_open = new.rest.get("additionalProperties").is_some_and(|a| **a != json!(false));
                if direction == Direction::Response || !is_open {
                    found.breaking(&place, "the member is gone");
                }
                continue;
            };
            let (was, is) = (old.required.contains(name), new.required.contains(name));
            match direction {
                Direction::Request if is && !was => found.breaking(&place, "is required now"),
                Direction::Response if was && !is => {
                    found.breaking(&place, "was always there and may be absent now")
                }
                _ => {}
            }
            self.schema(found, &place, before, after, direction);
        }
        for (name, _) in &new.members {
            if old.members.iter().any(|(n, _)| n == name) {
                continue;
            }
            let place = format!("{place}/{name}");
            if direction == Direction::Request && new.required.contains(name) {
                found.breaking(&place, "new required member");
            } else {
                found.addition(&place, "new member");
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "two schemas, a keyword and where to report")]
    fn nested(
        &mut self,
        found: &mut Changes,
        place: &str,
        keyword: &str,
        suffix: &str,
        old: &Folded<'v>,
        new: &Folded<'v>,
        direction: Direction,
    ) {
        let place = format!("{place}{suffix}");
        match (old.rest.get(keyword), new.rest.get(keyword)) {
            (Some(a), Some(b)) if b.is_object() && a.is_object() => {
                self.schema(found, &place, a, b, direction)
            }
            (None, Some(b)) if **b == json!(false) && direction == Direction::Request => {
                found.breaking(&place, "unknown members are refused now");
            }
            (Some(a), Some(b))
                if **a != json!(false) && **b == json!(false) && direction == Direction::Request =>
            {
                found.breaking(&place, "unknown members are refused now");
            }
            _ => {}
        }
    }

    /// Variants are paired by the schema they name, the others by their place.
    fn choices(
        &mut self,
        found: &mut Changes,
        place: &str,
        keyword: &str,
        old: &Folded<'v>,
        new: &Folded<'v>,
        direction: Direction,
    ) {
        let list = |f: &Folded<'v>| -> Vec<&'v Value> {
            f.rest.get(keyword).and_then(|v| v.as_array()).into_iter().flatten().collect()
        };
        let (before, after) = (list(old), list(new));
        if before.is_empty() {
            return;
        }
        let key = |v: &Value, at: usize| {
            v["$ref"].as_str().map_or_else(|| format!("{keyword}[{at}]"), str::to_string)
        };
        let keys = |l: &[&Value]| -> Vec<String> { l.iter().enumerate().map(|(i, v)| key(v, i)).collect() };
        let (old_keys, new_keys) = (keys(&before), keys(&after));
        for (i, name) in old_keys.iter().enumerate() {
            match new_keys.iter().position(|k| k == name) {
                Some(j) => {
                    self.schema(found, &format!("{place}({})", short(name)), before[i], after[j], direction)
                }
                None if direction == Direction::Request => {
                    found.breaking(place, format!("the form {} is not taken any more", short(name)));
                }
                None => {}
            }
        }
        for name in new_keys.iter().filter(|k| !old_keys.contains(k)) {
            match direction {
                Direction::Response => {
                    found.breaking(place, format!("the answer may have the new form {}", short(name)))
                }
                Direction::Request => found.addition(place, format!("new form {}", short(name))),
            }
        }
    }
}

/// A schema without its `allOf`.
#[derive(Default)]
struct Folded<'v> {
    members: Vec<(&'v str, &'v Value)>,
    required: BTreeSet<&'v str>,
    rest: std::collections::BTreeMap<String, &'v Value>,
}

impl Folded<'_> {
    fn get(&self, name: &str) -> &Value {
        self.rest.get(name).copied().unwrap_or(&Value::Null)
    }

    /// The JSON types allowed; none said means all.
    fn types(&self) -> Option<BTreeSet<&str>> {
        match self.get("type") {
            Value::String(one) => Some([one.as_str()].into()),
            Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
            _ => None,
        }
    }
}

fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn is_constraint(schema: &Value) -> bool {
    schema.as_object().is_some_and(|m: &Map<String, Value>| {
        m.keys().any(|k| !matches!(k.as_str(), "description" | "title" | "example" | "examples" | "default"))
    })
}

fn types(found: &mut Changes, place: &str, old: &Folded<'_>, new: &Folded<'_>, direction: Direction) {
    let (before, after) = (old.types(), new.types());
    let covers = |wide: &Option<BTreeSet<&str>>, narrow: &Option<BTreeSet<&str>>| match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        // Every integer is a number.
        (Some(w), Some(n)) => n.iter().all(|t| w.contains(t) || (*t == "integer" && w.contains("number"))),
    };
    let is_broken = match direction {
        Direction::Request => !covers(&after, &before),
        Direction::Response => !covers(&before, &after),
    };
    if is_broken {
        found.breaking(place, format!("type {} became {}", old.get("type"), new.get("type")));
    }
    let (a, b) = (old.get("format"), new.get("format"));
    if a != b
        && (direction == Direction::Request && !b.is_null()
            || direction == Direction::Response && !a.is_null())
    {
        found.breaking(place, format!("format {a} became {b}"));
    }
}

/// Closed word lists and constants.
fn words(found: &mut Changes, place: &str, old: &Folded<'_>, new: &Folded<'_>, direction: Direction) {
    let list = |f: &Folded<'_>| -> Option<Vec<Value>> {
        match (f.get("enum"), f.get("const")) {
            (Value::Array(words), _) => Some(words.clone()),
            (_, Value::Null) => None,
            (_, one) => Some(vec![one.clone()]),
        }
    };
    match (list(old), list(new)) {
        (None, Some(_)) if direction == Direction::Request => {
            found.breaking(place, "any value was taken, now only some words are");
        }
        (Some(before), Some(after)) => {
            for word in before.iter().filter(|w| !after.contains(w)) {
                match direction {
                    Direction::Request => {
                        found.breaking(place, format!("the word {word} is not taken any more"))
                    }
                    Direction::Response => {
                        found.addition(place, format!("the word {word} does not come any more"))
                    }
                }
            }
            for word in after.iter().filter(|w| !before.contains(w)) {
                found.addition(place, format!("new word {word}"));
            }
        }
        _ => {}
    }
}

/// Bounds of what callers send.
fn bounds(found: &mut Changes, place: &str, old: &Folded<'_>, new: &Folded<'_>) {
    for name in ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"] {
        narrower(found, place, name, old.get(name), new.get(name), |a, b| b < a);
    }
    for name in ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"] {
        narrower(found, place, name, old.get(name), new.get(name), |a, b| b > a);
    }
    let (a, b) = (old.get("pattern"), new.get("pattern"));
    if a != b && !b.is_null() {
        // Whether one pattern covers another is undecidable in practice; a person has to look.
        found.breaking(place, format!("pattern {a} became {b}"));
    }
    if new.get("uniqueItems") == true && old.get("uniqueItems") != true {
        found.breaking(place, "items must differ now");
    }
}

fn narrower(
    found: &mut Changes,
    place: &str,
    name: &str,
    old: &Value,
    new: &Value,
    is_narrower: impl Fn(f64, f64) -> bool,
) {
    match (old.as_f64(), new.as_f64()) {
        // A lower bound of zero for lengths says nothing new.
        (None, Some(b)) if name.starts_with("min") && name != "minimum" && b <= 0.0 => {}
        (None, Some(_)) => found.breaking(place, format!("{name} {new} is new")),
        (Some(a), Some(b)) if is_narrower(a, b) => {
            found.breaking(place, format!("{name} {old} became {new}"))
        }
        _ => {}
    }
}
