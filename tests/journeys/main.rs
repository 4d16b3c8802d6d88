//! Journeys through the gateway, one file each, as the people of a district would take them.

mod first_day;
