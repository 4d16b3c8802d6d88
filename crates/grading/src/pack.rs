//! The shape of an indicator pack: everything that turns facts into a class, as data.
//!
//! Reading refuses unknown members and wrong types with the place; whether the pack makes sense is [`crate::check`]'s
//! question, and [`crate::engine::Engine`] is what grades by it. Called by the service that stores packs.

use crate::check::PackFault;
use crate::code::Code;
use crate::decimal::{Arithmetic, Dec};
use crate::words::{AttributeOwner, AttributeType, Direction, FactKind, Take, Ties};
use jiff::civil::Date;
use rules::Bilingual;
use rules::pack::Source;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Name of the format, its first version.
pub const FORMAT: &str = "lianjian-indicator-pack-1";

/// An indicator pack (指标包).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackBody)]
pub struct Pack {
    /// `lianjian-indicator-pack-1`.
    #[schema(max_length = 40, example = "lianjian-indicator-pack-1")]
    pub format: String,
    /// Code, the same for all versions.
    #[schema(value_type = String, min_length = 2, max_length = 60, pattern = "^[a-z0-9][a-z0-9-]*$", example = "general-v0")]
    pub code: Code,
    /// Number of the version.
    #[schema(minimum = 1, maximum = 100_000)]
    pub version: u32,
    /// Name.
    pub title: Bilingual,
    /// First day in force.
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// First day no longer in force.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<Date>,
    /// Where it comes from (依据).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub sources: Vec<Source>,
    /// Decimals and rounding.
    pub arithmetic: Arithmetic,
    /// Which way the score points.
    pub direction: Direction,
    /// How the parts become a score.
    pub model: Model,
    /// Lists of texts that expressions name as `lists.<id>`.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub lists: Vec<NamedList>,
    /// Attributes of subjects and facts beyond the built-in ones.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub attributes: Vec<AttributeDeclaration>,
    /// Tables of age factors (时间衰减).
    #[serde(default)]
    #[schema(max_items = 20)]
    pub age_factors: Vec<AgeTable>,
    /// Parts (一级指标).
    #[schema(min_items = 1, max_items = 50)]
    pub parts: Vec<Part>,
    /// Direct classes (直接判定): the worst that applies overrides the score.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub direct: Vec<DirectRule>,
    /// Classes from the best to the worst.
    #[schema(min_items = 2, max_items = 12)]
    pub classes: Vec<ClassRule>,
    /// How the score becomes a class.
    pub classing: Classing,
    /// How the class of this pack meets those of the trades and of the province.
    #[serde(default)]
    pub composite: Option<Composite>,
}

/// How parts become a score (计分模型).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = IndicatorPackModel)]
pub enum Model {
    /// Every part starts at its maximum, stays between 0 and it, and the score is their sum.
    Deduction {
        /// What the maxima sum up to; checked.
        total: Dec,
    },
    /// The score is the base plus the points of every part; a part with a maximum is cut there.
    Scorecard {
        /// Points of a subject without any.
        base: Dec,
    },
    /// The score is the sum of parameter × weight, times the control factor, times the detection factor.
    AdditiveRisk {
        /// Multiplies the sum: how well the subject controls its risk.
        #[serde(default)]
        control: Option<Factor>,
        /// Multiplies the product: how likely trouble goes unnoticed.
        #[serde(default)]
        detection: Option<Factor>,
    },
}

/// A factor by bins (乘数).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackFactor)]
pub struct Factor {
    /// CEL expression of a whole number over `subject`, `facts`, `as_of`, `lists`.
    #[schema(min_length = 1, max_length = 2000)]
    pub value: String,
    /// Bins; their `points` are the factor.
    #[schema(min_items = 1, max_items = 100)]
    pub bins: Vec<Bin>,
    /// What applies when the value is not known: `points` is the factor then.
    #[serde(default)]
    pub missing: Option<MissingRule>,
}

/// A list of texts (名单参数).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackList)]
pub struct NamedList {
    /// Name in expressions.
    #[schema(max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: String,
    /// What it lists.
    pub title: Bilingual,
    /// The texts.
    #[schema(min_items = 1, max_items = 2000)]
    pub values: Vec<String>,
}

/// An attribute that a pack reads beyond the built-in ones (扩展属性声明).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackAttribute)]
pub struct AttributeDeclaration {
    /// Whose it is.
    pub of: AttributeOwner,
    /// Name in expressions: `subject.<name>` or `fact.<name>`.
    #[schema(max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// What it is.
    pub title: Bilingual,
}

/// Age factors (时间衰减表). A record of age m months (see [`crate::age::months_started`]) has the first factor with `m ≤ months`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackAgeTable)]
pub struct AgeTable {
    /// Name that indicators use.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: Code,
    /// Steps of rising age; older records have factor 0.
    #[schema(min_items = 1, max_items = 20)]
    pub steps: Vec<AgeStep>,
}

