//! Handlers of subjects: unpack, call one app function, answer.

use crate::api::subject::*;
use crate::app::subject as app;
use actix_web::{get, patch, post};
use domain::ids::SubjectId;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};

/// View a subject (查看监管对象).
///
/// A subject, today or as of a day.
#[utoipa::path(operation_id = "subject_view", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject"), SubjectViewQuery),
    responses((status = 200, description = "The subject.", body = SubjectView)))]
#[get("/v1/subjects/{subject_id}")]
pub async fn subject_view(ctx: Ctx, id: Id<SubjectId>, query: Query<SubjectViewQuery>) -> Result<Reply> {
    app::subject_view(&ctx, id.0, query.0).await
}

/// List subjects (查询监管对象).
///
/// The registry, page by page.
#[utoipa::path(operation_id = "subject_list", tag = "subjects", params(SubjectListQuery),
    responses((status = 200, description = "A page.", body = SubjectPage)))]
#[get("/v1/subjects")]
pub async fn subject_list(ctx: Ctx, query: Query<SubjectListQuery>) -> Result<Reply> {
    app::subject_list(&ctx, query.0).await
}

/// Register a subject (登记监管对象).
#[utoipa::path(operation_id = "subject_create", tag = "subjects",
    request_body(content = SubjectCreate),
    responses((status = 201, description = "Registered.", body = SubjectView)))]
#[post("/v1/subjects")]
pub async fn subject_create(ctx: Ctx, body: Body<SubjectCreate>) -> Result<Reply> {
    app::subject_create(&ctx, body.0).await
}

/// Change a subject (变更).
///
/// Changes a subject; the present version goes to history.
#[utoipa::path(operation_id = "subject_update", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")),
    request_body(content((SubjectUpdate = "application/merge-patch+json"), (SubjectUpdate = "application/json"))),
    responses((status = 200, description = "The new version.", body = SubjectView)))]
#[patch("/v1/subjects/{subject_id}")]
pub async fn subject_update(ctx: Ctx, id: Id<SubjectId>, body: Body<SubjectUpdate>) -> Result<Reply> {
    app::subject_update(&ctx, id.0, body.0).await
}

/// Change a subject's state (注销、吊销、撤销、歇业、恢复、迁出、终止).
///
/// Moves a subject to another state.
#[utoipa::path(operation_id = "subject_change_status", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")), request_body(content = StatusChange),
    extensions(("x-if-match" = json!(true))),
    responses((status = 200, description = "The new version.", body = SubjectView)))]
#[post("/v1/subjects/{subject_id}/status")]
pub async fn subject_change_status(ctx: Ctx, id: Id<SubjectId>, body: Body<StatusChange>) -> Result<Reply> {
    app::subject_change_status(&ctx, id.0, body.0).await
}

/// List a subject as abnormal (列入、移出经营异常名录).
///
/// Puts a subject on the abnormal-operation list, or takes it off.
#[utoipa::path(operation_id = "subject_list_abnormal", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")), request_body(content = AbnormalListing),
    extensions(("x-if-match" = json!(true))),
    responses((status = 200, description = "The new version.", body = SubjectView)))]
#[post("/v1/subjects/{subject_id}/abnormal-listing")]
pub async fn subject_list_abnormal(
    ctx: Ctx,
    id: Id<SubjectId>,
    body: Body<AbnormalListing>,
) -> Result<Reply> {
    app::subject_list_abnormal(&ctx, id.0, body.0).await
}

/// List a subject's past versions (变更历史).
///
/// Versions that have ended, newest first.
#[utoipa::path(operation_id = "subject_history_list", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject"), HistoryQuery),
    responses((status = 200, description = "A page.", body = HistoryPage)))]
#[get("/v1/subjects/{subject_id}/history")]
pub async fn subject_history_list(ctx: Ctx, id: Id<SubjectId>, query: Query<HistoryQuery>) -> Result<Reply> {
    app::subject_history_list(&ctx, id.0, query.0).await
}

/// Reveal a subject's personal fields (查看个人信息).
///
/// Shows personal fields in clear; who asked and why is logged.
#[utoipa::path(operation_id = "subject_reveal", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")), request_body(content = RevealRequest),
    responses((status = 200, description = "The fields.", body = RevealView)))]
#[post("/v1/subjects/{subject_id}/reveal")]
pub async fn subject_reveal(ctx: Ctx, id: Id<SubjectId>, body: Body<RevealRequest>) -> Result<Reply> {
    app::subject_reveal(&ctx, id.0, body.0).await
}

/// Claim a registered subject (认领).
///
/// Takes a registered subject into the caller's own registry.
#[utoipa::path(operation_id = "subject_claim", tag = "subjects",
    request_body(content = SubjectClaim),
    responses((status = 200, description = "The subject, now supervised by the caller's organ too.", body = SubjectView)))]
#[post("/v1/subject-claims")]
pub async fn subject_claim(ctx: Ctx, body: Body<SubjectClaim>) -> Result<Reply> {
    app::subject_claim(&ctx, body.0).await
}

/// Record a merge or split (合并、分立).
#[utoipa::path(operation_id = "lineage_create", tag = "subjects",
    request_body(content = LineageCreate),
    responses((status = 201, description = "Recorded.", body = LineageList)))]
#[post("/v1/subject-lineage")]
pub async fn lineage_create(ctx: Ctx, body: Body<LineageCreate>) -> Result<Reply> {
    app::lineage_create(&ctx, body.0).await
}

/// List a subject's lineage (沿革).
///
/// Merges and splits a subject took part in.
#[utoipa::path(operation_id = "lineage_list", tag = "subjects",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")),
    responses((status = 200, description = "Links, oldest first.", body = LineageList)))]
#[get("/v1/subjects/{subject_id}/lineage")]
pub async fn lineage_list(ctx: Ctx, id: Id<SubjectId>) -> Result<Reply> {
    app::lineage_list(&ctx, id.0).await
}

/// Check identifiers (标识核验).
///
/// Tells what texts are as identifiers and whether they pass their checks.
#[utoipa::path(operation_id = "identifier_check", tag = "subjects", params(IdentifierCheckQuery),
    responses((status = 200, description = "What each is.", body = IdentifierCheckResult)))]
#[get("/v1/identifier-checks")]
pub async fn identifier_check(_ctx: Ctx, query: Query<IdentifierCheckQuery>) -> Result<Reply> {
    let items = query.0.values.iter().map(|v| domain::identifier::classify(v)).collect();
    Reply::ok(&IdentifierCheckResult { items })
}
