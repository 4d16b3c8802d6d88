//! What came of an import, for people and for programs, and the exit code that follows.

use crate::exit::{Exit, Failure, Result};
use crate::out::{self, Format};
use clients::common::{Operation, OperationFault};
use serde_json::{Value, json};

/// Faults shown in the table.
const SHOWN: usize = 10;

/// How an import ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All rows came in.
    Whole,
    /// Some rows were refused; with `nothing_stored` the others did not come in either.
    Rejected { nothing_stored: bool },
    /// Stopped, by `--max-errors` or by somebody.
    Cancelled { by_errors: bool },
    /// It could not be done.
    Failed(String),
}

impl Outcome {
    /// Reads the end of a job.
    pub fn of(operation: &Operation, is_atomic: bool, has_bound: bool) -> Self {
        let rejected = rejected(operation);
        match operation.state.as_str() {
            "succeeded" if rejected == 0 => Outcome::Whole,
            "succeeded" => Outcome::Rejected { nothing_stored: is_atomic },
            "cancelled" => Outcome::Cancelled { by_errors: has_bound && rejected > 0 },
            _ if is_atomic && rejected > 0 => Outcome::Rejected { nothing_stored: true },
            _ => {
                let result = operation.result.as_ref();
                let text = ["/stopped", "/detail", "/message", "/error"]
                    .iter()
                    .find_map(|p| result.and_then(|r| r.pointer(p)).and_then(Value::as_str));
                Outcome::Failed(text.unwrap_or("failed").to_string())
            }
        }
    }

    /// Whether there is nothing to go on with.
    pub fn is_final(&self) -> bool {
        matches!(self, Outcome::Whole | Outcome::Rejected { .. })
    }

    /// As the end of the command.
    pub fn end(self) -> Result {
        match self {
            Outcome::Whole => Ok(()),
            Outcome::Rejected { nothing_stored: false } => Err(Failure::quiet(Exit::Partial)),
            Outcome::Rejected { nothing_stored: true } => Err(Failure::new(
                Exit::Partial,
                crate::lang::pick("有行被拒绝，未写入任何数据", "rows were rejected, nothing was stored"),
            )),
            Outcome::Cancelled { by_errors: true } => Err(Failure::new(
                Exit::Partial,
                crate::lang::pick("错误过多，导入已停止", "stopped for too many errors"),
            )),
            Outcome::Cancelled { by_errors: false } => {
                Err(Failure::new(Exit::Other, crate::lang::pick("导入已被取消", "the import was cancelled")))
            }
            Outcome::Failed(text) => Err(Failure::new(Exit::Other, text)),
        }
    }
}

/// Rows that were refused.
pub fn rejected(operation: &Operation) -> u64 {
    let counted = operation.result.as_ref().and_then(|r| r["rejected"].as_u64());
    counted.unwrap_or(operation.progress.failed)
}

/// Prints it.
///
/// # Errors
/// Standard output is gone.
pub fn print(operation: &Operation, faults: &[OperationFault], format: Format) -> Result {
    let shown: Vec<Value> =
        faults.iter().take(SHOWN).map(|f| serde_json::to_value(f).unwrap_or_default()).collect();
    if format == Format::Json {
        return out::json(&json!({
            "operation": operation.id, "state": operation.state, "result": operation.result, "first_faults": shown,
        }));
    }
    out::bytes(text(operation).as_bytes())?;
    if !shown.is_empty() {
        let columns = [
            ("LINE", "/line"),
            ("COLUMN", "/column"),
            ("SEVERITY", "/severity"),
            ("CODE", "/code"),
            ("VALUE", "/value"),
            ("HINT", "/hint"),
        ];
        out::line("")?;
        out::bytes(out::table(&columns, &shown).as_bytes())?;
        if faults.len() > SHOWN {
            out::note(crate::lang::pick("…… 全部见 --rejects", "… all of them with --rejects"));
        }
    }
    Ok(())
}

/// The counts, one a line.
fn text(operation: &Operation) -> String {
    let Some(result) = &operation.result else { return format!("{}\n", operation.state) };
    let number = |pointer: &str| result.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let verified = number("/identifiers/uscc_pass")
        + number("/identifiers/reg15_pass")
        + number("/identifiers/other_pass");
    let pick = |zh: &'static str, en: &'static str| crate::lang::pick(zh, en);
    let lines = [
        (pick("行数", "rows"), number("/rows")),
        (pick("新增", "created"), number("/created")),
        (pick("更新", "updated"), number("/updated")),
        (pick("无变化", "unchanged"), number("/unchanged")),
        (pick("被拒绝", "rejected"), number("/rejected")),
        (pick("提示", "warnings"), number("/warnings")),
        (pick("标识已核验", "identifiers verified"), verified),
        (pick("  统一社会信用代码", "  uscc"), number("/identifiers/uscc_pass")),
        (pick("  15位注册号", "  register number, 15"), number("/identifiers/reg15_pass")),
        (pick("  其他", "  other"), number("/identifiers/other_pass")),
        (pick("标识无法核验（历史）", "legacy, unverified"), number("/identifiers/legacy_unverified")),
        (pick("标识校验不通过", "check failed"), number("/identifiers/fail")),
        (pick("无标识", "without identifier"), number("/identifiers/none")),
    ];
    let width = lines.iter().map(|(label, _)| console::measure_text_width(label)).max().unwrap_or(0);
    let mut out = String::new();
    if result["dry_run"] == true {
        out.push_str(pick("试导入：未写入任何数据\n", "dry run: nothing was changed\n"));
    }
    for (label, n) in lines {
        out.push_str(&format!("{}  {n:>9}\n", out::pad(label, width)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(state: &str, rejected: u64) -> Operation {
        serde_json::from_value(json!({"id": "019ab000-0000-7000-8000-000000000000", "state": state,
            "result": {"rows": 9, "rejected": rejected, "stopped": "why"}}))
        .unwrap()
    }

    #[test]
    fn each_end_has_its_exit_code() {
        let exit = |state, rejected, is_atomic, has_bound| {
            Outcome::of(&operation(state, rejected), is_atomic, has_bound).end().err().map(|f| f.exit)
        };
        assert_eq!(exit("succeeded", 0, false, false), None);
        assert_eq!(exit("succeeded", 2, false, false), Some(Exit::Partial));
        assert_eq!(exit("failed", 2, true, false), Some(Exit::Partial));
        assert_eq!(exit("failed", 2, false, false), Some(Exit::Other));
        assert_eq!(exit("cancelled", 2, false, true), Some(Exit::Partial));
        assert_eq!(exit("cancelled", 0, false, false), Some(Exit::Other));
        assert_eq!(Outcome::of(&operation("failed", 0), false, false), Outcome::Failed("why".into()));
    }
}
