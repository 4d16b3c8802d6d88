//! The hand-written reader of legal-basis cells. Called through [`super::parse`].
//!
//! A loop over what may come next: a title in 《》, a bracketed number, provisions, the word 等, bare text. Hand-written and
//! not a pattern, because titles nest and real cells break every pattern somewhere.

use super::{
    Article, LawRemark, LawRemarkCode, LegalBases, LegalBasis,
    provision::{RANGE_MARKS, read_articles, read_continuation, read_range},
};
use crate::{
    code::document_no,
    parse::{Cursor, numeral},
};

/// Words after a citation that say nothing.
const TAILS: &[&str] = &[
    "的相关规定",
    "的有关规定",
    "之相关规定",
    "相关规定",
    "有关规定",
    "的规定",
    "之规定",
    "规定",
    "有关条款",
    "相关条款",
    "及其实施",
    "以及",
    "或者",
    "和",
    "及",
    "与",
    "或",
    "。",
    ".",
];

/// Endings by which bare text is taken for a law.
const LAW_ENDINGS: &[&str] = &[
    "法",
    "条例",
    "办法",
    "规定",
    "细则",
    "规则",
    "决定",
    "通知",
    "意见",
    "规范",
    "标准",
    "章程",
    "方案",
    "目录",
    "清单",
    "规程",
    "公告",
    "解释",
    "准则",
    "通则",
    "纲要",
    "制度",
    "指南",
    "暂行规定",
];

/// Endings of titles that begin with 关于 and enclose another title.
const NOTICE_ENDINGS: &[&str] = &["的通知", "的决定", "的意见", "的公告", "的批复", "的通告", "的函"];

/// Endings by which text before a title is taken for its issuer.
const ISSUER_ENDINGS: &[&str] =
    &["院", "部", "局", "委", "会", "厅", "府", "署", "办公室", "大会", "银行", "省", "市", "总局"];

pub(super) struct Parser {
    cursor: Cursor,
    bases: Vec<Open>,
    warnings: Vec<LawRemark>,
}

/// A basis with its place in the cell.
struct Open {
    law: String,
    articles: Vec<Article>,
    document_no: Option<String>,
    from: usize,
    to: usize,
}

