//! `items import|export`: the catalog of supervision items, in the form of Attachment 1 or as data.

use crate::commands::forms::{ExportArgs, ImportArgs};
use crate::commands::subjects::FileFormat;
use crate::exit::Result;
use clap::{Args, Subcommand};
use clients::CatalogClient;

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
    The form is Attachment 1. Nothing is written when anything blocks. Exit code 3 when rows are blocked."
)]
pub struct Import {
    #[command(flatten)]
    form: ImportArgs,
    /// Take rows beginning with 例： as data
    #[arg(long)]
    include_example: bool,
}

impl Import {
    pub async fn run(self) -> Result {
        let Self { form, include_example } = self;
        let parameters = u8::from(include_example).to_string();
        let send = async |c, file: clients::FormFile<'_>| {
            CatalogClient::new(c).item_import(file, include_example).await
        };
        form.tell(&form.send("items", &parameters, send).await?)
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian items export -o 重点事项清单.xlsx\n  \
    lianjian items export --format ndjson --as-of 2026-01-01 | jq .name")]
pub struct Export {
    #[command(flatten)]
    form: ExportArgs,
    /// As the list stood on this day, Asia/Shanghai
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<jiff::civil::Date>,
    /// Only items in this state, such as published
    #[arg(long)]
    state: Option<String>,
}

impl Export {
    pub async fn run(self) -> Result {
        let Self { form, as_of, state } = self;
        let as_of = as_of.map(|d| d.to_string());
        let ask = async |c, format| {
            CatalogClient::new(c).item_export(format, as_of.as_deref(), state.as_deref()).await
        };
        form.save(FileFormat::Ndjson, ask).await
    }
}
