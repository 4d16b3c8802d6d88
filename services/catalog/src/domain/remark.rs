//! Remarks on an item's content (提示): what the notes of the official form ask for and the content does not give.
//!
//! Never a refusal: the official example itself breaks notes 3 and 4. Called by the item view and by the import, which
//! turns the pointers into cells.

use super::content::{ItemContent, LevelCell};
use domain::law::{self, LawRemarkCode};
use domain::vocabulary::{Level, LevelWarning};

/// Words that say what is done to the subject (note 2).
const VERBS: &[&str] = &[
    "检查", "监管", "监督", "核查", "抽查", "巡查", "监测", "管理", "审查", "稽查", "查处", "检验", "检测",
    "执法", "考核", "评估", "督查", "整治", "查验",
];
/// Fewer characters cannot describe concrete content.
const SHORTEST: usize = 8;

/// One remark with a JSON pointer to its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub pointer: String,
    /// Stable code.
    pub code: &'static str,
    /// The text it is about, cut.
    pub value: String,
    /// What could be better, in Chinese.
    pub zh: &'static str,
    /// What could be better, in English.
    pub en: &'static str,
}

fn remark(pointer: &str, code: &'static str, value: &str, zh: &'static str, en: &'static str) -> Remark {
    Remark { pointer: pointer.to_string(), code, value: value.chars().take(80).collect(), zh, en }
}

/// All remarks, in the order of the form's columns.
#[must_use]
pub fn remarks(content: &ItemContent) -> Vec<Remark> {
    let mut out = Vec::new();
    of_item("/lead_item", &content.lead_item, &mut out);
    of_basis("/lead_basis", &content.lead_basis, &mut out);
    if content.subject_kinds.is_empty() {
        out.push(remark(
            "/subject_desc",
            "subject_kind_unknown",
            &content.subject_desc,
            "未能识别监管对象类别，请写明企业、个体工商户等类别",
            "no kind of subject is named",
        ));
    }
    of_level("/organising_levels", &content.organising_level, &mut out);
    of_level("/supervision_levels", &content.supervision_level, &mut out);
    for (i, c) in content.cooperating.iter().enumerate() {
        of_item(&format!("/cooperating/{i}/item"), &c.item, &mut out);
        of_basis(&format!("/cooperating/{i}/basis"), &c.basis, &mut out);
    }
    out
}

fn of_item(pointer: &str, text: &str, out: &mut Vec<Remark>) {
    let is_short = text.chars().count() < SHORTEST;
    if is_short || !VERBS.iter().any(|v| text.contains(v)) {
        out.push(remark(
            pointer,
            "item_not_concrete",
            text,
            "监管事项应描述具体的检查内容（附件1注2）",
            "an item should describe the concrete content of inspection (note 2)",
        ));
    }
}

fn of_basis(pointer: &str, text: &str, out: &mut Vec<Remark>) {
    if text.is_empty() {
        out.push(remark(pointer, "basis_missing", "", "未填写设定依据", "no legal basis is given"));
        return;
    }
    for r in law::parse(text).warnings {
        let (code, zh, en) = match r.code {
            LawRemarkCode::NoArticle => (
                "no_article",
                "设定依据应为法律法规的具体条文（附件1注3）",
                "the law is named without an article (note 3)",
            ),
            LawRemarkCode::EndsInDeng => (
                "ends_in_deng",
                "以“等”结尾，依据不完整（附件1注3）",
                "the list ends in 等, so it is not complete (note 3)",
            ),
            LawRemarkCode::Unparsed => {
                ("basis_unparsed", "未能识别为法律条文", "not understood as a citation")
            }
        };
        out.push(remark(pointer, code, &r.text, zh, en));
    }
}

fn of_level(pointer: &str, cell: &LevelCell, out: &mut Vec<Remark>) {
    if cell.levels.is_empty() {
        out.push(remark(pointer, "level_missing", &cell.text, "未填写层级", "no level is given"));
        return;
    }
    let is_district = Level::read_all(&cell.text)
        .is_ok_and(|all| all.iter().any(|l| l.warning == Some(LevelWarning::DistrictReadAsCounty)));
    if is_district {
        out.push(remark(
            pointer,
            "district_read_as_county",
            &cell.text,
            "层级指省、市、县（附件1注4），“区级”按县级处理",
            "the levels are province, city and county (note 4); district is read as county",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::content::tests::example;
    use super::*;

    #[test]
    fn the_official_example_breaks_notes_three_and_four_and_nothing_else() {
        let found: Vec<_> = remarks(&example()).into_iter().map(|r| (r.pointer, r.code, r.value)).collect();
        let expected = [
            ("/lead_basis", "ends_in_deng", "中华人民共和国劳动法"),
            ("/lead_basis", "no_article", "中华人民共和国劳动法"),
            ("/organising_levels", "district_read_as_county", "区级"),
            ("/supervision_levels", "district_read_as_county", "区级"),
            ("/cooperating/0/basis", "no_article", "中华人民共和国公司法"),
            ("/cooperating/0/basis", "no_article", "市场主体登记管理条例"),
            ("/cooperating/1/basis", "ends_in_deng", "中华人民共和国企业所得税法"),
            ("/cooperating/1/basis", "no_article", "中华人民共和国企业所得税法"),
        ];
        let places: Vec<_> = found.iter().map(|(p, c, v)| (p.as_str(), *c, v.as_str())).collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn a_short_item_or_one_without_a_verb_is_not_concrete() {
        for (text, concrete) in [
            ("监管", false),
            ("对企业的监管", false),
            ("企业用工相关的各种情况", false),
            ("对企业用工情况的检查", true),
        ] {
            let mut content = example();
            content.lead_item = text.into();
            let is_remarked = remarks(&content).iter().any(|r| r.code == "item_not_concrete");
            assert_eq!(is_remarked, !concrete, "{text}");
        }
    }
}
