//! Pure rules of the catalog: no actix, no diesel, no clock. Called by the app functions and the forms.

pub mod calendar;
pub mod content;
pub mod difference;
pub mod item;
pub mod organ;
pub mod record;
pub mod remark;
pub mod rule_pack;
