//! Files in and out of operations: the report of an import, its refusals, the body that is a file, the answer that is one.
//!
//! An import looks first and writes all or nothing; its report names every finding with its cell, in the same words in every
//! service. It refuses to know any form: rows and findings come from the services' `forms`. Called by the import and export
//! handlers and app functions.

use crate::error::{Error, Fault, Kind, Problem, Result};
use crate::extract::Ctx;
use crate::lang::Lang;
use crate::reply::Reply;
use actix_web::HttpRequest;
use actix_web::web::Payload;
use futures_util::StreamExt as _;
use serde::Serialize;
use sha2::{Digest, Sha256};
use table_kit::Severity;
use table_kit::form::FormFault;
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes of a form file at most.
pub const MAX_FILE: usize = 32 << 20;

domain::define_words! {
    /// Format of a form file (文件格式).
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

/// The format that parameter and content type agree on.
///
/// # Errors
/// 400 `format_mismatch` when they do not.
pub fn format_of(asked: Option<FileFormat>, media: &str) -> Result<FileFormat> {
    let told = match media {
        "text/csv" => FileFormat::Csv,
        "application/x-ndjson" => FileFormat::Ndjson,
        _ => FileFormat::Xlsx,
    };
    match asked {
        Some(asked) if asked != told => {
            let (zh, en) = ("format 与内容类型不符", "format contradicts the content type");
            Err(Error::malformed("bad_parameter", vec![Fault::new("?format", "format_mismatch", zh, en)]))
        }
        _ => Ok(told),
    }
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
    /// The report: nothing was written. Absent where the request was at fault and the file was not looked at.
    #[schema(required = false)]
    pub report: ImportReport,
}

/// 409: what was planned is not what would be written.
pub fn raced() -> Error {
    Error::conflict(
        "import_raced",
        "数据在导入过程中被他人修改，请重试",
        "Something was changed during the import; try again",
    )
}

/// 422 with the report: nothing was written.
pub fn blocked(ctx: &Ctx, report: ImportReport) -> Result<Reply> {
    let (zh, en) = (
        format!("有 {} 处阻断性问题，未写入任何数据", report.blocked),
        format!("{} findings block the import, nothing was written", report.blocked),
    );
    refuse(ctx, Error::new(Kind::Invalid, "import_blocked", zh, en), report)
}

/// 422 for a file that cannot be read at all: formulas, links, macros, bombs, `.et`, `.wps`, damage.
pub fn refused_file(ctx: &Ctx, dry_run: bool, faults: &[FormFault]) -> Result<Reply> {
    let report = ImportReport::of(dry_run, Vec::new(), faults, ctx.lang());
    let error = match faults.first() {
        Some(f) => Error::new(Kind::Invalid, f.code, f.zh.clone(), f.en.clone()),
        None => Error::new(Kind::Invalid, "unsupported_format", "无法读取此文件", "The file cannot be read"),
    };
    refuse(ctx, error, report)
}

fn refuse(ctx: &Ctx, error: Error, report: ImportReport) -> Result<Reply> {
    let mut problem = error.problem(ctx.lang(), ctx.path(), ctx.trace_id());
    problem.errors = report
        .faults
        .iter()
        .filter(|f| f.severity == FindingSeverity::Block)
        .map(|f| crate::error::ProblemFault {
            pointer: match (&f.sheet, &f.cell, f.row) {
                (Some(sheet), Some(cell), _) => format!("{sheet}!{cell}"),
                (None, Some(cell), _) => cell.clone(),
                (_, None, Some(row)) => format!("row {row}"),
                _ => String::new(),
            },
            code: f.code.clone(),
            detail: f.hint.clone(),
        })
        .collect();
    let mut reply = Reply::ok(&ImportProblem { problem, report })?;
    reply.status = 422;
    Ok(reply
        .header("content-type", "application/problem+json")
        .header("content-language", ctx.lang().tag())
        .header("cache-control", "no-store"))
}

/// The answer that is a file.
pub fn file(bytes: Vec<u8>, format: &str, name: &str) -> Reply {
    let media = match format {
        "csv" => "text/csv; charset=utf-8",
        "ndjson" => "application/x-ndjson",
        _ => XLSX,
    };
    let disposition = format!("attachment; filename=\"{name}.{format}\"");
    Reply { status: 200, headers: Vec::new(), body: bytes }
        .header("content-type", media)
        .header("content-disposition", disposition)
        .header("cache-control", "no-store")
}

/// Media type of XLSX.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Reads a file from the body: its media type and bytes.
pub async fn collect(ctx: &Ctx, req: &HttpRequest, mut payload: Payload) -> Result<(String, Vec<u8>)> {
    ctx.check_media(req)?;
    let header = |name: &str| req.headers().get(name).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if !matches!(header("content-encoding"), "" | "identity") {
        return Err(Error::new(
            Kind::UnsupportedMedia,
            "unsupported_encoding",
            "此接口不接受压缩内容",
            "this operation takes no compressed body",
        ));
    }
    let too_large = || {
        Error::new(
            Kind::TooLarge,
            "body_too_large",
            "文件不得超过 32 MiB",
            "the file may have at most 32 MiB",
        )
    };
    let declared = header("content-length").parse::<usize>().unwrap_or(0);
    if declared > MAX_FILE {
        return Err(too_large());
    }
    let media = header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut bytes = Vec::with_capacity(declared.min(1 << 20));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| crate::patience::body_fault(&e))?;
        if bytes.len() + chunk.len() > MAX_FILE {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    ctx.set_fingerprint(&hex::encode(Sha256::digest(&bytes)));
    Ok((media, bytes))
}
