//! Legal-basis cells (设定依据) read into law, article, paragraph and item.
//!
//! The official form asks for the exact provision (具体条文) and its own example names none, so nothing is refused: what is
//! missing or not understood becomes a remark beside the parsed part. It does not know which laws exist or are in force; that
//! is the catalog's library. Called by the item import and by punishment records.

mod parser;
mod provision;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::parse::numeral::to_chinese;

/// One provision of a law: article, with its branch, paragraph and item where they are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct Article {
    /// Article (条).
    pub article: u32,
    /// Branch of an inserted article (之一): 1 for 第十二条之一.
    pub branch: Option<u32>,
    /// Paragraph (款).
    pub paragraph: Option<u32>,
    /// Item (项).
    pub item: Option<u32>,
}

impl Article {
    /// An article as a whole.
    pub const fn whole(article: u32) -> Self {
        Self { article, branch: None, paragraph: None, item: None }
    }
}

/// One law with the provisions cited from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LegalBasis {
    /// Title of the law without 《》; inner titles keep theirs, brackets are full width, spaces between characters gone.
    pub law: String,
    /// Provisions in the order cited; ranges are spread out. Empty if none is named.
    pub articles: Vec<Article>,
    /// Document or order number given in brackets, year in 〔〕: `国药监市〔2005〕25号`, `国务院令第412号`.
    pub document_no: Option<String>,
    /// The part of the cell it was read from.
    pub raw: String,
}

crate::define_words! {
    /// Kind of a remark on a legal-basis cell.
    pub enum LawRemarkCode {
        /// A law is named without an article.
        NoArticle = "no_article", "未写明具体条文", [];
        /// The list ends in 等, so the basis is not complete.
        EndsInDeng = "ends_in_deng", "以“等”结尾，依据不完整", [];
        /// A part of the cell was not understood.
        Unparsed = "unparsed", "未能识别", [];
    }
}

/// A remark on a legal-basis cell with the text it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LawRemark {
    /// Kind of the remark.
    pub code: LawRemarkCode,
    /// Title of the law, or the part that was not understood.
    pub text: String,
}

/// A parsed legal-basis cell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct LegalBases {
    /// Laws in the order of the cell.
    pub bases: Vec<LegalBasis>,
    /// What is missing or was not understood.
    pub warnings: Vec<LawRemark>,
}

/// Reads a legal-basis cell; never fails.
///
/// Reads `《中华人民共和国劳动法》第八十五条第二款、第九条`, Chinese and Arabic numerals, `第十二条之一`, `第三、四条`,
/// `第五条至第八条`, order numbers in brackets, several laws with or without separators, and laws without 《》.
pub fn parse(cell: &str) -> LegalBases {
    parser::Parser::new(cell).run()
}

impl LegalBases {
    /// Whether a remark of this kind was made.
    pub fn has_warning(&self, code: LawRemarkCode) -> bool {
        self.warnings.iter().any(|remark| remark.code == code)
    }

    /// Whether two cells cite the same, whatever their wording.
    pub fn cites_the_same(&self, other: &Self) -> bool {
        let cited = |one: &Self| -> Vec<(String, Vec<Article>, Option<String>)> {
            one.bases.iter().map(|b| (b.law.clone(), b.articles.clone(), b.document_no.clone())).collect()
        };
        cited(self) == cited(other)
    }
}

/// Canonical form, `第八十五条第二款第三项`: Chinese numerals, no brackets round the item (立法技术规范).
impl fmt::Display for Article {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第{}条", to_chinese(self.article))?;
        if let Some(branch) = self.branch {
            write!(f, "之{}", to_chinese(branch))?;
        }
        if let Some(paragraph) = self.paragraph {
            write!(f, "第{}款", to_chinese(paragraph))?;
        }
        if let Some(item) = self.item {
            write!(f, "第{}项", to_chinese(item))?;
        }
        Ok(())
    }
}

/// Canonical form, `《title》（number）第一条、第二条`.
impl fmt::Display for LegalBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "《{}》", self.law)?;
        if let Some(number) = &self.document_no {
            write!(f, "（{number}）")?;
        }
        for (at, article) in self.articles.iter().enumerate() {
            if at > 0 {
                f.write_str("、")?;
            }
            article.fmt(f)?;
        }
        Ok(())
    }
}

/// Canonical form of a cell: the laws joined by `、`; remarks are not written.
impl fmt::Display for LegalBases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, basis) in self.bases.iter().enumerate() {
            if at > 0 {
                f.write_str("、")?;
            }
            basis.fmt(f)?;
        }
        Ok(())
    }
}
