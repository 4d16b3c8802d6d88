//! Difference of two contents as a list of changed members with JSON pointers (版本差异).
//!
//! Cooperating departments are matched by their code and not by their place, so that one inserted row is one change. Called
//! by the version endpoints.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

domain::define_words! {
    /// What happened to a member between two versions.
    pub enum ChangeKind {
        /// It is new.
        Added = "added", "新增", [];
        /// It is gone.
        Removed = "removed", "删除", [];
        /// It has another value.
        Changed = "changed", "变更", [];
    }
}

/// One changed member.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// JSON pointer: into the later content, for a removed member into the earlier.
    pub pointer: String,
    /// What happened.
    pub kind: ChangeKind,
    /// Earlier value.
    pub before: Option<Value>,
    /// Later value.
    pub after: Option<Value>,
}

/// Changed members from `before` to `after`, sorted by member.
#[must_use]
pub fn difference(before: &Value, after: &Value) -> Vec<Change> {
    let mut out = Vec::new();
    compare("", Some(before), Some(after), &mut out);
    out
}

fn compare(at: &str, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => objects(at, a, b, out),
        (Some(Value::Array(a)), Some(Value::Array(b))) if is_keyed(a) && is_keyed(b) => lists(at, a, b, out),
        _ => {
            let before = before.filter(|v| !v.is_null());
            let after = after.filter(|v| !v.is_null());
            let kind = match (before, after) {
                (None, None) => return,
                (None, Some(_)) => ChangeKind::Added,
                (Some(_), None) => ChangeKind::Removed,
                (Some(_), Some(_)) => ChangeKind::Changed,
            };
            out.push(Change {
                pointer: at.to_string(),
                kind,
                before: before.cloned(),
                after: after.cloned(),
            });
        }
    }
}

fn objects(at: &str, a: &Map<String, Value>, b: &Map<String, Value>, out: &mut Vec<Change>) {
    let members: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for m in members {
        let name = m.replace('~', "~0").replace('/', "~1");
        compare(&format!("{at}/{name}"), a.get(m), b.get(m), out);
    }
}

fn key(v: &Value) -> Option<&str> {
    v.get("department").and_then(Value::as_str)
}

fn is_keyed(list: &[Value]) -> bool {
    list.iter().all(|v| key(v).is_some())
}

fn lists(at: &str, a: &[Value], b: &[Value], out: &mut Vec<Change>) {
    for (i, later) in b.iter().enumerate() {
        let earlier = a.iter().find(|v| key(v) == key(later));
        compare(&format!("{at}/{i}"), earlier, Some(later), out);
    }
    for (i, earlier) in a.iter().enumerate() {
        if !b.iter().any(|v| key(v) == key(earlier)) {
            compare(&format!("{at}/{i}"), Some(earlier), None, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn departments_are_matched_by_code() {
        let before = json!({"field": "甲", "industry": null, "cooperating": [
            {"department": "a", "item": "1"}, {"department": "b", "item": "2"}]});
        let after = json!({"field": "乙", "industry": "13", "cooperating": [
            {"department": "c", "item": "9"}, {"department": "b", "item": "3"}]});
        let found: Vec<_> = difference(&before, &after).into_iter().map(|c| (c.pointer, c.kind)).collect();
        let expected = [
            ("/cooperating/0", ChangeKind::Added),
            ("/cooperating/1/item", ChangeKind::Changed),
            ("/cooperating/0", ChangeKind::Removed),
            ("/field", ChangeKind::Changed),
            ("/industry", ChangeKind::Added),
        ];
        assert_eq!(found, expected.map(|(p, k)| (p.to_string(), k)));
        assert_eq!(difference(&before, &before), []);
    }
}
