//! Handlers of the contact table (Attachment 3).

use crate::api::contact::{
    ClearPhonesQuery, ClearPhonesView, ContactCreate, ContactExportQuery, ContactListQuery, ContactPage,
    ContactUpdate, ContactView,
};
use crate::api::report::{ContactImportQuery, ImportProblem, ImportReport, XlsxFile};
use crate::app::contact as app;
use crate::app::contact_file as file;
use actix_web::web::Payload;
use actix_web::{HttpRequest, delete, get, patch, post};
use service_kit::report::collect;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// List contacts (工作联络表).
///
/// Contacts of the caller's organ; district-wide roles see all. Numbers are masked.
#[utoipa::path(operation_id = "contact_list", tag = "contacts", params(ContactListQuery),
    responses((status = 200, description = "A page of contacts.", body = ContactPage)))]
#[get("/v1/contacts")]
pub async fn contact_list(ctx: Ctx, query: Query<ContactListQuery>) -> Result<Reply> {
    app::contact_list(&ctx, query.0).await
}

/// Add a contact (新增联络人).
///
/// Adds the contact of an organ that has none in use.
#[utoipa::path(operation_id = "contact_create", tag = "contacts",
    request_body(content = ContactCreate),
    responses((status = 201, description = "It was added.", body = ContactView)))]
#[post("/v1/contacts")]
pub async fn contact_create(ctx: Ctx, body: Body<ContactCreate>) -> Result<Reply> {
    app::contact_create(&ctx, body.0).await
}

/// View a contact (联络人).
///
/// One contact, numbers masked.
#[utoipa::path(operation_id = "contact_view", tag = "contacts",
    params(("contact_id" = Uuid, Path, description = "Id of the contact")),
    responses((status = 200, description = "The contact.", body = ContactView)))]
#[get("/v1/contacts/{contact_id}")]
pub async fn contact_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::contact_view(&ctx, id.0).await
}

/// Change a contact (修改联络人).
#[utoipa::path(operation_id = "contact_update", tag = "contacts",
    params(("contact_id" = Uuid, Path, description = "Id of the contact")),
    request_body(content((ContactUpdate = "application/json"), (ContactUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = ContactView)))]
#[patch("/v1/contacts/{contact_id}")]
pub async fn contact_update(ctx: Ctx, id: Id<Uuid>, body: Body<ContactUpdate>) -> Result<Reply> {
    app::contact_update(&ctx, id.0, body.0).await
}

/// Supersede a contact (作废联络人).
///
/// Supersedes a contact; the row is kept.
#[utoipa::path(operation_id = "contact_supersede", tag = "contacts",
    params(("contact_id" = Uuid, Path, description = "Id of the contact")),
    responses((status = 204, description = "It was superseded.")))]
#[delete("/v1/contacts/{contact_id}")]
pub async fn contact_supersede(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::contact_supersede(&ctx, id.0).await
}

/// View clear telephone numbers (查看明文号码).
///
/// Clear numbers of a contact; needs the field right `contact_clear` and a reason, and is logged.
#[utoipa::path(operation_id = "contact_clear_phones", tag = "contacts",
    params(("contact_id" = Uuid, Path, description = "Id of the contact"), ClearPhonesQuery),
    responses((status = 200, description = "The numbers.", body = ClearPhonesView)))]
#[get("/v1/contacts/{contact_id}/clear-phones")]
pub async fn contact_clear_phones(ctx: Ctx, id: Id<Uuid>, query: Query<ClearPhonesQuery>) -> Result<Reply> {
    app::contact_clear_phones(&ctx, id.0, query.0).await
}

/// Import the contact table (导入联络表).
///
/// Imports Attachment 3 as XLSX; only looks unless `dry_run=false`.
#[utoipa::path(operation_id = "contact_import", tag = "contacts",
    params(ContactImportQuery),
    request_body(content((XlsxFile = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
        description = "The form, 32 MiB at most."),
    responses((status = 200, description = "The report.", body = ImportReport),
        (status = 422, description = "Something blocks; nothing was written.", body = ImportProblem,
            content_type = "application/problem+json")))]
#[post("/v1/contact-imports")]
pub async fn contact_import(
    ctx: Ctx,
    query: Query<ContactImportQuery>,
    req: HttpRequest,
    payload: Payload,
) -> Result<Reply> {
    let (_, bytes) = collect(&ctx, &req, payload).await?;
    file::contact_import(&ctx, query.0, bytes).await
}

/// Export the contact table (导出联络表).
///
/// Exports Attachment 3 as XLSX; numbers are masked unless the caller may see clear ones, which is logged.
#[utoipa::path(operation_id = "contact_export", tag = "contacts",
    params(ContactExportQuery),
    responses((status = 200, description = "The form.", body = XlsxFile,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
#[get("/v1/contacts/export")]
pub async fn contact_export(ctx: Ctx, query: Query<ContactExportQuery>) -> Result<Reply> {
    file::contact_export(&ctx, query.0).await
}
