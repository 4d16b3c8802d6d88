//! The register of predicates: which exist, when they run, what parameters they take.
//!
//! A predicate is a pure function from parameters and facts to a finding. It says `Unknown` for missing data and never
//! guesses; what a breach leads to is the record's severity. Called by [`crate::verdict`] and [`crate::check`].

pub mod conduct;
pub mod draw;
pub mod enforcement;
pub mod frequency;
pub mod publicity;

use crate::facts::{DrawFacts, PlanFacts, PublicityFacts, VisitFacts};
use crate::pack::Bilingual;
use crate::params::{ParamSpec, Params};
use crate::words::{LintStage, RuleSeverity};
use domain::calendar::Calendar;
use jiff::civil::Date;
use serde_json::{Value, json};

/// What a predicate is asked with, beside the facts.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Parameters of the record.
    pub params: Params<'a>,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Date of the fact.
    pub day: Date,
}

/// What a predicate found.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// The rule says nothing about these facts.
    NotApplicable,
    /// Kept.
    Pass(Bilingual, Value),
    /// Not kept: the record's severity decides.
    Breach(Bilingual, Value),
    /// Not kept in a way that is shown only.
    Soft(Bilingual, Value),
    /// Data is missing.
    Unknown(Bilingual, Value),
}

type PlanCheck = fn(&Context<'_>, &PlanFacts) -> Finding;
type VisitCheck = fn(&Context<'_>, &VisitFacts) -> Finding;
type DrawCheck = fn(&Context<'_>, &DrawFacts) -> Finding;
type PublicityCheck = fn(&Context<'_>, &PublicityFacts) -> Finding;

/// One predicate.
#[derive(Clone, Copy)]
pub struct Predicate {
    /// Its name in rule records.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// What its records may lead to.
    pub severities: &'static [RuleSeverity],
    /// At the lint of a plan.
    pub plan: Option<PlanCheck>,
    /// Before a visit starts.
    pub visit_start: Option<VisitCheck>,
    /// When a visit is closed.
    pub visit_close: Option<VisitCheck>,
    /// At a draw.
    pub draw: Option<DrawCheck>,
    /// At publicity.
    pub publicity: Option<PublicityCheck>,
}

/// Severities of rules that decide.
pub(crate) const DECIDES: &[RuleSeverity] = &[RuleSeverity::Block, RuleSeverity::Warn, RuleSeverity::Act];
/// Severities of rules that others count by.
pub(crate) const DEFINES: &[RuleSeverity] = &[RuleSeverity::Define];

impl Predicate {
    pub(crate) const fn new(name: &'static str, params: &'static [ParamSpec]) -> Self {
        Self {
            name,
            params,
            severities: DECIDES,
            plan: None,
            visit_start: None,
            visit_close: None,
            draw: None,
            publicity: None,
        }
    }

    /// When it runs; none for a rule that others count by or that acts elsewhere.
    #[must_use]
    pub fn stages(&self) -> Vec<LintStage> {
        let all = [
            (self.plan.is_some(), LintStage::Plan),
            (self.visit_start.is_some(), LintStage::VisitStart),
            (self.visit_close.is_some(), LintStage::VisitClose),
            (self.draw.is_some(), LintStage::Draw),
            (self.publicity.is_some(), LintStage::Publicity),
        ];
        all.into_iter().filter(|(runs, _)| *runs).map(|(_, stage)| stage).collect()
    }
}

/// All predicates.
pub fn all() -> impl Iterator<Item = &'static Predicate> {
    [enforcement::ALL, conduct::ALL, frequency::ALL, draw::ALL, publicity::ALL].into_iter().flatten()
}

/// The predicate of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Predicate> {
    all().find(|p| p.name == name)
}

/// Gathers what was found about several things under one rule; the worst decides.
#[derive(Default)]
pub(crate) struct Tally {
    seen: u64,
    breaches: Vec<Value>,
    soft: Vec<Value>,
    unknown: Vec<Value>,
}

/// Listed at most: an answer is read by people.
const LISTED: usize = 20;

impl Tally {
    /// One thing, which keeps the rule, or does not, or is not known.
    pub fn judge(&mut self, is_kept: Option<bool>, what: Value) {
        match is_kept {
            Some(true) => self.seen += 1,
            Some(false) => self.breach(what),
            None => self.open(what),
        }
    }

    pub fn pass(&mut self) {
        self.seen += 1;
    }

    pub fn breach(&mut self, what: Value) {
        self.seen += 1;
        self.breaches.push(what);
    }

    pub fn soft(&mut self, what: Value) {
        self.seen += 1;
        self.soft.push(what);
    }

    pub fn open(&mut self, what: Value) {
        self.seen += 1;
        self.unknown.push(what);
    }

    /// The finding; texts are `(zh, en)`. Nothing seen at all is not applicable.
    pub fn finish(self, good: (&str, &str), bad: (&str, &str), missing: (&str, &str)) -> Finding {
        let Self { seen, mut breaches, mut soft, mut unknown } = self;
        if seen == 0 {
            return Finding::NotApplicable;
        }
        let counts = (breaches.len() + soft.len(), unknown.len());
        breaches.truncate(LISTED);
        soft.truncate(LISTED);
        unknown.truncate(LISTED);
        let mut data = json!({"looked_at": seen, "not_kept": counts.0, "not_known": counts.1});
        let text = |(zh, en): (&str, &str)| Bilingual::new(zh, en);
        let (is_breach, is_soft, is_open) = (!breaches.is_empty(), !soft.is_empty(), !unknown.is_empty());
        breaches.extend(soft);
        if !breaches.is_empty() {
            data["breaches"] = Value::Array(breaches);
        }
        if is_open {
            data["unknown"] = Value::Array(unknown);
        }
        if is_breach {
            Finding::Breach(text(bad), data)
        } else if is_open {
            Finding::Unknown(text(missing), data)
        } else if is_soft {
            Finding::Soft(text(bad), data)
        } else {
            Finding::Pass(text(good), data)
        }
    }
}

/// A finding from one answer.
pub(crate) fn judge(
    is_kept: Option<bool>,
    data: Value,
    good: (&str, &str),
    bad: (&str, &str),
    missing: (&str, &str),
) -> Finding {
    let text = |(zh, en): (&str, &str)| Bilingual::new(zh, en);
    match is_kept {
        Some(true) => Finding::Pass(text(good), data),
        Some(false) => Finding::Breach(text(bad), data),
        None => Finding::Unknown(text(missing), data),
    }
}

/// Whether a text says something.
pub(crate) fn is_said(text: Option<&str>) -> bool {
    text.is_some_and(|t| !t.trim().is_empty())
}

/// Whether all of several answers are yes; a single no decides, else a missing one is missing.
pub(crate) fn all_of(answers: &[Option<bool>]) -> Option<bool> {
    if answers.contains(&Some(false)) {
        Some(false)
    } else if answers.contains(&None) {
        None
    } else {
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_given_once_and_a_definition_runs_nowhere() {
        let mut names: Vec<&str> = all().map(|p| p.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for p in all().filter(|p| p.severities == DEFINES) {
            assert!(p.stages().is_empty(), "{}", p.name);
        }
    }

    #[test]
    fn one_no_decides_and_a_gap_is_no_yes() {
        assert_eq!(all_of(&[Some(true), None, Some(false)]), Some(false));
        assert_eq!(all_of(&[Some(true), None]), None);
        assert_eq!(all_of(&[Some(true)]), Some(true));
    }
}
