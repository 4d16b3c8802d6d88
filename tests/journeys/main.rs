//! Journeys through the gateway, one file each, as the people of a district would take them.

#![expect(clippy::expect_used, reason = "a test that cannot go on says so by a panic")]

mod first_day;
mod joint_inspection;
