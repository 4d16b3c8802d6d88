//! What grading says: the score with its parts, the class, and each point traced to a record.
//!
//! For every part: start + the effects of its explanation = its score; limits of parts are lines of their own. The
//! canonical bytes are the one form that is stored, compared and hashed. Called by the engine and whoever shows results.

use crate::code::Code;
use crate::decimal::Dec;
use crate::fact::AsOf;
use crate::json::Writer;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Indicator named by a line that cuts a part at its limits.
pub const PART_LIMIT: &str = "part_limit";

/// Which pack graded (指标包版本).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedPackRef)]
pub struct PackRef {
    /// Code of the pack.
    #[schema(value_type = String, max_length = 60)]
    pub code: Code,
    /// Its version.
    pub version: u32,
    /// Its digest (with the cut points, where it classes by quantiles).
    #[schema(value_type = String, max_length = 64)]
    pub digest: Code,
}

/// Result of grading one subject (评价结果).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// The pack.
    pub pack: PackRef,
    /// The two dates.
    pub as_of: AsOf,
    /// The score.
    pub score: Dec,
    /// The class by score alone.
    #[schema(value_type = String, max_length = 20)]
    pub score_class: Code,
    /// The class: the worse of `score_class` and the direct ones.
    #[schema(value_type = String, max_length = 20)]
    pub class: Code,
    /// Direct classes that apply, in the order of the pack.
    pub direct: Vec<DirectHit>,
    /// Parts, in the order of the pack.
    pub parts: Vec<PartScore>,
    /// What changed the score, in the order of the pack and then by record.
    pub explanation: Vec<Explanation>,
    /// Indicators whose data was missing, in the order of the pack.
    pub missing: Vec<Missing>,
    /// SHA-256 of the inputs (pack, dates, subject, seen facts), hex.
    #[schema(max_length = 64)]
    pub digest: String,
}

/// Score of a part (一级指标得分).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedPart)]
pub struct PartScore {
    /// Part.
    #[schema(value_type = String, max_length = 40)]
    pub part: Code,
    /// Points before any indicator.
    pub start: Dec,
    /// Points.
    pub score: Dec,
    /// Greatest points, where the pack has one.
    pub max: Option<Dec>,
}

/// One line of the explanation (得分说明).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedExplanation)]
pub struct Explanation {
    /// Part.
    #[schema(value_type = String, max_length = 40)]
    pub part: Code,
    /// Indicator, or `part_limit` for what the limits of the part cut off or filled up; of a factor `control`, `detection`.
    #[schema(value_type = String, max_length = 40)]
    pub indicator: Code,
    /// The record, where one caused it; of several, the newest.
    #[schema(value_type = Option<String>, max_length = 200)]
    pub record_id: Option<Code>,
    /// Further records without which it would not apply.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub with: Vec<Code>,
    /// Points before age and weight.
    pub raw: Dec,
    /// Age factor.
    pub age_factor: Dec,
    /// What it added to the score of the part.
    pub effect: Dec,
    /// First day without any effect if nothing else happens; absent when time alone does not end it.
    #[schema(value_type = Option<String>, format = Date)]
    pub lapses_on: Option<Date>,
    /// Whether credit repair of the record would end it.
    pub repairable: bool,
}

/// A direct class that applies (直接判定结果).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedDirectHit)]
pub struct DirectHit {
    /// The rule.
    #[schema(value_type = String, max_length = 40)]
    pub rule: Code,
    /// Its class.
    #[schema(value_type = String, max_length = 20)]
    pub class: Code,
    /// The records it rests on, newest first.
    #[schema(value_type = Vec<String>)]
    pub records: Vec<Code>,
    /// First day it no longer applies if nothing else happens.
    #[schema(value_type = Option<String>, format = Date)]
    pub lapses_on: Option<Date>,
    /// Whether credit repair of its records would end it.
    pub repairable: bool,
}

/// Data that was missing (缺失项).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedMissing)]
pub struct Missing {
    /// Indicator or direct rule.
    #[schema(value_type = String, max_length = 40)]
    pub indicator: Code,
    /// The record that lacks something; absent when it is the subject.
    #[schema(value_type = Option<String>, max_length = 200)]
    pub record_id: Option<Code>,
}

impl Graded {
    /// The canonical JSON: members in the order of the type, no white space, decimals in their shortest form, absent
    /// values as `null`. The same input gives these bytes on every machine; reading them gives the value back.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut w = Writer::with_capacity(640 + 220 * self.explanation.len());
        self.write(&mut w);
        w.finish()
    }

    /// SHA-256 of the canonical JSON, hex.
    #[must_use]
    pub fn result_digest(&self) -> String {
        crate::json::sha256(self.canonical().as_bytes())
    }

    fn write(&self, w: &mut Writer) {
        let Self { pack, as_of, score, score_class, class, direct, parts, explanation, missing, digest } =
            self;
        w.open('{');
        w.key("pack").open('{');
        w.key("code").text(&pack.code);
        w.key("version").int(i64::from(pack.version));
        w.key("digest").text(&pack.digest);
        w.close('}');
        w.key("as_of").open('{');
        w.key("day").date(as_of.day);
        w.key("known_by").date(as_of.known_by);
        w.close('}');
        w.key("score").dec(*score);
        w.key("score_class").text(score_class);
        w.key("class").text(class);
        w.key("direct").list(direct, |w, hit| {
            let DirectHit { rule, class, records, lapses_on, repairable } = hit;
            w.open('{');
            w.key("rule").text(rule);
            w.key("class").text(class);
            w.key("records").list(records, |w, id| w.text(id));
            w.key("lapses_on").option(*lapses_on, Writer::date);
            w.key("repairable").bool(*repairable);
            w.close('}');
        });
        w.key("parts").list(parts, |w, part| {
            let PartScore { part, start, score, max } = part;
            w.open('{');
            w.key("part").text(part);
            w.key("start").dec(*start);
            w.key("score").dec(*score);
            w.key("max").option(*max, Writer::dec);
            w.close('}');
        });
        w.key("explanation").list(explanation, |w, line| {
            let Explanation {
                part,
                indicator,
                record_id,
                with,
                raw,
                age_factor,
                effect,
                lapses_on,
                repairable,
            } = line;
            w.open('{');
            w.key("part").text(part);
            w.key("indicator").text(indicator);
            w.key("record_id").option(record_id.as_deref(), Writer::text);
            w.key("with").list(with, |w, id| w.text(id));
            w.key("raw").dec(*raw);
            w.key("age_factor").dec(*age_factor);
            w.key("effect").dec(*effect);
            w.key("lapses_on").option(*lapses_on, Writer::date);
            w.key("repairable").bool(*repairable);
            w.close('}');
        });
        w.key("missing").list(missing, |w, one| {
            let Missing { indicator, record_id } = one;
            w.open('{');
            w.key("indicator").text(indicator);
            w.key("record_id").option(record_id.as_deref(), Writer::text);
            w.close('}');
        });
        w.key("digest").text(digest);
        w.close('}');
    }
}
