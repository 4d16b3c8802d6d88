//! From values and cases to alert levels (红橙黄蓝): thresholds, minimum counts, cool-down, and what happens after an alert.
//!
//! Two machines, both functions of (rule, series) and nothing else, so that a model can be back-tested over history:
//! [`alerts_of_values`] for indicators with a value for each period, [`alerts_of_cases`] for rules that count cases of one
//! subject or organ (the Hainan rules of `domain.md` §5.3). They never close an alert: that is the organs' work. Called by the
//! evaluation of models and by their back-test; refuse rules that contradict themselves.

use crate::error::SurveilError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Level of an alert (预警等级), lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 蓝: note.
    Blue,
    /// 黄: handle.
    Yellow,
    /// 橙: joint assessment.
    Orange,
    /// 红: joint assessment at once.
    Red,
}

/// From which value on a level holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The level.
    pub level: Level,
    /// Least value, included.
    pub from: f64,
}

/// The highest level whose step is reached; `None` below all of them and for `NaN`.
#[must_use]
pub fn level_of(steps: &[Step], value: f64) -> Option<Level> {
    steps.iter().filter(|s| value >= s.from).map(|s| s.level).max()
}

fn check_steps(steps: &[Step]) -> Result<(), SurveilError> {
    let mut sorted = steps.to_vec();
    sorted.sort_by_key(|s| s.level);
    let rises = sorted.windows(2).all(|p| p[0].level < p[1].level && p[0].from <= p[1].from);
    if steps.is_empty() || !rises || steps.iter().any(|s| s.from.is_nan()) {
        return Err(SurveilError::SettingOutOfRange("steps"));
    }
    Ok(())
}

/// How an indicator with one value for each period becomes alerts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueRule {
    /// Thresholds; higher levels may not start below lower ones.
    pub steps: Vec<Step>,
    /// Least count behind a value (`count` of [`Value`]); below it there is no alert, however high the value.
    pub minimum_count: u64,
    /// Periods after an alert in which equal or lower levels are merged into it; a higher level always alerts.
    pub cool_down: u32,
    /// Periods in a row a level has to hold before it alerts; 1 usual. A level counts for the lower ones too.
    pub sustained: u32,
}

/// What an indicator says of a period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// Number of the period; ascending, gaps end a run.
    pub period: i64,
    /// The indicator's value.
    pub value: f64,
    /// Reports, checks or other pieces behind it.
    pub count: u64,
}

/// An alert, with what was merged into it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueAlert {
    /// Period in which it arises.
    pub period: i64,
    /// Level.
    pub level: Level,
    /// The value that raised it.
    pub value: f64,
    /// Whether it raises an alert that was still cooling down.
    pub is_raised: bool,
    /// Later periods that were merged into it.
    pub merged: Vec<i64>,
}

/// Runs a rule over one series, oldest first.
pub fn alerts_of_values(rule: &ValueRule, values: &[Value]) -> Result<Vec<ValueAlert>, SurveilError> {
    check_steps(&rule.steps)?;
    if rule.sustained == 0 {
        return Err(SurveilError::SettingOutOfRange("sustained"));
    }
    if !values.windows(2).all(|p| p[0].period < p[1].period) {
        return Err(SurveilError::SettingOutOfRange("period"));
    }
    let mut alerts: Vec<ValueAlert> = Vec::new();
    // Levels of the current run of periods, latest last.
    let mut run: Vec<(i64, Option<Level>)> = Vec::new();
    for v in values {
        let level = if v.count >= rule.minimum_count { level_of(&rule.steps, v.value) } else { None };
        if run.last().is_some_and(|(period, _)| period + 1 != v.period) {
            run.clear();
        }
        run.push((v.period, level));
        let kept = rule.sustained as usize;
        if run.len() > kept {
            run.remove(0);
        }
        // The lowest level of the last periods has held through all of them.
        let held = if run.len() == kept { run.iter().map(|(_, l)| *l).min().flatten() } else { None };
        let Some(level) = held else { continue };
        let cooling = alerts.last_mut().filter(|a| v.period - a.period <= i64::from(rule.cool_down));
        match cooling {
            Some(last) if level <= last.level => last.merged.push(v.period),
            other => {
                let is_raised = other.is_some();
                alerts.push(ValueAlert {
                    period: v.period,
                    level,
                    value: v.value,
                    is_raised,
                    merged: Vec::new(),
                });
            }
        }
    }
    Ok(alerts)
}

/// Over which time cases are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseWindow {
    /// The last n calendar days, the case's own day included.
    Days(u32),
    /// The calendar year (本年度).
    Year,
    /// From the first case on.
    Always,
}

/// What happens after an alert (预警后重新计算).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// The count starts again at 0: the next alert needs the whole threshold once more.
    ThresholdAgain,
    /// Each further case of the window is an alert.
    EachFurther,
}

