//! Background work: ends the display of records whose period is over.
//!
//! Public readers never see such a record, whether this ran or not ([`crate::app::public`] looks at the day itself); here the
//! state is written down and the channels are asked to take it away. Idempotent: each record is held and looked at again, so
//! replicas may run it at once.

use super::channel::ask_channels;
use super::steps::{Details, Taken, write};
use crate::domain::publicity::{ChannelAction, PublicityState, PublicityVerb, transition};
use crate::store::publicity as store;
use crate::store::word;
use jiff::civil::Date;
use service_kit::change::{Actor, run};
use service_kit::service::Stop;
use service_kit::{Kit, Result, Scope, Task, Tx};
use std::time::Duration;
use uuid::Uuid;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(3600);
/// Records of one look that are held in memory.
const FEW: i64 = 200;
/// Name in logs, audit entries and histories.
const NAME: &str = "publicity_expiry";

/// The task.
pub(crate) fn expire_task() -> Task {
    Task { name: NAME, run: Box::new(|kit, stop| Box::pin(watch(kit, stop))) }
}

async fn watch(kit: Kit, mut stop: Stop) {
    loop {
        if let Err(e) = publicity_expire(&kit).await {
            tracing::warn!(task = NAME, error = %e, "records whose period is over could not be ended");
        }
        if stop.sleep(EVERY).await {
            return;
        }
    }
}

/// Ends what is over today; gives how many records.
///
/// # Errors
/// Database errors; what was ended before stays ended.
pub async fn publicity_expire(kit: &Kit) -> Result<usize> {
    let (today, mut ended) = (kit.clock.today(), 0);
    loop {
        let over = kit
            .store
            .read::<_, service_kit::Error, _>(async |c| {
                Ok(store::publicity_over(c, &Scope::all(), today, FEW).await?)
            })
            .await?;
        if over.is_empty() {
            return Ok(ended);
        }
        let before = ended;
        for row in over {
            let id = row.id.0;
            let who = Actor::task(NAME, kit.clock.now());
            if run(kit, who, async move |tx| end(tx, id, today).await).await? {
                ended += 1;
            }
        }
        // Another replica was quicker with all of them.
        if ended == before {
            return Ok(ended);
        }
    }
}

async fn end(tx: &mut Tx<'_, '_>, id: Uuid, today: Date) -> Result<bool> {
    let Some(mut row) = store::publicity_hold(tx.conn(), &Scope::all(), id).await? else { return Ok(false) };
    let from: PublicityState = word(&row.state)?;
    let is_over = row.expires_on.is_some_and(|day| day.0 <= today);
    let next = transition(from, PublicityVerb::Expire).filter(|_| is_over);
    let Some((to, _)) = next else {
        // A change without an audit entry is refused; nothing was written, so this says so.
        tx.audit(super::open::AGGREGATE, id, serde_json::json!({"unchanged": true}));
        return Ok(false);
    };
    row.withdrawn_at = Some(tx.now().into());
    let taken = Taken { from, verb: PublicityVerb::Expire, to, role: None };
    let details = Details {
        more: serde_json::json!({"expires_on": row.expires_on.map(|d| d.0)}),
        ..Details::default()
    };
    write(tx, &mut row, taken, details).await?;
    ask_channels(tx, &row, ChannelAction::Withdraw).await?;
    Ok(true)
}
