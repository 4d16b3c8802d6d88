//! Who owns the files: one process a SQLite file, any number a PostgreSQL schema.

use crate::{PROBE, assert_whole, open, put};
use store_kit::prelude::*;
use testbase::{Backend, Place, both};
use uuid::Uuid;

both! {
    async fn a_second_owner_is_refused_on_sqlite_and_welcome_on_postgres(place: Place) {
        let first = open(&place).await;
        let second = Store::open(&place.store_config("probe"), &[PROBE]).await;
        match place.backend() {
            Backend::Sqlite => {
                let text = second.err().expect("two owners of one file").to_string();
                assert!(text.contains("in use by another lianjian process"), "{text}");
                assert!(text.contains(&std::process::id().to_string()), "it names the holder: {text}");
                assert!(text.contains("PostgreSQL"), "it says what to do: {text}");
            }
            Backend::Postgres => {
                let second = second.unwrap();
                for store in [&first, &second] {
                    let id = Uuid::new_v4();
                    store.write(async move |c| put(c, id, 0).await).await.unwrap();
                }
                assert_eq!(assert_whole(&first).await, assert_whole(&second).await);
            }
        }
    }

    async fn a_closed_store_can_be_opened_again(place: Place) {
        for n in 0..3i64 {
            let store = open(&place).await;
            let id = Uuid::new_v4();
            store.write(async move |c| put(c, id, n).await).await.unwrap();
            assert_eq!(assert_whole(&store).await.len(), usize::try_from(n).unwrap() + 1);
            store.close();
        }
    }
}

#[test]
fn a_url_of_another_kind_is_refused_and_not_tried() {
    testbase::block_on(async {
        let config = store_kit::StoreConfig::postgres("probe", "mysql://somewhere/else");
        let text = Store::open(&config, &[]).await.err().expect("refused").to_string();
        assert!(text.contains("postgres://"), "{text}");
    });
}
