//! Exports: the registry as a file, streamed page by page from a thread of its own.
//!
//! Columns are those the import reads, so a file that went out comes in again. Personal numbers stay masked.

use super::subject::filter_of;
use crate::api::import::SubjectExportQuery;
use crate::api::subject::SubjectListQuery;
use crate::store::list::{self, After, Filter, Sort};
use crate::store::subject::{self as store, Subject};
use actix_web::HttpResponse;
use bytes::Bytes;
use domain::mask;
use domain::vocabulary::SubjectKind;
use service_kit::{Ctx, Error, Kit, Result, Scope};
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use table_kit::write::{CsvOptions, CsvWriter, NdjsonWriter, XlsxWriter};
use tokio::sync::mpsc::{Sender, channel};

/// Rows of one read.
const PAGE: i64 = 1000;

/// English member names, and the Chinese titles that a spreadsheet shows.
const COLUMNS: [(&str, &str); 16] = [
    ("name", "名称"),
    ("identifier", "统一社会信用代码/注册号"),
    ("kind", "监管对象类别"),
    ("status", "登记状态"),
    ("region_code", "行政区划代码"),
    ("address", "地址"),
    ("industry", "行业代码"),
    ("legal_representative", "法定代表人"),
    ("established_on", "成立日期"),
    ("registration_authority", "登记机关"),
    ("managing_unit", "管辖单位"),
    ("responsible_name", "责任主体"),
    ("responsible_identifier", "责任主体统一社会信用代码"),
    ("owner_department", "登记部门"),
    ("departments", "监管部门"),
    ("version", "版本"),
];

/// Cells of a row behind those of [`COLUMNS`]: the id, which programs need and spreadsheets do not.
const ID: usize = COLUMNS.len();

/// The file as a stream.
pub async fn subject_export(ctx: &Ctx, query: SubjectExportQuery) -> Result<HttpResponse> {
    let SubjectExportQuery { format, q, kind, status, region, industry, department, check, tag } = query;
    let list = SubjectListQuery {
        q,
        kind,
        status,
        region,
        industry,
        department,
        check,
        tag,
        ..SubjectListQuery::default()
    };
    let filter = filter_of(ctx, &list)?;
    let format = format.unwrap_or_else(|| "ndjson".into());
    let (content_type, name) = match format.as_str() {
        "csv" => ("text/csv; charset=utf-8", "subjects.csv"),
        "xlsx" => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "subjects.xlsx"),
        _ => ("application/x-ndjson", "subjects.ndjson"),
    };
    let (sender, receiver) = channel::<Result<Bytes, Error>>(8);
    let (kit, scope) = (ctx.kit.clone(), ctx.scope());
    ctx.kit.store.scan("export", move |_| async move {
        let result = match format.as_str() {
            "csv" => csv(&kit, &scope, &filter, &sender).await,
            "xlsx" => xlsx(&kit, &scope, &filter, &sender).await,
            _ => ndjson(&kit, &scope, &filter, &sender).await,
        };
        if let Err(e) = result {
            tracing::error!(error = %e, "an export ended early");
            // An error in the stream cuts the connection: the reader must not take half a file for a whole one.
            let _ = sender.send(Err(e)).await;
        }
    })?;
    let stream =
        futures_util::stream::unfold(receiver, |mut r| async move { r.recv().await.map(|item| (item, r)) });
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")))
        .insert_header(("cache-control", "no-store"))
        .streaming(stream))
}

/// A buffer that a writer fills and the loop empties.
#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(&mut *self.0.borrow_mut()))
    }
}

/// Calls `write` for every row and drains after each page.
async fn each_page(
    kit: &Kit,
    scope: &Scope,
    filter: &Filter,
    mut write: impl FnMut(&[String]) -> Result<()>,
    drain: &Drain<'_>,
) -> Result<()> {
    let mut after: Option<After> = None;
    loop {
        let rows: Vec<Subject> = kit
            .store
            .read(async |c| {
                let keys =
                    list::subject_list(c, scope, filter, Sort::Registered, after.as_ref(), PAGE).await?;
                store::by_keys(c, &keys).await
            })
            .await?;
        let is_last = (rows.len() as i64) < PAGE;
        if let Some(last) = rows.last() {
            after = Some(After { value: String::new(), key: last.key });
        }
        for row in rows {
            write(&cells(row))?;
        }
        if !drain.page().await || is_last {
            return Ok(());
        }
    }
}

/// Sends what a writer has produced so far; without a sender it lets it gather.
struct Drain<'s> {
    buffer: Buffer,
    sender: Option<&'s Sender<Result<Bytes, Error>>>,
}

impl Drain<'_> {
    /// False when the reader has gone.
    async fn page(&self) -> bool {
        let Some(sender) = self.sender else { return true };
        let bytes = self.buffer.take();
        bytes.is_empty() || sender.send(Ok(bytes)).await.is_ok()
    }
}

