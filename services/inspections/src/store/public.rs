//! SQL: what the public may read (公众查询): published results, and draws from the freezing of their frame on.
//!
//! No scope is taken, as nobody is asking: each function narrows by itself to what is public. Called by
//! [`crate::app::public`] only.

use super::publicity::PublicityRow;
use super::schema::{draw, draw_entropy, draw_stratum, publicity_record};
use crate::domain::public::PUBLIC_DRAW_STATES;
use crate::domain::publicity::PublicityState;
use jiff::Timestamp;
use jiff::civil::Date;
use store_kit::prelude::*;
use uuid::Uuid;

/// Which published results a list holds.
#[derive(Clone, Debug, Default)]
pub struct PublicFilter {
    /// Organ.
    pub organ_code: Option<String>,
    /// Code of the subject, whole; natural persons have none here.
    pub subject_identifier: Option<String>,
    /// The draw that chose the subject is not asked for here: transcripts name it.
    pub published_from: Option<Timestamp>,
    /// First moment after the time asked for.
    pub published_before: Option<Timestamp>,
}

/// A page of results that are shown today, the newest first.
///
/// # Errors
/// Database errors.
pub async fn public_result_list(
    c: &mut AnyConn<'_>,
    filter: &PublicFilter,
    today: Date,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> StoreResult<Vec<PublicityRow>> {
    use publicity_record as p;
    Ok(on!(c, c => {
        let mut q = p::table.select(PublicityRow::as_select()).into_boxed()
            .filter(p::state.eq(PublicityState::Published.as_str()))
            .filter(p::expires_on.is_null().or(p::expires_on.gt(Day(today)).assume_not_null()));
        if let Some(organ) = &filter.organ_code {
            q = q.filter(p::organ_code.eq(organ));
        }
        if let Some(identifier) = &filter.subject_identifier {
            q = q.filter(p::subject_identifier.eq(identifier)).filter(p::is_personal.eq(false));
        }
        if let Some(from) = filter.published_from {
            q = q.filter(p::published_at.ge(Stamp::from(from)));
        }
        if let Some(before) = filter.published_before {
            q = q.filter(p::published_at.lt(Stamp::from(before)));
        }
        if let Some((at, id)) = after {
            let at = Stamp::from(at);
            let same = p::published_at.eq(at).assume_not_null().and(p::id.lt(Uid(id)));
            q = q.filter(p::published_at.lt(at).assume_not_null().or(same));
        }
        q.order((p::published_at.desc(), p::id.desc())).limit(limit).load(c)
    })?)
}

/// A record, and the record that takes its place and is shown, if any.
///
/// # Errors
/// Database errors.
pub async fn public_result_view(
    c: &mut AnyConn<'_>,
    id: Uuid,
) -> StoreResult<Option<(PublicityRow, Option<Uuid>)>> {
    use publicity_record as p;
    let row: Option<PublicityRow> =
        on!(c, c => p::table.find(Uid(id)).select(PublicityRow::as_select()).first(c)).optional()?;
    let Some(row) = row else { return Ok(None) };
    let next: Option<Uid> = on!(c, c => p::table.filter(p::replaces.eq(Uid(id)))
        .filter(p::state.eq(PublicityState::Published.as_str())).select(p::id).first(c))
    .optional()?;
    Ok(Some((row, next.map(|n| n.0))))
}

/// What the public sees of a draw.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = draw)]
pub struct PublicDrawRow {
    /// Id.
    pub id: Uid,
    /// Number.
    pub code: String,
    /// Number of the plan.
    pub plan_code: String,
    /// Organ that draws the subjects.
    pub lead_department: String,
    /// Organs that take part.
    pub departments: TextList,
    /// `v1` or `v1s`.
    pub algorithm: String,
    /// Targeted or not.
    pub kind: String,
    /// State.
    pub state: String,
    /// Subjects in the frame.
    pub frame_size: i64,
    /// When the frame was frozen.
    pub frame_frozen_at: Option<Stamp>,
    /// The commitment.
    pub commit_hash: Option<String>,
    /// When it was made.
    pub committed_at: Option<Stamp>,
    /// When the entropy is fixed, as named beforehand.
    pub entropy_moment: Option<Stamp>,
    /// The entropy.
    pub public_entropy: Option<String>,
    /// When it was drawn.
    pub drawn_at: Option<Stamp>,
    /// The draw it repeats.
    pub redraw_of: Option<Uid>,
    /// The rest, of which the declaration and the hash of the pool are public.
    pub settings: Json,
    /// Version.
    pub version: i64,
}

/// What the public sees of a stratum.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = draw_stratum)]
pub struct PublicStratumRow {
    /// The draw.
    pub draw_id: Uid,
    /// Name.
    pub name: String,
    /// Subjects in its frame.
    pub frame_size: i64,
    /// Subjects to be drawn.
    pub sample_size: i64,
    /// Hash of its parameters.
    pub params_hash: Option<String>,
    /// Root of its frame.
    pub frame_root: Option<String>,
}

/// What the public sees of a source of entropy.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = draw_entropy)]
pub struct PublicEntropyRow {
    /// The draw.
    pub draw_id: Uid,
    /// Public text or nonce.
    pub kind: String,
    /// Name, as given beforehand.
    pub name: String,
    /// Commitment of a nonce.
    pub commit_hash: Option<String>,
    /// The value, once it is revealed.
    pub value: Option<String>,
    /// Whether it was not revealed in time.
    pub is_no_show: bool,
}

/// A draw with its strata and sources of entropy.
pub type PublicDraw = (PublicDrawRow, Vec<PublicStratumRow>, Vec<PublicEntropyRow>);

async fn with_parts(c: &mut AnyConn<'_>, rows: Vec<PublicDrawRow>) -> StoreResult<Vec<PublicDraw>> {
    let ids: Vec<Uid> = rows.iter().map(|r| r.id).collect();
    let wanted = ids.clone();
    let mut strata: Vec<PublicStratumRow> = on!(c, c => draw_stratum::table
        .filter(draw_stratum::draw_id.eq_any(wanted))
        .order((draw_stratum::draw_id.asc(), draw_stratum::position.asc()))
        .select(PublicStratumRow::as_select()).load(c))?;
    let mut sources: Vec<PublicEntropyRow> = on!(c, c => draw_entropy::table
        .filter(draw_entropy::draw_id.eq_any(ids))
        .order((draw_entropy::draw_id.asc(), draw_entropy::position.asc()))
        .select(PublicEntropyRow::as_select()).load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = strata.extract_if(.., |s| s.draw_id == row.id).collect();
            let from = sources.extract_if(.., |s| s.draw_id == row.id).collect();
            (row, own, from)
        })
        .collect())
}

