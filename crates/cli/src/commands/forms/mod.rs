//! What the imports of official forms share: reading the file, sending it under a key, telling the report, the rejects file.
//!
//! An import is a dry run unless `--write` says otherwise, as on the server. Refuses files over the server's limit before
//! anything is sent. Called by `items`, `plans`, `inspectors` and `checklists`.
//!
//! - `rejects`: the rows that something blocks, as a file

mod rejects;

pub use rejects::write_rejects;

use crate::commands::subjects::{FileFormat, save};
use crate::exit::{Exit, Failure, Result};
use crate::out::{self, Format};
use crate::remote::Remote;
use crate::remote::journal::{self, Identity, Journal};
use crate::remote::progress::{Mode, Progress};
use clap::Args;
use clients::{ClientError, Connection, FormFile};
use serde_json::Value;
use std::path::PathBuf;

/// The largest file that the services take.
const MOST: u64 = 32 << 20;

/// Arguments that every import of a form has.
#[derive(Args)]
pub struct ImportArgs {
    /// The official form as XLSX, or its columns as CSV or NDJSON; 32 MiB at most
    pub file: PathBuf,
    /// Check only; this is the default
    #[arg(long, conflicts_with = "write")]
    dry_run: bool,
    /// Write what the file holds
    #[arg(long)]
    pub write: bool,
    /// Form of the file; told from its name when absent
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Form of the report
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    progress: Mode,
    #[command(flatten)]
    remote: Remote,
}

/// Arguments that every export of a form has.
#[derive(Args)]
pub struct ExportArgs {
    /// Form of the file; by its name when absent
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    progress: Mode,
    #[command(flatten)]
    remote: Remote,
}

impl ImportArgs {
    /// Form of the file.
    ///
    /// # Errors
    /// Exit code 2 when nothing tells it.
    pub fn format(&self) -> Result<FileFormat> {
        self.format
            .or_else(|| FileFormat::of_name(&self.file))
            .ok_or_else(|| Failure::usage(format!("{}: --format says what it is", self.file.display())))
    }

    /// Sends the file with `send` and gives the report, also that of a refusal.
    ///
    /// `parameters` are what else makes two imports of the same bytes different.
    ///
    /// # Errors
    /// A file that cannot be read or is too large; the suite's.
    pub async fn send(
        &self,
        noun: &str,
        parameters: &str,
        send: impl AsyncFnOnce(Connection, FormFile<'_>) -> clients::Result<Value>,
    ) -> Result<Value> {
        let connection = self.remote.connect()?;
        let format = self.format()?;
        let (digest, length) = journal::digest(&self.file)?;
        if length > MOST {
            return Err(Failure::usage(format!("{}: more than {MOST} bytes", self.file.display())));
        }
        let bytes = std::fs::read(&self.file).map_err(|e| Failure::file(&self.file, &e))?;
        // Every run is an import of its own, also of a file that was written before: between the two another may have been.
        // Only a run that got no answer is taken up again under its key.
        let identity = Identity {
            digest,
            url: self.remote.url.clone(),
            parameters: vec![("noun".into(), noun.into()), ("parameters".into(), parameters.into())],
        };
        let unanswered = if self.write { Journal::read(&self.file)? } else { None };
        let key = match unanswered.filter(|journal| journal.identity == identity) {
            Some(journal) => {
                out::note(crate::lang::pick(
                    "上次写入没有得到答复，接着那一次",
                    "the last run got no answer; this goes on with it",
                ));
                journal.key
            }
            None => format!("{noun}-{}", uuid::Uuid::new_v4().simple()),
        };
        if self.write {
            let journal = Journal { version: 1, identity, key: key.clone(), attempt: 1, operation: None };
            journal.write(&self.file)?;
        }
        let file = FormFile {
            format: format.word(),
            media: format.media(),
            bytes,
            is_dry_run: !self.write,
            key: &key,
        };
        let phase = if self.write { "import" } else { "check" };
        let progress = Progress::begin(self.progress, phase, Some(length), true);
        let answer = send(connection, file).await;
        if self.write && answer.as_ref().map_or_else(|e| e.status.is_some_and(|s| s < 500), |_| true) {
            Journal::remove(&self.file);
        }
        let report = match answer {
            // Writing was refused for faults: the report comes with the refusal.
            Err(e) if e.status == Some(422) => reported(e)?,
            other => other?,
        };
        progress.end(length, report["blocked"].as_u64().unwrap_or(0));
        Ok(report)
    }

    /// Shows the report; 3 when something blocks.
    ///
    /// # Errors
    /// As said; standard output that cannot be written.
    pub fn tell(&self, report: &Value) -> Result {
        let faults = faults(report);
        let columns = [
            ("SHEET", "/sheet"),
            ("CELL", "/cell"),
            ("SEVERITY", "/severity"),
            ("CODE", "/code"),
            ("VALUE", "/value"),
            ("HINT", "/hint"),
        ];
        match self.output {
            Format::Json => out::json(report)?,
            other => out::list(other, &columns, faults)?,
        }
        let count = |name: &str| report[name].as_u64().unwrap_or(0);
        let (accepted, blocked, warnings) = (count("accepted"), count("blocked"), count("warnings"));
        out::note(&crate::lang::pick(
            format!("可接收 {accepted}，阻断 {blocked}，提示 {warnings}"),
            format!("accepted {accepted}, blocked {blocked}, warnings {warnings}"),
        ));
        let is_written = report["written"] == true;
        if blocked > 0 || faults.iter().any(is_blocking) {
            let said = if is_written {
                crate::lang::pick(
                    "被阻断的行未写入，其余已写入",
                    "blocked rows were not written, the others were",
                )
            } else {
                crate::lang::pick("未写入任何数据", "nothing was written")
            };
            return Err(Failure::new(Exit::Partial, said));
        }
        if !self.write {
            out::note(crate::lang::pick("仅校验；加 --write 写入", "checked only; --write brings it in"));
        }
        Ok(())
    }
}

impl ExportArgs {
    /// Asks with `ask` and writes the answer's file; NDJSON, or `otherwise`, where nothing tells the form.
    ///
    /// # Errors
    /// The suite's; a file that cannot be written.
    pub async fn save(
        self,
        otherwise: FileFormat,
        ask: impl AsyncFnOnce(Connection, &'static str) -> clients::Result<reqwest::Response>,
    ) -> Result {
        let Self { format, output, progress, remote } = self;
        let format = format.or_else(|| FileFormat::of_name(output.as_deref()?)).unwrap_or(otherwise);
        let answer = ask(remote.connect()?, format.word()).await?;
        save(answer, output.as_deref(), progress).await
    }
}

fn reported(e: ClientError) -> Result<Value> {
    let report = e.body.as_ref().map(|b| b["report"].clone()).filter(Value::is_object);
    report.ok_or_else(|| e.into())
}

fn faults(report: &Value) -> &[Value] {
    report["faults"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn is_blocking(fault: &Value) -> bool {
    fault["severity"] == "block"
}
