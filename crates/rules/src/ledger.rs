//! Entries of all organs, counted once per subject and organ: caps used, next lawful month, overlapping plans.
//!
//! One pass over the entries builds it, whatever number of plans and rules ask afterwards. Called by the lint, the burden
//! ledger and the search for visits to combine.

use crate::facts::{CapUse, NearVisit};
use crate::settings::Settings;
use crate::words::VisitKind;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::HashMap;

/// One entry of one organ at one subject. A combined visit gives one for each of its organs.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The visit.
    pub visit: String,
    /// The subject.
    pub subject: String,
    /// The organ.
    pub organ: String,
    /// The day.
    pub on: Date,
    /// Why; none for entries that are no inspections (观摩, 督导, 调研).
    pub kind: Option<VisitKind>,
    /// Somebody entered.
    pub is_on_site: bool,
    /// Still to come.
    pub is_planned: bool,
}

/// Entries of a span of time, by subject.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    subjects: HashMap<String, Vec<Entry>>,
    counted: HashMap<(String, i16), HashMap<String, u32>>,
}

impl Ledger {
    /// Counts the entries.
    #[must_use]
    pub fn build(settings: &Settings, entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut ledger = Self::default();
        for entry in entries {
            if counts(settings, &entry) {
                let of_organ = ledger.counted.entry((entry.organ.clone(), entry.on.year())).or_default();
                *of_organ.entry(entry.subject.clone()).or_default() += settings.combined_counts_each;
            }
            ledger.subjects.entry(entry.subject.clone()).or_default().push(entry);
        }
        for entries in ledger.subjects.values_mut() {
            entries.sort_by(|a, b| (a.on, &a.visit, &a.organ).cmp(&(b.on, &b.visit, &b.organ)));
        }
        ledger
    }

    /// Entries at a subject in the order of their days.
    #[must_use]
    pub fn entries(&self, subject: &str) -> &[Entry] {
        self.subjects.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Visits of an organ to a subject in a year that count towards the cap.
    #[must_use]
    pub fn counted(&self, organ: &str, subject: &str, year: i16) -> u32 {
        self.counted
            .get(&(organ.to_string(), year))
            .and_then(|of_organ| of_organ.get(subject))
            .copied()
            .unwrap_or(0)
    }

    /// How a frame stands against an organ's cap; one look-up for each subject.
    pub fn cap_use<'s>(
        &self,
        (organ, year, cap): (&str, i16, u32),
        planned_each: Option<u32>,
        frame: impl Iterator<Item = &'s str>,
    ) -> CapUse {
        let of_organ = self.counted.get(&(organ.to_string(), year));
        let mut out = CapUse { organ: organ.to_string(), cap, planned_each, ..CapUse::default() };
        for subject in frame {
            out.subjects += 1;
            if of_organ.and_then(|o| o.get(subject)).is_some_and(|n| *n >= cap) {
                out.at_cap += 1;
                if out.sample.len() < 10 {
                    out.sample.push(subject.to_string());
                }
            }
        }
        out
    }

    /// The same for all subjects that the ledger knows.
    #[must_use]
    pub fn cap_use_of_known(
        &self,
        (organ, year, cap): (&str, i16, u32),
        planned_each: Option<u32>,
    ) -> CapUse {
        let mut known: Vec<&str> = self.subjects.keys().map(String::as_str).collect();
        known.sort_unstable();
        self.cap_use((organ, year, cap), planned_each, known.into_iter())
    }

    /// Visits of an organ to a subject that do not count: in the year of a day, and within a window up to it.
    #[must_use]
    pub fn exempt(&self, settings: &Settings, organ: &str, subject: &str, day: Date) -> (u32, u32) {
        let first = day.checked_sub(i64::from(settings.exempt_window).days()).unwrap_or(day);
        let own = self.entries(subject).iter().filter(|e| e.organ == organ && e.on <= day && e.is_on_site);
        let exempt = own.filter(|e| e.kind.is_some_and(|k| settings.exempt.contains(&k)));
        let (mut year, mut recent) = (0, 0);
        for entry in exempt {
            year += u32::from(entry.on.year() == day.year());
            recent += u32::from(entry.on > first);
        }
        (year, recent)
    }

