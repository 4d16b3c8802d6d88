//! What the linter looks at of a draw: its frame and exclusions, who drew, replacements, re-draws, and the recomputation.
//!
//! Called by the explanation of a draw; the protocol itself is verified by the crate `draw`.

use super::{Verdicts, pack_on};
use crate::api::lint::DrawLintView;
use crate::app::draw_proof::transcript;
use crate::app::{Who, outside};
use crate::domain::draw::{AGGREGATE, Draw, DrawPick, DrawState, DrawVerb, PickState};
use crate::store::transition::transition_list;
use crate::store::{draw as draw_store, lint as store};
use domain::deadline::beijing_date;
use rules::facts::{DrawFacts, DrawUse, ExclusionFacts, Redraw};
use rules::pack::digest;
use rules::verdict::Judge;
use service_kit::{Ctx, Error, Kit, Reply, Result, Scope};
use std::collections::BTreeMap;
use store_kit::AnyConn;
use uuid::Uuid;

/// Explains what the rules say of a draw.
///
/// # Errors
/// 404; 503.
pub async fn draw_lint(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let seen = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(draw_store::draw_view(c, &who.scope, id).await?))
        .await?;
    let draw = seen.ok_or_else(|| Error::not_found("draw"))?;
    let (version, verdicts) = (draw.version, draw_verdicts(&ctx.kit, draw, ctx.now()).await?);
    Ok(Reply::ok(&DrawLintView::of(id, &verdicts))?.version(version))
}

async fn draw_verdicts(kit: &Kit, draw: Draw, now: jiff::Timestamp) -> Result<Verdicts> {
    let day = beijing_date(draw.drawn_at.unwrap_or(now));
    let pack = pack_on(kit, day).await?;
    let calendar = outside::calendar(kit).await?;
    // Recomputed from the public part, by the code that anybody can run; before the draw there is nothing to recompute.
    let is_recomputed = match draw.drawn_at.and(draw.seed_revealed.as_ref()) {
        None => None,
        Some(_) => {
            let made = transcript(kit, draw.clone(), false).await?;
            let bytes = made.to_bytes().map_err(|e| Error::internal(format!("transcript: {e}")))?;
            // A million scores are seconds of work, which other requests of the thread must not wait for.
            let work = move || ::draw::verify_bytes(&bytes).is_ok();
            Some(tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(e.to_string()))?)
        }
    };
    let facts = kit.store.read::<_, Error, _>(async |c| gather(c, &draw, day).await).await?;
    let facts = DrawFacts { is_recomputed, ..facts };
    let judge = Judge { pack: &pack.pack, reference: &pack.reference, calendar: &calendar };
    let subject = serde_json::json!({"draw": facts.draw, "on": facts.on});
    Ok(Verdicts { lint: judge.draw(&facts), subject_digest: digest(&subject) })
}

async fn gather(c: &mut AnyConn<'_>, draw: &Draw, day: jiff::civil::Date) -> Result<DrawFacts> {
    let exclusions = store::exclusions_by_code(c, draw.id).await?;
    let picks = draw_store::picks_of(c, draw.id, None, None, None).await?;
    let steps = transition_list(c, AGGREGATE, draw.id, 0, 1000).await?;
    let ran = steps.iter().find(|s| s.verb == DrawVerb::Run.as_str());
    let inspectors = store::draw_inspectors(c, draw.id).await?;
    let redraw = match draw.redraw_of {
        None => None,
        Some(old) => Some(redraw_of(c, old).await?),
    };
    let plan_period = match draw.plan_id {
        Some(plan) => store::plan_period(c, plan).await?,
        None => None,
    };
    let is_drawn = draw.drawn_at.is_some();
    Ok(DrawFacts {
        draw: draw.code.clone(),
        on: day,
        is_frame_frozen_before: match (draw.frame_frozen_at, draw.drawn_at) {
            (Some(frozen), Some(drawn)) => Some(frozen <= drawn),
            (Some(_), None) => Some(true),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        },
        exclusions: Some(
            exclusions
                .into_iter()
                .map(|(code, n)| ExclusionFacts { code: code.parse().ok(), subjects: n.unsigned_abs() })
                .collect(),
        ),
        choice: DrawUse {
            subjects_by_draw: Some(true),
            inspectors_by_draw: Some(true),
            // Items and results are shown by the publication of the draw and of each result.
            is_public: Some(draw.state != DrawState::Void),
            exception: None,
        },
        redraw,
        are_replacements_next: is_drawn.then(|| are_replacements_next(&picks)),
        is_recomputed: None,
        // Shares by risk class are the plan's, whose lint has looked at them.
        strata: Vec::new(),
        plan_period,
        drawn_by: ran.map(|s| (s.organ.clone(), draw.lead_department.clone())),
        inspectors: (!inspectors.is_empty()).then_some(inspectors),
    })
}

async fn redraw_of(c: &mut AnyConn<'_>, old: Uuid) -> Result<Redraw> {
    let before = draw_store::draw_view(c, &Scope::all(), old).await?;
    Ok(before.map_or_else(Redraw::default, |d| Redraw {
        reason: d.void_reason,
        requested_by: d.void_requested_by,
        approved_by: d.voided_by,
        old_draw: Some(d.code),
    }))
}

/// Whether every place that was given up went to the next score: the substitutes of a stratum are the first ones after the
/// drawn, without a gap.
fn are_replacements_next(picks: &[DrawPick]) -> bool {
    let mut strata: BTreeMap<&str, Vec<&DrawPick>> = BTreeMap::new();
    for pick in picks {
        strata.entry(&pick.stratum).or_default().push(pick);
    }
    strata.values_mut().all(|of| {
        of.sort_by_key(|p| p.rank);
        let mut was_reserve = false;
        of.iter().all(|p| {
            let is_reserve = p.state == PickState::Reserve;
            // Behind the first one that still waits nobody may have been called.
            let good = !was_reserve || is_reserve;
            was_reserve |= is_reserve;
            good
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_past_one_who_waits() {
        let pick = |rank, state| DrawPick {
            stratum: "A".into(),
            rank,
            subject: rank.to_string(),
            subject_id: None,
            subject_name: None,
            score: String::new(),
            state,
            replaced_by: None,
            reason: None,
            visit_id: None,
        };
        use PickState::{Drawn, Replaced, Reserve, Substitute};
        let good = [pick(1, Replaced), pick(2, Drawn), pick(3, Substitute), pick(4, Reserve)];
        assert!(are_replacements_next(&good));
        let bad = [pick(1, Replaced), pick(2, Drawn), pick(3, Reserve), pick(4, Substitute)];
        assert!(!are_replacements_next(&bad));
    }
}
