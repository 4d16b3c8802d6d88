//! Which past periods are the reference of a period, and to which part of the year each belongs.
//!
//! Called by the detector only; refuses a past that is too short, and more parts than a year has periods.

use super::{Series, Settings, Variant};
use crate::error::SurveilError;
use crate::glm::Rows;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How a year is found in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// A year is this many periods (52 weeks, 12 months, 365 days): `epochAsDate = FALSE`.
    Periods(usize),
    /// Weeks; the date of the first one is given: `epochAsDate = TRUE`.
    WeeksFrom(Date),
}

/// The reference of one period.
pub(super) struct Reference {
    pub(super) rows: Rows,
    /// The period's own part of the year.
    pub(super) group: usize,
    /// The period's own time.
    pub(super) time: f64,
    /// The period's own offset.
    pub(super) offset: f64,
}

pub(super) fn collect(
    series: &Series<'_>,
    at: usize,
    settings: &Settings,
) -> Result<Reference, SurveilError> {
    if at >= series.counts.len() {
        return Err(SurveilError::SeriesTooShort { need: at + 1, have: series.counts.len() });
    }
    let anniversaries = anniversaries(series.calendar, at, settings.years_back)?;
    let chosen = match settings.variant {
        Variant::Flexible => parts(&anniversaries, at, settings)?,
        Variant::Original => windows(&anniversaries, at, settings),
    };
    if chosen.is_empty() {
        return Err(SurveilError::SeriesTooShort { need: settings.half_window * 2 + 1, have: 0 });
    }
    Ok(rows(series, at, settings, &chosen))
}

/// The same time of year, 0, 1 … years back, as signed positions.
fn anniversaries(calendar: Calendar, at: usize, years: usize) -> Result<Vec<i64>, SurveilError> {
    (0..=years)
        .map(|back| match calendar {
            Calendar::Periods(per_year) => Ok(at as i64 - (per_year * back) as i64),
            Calendar::WeeksFrom(first) => week_back(first, at, back),
        })
        .collect()
}

/// The week whose first day is nearest to the date `back` years earlier; 29 February counts as 1 March, as in R.
fn week_back(first: Date, at: usize, back: usize) -> Result<i64, SurveilError> {
    let out_of_range = |_| SurveilError::SettingOutOfRange("first");
    let day = first.checked_add((7 * at as i64).days()).map_err(out_of_range)?;
    let year = day.year() - back as i16;
    let target = match Date::new(year, day.month(), day.day()) {
        Ok(date) => date,
        Err(_) => Date::new(year, 3, 1).map_err(out_of_range)?,
    };
    let days = i64::from(first.until(target).map_err(out_of_range)?.get_days());
    // No tie: the same weekday lies at most three days away.
    Ok((days + 3).div_euclid(7))
}

/// Windows around the anniversaries, oldest first; what lies before the series is left out (as R does, with a warning).
fn windows(anniversaries: &[i64], at: usize, settings: &Settings) -> Vec<(usize, usize)> {
    let half = settings.half_window as i64;
    let mut chosen = Vec::new();
    for centre in anniversaries.iter().skip(1).rev() {
        for position in (centre - half)..=(centre + half) {
            if (0..at as i64).contains(&position) {
                chosen.push((position as usize, 0));
            }
        }
    }
    chosen
}

/// The whole past in parts of the year: windows are the last part, what lies between is cut into `periods − 1` blocks.
fn parts(anniversaries: &[i64], at: usize, settings: &Settings) -> Result<Vec<(usize, usize)>, SurveilError> {
    let (half, last) = (settings.half_window, settings.periods);
    let oldest = anniversaries.last().copied().unwrap_or_default();
    if oldest < half as i64 {
        let missing = (half as i64 - oldest) as usize;
        return Err(SurveilError::SeriesTooShort { need: at + missing, have: at });
    }
    let mut part = vec![0usize; at + 1];
    part[at - half..].fill(last);
    for pair in anniversaries.windows(2) {
        let (next, centre) = (pair[0] as usize, pair[1] as usize);
        let end = (centre + half).min(at);
        part[centre - half..=end].fill(last);
        if last == 1 {
            continue;
        }
        let Some(between) = next.checked_sub(2 * half + 1 + centre).filter(|n| *n >= last - 1) else {
            return Err(SurveilError::SettingOutOfRange("periods"));
        };
        let (length, longer) = (between / (last - 1), between % (last - 1));
        let mut from = centre + half + 1;
        for block in 0..last - 1 {
            let to = from + length + usize::from(block < longer);
            part[from..to].fill(block + 1);
            from = to;
        }
    }
    let until = (at + 1).saturating_sub(settings.recent_left_out + 1);
    Ok((0..until).filter(|i| part[*i] != 0).map(|i| (i, part[i])).collect())
}

fn rows(series: &Series<'_>, at: usize, settings: &Settings, chosen: &[(usize, usize)]) -> Reference {
    // Parts that no reference period belongs to are no groups.
    let mut index = vec![usize::MAX; settings.periods + 1];
    for (_, part) in chosen {
        index[*part] = 0;
    }
    let mut groups = 0;
    for slot in index.iter_mut().filter(|slot| **slot == 0) {
        *slot = groups;
        groups += 1;
    }
    let own = match settings.variant {
        Variant::Flexible => settings.periods,
        Variant::Original => 0,
    };
    let log_population = |i: usize| series.population[i].ln();
    let has_offset = !series.population.is_empty();
    Reference {
        rows: Rows {
            response: chosen.iter().map(|(i, _)| f64::from(series.counts[*i])).collect(),
            time: chosen.iter().map(|(i, _)| (*i + 1) as f64).collect(),
            group: chosen.iter().map(|(_, part)| index[*part]).collect(),
            groups,
            offset: if has_offset {
                chosen.iter().map(|(i, _)| log_population(*i)).collect()
            } else {
                Vec::new()
            },
        },
        group: if index[own] == usize::MAX { 0 } else { index[own] },
        time: (at + 1) as f64,
        offset: if has_offset { log_population(at) } else { 0.0 },
    }
}
