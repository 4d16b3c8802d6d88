//! What a draw takes from its plan: that it is in force, what it said, and its strata with their classes of risk.
//!
//! A plan that was cancelled or adjusted meanwhile is not drawn, so each step that rests on it asks again inside its
//! transaction. Called by the use cases of draws, frames and teams.

use crate::api::draw::DrawStratumInput;
use crate::app::Who;
use crate::domain::draw::Draw;
use crate::domain::lint::content_json;
use crate::domain::plan::{Plan, Sight, SubjectFilter};
use domain::vocabulary::RiskClass;
use rules::pack::digest;
use service_kit::{Ctx, Error, Fault, Result, Scope};
use store_kit::AnyConn;
use uuid::Uuid;

/// The published plan that is to be drawn.
pub(super) async fn plan_of(ctx: &Ctx, who: &Who, id: Uuid) -> Result<Plan> {
    let (plan, sight) =
        ctx.kit.store.read::<_, Error, _>(async |c| crate::app::plan::find(c, who, id).await).await?;
    if sight == Sight::Public {
        return Err(Error::not_found("plan"));
    }
    if plan.state.is_in_force() { Ok(plan) } else { Err(not_public()) }
}

fn not_public() -> Error {
    Error::conflict(
        "plan_not_public",
        "计划公布后方可抽取；已撤销、调整或办结的不得再抽取",
        "A plan is drawn from while it is published and in force",
    )
}

/// What a plan says, so that a draw can tell whether it still says the same.
pub(super) fn said_by(plan: &Plan) -> String {
    digest(&content_json(&plan.code, &plan.content))
}

/// Whether the plan of a draw is in force and says what it said when the draw was added. Asked inside the steps that rest on it.
///
/// # Errors
/// 409 `plan_not_public`, `plan_changed`; database errors.
pub(crate) async fn plan_stands(c: &mut AnyConn<'_>, draw: &Draw) -> Result<()> {
    let Some(id) = draw.plan_id else { return Ok(()) };
    // Whoever draws was let in as the lead department; the plan's state is asked of everybody alike.
    let plan = crate::store::plan::plan_view(c, &Scope::all(), id).await?.map(|(plan, _)| plan);
    let plan = plan.filter(|p| p.state.is_in_force()).ok_or_else(not_public)?;
    if draw.settings.plan_digest.as_ref().is_none_or(|d| *d == said_by(&plan)) {
        return Ok(());
    }
    Err(Error::conflict(
        "plan_changed",
        "计划内容在新建抽取后已调整，请作废该抽取并按新计划重新建立",
        "The plan was adjusted after the draw was added: make the draw void and add one for the plan as it is",
    ))
}

/// The plan's strata with the class of risk that each is for: a stratum "D类" draws from class D, as its forecast did.
pub(super) fn plan_strata(plan: &Plan, faults: &mut Vec<Fault>) -> Vec<DrawStratumInput> {
    let mut out = Vec::new();
    for (i, s) in plan.content.strata.iter().enumerate() {
        let filter = class_filter(s.filter.clone(), s.risk_class).unwrap_or_else(|| {
            let (zh, en) =
                ("分层的风险类别与其对象范围矛盾", "class and filter of the stratum exclude each other");
            faults.push(Fault::new(format!("/strata/{i}"), "contradicting_members", zh, en));
            None
        });
        out.push(DrawStratumInput {
            name: s.name.clone(),
            sample_size: s.quantity.map(i64::from),
            ratio_per_ten_thousand: if s.quantity.is_some() { None } else { s.ratio_per_ten_thousand },
            filter,
        });
    }
    out
}

/// A filter narrowed to a class; none when both exclude each other, since an empty list would let everybody in.
fn class_filter(filter: Option<SubjectFilter>, class: Option<RiskClass>) -> Option<Option<SubjectFilter>> {
    let Some(class) = class else { return Some(filter) };
    let mut filter = filter.unwrap_or_default();
    if !filter.risk_classes.is_empty() && !filter.risk_classes.contains(&class) {
        return None;
    }
    filter.risk_classes = vec![class];
    Some(Some(filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_narrows_a_filter_and_never_widens_it() {
        let of = |classes: &[RiskClass]| SubjectFilter {
            risk_classes: classes.to_vec(),
            ..SubjectFilter::default()
        };
        assert_eq!(class_filter(None, None), Some(None));
        assert_eq!(class_filter(None, Some(RiskClass::D)), Some(Some(of(&[RiskClass::D]))));
        assert_eq!(
            class_filter(Some(of(&[RiskClass::A, RiskClass::D])), Some(RiskClass::D)),
            Some(Some(of(&[RiskClass::D])))
        );
        assert_eq!(
            class_filter(Some(of(&[RiskClass::A])), Some(RiskClass::D)),
            None,
            "an empty list would let everybody in"
        );
    }
}
