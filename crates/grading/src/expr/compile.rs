//! From a parsed expression to a typed tree, with every fault and its column.

use super::ExprFault;
use super::eval::SLOTS;
use super::names::{Field, FieldType, Names, Vocabulary};
use super::node::{
    Arith, BoolNode, Compare, FieldRef, IntNode, ListNode, Quantifier, Source, TextNode, TextTest,
};
use super::parse::{Parsed, parse};
use crate::words::AttributeOwner;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};
use cel::parser::Expression;

/// What an expression is to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Bool,
    Int,
    Text,
}

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) root: Root,
    /// Whether it reads anything that may be unknown without asking `has` first.
    pub(crate) may_miss: bool,
    /// Whether its value may change on any day: it reads days, or compares dates.
    pub(crate) reads_days: bool,
}

#[derive(Debug)]
pub(crate) enum Root {
    Bool(BoolNode),
    Int(IntNode),
    Text(TextNode),
}

/// Compiles an expression; `has_fact` says whether `fact` is a name in it.
pub(crate) fn compile(
    source: &str,
    wanted: Wanted,
    has_fact: bool,
    names: &Names<'_>,
) -> Result<Compiled, Vec<ExprFault>> {
    let parsed = parse(source)?;
    let mut checker = Checker {
        parsed: &parsed,
        names,
        variables: Vec::new(),
        guards: Vec::new(),
        faults: Vec::new(),
        may_miss: false,
        reads_days: false,
    };
    if has_fact {
        checker.variables.push(Variable { name: "fact".into(), is_fact: true });
    }
    let root = checker.value(&parsed.root);
    let root = match (root, wanted) {
        (Some(Value::Bool(node)), Wanted::Bool) => Some(Root::Bool(node)),
        (Some(Value::Int(node)), Wanted::Int) => Some(Root::Int(node)),
        (Some(Value::Text(node, _)), Wanted::Text) => Some(Root::Text(node)),
        (Some(other), _) => {
            let wanted = match wanted {
                Wanted::Bool => ("条件（真假）", "yes or no"),
                Wanted::Int => ("整数", "a whole number"),
                Wanted::Text => ("文本", "a text"),
            };
            checker.mismatch(&parsed.root, &other, wanted);
            None
        }
        (None, _) => None,
    };
    match root {
        Some(root) if checker.faults.is_empty() => {
            Ok(Compiled { root, may_miss: checker.may_miss, reads_days: checker.reads_days })
        }
        _ => {
            // Nothing may be left out in silence.
            if checker.faults.is_empty() {
                checker.unsupported(&parsed.root, "this expression");
            }
            Err(checker.faults)
        }
    }
}

/// A variable in scope; its place in the list is its slot.
struct Variable {
    name: String,
    is_fact: bool,
}

/// What the body of a comprehension is.
enum Built {
    Test(Quantifier, BoolNode),
    Filter,
    Term(IntNode),
}

enum Value {
    Bool(BoolNode),
    Int(IntNode),
    Date(IntNode),
    Text(TextNode, Option<Vocabulary>),
    List(ListNode),
    /// List of whole numbers, under `sum` only: the list, the slot and the term.
    Ints(ListNode, usize, IntNode),
    Fact,
}

impl Value {
    fn name(&self) -> (&'static str, &'static str) {
        match self {
            Self::Bool(_) => ("真假值", "yes or no"),
            Self::Int(_) => ("整数", "a whole number"),
            Self::Date(_) => ("日期", "a day"),
            Self::Text(..) => ("文本", "a text"),
            Self::List(_) => ("列表", "a list"),
            Self::Ints(..) => ("整数列表", "a list of whole numbers"),
            Self::Fact => ("事实", "a fact"),
        }
    }
}

/// What is known to be there: slot of the fact, or none for the subject, and the name.
type Guard = (Option<usize>, String);

struct Checker<'a> {
    parsed: &'a Parsed,
    names: &'a Names<'a>,
    variables: Vec<Variable>,
    guards: Vec<Guard>,
    faults: Vec<ExprFault>,
    may_miss: bool,
    reads_days: bool,
}

