//! Free cells of the official forms, read into typed values.
//!
//! The forms ask for one text where a system needs numbers. What is understood becomes data, what is not stays as text in a
//! warning: no cell is refused for its wording. Called by the imports of plans and item lists.

mod cursor;
pub mod numeral;
pub mod period;
pub mod quantity;

pub(crate) use cursor::Cursor;
