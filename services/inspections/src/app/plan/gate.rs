//! The linter at the gates of a plan: `pass-lint` and `publish` go through only when no rule blocks, and leave a certificate.
//!
//! The rules are the linter's; here its verdicts become a refusal (409 `rules_block` with the ids) or a note for the history.
//! Asked before the transaction begins; the certificate is written inside it. Called by [`super::step`].

use crate::app::lint::{Verdicts, certificate_of, plan_verdicts};
use crate::domain::plan::Plan;
use crate::store::lint::lint_certificate_create;
use service_kit::{Ctx, Result, Tx};

/// What the linter said, for the history.
#[derive(Clone, Debug, Default)]
pub(super) struct Linted {
    /// Rules that were looked at.
    pub rule_ids: Vec<String>,
    /// Version of the rule pack.
    pub pack: Option<String>,
}

/// Asks the linter.
///
/// # Errors
/// 409 `rules_block` with the ids of the rules that block; 503.
pub(super) async fn check(ctx: &Ctx, plan: &Plan) -> Result<Verdicts> {
    let verdicts = plan_verdicts(&ctx.kit, plan).await?;
    verdicts.refuse_if_blocking()?;
    Ok(verdicts)
}

/// Stores the certificate of a check of this very version and names it in the plan.
///
/// # Errors
/// Database errors.
pub(super) async fn certify(tx: &mut Tx<'_, '_>, plan: &mut Plan, verdicts: &Verdicts) -> Result<Linted> {
    let certificate = certificate_of(plan, verdicts, &tx.actor().subject.clone(), tx.now());
    lint_certificate_create(tx.conn(), &certificate).await?;
    plan.lint_certificate_id = Some(certificate.id);
    Ok(Linted { rule_ids: verdicts.rule_ids(), pack: Some(verdicts.pack_version()) })
}
