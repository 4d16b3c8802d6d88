//! Indicator packs as data, and the engine that grades by them. The same input gives the same bytes on every machine.
//!
//! What it is for: a pack says which facts count how much, for how long, and what class a score means; the engine applies
//! it to one subject and traces each point to a record. What it refuses: IO, clocks, databases, floating point in a grade,
//! packs with faults, and taking missing data for good data. Who calls it: `services/credit`, tests, the bench.
//!
//! - [`words`], [`code`], [`decimal`], [`age`]: closed word lists, shared texts, fixed-point numbers, months
//! - [`fact`]: what is graded: a subject, its facts, the two dates
//! - [`pack`], [`check`]: the shape of a pack, and all that may be wrong with one
//! - [`expr`]: conditions and formulas in CEL: types, places of faults, a compact evaluator
//! - [`engine`], [`graded`]: grading, and its result with the explanation
//! - [`counterfactual`]: what leads to the next better class
//! - [`quantile`], [`composite`]: cut points of a population; general, trade and external class together
//! - [`calibrate`]: a points scorecard from labelled history, as a draft pack with its figures
//! - [`fairness`]: classes by group with intervals
#![forbid(unsafe_code)]

pub mod age;
pub mod calibrate;
pub mod check;
pub mod code;
pub mod composite;
pub mod counterfactual;
pub mod decimal;
mod digest;
pub mod engine;
pub mod expr;
pub mod fact;
pub mod fairness;
pub mod graded;
mod json;
pub mod pack;
mod plan;
pub mod quantile;
pub mod words;

pub use check::PackFault;
pub use code::Code;
pub use composite::{Composed, IndustryGrade};
pub use counterfactual::Counterfactual;
pub use decimal::Dec;
pub use engine::{Engine, GradeError};
pub use fact::{AsOf, Attribute, AttributeValue, Fact, SubjectInput};
pub use graded::{Explanation, Graded, PackRef};
pub use pack::Pack;
pub use quantile::{CutPoints, Population};
pub use words::{FactKind, FactSeverity, FactTopic};

/// The default pack as it is shipped: five parts, 1,000 points, classes A to D.
pub const GENERAL_V0: &str = include_str!("../packs/general-v0.json");

/// Reads the default pack.
///
/// # Errors
/// What is wrong with it; a test keeps this from happening.
pub fn general_v0() -> Result<Pack, PackFault> {
    Pack::read(GENERAL_V0)
}
