//! Tests of the legal-basis reader: the wordings of the official form and of real inspection lists.

use proptest::prelude::*;

use super::*;

/// One citation in short: title, number, provisions in canonical form.
fn short(cell: &str) -> Vec<(String, Option<String>, Vec<String>)> {
    parse(cell)
        .bases
        .into_iter()
        .map(|b| (b.law, b.document_no, b.articles.iter().map(Article::to_string).collect()))
        .collect()
}

fn one(cell: &str) -> (String, Option<String>, Vec<String>) {
    let mut all = short(cell);
    assert_eq!(all.len(), 1, "{cell}");
    all.remove(0)
}

#[test]
fn provisions_of_one_law_are_read() {
    for (cell, articles) in [
        ("《中华人民共和国劳动法》第八十五条第二款、第九条", vec!["第八十五条第二款", "第九条"]),
        ("《劳动法》第85条第2款、第9条", vec!["第八十五条第二款", "第九条"]),
        ("《劳动法》第８５条", vec!["第八十五条"]),
        ("《刑法》第十二条之一第一款", vec!["第十二条之一第一款"]),
        ("《税收征收管理法》第四十七条第一款第（三）项", vec!["第四十七条第一款第三项"]),
        ("《税收征收管理法》第四十七条第(三)项", vec!["第四十七条第三项"]),
        ("《劳动法》第八十五条第二款、第三款", vec!["第八十五条第二款", "第八十五条第三款"]),
        ("《劳动法》第三、四条", vec!["第三条", "第四条"]),
        ("《合伙企业法》第五条至第七条", vec!["第五条", "第六条", "第七条"]),
        ("《劳动法》 第五条、 第八条。", vec!["第五条", "第八条"]),
        ("《食品安全法》第一百零九条的相关规定", vec!["第一百零九条"]),
        ("《劳动法》第十二条之规定", vec!["第十二条"]),
    ] {
        assert_eq!(one(cell).2, articles, "{cell}");
        assert!(parse(cell).warnings.is_empty(), "{cell}: {:?}", parse(cell).warnings);
    }
}

#[test]
fn several_laws_are_told_apart() {
    let laws = |cell: &str| short(cell).into_iter().map(|(law, ..)| law).collect::<Vec<_>>();
    assert_eq!(laws("《公司法》《条例》"), ["公司法", "条例"]);
    assert_eq!(
        laws("《产品质量法》第六十二条 《流通领域商品质量监督管理办法》第十条、第十一条"),
        ["产品质量法", "流通领域商品质量监督管理办法"]
    );
    assert_eq!(
        laws(
            "国务院《易制毒化学品管理条例》第三十二条、公安部《易制毒化学品购销和运输管理办法》第二十六条规定"
        ),
        ["易制毒化学品管理条例", "易制毒化学品购销和运输管理办法"]
    );
    assert_eq!(laws("《商标法》第六十八条《商标法实施条例》第八十八条"), ["商标法", "商标法实施条例"]);
}

#[test]
fn order_and_document_numbers_are_kept_with_a_normal_year() {
    for (cell, law, number) in [
        ("《成品油市场管理办法》(国务院令第412号)第三十条", "成品油市场管理办法", "国务院令第412号"),
        (
            "《典当管理办法》(商务部、公安部令2005年第8号)第四条",
            "典当管理办法",
            "商务部、公安部令2005年第8号",
        ),
        (
            "《医疗机构药品监督管理办法（试行）》（国食药监安[2011]442号）",
            "医疗机构药品监督管理办法（试行）",
            "国食药监安〔2011〕442号",
        ),
        (
            "《用能单位能源计量器具配备和管理通则》（GB 17167）",
            "用能单位能源计量器具配备和管理通则",
            "GB 17167",
        ),
    ] {
        let (found, document_no, _) = one(cell);
        assert_eq!((found.as_str(), document_no.as_deref()), (law, Some(number)));
    }
}

#[test]
fn nested_titles_stay_whole() {
    let (law, number, _) =
        one("《关于印发《食品生产企业随机抽查工作规程(试行)》的通知》（浙食药监规〔2015〕25号）");
    assert_eq!(law, "关于印发《食品生产企业随机抽查工作规程（试行）》的通知");
    assert_eq!(number.as_deref(), Some("浙食药监规〔2015〕25号"));
    let (law, ..) = one("浙江省食品药品监督管理局关于印发《飞行检查工作方案》的通知(浙食药监市〔2011〕6号)");
    assert_eq!(law, "浙江省食品药品监督管理局关于印发《飞行检查工作方案》的通知");
    let (law, ..) = one("《食品安全法》（2021年修正）第三十条");
    assert_eq!(law, "食品安全法（2021年修正）");
}

