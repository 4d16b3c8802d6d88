//! Regions that the suite knows by name: the city of Hanzhong, its counties, the townships of Nanzheng.
//!
//! Data only. County codes: GB/T 2260. Township codes: statistical division codes, state of 2023-06-30. Called by
//! [`super::region`].

use jiff::civil::date;

use super::region::Region;

const fn known(code: &'static str, name: &'static str) -> Region {
    Region { code, name, valid_from: None, valid_to: None }
}

/// The province of Shaanxi.
pub(super) const SHAANXI: Region = known("610000", "陕西省");

/// The city of Hanzhong.
pub(super) const HANZHONG: Region = known("610700", "汉中市");

/// The eleven districts and counties of Hanzhong in force.
pub(super) const COUNTIES: &[Region] = &[
    known("610702", "汉台区"),
    Region { code: "610703", name: "南郑区", valid_from: Some(date(2017, 9, 28)), valid_to: None },
    known("610722", "城固县"),
    known("610723", "洋县"),
    known("610724", "西乡县"),
    known("610725", "勉县"),
    known("610726", "宁强县"),
    known("610727", "略阳县"),
    known("610728", "镇巴县"),
    known("610729", "留坝县"),
    known("610730", "佛坪县"),
];

/// Nanzheng while it was a county; its code lives on in older credit codes and citizen ids.
pub(super) const OLD_NANZHENG: Region =
    Region { code: "610721", name: "南郑县", valid_from: None, valid_to: Some(date(2017, 9, 28)) };

/// The 22 townships of Nanzheng: two streets and twenty towns.
pub(super) const TOWNSHIPS: &[Region] = &[
    known("610703001", "汉山街道"),
    known("610703002", "中所营街道"),
    known("610703101", "圣水镇"),
    known("610703102", "大河坎镇"),
    known("610703103", "协税镇"),
    known("610703104", "梁山镇"),
    known("610703105", "阳春镇"),
    known("610703106", "高台镇"),
    known("610703107", "新集镇"),
    known("610703108", "濂水镇"),
    known("610703109", "黄官镇"),
    known("610703110", "青树镇"),
    known("610703111", "红庙镇"),
    known("610703112", "牟家坝镇"),
    known("610703113", "法镇"),
    known("610703114", "湘水镇"),
    known("610703115", "小南海镇"),
    known("610703116", "碑坝镇"),
    known("610703117", "黎坪镇"),
    known("610703118", "福成镇"),
    known("610703119", "两河镇"),
    known("610703120", "胡家营镇"),
];
