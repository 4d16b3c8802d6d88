//! The linter over HTTP: verdicts with reasons and sources, certificates (合法性检查).

use crate::app::lint::Verdicts;
use crate::domain::plan::Plan;
use crate::store::lint::Certificate;
use crate::store::visit::VisitRow;
use jiff::Timestamp;
use jiff::civil::Date;
use rules::verdict::RuleId;
use rules::{Lint, RuleOutcome};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// By which pack a plan is judged.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanLintQuery {
    /// Another pack than the one in force, such as a draft whose effect is to be seen.
    pub pack_id: Option<Uuid>,
}

/// When a visit is judged, and for whom.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VisitLintQuery {
    /// By the rules for closing it; those for starting it when absent.
    pub at_close: Option<bool>,
    /// The part of this organ only.
    #[param(min_length = 1, max_length = 32)]
    pub organ_code: Option<String>,
}

/// What the rules say of a plan (合法性检查结果).
#[derive(Serialize, ToSchema)]
pub struct PlanLintView {
    /// Plan.
    pub plan_id: Uuid,
    /// Version of the plan.
    #[schema(minimum = 1)]
    pub plan_version: i64,
    /// SHA-256 of what the plan says, hex.
    #[schema(max_length = 64)]
    pub plan_digest: String,
    /// The worst verdict.
    pub verdict: RuleOutcome,
    /// Rules that stop the publication.
    #[schema(max_items = 500)]
    pub blocking: Vec<RuleId>,
    /// Hash over plan, pack and verdicts: what a certificate would keep.
    #[schema(max_length = 64)]
    pub certificate_digest: String,
    /// Rules whose verdict differs from the pack in force, when another pack was asked for.
    #[schema(max_items = 500)]
    pub differs_from_in_force: Vec<RuleId>,
    /// The verdicts.
    pub report: Lint,
}

impl PlanLintView {
    /// The view of these verdicts.
    #[must_use]
    pub(crate) fn of(plan: &Plan, verdicts: &Verdicts, differs: Vec<RuleId>) -> Self {
        Self {
            plan_id: plan.id,
            plan_version: plan.version,
            plan_digest: verdicts.subject_digest.clone(),
            verdict: verdicts.worst(),
            blocking: verdicts.blocking().into_iter().map(|b| RuleId(b.rule_id)).collect(),
            certificate_digest: verdicts.lint.certificate(&verdicts.subject_digest),
            differs_from_in_force: differs,
            report: verdicts.lint.clone(),
        }
    }
}

/// What the rules say of a visit (入企前合法性检查).
#[derive(Serialize, ToSchema)]
pub struct VisitLintView {
    /// Visit.
    pub visit_id: Uuid,
    /// The worst verdict.
    pub verdict: RuleOutcome,
    /// Rules that stop the step.
    #[schema(max_items = 500)]
    pub blocking: Vec<RuleId>,
    /// The verdicts.
    pub report: Lint,
}

impl VisitLintView {
    /// The view of these verdicts.
    #[must_use]
    pub(crate) fn of(visit: &VisitRow, verdicts: &Verdicts) -> Self {
        Self {
            visit_id: visit.id.0,
            verdict: verdicts.worst(),
            blocking: verdicts.blocking().into_iter().map(|b| RuleId(b.rule_id)).collect(),
            report: verdicts.lint.clone(),
        }
    }
}

/// What the rules say of a draw (抽取合法性检查).
#[derive(Serialize, ToSchema)]
pub struct DrawLintView {
    /// Draw.
    pub draw_id: Uuid,
    /// The worst verdict.
    pub verdict: RuleOutcome,
    /// Rules that are broken and may not be.
    #[schema(max_items = 500)]
    pub blocking: Vec<RuleId>,
    /// The verdicts.
    pub report: Lint,
}

impl DrawLintView {
    /// The view of these verdicts.
    #[must_use]
    pub(crate) fn of(draw_id: Uuid, verdicts: &Verdicts) -> Self {
        let blocking = verdicts.blocking().into_iter().map(|b| RuleId(b.rule_id)).collect();
        Self { draw_id, verdict: verdicts.worst(), blocking, report: verdicts.lint.clone() }
    }
}

/// What the rules say of a publicity record (公示合法性检查).
#[derive(Serialize, ToSchema)]
pub struct PublicityLintView {
    /// Record.
    pub record_id: Uuid,
    /// The worst verdict.
    pub verdict: RuleOutcome,
    /// Rules that are broken and may not be.
    #[schema(max_items = 500)]
    pub blocking: Vec<RuleId>,
    /// The verdicts.
    pub report: Lint,
}

impl PublicityLintView {
    /// The view of these verdicts.
    #[must_use]
    pub(crate) fn of(record_id: Uuid, verdicts: &Verdicts) -> Self {
        let blocking = verdicts.blocking().into_iter().map(|b| RuleId(b.rule_id)).collect();
        Self { record_id, verdict: verdicts.worst(), blocking, report: verdicts.lint.clone() }
    }
}

/// A lint certificate (合法性检查证书): never changed; equal digests, equal plan, pack and verdicts.
#[derive(Serialize, ToSchema)]
pub struct LintCertificateView {
    /// Id.
    pub id: Uuid,
    /// Plan.
    pub plan_id: Uuid,
    /// Version of the plan.
    #[schema(minimum = 1)]
    pub plan_version: i64,
    /// Date of the fact, which chose pack and rules.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub fact_date: Date,
    /// Pack, `code@number`.
    #[schema(max_length = 100)]
    pub pack_version: String,
    /// SHA-256 of the pack.
    #[schema(max_length = 64)]
    pub pack_digest: String,
    /// SHA-256 of what the plan says.
    #[schema(max_length = 64)]
    pub plan_digest: String,
    /// The worst verdict.
    pub verdict: RuleOutcome,
    /// Hash over plan, pack and verdicts, hex.
    #[schema(max_length = 64)]
    pub digest: String,
    /// The verdicts.
    pub report: Lint,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
}

impl From<Certificate> for LintCertificateView {
    fn from(c: Certificate) -> Self {
        let Certificate {
            id,
            plan_id,
            plan_version,
            fact_date,
            pack_version,
            pack_digest,
            plan_digest,
            verdict,
            lint,
            digest,
            created_by: _,
            created_at,
        } = c;
        Self {
            id,
            plan_id,
            plan_version,
            fact_date,
            pack_version,
            pack_digest,
            plan_digest,
            verdict,
            digest,
            report: lint,
            created_at,
        }
    }
}

/// A page of certificates.
#[derive(Serialize, ToSchema)]
pub struct LintCertificatePage {
    /// In the order they were made.
    #[schema(max_items = 200)]
    pub items: Vec<LintCertificateView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
