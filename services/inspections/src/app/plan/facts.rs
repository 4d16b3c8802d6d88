//! What the catalog says of the organs and items of plans, read once before a change and held against its contents.
//!
//! An organ outside the district's command (垂管部门) may lead or cooperate: nothing here refuses it. An item that is not in
//! force on the day cannot be named by its id; words that match no published item stay words and a remark. Called by the app
//! functions of plans and their import.

use crate::app::outside::{connection, unavailable};
use crate::domain::plan::{ItemLink, Part, PlanContent, PlanFault, part_pointer};
use clients::CatalogClient;
use clients::catalog::{Organ, PublishedItem};
use domain::text::search_key;
use domain::vocabulary::ItemCategory;
use jiff::civil::Date;
use service_kit::{Kit, Result};
use std::collections::HashMap;
use uuid::Uuid;

/// Organs, and items in force on a day.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    organs: Vec<Organ>,
    /// Search key of any spelling → place in `organs`.
    names: HashMap<String, usize>,
    items: Vec<PublishedItem>,
}

impl Facts {
    /// Asks the catalog.
    ///
    /// # Errors
    /// 503 when it does not answer.
    pub async fn of(kit: &Kit, day: Date) -> Result<Self> {
        let catalog = CatalogClient::new(connection(kit, "catalog").await?);
        let organs = catalog.organ_all().await.map_err(|e| unavailable("catalog", &e))?;
        let items = catalog.item_all_in_force(day).await.map_err(|e| unavailable("catalog", &e))?;
        Ok(Self::new(organs, items))
    }

    /// From organs and items that are there already.
    #[must_use]
    pub fn new(organs: Vec<Organ>, items: Vec<PublishedItem>) -> Self {
        let mut names = HashMap::new();
        for (at, organ) in organs.iter().enumerate() {
            let spellings = [&organ.code, &organ.name, &organ.short_name].into_iter().chain(&organ.aliases);
            for spelling in spellings {
                names.entry(search_key(spelling)).or_insert(at);
            }
        }
        Self { organs, names, items }
    }

    /// The organ of a code.
    #[must_use]
    pub fn organ(&self, code: &str) -> Option<&Organ> {
        self.organs.iter().find(|o| o.code == code)
    }

