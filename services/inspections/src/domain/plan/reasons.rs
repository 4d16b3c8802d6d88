//! Why a plan departs from what the rules expect (理由说明): entered and not looked at from afar (FRQ-05), by itself and not
//! with others (FRQ-04), chosen and not drawn (DRW-02).
//!
//! A reason is what its author says; that it is given is for a machine to see, whether it is good is for people. Refuses an
//! exception from the draw in a plan that is drawn. Called by [`super::faults`], the store and the linter.

use super::PlanContent;
use super::check::{PlanFault, fault};
use domain::vocabulary::InspectionMethod;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why subjects are not drawn at random (双随机例外, 优化营商环境条例第五十四条).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "method_fixed_by_law", "reason": "特种设备安全法第五十七条规定了检查方式"}))]
pub struct DrawException {
    /// Code of the exception, one of the rule pack's list (DRW-01): `method_fixed_by_law`, `complaint_or_report`, `campaign`.
    #[schema(min_length = 2, max_length = 40, pattern = "^[a-z][a-z_]*$")]
    pub code: String,
    /// What it rests on.
    #[schema(min_length = 2, max_length = 1000)]
    pub reason: String,
}

/// The reasons of a plan; each is none while nobody gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlanReasons {
    /// Why somebody must enter although it could be checked otherwise (FRQ-05).
    pub on_site: Option<String>,
    /// Why it is not merged with the plans that it meets (FRQ-04).
    pub separate: Option<String>,
    /// Why subjects are not drawn at random (DRW-02).
    pub draw_exception: Option<DrawException>,
}

impl PlanReasons {
    /// Whether none is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is wrong with the reasons of a content.
pub(super) fn reason_faults(content: &PlanContent, out: &mut Vec<PlanFault>) {
    let PlanReasons { on_site, separate, draw_exception } = &content.reasons;
    let exception = draw_exception.as_ref().map(|e| e.reason.clone());
    for (pointer, text) in
        [("/on_site_reason", on_site), ("/separate_reason", separate), ("/draw_exception/reason", &exception)]
    {
        let Some(text) = text else { continue };
        if text.trim().is_empty() {
            out.push(fault(pointer, "missing_value", "不能为空", "must not be empty"));
        } else if domain::text::refuse_control(text, true).is_err() {
            out.push(fault(pointer, "control_character", "含有控制字符", "holds a control character"));
        }
    }
    if draw_exception.is_some() && content.method == InspectionMethod::DoubleRandom {
        let (zh, en) =
            ("双随机检查不应填写随机抽取例外", "a plan that is drawn claims no exception from the draw");
        out.push(fault("/draw_exception", "exception_of_a_draw", zh, en));
    }
}
