//! `plans import|export`: the annual plans of a year, in the form of Attachment 2 or as data.
//!
//! An import is a dry run unless `--write` says otherwise, as on the server.

use crate::commands::items::tell;
use crate::commands::subjects::{FileFormat, save};
use crate::exit::{Failure, Result};
use crate::out::Format;
use crate::remote::progress::Mode;
use crate::remote::{Remote, journal};
use clap::{Args, Subcommand};
use clients::InspectionsClient;
use clients::inspections::PlanImport;
use std::path::PathBuf;

#[derive(Subcommand)]
#[command(
    after_help = "Examples (示例):\n  lianjian plans import 年度计划.xlsx\n  lianjian plans export --year 2026 -o 年度计划.xlsx"
)]
pub enum Plans {
    /// Check the plans of a year, or bring them in with --write (导入)
    Import(Import),
    /// Write the plans of a year to a file (导出)
    Export(Export),
}

impl Plans {
    pub async fn run(self) -> Result {
        match self {
            Plans::Import(c) => c.run().await,
            Plans::Export(c) => c.run().await,
        }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian plans import 年度计划.xlsx            check only (只校验)\n  \
    lianjian plans import 年度计划.xlsx --write    bring it in (写入)\n  \
    lianjian plans import 年度计划.csv --year 2026\n\n\
    Nothing is written when anything blocks. Exit code 3 when rows are blocked."
)]
pub struct Import {
    /// XLSX in the form of Attachment 2, CSV or NDJSON; 32 MiB at most
    file: PathBuf,
    /// Check only; this is the default
    #[arg(long, conflicts_with = "write")]
    dry_run: bool,
    /// Write the plans
    #[arg(long)]
    write: bool,
    /// Plan year, where the file does not say it
    #[arg(long, value_name = "YYYY")]
    year: Option<i16>,
    /// Form of the file; told from its name when absent
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Form of the report
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    remote: Remote,
}

/// The largest file that the service takes.
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
            format!("plans-{}-{}", &digest[..40], self.year.unwrap_or_default())
        } else {
            format!("plans-check-{}", uuid::Uuid::new_v4().simple())
        };
        let import = PlanImport {
            format: format.word(),
            media: format.media(),
            bytes,
            is_dry_run: !self.write,
            year: self.year,
            key: &key,
        };
        match InspectionsClient::new(connection).plan_import(import).await {
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

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian plans export --year 2026 -o 年度计划.xlsx\n  \
    lianjian plans export --year 2026 --format ndjson | jq .name")]
pub struct Export {
    /// Form of the file; by its name, ndjson on standard output
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Plan year; this year when absent
    #[arg(long, value_name = "YYYY")]
    year: Option<i16>,
    /// Only plans in this state, such as published
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
        let answer = InspectionsClient::new(self.remote.connect()?)
            .plan_export(format.word(), self.year, self.state.as_deref())
            .await?;
        save(answer, self.output.as_deref(), self.progress).await
    }
}
