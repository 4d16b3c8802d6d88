//! The computation of a due date. Called through [`super::due`]; it is pure, so the same inputs give the same trail.

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{DeadlineFault, Due, Pause, Step, StepKind, Term, TermUnit, beijing_date, beijing_midnight};
use crate::calendar::Calendar;

/// Computes when a term ends that began with an event at `start`.
///
/// Faults: `calendar_missing` when the span (its start included) leaves the covered years, for every unit but hours;
/// `pause_reversed`; `deadline_out_of_range`. Overlapping pauses count once. A pause that has no end yet and begins before
/// the end of the term leaves the due date open: `paused_since` is set, `date` is the earliest possible end.
pub fn due(
    start: Timestamp,
    term: &Term,
    calendar: &Calendar,
    pauses: &[Pause],
) -> Result<Due, DeadlineFault> {
    if let Some(pause) = pauses.iter().find(|pause| pause.to.is_some_and(|to| to < pause.from)) {
        return Err(DeadlineFault::PauseReversed { from: pause.from });
    }
    let first = Step { kind: StepKind::Start, date: beijing_date(start), amount: 0, note: None };
    let mut run = Run { start, term: *term, calendar, pauses, trail: vec![first], paused_since: None };
    let (nominal, date, at) = match term.unit {
        TermUnit::Hour => run.hours()?,
        TermUnit::WorkingDay => run.working_days()?,
        TermUnit::CalendarDay | TermUnit::Month => run.calendar_days()?,
    };
    Ok(Due {
        date,
        at,
        nominal,
        calendar_version: calendar.version().to_owned(),
        start,
        term: *term,
        pauses: pauses.to_vec(),
        paused_since: run.paused_since,
        trail: run.trail,
    })
}

/// Computes when a term ends that began with an event some time on a day (UTC+8); hours count from its midnight.
pub fn due_from_date(
    start: Date,
    term: &Term,
    calendar: &Calendar,
    pauses: &[Pause],
) -> Result<Due, DeadlineFault> {
    let start = beijing_midnight(start).ok_or(DeadlineFault::OutOfRange)?;
    due(start, term, calendar, pauses)
}

impl Due {
    /// Computes the due date again from the kept inputs and says whether everything is the same.
    ///
    /// False means that the record was changed or that another calendar version is given.
    pub fn is_proved_by(&self, calendar: &Calendar) -> bool {
        due(self.start, &self.term, calendar, &self.pauses).is_ok_and(|again| again == *self)
    }
}

/// A pause after merging: overlapping ones are one.
struct Stop<T> {
    from: T,
    to: Option<T>,
    reason: String,
}

struct Run<'a> {
    start: Timestamp,
    term: Term,
    calendar: &'a Calendar,
    pauses: &'a [Pause],
    trail: Vec<Step>,
    paused_since: Option<Timestamp>,
}

type Ends = (Date, Date, Timestamp);

