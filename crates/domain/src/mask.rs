//! Minimal disclosure of personal data (`domain.md` §10.4): what of a name, number or address may be shown.
//!
//! Fails closed: a text it does not understand loses more, never less. It refuses to decide who may see the clear value;
//! the services do. Called wherever a record leaves the system.

use crate::vocabulary::SubjectKind;

/// Surnames of two characters that are common enough to be met.
const COMPOUND_SURNAMES: &[&str] = &[
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "夏侯", "端木",
    "长孙", "宇文", "轩辕", "南宫", "独孤", "呼延", "闻人", "申屠", "澹台", "公冶", "太史", "淳于", "单于",
    "钟离", "百里", "第五", "拓跋",
];

/// Name of a natural person: the surname and one star, however long the given name is.
///
/// `张三丰` gives `张*`, `欧阳小明` gives `欧阳*`. The length of the name is hidden too.
pub fn person_name(name: &str) -> String {
    let name = crate::text::normalise(name);
    let count = name.chars().count();
    if count == 0 {
        return String::new();
    }
    let keep =
        if count >= 3 && COMPOUND_SURNAMES.iter().any(|surname| name.starts_with(surname)) { 2 } else { 1 };
    // A name of one character has nothing left to hide behind.
    if count == 1 {
        return "*".to_owned();
    }
    name.chars().take(keep).chain(['*']).collect()
}

/// Citizen id: four characters at each end, `6107**********1230`; shorter texts become stars.
pub fn citizen_id(id: &str) -> String {
    let length = id.chars().count();
    if length < 15 {
        return "*".repeat(length);
    }
    keep_ends(id, 4, 4)
}

/// Mobile number: three and four digits, `138****1234`; other numbers show at most their last two.
pub fn mobile(number: &str) -> String {
    match number.chars().count() {
        11 => keep_ends(number, 3, 4),
        0..=5 => "*".repeat(number.chars().count()),
        _ => keep_ends(number, 0, 2),
    }
}

/// Home address: cut after the township; what cannot be cut there is cut after the county, else hidden.
///
/// `陕西省汉中市南郑区汉山街道江南西路12号` gives `陕西省汉中市南郑区汉山街道`.
pub fn address(text: &str) -> String {
    let text = crate::text::normalise(text);
    let chars: Vec<char> = text.chars().collect();
    let cut = township_end(&chars).or_else(|| county_end(&chars));
    cut.map_or_else(|| "*".repeat(3.min(chars.len())), |end| chars.iter().take(end).collect())
}

/// Operator of a subject: masked when the subject is an individual business (个体工商户), which is a natural person.
pub fn operator_name(kind: SubjectKind, name: &str) -> String {
    if kind == SubjectKind::IndividualBusiness { person_name(name) } else { name.to_owned() }
}

/// Keeps the ends and puts one star for each character between.
fn keep_ends(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    text.chars().enumerate().map(|(at, c)| if at < head || at + tail >= length { c } else { '*' }).collect()
}

/// End of the first township name. 镇 and 乡 inside county names (镇巴县, 西乡县, 景德镇市) do not count.
fn township_end(chars: &[char]) -> Option<usize> {
    let mut start = 0;
    for (at, c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        match c {
            '省' | '市' | '县' | '区' | '旗' | '盟' if at > start => start = at + 1,
            '镇' | '乡' if at > start && !matches!(next, Some('市' | '县' | '区' | '街')) => {
                return Some(at + 1);
            }
            '街' if at > start && next == Some(&'道') => {
                let is_office = chars.get(at + 2..at + 5).is_some_and(|tail| tail == ['办', '事', '处']);
                return Some(if is_office { at + 5 } else { at + 2 });
            }
            '苏' if at > start && next == Some(&'木') => return Some(at + 2),
            _ => {}
        }
    }
    None
}

/// End of the first county or, without one, of the city; names such as 小区 and 园区 are no county.
fn county_end(chars: &[char]) -> Option<usize> {
    let is_place = |at: usize| {
        at >= 1 && !matches!(chars.get(at - 1), Some('小' | '社' | '园' | '校' | '库' | '厂' | '住' | '新'))
    };
    let county =
        chars.iter().enumerate().take(16).find(|(at, c)| matches!(c, '县' | '区' | '旗') && is_place(*at));
    let city = chars.iter().enumerate().take(12).find(|(at, c)| **c == '市' && *at >= 1);
    county.or(city).map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_keeps_its_surname_alone() {
        for (name, masked) in [
            ("张三", "张*"),
            ("张三丰", "张*"),
            ("欧阳小明", "欧阳*"),
            ("欧阳", "欧*"),
            ("阿卜杜拉·买买提", "阿*"),
            ("张", "*"),
            ("", ""),
        ] {
            assert_eq!(person_name(name), masked, "{name}");
        }
    }

    #[test]
    fn numbers_keep_their_ends() {
        assert_eq!(citizen_id("610703199001011230"), "6107**********1230");
        assert_eq!(citizen_id("610703900101123"), "6107*******1123");
        assert_eq!(citizen_id("12345"), "*****");
        assert_eq!(mobile("13800001234"), "138****1234");
        assert_eq!(mobile("0916-5512345"), "**********45");
        assert_eq!(mobile("110"), "***");
    }

    #[test]
    fn an_address_ends_at_the_township() {
        for (text, masked) in [
            ("陕西省汉中市南郑区汉山街道江南西路12号", "陕西省汉中市南郑区汉山街道"),
            ("汉中市南郑区汉山街道办事处西大街24号", "汉中市南郑区汉山街道办事处"),
            ("南郑区大河坎镇李家营村3组", "南郑区大河坎镇"),
            ("汉中市镇巴县泾洋街道1号", "汉中市镇巴县泾洋街道"),
            ("陕西省汉中市镇巴县长岭镇2号", "陕西省汉中市镇巴县长岭镇"),
            ("汉中市西乡县城关镇南街5号", "汉中市西乡县城关镇"),
            ("大河坎镇幸福小区3号楼", "大河坎镇"),
            ("南郑区江南西路幸福小区3号楼", "南郑区"),
            ("汉中市劳动路5号", "汉中市"),
            ("幸福小区3号楼201", "***"),
            ("", ""),
        ] {
            assert_eq!(address(text), masked, "{text}");
        }
    }

    #[test]
    fn only_the_operator_of_an_individual_business_is_masked() {
        assert_eq!(operator_name(SubjectKind::IndividualBusiness, "李四"), "李*");
        assert_eq!(operator_name(SubjectKind::Enterprise, "李四"), "李四");
    }

    proptest! {
        #[test]
        fn no_mask_shows_more_than_it_was_given(text in "\\PC{0,30}") {
            let given = text.chars().count();
            prop_assert!(citizen_id(&text).chars().filter(|c| *c != '*').count() <= given.min(8));
            prop_assert!(mobile(&text).chars().filter(|c| *c != '*').count() <= given.min(7));
            prop_assert!(person_name(&text).chars().count() <= 3);
        }
    }
}
