//! What the crate promises, from outside: reading rows, reading and writing grids, exports, refusals.
//! Fixtures are built here in code.

#[cfg(test)]
mod csv_rows;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod grids;
#[cfg(test)]
mod gzip;
#[cfg(test)]
mod ndjson_rows;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod xlsx_rows;
