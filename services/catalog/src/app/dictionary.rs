//! Use cases of regions and industries: reading only, for everybody with a token.

use crate::api::dictionary::{
    IndustryListQuery, IndustryPage, IndustryView, RegionListQuery, RegionPage, RegionView,
};
use crate::store::dictionary as store;
use jiff::civil::Date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Page, Reply, Result};

/// Lists regions.
pub async fn region_list(ctx: &Ctx, query: RegionListQuery) -> Result<Reply> {
    let RegionListQuery { level, parent, as_of, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: String = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or_default();
    let filter = (level.as_deref(), parent.as_deref(), as_of);
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::region_list(c, filter, &after, limit + 1).await?));
    let Page { items, next } = Page::cut(ctx, rows.await?, limit, |r| r.code.clone()).map(RegionView::from);
    Reply::page(ctx, &RegionPage { items, next: next.clone() }, next.as_deref())
}

/// One region.
pub async fn region_view(ctx: &Ctx, code: &str) -> Result<Reply> {
    let row = ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::region_view(c, code).await?)).await?;
    Reply::ok(&RegionView::from(row.ok_or_else(|| Error::not_found("region"))?))
}

/// Lists industries.
pub async fn industry_list(ctx: &Ctx, query: IndustryListQuery) -> Result<Reply> {
    let IndustryListQuery { level, section, as_of, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: String = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or_default();
    let filter = (level.as_deref(), section.as_deref(), as_of.unwrap_or_else(|| ctx.kit.clock.today()));
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::industry_list(c, filter, &after, limit + 1).await?));
    let Page { items, next } = Page::cut(ctx, rows.await?, limit, |i| i.code.clone()).map(IndustryView::from);
    Reply::page(ctx, &IndustryPage { items, next: next.clone() }, next.as_deref())
}

/// One industry.
pub async fn industry_view(ctx: &Ctx, code: &str, as_of: Option<Date>) -> Result<Reply> {
    let day = as_of.unwrap_or_else(|| ctx.kit.clock.today());
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::industry_view(c, code, day).await?)).await?;
    Reply::ok(&IndustryView::from(row.ok_or_else(|| Error::not_found("industry"))?))
}
