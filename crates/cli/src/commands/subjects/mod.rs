//! `subjects import|export|find`: the registry of supervision subjects.

mod export;
mod import;
mod refeed;
mod rejects;
mod summary;

pub use export::save;

use crate::exit::Result;
use clap::{Args, Subcommand, ValueEnum};
use std::path::Path;

#[derive(Subcommand)]
#[command(after_help = "Examples (示例):\n  lianjian subjects import 企业名单.xlsx --rejects bad.ndjson\n  \
    lianjian subjects export --format xlsx -o registry.xlsx --status active\n  lianjian subjects find 建材")]
pub enum Subjects {
    /// Bring in a file of subjects (导入)
    Import(import::Import),
    /// Write the registry to a file (导出)
    Export(export::Export),
    /// Search by name or code (查询)
    Find(export::Find),
}

impl Subjects {
    pub async fn run(self) -> Result {
        match self {
            Subjects::Import(c) => c.run().await,
            Subjects::Export(c) => c.run().await,
            Subjects::Find(c) => c.run().await,
        }
    }
}

/// Form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// Comma-separated, UTF-8 or GB18030
    Csv,
    /// One JSON object a line
    Ndjson,
    /// Excel workbook
    Xlsx,
}

impl FileFormat {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::Ndjson => "ndjson",
            FileFormat::Xlsx => "xlsx",
        }
    }

    /// Media type.
    pub fn media(self) -> &'static str {
        match self {
            FileFormat::Csv => "text/csv",
            FileFormat::Ndjson => "application/x-ndjson",
            FileFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// By the name of a file; `.gz` at the end does not matter.
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "txt" => Some(FileFormat::Csv),
            "ndjson" | "jsonl" => Some(FileFormat::Ndjson),
            "xlsx" => Some(FileFormat::Xlsx),
            _ => None,
        }
    }
}

/// Which subjects.
#[derive(Args, Default)]
pub struct Filters {
    /// Kind, such as enterprise, individual_business (类别)
    #[arg(long)]
    kind: Option<String>,
    /// State (登记状态)
    #[arg(long)]
    status: Option<String>,
    /// Region code or its beginning (行政区划)
    #[arg(long)]
    region: Option<String>,
    /// Trade code of GB/T 4754 or its beginning (行业)
    #[arg(long)]
    industry: Option<String>,
    /// Code of a supervising organ (监管部门)
    #[arg(long)]
    department: Option<String>,
    /// Result of the identifier's check: pass, fail, legacy_unverified
    #[arg(long)]
    check: Option<String>,
    /// Tag in force, scheme:value (标签)
    #[arg(long)]
    tag: Option<String>,
}

impl Filters {
    /// As query parameters.
    fn query(self) -> Vec<(String, String)> {
        let Self { kind, status, region, industry, department, check, tag } = self;
        [
            ("kind", kind),
            ("status", status),
            ("region", region),
            ("industry", industry),
            ("department", department),
            ("check", check),
            ("tag", tag),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|v| (name.to_string(), v)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_file_is_told_by_its_name() {
        for (name, format) in [
            ("名单.csv", Some(FileFormat::Csv)),
            ("a.CSV.gz", Some(FileFormat::Csv)),
            ("a.jsonl", Some(FileFormat::Ndjson)),
            ("d/a.xlsx", Some(FileFormat::Xlsx)),
            ("a.et", None),
            ("a", None),
        ] {
            assert_eq!(FileFormat::of_name(Path::new(name)), format, "{name}");
        }
    }
}
