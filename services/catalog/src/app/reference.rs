//! Reference data of the first start: organs, regions, industries, the calendar, the example item of the notice.
//!
//! Loaded once, in one change with audit entries and events; a database that knows an organ is left as it is, whatever was
//! changed or removed since. Called by `prepare`, before anything binds.

use super::{calendar, item, organ};
use crate::domain::calendar::{Notice, merge};
use crate::domain::content::{Cooperation, ItemContent, LevelCell};
use crate::domain::organ::{Organ, OrganDuty, OrganKind};
use crate::domain::record::Item;
use crate::store;
use crate::store::dictionary::{Industry, Region};
use domain::calendar::{CalendarDay, DayKind};
use domain::vocabulary::{ItemCategory, Level, SubjectKind};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use service_kit::change::Actor;
use service_kit::{Error, Kit, Result};
use std::collections::BTreeMap;
use store_kit::AnyConn;
use store_kit::types::Day;

const ORGANS: &str = include_str!("../../reference/organs.json");
const REGIONS: &str = include_str!("../../reference/regions.json");
const INDUSTRIES: &str = include_str!("../../reference/industries.json");
const CALENDAR: &str = include_str!("../../reference/calendar.json");
const ITEMS: &str = include_str!("../../reference/items.json");

/// First day of GB/T 4754-2017.
const CLASSIFICATION_FROM: Date = jiff::civil::date(2017, 10, 1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganFile {
    code: String,
    name: String,
    short_name: String,
    aliases: Vec<String>,
    kind: OrganKind,
    vertical: bool,
    is_enforcement_body: bool,
    duties: Vec<OrganDuty>,
    region_code: String,
    valid_from: Date,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionFile {
    code: String,
    name: String,
    level: String,
    parent: Option<String>,
    valid_from: Date,
    /// Last day, as the file's README says.
    valid_to: Option<Date>,
    maps_to: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndustryFile {
    code: String,
    name: String,
    level: String,
    section: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    name: String,
    years: Vec<i16>,
    sources: BTreeMap<String, String>,
    days: BTreeMap<Date, DayKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFile {
    #[serde(rename = "seq")]
    _seq: i64,
    field: String,
    lead_department: String,
    lead_item: String,
    lead_basis: String,
    subject_desc: String,
    organising_level: String,
    supervision_level: String,
    cooperating: Vec<CooperationFile>,
    #[serde(rename = "source_note")]
    _source_note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CooperationFile {
    department: String,
    item: String,
    basis: String,
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Error::internal(format!("reference data {name}: {e}")))
}

/// What is loaded.
struct Reference {
    organs: Vec<Organ>,
    regions: Vec<Region>,
    industries: Vec<Industry>,
    notices: Vec<(Notice, String)>,
    items: Vec<ItemContent>,
}

fn read() -> Result<Reference> {
    let organs = parse::<Vec<OrganFile>>("organs", ORGANS)?.into_iter().map(|o| {
        let OrganFile {
            code,
            name,
            short_name,
            aliases,
            kind,
            vertical,
            is_enforcement_body,
            duties,
            region_code,
            valid_from,
            note,
        } = o;
        Organ {
            code,
            name,
            short_name,
            aliases,
            kind,
            vertical,
            is_enforcement_body,
            duties,
            region_code,
            valid_from,
            valid_to: None,
            note,
            version: 1,
        }
    });
    let regions = parse::<Vec<RegionFile>>("regions", REGIONS)?.into_iter().map(|r| {
        let RegionFile { code, name, level, parent, valid_from, valid_to, maps_to, note } = r;
        // The file has the last day, the table the first one after it.
        let valid_to = valid_to.and_then(|d| d.checked_add(1.day()).ok()).map(Day);
        Region { code, name, level, parent, valid_from: Day(valid_from), valid_to, maps_to, note }
    });
    let industries = parse::<Vec<IndustryFile>>("industries", INDUSTRIES)?.into_iter().map(|i| {
        let IndustryFile { code, name, level, section } = i;
        Industry {
            code,
            classification_version: domain::code::industry::VERSION.to_string(),
            name,
            level,
            section,
            valid_from: Day(CLASSIFICATION_FROM),
            valid_to: None,
        }
    });
    Ok(Reference {
        organs: organs.collect(),
        regions: regions.collect(),
        industries: industries.collect(),
        notices: notices()?,
        items: parse::<Vec<ItemFile>>("items", ITEMS)?.into_iter().map(example).collect::<Result<_>>()?,
    })
}

fn notices() -> Result<Vec<(Notice, String)>> {
    let CalendarFile { name, years, sources, days } = parse("calendar", CALENDAR)?;
    let of = |year: i16| {
        let own = |date: &Date| {
            // The last days of December before the first year belong to that year's notice.
            date.year() == year || (date.year() + 1 == year && !years.contains(&date.year()))
        };
        let days =
            days.iter().filter(|(d, _)| own(d)).map(|(d, k)| CalendarDay { date: *d, kind: *k }).collect();
        let source = sources.get(&year.to_string()).map_or_else(|| name.clone(), |s| format!("{name} {s}"));
        (Notice { year, days }, source)
    };
    Ok(years.iter().map(|y| of(*y)).collect())
}

fn example(file: ItemFile) -> Result<ItemContent> {
    let ItemFile {
        _seq: _,
        field,
        lead_department,
        lead_item,
        lead_basis,
        subject_desc,
        organising_level,
        supervision_level,
        cooperating,
        _source_note: _,
    } = file;
    let level = |text: String| {
        let all =
            Level::read_all(&text).map_err(|e| Error::internal(format!("reference data items: {e}")))?;
        Ok::<_, Error>(LevelCell { levels: all.into_iter().map(|l| l.level).collect(), text })
    };
    let cooperating = cooperating.into_iter().map(|c| {
        let CooperationFile { department, item, basis } = c;
        Cooperation { department, department_text: None, item, basis }
    });
    Ok(ItemContent {
        industry: None,
        field,
        lead_department,
        // The notice writes the lead department in full and the others by their short names.
        lead_department_text: Some("区人力资源和社会保障局".to_string()),
        lead_item,
        lead_basis,
        subject_kinds: SubjectKind::find_in(&subject_desc),
        subject_desc,
        organising_level: level(organising_level)?,
        supervision_level: level(supervision_level)?,
        category: ItemCategory::Key,
        inspection_methods: Vec::new(),
        cooperating: cooperating.collect(),
    })
}

/// Loads the reference data, if the database knows no organ yet.
///
/// # Errors
/// The store's failures; 500 for reference data that does not read.
pub async fn load(kit: &Kit) -> Result<()> {
    if kit.store.read::<_, Error, _>(async |c| Ok(store::organ::organ_any(c).await?)).await? {
        return Ok(());
    }
    let reference = read()?;
    let actor = Actor::task("load_reference", kit.clock.now());
    service_kit::change::run(kit, actor, async move |tx| {
        if let AnyConn::Pg(_) = tx.conn() {
            // Two replicas may start at once; the second finds all loaded.
            tx.conn().batch("SELECT pg_advisory_xact_lock(7204, hashtext(current_schema()))").await?;
        }
        let now = tx.now();
        if store::organ::organ_any(tx.conn()).await? {
            tx.audit("reference", "first_start", serde_json::json!({"loaded": false}));
            return Ok(());
        }
        let Reference { organs, regions, industries, notices, items } = reference;
        store::organ::organ_create(tx.conn(), &organs, now).await?;
        for o in &organs {
            organ::tell(tx, "created", o)?;
        }
        store::dictionary::region_create(tx.conn(), &regions).await?;
        store::dictionary::industry_create(tx.conn(), &industries).await?;
        tx.audit(
            "reference",
            "first_start",
            serde_json::json!({"loaded": true, "regions": regions.len(), "industries": industries.len()}),
        );
        for (notice, source) in &notices {
            store::calendar::calendar_year_put(tx.conn(), notice, (source, "task:load_reference", 1), now)
                .await?;
        }
        let all: Vec<Notice> = notices.into_iter().map(|(n, _)| n).collect();
        let edition = merge(&all).map_err(|e| Error::internal(e.to_string()))?;
        let whole = edition.calendar().map_err(|e| Error::internal(e.to_string()))?;
        let number =
            store::calendar::calendar_edition_create(tx.conn(), &edition, whole.version(), now).await?;
        calendar::tell(tx, number, &whole, all.last().map_or(0, |n| n.year))?;
        let drafts = items
            .into_iter()
            .map(|content| Item { is_example: true, ..Item::draft(content, "task:load_reference", now) });
        let drafts: Vec<Item> = drafts.collect();
        store::item::item_create(tx.conn(), &drafts).await?;
        for draft in &drafts {
            item::tell(tx, "created", draft, serde_json::json!({"by": "reference"}))?;
        }
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::calendar::Calendar;
    use std::collections::HashMap;

    #[test]
    fn the_reference_reads_and_no_two_organs_share_a_name() {
        let reference = read().unwrap();
        assert_eq!(
            (reference.organs.len(), reference.regions.len(), reference.industries.len()),
            (61, 36, 117)
        );
        let mut names = HashMap::new();
        for o in &reference.organs {
            for s in o.spellings() {
                let before = names.insert(s.key.clone(), o.code.clone());
                assert!(
                    before.is_none(),
                    "{} is a name of {} and {}",
                    s.text,
                    o.code,
                    before.unwrap_or_default()
                );
            }
        }
        let departments = reference.items.iter().flat_map(ItemContent::departments);
        assert!(departments.into_iter().all(|d| reference.organs.iter().any(|o| o.code == d)));
    }

    #[test]
    fn the_calendar_is_the_one_that_the_domain_knows() {
        let notices: Vec<Notice> = notices().unwrap().into_iter().map(|(n, _)| n).collect();
        let merged = merge(&notices).unwrap().calendar().unwrap();
        assert_eq!(merged.version(), Calendar::china_2023_2026().version());
    }

    #[test]
    fn a_region_ends_on_the_day_after_its_last() {
        let reference = read().unwrap();
        let old = reference.regions.iter().find(|r| r.code == "610721").unwrap();
        let new = reference.regions.iter().find(|r| r.code == "610703").unwrap();
        assert_eq!(old.valid_to, Some(new.valid_from));
    }
}
