//! The index that finds a name by any fragment of two or more characters.
//!
//! Trigram indexes find nothing for two characters, the commonest query in Chinese, so names are indexed by bigrams:
//! FTS5 phrases on SQLite, a GIN index over an array on PostgreSQL. Called when a name is written and by the list.

use super::schema::{subject_fts, subject_text};
use domain::text::{bigrams, search_key, unique_bigrams};
use service_kit::Result;
use store_kit::prelude::*;

/// So many new names change how common a piece is.
const MANY: u64 = 2000;

/// Indexes names.
///
/// # Errors
/// Database errors.
pub async fn put(c: &mut AnyConn<'_>, names: &[(i64, &str)]) -> Result<()> {
    match c {
        AnyConn::Sqlite(lite) => {
            let rows: Vec<_> = names
                .iter()
                .map(|(key, name)| {
                    (
                        subject_fts::rowid.eq(*key),
                        subject_fts::bigrams.eq(bigrams(&search_key(name)).join(" ")),
                    )
                })
                .collect();
            insert_rows!(&mut AnyConn::Sqlite(lite), subject_fts::table, rows)?;
        }
        AnyConn::Pg(shared) => {
            use diesel_async::RunQueryDsl as _;
            let rows: Vec<_> = names
                .iter()
                .map(|(key, name)| {
                    (
                        subject_text::subject_key.eq(*key),
                        subject_text::bigrams.eq(unique_bigrams(&search_key(name))),
                    )
                })
                .collect();
            let mut pg: &diesel_async::AsyncPgConnection = shared;
            // Arrays are not for both arms, so this is `insert_rows!` by hand.
            if let [row] = &rows[..] {
                insert_into(subject_text::table).values(row).execute(&mut pg).await?;
            } else {
                for chunk in rows.chunks(1000) {
                    insert_into(subject_text::table).values(chunk).execute(&mut pg).await?;
                }
            }
        }
    }
    Ok(())
}

/// Lets the pending list of the index grow in this transaction, which writes many names (PostgreSQL).
///
/// A connection keeps the list short, because every search reads it to its end; see [`tidy`].
///
/// # Errors
/// Database errors.
pub async fn defer(c: &mut AnyConn<'_>) -> Result<()> {
    if let AnyConn::Pg(_) = c {
        c.batch("SET LOCAL gin_pending_list_limit = '4MB'").await?;
    }
    Ok(())
}

/// After `written` names: works off the pending list of the index, and counts anew how common each piece is
/// (PostgreSQL). 4 MB of the list made a search ten times slower; without the counts the planner walks the whole table
/// for a piece that few names have. The server's own housekeeping does both, but minutes later.
///
/// # Errors
/// Database errors.
pub async fn tidy(c: &mut AnyConn<'_>, written: u64) -> Result<()> {
    if let AnyConn::Pg(_) = c {
        c.batch(
            "SET LOCAL statement_timeout = '5min'; SELECT gin_clean_pending_list('subject_text_bigrams')",
        )
        .await?;
        if written >= MANY {
            c.batch("ANALYZE subject, subject_text").await?;
        }
    }
    Ok(())
}

/// Takes a name out.
///
/// # Errors
/// Database errors.
pub async fn remove(c: &mut AnyConn<'_>, key: i64) -> Result<()> {
    match c {
        AnyConn::Sqlite(lite) => {
            use diesel::RunQueryDsl as _;
            delete(subject_fts::table.filter(subject_fts::rowid.eq(key))).execute(&mut **lite)?;
        }
        AnyConn::Pg(shared) => {
            use diesel_async::RunQueryDsl as _;
            let mut pg: &diesel_async::AsyncPgConnection = shared;
            delete(subject_text::table.filter(subject_text::subject_key.eq(key))).execute(&mut pg).await?;
        }
    }
    Ok(())
}
