//! Statistics of early warning, near-duplicate texts, inspection priority (监测预警统计): pure functions over numbers and text.
//!
//! What it is for: the service `alerts` asks here whether a count is out of line, where a cluster lies, which level an alert
//! has, which reports tell the same story, and whom to visit next. What it refuses: clocks, databases, networks, files and
//! random numbers without a stated seed; every answer can be computed again. Where a definition leaves a choice, R's
//! `surveillance` (and for the scan `scanstatistics`) is followed and the module says so.
//!
//! - [`farrington`], [`ears`], [`chart`], [`comparison`]: one series, is this period out of line
//! - [`surge`], [`scan`]: many series at once, with control of the many tests
//! - [`interval`]: shares that are honest about few checks
//! - [`level`]: from values to red, orange, yellow, blue, with restart, cool-down and minimum counts
//! - [`priority`]: whom to inspect next, learned from past results, explained
//! - [`near_duplicate`]: texts that say the same
//! - [`dist`], [`glm`], [`random`]: what they stand on
#![forbid(unsafe_code)]

pub mod chart;
pub mod comparison;
pub mod dist;
pub mod ears;
pub mod error;
pub mod farrington;
pub mod glm;
pub mod interval;
pub mod level;
pub mod near_duplicate;
pub mod priority;
pub mod random;
pub mod scan;
pub mod surge;

pub use error::SurveilError;
