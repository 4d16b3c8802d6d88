//! The answer of a state machine to a step that is not in its table.
//!
//! Called by the machines of [`crate::vocabulary`] and by services that turn it into a 409.

/// A step that the state machine does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{machine}: {attempted} is not possible from {from}; possible: {}", .allowed.join(", "))]
pub struct Refusal {
    /// Type name of the machine, such as `ItemState`.
    pub machine: &'static str,
    /// Identifier of the present state.
    pub from: &'static str,
    /// Identifier of the verb or of the target state asked for.
    pub attempted: &'static str,
    /// Identifiers of what would be possible; empty in a terminal state.
    pub allowed: Vec<&'static str>,
}

impl Refusal {
    /// Stable name of the fault for machines.
    pub const fn code(&self) -> &'static str {
        "transition_refused"
    }

    /// What is wrong, in Chinese.
    pub fn message_zh(&self) -> String {
        let allowed = if self.allowed.is_empty() { "无".to_owned() } else { self.allowed.join("、") };
        format!("当前状态“{}”不允许“{}”；允许：{allowed}", self.from, self.attempted)
    }
}
