//! Runs a compiled expression over one subject. No allocation, no recursion deeper than the expression.

use super::names::Field;
use super::node::{
    Arith, BoolNode, Compare, FieldRef, IntNode, ListNode, Quantifier, Source, TextNode, TextTest,
};
use crate::age::{day_number, months_started};
use crate::code::Code;
use crate::fact::{AsOf, Attribute, AttributeValue, Fact, SubjectInput};

/// Variables that may be bound at once: `fact` and those of nested comprehensions.
pub(crate) const SLOTS: usize = 6;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Something is not known.
    Missing,
    /// Division by zero, or a number beyond 64 bits.
    Arithmetic,
}

type Got<T> = Result<T, Trouble>;

/// A seen fact with what is counted from its dates once.
pub(crate) struct View<'a> {
    pub(crate) fact: &'a Fact,
    pub(crate) months: i64,
    pub(crate) is_repaired: bool,
    pub(crate) is_ended: bool,
}

impl<'a> View<'a> {
    pub(crate) fn new(fact: &'a Fact, as_of: AsOf) -> Self {
        Self {
            fact,
            months: months_started(fact.on, as_of.day),
            is_repaired: fact.is_repaired(as_of.day),
            is_ended: fact.is_ended(as_of.day),
        }
    }
}

#[derive(Clone, Copy)]
enum Local<'a> {
    Nothing,
    Fact(&'a View<'a>),
    Text(&'a str),
}

/// What expressions are run over: the subject and its seen facts as of a day.
pub(crate) struct Scope<'a> {
    input: &'a SubjectInput,
    facts: &'a [View<'a>],
    today: i64,
    age_months: Option<i64>,
    locals: [Local<'a>; SLOTS],
}

