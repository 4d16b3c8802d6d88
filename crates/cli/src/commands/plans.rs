//! `plans import|export`: the annual plans of a year, in the form of Attachment 2 or as data.

use crate::commands::forms::{ExportArgs, ImportArgs};
use crate::commands::subjects::FileFormat;
use crate::exit::Result;
use clap::{Args, Subcommand};
use clients::InspectionsClient;

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
    The form is Attachment 2. Nothing is written when anything blocks. Exit code 3 when rows are blocked."
)]
pub struct Import {
    #[command(flatten)]
    form: ImportArgs,
    /// Plan year, where the file does not say it
    #[arg(long, value_name = "YYYY")]
    year: Option<i16>,
}

impl Import {
    pub async fn run(self) -> Result {
        let Self { form, year } = self;
        let parameters = year.unwrap_or_default().to_string();
        let send =
            async |c, file: clients::FormFile<'_>| InspectionsClient::new(c).plan_import(file, year).await;
        form.tell(&form.send("plans", &parameters, send).await?)
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian plans export --year 2026 -o 年度计划.xlsx\n  \
    lianjian plans export --year 2026 --format ndjson | jq .name")]
pub struct Export {
    #[command(flatten)]
    form: ExportArgs,
    /// Plan year; this year when absent
    #[arg(long, value_name = "YYYY")]
    year: Option<i16>,
    /// Only plans in this state, such as published
    #[arg(long)]
    state: Option<String>,
}

impl Export {
    pub async fn run(self) -> Result {
        let Self { form, year, state } = self;
        let ask =
            async |c, format| InspectionsClient::new(c).plan_export(format, year, state.as_deref()).await;
        form.save(FileFormat::Ndjson, ask).await
    }
}
