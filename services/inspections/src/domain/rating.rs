//! Rules: ratings of visits by the subject (监管对象评价): what is asked, what is summed up, what stays hidden.
//!
//! The questions are what 国办发〔2024〕54号 forbids or demands at a visit and no organ can report of itself (ENF-07, -08, -09,
//! -15). One visit has one subject, so a single rating is known to whoever knows the visit: ratings leave the service only
//! summed up by organ, and an organ with fewer than [`LEAST`] of them shows counts alone. Called by
//! [`crate::app::rating`].

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Ratings below which an organ's sums are hidden [P].
pub const LEAST: u64 = 3;

domain::define_words! {
    /// What a subject is asked about a visit (评价问项).
    pub enum RatingQuestion {
        /// The officers showed their certificates.
        CertificatesShown = "certificates_shown", "是否出示行政执法证件", [];
        /// The visit code was shown or scanned.
        CodeShown = "code_shown", "是否亮码（扫码）入企", [];
        /// The result was told.
        ResultTold = "result_told", "是否告知检查结果", [];
        /// Nothing was asked for or taken.
        NoGifts = "no_gifts", "是否未索取、收受财物", [];
        /// No fee was charged for the inspection.
        NoFees = "no_fees", "是否未向企业收取检查费用", [];
        /// No intermediary was appointed.
        NoIntermediary = "no_intermediary", "是否未指定中介机构", [];
        /// The legal representative was not forced to be present.
        NoForcedPresence = "no_forced_presence", "是否未强制要求法定代表人到场", [];
    }
}

domain::define_words! {
    /// Answer to one question.
    pub enum RatingAnswer {
        /// Yes.
        Yes = "yes", "是", [];
        /// No: a breach.
        No = "no", "否", [];
        /// Not known.
        Unsure = "unsure", "不清楚", [];
    }
}

/// The answers of one rating, at most one to each question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, RatingAnswer>);

impl Answers {
    /// The questions answered with no.
    #[must_use]
    pub fn breaches(&self) -> Vec<&str> {
        self.0.iter().filter(|(_, a)| **a == RatingAnswer::No).map(|(q, _)| q.as_str()).collect()
    }
}

/// States of a visit in which nobody has come yet, or nobody will.
const NOT_BEGUN: [&str; 7] =
    ["assigned", "prepared", "approved", "notified", "rescheduled", "cancelled", "combined"];

/// Whether a visit has begun, so that it can be rated.
#[must_use]
pub fn has_begun(visit_state: &str) -> bool {
    !NOT_BEGUN.contains(&visit_state)
}

/// Whether a visit will never take place as this visit, so that no token is given out for it.
#[must_use]
pub fn is_off(visit_state: &str) -> bool {
    matches!(visit_state, "cancelled" | "combined")
}

/// Sums of an organ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Tokens given out.
    pub issued: u64,
    /// Ratings given.
    pub given: u64,
    /// How many gave one to five points.
    pub scores: [u64; 5],
    /// Answers by question: yes, no, unsure.
    pub answers: BTreeMap<String, [u64; 3]>,
}

impl Sums {
    /// Adds one token, and its rating if it was used.
    pub fn add(&mut self, rating: Option<(i64, &Answers)>) {
        self.issued += 1;
        let Some((score, answers)) = rating else { return };
        self.given += 1;
        let place = usize::try_from(score - 1).ok().and_then(|at| self.scores.get_mut(at));
        if let Some(count) = place {
            *count += 1;
        }
        for (question, answer) in &answers.0 {
            let counts = self.answers.entry(question.clone()).or_default();
            match answer {
                RatingAnswer::Yes => counts[0] += 1,
                RatingAnswer::No => counts[1] += 1,
                RatingAnswer::Unsure => counts[2] += 1,
            }
        }
    }

    /// Whether there are so few that a sum would tell who gave it.
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        self.given < LEAST
    }

    /// The mean in hundredths of a point, rounded half up; none without ratings.
    #[must_use]
    pub fn mean_hundredths(&self) -> Option<u64> {
        let points: u64 = (1u64..).zip(self.scores).map(|(points, n)| points * n).sum();
        (self.given > 0).then(|| (points * 200 + self.given) / (self.given * 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_ratings_are_counted_but_not_shown() {
        let mut sums = Sums::default();
        let answers = Answers([("no_fees".to_string(), RatingAnswer::No)].into());
        assert_eq!(answers.breaches(), ["no_fees"]);
        sums.add(None);
        for score in [5, 4] {
            sums.add(Some((score, &answers)));
        }
        assert!(sums.is_suppressed());
        sums.add(Some((4, &answers)));
        assert!(!sums.is_suppressed());
        assert_eq!((sums.issued, sums.given, sums.scores), (4, 3, [0, 0, 0, 2, 1]));
        assert_eq!(sums.mean_hundredths(), Some(433));
        assert_eq!(sums.answers["no_fees"], [0, 3, 0]);
    }

    #[test]
    fn nobody_rates_a_visit_that_has_not_begun() {
        for (state, begun) in [("notified", false), ("checked_in", true), ("closed", true), ("refused", true)]
        {
            assert_eq!(has_begun(state), begun, "{state}");
        }
    }
}
