//! Region codes (行政区划代码): six digits of GB/T 2260, nine for a township, twelve for a village.
//!
//! Knows by name the regions the district works with; other codes are checked by form and province only, since the full
//! table changes every year and belongs in a database. Called by credit codes, citizen ids, data scopes and geography.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CodeFault, first_foreign, region_table, require_length};

/// The district of Nanzheng (南郑区).
pub const NANZHENG: &str = "610703";

/// The county of Nanzheng (南郑县), withdrawn when it became a district.
pub const OLD_NANZHENG: &str = "610721";

/// Why 610721 is read as 610703: the county became a district with the same territory.
pub const OLD_NANZHENG_REASON: &str = "国函〔2017〕108号：撤销南郑县，设立汉中市南郑区，以原南郑县的行政区域为南郑区的行政区域（2017年9月28日成立）";

/// Province codes of GB/T 2260; 10 stands for bodies registered with organs of the state.
const PROVINCES: &[&str] = &[
    "10", "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81",
    "82", "83",
];

/// A region known by name, valid in a half-open interval; an open end means not known or not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Six or nine digits.
    pub code: &'static str,
    /// Official Chinese name.
    pub name: &'static str,
    /// First day of validity.
    pub valid_from: Option<Date>,
    /// First day on which it is no longer valid.
    pub valid_to: Option<Date>,
}

impl Region {
    /// Whether the region existed under this code on a day.
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}

/// The eleven districts and counties of Hanzhong in force.
pub const HANZHONG_COUNTIES: &[Region] = region_table::COUNTIES;

/// The 22 townships of Nanzheng, statistical codes of 2023-06-30.
pub const NANZHENG_TOWNSHIPS: &[Region] = region_table::TOWNSHIPS;

/// Every region the suite knows by name, withdrawn ones included, from wide to narrow.
pub fn known_regions() -> impl Iterator<Item = &'static Region> {
    [&region_table::SHAANXI, &region_table::HANZHONG]
        .into_iter()
        .chain(HANZHONG_COUNTIES)
        .chain([&region_table::OLD_NANZHENG])
        .chain(NANZHENG_TOWNSHIPS)
}

crate::define_words! {
    /// Tier of a region code.
    pub enum RegionTier {
        /// Two significant digits.
        Province = "province", "省级", [];
        /// Four significant digits.
        City = "city", "地级", [];
        /// Six digits.
        County = "county", "县级", [];
        /// Nine digits.
        Township = "township", "乡级", [];
        /// Twelve digits.
        Village = "village", "村级", [];
    }
}

/// A region code of six, nine or twelve digits with a province that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[0-9]{6}([0-9]{3}){0,2}$", example = "610703001")]
pub struct RegionCode(String);

impl RegionCode {
    /// Reads a code; refuses other lengths, characters and provinces. A withdrawn code is kept as written.
    pub fn parse(raw: &str) -> Result<Self, CodeFault> {
        let code = super::normalise(raw);
        require_length(&code, "6/9/12", &[6, 9, 12])?;
        if let Some(fault) = first_foreign(&code, "0123456789") {
            return Err(fault);
        }
        if !is_known_province(&code) {
            return Err(CodeFault::UnknownProvince { region: code.get(..6).unwrap_or("").to_owned() });
        }
        Ok(Self(code))
    }

    /// The digits as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tier, from the length and the trailing zeros: `610703000` is a county.
    pub fn tier(&self) -> RegionTier {
        match self.significant().len() {
            2 => RegionTier::Province,
            4 => RegionTier::City,
            6 => RegionTier::County,
            9 => RegionTier::Township,
            _ => RegionTier::Village,
        }
    }

    /// The region one tier up; none for a province.
    pub fn parent(&self) -> Option<Self> {
        let digits = match self.tier() {
            RegionTier::Province => return None,
            RegionTier::City => self.0.get(..2),
            RegionTier::County => self.0.get(..4),
            RegionTier::Township => self.0.get(..6),
            RegionTier::Village => self.0.get(..9),
        };
        digits.map(|digits| Self(format!("{digits:0<6}")))
    }

    /// Whether the other region is this one or lies inside it; withdrawn codes count as their successors.
    pub fn contains(&self, other: &Self) -> bool {
        let (outer, inner) = (self.current(), other.current());
        inner.significant().starts_with(outer.significant())
    }

    /// The code in force: 610721 and what begins with it become 610703, all else stays.
    ///
    /// Townships were merged and renumbered over the years, so the last digits of a mapped nine- or twelve-digit code name
    /// the right county but not surely the right township.
    pub fn current(&self) -> Self {
        let (county, rest) = self.0.split_at(6);
        Self(format!("{}{rest}", current_county(county)))
    }

    /// The reason of the mapping, if this code was withdrawn.
    pub fn withdrawn_reason(&self) -> Option<&'static str> {
        self.0.starts_with(OLD_NANZHENG).then_some(OLD_NANZHENG_REASON)
    }

    /// The official name, if the suite knows the region.
    pub fn name(&self) -> Option<&'static str> {
        known_regions().find(|region| region.code == self.0).map(|region| region.name)
    }

    /// Digits without the zeros that only fill up to the tier.
    fn significant(&self) -> &str {
        let code = self.0.as_str();
        let code = if code.len() == 12 { code.strip_suffix("000").unwrap_or(code) } else { code };
        let code = if code.len() == 9 { code.strip_suffix("000").unwrap_or(code) } else { code };
        match (code.len(), code.get(2..6), code.get(4..6)) {
            (6, Some("0000"), _) => code.get(..2).unwrap_or(code),
            (6, _, Some("00")) => code.get(..4).unwrap_or(code),
            _ => code,
        }
    }
}

