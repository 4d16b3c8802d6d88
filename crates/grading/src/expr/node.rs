//! The typed trees that expressions become. One type of node for each type of value, so that nothing can be mistyped when
//! it runs.

use super::names::Field;
use crate::code::Code;
use std::sync::Arc;

/// A field of the subject, or of the fact in a slot.
#[derive(Clone, Debug)]
pub(crate) struct FieldRef {
    pub(crate) field: Field,
    pub(crate) slot: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arith {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Least,
    Greatest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Exists,
    All,
    ExistsOne,
}

#[derive(Debug)]
pub(crate) enum BoolNode {
    Const(bool),
    Field(FieldRef),
    Has(FieldRef),
    Not(Box<BoolNode>),
    And(Box<[BoolNode; 2]>),
    Or(Box<[BoolNode; 2]>),
    Cond(Box<[BoolNode; 3]>),
    Same(bool, Box<[BoolNode; 2]>),
    Ints(Compare, Box<[IntNode; 2]>),
    /// Whether the texts are equal, turned round when the first member is set.
    Texts(bool, Box<[TextNode; 2]>),
    /// A field against a constant, the commonest test of all.
    FieldIs(bool, FieldRef, Code),
    Test(TextTest, Box<[TextNode; 2]>),
    InTexts(TextNode, Box<[TextNode]>),
    InInts(IntNode, Box<[IntNode]>),
    InList(TextNode, ListNode),
    Quantified(Quantifier, ListNode, usize, Box<BoolNode>),
}

#[derive(Debug)]
pub(crate) enum IntNode {
    Const(i64),
    Field(FieldRef),
    AsOf,
    Negate(Box<IntNode>),
    Arith(Arith, Box<[IntNode; 2]>),
    Cond(Box<(BoolNode, IntNode, IntNode)>),
    Size(ListNode),
    Sum(ListNode, usize, Box<IntNode>),
    Months(Box<[IntNode; 2]>),
}

#[derive(Debug)]
pub(crate) enum TextNode {
    Const(Code),
    Field(FieldRef),
    Local(usize),
    Cond(Box<(BoolNode, TextNode, TextNode)>),
}

#[derive(Debug)]
pub(crate) enum Source {
    Facts,
    Industries,
    Named(Arc<[Code]>),
}

/// A list with the filters that its members pass.
#[derive(Debug)]
pub(crate) struct ListNode {
    pub(crate) source: Source,
    pub(crate) filters: Vec<(usize, BoolNode)>,
}
