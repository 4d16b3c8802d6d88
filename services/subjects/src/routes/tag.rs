//! Handlers of tag schemes and tags.

use crate::api::tag::*;
use crate::app::tag as app;
use actix_web::{get, post};
use domain::ids::{SubjectId, TagId};
use service_kit::{Body, Ctx, Id, Query, Reply, Result};

/// List tag schemes (标签体系).
#[utoipa::path(operation_id = "tag_scheme_list", tag = "tags", params(TagSchemeListQuery),
    responses((status = 200, description = "A page.", body = TagSchemePage)))]
#[get("/v1/tag-schemes")]
pub async fn tag_scheme_list(ctx: Ctx, query: Query<TagSchemeListQuery>) -> Result<Reply> {
    app::tag_scheme_list(&ctx, query.0).await
}

/// Set up a tag scheme (新建标签体系).
///
/// Sets up a tag scheme.
#[utoipa::path(operation_id = "tag_scheme_create", tag = "tags",
    request_body(content = TagSchemeCreate),
    responses((status = 201, description = "Set up.", body = TagSchemeView)))]
#[post("/v1/tag-schemes")]
pub async fn tag_scheme_create(ctx: Ctx, body: Body<TagSchemeCreate>) -> Result<Reply> {
    app::tag_scheme_create(&ctx, body.0).await
}

/// List a subject's tags (标签).
#[utoipa::path(operation_id = "tag_list", tag = "tags",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")),
    responses((status = 200, description = "Tags, oldest first.", body = TagList)))]
#[get("/v1/subjects/{subject_id}/tags")]
pub async fn tag_list(ctx: Ctx, id: Id<SubjectId>) -> Result<Reply> {
    app::tag_list(&ctx, id.0).await
}

/// Tag a subject (打标签).
///
/// Sets or proposes a tag.
#[utoipa::path(operation_id = "tag_create", tag = "tags",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject")), request_body(content = TagCreate),
    responses((status = 201, description = "Set.", body = TagView)))]
#[post("/v1/subjects/{subject_id}/tags")]
pub async fn tag_create(ctx: Ctx, id: Id<SubjectId>, body: Body<TagCreate>) -> Result<Reply> {
    app::tag_create(&ctx, id.0, body.0).await
}

/// Confirm a proposed tag (确认标签).
#[utoipa::path(operation_id = "tag_confirm", tag = "tags",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject"), ("tag_id" = TagId, Path, description = "Id of the tag")),
    responses((status = 200, description = "In force.", body = TagView)))]
#[post("/v1/subjects/{subject_id}/tags/{tag_id}/confirm")]
pub async fn tag_confirm(ctx: Ctx, path: Id<(SubjectId, TagId)>) -> Result<Reply> {
    app::tag_confirm(&ctx, path.0.0, path.0.1).await
}

/// End a tag (终止标签).
///
/// Ends a tag.
#[utoipa::path(operation_id = "tag_expire", tag = "tags",
    params(("subject_id" = SubjectId, Path, description = "Id of the subject"), ("tag_id" = TagId, Path, description = "Id of the tag")),
    responses((status = 200, description = "Ended.", body = TagView)))]
#[post("/v1/subjects/{subject_id}/tags/{tag_id}/expire")]
pub async fn tag_expire(ctx: Ctx, path: Id<(SubjectId, TagId)>) -> Result<Reply> {
    app::tag_expire(&ctx, path.0.0, path.0.1).await
}