fn cells(s: Subject) -> Vec<String> {
    let is_person = s.content.kind == SubjectKind::IndividualBusiness;
    let c = s.content;
    let text = |t: Option<String>| t.unwrap_or_default();
    let (responsible_name, responsible_identifier) = match c.responsible {
        Some(r) => (r.name, r.identifier.unwrap_or_default()),
        None => (String::new(), String::new()),
    };
    vec![
        c.name,
        c.identifier.filter(|i| !i.is_personal).map(|i| i.value).unwrap_or_default(),
        c.kind.to_string(),
        c.status.to_string(),
        c.region_code,
        text(c.address),
        text(c.industry),
        text(c.legal_representative.map(|n| if is_person { mask::person_name(&n) } else { n })),
        c.established_on.map(|d| d.to_string()).unwrap_or_default(),
        text(c.registration_authority),
        text(c.managing_unit),
        responsible_name,
        responsible_identifier,
        c.owner_department,
        c.departments.join(" "),
        s.version.to_string(),
        s.id.to_string(),
    ]
}

fn table(e: table_kit::TableError) -> Error {
    Error::internal(format!("export: {e}"))
}

async fn csv(kit: &Kit, scope: &Scope, filter: &Filter, sender: &Sender<Result<Bytes, Error>>) -> Result<()> {
    let buffer = Buffer::default();
    let options = CsvOptions { byte_order_mark: true, ..CsvOptions::default() };
    let mut writer = CsvWriter::new(buffer.clone(), options).map_err(table)?;
    let header: Vec<&str> = COLUMNS.iter().map(|(_, zh)| *zh).collect();
    writer.write_row(&header).map_err(table)?;
    let drain = Drain { buffer: buffer.clone(), sender: Some(sender) };
    each_page(
        kit,
        scope,
        filter,
        |row| {
            let row: Vec<&str> = row.iter().take(ID).map(String::as_str).collect();
            writer.write_row(&row).map_err(table)
        },
        &drain,
    )
    .await?;
    writer.finish().map_err(table)?;
    drain.page().await;
    Ok(())
}

async fn ndjson(
    kit: &Kit,
    scope: &Scope,
    filter: &Filter,
    sender: &Sender<Result<Bytes, Error>>,
) -> Result<()> {
    let buffer = Buffer::default();
    let mut writer = NdjsonWriter::new(buffer.clone(), &[]).map_err(table)?;
    let drain = Drain { buffer: buffer.clone(), sender: Some(sender) };
    each_page(
        kit,
        scope,
        filter,
        |row| {
            let mut line = serde_json::Map::new();
            line.insert("id".to_string(), row.get(ID).cloned().into());
            for ((name, _), value) in COLUMNS.iter().zip(row) {
                let value = match *name {
                    "departments" => value.split(' ').map(str::to_string).collect::<Vec<_>>().into(),
                    "version" => value.parse::<i64>().unwrap_or_default().into(),
                    "owner_department" => continue,
                    _ if value.is_empty() => serde_json::Value::Null,
                    _ => value.clone().into(),
                };
                line.insert((*name).to_string(), value);
            }
            writer.write_value(&line).map_err(table)
        },
        &drain,
    )
    .await?;
    writer.finish().map_err(table)?;
    drain.page().await;
    Ok(())
}

async fn xlsx(
    kit: &Kit,
    scope: &Scope,
    filter: &Filter,
    sender: &Sender<Result<Bytes, Error>>,
) -> Result<()> {
    let header: Vec<&str> = COLUMNS.iter().map(|(_, zh)| *zh).collect();
    let mut writer = XlsxWriter::new("监管对象名录", &header).map_err(table)?;
    let nothing = Drain { buffer: Buffer::default(), sender: None };
    each_page(
        kit,
        scope,
        filter,
        |row| {
            let row: Vec<&str> = row.iter().take(ID).map(String::as_str).collect();
            writer.write_row(&row).map_err(table)
        },
        &nothing,
    )
    .await?;
    // A workbook's directory stands at its end, so it is made on disk first and then sent.
    let mut file =
        tempfile::tempfile_in(kit.core.data_dir.join("spool")).map_err(|e| Error::internal(e.to_string()))?;
    writer.finish(&mut file).map_err(table)?;
    use std::io::{Read, Seek};
    file.rewind().map_err(|e| Error::internal(e.to_string()))?;
    loop {
        let mut piece = vec![0u8; 128 * 1024];
        let n = file.read(&mut piece).map_err(|e| Error::internal(e.to_string()))?;
        piece.truncate(n);
        if n == 0 || sender.send(Ok(Bytes::from(piece))).await.is_err() {
            return Ok(());
        }
    }
}