impl<'a> Scope<'a> {
    pub(crate) fn new(input: &'a SubjectInput, facts: &'a [View<'a>], as_of: AsOf) -> Self {
        Self {
            input,
            facts,
            today: day_number(as_of.day),
            age_months: input.registered_on.map(|on| crate::age::months_completed(on, as_of.day)),
            locals: [Local::Nothing; SLOTS],
        }
    }

    /// Binds `fact`.
    pub(crate) fn bind(&mut self, view: &'a View<'a>) {
        self.locals[0] = Local::Fact(view);
    }

    pub(crate) fn bool(&mut self, node: &'a BoolNode) -> Got<bool> {
        match node {
            BoolNode::Const(value) => Ok(*value),
            BoolNode::Field(field) => self.bool_field(field),
            BoolNode::Has(field) => Ok(self.has(field)),
            BoolNode::Not(node) => self.bool(node).map(|b| !b),
            BoolNode::And(sides) => match self.bool(&sides[0]) {
                Ok(false) => Ok(false),
                Ok(true) => self.bool(&sides[1]),
                Err(trouble) => match self.bool(&sides[1]) {
                    Ok(false) => Ok(false),
                    _ => Err(trouble),
                },
            },
            BoolNode::Or(sides) => match self.bool(&sides[0]) {
                Ok(true) => Ok(true),
                Ok(false) => self.bool(&sides[1]),
                Err(trouble) => match self.bool(&sides[1]) {
                    Ok(true) => Ok(true),
                    _ => Err(trouble),
                },
            },
            BoolNode::Cond(nodes) => {
                let taken = if self.bool(&nodes[0])? { &nodes[1] } else { &nodes[2] };
                self.bool(taken)
            }
            BoolNode::Same(is_turned, sides) => {
                Ok((self.bool(&sides[0])? == self.bool(&sides[1])?) != *is_turned)
            }
            BoolNode::Ints(compare, sides) => {
                let (a, b) = (self.int(&sides[0])?, self.int(&sides[1])?);
                Ok(match compare {
                    Compare::Eq => a == b,
                    Compare::Ne => a != b,
                    Compare::Lt => a < b,
                    Compare::Le => a <= b,
                    Compare::Gt => a > b,
                    Compare::Ge => a >= b,
                })
            }
            BoolNode::Texts(is_turned, sides) => {
                Ok((self.text(&sides[0])? == self.text(&sides[1])?) != *is_turned)
            }
            BoolNode::FieldIs(is_turned, field, text) => {
                Ok((self.text_field(field)? == text.as_str()) != *is_turned)
            }
            BoolNode::Test(test, sides) => {
                let (a, b) = (self.text(&sides[0])?, self.text(&sides[1])?);
                Ok(match test {
                    TextTest::StartsWith => a.starts_with(b),
                    TextTest::EndsWith => a.ends_with(b),
                    TextTest::Contains => a.contains(b),
                })
            }
            BoolNode::InTexts(text, list) => {
                let wanted = self.text(text)?;
                for candidate in list {
                    if self.text(candidate)? == wanted {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            BoolNode::InInts(int, list) => {
                let wanted = self.int(int)?;
                for candidate in list {
                    if self.int(candidate)? == wanted {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            BoolNode::InList(text, list) => {
                let wanted = self.text(text)?;
                let mut is_in = false;
                self.each(list, |_, member| {
                    is_in |= matches!(member, Local::Text(text) if text == wanted);
                    Ok(!is_in)
                })?;
                Ok(is_in)
            }
            BoolNode::Quantified(quantifier, list, slot, test) => {
                self.quantified(*quantifier, list, *slot, test)
            }
        }
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        list: &'a ListNode,
        slot: usize,
        test: &'a BoolNode,
    ) -> Got<bool> {
        // A member that decides wins over members that cannot be decided, as `||` and `&&` do.
        let (mut trouble, mut hits, mut is_decided) = (None, 0_u64, false);
        self.each(list, |scope, member| {
            scope.locals[slot] = member;
            match (quantifier, scope.bool(test)) {
                (Quantifier::Exists, Ok(true)) | (Quantifier::All, Ok(false)) => is_decided = true,
                (Quantifier::Exists | Quantifier::All, Err(e)) => trouble = trouble.or(Some(e)),
                (Quantifier::ExistsOne, Ok(true)) => hits += 1,
                (Quantifier::ExistsOne, Err(e)) => return Err(e),
                (_, Ok(_)) => {}
            }
            Ok(!is_decided)
        })?;
        match (quantifier, trouble) {
            (Quantifier::Exists, _) if is_decided => Ok(true),
            (Quantifier::All, _) if is_decided => Ok(false),
            (_, Some(trouble)) => Err(trouble),
            (Quantifier::Exists, None) => Ok(false),
            (Quantifier::All, None) => Ok(true),
            (Quantifier::ExistsOne, None) => Ok(hits == 1),
        }
    }

    /// Calls `visit` for each member that passes the filters, until it answers false.
    fn each(
        &mut self,
        list: &'a ListNode,
        mut visit: impl FnMut(&mut Self, Local<'a>) -> Got<bool>,
    ) -> Got<()> {
        let (facts, input) = (self.facts, self.input);
        match &list.source {
            Source::Facts => self.each_of(list, facts.iter().map(Local::Fact), &mut visit),
            Source::Industries => {
                self.each_of(list, input.industries.iter().map(|t| Local::Text(t)), &mut visit)
            }
            Source::Named(values) => self.each_of(list, values.iter().map(|t| Local::Text(t)), &mut visit),
        }
    }

    fn each_of(
        &mut self,
        list: &'a ListNode,
        members: impl Iterator<Item = Local<'a>>,
        visit: &mut impl FnMut(&mut Self, Local<'a>) -> Got<bool>,
    ) -> Got<()> {
        'members: for member in members {
            for (slot, filter) in &list.filters {
                self.locals[*slot] = member;
                if !self.bool(filter)? {
                    continue 'members;
                }
            }
            if !visit(self, member)? {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn int(&mut self, node: &'a IntNode) -> Got<i64> {
        match node {
            IntNode::Const(value) => Ok(*value),
            IntNode::Field(field) => self.int_field(field),
            IntNode::AsOf => Ok(self.today),
            IntNode::Negate(node) => self.int(node)?.checked_neg().ok_or(Trouble::Arithmetic),
            IntNode::Arith(arith, sides) => {
                let (a, b) = (self.int(&sides[0])?, self.int(&sides[1])?);
                let result = match arith {
                    Arith::Add => a.checked_add(b),
                    Arith::Subtract => a.checked_sub(b),
                    Arith::Multiply => a.checked_mul(b),
                    Arith::Divide => a.checked_div(b),
                    Arith::Modulo => a.checked_rem(b),
                    Arith::Least => Some(a.min(b)),
                    Arith::Greatest => Some(a.max(b)),
                };
                result.ok_or(Trouble::Arithmetic)
            }
            IntNode::Cond(nodes) => {
                let (test, yes, no) = &**nodes;
                let taken = if self.bool(test)? { yes } else { no };
                self.int(taken)
            }
            IntNode::Size(list) => {
                let mut count = 0;
                self.each(list, |_, _| {
                    count += 1;
                    Ok(true)
                })?;
                Ok(count)
            }
            IntNode::Sum(list, slot, term) => {
                let mut sum = 0_i64;
                self.each(list, |scope, member| {
                    scope.locals[*slot] = member;
                    sum = sum.checked_add(scope.int(term)?).ok_or(Trouble::Arithmetic)?;
                    Ok(true)
                })?;
                Ok(sum)
            }
            IntNode::Months(sides) => {
                let (from, to) = (self.int(&sides[0])?, self.int(&sides[1])?);
                let (from, to) = (civil(from)?, civil(to)?);
                Ok(crate::age::months_completed(from, to))
            }
        }
    }

    pub(crate) fn text(&mut self, node: &'a TextNode) -> Got<&'a str> {
        match node {
            TextNode::Const(text) => Ok(text),
            TextNode::Field(field) => self.text_field(field),
            TextNode::Local(slot) => match self.locals[*slot] {
                Local::Text(text) => Ok(text),
                Local::Fact(_) | Local::Nothing => Err(Trouble::Missing),
            },
            TextNode::Cond(nodes) => {
                let (test, yes, no) = &**nodes;
                let taken = if self.bool(test)? { yes } else { no };
                self.text(taken)
            }
        }
    }

    fn view(&self, slot: usize) -> Got<&'a View<'a>> {
        match self.locals[slot] {
            Local::Fact(view) => Ok(view),
            Local::Text(_) | Local::Nothing => Err(Trouble::Missing),
        }
    }

    fn has(&self, field: &FieldRef) -> bool {
        match &field.field {
            Field::RegisteredOn | Field::AgeMonths => self.input.registered_on.is_some(),
            Field::Region => self.input.region.is_some(),
            Field::AddressSharedBy
            | Field::RepresentativeFirms
            | Field::Employees
            | Field::Licences
            | Field::AmountFen
            | Field::EndedOn => self.int_field(field).is_ok(),
            Field::Topic | Field::Severity => self.text_field(field).is_ok(),
            Field::SubjectAttribute(name) => find(&self.input.attributes, name).is_ok(),
            Field::FactAttribute(name) => {
                self.view(field.slot).and_then(|v| find(&v.fact.attributes, name)).is_ok()
            }
            Field::SubjectKind
            | Field::Industries
            | Field::Kind
            | Field::On
            | Field::KnownOn
            | Field::Ended
            | Field::Repaired
            | Field::Months
            | Field::Days => true,
        }
    }

    fn bool_field(&self, field: &FieldRef) -> Got<bool> {
        match &field.field {
            Field::Ended => Ok(self.view(field.slot)?.is_ended),
            Field::Repaired => Ok(self.view(field.slot)?.is_repaired),
            _ => match self.attribute(field)? {
                AttributeValue::Bool(value) => Ok(*value),
                _ => Err(Trouble::Missing),
            },
        }
    }

    fn int_field(&self, field: &FieldRef) -> Got<i64> {
        let known = |value: Option<i64>| value.ok_or(Trouble::Missing);
        match &field.field {
            Field::RegisteredOn => known(self.input.registered_on.map(day_number)),
            Field::AgeMonths => known(self.age_months),
            Field::AddressSharedBy => known(self.input.address_shared_by),
            Field::RepresentativeFirms => known(self.input.representative_firms),
            Field::Employees => known(self.input.employees),
            Field::Licences => known(self.input.licences),
            Field::On => Ok(day_number(self.view(field.slot)?.fact.on)),
            Field::KnownOn => Ok(day_number(self.view(field.slot)?.fact.known_on)),
            Field::EndedOn => {
                // An end in the future is not known yet: a past answer must not change when it comes.
                let view = self.view(field.slot)?;
                known(view.fact.ended_on.filter(|_| view.is_ended).map(day_number))
            }
            Field::Months => Ok(self.view(field.slot)?.months),
            Field::Days => Ok(self.today - day_number(self.view(field.slot)?.fact.on)),
            Field::AmountFen => known(self.view(field.slot)?.fact.amount_fen),
            _ => match self.attribute(field)? {
                AttributeValue::Int(value) => Ok(*value),
                AttributeValue::Date(day) => Ok(day_number(*day)),
                AttributeValue::Text(_) | AttributeValue::Bool(_) => Err(Trouble::Missing),
            },
        }
    }

    fn text_field(&self, field: &FieldRef) -> Got<&'a str> {
        match &field.field {
            Field::SubjectKind => Ok(self.input.kind.as_str()),
            Field::Region => self.input.region.as_deref().ok_or(Trouble::Missing),
            Field::Kind => Ok(self.view(field.slot)?.fact.kind.as_str()),
            Field::Topic => self.view(field.slot)?.fact.topic.map(|t| t.as_str()).ok_or(Trouble::Missing),
            Field::Severity => {
                self.view(field.slot)?.fact.severity.map(|s| s.as_str()).ok_or(Trouble::Missing)
            }
            _ => match self.attribute(field)? {
                AttributeValue::Text(text) => Ok(text),
                _ => Err(Trouble::Missing),
            },
        }
    }

    /// A declared attribute. A value of another type than declared is as good as none.
    fn attribute(&self, field: &FieldRef) -> Got<&'a AttributeValue> {
        match &field.field {
            Field::SubjectAttribute(name) => find(&self.input.attributes, name),
            Field::FactAttribute(name) => find(&self.view(field.slot)?.fact.attributes, name),
            _ => Err(Trouble::Missing),
        }
    }
}

fn find<'a>(attributes: &'a [Attribute], name: &Code) -> Got<&'a AttributeValue> {
    attributes.iter().find(|a| a.name == *name).map(|a| &a.value).ok_or(Trouble::Missing)
}

/// The day of a number of days since 1970-01-01; beyond the calendar it is an arithmetic fault.
fn civil(number: i64) -> Got<jiff::civil::Date> {
    let span = jiff::Span::new().try_days(number).map_err(|_| Trouble::Arithmetic)?;
    jiff::civil::date(1970, 1, 1).checked_add(span).map_err(|_| Trouble::Arithmetic)
}
