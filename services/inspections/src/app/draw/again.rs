//! Whether a plan may be drawn again (DRW-04): what counts is drawn once, and what was given up after its outcome could be
//! known is linked to what stands in for it.
//!
//! Draws of one plan are told by the lead department and the plan's number, whether the plan is kept here or elsewhere.
//! Refuses a second draw beside one that counts for the same days, unless both name different strata of the plan; a second
//! one while an outcome waits to be staffed; and one that leaves a void draw behind it without a link. Called by
//! [`super::draw_create`] inside its transaction, with the plan held against others.

use crate::domain::draw::{Draw, DrawState, DrawStratum};
use crate::store::draw as store;
use service_kit::{Error, Result};
use std::collections::BTreeSet;
use store_kit::AnyConn;

/// Decides; `planned` are the names of the plan's strata.
///
/// # Errors
/// 409 `draw_exists`, `draw_not_void`, `redraw_of_other_plan`, `redrawn_already`, `redraw_not_linked`; database errors.
pub(super) async fn settle(
    c: &mut AnyConn<'_>,
    new: &Draw,
    strata: &[DrawStratum],
    planned: &BTreeSet<String>,
) -> Result<()> {
    store::plan_lock(c, &new.lead_department, &new.plan_code).await?;
    let earlier = store::draws_of_plan(c, &new.lead_department, &new.plan_code).await?;
    linked(new, &earlier)?;
    let names: BTreeSet<&str> = strata.iter().map(|s| s.name.as_str()).collect();
    for other in earlier.iter().filter(|d| d.state != DrawState::Void) {
        let waits = matches!(other.state, DrawState::EntropyFixed | DrawState::Drawn);
        if !waits && !same_days(new, other) {
            continue;
        }
        let theirs = store::strata_of(c, other.id).await?;
        let theirs: BTreeSet<&str> = theirs.iter().map(|s| s.name.as_str()).collect();
        if !are_apart(&names, &theirs, planned) {
            return Err(exists(&other.code));
        }
    }
    Ok(())
}

fn exists(code: &str) -> Error {
    Error::conflict(
        "draw_exists",
        format!("该计划已有抽取{code}，同一对象范围不得重复抽取；确有错误的，先作废再重新抽取"),
        format!(
            "The plan is drawn by {code} already; where that one is wrong, make it void and link another one to it"
        ),
    )
}

fn same_days(one: &Draw, other: &Draw) -> bool {
    let (a, b) = (&one.settings, &other.settings);
    a.visit_from <= b.visit_to && b.visit_from <= a.visit_to
}

/// Whether two draws are about different strata. Only names of the plan's own strata tell that: any other name is the
/// drawing organ's invention and says nothing about who is in the frame.
fn are_apart(one: &BTreeSet<&str>, other: &BTreeSet<&str>, planned: &BTreeSet<String>) -> bool {
    one.is_disjoint(other) && one.union(other).all(|name| planned.contains(*name))
}

/// Whether the new draw names the void one that it stands in for, where there is one.
fn linked(new: &Draw, earlier: &[Draw]) -> Result<()> {
    let next_of = |old: &Draw| earlier.iter().find(|d| d.redraw_of == Some(old.id));
    // Its outcome could be known, or it stands in itself for one whose outcome could.
    let open: Vec<&Draw> = earlier
        .iter()
        .filter(|d| d.state == DrawState::Void && (d.public_entropy.is_some() || d.redraw_of.is_some()))
        .filter(|d| next_of(d).is_none())
        .collect();
    let Some(old) = new.redraw_of else {
        return if open.is_empty() { Ok(()) } else { Err(not_linked(&open)) };
    };
    let Some(old) = earlier.iter().find(|d| d.id == old) else {
        let (zh, en) = (
            "作废的抽取不属于该计划或该牵头部门",
            "The void draw is not of this plan and this lead department",
        );
        return Err(Error::conflict("redraw_of_other_plan", zh, en));
    };
    if old.state != DrawState::Void {
        return Err(super::not_void());
    }
    if let Some(next) = next_of(old) {
        let code = &next.code;
        return Err(Error::conflict(
            "redrawn_already",
            format!("{}已由{code}重新抽取", old.code),
            format!("{code} stands in for {} already", old.code),
        ));
    }
    if open.is_empty() || open.iter().any(|d| d.id == old.id) { Ok(()) } else { Err(not_linked(&open)) }
}

fn not_linked(open: &[&Draw]) -> Error {
    let codes: Vec<&str> = open.iter().take(20).map(|d| d.code.as_str()).collect();
    let codes = codes.join(", ");
    Error::conflict(
        "redraw_not_linked",
        format!("该计划有公共熵确定后作废的抽取（{codes}），须以 redraw_of 注明并说明理由"),
        format!(
            "Draws of this plan were made void after their entropy was fixed ({codes}): name one by redraw_of, with a reason"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_plan_tell_strata_apart() {
        let planned: BTreeSet<String> = ["A类".to_string(), "D类".to_string()].into();
        assert!(are_apart(&["A类"].into(), &["D类"].into(), &planned));
        assert!(!are_apart(&["A类"].into(), &["A类", "D类"].into(), &planned));
        assert!(!are_apart(&["A类"].into(), &["D2"].into(), &planned), "an invented name says nothing");
    }
}
