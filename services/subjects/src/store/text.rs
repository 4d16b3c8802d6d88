//! The index that finds a name by any fragment of two or more characters.
//!
//! Trigram indexes find nothing for two characters, the commonest query in Chinese, so names are indexed by bigrams:
//! FTS5 phrases on SQLite, a GIN index over an array on PostgreSQL. Called when a name is written and by the list.

use super::schema::{subject_fts, subject_text};
use domain::text::{bigrams, search_key, unique_bigrams};
use service_kit::Result;
use store_kit::prelude::*;

/// Indexes names.
///
/// # Errors
/// Database errors.
pub async fn put(c: &mut AnyConn<'_>, names: &[(i64, &str)]) -> Result<()> {
    match c {
        AnyConn::Sqlite(lite) => {
            use diesel::RunQueryDsl as _;
            let rows: Vec<_> = names
                .iter()
                .map(|(key, name)| {
                    (
                        subject_fts::rowid.eq(*key),
                        subject_fts::bigrams.eq(bigrams(&search_key(name)).join(" ")),
                    )
                })
                .collect();
            for chunk in rows.chunks(1000) {
                insert_into(subject_fts::table).values(chunk).execute(&mut **lite)?;
            }
        }
        AnyConn::Pg(shared) => {
            use diesel_async::RunQueryDsl as _;
            let mut pg: &diesel_async::AsyncPgConnection = shared;
            let rows: Vec<_> = names
                .iter()
                .map(|(key, name)| {
                    (
                        subject_text::subject_key.eq(*key),
                        subject_text::bigrams.eq(unique_bigrams(&search_key(name))),
                    )
                })
                .collect();
            for chunk in rows.chunks(1000) {
                insert_into(subject_text::table).values(chunk).execute(&mut pg).await?;
            }
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
