//! Pure rules of one organ's task: coordinates, signatures, what a close needs, the keyed order of replacements.
//!
//! The state machine itself is [`super::visit`]. Called by the task app functions.

use sha2::{Digest, Sha256};
use uuid::Uuid;

domain::define_words! {
    /// How a site record was signed (笔录签署).
    pub enum Signature {
        /// The subject signed.
        Signed = "signed", "当事人已签字", [];
        /// The subject did not sign; a witness signed.
        Witnessed = "witnessed", "拒签，见证人签字", [];
        /// The subject did not sign; a video shows it.
        Filmed = "filmed", "拒签，音像记录", [];
        /// Nobody was there who could have signed.
        Absent = "absent", "当事人不在场", [];
    }
}

domain::define_words! {
    /// Datum of coordinates (坐标系).
    pub enum Datum {
        /// The coordinates of maps on the mainland.
        Gcj02 = "gcj02", "GCJ-02", [];
        /// The coordinates of satellites.
        Wgs84 = "wgs84", "WGS 84", [];
    }
}

/// Whether a text is a decimal number of degrees within a bound, such as `33.0042`.
#[must_use]
pub fn is_degrees(text: &str, bound: u32) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number =
        |t: &str, most: usize| !t.is_empty() && t.len() <= most && t.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole, 3) || !is_number(part, 8) {
        return false;
    }
    match whole.parse::<u32>() {
        Ok(n) if n < bound => true,
        Ok(n) => n == bound && part.bytes().all(|b| b == b'0'),
        Err(_) => false,
    }
}

/// What a task has when somebody wants to close it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseFacts {
    /// The head approved (ENF-06).
    pub is_approved: bool,
    /// A site record signed, witnessed or filmed (ENF-07).
    pub has_record: bool,
    /// The subject was told the result, or could not be (ENF-07).
    pub is_told: bool,
    /// A result was entered.
    pub has_result: bool,
    /// Points of the checklist without an answer of this organ.
    pub unanswered: usize,
    /// Nobody was met, or the inspection was refused: no answers are owed.
    pub is_dead_end: bool,
}

/// What a close still wants: rule id, code, Chinese, English.
#[must_use]
pub fn missing_at_close(facts: CloseFacts) -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let CloseFacts { is_approved, has_record, is_told, has_result, unanswered, is_dead_end } = facts;
    let mut out = Vec::new();
    if !is_approved {
        out.push((
            "ENF-06",
            "approval_missing",
            "部门负责人尚未审批（含事后补批）",
            "the head of the organ has not approved",
        ));
    }
    if !has_record {
        out.push(("ENF-07", "record_missing", "没有签署的现场检查笔录", "there is no signed site record"));
    }
    if !is_told && !is_dead_end {
        out.push((
            "ENF-07",
            "result_not_told",
            "尚未向当事人告知检查结果",
            "the subject was not told the result",
        ));
    }
    if !has_result {
        out.push(("ENF-07", "result_missing", "尚未录入检查结果", "no result was entered"));
    }
    if unanswered > 0 && !is_dead_end {
        out.push(("ENF-07", "checklist_incomplete", "检查项尚未填完", "the checklist is not complete"));
    }
    out
}

/// Place of an inspector in the order of replacements of a visit that came from no draw; the least is next.
///
/// Keyed by the visit and the inspector alone, so that nobody chooses and anybody can recompute:
/// `SHA-256("lianjian/replacement/v1" ‖ 0 ‖ visit ‖ 0 ‖ inspector)`, ids as lower-case UUID text.
#[must_use]
pub fn replacement_score(visit: Uuid, inspector: Uuid) -> String {
    let mut hash = Sha256::new();
    hash.update(b"lianjian/replacement/v1\0");
    hash.update(visit.to_string().as_bytes());
    hash.update(b"\0");
    hash.update(inspector.to_string().as_bytes());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_plain_decimals_within_their_bound() {
        for (text, bound, good) in [
            ("33.0042", 90, true),
            ("-33", 90, true),
            ("90", 90, true),
            ("90.0", 90, true),
            ("90.0001", 90, false),
            ("107.123456", 180, true),
            ("180.00000001", 180, false),
            ("1e2", 180, false),
            ("", 90, false),
            (".5", 90, false),
            ("5.", 90, false),
            ("+5", 90, false),
            ("NaN", 90, false),
            ("33.123456789", 90, false),
        ] {
            assert_eq!(is_degrees(text, bound), good, "{text}");
        }
    }

    #[test]
    fn a_close_names_everything_that_is_missing() {
        let codes = |f| missing_at_close(f).iter().map(|m| m.1).collect::<Vec<_>>();
        assert_eq!(
            codes(CloseFacts { unanswered: 1, ..CloseFacts::default() }),
            [
                "approval_missing",
                "record_missing",
                "result_not_told",
                "result_missing",
                "checklist_incomplete"
            ]
        );
        let met_nobody = CloseFacts {
            is_approved: true,
            has_record: true,
            has_result: true,
            unanswered: 3,
            is_dead_end: true,
            is_told: false,
        };
        assert!(codes(met_nobody).is_empty());
    }

    #[test]
    fn the_order_of_replacements_depends_on_both_ids() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(replacement_score(a, b), replacement_score(a, b));
        assert_ne!(replacement_score(a, b), replacement_score(b, a));
        assert_eq!(replacement_score(a, b).len(), 64);
    }
}
