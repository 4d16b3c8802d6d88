//! Two databases behind one diesel expression, with one door for reads and one for writes.
//!
//! What it is for: every service keeps its state through this crate, on an embedded SQLite file or in a
//! PostgreSQL schema of its own (D2–D6 of the architecture). What it refuses: handing out raw connections or
//! pools, choosing a database by trying, and running HTTP inside a transaction. Who calls it: the `store`
//! modules of services, and `service-kit` for the ledger (audit, events, idempotency, operations).
//!
//! - [`conn`]: [`AnyConn`] and [`on!`], the two arms of one expression
//! - [`types`]: SQL types with the best native form on each database
//! - [`store`]: [`Store::read`], [`Store::write`], [`Store::scan`]
//! - [`sqlite`], [`pg`]: the two backends, private to the store
//! - [`migrate`]: embedded migrations, one transaction each
//! - [`ledger`]: audit entries, events, idempotency records, operations: rows that ride in a change
//! - [`sealer`]: gives committed events a gap-free order and folds audit entries into a signed hash chain
//! - [`chain`]: the hash chain itself and its offline verification
//! - [`lease`]: background work claimed with leases
//! - [`crypto`]: field encryption and keyed lookup hashes behind one provider
//! - [`error`]: what can go wrong, by blame
#![forbid(unsafe_code)]

pub mod chain;
pub mod conn;
pub mod crypto;
pub mod error;
pub mod lease;
pub mod ledger;
pub mod migrate;
pub mod pg;
pub mod schema;
pub mod sealer;
pub mod sqlite;
pub mod store;
pub mod types;

pub use conn::{AnyConn, Kind};
pub use error::{StoreError, StoreResult};
pub use store::{Store, StoreConfig};

/// What a `store` module of a service imports: diesel's traits by name, without its `RunQueryDsl`.
///
/// `RunQueryDsl` exists once in diesel and once in diesel-async; [`on!`] brings the right one into each arm.
pub mod prelude {
    pub use crate::conn::{AnyConn, Kind};
    pub use crate::error::{StoreError, StoreResult};
    pub use crate::store::Store;
    pub use crate::types::{Day, Json, SqlDay, SqlJson, SqlStamp, SqlTextList, SqlUid, Stamp, TextList, Uid};
    pub use crate::{insert_rows, on};
    pub use diesel::prelude::{
        AppearsOnTable, AsChangeset, BoolExpressionMethods, Expression, ExpressionMethods, Identifiable,
        Insertable, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable,
        QueryableByName, Selectable, SelectableHelper, TextExpressionMethods,
    };
    pub use diesel::result::QueryResult;
    pub use diesel::upsert::excluded;
    pub use diesel::{IntoSql, delete, insert_into, sql_query, update};
}

#[doc(hidden)]
pub mod reexport {
    pub use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
}
