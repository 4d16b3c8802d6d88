//! Reports of imports: what would be done, what was found in which cell.

use crate::forms::FormFault;
use serde::{Deserialize, Serialize};
use service_kit::error::Problem;
use service_kit::lang::Lang;
use table_kit::Severity;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

domain::define_words! {
    /// Format of an item file (文件格式).
    pub enum FileFormat {
        /// The official form.
        Xlsx = "xlsx", "XLSX 表格", [];
        /// The form's columns as text.
        Csv = "csv", "CSV 文本", [];
        /// One JSON object a line.
        Ndjson = "ndjson", "NDJSON 文本", [];
    }
}

domain::define_words! {
    /// Weight of a finding.
    pub enum FindingSeverity {
        /// Nothing is written while it stands.
        Block = "block", "阻断", [];
        /// A person should look.
        Warn = "warn", "提示", [];
    }
}

domain::define_words! {
    /// What an import does with one item.
    pub enum ImportAction {
        /// A new draft.
        Create = "create", "新增", [];
        /// The draft it was exported from is changed.
        Update = "update", "更新", [];
        /// It is already so.
        Unchanged = "unchanged", "无变化", [];
        /// The example row, left out.
        SkipExample = "skip_example", "示例行，未导入", [];
        /// A finding blocks it.
        Blocked = "blocked", "被阻断", [];
    }
}

/// A workbook, as it is.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 33_554_432)]
pub struct XlsxFile(pub Vec<u8>);

/// A text file, as it is.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 33_554_432)]
pub struct TextFile(pub String);

/// How a file is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ItemImportQuery {
    /// Format; the content type tells it when absent.
    #[param(inline)]
    pub format: Option<FileFormat>,
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
    /// Takes rows that begin with 例： as data.
    pub include_example: Option<bool>,
}

/// How a contact table is imported.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactImportQuery {
    /// Only looks, writes nothing; the default.
    pub dry_run: Option<bool>,
}

/// Most findings that a report lists.
pub const MOST_FAULTS: usize = 1000;

/// One finding of an import with its cell.
#[derive(Clone, Serialize, ToSchema)]
pub struct FindingView {
    /// Sheet of a workbook.
    #[schema(max_length = 100, example = "附件1")]
    pub sheet: Option<String>,
    /// Sheet row or line of the file, from 1.
    #[schema(minimum = 1)]
    pub row: Option<u64>,
    /// Column, from 1.
    #[schema(minimum = 1)]
    pub column: Option<u32>,
    /// Cell reference.
    #[schema(max_length = 20, example = "E3")]
    pub cell: Option<String>,
    /// Stable code.
    #[schema(max_length = 64, example = "no_article")]
    pub code: String,
    /// Whether it blocks.
    pub severity: FindingSeverity,
    /// The text it is about, cut.
    #[schema(max_length = 80)]
    pub value: String,
    /// What to do about it.
    #[schema(max_length = 1000)]
    pub hint: String,
}

impl FindingView {
    /// A finding in a language.
    #[must_use]
    pub fn of(fault: &FormFault, lang: Lang) -> Self {
        let FormFault { sheet, row, column, code, severity, value, zh, en } = fault.clone();
        Self {
            cell: fault.cell(),
            sheet,
            row,
            column,
            code: code.to_string(),
            severity: match severity {
                Severity::Block => FindingSeverity::Block,
                Severity::Warn => FindingSeverity::Warn,
            },
            value,
            hint: lang.pick(&zh, &en).to_string(),
        }
    }
}

/// What an import does with one item or contact.
#[derive(Clone, Serialize, ToSchema)]
pub struct ImportLineView {
    /// Row or line of the file, from 1.
    #[schema(minimum = 0)]
    pub row: u64,
    /// What is done.
    pub action: ImportAction,
    /// The row's id, when there is one; new ids are final only with `dry_run=false`.
    pub id: Option<Uuid>,
    /// Lead department, or the contact's organ.
    #[schema(max_length = 32)]
    pub department: Option<String>,
    /// Field and item, or the organ's name, as in the file.
    #[schema(max_length = 300)]
    pub title: String,
    /// Cooperating departments.
    #[schema(minimum = 0)]
    pub cooperating: u32,
}

/// Report of an import (导入报告).
#[derive(Clone, Serialize, ToSchema)]
pub struct ImportReport {
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// Whether it was written.
    pub written: bool,
    /// Items that nothing blocks.
    #[schema(minimum = 0)]
    pub accepted: u64,
    /// Findings that block.
    #[schema(minimum = 0)]
    pub blocked: u64,
    /// Findings to look at.
    #[schema(minimum = 0)]
    pub warnings: u64,
    /// Example rows left out.
    #[schema(minimum = 0)]
    pub skipped: u64,
    /// What is done with each item.
    #[schema(max_items = 100000)]
    pub items: Vec<ImportLineView>,
    /// Findings, the first 1000; blocking ones first.
    #[schema(max_items = 1000)]
    pub faults: Vec<FindingView>,
    /// Whether there are more findings than listed.
    pub faults_cut: bool,
}

impl ImportReport {
    /// The report of these lines and findings.
    #[must_use]
    pub fn of(dry_run: bool, items: Vec<ImportLineView>, faults: &[FormFault], lang: Lang) -> Self {
        let blocked = faults.iter().filter(|f| f.is_blocking()).count() as u64;
        let count =
            |actions: &[ImportAction]| items.iter().filter(|i| actions.contains(&i.action)).count() as u64;
        let listed =
            faults.iter().filter(|f| f.is_blocking()).chain(faults.iter().filter(|f| !f.is_blocking()));
        Self {
            dry_run,
            written: false,
            accepted: count(&[ImportAction::Create, ImportAction::Update, ImportAction::Unchanged]),
            blocked,
            warnings: faults.len() as u64 - blocked,
            skipped: count(&[ImportAction::SkipExample]),
            faults: listed.take(MOST_FAULTS).map(|f| FindingView::of(f, lang)).collect(),
            faults_cut: faults.len() > MOST_FAULTS,
            items,
        }
    }
}

/// Problem details of a refused import, with its report.
#[derive(Serialize, ToSchema)]
pub struct ImportProblem {
    /// What every problem says.
    #[serde(flatten)]
    pub problem: Problem,
    /// The report: nothing was written.
    pub report: ImportReport,
}
