//! Provisions of a law in a text: articles with branch, paragraph and item, lists and ranges of them.
//!
//! Called by [`super::parser`]. Each reader leaves the cursor where it was if its thing does not come next.

use super::Article;
use crate::parse::{Cursor, numeral};

/// Marks between the ends of a range.
pub(super) const RANGE_MARKS: &[&str] = &["至", "到", "——", "—", "–", "-", "~", "～", "－"];

/// Most articles that one range may spread into; a wider one is a misprint.
const WIDEST_RANGE: u32 = 300;

/// `第八十五条第二款第三项`, `第三、四条`, `第12条之一`; empty and not moved if no article comes next.
pub(super) fn read_articles(cursor: &mut Cursor) -> Vec<Article> {
    let start = cursor.position();
    let mut numbers = Vec::new();
    cursor.take("第");
    let marked = cursor.position() > start;
    while let Some(number) = read_number(cursor) {
        numbers.push(number);
        let before_mark = cursor.position();
        if !cursor.take_any(&["、", "，", ","]) {
            break;
        }
        if !cursor.peek().is_some_and(numeral::is_numeral) {
            cursor.rewind(before_mark);
            break;
        }
    }
    if !marked || numbers.is_empty() || !cursor.take("条") {
        cursor.rewind(start);
        return Vec::new();
    }
    let mut articles: Vec<Article> = numbers.into_iter().map(Article::whole).collect();
    if let Some(last) = articles.last_mut() {
        let before = cursor.position();
        last.branch = if cursor.take("之") { read_number(cursor) } else { None };
        if last.branch.is_none() {
            cursor.rewind(before);
        }
        last.paragraph = read_part(cursor, "款");
        last.item = read_part(cursor, "项");
    }
    articles
}

/// `第三款`, `第三款第一项`, `第二项` after an article: the same article with another part.
pub(super) fn read_continuation(cursor: &mut Cursor, last: Article) -> Option<Article> {
    let paragraph = read_part(cursor, "款");
    let item = read_part(cursor, "项");
    match (paragraph, item) {
        (None, None) => None,
        (None, item) => Some(Article { item, ..last }),
        (paragraph, item) => Some(Article { paragraph, item, ..last }),
    }
}

/// `至第八条` after an article: all of them.
pub(super) fn read_range(cursor: &mut Cursor, first: Article) -> Option<Vec<Article>> {
    let start = cursor.position();
    cursor.take_while(char::is_whitespace);
    let joined = cursor.take_any(RANGE_MARKS);
    let last = if joined { read_articles(cursor) } else { Vec::new() };
    let range = match last[..] {
        [last]
            if first == Article::whole(first.article)
                && last.branch.is_none()
                && last.article > first.article
                && last.article - first.article <= WIDEST_RANGE =>
        {
            (first.article..last.article).map(Article::whole).chain([last]).collect()
        }
        _ => {
            cursor.rewind(start);
            return None;
        }
    };
    Some(range)
}

/// `第二款`, `第（三）项`, `（三）项`; none and not moved if it does not come next.
fn read_part(cursor: &mut Cursor, name: &str) -> Option<u32> {
    let start = cursor.position();
    let marked = cursor.take("第");
    let bracketed = cursor.take_any(&["（", "("]);
    let number = if marked || bracketed { read_number(cursor) } else { None };
    let closed = !bracketed || cursor.take_any(&["）", ")"]);
    if number.is_some() && closed && cursor.take(name) {
        return number;
    }
    cursor.rewind(start);
    None
}

/// A numeral above zero.
fn read_number(cursor: &mut Cursor) -> Option<u32> {
    let start = cursor.position();
    let number = numeral::parse(&cursor.take_while(numeral::is_numeral)).filter(|n| *n > 0);
    if number.is_none() {
        cursor.rewind(start);
    }
    number
}
