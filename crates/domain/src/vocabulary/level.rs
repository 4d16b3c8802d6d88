//! Level of government of an item: province, city, county (columns 7 and 8 of Attachment 1).
//!
//! Called by the import of the item list. The official note 4 asks for 省/市/县 while the official example itself says
//! `区级`, so the latter is read as county with a warning and never refused.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::UnknownWord;

crate::define_words! {
    /// Level of government that organises or supervises (组织层级, 监管层级).
    pub enum Level {
        /// Province.
        Province = "province", "省", ["省级", "自治区级", "直辖市级"];
        /// City with districts.
        City = "city", "市", ["市级", "设区市级", "地市级", "州级"];
        /// County or district.
        County = "county", "县", ["县级"];
    }
}

crate::define_words! {
    /// Remark on a level that was read but not written as the form asks.
    pub enum LevelWarning {
        /// The cell says district; the form knows province, city and county only.
        DistrictReadAsCounty = "district_read_as_county", "区级按县级处理", [];
    }
}

/// A level read from a cell with the remark it calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Normalised {
    /// The level.
    pub level: Level,
    /// Remark for the import report, if the text is not one of 省, 市, 县.
    pub warning: Option<LevelWarning>,
}

/// Spellings of the county level that name a district.
const DISTRICT_SPELLINGS: &[&str] =
    &["区", "区级", "区县", "区县级", "县区", "县区级", "区县市级", "旗级", "旗"];

impl Level {
    /// Reads one level: `省`, `市级`, `县`, `区级` (county with a warning), or the identifier.
    pub fn read(raw: &str) -> Result<Normalised, UnknownWord> {
        if let Ok(level) = raw.parse::<Level>() {
            return Ok(Normalised { level, warning: None });
        }
        let key = crate::text::search_key(raw);
        if DISTRICT_SPELLINGS.contains(&key.as_str()) {
            let warning = Some(LevelWarning::DistrictReadAsCounty);
            return Ok(Normalised { level: Level::County, warning });
        }
        Err(UnknownWord::new("Level", raw))
    }

    /// Reads a cell that may name several levels, such as `市县(区)级` or `省、市、县`; each level once, highest first.
    pub fn read_all(raw: &str) -> Result<Vec<Normalised>, UnknownWord> {
        if let Ok(one) = Self::read(raw) {
            return Ok(vec![one]);
        }
        let key = crate::text::search_key(raw);
        let mut levels: Vec<Normalised> = Vec::new();
        let (mut county, mut district) = (false, false);
        for c in key.chars() {
            match c {
                '省' => levels.push(Normalised { level: Level::Province, warning: None }),
                '市' => levels.push(Normalised { level: Level::City, warning: None }),
                '县' => county = true,
                '区' | '旗' => district = true,
                '级' => {}
                _ => return Err(UnknownWord::new("Level", raw)),
            }
        }
        if county || district {
            let warning = (!county).then_some(LevelWarning::DistrictReadAsCounty);
            levels.push(Normalised { level: Level::County, warning });
        }
        levels.sort_by_key(|one| one.level);
        levels.dedup_by_key(|one| one.level);
        if levels.is_empty() { Err(UnknownWord::new("Level", raw)) } else { Ok(levels) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_levels_are_read_without_a_warning() {
        for (text, level) in [
            ("省", Level::Province),
            ("省级", Level::Province),
            ("市", Level::City),
            (" 市级 ", Level::City),
            ("县", Level::County),
            ("县级", Level::County),
            ("county", Level::County),
        ] {
            assert_eq!(Level::read(text), Ok(Normalised { level, warning: None }), "{text}");
        }
    }

    #[test]
    fn a_district_is_read_as_county_with_a_warning() {
        for text in ["区", "区级", "县（区）级", "区县级"] {
            let read = Level::read(text).unwrap();
            assert_eq!(read.level, Level::County, "{text}");
            assert_eq!(read.warning, Some(LevelWarning::DistrictReadAsCounty), "{text}");
        }
    }

    #[test]
    fn a_cell_with_two_levels_gives_both() {
        let levels =
            |text: &str| Level::read_all(text).unwrap().iter().map(|one| one.level).collect::<Vec<_>>();
        assert_eq!(levels("市县(区)级"), [Level::City, Level::County]);
        assert_eq!(levels("省、市、县"), [Level::Province, Level::City, Level::County]);
        assert_eq!(levels("区级"), [Level::County]);
        assert!(Level::read_all("镇级").is_err());
        assert!(Level::read_all("").is_err());
    }

    #[test]
    fn a_level_above_or_below_the_form_is_refused() {
        for text in ["国家级", "镇级", ""] {
            assert!(Level::read(text).is_err(), "{text}");
        }
    }
}