/// One step of an age table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackAgeStep)]
pub struct AgeStep {
    /// Last month it covers.
    #[schema(minimum = 1, maximum = 600)]
    pub months: u32,
    /// Factor, between 0 and 1.
    pub factor: Dec,
}

/// A part (一级指标).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackPart)]
pub struct Part {
    /// Id, unique in the pack.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: Code,
    /// Name.
    pub title: Bilingual,
    /// Greatest points; needed by a deduction model.
    #[serde(default)]
    pub max: Option<Dec>,
    /// Indicators.
    #[schema(min_items = 1, max_items = 200)]
    pub indicators: Vec<Indicator>,
}

/// An indicator (指标).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackIndicator)]
pub struct Indicator {
    /// Id, unique in the pack.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: Code,
    /// Name.
    pub title: Bilingual,
    /// How it counts.
    pub method: Method,
    /// Multiplies its points; 1 when absent.
    #[serde(default)]
    pub weight: Option<Dec>,
    /// Whether a repaired record has no effect any more (可修复).
    #[serde(default)]
    pub repairable: bool,
    /// What applies when something it reads is not known; needed when it reads anything that may be unknown.
    #[serde(default)]
    pub missing: Option<MissingRule>,
}

/// How an indicator counts (计分方式). Points are added: a deduction is negative in a deduction model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IndicatorPackMethod)]
pub enum Method {
    /// Points for each matching record.
    Each(Each),
    /// Points once when a condition holds.
    When(When),
    /// Points by the bin that a whole number falls into.
    Bins(Bins),
    /// Points by a text.
    Categories(Categories),
    /// A whole number times points.
    Value(ValueOf),
}

/// Points for each matching record (逐条计分).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackEach)]
pub struct Each {
    /// Kinds of records looked at.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub kinds: Vec<FactKind>,
    /// CEL condition over `fact`, `subject`, `facts`, `as_of`, `lists`; all records of the kinds when absent.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub when: Option<String>,
    /// Only records of at most so many months.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 600)]
    pub within_months: Option<u32>,
    /// Points of one record.
    pub points: Dec,
    /// Age table; without one a record has its full effect for ever.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub age: Option<Code>,
    /// Greatest magnitude of all records together.
    #[serde(default)]
    pub cap: Option<Dec>,
    /// All records or the one that weighs most.
    #[serde(default = "sum")]
    pub take: Take,
}

fn sum() -> Take {
    Take::Sum
}

/// Points once when a condition holds and enough records match (条件计分).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackWhen)]
pub struct When {
    /// CEL condition over `subject`, `facts`, `as_of`, `lists`.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub condition: Option<String>,
    /// Records that must be there.
    #[serde(default)]
    pub records: Option<Records>,
    /// Points.
    pub points: Dec,
}

/// Records that a condition asks for (记录条件).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackRecords)]
pub struct Records {
    /// Kinds of records looked at.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub kinds: Vec<FactKind>,
    /// CEL condition over `fact`, `subject`, `facts`, `as_of`, `lists`.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub when: Option<String>,
    /// Only records of at most so many months.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 600)]
    pub within_months: Option<u32>,
    /// How many there must be.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1000)]
    pub at_least: u32,
}

fn one() -> u32 {
    1
}

/// Points by bins of a whole number (分档计分).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackBins)]
pub struct Bins {
    /// CEL expression of a whole number over `subject`, `facts`, `as_of`, `lists`.
    #[schema(min_length = 1, max_length = 2000)]
    pub value: String,
    /// Bins in rising order, without gap or overlap, open at both ends.
    #[schema(min_items = 1, max_items = 100)]
    pub bins: Vec<Bin>,
}

/// One bin: `from ≤ value < below`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackBin)]
pub struct Bin {
    /// Least value; absent in the first bin only.
    #[serde(default)]
    pub from: Option<i64>,
    /// First value above it; absent in the last bin only.
    #[serde(default)]
    pub below: Option<i64>,
    /// Points, or the factor.
    pub points: Dec,
}

/// Points by a text (分类计分).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackCategories)]
pub struct Categories {
    /// CEL expression of a text.
    #[schema(min_length = 1, max_length = 2000)]
    pub value: String,
    /// Texts with their points.
    #[schema(min_items = 1, max_items = 500)]
    pub categories: Vec<Category>,
    /// Points of every other text.
    pub otherwise: Dec,
}

/// Texts with the same points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackCategory)]
pub struct Category {
    /// The texts.
    #[schema(min_items = 1, max_items = 500)]
    pub values: Vec<String>,
    /// Points.
    pub points: Dec,
}

/// A whole number times points (按值计分).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackValueOf)]
pub struct ValueOf {
    /// CEL expression of a whole number.
    #[schema(min_length = 1, max_length = 2000)]
    pub value: String,
    /// Points of one.
    pub per_unit: Dec,
    /// Least result.
    #[serde(default)]
    pub minimum: Option<Dec>,
    /// Greatest result.
    #[serde(default)]
    pub maximum: Option<Dec>,
}

