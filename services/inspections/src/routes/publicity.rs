//! Handlers: publicity records and their channels (公示).

use crate::api::publicity::{
    ChannelAcknowledge, ChannelListQuery, ChannelOverview, ChannelPage, PublicityCorrect, PublicityDueQuery,
    PublicityListQuery, PublicityPage, PublicityReview, PublicityView, PublicityWithdraw, PublicityWithhold,
};
use crate::api::step::{ActionHeaders, ActionNote, ActionReason, PartQuery, StepPage};
use crate::app::publicity as app;
use crate::config::Config;
use actix_web::web::Data;
use actix_web::{get, post};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(publicity_list)
        .service(publicity_due_list)
        .service(publicity_view)
        .service(publicity_review)
        .service(publicity_approve)
        .service(publicity_withhold)
        .service(publicity_publish)
        .service(publicity_correct)
        .service(publicity_order_withdrawal)
        .service(publicity_withdraw)
        .service(publicity_stop)
        .service(publicity_history)
        .service(publicity_channel_list)
        .service(channel_acknowledge)
        .service(channel_list);
}

/// Publicity records of the caller's organ; district-wide roles see all (公示记录).
#[utoipa::path(operation_id = "publicity_list", tag = "publicity", summary = "List publicity records",
    params(PublicityListQuery),
    responses((status = 200, description = "A page of records.", body = PublicityPage)))]
#[get("/v1/publicity-records")]
pub async fn publicity_list(ctx: Ctx, query: Query<PublicityListQuery>) -> Result<Reply> {
    app::publicity_list(&ctx, query.0).await
}

/// What is due today or overdue: publications within twenty working days, ordered withdrawals within three (到期清单).
#[utoipa::path(operation_id = "publicity_due_list", tag = "publicity", summary = "List what is due",
    params(PublicityDueQuery),
    responses((status = 200, description = "A page of records.", body = PublicityPage)))]
#[get("/v1/publicity-records/due")]
pub async fn publicity_due_list(ctx: Ctx, query: Query<PublicityDueQuery>) -> Result<Reply> {
    app::publicity_due_list(&ctx, query.0).await
}

/// One publicity record with its clocks as they stand now (公示记录).
#[utoipa::path(operation_id = "publicity_view", tag = "publicity", summary = "View a publicity record",
    params(("record_id" = Uuid, Path, description = "Id of the record")),
    responses((status = 200, description = "The record.", body = PublicityView)))]
#[get("/v1/publicity-records/{record_id}")]
pub async fn publicity_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::publicity_view(&ctx, id.0).await
}

/// Notes what the secrecy review found; the head decides next, who must be another person (保密审查).
#[utoipa::path(operation_id = "publicity_review", tag = "publicity", summary = "Review for secrets and privacy",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityReview),
    responses((status = 200, description = "It was reviewed.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/review")]
pub async fn publicity_review(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityReview>) -> Result<Reply> {
    app::publicity_review(&ctx, id.0, body.0).await
}

/// The head lets it be published, also after it was withheld when the ground has gone (准予公示).
#[utoipa::path(operation_id = "publicity_approve", tag = "publicity", summary = "Approve the publication",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It may be published.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/approve")]
pub async fn publicity_approve(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::publicity_approve(&ctx, id.0, body.0).await
}

/// The head decides that it is not published, with grounds (不予公示审批).
#[utoipa::path(operation_id = "publicity_withhold", tag = "publicity", summary = "Withhold from publication",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityWithhold),
    responses((status = 200, description = "It is withheld.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/withhold")]
pub async fn publicity_withhold(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityWithhold>) -> Result<Reply> {
    app::publicity_withhold(&ctx, id.0, body.0).await
}

/// Publishes: from now on the public sees it, and every channel is asked to show it (公示).
#[utoipa::path(operation_id = "publicity_publish", tag = "publicity", summary = "Publish",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It is public.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/publish")]
pub async fn publicity_publish(
    ctx: Ctx,
    config: Data<Config>,
    id: Id<Uuid>,
    body: Body<ActionNote>,
) -> Result<Reply> {
    app::publicity_publish(&ctx, &config, id.0, body.0).await
}

