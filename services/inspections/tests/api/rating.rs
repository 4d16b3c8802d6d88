//! Ratings: one token for one visit, used once by nobody in particular; sums for oversight, hidden where they would tell.

use super::evidence::visited;
use serde_json::{Value, json};
use std::time::Duration;
use store_kit::StoreError;
use testkit::{Suite, both};
use uuid::Uuid;

/// Brings all visits to a state, as their own steps would.
async fn visits_are(suite: &Suite, state: &str) {
    let sql = format!("UPDATE visit SET state = '{state}'");
    let change = async move |c: &mut store_kit::AnyConn<'_>| Ok(c.batch(&sql).await?);
    suite.kit("inspections").store.write::<_, StoreError, _>(change).await.unwrap();
}

async fn token(suite: &Suite, organ: &str, visit: Uuid) -> String {
    let officer = suite.clerk(organ, &["inspector"]).await;
    let made = officer.post(&format!("/v1/visits/{visit}/ratings"), &json!({})).await;
    assert_eq!(made.expect(201).header("cache-control"), Some("no-store"));
    made.json()["token"].as_str().unwrap().to_string()
}

fn rating(score: i64) -> Value {
    json!({"score": score, "answers": [
        {"question": "certificates_shown", "answer": "yes"}, {"question": "no_fees", "answer": "no"},
    ], "comment": "检查人员态度好，但要求提交纸质材料两份"})
}

both! {
    async fn a_visit_is_rated_once_without_an_account(suite: Suite) {
        let visit = visited(&suite, &["nz-scjg", "nz-rsj"]).await.visit_id;
        let path = format!("/v1/public/ratings/{}", token(&suite, "nz-scjg", visit).await);
        let nobody = suite.anonymous();
        let form = nobody.get(&path).await.expect(200).json();
        let names: Vec<&str> = form["organs"].as_array().unwrap().iter().map(|o| o["code"].as_str().unwrap()).collect();
        assert_eq!(names, ["nz-scjg", "nz-rsj"]);
        assert_eq!(form["questions"].as_array().unwrap().len(), 7);
        let early = nobody.post(&path, &rating(4)).await;
        assert_eq!(early.expect(409).json()["code"], "visit_not_begun");
        visits_are(&suite, "inspecting").await;
        for (body, code) in [
            (json!({"score": 6}), None),
            (json!({"score": 3, "answers": [{"question": "no_fees", "answer": "no"}, {"question": "no_fees", "answer": "yes"}]}), Some("repeated_question")),
            (json!({"score": 3, "comment": "   "}), Some("bad_text")),
        ] {
            let refused = nobody.post(&path, &body).await.expect(422).json();
            if let Some(code) = code {
                assert_eq!(refused["errors"][0]["code"], code);
            }
        }
        nobody.post(&path, &rating(4)).await.expect(204);
        assert_eq!(nobody.post(&path, &rating(5)).await.expect(410).json()["code"], "rating_used");
        assert_eq!(nobody.get(&path).await.expect(410).json()["code"], "rating_used");
        nobody.get(&format!("/v1/public/ratings/{}", "0".repeat(64))).await.expect(404);
        // The organ that was rated can have no second rating.
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let again = officer.post(&format!("/v1/visits/{visit}/ratings"), &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "visit_rated");
        // What is told names organs and breaches, no visit, and no department sees it.
        let told = suite.events("inspections", "cn.lianjian.rating.given").await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["data"]["breaches"], json!(["no_fees"]));
        assert!(!told[0].to_string().contains(&visit.to_string()));
        assert!(!told[0]["departments"].as_array().unwrap().iter().any(|d| d == "nz-scjg" || d == "nz-rsj"));
    }

    async fn a_new_token_takes_the_unused_one_back_and_each_has_its_time(suite: Suite) {
        let visit = visited(&suite, &["nz-scjg"]).await.visit_id;
        let first = token(&suite, "nz-scjg", visit).await;
        let second = token(&suite, "nz-scjg", visit).await;
        let nobody = suite.anonymous();
        nobody.get(&format!("/v1/public/ratings/{first}")).await.expect(404);
        nobody.get(&format!("/v1/public/ratings/{second}")).await.expect(200);
        suite.clock.advance(Duration::from_secs(31 * 24 * 3600));
        let late = nobody.get(&format!("/v1/public/ratings/{second}")).await;
        assert_eq!(late.expect(410).json()["code"], "rating_expired");
        // Who does not take part gives no tokens out, and a visit that is off has none.
        let stranger = suite.clerk("nz-jtj", &["inspector"]).await;
        stranger.post(&format!("/v1/visits/{visit}/ratings"), &json!({})).await.expect(404);
        visits_are(&suite, "cancelled").await;
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let off = officer.post(&format!("/v1/visits/{visit}/ratings"), &json!({})).await;
        assert_eq!(off.expect(409).json()["code"], "visit_off");
    }

    async fn oversight_sees_sums_and_remarks_and_nobody_else_does(suite: Suite) {
        let nobody = suite.anonymous();
        let oversight = suite.clerk("nz-sfj", &["oversight"]).await;
        let organ = async || {
            let year = oversight.get("/v1/rating-summaries").await.expect(200).json();
            year["organs"].as_array().unwrap().iter().find(|o| o["organ_code"] == "nz-scjg").cloned().unwrap()
        };
        for (at, score) in [5, 4, 4].into_iter().enumerate() {
            let visit = visited(&suite, &["nz-scjg"]).await.visit_id;
            visits_are(&suite, "closed").await;
            let path = format!("/v1/public/ratings/{}", token(&suite, "nz-scjg", visit).await);
            nobody.post(&path, &rating(score)).await.expect(204);
            let sums = organ().await;
            assert_eq!(sums["given"], at + 1);
            assert_eq!(sums["is_suppressed"], at < 2, "{sums}");
            assert_eq!(sums["mean"].is_null(), at < 2);
        }
        let sums = organ().await;
        assert_eq!(sums["mean"], "4.33");
        assert_eq!(sums["scores"], json!([0, 0, 0, 2, 1]));
        let fees = sums["answers"].as_array().unwrap().iter().find(|a| a["question"] == "no_fees").unwrap().clone();
        assert_eq!((fees["yes"].as_u64(), fees["no"].as_u64()), (Some(0), Some(3)));
        let remarks = oversight.get("/v1/rating-comments?limit=2").await.expect(200).json();
        assert_eq!(remarks["items"].as_array().unwrap().len(), 2);
        assert_eq!(remarks["items"][0]["organ_codes"], json!(["nz-scjg"]));
        assert!(remarks["next"].is_string());
        assert_eq!(suite.audit("inspections", "page").await.len(), 1, "each reading is logged");
        let officer = suite.clerk("nz-scjg", &["lead_head", "inspector", "legal"]).await;
        officer.get("/v1/rating-summaries").await.expect(403);
        officer.get("/v1/rating-comments").await.expect(403);
    }
}
