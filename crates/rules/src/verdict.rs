//! Judging facts by a pack, and the lint certificate.
//!
//! The record is chosen by the date of the fact. A breach becomes what the record's severity says; missing data becomes
//! `unknown`, and stops the step where the record says so. Called by `inspections`.

use crate::facts::{DrawFacts, PlanFacts, PublicityFacts, VisitFacts};
use crate::pack::{Bilingual, Rule, RulePack, Source, digest};
use crate::params::Params;
use crate::predicates::{Context, Finding, Predicate, find};
use crate::words::{LintStage, OnUnknown, RuleOutcome, RuleSeverity};
use domain::calendar::Calendar;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Which pack judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RulePackRef)]
pub struct PackRef {
    /// Code of the pack.
    #[schema(max_length = 60)]
    pub code: String,
    /// Number of its published version.
    #[schema(minimum = 0)]
    pub version: i64,
    /// SHA-256 of its canonical content, hex.
    #[schema(max_length = 64)]
    pub digest: String,
}

/// Verdict of one rule (判定).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RuleVerdict)]
pub struct Verdict {
    /// Id of the rule.
    #[schema(max_length = 20, example = "FRQ-01")]
    pub rule_id: String,
    /// Number of its record.
    #[schema(minimum = 1)]
    pub rule_version: u32,
    /// Result.
    pub verdict: RuleOutcome,
    /// What a breach of the rule leads to.
    pub severity: RuleSeverity,
    /// Whether it stops the step: a `block`, or an `unknown` that has to be known first.
    pub is_blocking: bool,
    /// What the rule says.
    pub statement: Bilingual,
    /// Why this verdict.
    pub reason: Bilingual,
    /// The data looked at.
    #[schema(value_type = Object)]
    pub data: Value,
    /// Sources with their articles.
    #[schema(max_items = 20)]
    pub sources: Vec<Source>,
    /// Date of the fact, which chose the record.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub fact_date: Date,
    /// First day the record was in force.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub valid_from: Date,
}

/// Id of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(max_length = 20, example = "FRQ-01")]
pub struct RuleId(pub String);

/// All verdicts of one thing at one stage (审核结果).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = LintReport)]
pub struct Lint {
    /// When it was looked at.
    pub stage: LintStage,
    /// The pack.
    pub pack: PackRef,
    /// Version of the working-day calendar.
    #[schema(max_length = 64)]
    pub calendar_version: String,
    /// Date of the fact.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub fact_date: Date,
    /// Verdicts by rule id.
    #[schema(max_items = 500)]
    pub verdicts: Vec<Verdict>,
    /// Rules of this stage that say nothing about these facts.
    #[schema(max_items = 500)]
    pub not_applicable: Vec<RuleId>,
}

impl Lint {
    /// Ids of the rules that stop the step.
    #[must_use]
    pub fn blocking(&self) -> Vec<&str> {
        self.verdicts.iter().filter(|v| v.is_blocking).map(|v| v.rule_id.as_str()).collect()
    }

    /// How many verdicts have this result.
    #[must_use]
    pub fn count(&self, outcome: RuleOutcome) -> usize {
        self.verdicts.iter().filter(|v| v.verdict == outcome).count()
    }

    /// Hash over the thing, the pack and the verdicts, hex: what a lint certificate keeps.
    ///
    /// `subject` is the digest of what was judged, so that a changed plan has another certificate.
    #[must_use]
    pub fn certificate(&self, subject: &str) -> String {
        digest(&json!({"format": "lianjian-lint-1", "subject": subject, "lint": self}))
    }
}

/// A pack that judges.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The pack in force on the date of the fact.
    pub pack: &'a RulePack,
    /// Its reference.
    pub reference: &'a PackRef,
    /// Working days.
    pub calendar: &'a Calendar,
}

impl Judge<'_> {
    /// Judges a plan by the rules of a day: the first of its period, or of its year.
    #[must_use]
    pub fn plan(&self, day: Date, facts: &PlanFacts) -> Lint {
        self.run(LintStage::Plan, day, |p, c| p.plan.map(|check| check(c, facts)))
    }

    /// Judges a visit before it starts.
    #[must_use]
    pub fn visit_start(&self, facts: &VisitFacts) -> Lint {
        self.run(LintStage::VisitStart, facts.on, |p, c| p.visit_start.map(|check| check(c, facts)))
    }

    /// Judges a visit when it is closed.
    #[must_use]
    pub fn visit_close(&self, facts: &VisitFacts) -> Lint {
        self.run(LintStage::VisitClose, facts.on, |p, c| p.visit_close.map(|check| check(c, facts)))
    }

    /// Judges a draw.
    #[must_use]
    pub fn draw(&self, facts: &DrawFacts) -> Lint {
        self.run(LintStage::Draw, facts.on, |p, c| p.draw.map(|check| check(c, facts)))
    }

    /// Judges a publicity record.
    #[must_use]
    pub fn publicity(&self, facts: &PublicityFacts) -> Lint {
        self.run(LintStage::Publicity, facts.decided_on, |p, c| p.publicity.map(|check| check(c, facts)))
    }

    fn run(
        &self,
        stage: LintStage,
        day: Date,
        check: impl Fn(&Predicate, &Context<'_>) -> Option<Finding>,
    ) -> Lint {
        let (mut verdicts, mut not_applicable) = (Vec::new(), Vec::new());
        for rule in self.pack.rules_on(day) {
            let Some(predicate) = find(&rule.predicate) else { continue };
            let context = Context { params: Params(&rule.params), calendar: self.calendar, day };
            match check(predicate, &context) {
                None => {}
                Some(Finding::NotApplicable) => not_applicable.push(RuleId(rule.rule_id.clone())),
                Some(finding) => verdicts.extend(verdict(rule, day, finding)),
            }
        }
        Lint {
            stage,
            pack: self.reference.clone(),
            calendar_version: self.calendar.version().to_string(),
            fact_date: day,
            verdicts,
            not_applicable,
        }
    }
}

fn verdict(rule: &Rule, day: Date, finding: Finding) -> Option<Verdict> {
    let (verdict, reason, data) = match finding {
        Finding::NotApplicable => return None,
        Finding::Pass(reason, data) => (RuleOutcome::Pass, reason, data),
        Finding::Soft(reason, data) => (RuleOutcome::Warn, reason, data),
        Finding::Unknown(reason, data) => (RuleOutcome::Unknown, reason, data),
        Finding::Breach(reason, data) => {
            let verdict =
                if rule.severity == RuleSeverity::Block { RuleOutcome::Block } else { RuleOutcome::Warn };
            (verdict, reason, data)
        }
    };
    let is_blocking = match verdict {
        RuleOutcome::Block => true,
        RuleOutcome::Unknown => rule.on_unknown == OnUnknown::Block,
        RuleOutcome::Pass | RuleOutcome::Warn => false,
    };
    Some(Verdict {
        rule_id: rule.rule_id.clone(),
        rule_version: rule.version,
        verdict,
        severity: rule.severity,
        is_blocking,
        statement: rule.statement.clone(),
        reason,
        data,
        sources: rule.sources.clone(),
        fact_date: day,
        valid_from: rule.valid_from,
    })
}
