//! Days off and make-up working days of 2023 to 2026, from the yearly notices of the State Council's General Office
//! (国务院办公厅关于部分节假日安排的通知). Data only; called by [`crate::calendar::Calendar::china_2023_2026`].

/// Years for which a notice was read.
pub(crate) const YEARS: [i16; 4] = [2023, 2024, 2025, 2026];

/// Spans of days off: year, month and day of the first day, number of days.
pub(crate) const OFF: &[(i16, i8, i8, u8)] = &[
    // The new year break of 2023 began on the last day of 2022.
    (2022, 12, 31, 3),
    (2023, 1, 21, 7),
    (2023, 4, 5, 1),
    (2023, 4, 29, 5),
    (2023, 6, 22, 3),
    (2023, 9, 29, 8),
    (2024, 1, 1, 1),
    // 2024-02-09, the eve of the spring festival, was not a statutory day off.
    (2024, 2, 10, 8),
    (2024, 4, 4, 3),
    (2024, 5, 1, 5),
    (2024, 6, 10, 1),
    (2024, 9, 15, 3),
    (2024, 10, 1, 7),
    (2025, 1, 1, 1),
    (2025, 1, 28, 8),
    (2025, 4, 4, 3),
    (2025, 5, 1, 5),
    (2025, 5, 31, 3),
    (2025, 10, 1, 8),
    (2026, 1, 1, 3),
    (2026, 2, 15, 9),
    (2026, 4, 4, 3),
    (2026, 5, 1, 5),
    (2026, 6, 19, 3),
    (2026, 9, 25, 3),
    (2026, 10, 1, 7),
];

/// Saturdays and Sundays that are working days (调休上班).
pub(crate) const WORK: &[(i16, i8, i8)] = &[
    (2023, 1, 28),
    (2023, 1, 29),
    (2023, 4, 23),
    (2023, 5, 6),
    (2023, 6, 25),
    (2023, 10, 7),
    (2023, 10, 8),
    (2024, 2, 4),
    (2024, 2, 18),
    (2024, 4, 7),
    (2024, 4, 28),
    (2024, 5, 11),
    (2024, 9, 14),
    (2024, 9, 29),
    (2024, 10, 12),
    (2025, 1, 26),
    (2025, 2, 8),
    (2025, 4, 27),
    (2025, 9, 28),
    (2025, 10, 11),
    (2026, 1, 4),
    (2026, 2, 14),
    (2026, 2, 28),
    (2026, 5, 9),
    (2026, 9, 20),
    (2026, 10, 10),
];
