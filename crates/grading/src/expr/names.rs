//! The names that expressions may use, with their types: built-in fields, declared attributes, lists.

use crate::code::Code;
use crate::pack::{AttributeDeclaration, NamedList};
use crate::words::{AttributeOwner, AttributeType, FactKind, FactSeverity, FactTopic};
use domain::vocabulary::SubjectKind;
use std::sync::Arc;

/// What a pack adds to the built-in names.
pub(crate) struct Names<'a> {
    pub(crate) lists: &'a [NamedList],
    pub(crate) attributes: &'a [AttributeDeclaration],
}

/// A closed list that a text field belongs to; literals compared with it must be in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    SubjectKind,
    FactKind,
    FactTopic,
    FactSeverity,
}

impl Vocabulary {
    pub(crate) fn words(self) -> Vec<&'static str> {
        match self {
            Self::SubjectKind => SubjectKind::ALL.iter().map(|w| w.as_str()).collect(),
            Self::FactKind => FactKind::ALL.iter().map(|w| w.as_str()).collect(),
            Self::FactTopic => FactTopic::ALL.iter().map(|w| w.as_str()).collect(),
            Self::FactSeverity => FactSeverity::ALL.iter().map(|w| w.as_str()).collect(),
        }
    }
}

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldType {
    Bool,
    Int,
    Date,
    Text,
    Word(Vocabulary),
    Texts,
}

/// A field of a subject or a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    SubjectKind,
    RegisteredOn,
    AgeMonths,
    Industries,
    Region,
    AddressSharedBy,
    RepresentativeFirms,
    Employees,
    Licences,
    Kind,
    Topic,
    Severity,
    On,
    KnownOn,
    EndedOn,
    Ended,
    Repaired,
    Months,
    Days,
    AmountFen,
    SubjectAttribute(Code),
    FactAttribute(Code),
}

/// A name with its field, its type, and whether it may be unknown.
type Row = (&'static str, Field, FieldType, bool);

const SUBJECT: [Row; 9] = [
    ("kind", Field::SubjectKind, FieldType::Word(Vocabulary::SubjectKind), false),
    ("registered_on", Field::RegisteredOn, FieldType::Date, true),
    ("age_months", Field::AgeMonths, FieldType::Int, true),
    ("industries", Field::Industries, FieldType::Texts, false),
    ("region", Field::Region, FieldType::Text, true),
    ("address_shared_by", Field::AddressSharedBy, FieldType::Int, true),
    ("representative_firms", Field::RepresentativeFirms, FieldType::Int, true),
    ("employees", Field::Employees, FieldType::Int, true),
    ("licences", Field::Licences, FieldType::Int, true),
];

const FACT: [Row; 11] = [
    ("kind", Field::Kind, FieldType::Word(Vocabulary::FactKind), false),
    ("topic", Field::Topic, FieldType::Word(Vocabulary::FactTopic), true),
    ("severity", Field::Severity, FieldType::Word(Vocabulary::FactSeverity), true),
    ("on", Field::On, FieldType::Date, false),
    ("known_on", Field::KnownOn, FieldType::Date, false),
    ("ended_on", Field::EndedOn, FieldType::Date, true),
    ("ended", Field::Ended, FieldType::Bool, false),
    ("repaired", Field::Repaired, FieldType::Bool, false),
    ("months", Field::Months, FieldType::Int, false),
    ("days", Field::Days, FieldType::Int, false),
    ("amount_fen", Field::AmountFen, FieldType::Int, true),
];

/// What a name of an owner means.
pub(crate) struct Found {
    pub(crate) field: Field,
    pub(crate) kind: FieldType,
    pub(crate) may_miss: bool,
}

impl Names<'_> {
    pub(crate) fn field(&self, of: AttributeOwner, name: &str) -> Option<Found> {
        let rows: &[Row] = match of {
            AttributeOwner::Subject => &SUBJECT,
            AttributeOwner::Fact => &FACT,
        };
        if let Some((_, field, kind, may_miss)) = rows.iter().find(|(n, ..)| *n == name) {
            return Some(Found { field: field.clone(), kind: *kind, may_miss: *may_miss });
        }
        let declared = self.attributes.iter().find(|a| a.of == of && a.name == name)?;
        let code = Code::from(name);
        let field = match of {
            AttributeOwner::Subject => Field::SubjectAttribute(code),
            AttributeOwner::Fact => Field::FactAttribute(code),
        };
        let kind = match declared.kind {
            AttributeType::Int => FieldType::Int,
            AttributeType::Text => FieldType::Text,
            AttributeType::Bool => FieldType::Bool,
            AttributeType::Date => FieldType::Date,
        };
        Some(Found { field, kind, may_miss: true })
    }

    /// Whether a declared attribute would hide a built-in name.
    pub(crate) fn is_built_in(of: AttributeOwner, name: &str) -> bool {
        match of {
            AttributeOwner::Subject => name == "facts" || SUBJECT.iter().any(|(n, ..)| *n == name),
            AttributeOwner::Fact => FACT.iter().any(|(n, ..)| *n == name),
        }
    }

    /// The fields of an owner, for the text of a fault.
    pub(crate) fn fields(&self, of: AttributeOwner) -> String {
        let rows: &[Row] = match of {
            AttributeOwner::Subject => &SUBJECT,
            AttributeOwner::Fact => &FACT,
        };
        let declared = self.attributes.iter().filter(|a| a.of == of).map(|a| a.name.as_str());
        rows.iter().map(|(n, ..)| *n).chain(declared).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn list(&self, id: &str) -> Option<Arc<[Code]>> {
        self.lists.iter().find(|l| l.id == id).map(|l| l.values.iter().map(Code::from).collect())
    }
}
