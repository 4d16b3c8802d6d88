//! Handlers: inspectors, certificates, trainings, township teams (执法检查人员名录库).

use crate::api::inspector::{
    CertificateCreate, CertificateList, CertificateRevoke, InspectorCreate, InspectorListQuery,
    InspectorPage, InspectorReveal, InspectorRevealView, InspectorUpdate, InspectorView, TownshipTeamCreate,
    TownshipTeamListQuery, TownshipTeamPage, TownshipTeamUpdate, TownshipTeamView, TrainingCreate,
    TrainingList, TrainingView,
};
use crate::api::step::{ActionHeaders, ActionNote, ActionReason, PartQuery, StepPage};
use crate::app::inspector as app;
use actix_web::{get, patch, post};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(inspector_list)
        .service(inspector_create)
        .service(inspector_view)
        .service(inspector_update)
        .service(inspector_suspend)
        .service(inspector_reinstate)
        .service(inspector_leave)
        .service(inspector_reveal)
        .service(inspector_history)
        .service(inspector_certificate_list)
        .service(inspector_certificate_create)
        .service(inspector_certificate_revoke)
        .service(training_list)
        .service(training_create)
        .service(township_team_list)
        .service(township_team_create)
        .service(township_team_view)
        .service(township_team_update);
}

/// List inspectors (执法检查人员名录库).
///
/// Inspectors of the caller's organ, or of all for district-wide roles; states computed for a day.
#[utoipa::path(operation_id = "inspector_list", tag = "inspectors",
    params(InspectorListQuery),
    responses((status = 200, description = "A page of inspectors.", body = InspectorPage)))]
#[get("/v1/inspectors")]
pub async fn inspector_list(ctx: Ctx, query: Query<InspectorListQuery>) -> Result<Reply> {
    app::inspector_list(&ctx, query.0).await
}

/// Register an inspector (登记执法检查人员).
///
/// Registers an inspector; auxiliary staff and experts go to `/v1/experts`.
#[utoipa::path(operation_id = "inspector_create", tag = "inspectors",
    request_body(content = InspectorCreate),
    responses((status = 201, description = "He was registered.", body = InspectorView)))]
#[post("/v1/inspectors")]
pub async fn inspector_create(ctx: Ctx, body: Body<InspectorCreate>) -> Result<Reply> {
    app::inspector_create(&ctx, body.0).await
}

/// View an inspector (执法检查人员).
///
/// One inspector, personal data masked.
#[utoipa::path(operation_id = "inspector_view", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    responses((status = 200, description = "The inspector.", body = InspectorView)))]
#[get("/v1/inspectors/{inspector_id}")]
pub async fn inspector_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::inspector_view(&ctx, id.0).await
}

/// Change an inspector (修改执法检查人员).
#[utoipa::path(operation_id = "inspector_update", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    request_body(content((InspectorUpdate = "application/json"), (InspectorUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "He was changed.", body = InspectorView)))]
#[patch("/v1/inspectors/{inspector_id}")]
pub async fn inspector_update(ctx: Ctx, id: Id<Uuid>, body: Body<InspectorUpdate>) -> Result<Reply> {
    app::inspector_update(&ctx, id.0, body.0).await
}

/// Suspend an inspector (暂停执法).
///
/// Suspends an inspector by hand; he is drawn and sent no longer.
#[utoipa::path(operation_id = "inspector_suspend", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "He is suspended.", body = InspectorView)))]
#[post("/v1/inspectors/{inspector_id}/suspend")]
pub async fn inspector_suspend(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::inspector_suspend(&ctx, id.0, body.0).await
}

/// Reinstate an inspector (恢复执法).
///
/// Takes a suspension by hand back; a certificate that has expired still stands in the way.
#[utoipa::path(operation_id = "inspector_reinstate", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "The suspension ended.", body = InspectorView)))]
#[post("/v1/inspectors/{inspector_id}/reinstate")]
pub async fn inspector_reinstate(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::inspector_reinstate(&ctx, id.0, body.0).await
}

/// Let an inspector go (离岗).
///
/// Lets an inspector go for good; the row is kept for the records that name him.
#[utoipa::path(operation_id = "inspector_leave", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "He has left.", body = InspectorView)))]
#[post("/v1/inspectors/{inspector_id}/leave")]
pub async fn inspector_leave(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::inspector_leave(&ctx, id.0, body.0).await
}

/// View personal data in clear (查看明文个人信息).
///
/// Name, citizen id and mobile number in clear; needs a reason and is logged.
#[utoipa::path(operation_id = "inspector_reveal", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    request_body(content = InspectorReveal),
    responses((status = 200, description = "The data.", body = InspectorRevealView)))]
#[post("/v1/inspectors/{inspector_id}/reveal")]
pub async fn inspector_reveal(ctx: Ctx, id: Id<Uuid>, body: Body<InspectorReveal>) -> Result<Reply> {
    app::inspector_reveal(&ctx, id.0, body.0).await
}

