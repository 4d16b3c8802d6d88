//! What is graded: a subject and the facts known of it.
//!
//! Values only; where they come from is the caller's business. A fact is never erased: it may be withdrawn, repaired or
//! ended from a day on, and a grade as of an earlier day still sees it as it was. Called by whoever grades.

use crate::code::Code;
use crate::words::{FactKind, FactSeverity, FactTopic};
use domain::vocabulary::SubjectKind;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One fact about the conduct of a subject (信用事实).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedFact)]
pub struct Fact {
    /// Natural key or id of the record; explanations name it. Unique within the subject.
    #[schema(value_type = String, max_length = 200)]
    pub record_id: Code,
    /// Kind.
    pub kind: FactKind,
    /// What it is about, where the kind has topics.
    #[serde(default)]
    pub topic: Option<FactTopic>,
    /// How heavy it is, where that is known.
    #[serde(default)]
    pub severity: Option<FactSeverity>,
    /// Day of the fact (of the deciding document, of the finding).
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Day from which it was known here.
    #[schema(value_type = String, format = Date)]
    pub known_on: Date,
    /// Day from which the state it describes is over: corrected, removed from the list, renewed.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub ended_on: Option<Date>,
    /// Day from which it is repaired (信用修复).
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub repaired_on: Option<Date>,
    /// Day from which it is known to be withdrawn or annulled.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub withdrawn_on: Option<Date>,
    /// Amount in fen (fine, confiscated value).
    #[serde(default)]
    pub amount_fen: Option<i64>,
    /// Declared attributes; names that no pack declares are kept in the digest and read by nobody.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub attributes: Vec<Attribute>,
}

impl Fact {
    /// A fact with what every fact has, known on its day.
    pub fn new(record_id: impl Into<Code>, kind: FactKind, on: Date) -> Self {
        Self {
            record_id: record_id.into(),
            kind,
            topic: None,
            severity: None,
            on,
            known_on: on,
            ended_on: None,
            repaired_on: None,
            withdrawn_on: None,
            amount_fen: None,
            attributes: Vec::new(),
        }
    }

    /// With a topic.
    #[must_use]
    pub fn about(mut self, topic: FactTopic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// With a severity.
    #[must_use]
    pub fn weighing(mut self, severity: FactSeverity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Whether a grade as of that day, from what was known then, counts it.
    #[must_use]
    pub fn is_seen(&self, as_of: AsOf) -> bool {
        self.on <= as_of.day
            && self.known_on <= as_of.known_by
            && self.withdrawn_on.is_none_or(|day| day > as_of.known_by)
    }

    /// Whether it is repaired on that day.
    #[must_use]
    pub fn is_repaired(&self, day: Date) -> bool {
        self.repaired_on.is_some_and(|on| on <= day)
    }

    /// Whether the state it describes is over on that day.
    #[must_use]
    pub fn is_ended(&self, day: Date) -> bool {
        self.ended_on.is_some_and(|on| on <= day)
    }
}

/// A declared attribute with its value (扩展属性).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedAttribute)]
pub struct Attribute {
    /// Name, as the pack declares it.
    #[schema(value_type = String, max_length = 40)]
    pub name: Code,
    /// Value.
    pub value: AttributeValue,
}

/// Value of an attribute: `{"int": 3}`, `{"text": "x"}`, `{"bool": true}`, `{"date": "2026-01-31"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GradedAttributeValue)]
pub enum AttributeValue {
    /// Whole number.
    Int(i64),
    /// Text.
    Text(Code),
    /// Yes or no.
    Bool(bool),
    /// Day.
    Date(Date),
}

/// A subject with all that is known of it (评价对象). What is not known is `None`, never zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GradedSubject)]
pub struct SubjectInput {
    /// Kind.
    pub kind: SubjectKind,
    /// Day of registration or founding.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub registered_on: Option<Date>,
    /// Codes of GB/T 4754, the main one first, digits only (`6210`) or with the letter, as the pack expects.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 20)]
    pub industries: Vec<Code>,
    /// Region code.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 12)]
    pub region: Option<Code>,
    /// How many subjects are registered at its address, itself counted.
    #[serde(default)]
    pub address_shared_by: Option<i64>,
    /// How many firms its legal representative leads, itself counted.
    #[serde(default)]
    pub representative_firms: Option<i64>,
    /// Employees.
    #[serde(default)]
    pub employees: Option<i64>,
    /// Licences in force.
    #[serde(default)]
    pub licences: Option<i64>,
    /// Declared attributes.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub attributes: Vec<Attribute>,
    /// Facts in any order.
    #[serde(default)]
    pub facts: Vec<Fact>,
}

impl SubjectInput {
    /// A subject of which nothing but the kind is known.
    #[must_use]
    pub fn new(kind: SubjectKind) -> Self {
        Self {
            kind,
            registered_on: None,
            industries: Vec::new(),
            region: None,
            address_shared_by: None,
            representative_firms: None,
            employees: None,
            licences: None,
            attributes: Vec::new(),
            facts: Vec::new(),
        }
    }
}

/// The two dates of a grade: as of a day, from what was known by a day (截至日与知悉日).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AsOf {
    /// Ages are counted to this day; facts of later days are not seen.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Facts that became known later are not seen; withdrawals that became known later are not either.
    #[schema(value_type = String, format = Date)]
    pub known_by: Date,
}

impl From<Date> for AsOf {
    fn from(day: Date) -> Self {
        Self { day, known_by: day }
    }
}
