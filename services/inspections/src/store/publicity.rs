//! SQL: publicity records and what their channels answered (公示记录).
//!
//! Rows belong to organs and regions, so lists and views take the caller's scope; what is public is read by
//! [`super::public`]. Called by the publicity app functions.

use super::schema::{publicity_channel, publicity_record, result, visit, visit_task};
use crate::domain::publicity::{ChannelState, PublicityState};
use jiff::Timestamp;
use jiff::civil::Date;
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One record. Its content was made fit for the public before it came here.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = publicity_record, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct PublicityRow {
    /// Id.
    pub id: Uid,
    /// What it is about.
    pub kind: String,
    /// The result.
    pub source_id: Uid,
    /// Organ that checked and publishes.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Subject.
    pub subject_id: Option<Uid>,
    /// Its code; none for natural persons.
    pub subject_identifier: Option<String>,
    /// Title.
    pub title: String,
    /// State.
    pub state: String,
    /// What the public sees.
    pub content: Json,
    /// Whether a natural person stands behind it.
    pub is_personal: bool,
    /// Who reviewed it for secrets.
    pub reviewed_by: Option<String>,
    /// When.
    pub reviewed_at: Option<Stamp>,
    /// What the review found.
    pub review_reason: Option<String>,
    /// Head that decided to withhold it.
    pub withholding_approved_by: Option<String>,
    /// When.
    pub withholding_approved_at: Option<Stamp>,
    /// Last day for the publication.
    pub due_date: Option<Day>,
    /// First moment after it.
    pub due_at: Option<Stamp>,
    /// Version of the calendar used.
    pub due_calendar: Option<String>,
    /// When it was published.
    pub published_at: Option<Stamp>,
    /// By whom.
    pub published_by: Option<String>,
    /// First day on which it is no longer shown.
    pub expires_on: Option<Day>,
    /// Why it is or was to be withdrawn.
    pub withdraw_reason: Option<String>,
    /// First moment after the term of the withdrawal.
    pub withdraw_due_at: Option<Stamp>,
    /// When it stopped being shown.
    pub withdrawn_at: Option<Stamp>,
    /// The record it replaces.
    pub replaces: Option<Uid>,
    /// Steps so far.
    pub transitions: i64,
    /// Account by whose act it was opened.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was opened.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

/// One request to a channel and its answer.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = publicity_channel, treat_none_as_default_value = false, treat_none_as_null = true)]
#[diesel(primary_key(record_id, channel, number))]
pub struct ChannelRow {
    /// The record.
    pub record_id: Uid,
    /// The channel.
    pub channel: String,
    /// Order of the requests to this channel, from 1.
    pub number: i64,
    /// `publish` or `withdraw`.
    pub action: String,
    /// What became of it.
    pub state: String,
    /// When it was asked.
    pub requested_at: Stamp,
    /// When it answered.
    pub acknowledged_at: Option<Stamp>,
    /// Account that reported the answer.
    pub acknowledged_by: Option<String>,
    /// Number or address at the channel.
    pub reference: Option<String>,
    /// Remark.
    pub note: Option<String>,
}

/// Which records a list holds.
#[derive(Clone, Debug, Default)]
pub struct PublicityFilter {
    /// State.
    pub state: Option<PublicityState>,
    /// Organ.
    pub organ_code: Option<String>,
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// The result it is about.
    pub source_id: Option<Uuid>,
    /// Only records with a step that was or is due before this moment and is not taken.
    pub due_before: Option<Timestamp>,
}

/// States in which the clock of the publication runs.
pub const UNPUBLISHED: [&str; 3] = ["pending", "secrecy_review", "approved"];

/// One record within the scope.
///
/// # Errors
/// Database errors.
pub async fn publicity_view(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<PublicityRow>> {
    let row: Option<PublicityRow> =
        on!(c, c => publicity_record::table.find(Uid(id)).select(PublicityRow::as_select()).first(c))
            .optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code) && scope.sees_region(&r.region_code)))
}

/// As [`publicity_view`], with the row held until the change ends, so that of two steps at once the second sees the first.
///
/// # Errors
/// Database errors.
pub async fn publicity_hold(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    id: Uuid,
) -> StoreResult<Option<PublicityRow>> {
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM publicity_record WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    publicity_view(c, scope, id).await
}