    /// The organ that a name, short name, alias or code means.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<&Organ> {
        self.names.get(&search_key(name)).and_then(|at| self.organs.get(*at))
    }

    /// The item of an id.
    #[must_use]
    pub fn item(&self, id: Uuid) -> Option<&PublishedItem> {
        self.items.iter().find(|i| i.id == id)
    }

    /// The item whose words for this department are these; those led by `lead` first.
    #[must_use]
    pub fn item_of(&self, department: &str, text: &str, lead: &str) -> Option<&PublishedItem> {
        let key = search_key(text);
        if key.is_empty() {
            return None;
        }
        let is_same = |i: &&PublishedItem| i.text_of(department).is_some_and(|t| search_key(t) == key);
        self.items
            .iter()
            .filter(|i| i.lead_department == lead)
            .find(is_same)
            .or_else(|| self.items.iter().find(is_same))
    }

    /// Category of the lead's item, if it is linked.
    #[must_use]
    pub fn category(&self, content: &PlanContent) -> Option<ItemCategory> {
        let link = content.parts.first()?.item?;
        self.item(link.id)?.category.parse().ok()
    }

    /// Fills in links, versions and words of the parts; says what the catalog does not know.
    #[must_use]
    pub fn link(&self, content: &mut PlanContent) -> Vec<PlanFault> {
        let lead = content.lead().to_string();
        let mut faults = Vec::new();
        for (i, part) in content.parts.iter_mut().enumerate() {
            self.link_part(part, &lead, &part_pointer(i), &mut faults);
        }
        faults
    }

    fn link_part(&self, part: &mut Part, lead: &str, at: &str, faults: &mut Vec<PlanFault>) {
        let mut fault = |member: &str, code: &'static str, zh: &str, en: &str| {
            faults.push(PlanFault {
                pointer: format!("{at}/{member}"),
                code,
                zh: zh.to_string(),
                en: en.to_string(),
            });
        };
        if self.organ(&part.department).is_none() {
            fault("department", "unknown_department", "机构名录中没有这个代码", "no organ has this code");
            return;
        }
        let Some(link) = part.item else {
            if let Some(found) = self.item_of(&part.department, &part.item_text, lead) {
                part.item = Some(ItemLink { id: found.id, version: found.number });
            }
            return;
        };
        let Some(item) = self.item(link.id) else {
            let (zh, en) = ("没有已公布且有效的此事项", "no such item is published and in force");
            fault("item_id", "item_not_published", zh, en);
            return;
        };
        match item.text_of(&part.department) {
            None => {
                let (zh, en) = (
                    "该事项的牵头、配合部门不包括本部门",
                    "the item names another lead and other cooperating departments",
                );
                fault("item_id", "item_of_other_department", zh, en);
            }
            Some(text) => {
                if part.item_text.is_empty() {
                    part.item_text = text.to_string();
                }
                part.item = Some(ItemLink { id: item.id, version: item.number });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{Part, SubjectFilter};
    use clients::catalog::ItemCooperation;
    use domain::vocabulary::{InspectionMethod, PlanKind, PlanRole};

    fn facts() -> Facts {
        let organ = |code: &str, name: &str, vertical| Organ {
            code: code.into(),
            name: format!("汉中市南郑{name}"),
            short_name: name.into(),
            aliases: vec![name.trim_start_matches('区').into()],
            vertical,
            is_enforcement_body: true,
            region_code: "610703".into(),
            valid_to: None,
        };
        let item = PublishedItem {
            id: Uuid::from_u128(7),
            number: 2,
            field: "劳动用工监管".into(),
            lead_department: "nz-rsj".into(),
            lead_item: "对用人单位依法用工情况的监管".into(),
            lead_basis: String::new(),
            subject_desc: String::new(),
            subject_kinds: Vec::new(),
            category: "general".into(),
            inspection_methods: Vec::new(),
            cooperating: vec![ItemCooperation { department: "nz-swj".into(), item: "缴税情况".into() }],
        };
        let organs = vec![organ("nz-rsj", "区人社局", false), organ("nz-swj", "区税务局", true)];
        Facts::new(organs, vec![item])
    }

    fn content(lead: Part, coop: Part) -> PlanContent {
        PlanContent {
            year: 2026,
            name: "计划".into(),
            kind: PlanKind::Routine,
            category: ItemCategory::Key,
            method: InspectionMethod::DoubleRandom,
            region_code: String::new(),
            subject_desc: "企业".into(),
            filter: SubjectFilter::default(),
            quantity_text: None,
            period_text: None,
            period: None,
            parts: vec![lead, coop],
            strata: Vec::new(),
            campaign_approval: None,
            reasons: crate::domain::plan::PlanReasons::default(),
            note: None,
        }
    }

    #[test]
    fn parts_are_linked_by_their_words_whatever_the_punctuation() {
        let mut plan = content(
            Part::new(PlanRole::Lead, "nz-rsj".into(), "对用人单位，依法用工情况的监管。".into()),
            Part::new(PlanRole::Cooperating, "nz-swj".into(), "其他事项".into()),
        );
        assert_eq!(facts().link(&mut plan), Vec::new());
        assert_eq!(plan.parts[0].item, Some(ItemLink { id: Uuid::from_u128(7), version: 2 }));
        assert_eq!(plan.parts[1].item, None, "words that no published item has stay words");
        assert_eq!(facts().category(&plan), Some(ItemCategory::General));
    }

    #[test]
    fn an_id_gives_the_words_and_must_be_the_departments() {
        let asked = |id: u128| Some(ItemLink { id: Uuid::from_u128(id), version: 0 });
        let part =
            |role, department: &str, item| Part { item, ..Part::new(role, department.into(), String::new()) };
        let mut plan = content(
            part(PlanRole::Lead, "nz-rsj", asked(7)),
            part(PlanRole::Cooperating, "nz-swj", asked(7)),
        );
        assert_eq!(facts().link(&mut plan), Vec::new());
        assert_eq!((plan.parts[1].item_text.as_str(), plan.parts[1].item.unwrap().version), ("缴税情况", 2));
        let mut wrong = content(
            part(PlanRole::Lead, "nz-rsj", asked(8)),
            part(PlanRole::Cooperating, "nz-xxx", asked(7)),
        );
        let codes: Vec<_> = facts().link(&mut wrong).into_iter().map(|f| (f.pointer, f.code)).collect();
        let expected =
            [("/lead/item_id", "item_not_published"), ("/cooperating/0/department", "unknown_department")];
        assert_eq!(codes, expected.map(|(p, c)| (p.to_string(), c)));
    }

    #[test]
    fn any_spelling_names_the_organ_and_a_vertical_one_is_as_good() {
        for name in ["nz-swj", "区税务局", "税务局", "汉中市南郑区税务局"] {
            assert_eq!(facts().resolve(name).map(|o| o.vertical), Some(true), "{name}");
        }
        assert!(facts().resolve("没有此局").is_none());
    }
}
