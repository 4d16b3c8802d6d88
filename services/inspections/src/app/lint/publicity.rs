//! What the linter looks at of a publicity record: its days, its review, who checked and who publishes.
//!
//! Records are of results of inspections; rules of penalties and licences wait for those. Called by the explanation of a
//! record, and by its publication, which a rule that blocks stops.

use super::{Verdicts, pack_on};
use crate::api::lint::PublicityLintView;
use crate::app::{Who, outside};
use crate::domain::publicity::PublicityState;
use crate::store::publicity::{PublicityRow, publicity_view};
use crate::store::word;
use crate::store::{lint as store, transition::transition_list};
use domain::deadline::beijing_date;
use futures_util::try_join;
use jiff::Span;
use jiff::civil::Date;
use rules::facts::{PublicityFacts, PublicityKind};
use rules::pack::digest;
use rules::verdict::Judge;
use service_kit::{Ctx, Error, Reply, Result};
use uuid::Uuid;

/// A record with what the rules look at besides.
struct Found {
    row: PublicityRow,
    decided_on: Date,
    annulled: Option<Date>,
}

async fn find(ctx: &Ctx, id: Uuid) -> Result<Found> {
    let who = Who::of(ctx)?;
    ctx.kit
        .store
        .read::<_, Error, _>(async |c| {
            let row = publicity_view(c, &who.scope, id).await?;
            let row = row.ok_or_else(|| Error::not_found("publicity record"))?;
            let formed = store::result_final_at(c, row.source_id.0).await?;
            let steps = transition_list(c, "publicity_record", id, 0, 1000).await?;
            // A withdrawal is ordered when its clock begins; the step says when.
            let annulled =
                steps.iter().find(|s| s.verb == "order_withdrawal" || s.verb == "withdraw").map(|s| s.at);
            let decided_on = beijing_date(formed.unwrap_or(row.created_at.0));
            Ok(Found { row, decided_on, annulled: annulled.map(beijing_date) })
        })
        .await
}

async fn judged(ctx: &Ctx, row: &PublicityRow, facts: &PublicityFacts) -> Result<Verdicts> {
    let (pack, calendar) = try_join!(pack_on(&ctx.kit, facts.decided_on), outside::calendar(&ctx.kit))?;
    let judge = Judge { pack: &pack.pack, reference: &pack.reference, calendar: &calendar };
    let subject = serde_json::json!({"publicity_record": row.id.0, "version": row.version});
    Ok(Verdicts { lint: judge.publicity(facts), subject_digest: digest(&subject) })
}

/// Explains what the rules say of a publicity record.
///
/// # Errors
/// 404; 503.
pub async fn publicity_lint(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let Found { row, decided_on, annulled } = find(ctx, id).await?;
    let facts = facts_of(&row, decided_on, annulled, beijing_date(ctx.now()))?;
    let verdicts = judged(ctx, &row, &facts).await?;
    Ok(Reply::ok(&PublicityLintView::of(id, &verdicts))?.version(row.version))
}

/// What the rules say of a record if it were made public now, to be shown so many years; asked by that step before its
/// transaction. What is late is published all the same.
///
/// # Errors
/// 404; 503.
pub(crate) async fn publish_verdicts(
    ctx: &Ctx,
    id: Uuid,
    years: impl FnOnce(&PublicityRow) -> i64,
) -> Result<Verdicts> {
    let Found { row, decided_on, annulled } = find(ctx, id).await?;
    let today = beijing_date(ctx.now());
    let last = today.saturating_add(Span::new().years(years(&row)));
    let facts = PublicityFacts {
        published_on: Some(today),
        published_by: Some(row.organ_code.clone()),
        is_being_published: true,
        displayed_until: last.yesterday().ok(),
        ..facts_of(&row, decided_on, annulled, today)?
    };
    judged(ctx, &row, &facts).await
}

fn facts_of(
    row: &PublicityRow,
    decided_on: Date,
    annulled: Option<Date>,
    today: Date,
) -> Result<PublicityFacts> {
    let state: PublicityState = word(&row.state)?;
    let published = row.published_at.map(|t| beijing_date(t.0));
    Ok(PublicityFacts {
        record: row.id.0.to_string(),
        kind: PublicityKind::Inspection,
        decided_on,
        today,
        published_on: published,
        checked_by: Some(row.organ_code.clone()),
        published_by: published.map(|_| row.organ_code.clone()),
        is_being_published: false,
        is_market_regulation: Some(false),
        pushed_on: None,
        annulled_on: Some(annulled.filter(|_| row.withdraw_reason.is_some())),
        withdrawn_on: row.withdrawn_at.map(|t| beijing_date(t.0)),
        withdrawal_reason: row.withdraw_reason.clone(),
        is_warning_only: Some(false),
        is_simple_procedure: Some(false),
        is_minor: Some(false),
        displayed_until: row.expires_on.and_then(|d| d.0.yesterday().ok()),
        is_natural_person: Some(row.is_personal),
        // Whether content is sensitive is what the review finds out; before it nobody knows.
        is_sensitive: row.reviewed_at.map(|_| row.withholding_approved_at.is_some()),
        is_sensitivity_decided: row
            .reviewed_at
            .map(|_| !matches!(state, PublicityState::Pending | PublicityState::SecrecyReview)),
        was_subject_told: None,
        error: Some(None),
    })
}
