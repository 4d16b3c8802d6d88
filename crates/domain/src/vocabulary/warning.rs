//! Words of tags and of early warning: tag states, alert levels.
//!
//! Called by the subject registry and by the warning service.

use super::Refusal;

crate::define_words! {
    /// State of a tag on a subject (标签状态).
    pub enum TagState {
        /// Suggested, not yet in force.
        Proposed = "proposed", "拟标注", ["待确认"];
        /// In force.
        InForce = "in_force", "有效", ["生效"];
        /// Past its end or taken off.
        Expired = "expired", "失效", ["已过期"];
    }
}

/// Steps of a tag (`domain.md` §6): a proposal may lapse without ever being in force.
pub const TAG_TRANSITIONS: &[(TagState, TagState)] = &[
    (TagState::Proposed, TagState::InForce),
    (TagState::Proposed, TagState::Expired),
    (TagState::InForce, TagState::Expired),
];

impl TagState {
    /// Moves to another state or says what would be possible.
    pub fn change_to(self, to: Self) -> Result<Self, Refusal> {
        if TAG_TRANSITIONS.contains(&(self, to)) {
            return Ok(to);
        }
        let allowed =
            TAG_TRANSITIONS.iter().filter(|(from, _)| *from == self).map(|(_, to)| to.as_str()).collect();
        Err(Refusal { machine: "TagState", from: self.as_str(), attempted: to.as_str(), allowed })
    }
}

crate::define_words! {
    /// Level of an alert (预警等级); the order is blue < yellow < orange < red.
    pub enum AlertLevel {
        /// Lowest.
        Blue = "blue", "蓝色", ["蓝"];
        /// Second.
        Yellow = "yellow", "黄色", ["黄"];
        /// Third.
        Orange = "orange", "橙色", ["橙"];
        /// Highest.
        Red = "red", "红色", ["红"];
    }
}

impl AlertLevel {
    /// One level up, as when a clock breaks; red stays red.
    pub const fn escalated(self) -> Self {
        match self {
            Self::Blue => Self::Yellow,
            Self::Yellow => Self::Orange,
            Self::Orange | Self::Red => Self::Red,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_is_above_blue_and_escalation_ends_there() {
        assert!(AlertLevel::Red > AlertLevel::Orange && AlertLevel::Yellow > AlertLevel::Blue);
        assert_eq!(AlertLevel::Orange.escalated(), AlertLevel::Red);
        assert_eq!(AlertLevel::Red.escalated(), AlertLevel::Red);
        assert_eq!("橙".parse(), Ok(AlertLevel::Orange));
    }

    #[test]
    fn an_expired_tag_never_comes_back() {
        assert_eq!(TagState::Proposed.change_to(TagState::InForce), Ok(TagState::InForce));
        let refusal = TagState::Expired.change_to(TagState::InForce).unwrap_err();
        assert!(refusal.allowed.is_empty());
    }
}
