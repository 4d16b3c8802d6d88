//! SQL: rating tokens and what was answered (监管对象评价).
//!
//! A row knows the visit and a keyed hash of its token, nothing of who used it; the day of use alone is kept, not the hour.
//! Called by the rating app functions.

use super::schema::{rating, visit};
use jiff::Timestamp;
use jiff::civil::Date;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One token and its rating.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = rating, treat_none_as_default_value = false)]
pub struct RatingRow {
    /// Id.
    pub id: Uid,
    /// The visit.
    pub visit_id: Uid,
    /// Keyed hash of the token.
    pub token_digest: String,
    /// When it was given out.
    pub issued_at: Stamp,
    /// Until when it counts.
    pub expires_at: Stamp,
    /// Beginning of the day on which it was used.
    pub used_at: Option<Stamp>,
    /// One to five points.
    pub score: Option<i64>,
    /// Answers by question.
    pub answers: Option<Json>,
    /// Remark, sealed.
    pub comment_sealed: Option<String>,
}

/// What a rating needs to know of its visit.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = visit)]
pub struct RatedVisit {
    /// Id.
    pub id: Uid,
    /// Number.
    pub code: String,
    /// Organs that come.
    pub departments: TextList,
    /// Region.
    pub region_code: String,
    /// State.
    pub state: String,
    /// Day, if it is fixed.
    pub scheduled_on: Option<Day>,
}

/// The visit within the scope, held until the change ends, so that two tokens at once are one.
///
/// # Errors
/// Database errors.
pub async fn rated_visit_hold(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<RatedVisit>> {
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM visit WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    let row = rated_visit(c, id).await?;
    Ok(row.filter(|v| scope.sees(&v.departments.0, &v.region_code)))
}

/// The visit of a token that was shown; the token is the right to see it.
///
/// # Errors
/// Database errors.
pub async fn rated_visit(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<RatedVisit>> {
    Ok(on!(c, c => visit::table.find(Uid(id)).select(RatedVisit::as_select()).first(c)).optional()?)
}

/// Whether the visit was rated already; tokens that were not used are taken back.
///
/// # Errors
/// Database errors.
pub async fn rating_clear(c: &mut AnyConn<'_>, visit_id: Uuid) -> StoreResult<bool> {
    on!(c, c => delete(rating::table.filter(rating::visit_id.eq(Uid(visit_id)).and(rating::used_at.is_null())))
        .execute(c))?;
    let used: Option<Uid> = on!(c, c => rating::table.filter(rating::visit_id.eq(Uid(visit_id)))
        .select(rating::id).first(c))
    .optional()?;
    Ok(used.is_some())
}

/// Adds a token.
///
/// # Errors
/// Database errors.
pub async fn rating_issue(c: &mut AnyConn<'_>, row: &RatingRow) -> StoreResult<()> {
    on!(c, c => insert_into(rating::table).values(row).execute(c))?;
    Ok(())
}

/// The token with this hash.
///
/// # Errors
/// Database errors.
pub async fn rating_form_view(c: &mut AnyConn<'_>, digest: &str) -> StoreResult<Option<RatingRow>> {
    Ok(on!(c, c => rating::table.filter(rating::token_digest.eq(digest)).select(RatingRow::as_select()).first(c))
        .optional()?)
}

/// Uses a token; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn rating_create(c: &mut AnyConn<'_>, row: &RatingRow) -> StoreResult<bool> {
    let n = on!(c, c => update(rating::table.find(row.id).filter(rating::used_at.is_null()))
        .set((
            rating::used_at.eq(row.used_at),
            rating::score.eq(row.score),
            rating::answers.eq(&row.answers),
            rating::comment_sealed.eq(&row.comment_sealed),
        ))
        .execute(c))?;
    Ok(n == 1)
}

/// One token as sums see it: organs, points, answers.
pub type Counted = (Uid, TextList, Option<i64>, Option<Json>);

/// Tokens given out in a time, in the order of their ids. Sums are for the whole district, so no scope is taken.
///
/// # Errors
/// Database errors.
pub async fn rating_page(
    c: &mut AnyConn<'_>,
    (from, to): (Timestamp, Timestamp),
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<Counted>> {
    Ok(on!(c, c => {
        let mut q = rating::table.inner_join(visit::table.on(visit::id.eq(rating::visit_id)))
            .select((rating::id, visit::departments, rating::score, rating::answers))
            .filter(rating::issued_at.ge(Stamp::from(from)).and(rating::issued_at.lt(Stamp::from(to))))
            .into_boxed();
        if let Some(after) = after {
            q = q.filter(rating::id.gt(Uid(after)));
        }
        q.order(rating::id.asc()).limit(limit).load(c)
    })?)
}

/// A page of ratings with a remark, with the organs of their visits, in the order of their ids.
///
/// # Errors
/// Database errors.
pub async fn rating_comment_list(
    c: &mut AnyConn<'_>,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<(RatingRow, TextList)>> {
    Ok(on!(c, c => {
        let mut q = rating::table.inner_join(visit::table.on(visit::id.eq(rating::visit_id)))
            .select((RatingRow::as_select(), visit::departments))
            .filter(rating::comment_sealed.is_not_null())
            .into_boxed();
        if let Some(after) = after {
            q = q.filter(rating::id.gt(Uid(after)));
        }
        q.order(rating::id.asc()).limit(limit).load(c)
    })?)
}

/// The day on which a rating was given, as it is kept.
#[must_use]
pub fn day_of_use(now: Timestamp) -> (Date, Stamp) {
    let day = domain::deadline::beijing_date(now);
    (day, domain::deadline::beijing_midnight(day).unwrap_or(now).into())
}
