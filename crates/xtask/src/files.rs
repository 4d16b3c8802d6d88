//! Where the committed files stand, and writing and comparing them.
//!
//! Called by the other modules. It refuses to touch anything outside `openapi/`.

use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder of committed documents.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi")
}

/// Writes a file when its text is another, and says so.
pub fn write(name: &str, text: &str) -> Result<()> {
    let path = folder().join(name);
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return say(&format!("openapi/{name} is up to date"));
    }
    std::fs::create_dir_all(folder()).context("openapi/")?;
    std::fs::write(&path, text).with_context(|| format!("openapi/{name}"))?;
    say(&format!("openapi/{name} written"))
}

/// Refuses a committed file that is not `text`; the first line that differs is named.
pub fn same(name: &str, text: &str, remedy: &str) -> Result<()> {
    let old = std::fs::read_to_string(folder().join(name))
        .with_context(|| format!("openapi/{name} cannot be read; run `{remedy}`"))?;
    if old == text {
        return Ok(());
    }
    let mut number = 0;
    let (mut committed, mut current) = (old.lines(), text.lines());
    loop {
        number += 1;
        match (committed.next(), current.next()) {
            (Some(a), Some(b)) if a == b => {}
            (a, b) => bail!(
                "openapi/{name} has drifted; the first difference is line {number}:\n  committed: {}\n  now:       {}\nrun `{remedy}`",
                a.unwrap_or("(end of file)").trim(),
                b.unwrap_or("(end of file)").trim(),
            ),
        }
        if number > old.lines().count().max(text.lines().count()) {
            bail!("openapi/{name} differs in its line ends; run `{remedy}`");
        }
    }
}

/// A line on standard output.
pub fn say(text: &str) -> Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        // `| head` has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        done => done.context("standard output"),
    }
}