impl Checker<'_> {
    fn fault(&mut self, at: &Expression, code: &'static str, zh: String, en: String) {
        self.faults.push(ExprFault::new(self.parsed.column(at.id), code, zh, en));
    }

    fn mismatch(&mut self, at: &Expression, got: &Value, (zh, en): (&str, &str)) {
        let (got_zh, got_en) = got.name();
        self.fault(
            at,
            "type_mismatch",
            format!("此处应为{zh}，实为{got_zh}"),
            format!("{en} is wanted here, this is {got_en}"),
        );
    }

    fn unsupported(&mut self, at: &Expression, what: &str) {
        self.fault(
            at,
            "unsupported_syntax",
            "指标包中不能使用该写法".into(),
            format!("{what} is not admitted in packs"),
        );
    }

    fn value(&mut self, at: &Expression) -> Option<Value> {
        match &at.expr {
            Expr::Literal(literal) => self.literal(at, literal),
            Expr::Ident(name) => self.ident(at, name),
            Expr::Select(select) => self.select(at, select),
            Expr::Call(call) => self.call(at, call),
            Expr::Comprehension(comprehension) => self.comprehension(at, comprehension),
            Expr::List(_) => {
                self.unsupported(at, "a list anywhere but after `in`");
                None
            }
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.unsupported(at, "a map or a message");
                None
            }
        }
    }

    fn literal(&mut self, at: &Expression, literal: &LiteralValue) -> Option<Value> {
        match literal {
            LiteralValue::Boolean(b) => Some(Value::Bool(BoolNode::Const(*b.inner()))),
            LiteralValue::Int(i) => Some(Value::Int(IntNode::Const(*i.inner()))),
            LiteralValue::String(s) => Some(Value::Text(TextNode::Const(s.inner().into()), None)),
            LiteralValue::Double(_) => {
                self.fault(
                    at,
                    "float_not_allowed",
                    "不能使用浮点数：同一输入须在任何机器上得到相同结果".into(),
                    "floating point is not admitted: the same input must give the same bytes everywhere"
                        .into(),
                );
                None
            }
            LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::UInt(_) => {
                self.unsupported(at, "bytes, null or an unsigned number");
                None
            }
        }
    }

    fn ident(&mut self, at: &Expression, name: &str) -> Option<Value> {
        if let Some(slot) = self.variables.iter().rposition(|v| v.name == name) {
            return Some(if self.variables[slot].is_fact {
                Value::Fact
            } else {
                Value::Text(TextNode::Local(slot), None)
            });
        }
        match name {
            "as_of" => {
                self.reads_days = true;
                Some(Value::Date(IntNode::AsOf))
            }
            "facts" => Some(Value::List(ListNode { source: Source::Facts, filters: Vec::new() })),
            "subject" | "lists" => {
                self.unsupported(at, "the whole of `subject` or `lists`");
                None
            }
            _ => {
                let known: Vec<&str> = ["subject", "facts", "as_of", "lists"]
                    .into_iter()
                    .chain(self.variables.iter().map(|v| v.name.as_str()))
                    .collect();
                let known = known.join(", ");
                self.fault(
                    at,
                    "unknown_name",
                    format!("没有名为 {name} 的变量；可用：{known}"),
                    format!("there is no {name}; there are {known}"),
                );
                None
            }
        }
    }

    /// Owner of a selected field: the subject, or the fact of a slot.
    fn owner(&self, operand: &Expression) -> Option<(AttributeOwner, usize)> {
        let Expr::Ident(name) = &operand.expr else { return None };
        if let Some(slot) = self.variables.iter().rposition(|v| v.name == *name) {
            return self.variables[slot].is_fact.then_some((AttributeOwner::Fact, slot));
        }
        (name == "subject").then_some((AttributeOwner::Subject, 0))
    }

    fn select(&mut self, at: &Expression, select: &SelectExpr) -> Option<Value> {
        let SelectExpr { operand, field, test } = select;
        if let Expr::Ident(name) = &operand.expr {
            let is_variable = self.variables.iter().any(|v| v.name == *name);
            if name == "lists" && !is_variable && !test {
                let Some(values) = self.names.list(field) else {
                    let known: Vec<&str> = self.names.lists.iter().map(|l| l.id.as_str()).collect();
                    let known = known.join(", ");
                    self.fault(
                        at,
                        "unknown_name",
                        format!("没有名为 {field} 的名单；可用：{known}"),
                        format!("there is no list {field}; there are {known}"),
                    );
                    return None;
                };
                return Some(Value::List(ListNode { source: Source::Named(values), filters: Vec::new() }));
            }
        }
        let Some((of, slot)) = self.owner(operand) else {
            if let Some(value) = self.value(operand) {
                self.mismatch(operand, &value, ("主体或事实", "the subject or a fact"));
            }
            return None;
        };
        let Some(found) = self.names.field(of, field) else {
            let known = self.names.fields(of);
            self.fault(
                at,
                "unknown_name",
                format!("没有名为 {field} 的字段；可用：{known}"),
                format!("there is no field {field}; there are {known}"),
            );
            return None;
        };
        self.reads_days |= found.field == Field::Days;
        let place = FieldRef { field: found.field, slot };
        if *test {
            return Some(Value::Bool(BoolNode::Has(place)));
        }
        if found.may_miss {
            let owner = (of == AttributeOwner::Fact).then_some(slot);
            let is_guarded = self.guards.iter().any(|(o, n)| *o == owner && n == field);
            self.may_miss |= !is_guarded;
        }
        Some(match found.kind {
            FieldType::Bool => Value::Bool(BoolNode::Field(place)),
            FieldType::Int => Value::Int(IntNode::Field(place)),
            FieldType::Date => Value::Date(IntNode::Field(place)),
            FieldType::Text => Value::Text(TextNode::Field(place), None),
            FieldType::Word(vocabulary) => Value::Text(TextNode::Field(place), Some(vocabulary)),
            FieldType::Texts => Value::List(ListNode { source: Source::Industries, filters: Vec::new() }),
        })
    }

    /// Names that `has` vouches for when the expression is `positive`.
    fn vouched(&self, at: &Expression, positive: bool, out: &mut Vec<Guard>) {
        match &at.expr {
            Expr::Select(SelectExpr { operand, field, test: true }) if positive => {
                if let Some((of, slot)) = self.owner(operand) {
                    out.push(((of == AttributeOwner::Fact).then_some(slot), field.clone()));
                }
            }
            Expr::Call(CallExpr { func_name, args, .. }) => match func_name.as_str() {
                operators::LOGICAL_NOT => {
                    args.iter().for_each(|a| self.vouched(a, !positive, out));
                }
                operators::LOGICAL_AND if positive => {
                    args.iter().for_each(|a| self.vouched(a, positive, out));
                }
                operators::LOGICAL_OR if !positive => {
                    args.iter().for_each(|a| self.vouched(a, positive, out));
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// The value of an expression where another one vouches for names.
    fn value_guarded(&mut self, at: &Expression, by: &Expression, positive: bool) -> Option<Value> {
        let before = self.guards.len();
        let mut more = Vec::new();
        self.vouched(by, positive, &mut more);
        self.guards.append(&mut more);
        let value = self.value(at);
        self.guards.truncate(before);
        value
    }

    fn bool(&mut self, at: &Expression) -> Option<BoolNode> {
        let value = self.value(at)?;
        self.as_bool(at, value)
    }

    fn as_bool(&mut self, at: &Expression, value: Value) -> Option<BoolNode> {
        match value {
            Value::Bool(node) => Some(node),
            other => {
                self.mismatch(at, &other, ("真假值", "yes or no"));
                None
            }
        }
    }

    fn int(&mut self, at: &Expression) -> Option<IntNode> {
        match self.value(at)? {
            Value::Int(node) => Some(node),
            other => {
                self.mismatch(at, &other, ("整数", "a whole number"));
                None
            }
        }
    }

    fn date(&mut self, at: &Expression) -> Option<IntNode> {
        match self.value(at)? {
            Value::Date(node) => Some(node),
            other => {
                self.mismatch(at, &other, ("日期", "a day"));
                None
            }
        }
    }

    fn text(&mut self, at: &Expression) -> Option<TextNode> {
        match self.value(at)? {
            Value::Text(node, _) => Some(node),
            other => {
                self.mismatch(at, &other, ("文本", "a text"));
                None
            }
        }
    }

    fn list(&mut self, at: &Expression) -> Option<ListNode> {
        match self.value(at)? {
            Value::List(node) => Some(node),
            other => {
                self.mismatch(at, &other, ("列表", "a list"));
                None
            }
        }
    }

    fn call(&mut self, at: &Expression, call: &CallExpr) -> Option<Value> {
        let CallExpr { func_name, target, args } = call;
        match (func_name.as_str(), target.as_deref(), args.as_slice()) {
            (operators::LOGICAL_NOT, None, [a]) => Some(Value::Bool(BoolNode::Not(self.bool(a)?.into()))),
            (operators::LOGICAL_AND, None, [a, b]) => {
                let sides = self.logical(a, b, true)?;
                Some(Value::Bool(BoolNode::And(sides)))
            }
            (operators::LOGICAL_OR, None, [a, b]) => {
                let sides = self.logical(a, b, false)?;
                Some(Value::Bool(BoolNode::Or(sides)))
            }
            (operators::CONDITIONAL, None, [test, yes, no]) => self.conditional(test, yes, no),
            (operators::EQUALS, None, [a, b]) => self.compare(at, Compare::Eq, a, b),
            (operators::NOT_EQUALS, None, [a, b]) => self.compare(at, Compare::Ne, a, b),
            (operators::LESS, None, [a, b]) => self.compare(at, Compare::Lt, a, b),
            (operators::LESS_EQUALS, None, [a, b]) => self.compare(at, Compare::Le, a, b),
            (operators::GREATER, None, [a, b]) => self.compare(at, Compare::Gt, a, b),
            (operators::GREATER_EQUALS, None, [a, b]) => self.compare(at, Compare::Ge, a, b),
            (operators::ADD, None, [a, b]) => self.arith(Arith::Add, a, b),
            (operators::SUBSTRACT, None, [a, b]) => self.arith(Arith::Subtract, a, b),
            (operators::MULTIPLY, None, [a, b]) => self.arith(Arith::Multiply, a, b),
            (operators::DIVIDE, None, [a, b]) => self.arith(Arith::Divide, a, b),
            (operators::MODULO, None, [a, b]) => self.arith(Arith::Modulo, a, b),
            ("least", None, [a, b]) => self.arith(Arith::Least, a, b),
            ("greatest", None, [a, b]) => self.arith(Arith::Greatest, a, b),
            (operators::NEGATE, None, [a]) => Some(Value::Int(IntNode::Negate(self.int(a)?.into()))),
            (operators::IN, None, [member, list]) => self.is_in(member, list),
            ("size", None, [list]) | ("size", Some(list), []) => {
                Some(Value::Int(IntNode::Size(self.list(list)?)))
            }
            ("sum", None, [list]) => match self.value(list)? {
                Value::Ints(list, slot, term) => Some(Value::Int(IntNode::Sum(list, slot, term.into()))),
                other => {
                    self.mismatch(list, &other, ("整数列表", "a list of whole numbers"));
                    None
                }
            },
            ("startsWith", Some(text), [part]) => self.text_test(TextTest::StartsWith, text, part),
            ("endsWith", Some(text), [part]) => self.text_test(TextTest::EndsWith, text, part),
            ("contains", Some(text), [part]) => self.text_test(TextTest::Contains, text, part),
            ("date", None, [text]) => self.date_literal(text),
            ("months_between", None, [a, b]) => {
                let (a, b) = (self.date(a), self.date(b));
                Some(Value::Int(IntNode::Months(Box::new([a?, b?]))))
            }
            ("days_between", None, [a, b]) => {
                let (a, b) = (self.date(a), self.date(b));
                Some(Value::Int(IntNode::Arith(Arith::Subtract, Box::new([b?, a?]))))
            }
            (name, ..) => {
                let name = name.trim_matches('_');
                self.fault(
                    at,
                    "unknown_function",
                    format!("没有函数或运算 {name}，或参数个数不符"),
                    format!("there is no function or operator {name} with so many arguments"),
                );
                None
            }
        }
    }

    /// Both sides of `&&` or `||`: each vouches for the other, since either may decide alone.
    fn logical(&mut self, a: &Expression, b: &Expression, positive: bool) -> Option<Box<[BoolNode; 2]>> {
        let left = self.value_guarded(a, b, positive).and_then(|v| self.as_bool(a, v));
        let right = self.value_guarded(b, a, positive).and_then(|v| self.as_bool(b, v));
        Some(Box::new([left?, right?]))
    }

    fn conditional(&mut self, test: &Expression, yes: &Expression, no: &Expression) -> Option<Value> {
        let condition = self.bool(test);
        let then = self.value_guarded(yes, test, true);
        let otherwise = self.value_guarded(no, test, false);
        match (then?, otherwise?, condition?) {
            (Value::Bool(a), Value::Bool(b), c) => Some(Value::Bool(BoolNode::Cond(Box::new([c, a, b])))),
            (Value::Int(a), Value::Int(b), c) => Some(Value::Int(IntNode::Cond(Box::new((c, a, b))))),
            (Value::Date(a), Value::Date(b), c) => Some(Value::Date(IntNode::Cond(Box::new((c, a, b))))),
            (Value::Text(a, _), Value::Text(b, _), c) => {
                Some(Value::Text(TextNode::Cond(Box::new((c, a, b))), None))
            }
            (a, b, _) => {
                let wanted = a.name();
                self.mismatch(no, &b, wanted);
                None
            }
        }
    }

    fn compare(
        &mut self,
        at: &Expression,
        compare: Compare,
        a: &Expression,
        b: &Expression,
    ) -> Option<Value> {
        let (left, right) = (self.value(a), self.value(b));
        let is_order = !matches!(compare, Compare::Eq | Compare::Ne);
        let is_turned = compare == Compare::Ne;
        let node = match (left?, right?) {
            (Value::Int(x), Value::Int(y)) | (Value::Date(x), Value::Date(y)) => {
                BoolNode::Ints(compare, Box::new([x, y]))
            }
            (Value::Text(x, in_x), Value::Text(y, in_y)) if !is_order => {
                self.word(b, &y, in_x);
                self.word(a, &x, in_y);
                match (x, y) {
                    (TextNode::Field(field), TextNode::Const(text))
                    | (TextNode::Const(text), TextNode::Field(field)) => {
                        BoolNode::FieldIs(is_turned, field, text)
                    }
                    (x, y) => BoolNode::Texts(is_turned, Box::new([x, y])),
                }
            }
            (Value::Bool(x), Value::Bool(y)) if !is_order => BoolNode::Same(is_turned, Box::new([x, y])),
            (Value::Bool(_) | Value::Text(..), Value::Bool(_) | Value::Text(..)) if is_order => {
                self.unsupported(at, "an order of texts or of yes and no");
                return None;
            }
            (x, y) => {
                let wanted = x.name();
                self.mismatch(b, &y, wanted);
                return None;
            }
        };
        Some(Value::Bool(node))
    }

    /// A literal compared with a word of a closed list must be in the list.
    fn word(&mut self, at: &Expression, text: &TextNode, vocabulary: Option<Vocabulary>) {
        let (TextNode::Const(text), Some(vocabulary)) = (text, vocabulary) else { return };
        let words = vocabulary.words();
        if !words.contains(&text.as_str()) {
            let known = words.join(", ");
            self.fault(
                at,
                "unknown_word",
                format!("“{text}”不是规定用语；可用：{known}"),
                format!("'{text}' is not in the list; there are {known}"),
            );
        }
    }

    fn arith(&mut self, arith: Arith, a: &Expression, b: &Expression) -> Option<Value> {
        let (a, b) = (self.int(a), self.int(b));
        Some(Value::Int(IntNode::Arith(arith, Box::new([a?, b?]))))
    }

    fn text_test(&mut self, test: TextTest, text: &Expression, part: &Expression) -> Option<Value> {
        let (text, part) = (self.text(text), self.text(part));
        Some(Value::Bool(BoolNode::Test(test, Box::new([text?, part?]))))
    }

    fn is_in(&mut self, member: &Expression, list: &Expression) -> Option<Value> {
        let value = self.value(member);
        let Expr::List(literal) = &list.expr else {
            let node = self.list(list);
            return match (value?, node?) {
                (_, ListNode { source: Source::Facts, .. }) => {
                    self.unsupported(list, "`in facts`");
                    None
                }
                (Value::Text(text, _), node) => Some(Value::Bool(BoolNode::InList(text, node))),
                (other, _) => {
                    self.mismatch(member, &other, ("文本", "a text"));
                    None
                }
            };
        };
        match value? {
            Value::Text(text, vocabulary) => {
                let mut texts = Vec::with_capacity(literal.elements.len());
                for element in &literal.elements {
                    let node = self.text(element)?;
                    self.word(element, &node, vocabulary);
                    texts.push(node);
                }
                Some(Value::Bool(BoolNode::InTexts(text, texts.into())))
            }
            Value::Int(int) => {
                let ints: Option<Vec<IntNode>> = literal.elements.iter().map(|e| self.int(e)).collect();
                Some(Value::Bool(BoolNode::InInts(int, ints?.into())))
            }
            other => {
                self.mismatch(member, &other, ("文本或整数", "a text or a whole number"));
                None
            }
        }
    }

    fn date_literal(&mut self, at: &Expression) -> Option<Value> {
        let day = match &at.expr {
            Expr::Literal(LiteralValue::String(text)) => text.inner().parse::<jiff::civil::Date>().ok(),
            _ => None,
        };
        let Some(day) = day else {
            self.fault(
                at,
                "invalid_date",
                "应为 date('2026-01-31') 形式的日期".into(),
                "a day is written date('2026-01-31')".into(),
            );
            return None;
        };
        Some(Value::Date(IntNode::Const(crate::age::day_number(day))))
    }

    /// The macros of CEL arrive expanded; their shapes are known, anything else was not written by them.
    fn comprehension(&mut self, at: &Expression, given: &ComprehensionExpr) -> Option<Value> {
        let ComprehensionExpr { iter_range, iter_var, iter_var2, .. } = given;
        let mut list = self.list(iter_range)?;
        if iter_var2.is_some() {
            self.unsupported(at, "a comprehension with two variables");
            return None;
        }
        if self.variables.len() >= SLOTS {
            self.unsupported(at, "a comprehension nested so deeply");
            return None;
        }
        let slot = self.variables.len();
        let is_fact = matches!(list.source, Source::Facts);
        self.variables.push(Variable { name: iter_var.clone(), is_fact });
        let built = self.expanded(at, &mut list, slot, given);
        self.variables.pop();
        Some(match built? {
            Built::Test(quantifier, test) => {
                Value::Bool(BoolNode::Quantified(quantifier, list, slot, test.into()))
            }
            Built::Filter => Value::List(list),
            Built::Term(term) => Value::Ints(list, slot, term),
        })
    }

    /// What a macro made of its list; a filter is noted in the list.
    fn expanded(
        &mut self,
        at: &Expression,
        list: &mut ListNode,
        slot: usize,
        given: &ComprehensionExpr,
    ) -> Option<Built> {
        let ComprehensionExpr { iter_var, accu_init: init, loop_step: step, .. } = given;
        let Expr::Call(CallExpr { func_name, args, .. }) = &step.expr else {
            self.unsupported(at, "this comprehension");
            return None;
        };
        match (&init.expr, func_name.as_str(), args.as_slice()) {
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, test]) => {
                Some(Built::Test(Quantifier::Exists, self.bool(test)?))
            }
            (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, test]) => {
                Some(Built::Test(Quantifier::All, self.bool(test)?))
            }
            (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [test, ..]) => {
                Some(Built::Test(Quantifier::ExistsOne, self.bool(test)?))
            }
            // `filter(v, p)`, and `map(v, p, f)`: p ? @result + [f] : @result.
            (Expr::List(_), operators::CONDITIONAL, [test, added, _]) => {
                let test = self.bool(test);
                let Expr::Call(CallExpr { args, .. }) = &added.expr else { return None };
                let [_, term] = args.as_slice() else { return None };
                let Expr::List(term) = &term.expr else { return None };
                let term = term.elements.first()?;
                list.filters.push((slot, test?));
                if matches!(&term.expr, Expr::Ident(name) if name == iter_var) {
                    return Some(Built::Filter);
                }
                Some(Built::Term(self.int(term)?))
            }
            // `map(v, f)`: @result + [f].
            (Expr::List(_), operators::ADD, [_, added]) => {
                let Expr::List(term) = &added.expr else { return None };
                Some(Built::Term(self.int(term.elements.first()?)?))
            }
            _ => {
                self.unsupported(at, "this comprehension");
                None
            }
        }
    }
}