/// Stops showing what is wrong at once and opens the record that replaces it, due within three working days (更正).
#[utoipa::path(operation_id = "publicity_correct", tag = "publicity", summary = "Correct what was published",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityCorrect),
    responses((status = 201, description = "The record that replaces it.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/correct")]
pub async fn publicity_correct(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityCorrect>) -> Result<Reply> {
    app::publicity_correct(&ctx, id.0, body.0).await
}

/// Orders the withdrawal; its three working days begin with the decision (责令撤回).
#[utoipa::path(operation_id = "publicity_order_withdrawal", tag = "publicity", summary = "Order the withdrawal",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityWithdraw),
    responses((status = 200, description = "It was ordered.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/order-withdrawal")]
pub async fn publicity_order_withdrawal(
    ctx: Ctx,
    id: Id<Uuid>,
    body: Body<PublicityWithdraw>,
) -> Result<Reply> {
    app::publicity_order_withdrawal(&ctx, id.0, body.0).await
}

/// Takes it back everywhere, as the act was changed, annulled or declared illegal (撤回).
#[utoipa::path(operation_id = "publicity_withdraw", tag = "publicity", summary = "Withdraw",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityWithdraw),
    responses((status = 200, description = "It is withdrawn.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/withdraw")]
pub async fn publicity_withdraw(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityWithdraw>) -> Result<Reply> {
    app::publicity_withdraw(&ctx, id.0, body.0).await
}

/// Ends the display early, as credit repair was granted (停止公示).
#[utoipa::path(operation_id = "publicity_stop", tag = "publicity", summary = "Stop the display after repair",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "It is stopped.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/stop")]
pub async fn publicity_stop(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::publicity_stop(&ctx, id.0, body.0).await
}

/// All steps of a record (流转记录).
#[utoipa::path(operation_id = "publicity_history", tag = "publicity", summary = "History of a publicity record",
    params(("record_id" = Uuid, Path, description = "Id of the record"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/publicity-records/{record_id}/history")]
pub async fn publicity_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::publicity_history(&ctx, id.0, query.0).await
}

/// What each channel was asked and answered, and how many are done (各渠道回执).
#[utoipa::path(operation_id = "publicity_channel_list", tag = "publicity", summary = "Channels of a record",
    params(("record_id" = Uuid, Path, description = "Id of the record")),
    responses((status = 200, description = "All requests and how many are done.", body = ChannelOverview)))]
#[get("/v1/publicity-records/{record_id}/channels")]
pub async fn publicity_channel_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::publicity_channel_list(&ctx, id.0).await
}

/// Notes what a channel answered to its last request; one that could not do it is asked again (渠道回执).
#[utoipa::path(operation_id = "channel_acknowledge", tag = "publicity", summary = "Acknowledge for a channel",
    params(("record_id" = Uuid, Path, description = "Id of the record"),
        ("channel" = String, Path, description = "`publicity_system`, `credit_hanzhong` or `portal`", max_length = 32)),
    request_body(content = ChannelAcknowledge),
    responses((status = 200, description = "It was noted.", body = ChannelOverview)))]
#[post("/v1/publicity-records/{record_id}/channels/{channel}/acknowledge")]
pub async fn channel_acknowledge(
    ctx: Ctx,
    place: Id<(Uuid, String)>,
    body: Body<ChannelAcknowledge>,
) -> Result<Reply> {
    let (id, channel) = place.0;
    app::channel_acknowledge(&ctx, id, &channel, body.0).await
}

/// Requests that a channel has not answered, the oldest first, with what it is to show (渠道待办).
#[utoipa::path(operation_id = "channel_list", tag = "publicity", summary = "Pending requests of a channel",
    params(ChannelListQuery),
    responses((status = 200, description = "A page of requests.", body = ChannelPage)))]
#[get("/v1/publicity-channels")]
pub async fn channel_list(ctx: Ctx, query: Query<ChannelListQuery>) -> Result<Reply> {
    app::channel_list(&ctx, query.0).await
}
