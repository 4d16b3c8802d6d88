//! The yearly plan day (年度计划提交日): reminded before, overdue only after the roll-forward.
//!
//! “By the end of January” names a fixed day, not a term: 2026-01-31 is a Saturday and 2025-01-31 falls inside the spring
//! festival. Called by plans and by the item list.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::{Calendar, CalendarMissing};

/// A fixed day by which something is to be handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDay {
    /// The day named in the rule.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The last working day before it, on which the reminder goes out.
    #[schema(value_type = String, format = Date)]
    pub remind_on: Date,
    /// The day itself or the next working day; overdue begins on the day after.
    #[schema(value_type = String, format = Date)]
    pub last_day: Date,
}

impl PlanDay {
    /// Whether the hand-in is late on a day.
    pub fn is_overdue_on(&self, today: Date) -> bool {
        today > self.last_day
    }
}

/// Reminder and last day of a fixed day.
pub fn plan_day(day: Date, calendar: &Calendar) -> Result<PlanDay, CalendarMissing> {
    Ok(PlanDay {
        day,
        remind_on: calendar.subtract_working_days(day, 1)?,
        last_day: calendar.roll_forward(day)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_january_is_reminded_before_and_overdue_after_the_rest_days() {
        let calendar = Calendar::china_2023_2026();
        for (day, remind_on, last_day) in [
            ("2026-01-31", "2026-01-30", "2026-02-02"),
            ("2025-01-31", "2025-01-27", "2025-02-05"),
            ("2024-01-31", "2024-01-30", "2024-01-31"),
        ] {
            let plan = plan_day(day.parse().unwrap(), &calendar).unwrap();
            assert_eq!(plan.remind_on.to_string(), remind_on);
            assert_eq!(plan.last_day.to_string(), last_day);
            assert!(
                !plan.is_overdue_on(plan.last_day) && plan.is_overdue_on(plan.last_day.tomorrow().unwrap())
            );
        }
    }

    #[test]
    fn a_plan_day_outside_the_calendar_is_refused() {
        assert!(plan_day("2027-01-31".parse().unwrap(), &Calendar::china_2023_2026()).is_err());
    }
}