/// History of an inspector (流转记录).
///
/// Steps in the life of an inspector.
#[utoipa::path(operation_id = "inspector_history", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/inspectors/{inspector_id}/history")]
pub async fn inspector_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::inspector_history(&ctx, id.0, query.0).await
}

/// List certificates (行政执法证).
///
/// Certificates of an inspector.
#[utoipa::path(operation_id = "inspector_certificate_list", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    responses((status = 200, description = "The certificates.", body = CertificateList)))]
#[get("/v1/inspectors/{inspector_id}/certificates")]
pub async fn inspector_certificate_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::inspector_certificate_list(&ctx, id.0).await
}

/// Enter a certificate (登记行政执法证).
///
/// Enters a certificate; the number is unique in the district.
#[utoipa::path(operation_id = "inspector_certificate_create", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    request_body(content = CertificateCreate),
    responses((status = 201, description = "It was entered.", body = InspectorView)))]
#[post("/v1/inspectors/{inspector_id}/certificates")]
pub async fn inspector_certificate_create(
    ctx: Ctx,
    id: Id<Uuid>,
    body: Body<CertificateCreate>,
) -> Result<Reply> {
    app::inspector_certificate_create(&ctx, id.0, body.0).await
}

/// Revoke a certificate (作废行政执法证).
///
/// Ends a certificate before its last day.
#[utoipa::path(operation_id = "inspector_certificate_revoke", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector"),
        ("certificate_id" = Uuid, Path, description = "Id of the certificate")),
    request_body(content = CertificateRevoke),
    responses((status = 200, description = "It was revoked.", body = InspectorView)))]
#[post("/v1/inspectors/{inspector_id}/certificates/{certificate_id}/revoke")]
pub async fn inspector_certificate_revoke(
    ctx: Ctx,
    ids: Id<(Uuid, Uuid)>,
    body: Body<CertificateRevoke>,
) -> Result<Reply> {
    app::inspector_certificate_revoke(&ctx, ids.0.0, ids.0.1, body.0).await
}

/// List trainings (培训记录).
///
/// Trainings of an inspector.
#[utoipa::path(operation_id = "training_list", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    responses((status = 200, description = "The trainings.", body = TrainingList)))]
#[get("/v1/inspectors/{inspector_id}/trainings")]
pub async fn training_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::training_list(&ctx, id.0).await
}

/// Enter a training (登记培训).
///
/// Enters a training; a passed one with a last day says until when it counts.
#[utoipa::path(operation_id = "training_create", tag = "inspectors",
    params(("inspector_id" = Uuid, Path, description = "Id of the inspector")),
    request_body(content = TrainingCreate),
    responses((status = 201, description = "It was entered.", body = TrainingView)))]
#[post("/v1/inspectors/{inspector_id}/trainings")]
pub async fn training_create(ctx: Ctx, id: Id<Uuid>, body: Body<TrainingCreate>) -> Result<Reply> {
    app::training_create(&ctx, id.0, body.0).await
}

/// List township teams (镇街综合行政执法队伍).
#[utoipa::path(operation_id = "township_team_list", tag = "township-teams",
    params(TownshipTeamListQuery),
    responses((status = 200, description = "A page of teams.", body = TownshipTeamPage)))]
#[get("/v1/township-teams")]
pub async fn township_team_list(ctx: Ctx, query: Query<TownshipTeamListQuery>) -> Result<Reply> {
    app::township_team_list(&ctx, query.0).await
}

/// Add a township team (新增镇街队伍).
///
/// Adds a township team; powers need the provincial decision that gives them.
#[utoipa::path(operation_id = "township_team_create", tag = "township-teams",
    request_body(content = TownshipTeamCreate),
    responses((status = 201, description = "It was added.", body = TownshipTeamView)))]
#[post("/v1/township-teams")]
pub async fn township_team_create(ctx: Ctx, body: Body<TownshipTeamCreate>) -> Result<Reply> {
    app::township_team_create(&ctx, body.0).await
}

/// View a township team (镇街队伍).
#[utoipa::path(operation_id = "township_team_view", tag = "township-teams",
    params(("team_id" = Uuid, Path, description = "Id of the team")),
    responses((status = 200, description = "The team.", body = TownshipTeamView)))]
#[get("/v1/township-teams/{team_id}")]
pub async fn township_team_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::township_team_view(&ctx, id.0).await
}

/// Change a township team (修改镇街队伍).
#[utoipa::path(operation_id = "township_team_update", tag = "township-teams",
    params(("team_id" = Uuid, Path, description = "Id of the team")),
    request_body(content((TownshipTeamUpdate = "application/json"), (TownshipTeamUpdate = "application/merge-patch+json"))),
    responses((status = 200, description = "It was changed.", body = TownshipTeamView)))]
#[patch("/v1/township-teams/{team_id}")]
pub async fn township_team_update(ctx: Ctx, id: Id<Uuid>, body: Body<TownshipTeamUpdate>) -> Result<Reply> {
    app::township_team_update(&ctx, id.0, body.0).await
}
