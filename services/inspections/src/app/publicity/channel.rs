//! What channels are asked and what they answer: 公示系统, 信用汉中, the portal; each for itself.
//!
//! The adapters that carry requests out come with the exchange service: until then a request is an event and a line in the
//! channel's pending list, and whoever carries it out reports back. A record is cleared when every channel says so.

use super::super::{Who, other_department};
use super::open::tell;
use super::steps::find;
use crate::api::publicity::{
    ChannelAcknowledge, ChannelListQuery, ChannelOverview, ChannelPage, ChannelPending, ChannelView,
};
use crate::domain::publicity::{ChannelAction, ChannelState, PublicityChannel, ResultContent};
use crate::store::publicity::{self as store, ChannelPlace, ChannelRow, PublicityRow};
use crate::store::{document, word};
use domain::vocabulary::Role;
use jiff::Timestamp;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Page, Reply, Result, Tx};
use store_kit::types::Stamp;
use uuid::Uuid;

/// The last request to each channel.
fn latest(rows: &[ChannelRow]) -> impl Iterator<Item = &ChannelRow> {
    rows.iter().filter(|row| {
        let is_later = |other: &&ChannelRow| other.channel == row.channel && other.number > row.number;
        rows.iter().find(is_later).is_none()
    })
}

/// Asks every channel, when a record begins or stops being public; unanswered earlier requests are superseded.
pub(super) async fn ask_channels(
    tx: &mut Tx<'_, '_>,
    row: &PublicityRow,
    action: ChannelAction,
) -> Result<()> {
    let known = store::channel_list(tx.conn(), row.id.0).await?;
    let now = Stamp::from(tx.now());
    let mut requests = Vec::new();
    for channel in PublicityChannel::ALL {
        let last = latest(&known).find(|r| r.channel == channel.as_str());
        if let Some(last) = last.filter(|r| r.state == ChannelState::Pending.as_str()) {
            let answered = ChannelRow { state: ChannelState::Superseded.to_string(), ..last.clone() };
            store::channel_update(tx.conn(), &answered).await?;
        }
        requests.push(ChannelRow {
            record_id: row.id,
            channel: channel.to_string(),
            number: last.map_or(1, |r| r.number + 1),
            action: action.to_string(),
            state: ChannelState::Pending.to_string(),
            requested_at: now,
            acknowledged_at: None,
            acknowledged_by: None,
            reference: None,
            note: None,
        });
    }
    store::channel_add(tx.conn(), &requests).await?;
    for request in &requests {
        let more = serde_json::json!({"channel": request.channel, "action": request.action, "number": request.number});
        tell(tx, "channel_requested", row, more)?;
    }
    Ok(())
}

/// All requests of one record.
pub async fn publicity_channel_list(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    find(ctx, id).await?;
    let rows = ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::channel_list(c, id).await?)).await?;
    Reply::ok(&overview(id, rows)?)
}

fn overview(record_id: Uuid, rows: Vec<ChannelRow>) -> Result<ChannelOverview> {
    let asked = latest(&rows).count();
    let done = latest(&rows).filter(|r| r.state == ChannelState::Acknowledged.as_str()).count();
    let items = rows.into_iter().map(ChannelView::of).collect::<Result<Vec<_>, _>>()?;
    Ok(ChannelOverview { record_id, asked, done, items })
}

/// Pending requests of one channel.
pub async fn channel_list(ctx: &Ctx, query: ChannelListQuery) -> Result<Reply> {
    let ChannelListQuery { channel, state, cursor, limit } = query;
    let (limit, scope) = (limit.unwrap_or(DEFAULT_LIMIT), ctx.scope());
    let after: Option<(Timestamp, Uuid, i64)> =
        cursor.as_deref().map(|c| Cursor::read::<ChannelPlace>(ctx, c)).transpose()?;
    let state = state.unwrap_or(ChannelState::Pending);
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::channel_page(c, &scope, (channel.as_str(), state.as_str()), after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } =
        Page::cut(ctx, rows, limit, |(r, _)| (r.requested_at.0, r.record_id.0, r.number));
    let items = items.into_iter().map(pending).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &ChannelPage { items, next: next.clone() }, next.as_deref())
}

fn pending((request, record): (ChannelRow, PublicityRow)) -> Result<ChannelPending> {
    let content: ResultContent = document(record.content.0)?;
    Ok(ChannelPending {
        request: ChannelView::of(request)?,
        organ_code: record.organ_code,
        title: record.title,
        content: content.into(),
    })
}

/// Notes what a channel answered to its last request; one that could not do it is asked again.
pub async fn channel_acknowledge(
    ctx: &Ctx,
    id: Uuid,
    channel: &str,
    body: ChannelAcknowledge,
) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let channel: PublicityChannel = PublicityChannel::ALL
        .iter()
        .copied()
        .find(|c| c.as_str() == channel)
        .ok_or_else(|| Error::not_found("publicity channel"))?;
    let ChannelAcknowledge { is_done, reference, note } = body;
    if !is_done && note.is_none() {
        return Err(Error::invalid_at(
            "/note",
            "note_missing",
            "未办成的须说明原因",
            "what was not done needs a reason",
        ));
    }
    ctx.change(async move |tx| {
        let record = store::publicity_hold(tx.conn(), &who.scope, id)
            .await?
            .ok_or_else(|| Error::not_found("publicity record"))?;
        let is_carrier = who.caller.has(Role::Exchange);
        if !is_carrier && who.caller.department != record.organ_code {
            return Err(other_department());
        }
        let known = store::channel_list(tx.conn(), id).await?;
        let last = latest(&known).find(|r| r.channel == channel.as_str()).cloned();
        let Some(mut last) = last.filter(|r| r.state == ChannelState::Pending.as_str()) else {
            return Err(Error::conflict(
                "nothing_pending",
                "该渠道没有待回执的请求",
                "The channel has no request that waits for an answer",
            ));
        };
        let now = Stamp::from(tx.now());
        let state = if is_done { ChannelState::Acknowledged } else { ChannelState::Failed };
        last.state = state.to_string();
        last.acknowledged_at = Some(now);
        last.acknowledged_by = Some(who.caller.subject.clone());
        last.reference = reference;
        last.note = note;
        if !store::channel_update(tx.conn(), &last).await? {
            return Err(service_kit::extract::changed());
        }
        if !is_done {
            let again = ChannelRow {
                number: last.number + 1,
                state: ChannelState::Pending.to_string(),
                requested_at: now,
                acknowledged_at: None,
                acknowledged_by: None,
                reference: None,
                note: None,
                ..last.clone()
            };
            store::channel_add(tx.conn(), std::slice::from_ref(&again)).await?;
        }
        let action: ChannelAction = word(&last.action)?;
        let more = serde_json::json!({"channel": channel, "action": action, "number": last.number, "channel_state": state});
        tell(tx, "channel_acknowledged", &record, more)?;
        let rows = store::channel_list(tx.conn(), id).await?;
        Reply::ok(&overview(id, rows)?)
    })
    .await
}
