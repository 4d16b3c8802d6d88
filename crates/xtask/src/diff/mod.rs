//! What a new document takes away from those who wrote their programs after the old one (A24).
//!
//! Breaking: an operation, an answer or a member of an answer is gone; a request needs more or takes less than before; an
//! operationId changed, since generated clients name their functions by it; a role lost its right. Everything else is told
//! as an addition. It refuses to judge texts: descriptions and examples may change freely. Called by
//! `xtask openapi diff`.

mod schema;
#[cfg(test)]
mod tests;

use schema::{Compare, Direction};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Programs written after the old document may fail.
    Breaking {
        /// `GET /v1/items` and the place below it.
        place: String,
        /// What happened.
        what: String,
    },
    /// Programs written after the old document go on working.
    Addition {
        /// As above.
        place: String,
        /// As above.
        what: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Breaking { place, what } => write!(f, "BREAKING {place}: {what}"),
            Change::Addition { place, what } => write!(f, "added    {place}: {what}"),
        }
    }
}

/// Collects differences.
#[derive(Default)]
pub(crate) struct Changes(Vec<Change>);

impl Changes {
    pub(crate) fn breaking(&mut self, place: &str, what: impl Into<String>) {
        self.push(Change::Breaking { place: place.to_string(), what: what.into() });
    }

    pub(crate) fn addition(&mut self, place: &str, what: impl Into<String>) {
        self.push(Change::Addition { place: place.to_string(), what: what.into() });
    }

    fn push(&mut self, change: Change) {
        if !self.0.contains(&change) {
            self.0.push(change);
        }
    }
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// All differences between two OpenAPI documents.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut found = Changes::default();
    let mut compare = Compare::new(old, new);
    for (path, method, before) in operations(old) {
        let place = format!("{} {path}", method.to_uppercase());
        match new["paths"][path].get(method) {
            Some(after) => operation(&mut compare, &mut found, &place, before, after),
            None => found.breaking(&place, "the operation is gone"),
        }
    }
    for (path, method, _) in operations(new) {
        if old["paths"][path].get(method).is_none() {
            found.addition(&format!("{} {path}", method.to_uppercase()), "new operation");
        }
    }
    found.0
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |m| item.get(*m).map(|operation| (path.as_str(), *m, operation)))
    })
}

fn operation<'v>(
    compare: &mut Compare<'v>,
    found: &mut Changes,
    place: &str,
    old: &'v Value,
    new: &'v Value,
) {
    if old["operationId"] != new["operationId"] {
        found.breaking(place, format!("operationId {} became {}", old["operationId"], new["operationId"]));
    }
    rights(found, place, old, new);
    parameters(compare, found, place, old, new);
    request(compare, found, place, &old["requestBody"], &new["requestBody"]);
    answers(compare, found, place, &old["responses"], &new["responses"]);
}

/// Who may call: a right that is taken away breaks its holder.
fn rights(found: &mut Changes, place: &str, old: &Value, new: &Value) {
    let is_public = |v: &Value| v["x-reach"] == "public";
    if is_public(old) && !is_public(new) {
        found.breaking(place, "a token is needed now");
    }
    let roles = |v: &Value| -> BTreeSet<String> {
        v["x-roles"].as_array().into_iter().flatten().filter_map(|r| r.as_str().map(str::to_string)).collect()
    };
    let (before, after) = (roles(old), roles(new));
    if is_public(new) || after.is_empty() {
        return;
    }
    if before.is_empty() && !old["x-roles"].is_null() {
        found.breaking(place, "everybody could call it; now only some roles can");
    }
    for role in before.difference(&after) {
        found.breaking(place, format!("role {role} may no longer call it"));
    }
}

fn parameters<'v>(
    compare: &mut Compare<'v>,
    found: &mut Changes,
    place: &str,
    old: &'v Value,
    new: &'v Value,
) {
    type Key = (String, String);
    fn list<'l>(compare: &Compare<'l>, operation: &'l Value, is_old: bool) -> Vec<(Key, &'l Value)> {
        let text = |p: &Value, member: &str| p[member].as_str().unwrap_or_default().to_string();
        operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|p| compare.resolve(p, is_old))
            .map(|p| ((text(p, "in"), text(p, "name")), p))
            .collect()
    }
    let (before, after) = (list(compare, old, true), list(compare, new, false));
    for (key, parameter) in &before {
        let place = format!("{place} {} {}", key.0, key.1);
        let Some((_, now)) = after.iter().find(|(k, _)| k == key) else {
            // Unknown parameters are refused, so a caller that sends it fails.
            found.breaking(&place, "the parameter is gone");
            continue;
        };
        if now["required"] == true && parameter["required"] != true {
            found.breaking(&place, "is required now");
        }
        compare.schema(found, &place, &parameter["schema"], &now["schema"], Direction::Request);
    }
    for (key, parameter) in &after {
        if !before.iter().any(|(k, _)| k == key) {
            let place = format!("{place} {} {}", key.0, key.1);
            if parameter["required"] == true {
                found.breaking(&place, "new required parameter");
            } else {
                found.addition(&place, "new parameter");
            }
        }
    }
}

fn request<'v>(compare: &mut Compare<'v>, found: &mut Changes, place: &str, old: &'v Value, new: &'v Value) {
    let place = format!("{place} request");
    match (old.is_null(), new.is_null()) {
        (true, true) => return,
        (false, true) => return found.breaking(&place, "the body is not taken any more"),
        (true, false) => {
            return if new["required"] == true {
                found.breaking(&place, "a body is required now");
            } else {
                found.addition(&place, "a body may be sent");
            };
        }
        (false, false) => {}
    }
    if new["required"] == true && old["required"] != true {
        found.breaking(&place, "the body is required now");
    }
    contents(compare, found, &place, old, new, Direction::Request);
}

fn answers<'v>(compare: &mut Compare<'v>, found: &mut Changes, place: &str, old: &'v Value, new: &'v Value) {
    for (status, before) in old.as_object().into_iter().flatten() {
        let place = format!("{place} {status}");
        match new.get(status) {
            None if status.starts_with('2') => found.breaking(&place, "the answer is gone"),
            None => {}
            Some(after) => contents(
                compare,
                found,
                &place,
                compare.resolve(before, true),
                compare.resolve(after, false),
                Direction::Response,
            ),
        }
    }
    for status in new.as_object().into_iter().flatten().map(|(s, _)| s) {
        if old.get(status).is_none() {
            found.addition(&format!("{place} {status}"), "new answer");
        }
    }
}

fn contents<'v>(
    compare: &mut Compare<'v>,
    found: &mut Changes,
    place: &str,
    old: &'v Value,
    new: &'v Value,
    direction: Direction,
) {
    for (media, before) in old["content"].as_object().into_iter().flatten() {
        match new["content"].get(media) {
            Some(after) => compare.schema(found, place, &before["schema"], &after["schema"], direction),
            None => found.breaking(place, format!("{media} is gone")),
        }
    }
}
