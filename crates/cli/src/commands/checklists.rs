//! `checklists import|export`: the checklist templates of an organ, one row a point (检查表模板).

use crate::commands::forms::{ExportArgs, ImportArgs, write_rejects};
use crate::commands::subjects::FileFormat;
use crate::exit::Result;
use clap::{Args, Subcommand};
use clients::InspectionsClient;
use std::path::PathBuf;

#[derive(Subcommand)]
#[command(
    after_help = "Examples (示例):\n  lianjian checklists import 检查表.csv\n  lianjian checklists export -o 检查表.xlsx"
)]
pub enum Checklists {
    /// Check checklist templates, or bring them in with --write (导入)
    Import(Import),
    /// Write checklist templates to a file (导出)
    Export(Export),
}

impl Checklists {
    pub async fn run(self) -> Result {
        match self {
            Checklists::Import(c) => c.run().await,
            Checklists::Export(c) => c.run().await,
        }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian checklists import 检查表.csv            check only (只校验)\n  \
    lianjian checklists import 检查表.csv --write    bring it in (写入)\n  \
    lianjian checklists import 检查表.xlsx --department nz-scjg --rejects bad.csv\n\n\
    Columns 检查表编号, 检查表名称, 序号, 检查内容, 检查方法, 检查依据 in any order; the export shows all of them, and is the\n\
    blank form where there is nothing. Nothing is written when anything blocks. Exit code 3 when rows are blocked."
)]
pub struct Import {
    #[command(flatten)]
    form: ImportArgs,
    /// Organ of checklists that name none, when it is not the own one (部门)
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// Write blocked rows here, with what is wrong (CSV, or NDJSON for NDJSON)
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

impl Import {
    pub async fn run(self) -> Result {
        let Self { form, department, rejects } = self;
        let (format, organ) = (form.format()?, department.as_deref());
        let send = async |c, file: clients::FormFile<'_>| {
            InspectionsClient::new(c).checklist_template_import(file, organ).await
        };
        let report = form.send("checklists", organ.unwrap_or_default(), send).await?;
        if let Some(path) = rejects {
            write_rejects(&report, &form.file, format, &path)?;
        }
        form.tell(&report)
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian checklists export -o 检查表.xlsx\n  \
    lianjian checklists export --format ndjson --active true | jq .title")]
pub struct Export {
    #[command(flatten)]
    form: ExportArgs,
    /// Only of this organ (部门)
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// Only those in use, or only the others
    #[arg(long, value_name = "true|false")]
    active: Option<bool>,
}

impl Export {
    pub async fn run(self) -> Result {
        let Self { form, department, active } = self;
        let ask = async |c, format| {
            InspectionsClient::new(c).checklist_template_export(format, department.as_deref(), active).await
        };
        form.save(FileFormat::Ndjson, ask).await
    }
}
