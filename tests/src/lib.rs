//! Nothing by itself: the tests beside it hold what no single service can show.
//!
//! - `contract/`: every operation of the merged document probed without, with too few and with enough rights; what is
//!   compiled in, documented and routed is the same; no service depends on another; each migration has its way back
//! - `journeys/`: one file a journey through the gateway, as the people of a district would take it
