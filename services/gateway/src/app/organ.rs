//! Asking the catalog whether a department exists: organs are its rows, not ours (D2).
//!
//! Called when accounts and API clients are made or moved. No answer is no yes: 503.

use crate::state::Gateway;
use service_kit::{Ctx, Error, Fault, Result};
use std::time::Duration;

/// A fault at `/department` when the catalog does not know the organ.
///
/// # Errors
/// 503 when the catalog does not answer.
pub async fn department_fault(ctx: &Ctx, gateway: &Gateway, code: &str) -> Result<Option<Fault>> {
    let fault = Fault::new("/department", "unknown_organ", "部门编码不存在", "no organ has this code");
    let is_code =
        !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_code {
        return Ok(Some(fault));
    }
    let kit = &ctx.kit;
    let answer = kit
        .http
        .get(format!("{}/v1/organs/{code}", kit.core.url("catalog")))
        .bearer_auth(gateway.keys.own_token(kit)?)
        .header("traceparent", format!("00-{}-{:016x}-01", ctx.trace_id(), rand::random::<u64>().max(1)))
        .timeout(Duration::from_secs(5))
        .send()
        .await
        .map_err(|e| Error::unavailable(format!("catalog: {e}")))?;
    match answer.status().as_u16() {
        200 => Ok(None),
        404 => Ok(Some(fault)),
        other => Err(Error::unavailable(format!("catalog answers {other} for an organ"))),
    }
}
