//! The service made up for these tests: short notes that belong to an organ.
//!
//! It has what real services have (a list, a view, a change with `If-Match`) and what they must never have: a handler
//! that panics, a change that says nothing, one that fails in its middle, one that takes its time.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service_kit::service::ServiceConfig;
use service_kit::service::{Install, LocalFuture};
use service_kit::{Body, Ctx, Cursor, Error, Id, Kit, Page, Query, Reply, Result, Service, page};
use std::sync::Arc;
use std::time::Duration;
use store_kit::migrate::Migration;
use store_kit::prelude::*;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    note (id) {
        id -> SqlUid,
        title -> Text,
        department -> Text,
        version -> BigInt,
    }
}

const MIGRATIONS: &[Migration] = &[Migration {
    version: "20261123000000_note",
    sqlite_up: "CREATE TABLE note (id TEXT PRIMARY KEY, title TEXT NOT NULL, department TEXT NOT NULL, version INTEGER NOT NULL);",
    sqlite_down: "DROP TABLE note;",
    postgres_up: "CREATE TABLE note (id UUID PRIMARY KEY, title TEXT NOT NULL, department TEXT NOT NULL, version BIGINT NOT NULL);",
    postgres_down: "DROP TABLE note;",
}];

pub const PERMISSIONS: &str = r#"
[operations.note_create]
reach = "department"
roles = ["lead_editor"]
[operations.note_update]
reach = "department"
roles = ["lead_editor"]
[operations.note_view]
reach = "department"
[operations.note_list]
reach = "department"
[operations.note_silent]
reach = "department"
[operations.note_half]
reach = "department"
[operations.note_panic]
reach = "public"
[operations.note_slow]
reach = "public"
[operations.note_services_only]
reach = "district"
services = true
roles = ["security_admin"]
"#;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
    Green,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteCreate {
    /// What it says.
    #[schema(min_length = 1, max_length = 20, example = "监管")]
    title: String,
    #[schema(minimum = 0, maximum = 10)]
    #[serde(default)]
    count: i64,
    #[schema(max_items = 3)]
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    colour: Option<Colour>,
    /// Milliseconds to take, for tests of what happens meanwhile.
    #[schema(minimum = 0, maximum = 2000)]
    #[serde(default)]
    pause: u64,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteUpdate {
    #[schema(min_length = 1, max_length = 20)]
    title: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct NoteView {
    id: Uuid,
    title: String,
    department: String,
    version: i64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct NotePage {
    items: Vec<NoteView>,
    next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NoteListQuery {
    #[param(max_length = 1000)]
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    #[param(max_length = 20)]
    title: Option<String>,
    newest: Option<bool>,
}

#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = note, treat_none_as_default_value = false)]
struct NoteRow {
    id: Uid,
    title: String,
    department: String,
    version: i64,
}

impl From<NoteRow> for NoteView {
    fn from(row: NoteRow) -> Self {
        let NoteRow { id, title, department, version } = row;
        Self { id: id.0, title, department, version }
    }
}

async fn visible(ctx: &Ctx, id: Uuid) -> Result<NoteRow> {
    let row: Option<NoteRow> = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(on!(c, c => note::table.find(Uid(id)).select(NoteRow::as_select()).first(c)).optional()?)
        })
        .await?;
    row.filter(|r| ctx.scope().sees_department(&r.department)).ok_or_else(|| Error::not_found("note"))
}

#[utoipa::path(operation_id = "note_create", tag = "notes", summary = "Create a note",
    request_body(content = NoteCreate, example = json!({"title": "监管"})),
    responses((status = 201, description = "Created.", body = NoteView)))]