/// A page of draws whose frame was frozen, the newest first.
///
/// # Errors
/// Database errors.
pub async fn public_draw_list(
    c: &mut AnyConn<'_>,
    organ: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<PublicDraw>> {
    let rows: Vec<PublicDrawRow> = on!(c, c => {
        let mut q = draw::table.select(PublicDrawRow::as_select()).into_boxed()
            .filter(draw::state.eq_any(PUBLIC_DRAW_STATES)).filter(draw::frame_frozen_at.is_not_null());
        if let Some(organ) = organ {
            q = q.filter(draw::lead_department.eq(organ));
        }
        if let Some(before) = before {
            q = q.filter(draw::id.lt(Uid(before)));
        }
        q.order(draw::id.desc()).limit(limit).load(c)
    })?;
    with_parts(c, rows).await
}

/// One draw whose frame was frozen.
///
/// # Errors
/// Database errors.
pub async fn public_draw_view(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<PublicDraw>> {
    let row: Option<PublicDrawRow> = on!(c, c => draw::table.find(Uid(id))
        .filter(draw::state.eq_any(PUBLIC_DRAW_STATES)).filter(draw::frame_frozen_at.is_not_null())
        .select(PublicDrawRow::as_select()).first(c))
    .optional()?;
    Ok(with_parts(c, row.into_iter().collect()).await?.into_iter().next())
}