impl Run<'_> {
    fn hours(&mut self) -> Result<Ends, DeadlineFault> {
        let length = SignedDuration::from_hours(i64::from(self.term.n));
        let mut at = self.start.checked_add(length).map_err(|_| DeadlineFault::OutOfRange)?;
        self.push(StepKind::Count, beijing_date(at), i64::from(self.term.n), None);
        for stop in merged(self.pauses, |at| at) {
            let from = stop.from.max(self.start);
            if from >= at {
                break;
            }
            let Some(to) = stop.to else {
                self.open_pause(stop.from, beijing_date(at), stop.reason);
                break;
            };
            if to <= from {
                continue;
            }
            let gap = to.duration_since(from);
            at = at.checked_add(gap).map_err(|_| DeadlineFault::OutOfRange)?;
            // The trail tells whole hours; the exact moment is `at`.
            self.push(StepKind::Pause, beijing_date(at), gap.as_hours(), Some(stop.reason));
        }
        let date = beijing_date(at);
        Ok((date, date, at))
    }

    /// Day by day: a working day counts unless the clock stands on it.
    fn working_days(&mut self) -> Result<Ends, DeadlineFault> {
        let stops: Vec<Stop<Date>> = merged(self.pauses, beijing_date).collect();
        let mut day = beijing_date(self.start);
        self.calendar.require(day)?;
        let mut left = self.term.n;
        let mut lost: Vec<i64> = vec![0; stops.len()];
        let mut open = None;
        while left > 0 {
            day = day.tomorrow().map_err(|_| DeadlineFault::OutOfRange)?;
            if !self.calendar.is_working_day(day)? {
                continue;
            }
            let stop = stops.iter().position(|s| s.from <= day && s.to.is_none_or(|to| day < to));
            match stop.and_then(|at| stops.get(at).map(|stop| (at, stop))) {
                Some((at, stop)) if stop.to.is_some() => {
                    if let Some(count) = lost.get_mut(at) {
                        *count += 1;
                    }
                }
                Some((at, _)) => {
                    open = Some(at);
                    left -= 1;
                }
                None => left -= 1,
            }
        }
        self.calendar.require(day)?;
        self.push(StepKind::Count, day, i64::from(self.term.n), None);
        for (at, stop) in stops.into_iter().enumerate() {
            match lost.get(at) {
                _ if open == Some(at) => self.open_day_pause(day, stop.reason),
                Some(count) if *count > 0 => self.push(StepKind::Pause, day, *count, Some(stop.reason)),
                _ => {}
            }
        }
        self.finish(day, day)
    }

    /// Calendar days and months: count, stretch by the paused days inside, move off a rest day.
    fn calendar_days(&mut self) -> Result<Ends, DeadlineFault> {
        let begin = beijing_date(self.start);
        self.calendar.require(begin)?;
        let n = i64::from(self.term.n);
        let mut end = match self.term.unit {
            TermUnit::Month => add_months(begin, n)?,
            _ => add_days(begin, n)?,
        };
        self.push(StepKind::Count, end, n, None);
        if self.term.unit == TermUnit::Month && end.day() < begin.day() {
            self.push(StepKind::Clamp, end, 0, None);
        }
        let first = begin.tomorrow().map_err(|_| DeadlineFault::OutOfRange)?;
        for stop in merged(self.pauses, beijing_date) {
            let from = stop.from.max(first);
            if from > end {
                break;
            }
            let Some(to) = stop.to else {
                self.open_day_pause(end, stop.reason);
                break;
            };
            if to <= from {
                continue;
            }
            let days = i64::from(to.since(from).map_err(|_| DeadlineFault::OutOfRange)?.get_days());
            end = add_days(end, days)?;
            self.push(StepKind::Pause, end, days, Some(stop.reason));
        }
        let last = self.calendar.roll_forward(end)?;
        if last != end {
            let days = last.since(end).map_err(|_| DeadlineFault::OutOfRange)?.get_days();
            self.push(StepKind::RollForward, last, i64::from(days), None);
        }
        self.finish(end, last)
    }

    /// The term is over at the midnight after its last day.
    fn finish(&self, nominal: Date, last: Date) -> Result<Ends, DeadlineFault> {
        let after = last.tomorrow().map_err(|_| DeadlineFault::OutOfRange)?;
        let at = beijing_midnight(after).ok_or(DeadlineFault::OutOfRange)?;
        Ok((nominal, last, at))
    }

    fn open_day_pause(&mut self, date: Date, reason: String) {
        if let Some(from) = self.pauses.iter().filter(|p| p.to.is_none()).map(|p| p.from).min() {
            self.open_pause(from, date, reason);
        }
    }

    fn open_pause(&mut self, since: Timestamp, date: Date, reason: String) {
        self.paused_since = Some(since.max(self.start));
        self.push(StepKind::OpenPause, date, 0, Some(reason));
    }

    fn push(&mut self, kind: StepKind, date: Date, amount: i64, note: Option<String>) {
        self.trail.push(Step { kind, date, amount, note });
    }
}

/// Pauses in order with overlaps made one, on the scale that `read` gives (moments or days).
///
/// On the scale of days a pause covers its first day and not its last: the day on which the clock runs again counts.
fn merged<T: Ord + Copy>(pauses: &[Pause], read: fn(Timestamp) -> T) -> impl Iterator<Item = Stop<T>> {
    let mut sorted: Vec<&Pause> = pauses.iter().collect();
    sorted.sort_by_key(|pause| pause.from);
    let mut stops: Vec<Stop<T>> = Vec::new();
    for pause in sorted {
        let (from, to) = (read(pause.from), pause.to.map(read));
        match stops.last_mut() {
            Some(last) if last.to.is_none_or(|end| from <= end) => {
                last.to = match (last.to, to) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    _ => None,
                };
                if !last.reason.contains(&pause.reason) {
                    last.reason = format!("{}；{}", last.reason, pause.reason);
                }
            }
            _ => stops.push(Stop { from, to, reason: pause.reason.clone() }),
        }
    }
    stops.into_iter()
}

fn add_days(date: Date, n: i64) -> Result<Date, DeadlineFault> {
    let span = jiff::Span::new().try_days(n).map_err(|_| DeadlineFault::OutOfRange)?;
    date.checked_add(span).map_err(|_| DeadlineFault::OutOfRange)
}

/// Adds months; a day that the month lacks becomes its last day (01-31 + 1 month = 02-28 or 02-29).
fn add_months(date: Date, n: i64) -> Result<Date, DeadlineFault> {
    let span = jiff::Span::new().try_months(n).map_err(|_| DeadlineFault::OutOfRange)?;
    date.checked_add(span).map_err(|_| DeadlineFault::OutOfRange)
}
