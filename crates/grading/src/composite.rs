//! "综合+行业": the general class, the classes of the trades, and the province's class, brought together.
//!
//! Pure table work over classes that are already known. Refuses to guess: a grade no scheme maps is an error, and a subject
//! without any trade grade keeps its general class with `industry_missing`. Called after grading, by planning.

use crate::code::Code;
use crate::pack::{Composite, CompositeMethod, Pack};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Grade of a trade, as the trade gives it (行业等级).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedIndustryGrade)]
pub struct IndustryGrade {
    /// Scheme of the pack's composite.
    #[schema(value_type = String)]
    pub scheme: Code,
    /// The grade.
    #[schema(value_type = String)]
    pub grade: Code,
}

/// The class that plans go by, and how it came about (综合等级).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedComposite)]
pub struct Composed {
    /// The class that counts.
    #[schema(value_type = String)]
    pub class: Code,
    /// The class by the local rules; the shadow when an external one is authoritative.
    #[schema(value_type = String)]
    pub local: Code,
    /// The general class.
    #[schema(value_type = String)]
    pub general: Code,
    /// Each trade's grade with its class here.
    pub industry: Vec<IndustryClass>,
    /// Whether no trade has graded the subject.
    pub industry_missing: bool,
    /// The class given from outside.
    #[schema(value_type = Option<String>)]
    pub external: Option<Code>,
    /// Whether the external class is the one that counts.
    pub is_external: bool,
    /// How external and local class differ, if they do.
    pub difference: Option<ClassDifference>,
}

/// A trade's grade in classes of the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedIndustryClass)]
pub struct IndustryClass {
    /// Scheme.
    #[schema(value_type = String)]
    pub scheme: Code,
    /// Grade.
    #[schema(value_type = String)]
    pub grade: Code,
    /// Class.
    #[schema(value_type = String)]
    pub class: Code,
}

/// External against local class (差异).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedClassDifference)]
pub struct ClassDifference {
    /// The class from outside.
    #[schema(value_type = String)]
    pub external: Code,
    /// The local class.
    #[schema(value_type = String)]
    pub local: Code,
    /// Steps by which the local class is worse; negative when it is better.
    pub steps_worse: i32,
}

/// Why classes cannot be brought together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// No such class in the pack.
    #[error("the pack has no class {0}")]
    UnknownClass(Code),
    /// No such scheme in the pack's composite.
    #[error("the pack has no scheme {0}")]
    UnknownScheme(Code),
    /// The scheme does not map the grade.
    #[error("scheme {scheme} has no grade {grade}")]
    UnknownGrade {
        /// Scheme.
        scheme: Code,
        /// Grade.
        grade: Code,
    },
}

impl Pack {
    /// Brings a general class, trade grades and a class from outside together. Without a `composite` in the pack the general
    /// class stands, and an external one is compared and does not count.
    ///
    /// # Errors
    /// A class, scheme or grade that the pack does not know.
    pub fn compose(
        &self,
        general: &str,
        grades: &[IndustryGrade],
        external: Option<&str>,
    ) -> Result<Composed, ComposeError> {
        let rank = |class: &str| {
            let found = self.classes.iter().position(|c| c.id == *class);
            found.ok_or_else(|| ComposeError::UnknownClass(class.into()))
        };
        let general_rank = rank(general)?;
        let nothing = Composite {
            method: CompositeMethod::WorseOf,
            schemes: Vec::new(),
            external_is_authoritative: false,
        };
        let composite = self.composite.as_ref().unwrap_or(&nothing);
        let mut industry = Vec::with_capacity(grades.len());
        let mut worst: Option<usize> = None;
        for IndustryGrade { scheme, grade } in grades {
            let found = composite.schemes.iter().find(|s| s.id == *scheme);
            let found = found.ok_or_else(|| ComposeError::UnknownScheme(scheme.clone()))?;
            let mapped =
                found.grades.iter().find(|g| g.grade == *grade).ok_or_else(|| {
                    ComposeError::UnknownGrade { scheme: scheme.clone(), grade: grade.clone() }
                })?;
            worst = worst.max(Some(rank(&mapped.class)?));
            let class = mapped.class.clone();
            industry.push(IndustryClass { scheme: scheme.clone(), grade: grade.clone(), class });
        }
        let local = match (&composite.method, worst) {
            (_, None) => self.classes.get(general_rank).map(|c| c.id.clone()),
            (CompositeMethod::WorseOf, Some(w)) => {
                self.classes.get(w.max(general_rank)).map(|c| c.id.clone())
            }
            (CompositeMethod::Matrix { rows }, Some(w)) => {
                rows.get(general_rank).and_then(|row| row.get(w)).cloned()
            }
        };
        let local = local.ok_or_else(|| ComposeError::UnknownClass(general.into()))?;
        let local_rank = rank(&local)?;
        let external: Option<Code> = external.map(Code::from);
        let difference = match &external {
            Some(class) => {
                let steps = local_rank as i32 - rank(class)? as i32;
                (steps != 0).then(|| ClassDifference {
                    external: class.clone(),
                    local: local.clone(),
                    steps_worse: steps,
                })
            }
            None => None,
        };
        let is_external = composite.external_is_authoritative && external.is_some();
        let class = external.clone().filter(|_| is_external).unwrap_or_else(|| local.clone());
        Ok(Composed {
            class,
            local,
            general: general.into(),
            industry,
            industry_missing: grades.is_empty(),
            external,
            is_external,
            difference,
        })
    }
}