    /// Planned visits to a subject by other visits within the window round a day.
    #[must_use]
    pub fn near(&self, settings: &Settings, subject: &str, visit: &str, day: Date) -> Vec<NearVisit> {
        let window = i64::from(settings.merge_window).days();
        let (from, to) = (day.checked_sub(window).unwrap_or(day), day.checked_add(window).unwrap_or(day));
        let mut out: Vec<NearVisit> = Vec::new();
        for entry in self.entries(subject) {
            let is_other = entry.visit != visit && entry.is_planned && entry.is_on_site;
            if !is_other
                || entry.on < from
                || entry.on > to
                || !entry.kind.is_some_and(|k| settings.counts(k))
            {
                continue;
            }
            match out.iter_mut().find(|n| n.visit == entry.visit) {
                Some(known) => known.organs.push(entry.organ.clone()),
                None => out.push(NearVisit {
                    visit: entry.visit.clone(),
                    organs: vec![entry.organ.clone()],
                    on: entry.on,
                }),
            }
        }
        out
    }

    /// The first month, from that of `today` on, in which one more counted visit of the organ keeps the cap.
    ///
    /// The cap is by calendar year: it is this month, or January of the first year with room. None when the cap is 0.
    #[must_use]
    pub fn next_lawful_month(&self, organ: &str, subject: &str, cap: u32, today: Date) -> Option<Date> {
        if cap == 0 {
            return None;
        }
        let mut month = today.first_of_month();
        // Planned visits of later years use those years' caps; nobody plans ten years ahead.
        for _ in 0..10 {
            if self.counted(organ, subject, month.year()) < cap {
                return Some(month);
            }
            month = Date::new(month.year().checked_add(1)?, 1, 1).ok()?;
        }
        None
    }
}

/// Whether an entry uses the cap.
fn counts(settings: &Settings, entry: &Entry) -> bool {
    entry.is_on_site && entry.kind.is_some_and(|k| settings.counts(k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn entry(visit: &str, organ: &str, on: Date, kind: Option<VisitKind>) -> Entry {
        Entry {
            visit: visit.into(),
            subject: "s".into(),
            organ: organ.into(),
            on,
            kind,
            is_on_site: true,
            is_planned: on >= date(2026, 6, 1),
        }
    }

    fn settings() -> Settings {
        Settings::of(&crate::default_pack().unwrap(), date(2026, 5, 1))
    }

    #[test]
    fn only_counted_kinds_use_the_cap_and_the_next_month_follows() {
        let settings = settings();
        let ledger = Ledger::build(
            &settings,
            [
                entry("a", "x", date(2026, 1, 5), Some(VisitKind::Routine)),
                entry("b", "x", date(2026, 2, 5), Some(VisitKind::Complaint)),
                entry("c", "x", date(2026, 3, 5), None),
                entry("d", "x", date(2026, 7, 5), Some(VisitKind::CampaignOwn)),
                entry("d", "y", date(2026, 7, 5), Some(VisitKind::CampaignOwn)),
            ],
        );
        assert_eq!((ledger.counted("x", "s", 2026), ledger.counted("y", "s", 2026)), (2, 1));
        let today = date(2026, 5, 20);
        assert_eq!(ledger.next_lawful_month("x", "s", 2, today), Some(date(2027, 1, 1)));
        assert_eq!(ledger.next_lawful_month("y", "s", 2, today), Some(date(2026, 5, 1)));
        assert_eq!(ledger.next_lawful_month("y", "s", 0, today), None);
        assert_eq!(ledger.exempt(&settings, "x", "s", date(2026, 3, 1)), (1, 1));
        assert_eq!(ledger.exempt(&settings, "x", "s", date(2026, 6, 1)), (1, 0));
        let near = ledger.near(&settings, "s", "z", date(2026, 6, 20));
        assert_eq!(near.len(), 1);
        assert_eq!(near[0].organs, ["x", "y"]);
        assert!(ledger.near(&settings, "s", "d", date(2026, 6, 20)).is_empty());
    }

    #[test]
    fn a_frame_is_held_against_the_cap_in_one_pass() {
        let settings = settings();
        let visits = (0..3).map(|i| Entry {
            subject: format!("s{}", i % 2),
            ..entry(&i.to_string(), "x", date(2026, 2, 1), Some(VisitKind::Routine))
        });
        let ledger = Ledger::build(&settings, visits);
        let frame = ["s0", "s1", "s2"];
        let used = ledger.cap_use(("x", 2026, 2), Some(1), frame.into_iter());
        assert_eq!((used.subjects, used.at_cap, used.sample), (3, 1, vec!["s0".to_string()]));
        assert_eq!(ledger.cap_use_of_known(("x", 2026, 1), None).at_cap, 2);
    }
}
