//! Handlers: ratings of visits by the subject (监管对象评价).

use crate::api::rating::{
    RatingCommentPage, RatingCommentQuery, RatingCreate, RatingFormView, RatingSummaryQuery,
    RatingSummaryView, RatingTokenView,
};
use crate::app::rating as app;
use crate::config::Config;
use actix_web::web::Data;
use actix_web::{get, post};
use service_kit::error::Problem;
use service_kit::service::ServiceConfig;
use service_kit::{Body, Ctx, Id, Query, Reply, Result};
use uuid::Uuid;

/// The routes of this topic.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(rating_issue)
        .service(rating_form_view)
        .service(rating_create)
        .service(rating_summary)
        .service(rating_comment_list);
}

/// Give out the rating token of a visit (发放评价令牌).
///
/// Gives out the one token with which the subject rates a visit without an account; an unused one becomes void, a visit
/// that was rated gives none.
#[utoipa::path(operation_id = "rating_issue", tag = "ratings",
    params(("visit_id" = Uuid, Path, description = "Id of the visit")),
    responses((status = 201, description = "The token; it is shown this once.", body = RatingTokenView)))]
#[post("/v1/visits/{visit_id}/ratings")]
pub async fn rating_issue(ctx: Ctx, config: Data<Config>, id: Id<Uuid>) -> Result<Reply> {
    app::rating_issue(&ctx, &config, id.0).await
}

/// Open the rating form (评价表).
///
/// The form that a token opens, without an account.
#[utoipa::path(operation_id = "rating_form_view", tag = "public",
    params(("token" = String, Path, description = "The token", max_length = 64)),
    responses((status = 200, description = "The form.", body = RatingFormView),
        (status = 410, description = "It was used or its time is over.", body = Problem,
            content_type = "application/problem+json")))]
#[get("/v1/public/ratings/{token}")]
pub async fn rating_form_view(ctx: Ctx, token: Id<String>) -> Result<Reply> {
    app::rating_form_view(&ctx, &token.0).await
}

/// Rate a visit (提交评价).
///
/// Rates a visit that has begun, without an account; the token is used up, and who used it is not kept.
#[utoipa::path(operation_id = "rating_create", tag = "public",
    params(("token" = String, Path, description = "The token", max_length = 64)),
    request_body(content = RatingCreate),
    responses((status = 204, description = "It was taken."),
        (status = 410, description = "It was used or its time is over.", body = Problem,
            content_type = "application/problem+json")))]
#[post("/v1/public/ratings/{token}")]
pub async fn rating_create(ctx: Ctx, token: Id<String>, body: Body<RatingCreate>) -> Result<Reply> {
    app::rating_create(&ctx, &token.0, body.0).await
}

/// Ratings summed up by organ (评价汇总).
///
/// Ratings summed up by organ; sums of fewer than three ratings are hidden.
#[utoipa::path(operation_id = "rating_summary", tag = "ratings",
    params(RatingSummaryQuery),
    responses((status = 200, description = "The sums.", body = RatingSummaryView)))]
#[get("/v1/rating-summaries")]
pub async fn rating_summary(ctx: Ctx, query: Query<RatingSummaryQuery>) -> Result<Reply> {
    app::rating_summary(&ctx, query.0).await
}

/// Read the remarks of ratings (意见建议).
///
/// Remarks of ratings, without their visits; each reading is logged.
#[utoipa::path(operation_id = "rating_comment_list", tag = "ratings",
    params(RatingCommentQuery),
    responses((status = 200, description = "A page of remarks.", body = RatingCommentPage)))]
#[get("/v1/rating-comments")]
pub async fn rating_comment_list(ctx: Ctx, query: Query<RatingCommentQuery>) -> Result<Reply> {
    app::rating_comment_list(&ctx, query.0).await
}
