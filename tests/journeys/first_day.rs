//! The first day of a district: the administrator logs in, gives accounts, and the day's work can begin and end.

use serde_json::json;
use testkit::{Suite, both};

both! {
    async fn the_administrator_gives_an_account_and_its_holder_works_with_it(suite: Suite) {
        let admin = suite.admin().await;
        assert_eq!(admin.account()["username"], "admin");
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        assert_eq!(clerk.account()["department"], "nz-rsj");
        assert_eq!(clerk.account()["roles"], json!(["lead_editor"]));
        clerk.get("/v1/accounts").await.expect(403);
        // Giving an account is in the log, under the administrator's name.
        let entries = suite.audit("gateway", &clerk.id()).await;
        assert_eq!(entries[0]["actor"], admin.id());
        // A token lives for minutes; the person logs in again and goes on.
        suite.clock.advance(std::time::Duration::from_secs(8 * 3600));
        clerk.get("/v1/accounts/me").await.expect(200);
    }

    async fn a_night_passes_and_everything_is_still_there(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let (id, options) = (clerk.id(), testkit::Options::default());
        let place = suite.stop().await;
        let morning = Suite::start_in(place, options).await;
        let admin = morning.admin().await;
        let again = admin.get(&format!("/v1/accounts/{id}")).await;
        assert_eq!(again.expect(200).json()["department"], "nz-rsj");
    }
}
