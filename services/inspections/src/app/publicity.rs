//! Use cases: publicity (公示): review, decision, publication, correction, withdrawal, and what channels answered.
//!
//! - `open`: a record is opened in the change that makes a result final; [`prepare`] and [`open_for_result`] are for it
//! - `steps`: the steps of §6, each with its clock computed by the calendar in force
//! - `channel`: pending lists and acknowledgements of 公示系统, 信用汉中 and the portal
//! - `expiry`: what is no longer shown when its period is over

mod channel;
mod expiry;
mod open;
mod steps;

pub use channel::{channel_acknowledge, channel_list, publicity_channel_list};
pub(crate) use expiry::expire_task;
pub use expiry::publicity_expire;
pub(crate) use open::{open_for_result, prepare};
pub use steps::{
    publicity_approve, publicity_correct, publicity_due_list, publicity_history, publicity_list,
    publicity_order_withdrawal, publicity_publish, publicity_review, publicity_stop, publicity_view,
    publicity_withdraw, publicity_withhold,
};
