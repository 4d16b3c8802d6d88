//! What a statistic refuses, with a stable code for the services' error tables.
//!
//! Called by every module of the crate; the services turn it into their own `Error` (content wrong, 422).

/// Why an answer cannot be given (统计拒绝的原因).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SurveilError {
    /// The series has too few values before the point that is asked about.
    #[error("the series has {have} values before this point, {need} are needed")]
    SeriesTooShort {
        /// Values that are needed.
        need: usize,
        /// Values that there are.
        have: usize,
    },
    /// A setting lies outside its range; the text names it.
    #[error("setting out of range: {0}")]
    SettingOutOfRange(&'static str),
    /// Two inputs that belong together differ in size; the text names them.
    #[error("sizes differ: {0}")]
    SizesDiffer(&'static str),
    /// The model did not converge, with and without its trend.
    #[error("the regression does not converge at this point")]
    NoConvergence,
}

impl SurveilError {
    /// Stable snake_case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SeriesTooShort { .. } => "series_too_short",
            Self::SettingOutOfRange(_) => "setting_out_of_range",
            Self::SizesDiffer(_) => "sizes_differ",
            Self::NoConvergence => "no_convergence",
        }
    }
}