/// A page of records within the scope, in the order of their ids.
///
/// # Errors
/// Database errors.
pub async fn publicity_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &PublicityFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<PublicityRow>> {
    use publicity_record as p;
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    Ok(on!(c, c => {
        let mut q = p::table.select(PublicityRow::as_select()).into_boxed();
        if let Some(regions) = regions {
            // First, so that the alternatives stand in brackets of their own.
            q = q.filter(p::region_code.eq(""));
            for region in regions {
                q = q.or_filter(p::region_code.like(format!("{region}%")));
            }
        }
        if let Some(mine) = mine {
            q = q.filter(p::organ_code.eq_any(mine));
        }
        if let Some(state) = filter.state {
            q = q.filter(p::state.eq(state.as_str()));
        }
        if let Some(organ) = &filter.organ_code {
            q = q.filter(p::organ_code.eq(organ));
        }
        if let Some(subject) = filter.subject_id {
            q = q.filter(p::subject_id.eq(Uid(subject)));
        }
        if let Some(source) = filter.source_id {
            q = q.filter(p::source_id.eq(Uid(source)));
        }
        if let Some(moment) = filter.due_before {
            let moment = Stamp::from(moment);
            let publication = p::state.eq_any(UNPUBLISHED).and(p::due_at.le(moment).assume_not_null());
            let withdrawal = p::state.eq(PublicityState::Published.as_str())
                .and(p::withdraw_due_at.is_not_null()).and(p::withdraw_due_at.le(moment).assume_not_null());
            q = q.filter(publication.or(withdrawal));
        }
        if let Some(after) = after {
            q = q.filter(p::id.gt(Uid(after)));
        }
        q.order(p::id.asc()).limit(limit).load(c)
    })?)
}

