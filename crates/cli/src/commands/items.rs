//! `items import|export`: the catalog of supervision items, in the form of Attachment 1 or as data.
//!
//! An import is a dry run unless `--write` says otherwise, as on the server.

use crate::commands::subjects::{FileFormat, save};
use crate::exit::{Exit, Failure, Result};
use crate::out::{self, Format};
use crate::remote::progress::Mode;
use crate::remote::{Remote, journal};
use clap::{Args, Subcommand};
use clients::CatalogClient;
use clients::catalog::ItemImport;
use serde_json::Value;
use std::path::PathBuf;

#[derive(Subcommand)]
#[command(
    after_help = "Examples (示例):\n  lianjian items import 重点事项清单.xlsx\n  lianjian items export -o 重点事项清单.xlsx"
)]
pub enum Items {
    /// Check a list of items, or bring it in with --write (导入)
    Import(Import),
    /// Write the list of items to a file (导出)
    Export(Export),
}

impl Items {
    pub async fn run(self) -> Result {
        match self {
            Items::Import(c) => c.run().await,
            Items::Export(c) => c.run().await,
        }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian items import 重点事项清单.xlsx            check only (只校验)\n  \
    lianjian items import 重点事项清单.xlsx --write    bring it in (写入)\n\n\
    Nothing is written when anything blocks. Exit code 3 when rows are blocked."
)]
pub struct Import {
    /// XLSX in the form of Attachment 1, CSV or NDJSON; 32 MiB at most
    file: PathBuf,
    /// Check only; this is the default
    #[arg(long, conflicts_with = "write")]
    dry_run: bool,
    /// Write the items
    #[arg(long)]
    write: bool,
    /// Take rows beginning with 例： as data
    #[arg(long)]
    include_example: bool,
    /// Form of the file; told from its name when absent
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Form of the report
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    remote: Remote,
}

/// The largest file that the catalog takes.
const MOST: u64 = 32 << 20;

impl Import {
    pub async fn run(self) -> Result {
        let connection = self.remote.connect()?;
        let Some(format) = self.format.or_else(|| FileFormat::of_name(&self.file)) else {
            return Err(Failure::usage(format!("{}: --format says what it is", self.file.display())));
        };
        let (digest, length) = journal::digest(&self.file)?;
        if length > MOST {
            return Err(Failure::usage(format!("{}: more than {MOST} bytes", self.file.display())));
        }
        let bytes = std::fs::read(&self.file).map_err(|e| Failure::file(&self.file, &e))?;
        // A check is done anew each time; writing the same file twice is one import.
        let key = if self.write {
            format!("items-{}-{}", &digest[..40], u8::from(self.include_example))
        } else {
            format!("items-check-{}", uuid::Uuid::new_v4().simple())
        };
        let import = ItemImport {
            format: format.word(),
            media: format.media(),
            bytes,
            is_dry_run: !self.write,
            include_example: self.include_example,
            key: &key,
        };
        match CatalogClient::new(connection).item_import(import).await {
            Ok(report) => tell(&report, self.output, self.write),
            // Writing was refused for faults: the report comes with the refusal.
            Err(e) if e.status == Some(422) && e.body.as_ref().is_some_and(|b| b["report"].is_object()) => {
                let problem = e.body.map(|b| *b).unwrap_or_default();
                tell(&problem["report"], self.output, self.write)
            }
            Err(e) => Err(e.into()),
        }
    }
}

/// Shows the report of an import; 3 when something blocks. Called for every official form.
pub(super) fn tell(report: &Value, output: Format, is_write: bool) -> Result {
    let faults = report["faults"].as_array().cloned().unwrap_or_default();
    let columns = [
        ("SHEET", "/sheet"),
        ("CELL", "/cell"),
        ("SEVERITY", "/severity"),
        ("CODE", "/code"),
        ("VALUE", "/value"),
        ("HINT", "/hint"),
    ];
    match output {
        Format::Json => out::json(report)?,
        other => out::list(other, &columns, &faults)?,
    }
    let count = |name: &str| report[name].as_u64().unwrap_or(0);
    let (accepted, blocked, warnings) = (count("accepted"), count("blocked"), count("warnings"));
    out::note(&crate::lang::pick(
        format!("可接收 {accepted}，阻断 {blocked}，提示 {warnings}"),
        format!("accepted {accepted}, blocked {blocked}, warnings {warnings}"),
    ));
    if blocked > 0 || faults.iter().any(|f| f["severity"] == "block") {
        return Err(Failure::new(Exit::Partial, crate::lang::pick("未写入任何数据", "nothing was written")));
    }
    if !is_write {
        out::note(crate::lang::pick("仅校验；加 --write 写入", "checked only; --write brings it in"));
    }
    Ok(())
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian items export -o 重点事项清单.xlsx\n  \
    lianjian items export --format ndjson --as-of 2026-01-01 | jq .name")]
pub struct Export {
    /// Form of the file; by its name, ndjson on standard output
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As the list stood on this day, Asia/Shanghai
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<jiff::civil::Date>,
    /// Only items in this state, such as published
    #[arg(long)]
    state: Option<String>,
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
        let as_of = self.as_of.map(|d| d.to_string());
        let answer = CatalogClient::new(self.remote.connect()?)
            .item_export(format.word(), as_of.as_deref(), self.state.as_deref())
            .await?;
        save(answer, self.output.as_deref(), self.progress).await
    }
}
