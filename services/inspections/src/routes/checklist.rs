//! Handlers: checklists: templates of organs, the merged list of a visit, answers (检查表).

use crate::api::checklist::{
    ChecklistAnswers, ChecklistTemplateCreate, ChecklistTemplateListQuery, ChecklistTemplatePage,
    ChecklistTemplateReplace, ChecklistTemplateView, ChecklistView,
};
use crate::app::checklist as app;
use actix_web::{get, post, put};
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(checklist_template_list)
        .service(checklist_template_create)
        .service(checklist_template_view)
        .service(checklist_template_replace)
        .service(checklist_view)
        .service(checklist_create)
        .service(checklist_answer);
}

/// List checklist templates (检查表模板清单).
///
/// Checklist templates of the caller's organs.
#[utoipa::path(operation_id = "checklist_template_list", tag = "checklists",
    params(ChecklistTemplateListQuery),
    responses((status = 200, description = "A page of templates.", body = ChecklistTemplatePage)))]
#[get("/v1/checklist-templates")]
pub async fn checklist_template_list(ctx: Ctx, query: Query<ChecklistTemplateListQuery>) -> Result<Reply> {
    app::checklist_template_list(&ctx, query.0).await
}

/// Add a checklist template (新增检查表模板).
#[utoipa::path(operation_id = "checklist_template_create", tag = "checklists",
    request_body(content = ChecklistTemplateCreate),
    responses((status = 201, description = "It was added.", body = ChecklistTemplateView)))]
#[post("/v1/checklist-templates")]
pub async fn checklist_template_create(ctx: Ctx, body: Body<ChecklistTemplateCreate>) -> Result<Reply> {
    app::checklist_template_create(&ctx, body.0).await
}

/// View a checklist template (检查表模板).
#[utoipa::path(operation_id = "checklist_template_view", tag = "checklists",
    params(("template_id" = Uuid, Path, description = "Id of the template")),
    responses((status = 200, description = "The template.", body = ChecklistTemplateView)))]
#[get("/v1/checklist-templates/{template_id}")]
pub async fn checklist_template_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::checklist_template_view(&ctx, id.0).await
}

/// Replace a checklist template (修订检查表模板).
///
/// Puts another content in place of a template's; lists that were made of it stay.
#[utoipa::path(operation_id = "checklist_template_replace", tag = "checklists",
    params(("template_id" = Uuid, Path, description = "Id of the template")),
    request_body(content = ChecklistTemplateReplace),
    responses((status = 200, description = "It was replaced.", body = ChecklistTemplateView)))]
#[put("/v1/checklist-templates/{template_id}")]
pub async fn checklist_template_replace(
    ctx: Ctx,
    id: Id<Uuid>,
    body: Body<ChecklistTemplateReplace>,
) -> Result<Reply> {
    app::checklist_template_replace(&ctx, id.0, body.0).await
}

/// View the checklist of a visit (统一检查表).
///
/// The list of a visit with the answers of all organs.
#[utoipa::path(operation_id = "checklist_view", tag = "checklists",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")),
    responses((status = 200, description = "The list.", body = ChecklistView)))]
#[get("/v1/visits/{visit_id}/checklist")]
pub async fn checklist_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::checklist_view(&ctx, id.0).await
}

/// Make the checklist of a visit (生成检查表).
///
/// Makes the list of a visit out of the templates of its organs, each point once; anew while nothing was answered.
#[utoipa::path(operation_id = "checklist_create", tag = "checklists",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")),
    responses((status = 201, description = "It was made.", body = ChecklistView)))]
#[post("/v1/visits/{visit_id}/checklist")]
pub async fn checklist_create(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::checklist_create(&ctx, id.0).await
}

/// Answer points of a checklist (填写检查项结果).
///
/// Notes answers of the caller's organ while it inspects.
#[utoipa::path(operation_id = "checklist_answer", tag = "checklists",
    params(("task_id" = Uuid, Path, description = "Id of the task")), request_body(content = ChecklistAnswers),
    responses((status = 200, description = "The list with the answers.", body = ChecklistView)))]
#[post("/v1/visit-tasks/{task_id}/checklist-answers")]
pub async fn checklist_answer(ctx: Ctx, id: Id<Uuid>, body: Body<ChecklistAnswers>) -> Result<Reply> {
    app::checklist_answer(&ctx, id.0, body.0).await
}