/// What applies when something is not known (缺失值处理): `"ignore"`, `"worst"` or `{"points": -10}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IndicatorPackMissingRule)]
pub enum MissingRule {
    /// As if it did not apply: no points; a record does not match. The result lists it all the same.
    Ignore,
    /// The riskiest points the indicator can give; a record matches, a condition holds.
    Worst,
    /// So many points.
    Points(Dec),
}

/// A direct class (直接判定).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackDirectRule)]
pub struct DirectRule {
    /// Id, unique in the pack.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: Code,
    /// What it says.
    pub title: Bilingual,
    /// The class it leads to.
    #[schema(value_type = String, max_length = 20)]
    pub class: Code,
    /// CEL condition over `subject`, `facts`, `as_of`, `lists`.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub condition: Option<String>,
    /// Records that must be there.
    #[serde(default)]
    pub records: Option<Records>,
    /// Whether repaired records do not count any more.
    #[serde(default)]
    pub repairable: bool,
    /// What applies when something is not known: `ignore` or `worst`.
    #[serde(default)]
    pub missing: Option<MissingRule>,
}

/// A class (等级).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackClassRule)]
pub struct ClassRule {
    /// Id.
    #[schema(value_type = String, min_length = 1, max_length = 20)]
    pub id: Code,
    /// Name.
    pub title: Bilingual,
    /// Thresholds, higher is safer: least score; absent in the worst class only.
    #[serde(default)]
    pub at_least: Option<Dec>,
    /// Thresholds, higher is riskier: greatest score; absent in the worst class only.
    #[serde(default)]
    pub at_most: Option<Dec>,
    /// Quantiles: share of the population, between 0 and 1; the shares sum up to 1.
    #[serde(default)]
    pub share: Option<Dec>,
}

/// How the score becomes a class (等级划分): `"thresholds"` or `{"quantiles": {"ties": "better"}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = IndicatorPackClassing)]
pub enum Classing {
    /// By the limits of the classes.
    Thresholds,
    /// By shares of a population; the cut points come from a pass over it ([`crate::quantile`]).
    Quantiles {
        /// Who gets the better class on a cut.
        ties: Ties,
    },
}

/// How general class, trade classes and the province's class meet ("综合+行业").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackComposite)]
pub struct Composite {
    /// How general and trade class meet.
    pub method: CompositeMethod,
    /// Grades of the trades in classes of this pack.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub schemes: Vec<GradeScheme>,
    /// Whether a class given from outside (the province) is authoritative; the local one is shown as a shadow then.
    #[serde(default)]
    pub external_is_authoritative: bool,
}

/// How general and trade class meet: `"worse_of"` or `{"matrix": {"rows": [["A","B"],…]}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = IndicatorPackCompositeMethod)]
pub enum CompositeMethod {
    /// The worse of all of them.
    WorseOf,
    /// By a table; several trade classes enter as the worst of them.
    Matrix {
        /// One row a general class, one column a trade class, both from the best to the worst.
        #[schema(value_type = Vec<Vec<String>>, min_items = 2, max_items = 12)]
        rows: Vec<Vec<Code>>,
    },
}

/// A scale of grades of one trade, in classes of this pack (行业等级对应).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackGradeScheme)]
pub struct GradeScheme {
    /// Id: `tax_credit`, `food_risk` ….
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub id: Code,
    /// Name.
    pub title: Bilingual,
    /// What each grade means here.
    #[schema(min_items = 1, max_items = 50)]
    pub grades: Vec<GradeMapping>,
}

/// One grade of a trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IndicatorPackGradeMapping)]
pub struct GradeMapping {
    /// The grade.
    #[schema(value_type = String, max_length = 20)]
    pub grade: Code,
    /// The class of this pack.
    #[schema(value_type = String, max_length = 20)]
    pub class: Code,
}

impl Pack {
    /// Reads a pack; the fault tells the place of the first thing that is no pack.
    ///
    /// # Errors
    /// `not_json` or `wrong_shape` with a JSON pointer.
    pub fn read(json: &str) -> Result<Self, PackFault> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let pack = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
            let pointer = pointer_of(e.path());
            PackFault::shape(pointer, e.into_inner())
        })?;
        reader.end().map_err(|e| PackFault::shape(String::new(), e))?;
        Ok(pack)
    }

    /// What is wrong with it, all faults at once; a pack without blocking faults can grade.
    #[must_use]
    pub fn check(&self) -> Vec<PackFault> {
        crate::check::check(self)
    }

    /// SHA-256 of the canonical JSON, hex: equal digests, equal packs.
    #[must_use]
    pub fn digest(&self) -> String {
        rules::pack::digest(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Whether it is in force on a day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day < to)
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}
