//! Proves each migration's way back: after up and down the schema is what it was, after another up what it became.
//!
//! Works for any list of migrations, so every service's tests call it once. It looks at the schema only; what a `down`
//! does to rows is for the migration's own test.

use crate::place::{Backend, Place};
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use store_kit::migrate::{LEDGER, Migration};
use store_kit::{Kind, Store, StoreError, StoreResult, on};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

const SQLITE: &str = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master \
    WHERE name <> 'schema_migration' AND tbl_name <> 'schema_migration' ORDER BY line";

/// Columns, constraints, indexes, triggers, functions and views of the current schema.
const POSTGRES: &str = "
    SELECT line FROM (
        SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || udt_name || ' ' || is_nullable
               || ' ' || coalesce(column_default, '') || ' ' || is_identity AS line
          FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name <> 'schema_migration'
        UNION ALL
        SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0
           AND conrelid <> 'schema_migration'::regclass
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes
         WHERE schemaname = current_schema() AND tablename <> 'schema_migration'
        UNION ALL
        SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
        UNION ALL
        SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
         WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
        UNION ALL
        SELECT 'relation ' || c.relkind::text || ' ' || c.relname FROM pg_class c
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE 'schema_migration%'
        UNION ALL
        SELECT 'view ' || viewname || ' ' || definition FROM pg_views WHERE schemaname = current_schema()
        UNION ALL
        SELECT 'type ' || t.typname FROM pg_type t
         WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
    ) AS all_of_it ORDER BY line";

/// The schema as text, one object a line, white space normalised (SQLite keeps the statement as it was typed).
///
/// # Errors
/// Database errors.
pub async fn dump(store: &Store) -> StoreResult<String> {
    let query = match store.kind() {
        Kind::Sqlite => SQLITE,
        Kind::Postgres => POSTGRES,
    };
    let lines: Vec<Line> =
        store.read::<_, StoreError, _>(async |c| Ok(on!(c, c => sql_query(query).load(c))?)).await?;
    Ok(lines
        .into_iter()
        .map(|l| {
            l.line.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",").replace(" )", ")")
                + "\n"
        })
        .collect())
}

/// Runs one migration backwards, as an operator would: its `down`, and its line in the list of what ran.
///
/// # Errors
/// Database errors.
pub async fn step_back(store: &Store, migration: &Migration) -> StoreResult<()> {
    let (down, version) = (migration.down(store.kind()), migration.version);
    store
        .write::<_, StoreError, _>(async move |c| {
            c.batch(down).await?;
            on!(c, c => sql_query("DELETE FROM schema_migration WHERE version = $1").bind::<Text, _>(version).execute(c))?;
            Ok(())
        })
        .await
}

/// Goes up one migration at a time, back down one at a time and up again, comparing the schema at every step.
///
/// # Panics
/// At the first step that leaves something behind or takes too much away, with both schemas.
pub async fn prove_the_way_back(place: &Place, service: &str, own: &[Migration]) {
    let config = place.store_config(service);
    let mut after: Vec<String> = Vec::new();
    for count in 0..=own.len() {
        let store = Store::open(&config, &own[..count]).await.expect("the migrations run");
        after.push(dump(&store).await.expect("a dump"));
        store.close();
    }
    // A store that knows none of them, so that going back is not undone by opening.
    let store = Store::open(&config, &[]).await.expect("the store opens");
    for count in (0..own.len()).rev() {
        let migration = &own[count];
        step_back(&store, migration).await.unwrap_or_else(|e| panic!("{} down: {e}", migration.version));
        let now = dump(&store).await.expect("a dump");
        assert_eq!(now, after[count], "{} down does not take away what its up brought", migration.version);
    }
    for migration in LEDGER.iter().rev() {
        step_back(&store, migration).await.unwrap_or_else(|e| panic!("{} down: {e}", migration.version));
    }
    assert_eq!(dump(&store).await.expect("a dump"), "", "something stays after the last step down");
    store.close();
    drop(store);
    let store = Store::open(&config, own).await.expect("the migrations run again");
    assert_eq!(Some(&dump(&store).await.expect("a dump")), after.last(), "up, down, up is not up");
    store.close();
}

/// As [`prove_the_way_back`], on both databases.
///
/// # Panics
/// As [`prove_the_way_back`].
pub fn prove_on_both(service: &str, own: &[Migration]) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        crate::block_on(async { prove_the_way_back(&Place::new(backend).await, service, own).await });
    }
}