#[post("/v1/notes")]
async fn note_create(ctx: Ctx, body: Body<NoteCreate>) -> Result<Reply> {
    let NoteCreate { title, count, tags, colour, pause } = body.0;
    // Declared to be checked, and for nothing else.
    drop((count, tags, colour));
    let department = ctx.who()?.department.clone();
    ctx.change(async move |tx| {
        let row = NoteRow { id: Uid(Uuid::now_v7()), title, department: department.clone(), version: 1 };
        let insert = row.clone();
        on!(tx.conn(), c => insert_into(note::table).values(&insert).execute(c))?;
        if pause > 0 {
            match tx.conn() {
                AnyConn::Pg(_) => {
                    tx.conn().batch(&format!("SELECT pg_sleep({})", pause as f64 / 1000.0)).await?
                }
                // Holding the only writer is what a slow change does.
                AnyConn::Sqlite(_) => std::thread::sleep(Duration::from_millis(pause)),
            }
        }
        tx.audit("note", row.id.0, json!({"version": 1}));
        tx.event("note.created", row.id.0, &[department], "", &json!({"id": row.id.0}))?;
        let (id, view) = (row.id.0, NoteView::from(row));
        Ok(Reply::created(&view, format!("/v1/notes/{id}"))?.version(1))
    })
    .await
}

#[utoipa::path(operation_id = "note_view", tag = "notes", summary = "View a note",
    params(("note_id" = Uuid, Path, description = "Id")),
    responses((status = 200, description = "The note.", body = NoteView)))]
#[get("/v1/notes/{note_id}")]
async fn note_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    let row = visible(&ctx, id.0).await?;
    let version = row.version;
    Ok(Reply::ok(&NoteView::from(row))?.version(version))
}

#[utoipa::path(operation_id = "note_update", tag = "notes", summary = "Change a note",
    params(("note_id" = Uuid, Path, description = "Id")), request_body(content = NoteUpdate),
    responses((status = 200, description = "Changed.", body = NoteView)))]
#[patch("/v1/notes/{note_id}")]
async fn note_update(ctx: Ctx, id: Id<Uuid>, body: Body<NoteUpdate>) -> Result<Reply> {
    let row = visible(&ctx, id.0).await?;
    ctx.expect_version(row.version)?;
    let title = body.0.title;
    ctx.change(async move |tx| {
        let version = row.version + 1;
        let n = on!(tx.conn(), c => update(note::table.filter(note::id.eq(row.id).and(note::version.eq(row.version))))
            .set((note::title.eq(&title), note::version.eq(version))).execute(c))?;
        if n == 0 {
            return Err(service_kit::extract::changed());
        }
        tx.audit("note", row.id.0, json!({"version": version}));
        tx.event("note.updated", row.id.0, std::slice::from_ref(&row.department), "", &json!({"id": row.id.0}))?;
        Ok(Reply::ok(&NoteView::from(NoteRow { title, version, ..row }))?.version(version))
    })
    .await
}

#[utoipa::path(operation_id = "note_list", tag = "notes", summary = "List notes", params(NoteListQuery),
    responses((status = 200, description = "A page.", body = NotePage)))]
#[get("/v1/notes")]
async fn note_list(ctx: Ctx, query: Query<NoteListQuery>) -> Result<Reply> {
    let NoteListQuery { cursor, limit, title, newest } = query.0;
    let _ = newest;
    let limit = limit.unwrap_or(page::DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(&ctx, c)).transpose()?;
    let departments = ctx.scope().departments;
    let rows: Vec<NoteRow> = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(on!(c, c => {
                let mut rows = note::table.order(note::id.asc()).limit(limit + 1).select(NoteRow::as_select()).into_boxed();
                if let Some(after) = after {
                    rows = rows.filter(note::id.gt(Uid(after)));
                }
                if let Some(departments) = &departments {
                    rows = rows.filter(note::department.eq_any(departments));
                }
                if let Some(title) = &title {
                    rows = rows.filter(note::title.eq(title));
                }
                rows.load(c)
            })?)
        })
        .await?;
    let page = Page::cut(&ctx, rows, limit, |r| r.id.0).map(NoteView::from);
    let next = page.next.clone();
    Reply::page(&ctx, &NotePage { items: page.items, next: page.next }, next.as_deref())
}

