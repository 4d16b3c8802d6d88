//! Who sees what: drafts belong to their departments, published versions to everybody.

use crate::helpers::{People, item};
use serde_json::json;
use testkit::Suite;

testkit::both! {
    async fn another_department_does_not_see_a_draft(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let stranger = suite.clerk("nz-slj", &["lead_editor", "coop_editor"]).await;
        stranger.get(&path).await.expect(404);
        stranger.get(&format!("{path}/history")).await.expect(404);
        stranger.get(&format!("{path}/versions")).await.expect(404);
        stranger.patch(&path, "\"1\"", &json!({"field": "甲"})).await.expect(404);
        for step in ["submit", "confirm"] {
            stranger.post(&format!("{path}/{step}"), &json!({})).await.expect(404);
        }
        let list = stranger.get("/v1/supervision-items").await.expect(200).json();
        assert_eq!(list["items"], json!([]));
        let absent = stranger.get("/v1/supervision-items/0190aaaa-0000-7000-8000-000000000000").await;
        let hidden = stranger.get(&path).await;
        let said = |a: &testkit::Answer| (a.status(), a.json()["code"].clone(), a.json()["detail"].clone());
        assert_eq!(said(&absent), said(&hidden), "hidden and absent answer alike");
    }

    async fn the_parties_and_the_district_see_the_draft(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let oversight = suite.clerk("nz-sfj", &["oversight"]).await;
        for who in [&people.editor, &people.tax, &people.market, &people.legal, &oversight] {
            assert_eq!(who.get(&path).await.expect(200).json()["state"], "draft");
        }
        let own = people.tax.get("/v1/supervision-items?state=draft&cooperating_department=nz-swj").await.expect(200).json();
        // The example of the notice is a draft of the same departments.
        assert_eq!(own["items"].as_array().unwrap().len(), 2);
    }

    async fn a_stranger_sees_the_published_version_and_nothing_of_the_work_on_it(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        people.editor.post(&format!("{path}/propose-change"), &json!({"reason": "拟调整"})).await.expect(200);
        let stranger = suite.clerk("nz-slj", &["lead_editor", "coop_editor"]).await;
        let view = stranger.get(&path).await.expect(200).json();
        assert_eq!(view["state"], "published");
        assert_eq!((&view["cooperation"], &view["entered_at"]), (&json!([]), &json!(null)));
        stranger.post(&format!("{path}/confirm"), &json!({})).await.expect(403);
        let list = stranger.get("/v1/supervision-items?state=published").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let revising = stranger.get("/v1/supervision-items?state=revising").await.expect(200).json();
        assert_eq!(revising["items"], json!([]));
        let history = stranger.get(&format!("{path}/history")).await.expect(200).json();
        let steps: Vec<_> = history["items"].as_array().unwrap().iter().map(|t| (t["verb"].as_str().unwrap(), t["actor"].is_null())).collect();
        assert_eq!(steps, [("publish", true)]);
    }

    async fn events_of_drafts_reach_their_departments_only(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.submit(&path).await.expect(200);
        suite.seal("catalog").await;
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        for (who, sees) in [(&stranger, false), (&people.tax, true)] {
            let feed = who.get("/catalog/v1/feed?lastEventId=0&limit=1000").await.expect(200).json();
            let any = feed.as_array().unwrap().iter().any(|e| e["type"] == "cn.lianjian.item.submitted");
            assert_eq!(any, sees);
        }
    }

    async fn an_item_for_another_department_needs_a_district_wide_role(suite: Suite) {
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        let mut body = item();
        body["lead_department"] = json!("nz-rsj");
        let refused = stranger.post("/v1/supervision-items", &body).await;
        assert_eq!(refused.expect(403).json()["code"], "other_department");
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let made = organiser.post("/v1/supervision-items", &body).await.expect(201).json();
        assert_eq!(made["lead_department"], "nz-rsj");
    }

    async fn the_list_goes_page_by_page_without_a_gap(suite: Suite) {
        let people = People::of(&suite).await;
        for _ in 0..5 {
            people.draft().await;
        }
        let mut seen = Vec::new();
        let mut path = "/v1/supervision-items?limit=2".to_string();
        loop {
            let page = people.editor.get(&path).await;
            let view = page.expect(200).json();
            seen.extend(view["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_string()));
            match view["next"].as_str() {
                Some(next) => {
                    assert!(page.header("link").unwrap().contains("rel=\"next\""));
                    path = format!("/v1/supervision-items?limit=2&cursor={next}");
                }
                None => break,
            }
        }
        let mut once = seen.clone();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (6, 6));
        let as_of = people.editor.get("/v1/supervision-items?as_of=2026-01-01&state=draft").await;
        as_of.expect(400);
    }
}
