//! `openapi generate|check|diff`: the documents as the handlers say, written, compared, held against older ones.

use crate::diff::{Change, changes};
use crate::files;
use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const REMEDY: &str = "cargo run -p xtask -- openapi generate";

/// File name and document of each service, and of the merged one.
fn documents() -> Result<Vec<(String, Value)>> {
    let mut all: Vec<(String, Value)> = suite::documents()
        .map_err(|e| anyhow!("{e}"))?
        .into_iter()
        .map(|(name, document)| (format!("{name}.json"), document))
        .collect();
    all.push(("lianjian.json".to_string(), suite::merged_document().map_err(|e| anyhow!("{e}"))?));
    Ok(all)
}

/// The document with members sorted, two spaces deep, one newline at the end.
fn text(document: &Value) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(&sorted(document))?))
}

/// serde_json keeps or sorts members as the build happens to say; a committed file must not depend on that.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            Value::Object(names.into_iter().map(|n| (n.clone(), sorted(&members[n]))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

pub fn generate() -> Result<ExitCode> {
    for (name, document) in documents()? {
        files::write(&name, &text(&document)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub fn check() -> Result<ExitCode> {
    for (name, document) in documents()? {
        files::same(&name, &text(&document)?, REMEDY)?;
    }
    files::say("openapi/*.json are what the handlers say")?;
    Ok(ExitCode::SUCCESS)
}

pub fn diff(old: Option<PathBuf>, new: Option<PathBuf>) -> Result<ExitCode> {
    let old = old.unwrap_or_else(files::folder);
    let mut is_breaking = false;
    for (name, before, after) in pairs(&old, new)? {
        for change in changes(&before, &after) {
            is_breaking |= matches!(change, Change::Breaking { .. });
            files::say(&format!("{name}: {change}"))?;
        }
    }
    if is_breaking {
        return Ok(ExitCode::FAILURE);
    }
    files::say("nothing that breaks users of the older document")?;
    Ok(ExitCode::SUCCESS)
}

/// What to compare with what.
fn pairs(old: &Path, new: Option<PathBuf>) -> Result<Vec<(String, Value, Value)>> {
    if let Some(new) = new {
        return Ok(vec![(name_of(&new), read(old)?, read(&new)?)]);
    }
    let current = documents()?;
    if old.is_dir() {
        // A service that did not exist then has no users to break.
        return current
            .into_iter()
            .filter(|(name, _)| old.join(name).exists())
            .map(|(name, after)| Ok((name.clone(), read(&old.join(&name))?, after)))
            .collect();
    }
    let before = read(old)?;
    let title = before["info"]["title"].clone();
    let name = name_of(old);
    let found = current
        .iter()
        .find(|(n, _)| *n == name)
        .or_else(|| current.iter().find(|(_, d)| d["info"]["title"] == title));
    let (name, after) = found.with_context(|| format!("no document is called {name} or titled {title}"))?;
    Ok(vec![(name.clone(), before, after.clone())])
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_does_not_depend_on_the_order_of_members() {
        let a: Value = serde_json::from_str(r#"{"b":[{"y":1,"x":2}],"a":0}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"a":0,"b":[{"x":2,"y":1}]}"#).unwrap();
        assert_eq!(text(&a).unwrap(), text(&b).unwrap());
        assert!(text(&a).unwrap().ends_with("}\n"));
    }
}
