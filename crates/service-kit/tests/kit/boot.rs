//! A service whose permission matrix and handlers disagree does not start.

use crate::notes::{Notes, PERMISSIONS};
use service_kit::config::Core;
use std::sync::Arc;
use testbase::{Backend, Place, Served};

async fn start(permissions: &'static str) -> Result<(), String> {
    let place = Place::new(Backend::Sqlite).await;
    Served::start(Core::for_tests(place.dir()), vec![Arc::new(Notes(permissions))]).await.map(|_| ())
}

#[test]
fn every_operation_has_an_entry_and_every_entry_an_operation() {
    testbase::block_on(async {
        start(PERMISSIONS).await.unwrap();
        let without: &'static str =
            PERMISSIONS.replace("[operations.note_view]\nreach = \"department\"\n", "").leak();
        let refused = start(without).await.unwrap_err();
        assert!(refused.contains("note_view"), "{refused}");
        let more: &'static str =
            format!("{PERMISSIONS}\n[operations.note_burn]\nreach = \"public\"\n").leak();
        let refused = start(more).await.unwrap_err();
        assert!(refused.contains("note_burn"), "{refused}");
        let wrong: &'static str = PERMISSIONS.replace("lead_editor", "leed_editor").leak();
        let refused = start(wrong).await.unwrap_err();
        assert!(refused.contains("leed_editor"), "{refused}");
        let twice: &'static str = format!("{PERMISSIONS}\n[operations.livez]\nreach = \"public\"\n").leak();
        let refused = start(twice).await.unwrap_err();
        assert!(refused.contains("livez"), "{refused}");
    });
}
