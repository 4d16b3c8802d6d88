//! `inspectors import|export`: the registry of inspectors by the template of the real systems (执法人员名录库).

use crate::commands::forms::{ExportArgs, ImportArgs, write_rejects};
use crate::commands::subjects::FileFormat;
use crate::exit::{Failure, Result};
use clap::{Args, Subcommand, ValueEnum};
use clients::InspectionsClient;
use std::path::PathBuf;

#[derive(Subcommand)]
#[command(
    after_help = "Examples (示例):\n  lianjian inspectors import 执法人员.xlsx\n  lianjian inspectors export -o 执法人员.xlsx"
)]
pub enum Inspectors {
    /// Check a registry, or bring it in with --write (导入)
    Import(Import),
    /// Write the registry to a file, personal data masked (导出)
    Export(Export),
}

impl Inspectors {
    pub async fn run(self) -> Result {
        match self {
            Inspectors::Import(c) => c.run().await,
            Inspectors::Export(c) => c.run().await,
        }
    }
}

/// Whether rows stand for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// One blocked row, and nothing is written
    Atomic,
    /// Rows that nothing blocks are written
    Partial,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Mode::Atomic => "atomic",
            Mode::Partial => "partial",
        }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian inspectors import 执法人员.xlsx            check only (只校验)\n  \
    lianjian inspectors import 执法人员.xlsx --write    bring it in (写入)\n  \
    lianjian inspectors import 执法人员.csv --write --mode partial --rejects bad.csv\n\n\
    The form is the template of 21 columns, 单位工号 to 执法人员状态, as XLSX or CSV; the export of an empty registry is it.\n\
    A rejects file, corrected, comes in as it is. Exit code 3 when rows are blocked."
)]
pub struct Import {
    #[command(flatten)]
    form: ImportArgs,
    /// Organ whose inspectors these are, when it is not the own one (部门)
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// Whole or row by row
    #[arg(long, value_enum, default_value = "atomic")]
    mode: Mode,
    /// Write blocked rows here, with what is wrong (CSV)
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

impl Import {
    pub async fn run(self) -> Result {
        let Self { form, department, mode, rejects } = self;
        let format = form.format()?;
        if format == FileFormat::Ndjson {
            return Err(Failure::usage("inspectors come as XLSX or CSV"));
        }
        let organ = department.as_deref();
        let parameters = format!("{}-{}", mode.word(), organ.unwrap_or_default());
        let send = async |c, file: clients::FormFile<'_>| {
            InspectionsClient::new(c).inspector_import(file, organ, mode.word()).await
        };
        let report = form.send("inspectors", &parameters, send).await?;
        if let Some(path) = rejects {
            write_rejects(&report, &form.file, format, &path)?;
        }
        form.tell(&report)
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian inspectors export -o 执法人员.xlsx\n  \
    lianjian inspectors export --format csv --department nz-scjg")]
pub struct Export {
    #[command(flatten)]
    form: ExportArgs,
    /// Only of this organ (部门)
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
}

impl Export {
    pub async fn run(self) -> Result {
        let Self { form, department } = self;
        let ask =
            async |c, format| InspectionsClient::new(c).inspector_export(format, department.as_deref()).await;
        form.save(FileFormat::Csv, ask).await
    }
}