/// How cases become alerts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRule {
    /// Cases that make the first alert.
    pub threshold: u32,
    /// Over which time.
    pub window: CaseWindow,
    /// What happens afterwards.
    pub restart: Restart,
    /// Calendar days after an alert in which cases of the same team are counted but merged (宽限期).
    pub grace_days: u32,
    /// Level by number of counted cases.
    pub steps: Vec<Step>,
}

impl CaseRule {
    fn hainan(threshold: u32, window: CaseWindow, restart: Restart, grace_days: u32) -> Self {
        let steps = vec![Step { level: Level::Yellow, from: 0.0 }];
        Self { threshold, window, restart, grace_days, steps }
    }

    /// 频繁检查: three cases of [`repeats_within`] in a county, afterwards each new one.
    #[must_use]
    pub fn frequent_checks() -> Self {
        Self::hainan(3, CaseWindow::Always, Restart::EachFurther, 0)
    }

    /// 未亮码检查: two checks without code and without reason, afterwards each one.
    #[must_use]
    pub fn checks_without_code() -> Self {
        Self::hainan(2, CaseWindow::Always, Restart::EachFurther, 0)
    }

    /// 批后核查逾期: three overdue follow-ups of a unit in the year; counted anew afterwards.
    #[must_use]
    pub fn overdue_follow_ups() -> Self {
        Self::hainan(3, CaseWindow::Year, Restart::ThresholdAgain, 0)
    }

    /// 线下线索移送: three off-line transfers in the year, afterwards each one; three days' grace to the same team.
    #[must_use]
    pub fn offline_transfers() -> Self {
        Self::hainan(3, CaseWindow::Year, Restart::EachFurther, 3)
    }

    /// 移送线索质量: five transferred clues sent back in the year; counted anew afterwards.
    #[must_use]
    pub fn returned_transfers() -> Self {
        Self::hainan(5, CaseWindow::Year, Restart::ThresholdAgain, 0)
    }
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its day.
    pub day: Date,
    /// Who is responsible, if grace goes by team.
    pub team: Option<String>,
}

/// An alert, with its cases.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseAlert {
    /// Day of the case that raised it.
    pub day: Date,
    /// Level.
    pub level: Level,
    /// Cases that were counted, by position in the input.
    pub cases: Vec<usize>,
    /// Later cases merged into it by grace.
    pub merged: Vec<usize>,
}

/// Runs a rule over the cases of one subject or organ, oldest first (equal days in the order given).
pub fn alerts_of_cases(rule: &CaseRule, cases: &[Case]) -> Result<Vec<CaseAlert>, SurveilError> {
    check_steps(&rule.steps)?;
    if rule.threshold == 0 {
        return Err(SurveilError::SettingOutOfRange("threshold"));
    }
    if !cases.windows(2).all(|p| p[0].day <= p[1].day) {
        return Err(SurveilError::SettingOutOfRange("day"));
    }
    let mut alerts: Vec<CaseAlert> = Vec::new();
    let mut counted: Vec<usize> = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        counted.retain(|j| is_together(rule.window, cases[*j].day, case.day));
        counted.push(i);
        if counted.len() < rule.threshold as usize {
            continue;
        }
        let same_team = |a: &CaseAlert| {
            let raised_by = a.cases.last().and_then(|j| cases[*j].team.as_ref());
            let is_recent = days_between(a.day, case.day) <= i64::from(rule.grace_days);
            rule.grace_days > 0 && is_recent && raised_by == case.team.as_ref()
        };
        if let Some(earlier) = alerts.iter_mut().rev().find(|a| same_team(a)) {
            earlier.merged.push(i);
            continue;
        }
        if let Some(level) = level_of(&rule.steps, counted.len() as f64) {
            alerts.push(CaseAlert { day: case.day, level, cases: counted.clone(), merged: Vec::new() });
        }
        if rule.restart == Restart::ThresholdAgain {
            counted.clear();
        }
    }
    Ok(alerts)
}

/// Checks of one enterprise that make a case: each that follows the one before within `days` calendar days (两次检查间隔).
///
/// Dates ascending; the answer holds the positions of the later check of each pair. Checks that were triggered (complaint,
/// transfer) are left out by the caller.
#[must_use]
pub fn repeats_within(checks: &[Date], days: u32) -> Vec<usize> {
    (1..checks.len()).filter(|i| days_between(checks[i - 1], checks[*i]) < i64::from(days)).collect()
}

fn is_together(window: CaseWindow, earlier: Date, later: Date) -> bool {
    match window {
        CaseWindow::Days(n) => days_between(earlier, later) < i64::from(n),
        CaseWindow::Year => earlier.year() == later.year(),
        CaseWindow::Always => true,
    }
}

fn days_between(earlier: Date, later: Date) -> i64 {
    earlier.duration_until(later).as_hours() / 24
}
