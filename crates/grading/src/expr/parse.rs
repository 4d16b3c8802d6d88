//! Parsing by the `cel` crate, with its limits: length, depth, and a stack of its own.
//!
//! The crate's parser recurses without a guard and uses some hundred kilobytes a level in debug builds; so it runs on a
//! thread whose stack holds the deepest input admitted, whatever the caller has left.

use super::ExprFault;
use cel::common::ast::SourceInfo;
use cel::parser::{Expression, Parser};

/// Longest expression, in characters.
const MAX_CHARS: usize = 2000;
/// Deepest nesting.
const MAX_DEPTH: u16 = 32;
/// Stack of the parser's thread; only touched pages cost memory.
const STACK_BYTES: usize = 64 << 20;

/// A parsed expression with the places of its nodes.
pub(crate) struct Parsed {
    pub(crate) root: Expression,
    places: SourceInfo,
}

impl Parsed {
    /// Column of a node, counted in characters from 1.
    pub(crate) fn column(&self, id: u64) -> u32 {
        // The crate counts bytes.
        let start = self.places.offset_for(id).map_or(0, |(start, _)| start as usize);
        let before = self.places.source.char_indices().take_while(|(at, _)| *at < start).count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}

pub(crate) fn parse(source: &str) -> Result<Parsed, Vec<ExprFault>> {
    let length = source.chars().count();
    if length > MAX_CHARS {
        return Err(vec![ExprFault::new(
            1,
            "expression_too_long",
            format!("表达式最长{MAX_CHARS}个字符"),
            format!("an expression has at most {MAX_CHARS} characters"),
        )]);
    }
    let text = source.to_owned();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let parser = Parser::new().max_recursion_depth(MAX_DEPTH).error_recovery_limit(4);
        parser.parse_with_source_info(&text).map_err(|e| {
            let faults = e.errors.iter().map(|e| (column_of(&text, e.pos), e.msg.clone()));
            faults.collect::<Vec<_>>()
        })
    });
    let unparsable = |column, message: &str| {
        ExprFault::new(column, "syntax", "表达式语法错误", format!("not an expression: {message}"))
    };
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok((root, places)))) => Ok(Parsed { root, places }),
        Ok(Ok(Err(faults))) => Err(faults.iter().map(|(column, m)| unparsable(*column, m)).collect()),
        Ok(Err(_)) | Err(_) => Err(vec![unparsable(1, "the parser gave up")]),
    }
}

/// Column in characters from the parser's line (from 1) and column (from 0 or 1, kept within the text).
fn column_of(text: &str, (line, column): (isize, isize)) -> u32 {
    let lines_before = usize::try_from(line - 1).unwrap_or(0);
    let before: usize = text.split_inclusive('\n').take(lines_before).map(|l| l.chars().count()).sum();
    let here = usize::try_from(column).unwrap_or(0).max(1);
    u32::try_from((before + here).min(text.chars().count() + 1)).unwrap_or(u32::MAX)
}
