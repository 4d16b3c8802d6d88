//! Handlers of rule packs.

use crate::api::rule_pack::{
    AppliedQuery, AppliedRuleView, InForceQuery, RulePackCheckView, RulePackDecision, RulePackDifference,
    RulePackDifferenceQuery, RulePackListQuery, RulePackPage, RulePackUpload, RulePackView,
};
use crate::app::rule_pack as app;
use actix_web::{get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// List rule packs (规则包列表).
///
/// Rule packs in the order of their upload, without their rules.
#[utoipa::path(operation_id = "rule_pack_list", tag = "rule-packs", params(RulePackListQuery),
    responses((status = 200, description = "A page of packs.", body = RulePackPage)))]
#[get("/v1/rule-packs")]
pub async fn rule_pack_list(ctx: Ctx, query: Query<RulePackListQuery>) -> Result<Reply> {
    app::rule_pack_list(&ctx, query.0).await
}

/// Upload a rule pack (上传规则包).
///
/// Uploads a pack; with no blocking finding it is kept as a draft for a second person to publish.
///
/// Blocks: unknown predicates and parameters, wrong types and units, overlapping validity of one rule, a severity that the
/// predicate cannot have. Gaps in validity and missing rules are reported.
#[utoipa::path(operation_id = "rule_pack_create", tag = "rule-packs",
    request_body(content = RulePackUpload),
    responses((status = 201, description = "It is kept as a draft.", body = RulePackView)))]
#[post("/v1/rule-packs")]
pub async fn rule_pack_create(ctx: Ctx, body: Body<RulePackUpload>) -> Result<Reply> {
    app::rule_pack_create(&ctx, body.0).await
}

/// Check a rule pack (检查规则包).
///
/// Checks a pack and keeps nothing.
#[utoipa::path(operation_id = "rule_pack_check", tag = "rule-packs",
    request_body(content = RulePackUpload), extensions(("x-safe" = json!(true))),
    responses((status = 200, description = "What was found.", body = RulePackCheckView)))]
#[post("/v1/rule-packs/check")]
pub async fn rule_pack_check(ctx: Ctx, body: Body<RulePackUpload>) -> Result<Reply> {
    app::rule_pack_check(&ctx, body.0).await
}

/// The rule pack for facts of a day (某日适用的规则包).
///
/// The published pack that judges facts of a day, with its rules.
#[utoipa::path(operation_id = "rule_pack_in_force", tag = "rule-packs",
    params(InForceQuery),
    responses((status = 200, description = "The pack.", body = RulePackView),
        (status = 404, description = "No pack covers that day.", body = service_kit::error::Problem,
            content_type = "application/problem+json")))]
#[get("/v1/rule-packs/in-force")]
pub async fn rule_pack_in_force(ctx: Ctx, query: Query<InForceQuery>) -> Result<Reply> {
    app::rule_pack_in_force(&ctx, query.0).await
}

/// The rule that applied on a day (某日适用哪条规则).
///
/// Which record of a rule applied to facts of a day, and by which pack.
#[utoipa::path(operation_id = "rule_applied", tag = "rule-packs",
    params(AppliedQuery),
    responses((status = 200, description = "The record, or none on that day.", body = AppliedRuleView),
        (status = 404, description = "No pack covers that day, or it has no such rule.",
            body = service_kit::error::Problem, content_type = "application/problem+json")))]
#[get("/v1/rule-packs/applied")]
pub async fn rule_applied(ctx: Ctx, query: Query<AppliedQuery>) -> Result<Reply> {
    app::rule_applied(&ctx, query.0).await
}

/// View a rule pack (规则包).
#[utoipa::path(operation_id = "rule_pack_view", tag = "rule-packs",
    params(("pack_id" = Uuid, Path, description = "Id of the pack")),
    responses((status = 200, description = "The pack.", body = RulePackView)))]
#[get("/v1/rule-packs/{pack_id}")]
pub async fn rule_pack_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::rule_pack_view(&ctx, id.0).await
}

/// Publish a rule pack (发布规则包).
///
/// Publishes a draft; who uploaded it may not.
#[utoipa::path(operation_id = "rule_pack_publish", tag = "rule-packs",
    params(("pack_id" = Uuid, Path, description = "Id of the pack")), request_body(content = RulePackDecision),
    extensions(("x-if-match" = json!(true))),
    responses((status = 200, description = "It is published.", body = RulePackView)))]
#[post("/v1/rule-packs/{pack_id}/publish")]
pub async fn rule_pack_publish(ctx: Ctx, id: Id<Uuid>, body: Body<RulePackDecision>) -> Result<Reply> {
    app::rule_pack_publish(&ctx, id.0, body.0).await
}

/// Discard a rule pack (作废规则包).
///
/// Drops a draft.
#[utoipa::path(operation_id = "rule_pack_discard", tag = "rule-packs",
    params(("pack_id" = Uuid, Path, description = "Id of the pack")), request_body(content = RulePackDecision),
    extensions(("x-if-match" = json!(true))),
    responses((status = 200, description = "It was dropped.", body = RulePackView)))]
#[post("/v1/rule-packs/{pack_id}/discard")]
pub async fn rule_pack_discard(ctx: Ctx, id: Id<Uuid>, body: Body<RulePackDecision>) -> Result<Reply> {
    app::rule_pack_discard(&ctx, id.0, body.0).await
}

/// Compare two rule packs (规则包差异).
///
/// Which records differ from another pack, by default from the one in force today.
#[utoipa::path(operation_id = "rule_pack_difference", tag = "rule-packs",
    params(("pack_id" = Uuid, Path, description = "Id of the pack"), RulePackDifferenceQuery),
    responses((status = 200, description = "Changed records.", body = RulePackDifference)))]
#[get("/v1/rule-packs/{pack_id}/difference")]
pub async fn rule_pack_difference(
    ctx: Ctx,
    id: Id<Uuid>,
    query: Query<RulePackDifferenceQuery>,
) -> Result<Reply> {
    app::rule_pack_difference(&ctx, id.0, query.0).await
}