#[utoipa::path(operation_id = "note_silent", tag = "notes", summary = "Change and say nothing",
    responses((status = 201, description = "Never.")))]
#[post("/v1/notes/silent")]
async fn note_silent(ctx: Ctx) -> Result<Reply> {
    ctx.change(async move |tx| {
        let row = NoteRow {
            id: Uid(Uuid::now_v7()),
            title: "silent".into(),
            department: String::new(),
            version: 1,
        };
        on!(tx.conn(), c => insert_into(note::table).values(&row).execute(c))?;
        Ok(Reply::no_content())
    })
    .await
}

#[utoipa::path(operation_id = "note_half", tag = "notes", summary = "Fail in the middle",
    responses((status = 201, description = "Never.")))]
#[post("/v1/notes/half")]
async fn note_half(ctx: Ctx) -> Result<Reply> {
    ctx.change(async move |tx| {
        let row =
            NoteRow { id: Uid(Uuid::now_v7()), title: "half".into(), department: String::new(), version: 1 };
        on!(tx.conn(), c => insert_into(note::table).values(&row).execute(c))?;
        tx.audit("note", row.id.0, json!({}));
        Err(Error::conflict("half_done", "做了一半", "half done"))
    })
    .await
}

#[utoipa::path(operation_id = "note_panic", tag = "notes", summary = "Panic",
    responses((status = 200, description = "Never.")))]
#[get("/v1/panic")]
async fn note_panic() -> Result<Reply> {
    let nothing: Option<Reply> = None;
    nothing.ok_or(()).unwrap_or_else(|()| panic!("a secret in a panic text"));
    Ok(Reply::no_content())
}

#[utoipa::path(operation_id = "note_slow", tag = "notes", summary = "Take a second",
    responses((status = 204, description = "Late.")))]
#[get("/v1/slow")]
async fn note_slow(_kit: Data<Kit>) -> Result<Reply> {
    tokio::time::sleep(Duration::from_millis(1000)).await;
    Ok(Reply::no_content())
}

#[utoipa::path(operation_id = "note_services_only", tag = "notes", summary = "For services",
    responses((status = 204, description = "Welcome.")))]
#[get("/v1/for-services")]
async fn note_services_only(_ctx: Ctx) -> Result<Reply> {
    Ok(Reply::no_content())
}

/// The service, with a matrix that a test may spoil.
pub struct Notes(pub &'static str);

/// The service as most tests want it.
pub fn service() -> Arc<dyn Service> {
    Arc::new(Notes(PERMISSIONS))
}

impl Service for Notes {
    fn name(&self) -> &'static str {
        "notes"
    }
    fn title(&self) -> &'static str {
        "notes"
    }
    fn about(&self) -> &'static str {
        "Made up for tests."
    }
    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }
    fn permissions(&self) -> &'static str {
        self.0
    }
    fn routes(&self, config: &mut ServiceConfig<'_>) {
        config
            .service(note_create)
            .service(note_silent)
            .service(note_half)
            .service(note_list)
            .service(note_view)
            .service(note_update)
            .service(note_panic)
            .service(note_slow)
            .service(note_services_only);
    }
    fn prepare(&self, _kit: Kit) -> LocalFuture<Result<Install>> {
        Box::pin(async { Ok(Arc::new(|_: &mut actix_web::web::ServiceConfig| {}) as Install) })
    }
}

/// Notes, audit entries about notes, events.
pub async fn counts(store: &Store) -> [i64; 3] {
    use store_kit::schema::{audit_entry, event};
    store
        .read::<_, StoreError, _>(async |c| {
            let notes = on!(&mut *c, c => note::table.count().get_result(c))?;
            let audits = on!(&mut *c, c => audit_entry::table.filter(audit_entry::target_kind.eq("note")).count().get_result(c))?;
            let events = on!(&mut *c, c => event::table.count().get_result(c))?;
            Ok([notes, audits, events])
        })
        .await
        .unwrap()
}
