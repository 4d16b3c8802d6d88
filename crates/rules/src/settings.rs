//! What the gathering of facts must know of a pack on a day: which kinds of visits count, caps, windows.
//!
//! The rules that only define (FRQ-02, FRQ-07, DRW-02) take effect here. Called by [`crate::ledger`] and by `inspections`.

use crate::pack::RulePack;
use crate::params::{Params, days, working_days};
use crate::words::VisitKind;
use domain::deadline::Term;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Settings in force on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Kinds that count towards the cap (FRQ-01).
    pub counted: BTreeSet<VisitKind>,
    /// Kinds that do not, and are watched apart (FRQ-02, FRQ-03).
    pub exempt: BTreeSet<VisitKind>,
    /// Cap of one organ at one subject a year (FRQ-01).
    pub default_cap: u32,
    /// Caps by organ code or field.
    caps: serde_json::Map<String, serde_json::Value>,
    /// Look-back window of exempt visits, calendar days (FRQ-03).
    pub exempt_window: u32,
    /// Window in which planned visits are to be merged, calendar days (FRQ-04).
    pub merge_window: u32,
    /// What a combined visit counts for each organ (FRQ-07).
    pub combined_counts_each: u32,
    /// How long after the arrival the head may still approve an emergency (ENF-06).
    pub emergency_limit: Term,
}

impl Settings {
    /// The settings of a pack on a day.
    #[must_use]
    pub fn of(pack: &RulePack, day: Date) -> Self {
        let none = serde_json::Map::new();
        let params = |rule: &str| Params(pack.rule_on(rule, day).map_or(&none, |r| &r.params));
        let kinds = |rule: &str, name: &str| -> BTreeSet<VisitKind> {
            params(rule).texts(name).into_iter().filter_map(|t| t.parse().ok()).collect()
        };
        let caps = params("FRQ-01").0.get("caps").and_then(|v| v.as_object()).cloned().unwrap_or_default();
        Self {
            counted: kinds("FRQ-01", "counted"),
            exempt: kinds("FRQ-02", "exempt"),
            default_cap: params("FRQ-01").count("default_cap", 2),
            caps,
            exempt_window: params("FRQ-03").term("window", days(60)).n,
            merge_window: params("FRQ-04").term("window", days(90)).n,
            combined_counts_each: params("FRQ-07").count("each_organ", 1),
            emergency_limit: params("ENF-06").term("emergency_limit", working_days(2)),
        }
    }

    /// The cap of an organ in a field: the organ's own, else the field's, else the default.
    #[must_use]
    pub fn cap(&self, organ: &str, field: Option<&str>) -> u32 {
        let named = |key: &str| {
            self.caps.get(key).and_then(serde_json::Value::as_u64).and_then(|n| u32::try_from(n).ok())
        };
        named(organ).or_else(|| field.and_then(named)).unwrap_or(self.default_cap)
    }

    /// Whether a visit of this kind counts towards the cap.
    #[must_use]
    pub fn counts(&self, kind: VisitKind) -> bool {
        self.counted.contains(&kind)
    }
}
