//! Rules: what the public may read without an account (公众查询), `domain.md` §10.4 and DRW-01.
//!
//! A result is shown while it is published and its period runs; one that was public and is not any more is *gone*, and says
//! why, so that whoever kept a link learns of it; one that never was public does not exist. A draw is shown from the moment
//! its frame is frozen, because root and commitment must be public before the entropy is. Called by [`crate::app::public`].

use super::publicity::PublicityState;
use jiff::civil::Date;

/// How a publicity record looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// To be read.
    Shown,
    /// Was to be read; the stable code of why it is not.
    Gone(&'static str),
    /// Never was.
    Absent,
}

/// How a record looks on a day.
#[must_use]
pub fn outside(state: PublicityState, expires_on: Option<Date>, today: Date) -> Outside {
    match state {
        PublicityState::Published if expires_on.is_some_and(|day| day <= today) => {
            Outside::Gone("publicity_expired")
        }
        PublicityState::Published => Outside::Shown,
        PublicityState::Expired => Outside::Gone("publicity_expired"),
        PublicityState::Corrected => Outside::Gone("publicity_corrected"),
        PublicityState::Withdrawn => Outside::Gone("publicity_withdrawn"),
        PublicityState::Stopped => Outside::Gone("publicity_stopped"),
        PublicityState::Pending
        | PublicityState::SecrecyReview
        | PublicityState::Withheld
        | PublicityState::Approved => Outside::Absent,
    }
}

/// States of a draw that the public sees; a draw that became void after its frame was frozen stays to be seen.
pub const PUBLIC_DRAW_STATES: [&str; 7] =
    ["frame_frozen", "committed", "entropy_fixed", "drawn", "assigned", "published", "void"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_gone_or_never_was() {
        let today = jiff::civil::date(2026, 11, 23);
        let later = Some(jiff::civil::date(2031, 11, 23));
        for state in PublicityState::ALL {
            let seen = outside(*state, later, today);
            let told = match state.as_str() {
                "published" => Outside::Shown,
                "expired" => Outside::Gone("publicity_expired"),
                "corrected" => Outside::Gone("publicity_corrected"),
                "withdrawn" => Outside::Gone("publicity_withdrawn"),
                "stopped" => Outside::Gone("publicity_stopped"),
                _ => Outside::Absent,
            };
            assert_eq!(seen, told, "{state}");
        }
        // The day itself counts, whether the background work has run or not.
        let over = outside(PublicityState::Published, Some(today), today);
        assert_eq!(over, Outside::Gone("publicity_expired"));
    }
}