impl Parser {
    pub(super) fn new(cell: &str) -> Self {
        Self { cursor: Cursor::new(cell), bases: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn run(mut self) -> LegalBases {
        while let Some(c) = self.cursor.peek() {
            let from = self.cursor.position();
            if is_separator(c) || self.cursor.take_any(TAILS) {
                if self.cursor.position() == from {
                    self.cursor.next();
                }
            } else if self.cursor.take("等") {
                self.deng();
            } else if c == '《' {
                self.title(from, "");
            } else if is_opening(c) {
                self.bracket();
            } else if !self.provisions() && !self.broken_range() {
                self.bare(from);
            }
        }
        self.finish()
    }

    fn finish(mut self) -> LegalBases {
        let mut bases = Vec::new();
        for open in &self.bases {
            let raw = self.cursor.slice(open.from, open.to).trim().to_owned();
            if open.articles.is_empty() {
                self.warnings.push(LawRemark { code: LawRemarkCode::NoArticle, text: open.law.clone() });
            }
            bases.push(LegalBasis {
                law: open.law.clone(),
                articles: open.articles.clone(),
                document_no: open.document_no.clone(),
                raw,
            });
        }
        LegalBases { bases, warnings: self.warnings }
    }

    /// 等 counts only as the end of the list: nothing or a tail follows, not another law.
    fn deng(&mut self) {
        let text = self.bases.last().map(|open| open.law.clone()).unwrap_or_default();
        self.warnings.push(LawRemark { code: LawRemarkCode::EndsInDeng, text });
    }

    fn title(&mut self, from: usize, lead: &str) {
        let start = self.cursor.position();
        let Some(inner) = read_nested(&mut self.cursor, |c| c == '《', |c| c == '》') else {
            // An opening mark without its end: drop it and read on as bare text.
            self.cursor.rewind(start);
            self.cursor.next();
            self.unparsed("《");
            return;
        };
        let mut law = if lead.is_empty() { inner } else { format!("{lead}《{inner}》") };
        if !lead.is_empty() {
            for ending in NOTICE_ENDINGS {
                if self.cursor.take(ending) {
                    law.push_str(ending);
                    break;
                }
            }
        }
        let law = clean(&law);
        if law.is_empty() {
            self.unparsed("《》");
            return;
        }
        self.open(law, from);
    }

    fn open(&mut self, law: String, from: usize) {
        let to = self.cursor.position();
        self.bases.push(Open { law, articles: Vec::new(), document_no: None, from, to });
    }

    /// A bracket after a title: order number, edition of the title, or something else.
    fn bracket(&mut self) {
        let start = self.cursor.position();
        let Some(inner) = read_nested(&mut self.cursor, is_opening, is_closing) else {
            self.cursor.rewind(start);
            self.cursor.next();
            self.unparsed("（");
            return;
        };
        let to = self.cursor.position();
        let text = document_no::normalise(inner.trim());
        match self.bases.last_mut() {
            Some(open) if open.document_no.is_none() && is_number(&text) => {
                open.document_no = Some(text);
                open.to = to;
            }
            Some(open) if open.articles.is_empty() && is_edition(&text) => {
                open.law = clean(&format!("{}（{}）", open.law, text));
                open.to = to;
            }
            _ => self.unparsed(&inner),
        }
    }

    /// Provisions of the current law; false if none comes next or no law is open.
    fn provisions(&mut self) -> bool {
        let start = self.cursor.position();
        let Some(open) = self.bases.last_mut() else { return false };
        let mut articles = read_articles(&mut self.cursor);
        if articles.is_empty() {
            // 第三款 alone goes on with the article before it.
            match open.articles.last().copied().and_then(|last| read_continuation(&mut self.cursor, last)) {
                Some(article) => articles.push(article),
                None => {
                    self.cursor.rewind(start);
                    return false;
                }
            }
        } else if let [first] = articles[..]
            && let Some(range) = read_range(&mut self.cursor, first)
        {
            articles = range;
        }
        open.articles.extend(articles);
        open.to = self.cursor.position();
        true
    }

    /// 至 before an article that makes no sensible range: both ends stay, the word becomes a remark.
    fn broken_range(&mut self) -> bool {
        let start = self.cursor.position();
        if !self.bases.is_empty() && self.cursor.take_any(RANGE_MARKS) && self.article_follows() {
            let mark = self.cursor.slice(start, self.cursor.position());
            self.unparsed(&mark);
            return true;
        }
        self.cursor.rewind(start);
        false
    }

    /// Text outside 《》 up to a separator, a title, a bracket or a provision.
    fn bare(&mut self, from: usize) {
        let mut run = String::new();
        while let Some(c) = self.cursor.peek() {
            let stops =
                matches!(c, '《' | '》' | '、' | '，' | ',' | '；' | ';' | '。' | '\n') || is_opening(c);
            if (stops && !run.is_empty()) || (!run.is_empty() && self.article_follows()) {
                break;
            }
            run.push(c);
            self.cursor.next();
        }
        let next = self.cursor.peek();
        let text = clean(run.trim());
        let (name, ends_in_deng) = match text.strip_suffix('等') {
            Some(name) => (name.to_owned(), true),
            None => (text.clone(), false),
        };
        let ends_in = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if next == Some('《') && (name.contains("关于") || name.ends_with("印发")) {
            self.title(from, &name);
        } else if name.chars().count() > 1
            && (self.article_follows() || ends_in(LAW_ENDINGS) || self.number_follows())
        {
            self.open(name, from);
            if ends_in_deng {
                self.deng();
            }
        } else if !(next == Some('《') && ends_in(ISSUER_ENDINGS)) {
            self.unparsed(run.trim());
        }
    }

    fn article_follows(&self) -> bool {
        !read_articles(&mut self.cursor.clone()).is_empty()
    }

    fn number_follows(&self) -> bool {
        read_nested(&mut self.cursor.clone(), is_opening, is_closing)
            .is_some_and(|inner| is_number(&document_no::normalise(inner.trim())))
    }

    fn unparsed(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.warnings.push(LawRemark { code: LawRemarkCode::Unparsed, text: text.to_owned() });
        }
    }
}

/// Text between an opening mark and its own end, inner marks kept; none if it never ends.
fn read_nested(cursor: &mut Cursor, opens: fn(char) -> bool, closes: fn(char) -> bool) -> Option<String> {
    if !cursor.peek().is_some_and(opens) {
        return None;
    }
    let mut depth = 0_usize;
    let mut inner = String::new();
    while let Some(c) = cursor.next() {
        if opens(c) {
            depth += 1;
            if depth == 1 {
                continue;
            }
        } else if closes(c) {
            depth -= 1;
            if depth == 0 {
                return Some(inner);
            }
        }
        inner.push(c);
    }
    None
}

const fn is_opening(c: char) -> bool {
    matches!(c, '（' | '(')
}

const fn is_closing(c: char) -> bool {
    matches!(c, '）' | ')')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '、' | '，' | ',' | '；' | ';' | '：' | ':' | '》' | '）' | ')')
}

/// Whether a bracket holds an order or document number, or the number of a standard such as `GB 17167`.
fn is_number(text: &str) -> bool {
    let has_digit = text.chars().any(numeral::is_numeral);
    let is_standard =
        text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().any(|c| c.is_ascii_digit());
    (has_digit && text.ends_with('号')) || is_standard
}

/// Whether a bracket names an edition, which belongs to the title.
fn is_edition(text: &str) -> bool {
    ["修正", "修订", "试行", "暂行", "修改"].iter().any(|word| text.contains(word))
}

/// Title as it is compared: full-width brackets, no space beside a Chinese character, no line break.
fn clean(title: &str) -> String {
    let chars: Vec<char> = title.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    let is_latin =
        |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c: &char| c.is_ascii_alphanumeric());
    chars
        .iter()
        .enumerate()
        .filter(|(at, c)| **c != ' ' || (is_latin(at.checked_sub(1)) && is_latin(Some(at + 1))))
        .map(|(_, c)| match c {
            '(' => '（',
            ')' => '）',
            other => *other,
        })
        .collect()
}