#[test]
fn a_law_without_title_marks_is_read() {
    assert_eq!(short("劳动法第八十五条、食品安全法第三十条").len(), 2);
    assert_eq!(one("中华人民共和国劳动法第八十五条第二款").0, "中华人民共和国劳动法");
    assert_eq!(one("公司登记管理条例").0, "公司登记管理条例");
    assert_eq!(one("安全生产法 第六十九条").2, ["第六十九条"]);
}

#[test]
fn what_is_missing_is_said() {
    use LawRemarkCode::*;
    let codes = |cell: &str| parse(cell).warnings.iter().map(|r| r.code).collect::<Vec<_>>();
    assert_eq!(codes("《劳动法》等"), [EndsInDeng, NoArticle]);
    assert_eq!(codes("《公司法》《市场主体登记管理条例》"), [NoArticle, NoArticle]);
    assert_eq!(codes("劳动法等"), [EndsInDeng, NoArticle]);
    assert_eq!(codes("《企业所得税法》等有关规定"), [EndsInDeng, NoArticle]);
    assert_eq!(codes("按上级安排"), [Unparsed]);
    assert_eq!(codes("《劳动法第五条"), [Unparsed]);
    assert_eq!(codes("《劳动法》第五条,)"), []);
    assert!(parse("").warnings.is_empty() && parse("").bases.is_empty());
    let odd = parse("《劳动法》第五条及三定方案约定");
    assert_eq!(odd.bases[0].articles, [Article::whole(5)]);
    assert_eq!(odd.warnings[0].text, "三定方案约定");
}

#[test]
fn the_raw_part_of_each_law_is_kept() {
    let parsed = parse("《劳动法》第5条；国务院《条例》（国务院令第1号）第2条");
    let raw: Vec<_> = parsed.bases.iter().map(|b| b.raw.as_str()).collect();
    assert_eq!(raw, ["《劳动法》第5条", "《条例》（国务院令第1号）第2条"]);
}

#[test]
fn an_absurd_range_is_not_spread_out() {
    let parsed = parse("《劳动法》第一条至第九千条");
    assert_eq!(parsed.bases[0].articles.len(), 2);
}

#[test]
fn the_canonical_form_has_chinese_numerals_and_full_width_brackets() {
    let cell = "《办法(试行)》([2015]25号) 第85条第2款第(3)项,第9条;劳动法第105条";
    assert_eq!(
        parse(cell).to_string(),
        "《办法（试行）》（〔2015〕25号）第八十五条第二款第三项、第九条、《劳动法》第一百零五条"
    );
}

fn article() -> impl Strategy<Value = Article> {
    let part = || prop::option::of(1_u32..30);
    (1_u32..1300, part(), part(), part()).prop_map(|(article, branch, paragraph, item)| Article {
        article,
        branch,
        paragraph,
        item,
    })
}

proptest! {
    #[test]
    fn the_canonical_form_of_made_citations_reads_back(
        laws in prop::collection::vec(("[劳动食品安全管理（）]{1,8}法", prop::collection::vec(article(), 0..4)), 0..4)
    ) {
        let bases = laws
            .into_iter()
            .map(|(law, articles)| LegalBasis { law, articles, document_no: None, raw: String::new() })
            .collect();
        let made = LegalBases { bases, warnings: Vec::new() };
        prop_assert!(parse(&made.to_string()).cites_the_same(&made), "{}", made);
    }

    #[test]
    fn the_canonical_form_of_any_cell_reads_back(
        cell in "[《》（）()第条款项之一二十百0-9、，；等规定劳动法令号〔〕\\[\\] 关于印发的通知国务院至-]{0,40}"
    ) {
        let parsed = parse(&cell);
        let again = parse(&parsed.to_string());
        prop_assert!(again.cites_the_same(&parsed), "{} -> {}", cell, parsed);
    }

    #[test]
    fn reading_never_panics(cell in "\\PC{0,60}") {
        let _ = parse(&cell);
    }
}
