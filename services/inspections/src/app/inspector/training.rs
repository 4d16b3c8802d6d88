//! Use cases: trainings of inspectors (培训记录). The latest passed one with a last day says until when it counts.

use super::super::{Who, plain};
use super::{find, hold, tell, write};
use crate::api::inspector::{TrainingCreate, TrainingList, TrainingView};
use crate::store::inspector::{self as store, TrainingRow};
use service_kit::{Ctx, Error, Fault, Reply, Result};
use store_kit::types::{Day, Uid};
use uuid::Uuid;

/// Trainings of an inspector.
pub async fn training_list(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let row = find(ctx, id).await?;
    let rows =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::training_list(c, row.id).await?)).await?;
    Reply::ok(&TrainingList { items: rows.into_iter().map(training_view).collect() })
}

fn training_view(row: TrainingRow) -> TrainingView {
    let TrainingRow {
        id,
        inspector_id: _,
        title,
        minutes,
        held_on,
        valid_to,
        provider,
        is_passed,
        note,
        created_by: _,
        created_at: _,
    } = row;
    TrainingView {
        id: id.0,
        title,
        minutes,
        held_on: held_on.0,
        valid_to: valid_to.map(|d| d.0),
        provider,
        is_passed,
        note,
    }
}

/// Enters a training; the latest passed one with a last day says until when it counts.
pub async fn training_create(ctx: &Ctx, id: Uuid, body: TrainingCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let TrainingCreate { title, minutes, held_on, valid_to, provider, is_passed, note } = body;
    let mut faults = Vec::new();
    plain("/title", Some(&title), &mut faults);
    plain("/provider", provider.as_deref(), &mut faults);
    plain("/note", note.as_deref(), &mut faults);
    if valid_to.is_some_and(|to| to < held_on) {
        faults.push(Fault::new(
            "/valid_to",
            "interval_reversed",
            "有效期止早于培训日期",
            "the last day is before the training",
        ));
    }
    if held_on > ctx.kit.clock.today() {
        faults.push(Fault::new("/held_on", "date_in_future", "日期在将来", "the day is in the future"));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, None).await?;
        let training = TrainingRow {
            id: Uid(Uuid::now_v7()),
            inspector_id: row.id,
            title,
            minutes,
            held_on: Day(held_on),
            valid_to: valid_to.map(Day),
            provider,
            is_passed,
            note,
            created_by: tx.actor().subject.clone(),
            created_at: tx.now().into(),
        };
        store::training_create(tx.conn(), &training).await?;
        let all = store::training_list(tx.conn(), row.id).await?;
        row.trained_until = all.iter().filter(|t| t.is_passed).filter_map(|t| t.valid_to).max();
        write(tx, &mut row).await?;
        tell(tx, "trained", &row)?;
        let location = format!("/v1/inspectors/{id}/trainings");
        Reply::created(&training_view(training), location)
    })
    .await
}
