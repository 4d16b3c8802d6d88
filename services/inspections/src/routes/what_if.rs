//! Handler: what a plan would cost (计划预演).

use crate::api::what_if::{WhatIfAssumptions, WhatIfView};
use crate::app::what_if as app;
use actix_web::post;
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(plan_what_if);
}

/// What a plan would cost (计划预演).
///
/// Computes what a plan would cost on the registry as it is: visits, person-days, coverage by class, caps; nothing is stored.
#[utoipa::path(operation_id = "plan_what_if", tag = "plans",
    extensions(("x-safe" = json!(true))),
    params(("plan_id" = Uuid, Path, description = "Id of the plan")), request_body(content = WhatIfAssumptions),
    responses((status = 200, description = "What it would cost.", body = WhatIfView)))]
#[post("/v1/plans/{plan_id}/what-if")]
pub async fn plan_what_if(ctx: Ctx, id: Id<Uuid>, body: Body<WhatIfAssumptions>) -> Result<Reply> {
    app::plan_what_if(&ctx, id.0, body.0).await
}