/// The county code in force for six digits; only 610721 changes here.
pub fn current_county(six: &str) -> &str {
    if six == OLD_NANZHENG { NANZHENG } else { six }
}

/// The township of Nanzheng of this name; the words 街道 and 街道办事处 are the same, a leading district name is ignored.
pub fn township_by_name(name: &str) -> Option<&'static Region> {
    let name = crate::text::normalise(name);
    let name =
        ["汉中市南郑区", "南郑区", "南郑县"].iter().find_map(|p| name.strip_prefix(p)).unwrap_or(&name);
    let name = name.strip_suffix("办事处").unwrap_or(name);
    let name = name.strip_suffix("人民政府").unwrap_or(name);
    NANZHENG_TOWNSHIPS.iter().find(|region| region.name == name)
}

/// Whether the first two digits are a province.
pub(crate) fn is_known_province(code: &str) -> bool {
    code.get(..2).is_some_and(|two| PROVINCES.contains(&two))
}

/// What is odd about the six digits inside a longer code: withdrawn, or no province.
pub(crate) fn warning_of_county(six: &str) -> Option<CodeFault> {
    if six == OLD_NANZHENG {
        let (region, current) = (six.to_owned(), NANZHENG.to_owned());
        return Some(CodeFault::RegionWithdrawn { region, current });
    }
    (!is_known_province(six)).then(|| CodeFault::UnknownProvince { region: six.to_owned() })
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_form!(RegionCode);

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn code(text: &str) -> RegionCode {
        RegionCode::parse(text).unwrap()
    }

    #[test]
    fn the_tier_is_read_from_the_digits() {
        for (text, tier) in [
            ("610000", RegionTier::Province),
            ("610700", RegionTier::City),
            ("610703", RegionTier::County),
            ("610703000", RegionTier::County),
            ("610703001", RegionTier::Township),
            ("610703001000", RegionTier::Township),
            ("610703001001", RegionTier::Village),
        ] {
            assert_eq!(code(text).tier(), tier, "{text}");
        }
    }

    #[test]
    fn other_lengths_and_provinces_are_refused() {
        assert!(matches!(RegionCode::parse("61070"), Err(CodeFault::WrongLength { found: 5, .. })));
        assert!(matches!(RegionCode::parse("990703"), Err(CodeFault::UnknownProvince { .. })));
        assert!(matches!(RegionCode::parse("61070X"), Err(CodeFault::BadCharacter { position: 6, .. })));
    }

    #[test]
    fn the_old_county_is_kept_as_written_and_read_as_the_district() {
        let old = code("610721101");
        assert_eq!((old.as_str(), old.current().as_str()), ("610721101", "610703101"));
        assert!(old.withdrawn_reason().unwrap().contains("国函〔2017〕108号"));
        assert!(code("610703").contains(&old) && !code("610722").contains(&old));
        assert_eq!(code("610703").withdrawn_reason(), None);
    }

    #[test]
    fn a_region_contains_itself_and_what_is_below() {
        assert!(code("610000").contains(&code("610703001001")));
        assert!(code("610700").contains(&code("610730")));
        assert!(!code("610703001").contains(&code("610703")));
        assert_eq!(code("610703001001").parent(), Some(code("610703001")));
        assert_eq!(code("610703001").parent(), Some(code("610703")));
        assert_eq!(code("610703").parent(), Some(code("610700")));
        assert_eq!(code("610700").parent(), Some(code("610000")));
        assert_eq!(code("610000").parent(), None);
    }

    #[test]
    fn the_tables_hold_eleven_counties_and_twenty_two_townships() {
        assert_eq!((HANZHONG_COUNTIES.len(), NANZHENG_TOWNSHIPS.len()), (11, 22));
        assert_eq!(NANZHENG_TOWNSHIPS.iter().filter(|t| t.name.ends_with("街道")).count(), 2);
        assert!(known_regions().all(|region| RegionCode::parse(region.code).is_ok()));
        assert_eq!(code("610703113").name(), Some("法镇"));
        assert_eq!(code("110101").name(), None);
    }

    #[test]
    fn the_county_ended_on_the_day_the_district_began() {
        let old = known_regions().find(|region| region.code == OLD_NANZHENG).unwrap();
        let new = known_regions().find(|region| region.code == NANZHENG).unwrap();
        for (day, was_county) in [(date(2017, 9, 27), true), (date(2017, 9, 28), false)] {
            assert_eq!((old.is_valid_on(day), new.is_valid_on(day)), (was_county, !was_county));
        }
    }

    #[test]
    fn a_township_is_found_by_its_name() {
        for (name, found) in [
            ("大河坎镇", Some("610703102")),
            ("汉山街道办事处", Some("610703001")),
            ("南郑区法镇人民政府", Some("610703113")),
            ("无名镇", None),
        ] {
            assert_eq!(township_by_name(name).map(|region| region.code), found, "{name}");
        }
    }
}
