//! One connection of either database, and the macro that compiles one expression for both.
//!
//! The PostgreSQL arm holds a shared reference: diesel-async pipelines statements that are polled together, so
//! several reads may share one connection, and a transaction may send independent inserts in one go.

use diesel::SqliteConnection;
use diesel_async::AsyncPgConnection;

/// Which database an arm speaks to; for the few statements that must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded default.
    Sqlite,
    /// A server, chosen by a `postgres://` URL.
    Postgres,
}

/// A connection borrowed for the time of one closure.
pub enum AnyConn<'a> {
    /// PostgreSQL: shared, so that independent statements can be pipelined.
    Pg(&'a AsyncPgConnection),
    /// SQLite: exclusive and synchronous; futures on it are ready at once.
    Sqlite(&'a mut SqliteConnection),
}

impl AnyConn<'_> {
    /// Which database this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            AnyConn::Pg(_) => Kind::Postgres,
            AnyConn::Sqlite(_) => Kind::Sqlite,
        }
    }

    /// Runs one SQL text without parameters, for statements that return no rows.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn batch(&mut self, sql: &str) -> diesel::QueryResult<()> {
        match self {
            AnyConn::Pg(c) => {
                let mut shared: &AsyncPgConnection = c;
                diesel_async::SimpleAsyncConnection::batch_execute(&mut shared, sql).await
            }
            AnyConn::Sqlite(c) => diesel::connection::SimpleConnection::batch_execute(*c, sql),
        }
    }
}

/// Compiles one diesel expression for both arms of an [`AnyConn`]: `on!(conn, c => query.load(c))`.
#[macro_export]
macro_rules! on {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::AnyConn::Pg(shared) => {
                use $crate::reexport::RunQueryDsl as _;
                let mut shared: &$crate::reexport::AsyncPgConnection = shared;
                let $c = &mut shared;
                $body.await
            }
            $crate::AnyConn::Sqlite(lite) => {
                use diesel::RunQueryDsl as _;
                let $c = &mut **lite;
                $body
            }
        }
    };
}

/// Inserts the rows of a slice: `insert_rows!(conn, event::table, rows)?`; the value is a `QueryResult<usize>`.
///
/// diesel prepares a statement of many rows anew every time, at twice the cost of a row by itself: so one row goes by
/// the cached statement, and many go a thousand to a statement.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows = &$rows[..];
        match $conn {
            $crate::AnyConn::Pg(shared) => {
                use $crate::reexport::RunQueryDsl as _;
                let mut shared: &$crate::reexport::AsyncPgConnection = shared;
                if let [row] = rows {
                    diesel::insert_into($table).values(row).execute(&mut shared).await
                } else {
                    let mut done = Ok(0);
                    for chunk in rows.chunks(1000) {
                        match diesel::insert_into($table).values(chunk).execute(&mut shared).await {
                            Ok(n) => done = done.map(|all: usize| all + n),
                            Err(e) => {
                                done = Err(e);
                                break;
                            }
                        }
                    }
                    done
                }
            }
            $crate::AnyConn::Sqlite(lite) => {
                use diesel::RunQueryDsl as _;
                if let [row] = rows {
                    diesel::insert_into($table).values(row).execute(&mut **lite)
                } else {
                    rows.chunks(1000).try_fold(0, |done, chunk| {
                        diesel::insert_into($table).values(chunk).execute(&mut **lite).map(|n| done + n)
                    })
                }
            }
        }
    }};
}
