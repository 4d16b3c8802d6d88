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
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
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

/// List publicity records (公示记录).
///
/// Publicity records of the caller's organ; district-wide roles see all.
#[utoipa::path(operation_id = "publicity_list", tag = "publicity",
    params(PublicityListQuery),
    responses((status = 200, description = "A page of records.", body = PublicityPage)))]
#[get("/v1/publicity-records")]
pub async fn publicity_list(ctx: Ctx, query: Query<PublicityListQuery>) -> Result<Reply> {
    app::publicity_list(&ctx, query.0).await
}

/// List what is due (到期清单).
///
/// What is due today or overdue: publications within twenty working days, ordered withdrawals within three.
#[utoipa::path(operation_id = "publicity_due_list", tag = "publicity",
    params(PublicityDueQuery),
    responses((status = 200, description = "A page of records.", body = PublicityPage)))]
#[get("/v1/publicity-records/due")]
pub async fn publicity_due_list(ctx: Ctx, query: Query<PublicityDueQuery>) -> Result<Reply> {
    app::publicity_due_list(&ctx, query.0).await
}

/// View a publicity record (公示记录).
///
/// One publicity record with its clocks as they stand now.
#[utoipa::path(operation_id = "publicity_view", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record")),
    responses((status = 200, description = "The record.", body = PublicityView)))]
#[get("/v1/publicity-records/{record_id}")]
pub async fn publicity_view(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::publicity_view(&ctx, id.0).await
}

/// Review for secrets and privacy (保密审查).
///
/// Notes what the secrecy review found; the head decides next, who must be another person.
#[utoipa::path(operation_id = "publicity_review", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityReview),
    responses((status = 200, description = "It was reviewed.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/review")]
pub async fn publicity_review(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityReview>) -> Result<Reply> {
    app::publicity_review(&ctx, id.0, body.0).await
}

/// Approve the publication (准予公示).
///
/// The head lets it be published, also after it was withheld when the ground has gone.
#[utoipa::path(operation_id = "publicity_approve", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = ActionNote),
    responses((status = 200, description = "It may be published.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/approve")]
pub async fn publicity_approve(ctx: Ctx, id: Id<Uuid>, body: Body<ActionNote>) -> Result<Reply> {
    app::publicity_approve(&ctx, id.0, body.0).await
}

/// Withhold from publication (不予公示审批).
///
/// The head decides that it is not published, with grounds.
#[utoipa::path(operation_id = "publicity_withhold", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityWithhold),
    responses((status = 200, description = "It is withheld.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/withhold")]
pub async fn publicity_withhold(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityWithhold>) -> Result<Reply> {
    app::publicity_withhold(&ctx, id.0, body.0).await
}

/// Publish (公示).
///
/// Publishes: from now on the public sees it, and every channel is asked to show it.
#[utoipa::path(operation_id = "publicity_publish", tag = "publicity",
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

/// Correct what was published (更正).
///
/// Stops showing what is wrong at once and opens the record that replaces it, due within three working days.
#[utoipa::path(operation_id = "publicity_correct", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityCorrect),
    responses((status = 201, description = "The record that replaces it.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/correct")]
pub async fn publicity_correct(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityCorrect>) -> Result<Reply> {
    app::publicity_correct(&ctx, id.0, body.0).await
}

/// Order the withdrawal (责令撤回).
///
/// Orders the withdrawal; its three working days begin with the decision.
#[utoipa::path(operation_id = "publicity_order_withdrawal", tag = "publicity",
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

/// Withdraw (撤回).
///
/// Takes it back everywhere, as the act was changed, annulled or declared illegal.
#[utoipa::path(operation_id = "publicity_withdraw", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = PublicityWithdraw),
    responses((status = 200, description = "It is withdrawn.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/withdraw")]
pub async fn publicity_withdraw(ctx: Ctx, id: Id<Uuid>, body: Body<PublicityWithdraw>) -> Result<Reply> {
    app::publicity_withdraw(&ctx, id.0, body.0).await
}

/// Stop the display after repair (停止公示).
///
/// Ends the display early, as credit repair was granted.
#[utoipa::path(operation_id = "publicity_stop", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), ActionHeaders),
    request_body(content = ActionReason),
    responses((status = 200, description = "It is stopped.", body = PublicityView)))]
#[post("/v1/publicity-records/{record_id}/stop")]
pub async fn publicity_stop(ctx: Ctx, id: Id<Uuid>, body: Body<ActionReason>) -> Result<Reply> {
    app::publicity_stop(&ctx, id.0, body.0).await
}

/// History of a publicity record (流转记录).
///
/// All steps of a record.
#[utoipa::path(operation_id = "publicity_history", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record"), PartQuery),
    responses((status = 200, description = "A page of steps.", body = StepPage)))]
#[get("/v1/publicity-records/{record_id}/history")]
pub async fn publicity_history(ctx: Ctx, id: Id<Uuid>, query: Query<PartQuery>) -> Result<Reply> {
    app::publicity_history(&ctx, id.0, query.0).await
}

/// Channels of a record (各渠道回执).
///
/// What each channel was asked and answered, and how many are done.
#[utoipa::path(operation_id = "publicity_channel_list", tag = "publicity",
    params(("record_id" = Uuid, Path, description = "Id of the record")),
    responses((status = 200, description = "All requests and how many are done.", body = ChannelOverview)))]
#[get("/v1/publicity-records/{record_id}/channels")]
pub async fn publicity_channel_list(ctx: Ctx, id: Id<Uuid>) -> Result<Reply> {
    app::publicity_channel_list(&ctx, id.0).await
}

/// Acknowledge for a channel (渠道回执).
///
/// Notes what a channel answered to its last request; one that could not do it is asked again.
#[utoipa::path(operation_id = "channel_acknowledge", tag = "publicity",
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

/// Pending requests of a channel (渠道待办).
///
/// Requests that a channel has not answered, the oldest first, with what it is to show.
#[utoipa::path(operation_id = "channel_list", tag = "publicity",
    params(ChannelListQuery),
    responses((status = 200, description = "A page of requests.", body = ChannelPage)))]
#[get("/v1/publicity-channels")]
pub async fn channel_list(ctx: Ctx, query: Query<ChannelListQuery>) -> Result<Reply> {
    app::channel_list(&ctx, query.0).await
}
