//! `subjects export` and `subjects find`.

use super::{FileFormat, Filters};
use crate::exit::{Failure, Result};
use crate::out::{self, Format};
use crate::remote::Remote;
use crate::remote::progress::{Mode, Progress};
use clap::Args;
use clients::{ClientError, SubjectsClient};
use serde_json::Value;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian subjects export -o registry.csv\n  \
    lianjian subjects export --format ndjson --region 610703 | jq .name")]
pub struct Export {
    /// Form of the file; by its name, ndjson on standard output
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Fragment of a name (名称)
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    #[command(flatten)]
    filters: Filters,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    progress: Mode,
    #[command(flatten)]
    remote: Remote,
}

impl Export {
    pub async fn run(self) -> Result {
        let format = self
            .format
            .or_else(|| FileFormat::of_name(self.output.as_deref()?))
            .unwrap_or(FileFormat::Ndjson);
        if self.output.is_none() && format == FileFormat::Xlsx && std::io::stdout().is_terminal() {
            return Err(Failure::usage("a workbook on a terminal: give -o FILE"));
        }
        let mut filters = self.filters.query();
        filters.extend(self.name.map(|text| ("q".to_string(), text)));
        let answer =
            SubjectsClient::new(self.remote.connect()?).subject_export(format.word(), &filters).await?;
        save(answer, self.output.as_deref(), self.progress).await
    }
}

/// Writes an answer's body to a file, which appears when it is complete, or to standard output.
///
/// # Errors
/// A connection that is cut, a file that cannot be written.
pub async fn save(mut answer: reqwest::Response, path: Option<&Path>, mode: Mode) -> Result {
    // A bar would run through data on the same terminal.
    let mode = if path.is_none() && mode == Mode::Auto { Mode::None } else { mode };
    let mut progress = Progress::begin(mode, "export", answer.content_length(), true);
    let draft = path.map(|p| p.with_extension("part"));
    let mut file = match &draft {
        Some(draft) => Some(std::fs::File::create(draft).map_err(|e| Failure::file(draft, &e))?),
        None => None,
    };
    let mut done = 0u64;
    loop {
        let chunk = answer.chunk().await.map_err(|e| Failure::from(ClientError::transport(&e)))?;
        let Some(chunk) = chunk else { break };
        match (&mut file, &draft) {
            (Some(file), Some(draft)) => file.write_all(&chunk).map_err(|e| Failure::file(draft, &e))?,
            _ => out::bytes(&chunk)?,
        }
        done += chunk.len() as u64;
        progress.show(done, 0, None);
    }
    progress.end(done, 0);
    if let (Some(file), Some(draft), Some(path)) = (file, draft, path) {
        file.sync_all().and_then(|()| std::fs::rename(&draft, path)).map_err(|e| Failure::file(path, &e))?;
        out::note(&format!("{}: {done} {}", path.display(), crate::lang::pick("字节", "bytes")));
    }
    Ok(())
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian subjects find 汉江建材\n  lianjian subjects find 91610703PDY00001X4 -o json\n  \
    lianjian subjects find 超市 --region 610703100 --limit 200 -o csv > list.csv"
)]
pub struct Find {
    /// Fragment of a name (two characters or more), credit code or register number
    text: String,
    #[command(flatten)]
    filters: Filters,
    /// Subjects at most
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// Form of the output
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    remote: Remote,
}

impl Find {
    pub async fn run(self) -> Result {
        let client = SubjectsClient::new(self.remote.connect()?);
        let mut filters = self.filters.query();
        let parameter = if is_code(&self.text) { "identifier" } else { "q" };
        filters.push((parameter.to_string(), self.text.clone()));
        let mut found: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        while found.len() < self.limit {
            let want = u32::try_from((self.limit - found.len()).min(200)).unwrap_or(200);
            let page = client.subject_list(&filters, want, cursor.as_deref()).await?;
            found.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let columns = [
            ("IDENTIFIER", "/identifier/value"),
            ("NAME", "/name"),
            ("KIND", "/kind_label"),
            ("STATUS", "/status_label"),
            ("REGION", "/region_code"),
            ("ID", "/id"),
        ];
        out::list(self.output, &columns, &found)?;
        if cursor.is_some() {
            out::note(crate::lang::pick("还有更多结果；用 --limit 加大", "there is more; raise --limit"));
        }
        Ok(())
    }
}

/// Whether a text is a whole identifier rather than a piece of a name.
fn is_code(text: &str) -> bool {
    let found = domain::identifier::classify(text);
    found.kind != domain::identifier::IdentifierKind::Unknown
}

#[cfg(test)]
mod tests {
    use super::is_code;

    #[test]
    fn codes_are_told_from_names() {
        assert!(
            is_code("91610703PDY00001X4") && is_code(" 91610703pdy00001x4 ") && is_code("110108000000016")
        );
        assert!(!is_code("汉江建材") && !is_code("建材"));
    }
}