/// Adds a record.
///
/// # Errors
/// Database errors.
pub async fn publicity_create(c: &mut AnyConn<'_>, row: &PublicityRow) -> StoreResult<()> {
    on!(c, c => insert_into(publicity_record::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a record that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn publicity_update(c: &mut AnyConn<'_>, row: &PublicityRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(publicity_record::table.find(row.id).filter(publicity_record::version.eq(before)))
        .set(row).execute(c))?;
    Ok(n == 1)
}

/// Published records whose period was over on this day, a few at a time.
///
/// # Errors
/// Database errors.
pub async fn publicity_over(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    today: Date,
    limit: i64,
) -> StoreResult<Vec<PublicityRow>> {
    use publicity_record as p;
    let rows: Vec<PublicityRow> = on!(c, c => p::table
        .filter(p::state.eq(PublicityState::Published.as_str()))
        .filter(p::expires_on.is_not_null()).filter(p::expires_on.le(Day(today)))
        .order(p::id.asc()).limit(limit).select(PublicityRow::as_select()).load(c))?;
    Ok(rows.into_iter().filter(|r| scope.sees_department(&r.organ_code)).collect())
}

/// All requests of a record to its channels, in order; the record's visibility was decided before.
///
/// # Errors
/// Database errors.
pub async fn channel_list(c: &mut AnyConn<'_>, record: Uuid) -> StoreResult<Vec<ChannelRow>> {
    Ok(on!(c, c => publicity_channel::table.filter(publicity_channel::record_id.eq(Uid(record)))
        .order((publicity_channel::channel.asc(), publicity_channel::number.asc()))
        .select(ChannelRow::as_select()).load(c))?)
}

/// Adds requests to channels.
///
/// # Errors
/// Database errors.
pub async fn channel_add(c: &mut AnyConn<'_>, rows: &[ChannelRow]) -> StoreResult<()> {
    if !rows.is_empty() {
        on!(c, c => insert_into(publicity_channel::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Notes the answer of a channel to a request that is still pending; false when it is not.
///
/// # Errors
/// Database errors.
pub async fn channel_update(c: &mut AnyConn<'_>, row: &ChannelRow) -> StoreResult<bool> {
    use publicity_channel as p;
    let n = on!(c, c => update(p::table.find((row.record_id, row.channel.as_str(), row.number))
            .filter(p::state.eq(ChannelState::Pending.as_str())))
        .set((
            p::state.eq(&row.state),
            p::acknowledged_at.eq(row.acknowledged_at),
            p::acknowledged_by.eq(&row.acknowledged_by),
            p::reference.eq(&row.reference),
            p::note.eq(&row.note),
        ))
        .execute(c))?;
    Ok(n == 1)
}

/// Where a page of requests begins: after this moment, record and number.
pub type ChannelPlace = (Timestamp, Uuid, i64);

/// A page of requests to one channel within the scope, the oldest first, with their records.
///
/// # Errors
/// Database errors.
pub async fn channel_page(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    (channel, state): (&str, &str),
    after: Option<ChannelPlace>,
    limit: i64,
) -> StoreResult<Vec<(ChannelRow, PublicityRow)>> {
    use publicity_channel as p;
    use publicity_record as r;
    let (mine, regions) = (scope.departments.clone(), scope.regions.clone());
    Ok(on!(c, c => {
        let mut q = p::table.inner_join(r::table.on(r::id.eq(p::record_id)))
            .select((ChannelRow::as_select(), PublicityRow::as_select())).into_boxed();
        if let Some(regions) = regions {
            q = q.filter(r::region_code.eq(""));
            for region in regions {
                q = q.or_filter(r::region_code.like(format!("{region}%")));
            }
        }
        q = q.filter(p::channel.eq(channel)).filter(p::state.eq(state));
        if let Some(mine) = mine {
            q = q.filter(r::organ_code.eq_any(mine));
        }
        if let Some((at, record, number)) = after {
            let (at, record) = (Stamp::from(at), Uid(record));
            q = q.filter(p::requested_at.gt(at)
                .or(p::requested_at.eq(at).and(p::record_id.gt(record)))
                .or(p::requested_at.eq(at).and(p::record_id.eq(record)).and(p::number.gt(number))));
        }
        q.order((p::requested_at.asc(), p::record_id.asc(), p::number.asc())).limit(limit).load(c)
    })?)
}

/// What a result, its task and its visit say that may become public.
#[derive(Clone, Debug)]
pub struct ResultFacts {
    /// Organ that checked.
    pub organ_code: String,
    /// Region.
    pub region_code: String,
    /// Subject.
    pub subject_id: Uuid,
    /// Result codes.
    pub codes: Vec<String>,
    /// What followed.
    pub outcome: Option<String>,
    /// Number of the visit.
    pub visit_code: String,
    /// Kind of the visit.
    pub visit_kind: String,
    /// The draw that chose the subject.
    pub draw_id: Option<Uuid>,
    /// Item of the organ.
    pub item: String,
    /// When the organ's part began.
    pub started_at: Option<Timestamp>,
}

/// The facts of a result, inside the change that makes it final; who may do that was decided by the caller.
///
/// # Errors
/// Database errors.
pub async fn result_facts(c: &mut AnyConn<'_>, id: Uuid) -> StoreResult<Option<ResultFacts>> {
    type Told = (String, String, Uid, TextList, Option<String>, Uid, Uid);
    let told: Option<Told> = on!(c, c => result::table.find(Uid(id)).select((
            result::organ_code, result::region_code, result::subject_id, result::codes, result::outcome,
            result::task_id, result::visit_id))
        .first(c))
    .optional()?;
    let Some((organ_code, region_code, subject_id, codes, outcome, task_id, visit_id)) = told else {
        return Ok(None);
    };
    let task: (String, Option<Stamp>) = on!(c, c => visit_task::table.find(task_id)
        .select((visit_task::item_text, visit_task::started_at)).first(c))?;
    let place: (String, String, Option<Uid>) = on!(c, c => visit::table.find(visit_id)
        .select((visit::code, visit::kind, visit::draw_id)).first(c))?;
    Ok(Some(ResultFacts {
        organ_code,
        region_code,
        subject_id: subject_id.0,
        codes: codes.0,
        outcome,
        visit_code: place.0,
        visit_kind: place.1,
        draw_id: place.2.map(|d| d.0),
        item: task.0,
        started_at: task.1.map(|s| s.0),
    }))
}
