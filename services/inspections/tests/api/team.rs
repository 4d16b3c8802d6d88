//! Teams: lawful, balanced, proved; and the answer where there is none.

use crate::draw::{Drawers, draw, ids};
use crate::helpers::inspector;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{Caller, Suite, uscc};

/// Registers inspectors of the caller's organ.
async fn register(keeper: &Caller, numbers: std::ops::Range<u32>) -> Vec<Value> {
    let mut made = Vec::new();
    for n in numbers {
        let mut body = inspector(&format!("T-{n:03}"));
        body.as_object_mut().unwrap().remove("id_number");
        made.push(keeper.post("/v1/inspectors", &body).await.expect(201).json());
    }
    made
}

async fn subjects(suite: &Suite, n: u32) {
    let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
    for i in 0..n {
        let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{i}有限公司"), "identifier": uscc(i),
            "region_code": "610703102", "departments": ["nz-rsj"]});
        organiser.post("/v1/subjects", &subject).await.expect(201);
    }
}

fn body(suite: &Suite) -> Value {
    let mut body = draw(suite);
    body["strata"] = json!([{"name": "ALL", "sample_size": 6}]);
    body["organs"] = json!([{"department": "nz-rsj"}, {"department": "nz-scjg"}]);
    body
}

testkit::both! {
    async fn every_visit_gets_a_team_of_each_organ_and_the_transcript_proves_it(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let market = suite.clerk("nz-scjg", &["lead_editor"]).await;
        subjects(&suite, 10).await;
        register(&drawers.editor, 0..5).await;
        register(&market, 10..14).await;
        let path = drawers.add(&body(&suite)).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        let pool = drawers.editor.get(&format!("{path}/inspectors")).await.expect(200).json();
        assert_eq!(pool["items"].as_array().unwrap().len(), 9);
        // Who registers after the freeze is not in the pool.
        register(&market, 20..25).await;
        let assigned = drawers.step(&path, "assign").await;
        assert_eq!(assigned["state"], "assigned");
        let report = ::draw::verify_bytes(drawers.editor.get(&format!("{path}/transcript")).await.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        assert_eq!((report.visits, report.teams), (6, 12));

        let draw_id = path.rsplit('/').next().unwrap();
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let visits: Vec<&Value> = picks["items"].as_array().unwrap().iter().filter(|p| p["state"] == "drawn").collect();
        assert_eq!(visits.len(), 6);
        let transcript = drawers.editor.get(&format!("{path}/transcript")).await.expect(200).json();
        let mut loads: BTreeMap<String, u32> = BTreeMap::new();
        for team in transcript["public"]["teams"]["teams"].as_array().unwrap() {
            assert_eq!(team["members"].as_array().unwrap().len(), 2);
            for member in team["members"].as_array().unwrap() {
                *loads.entry(format!("{}/{member}", team["organ"])).or_default() += 1;
            }
        }
        // 12 places for 5 and for 4 inspectors: 2 or 3 each, and exactly 3.
        assert!(loads.values().all(|n| (2..=3).contains(n)) && loads.len() == 9, "{loads:?}");
        let visit = market.get(&format!("/v1/visits/{}", visits[0]["visit_id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((visit["state"].as_str(), visit["draw_id"].as_str()), (Some("assigned"), Some(draw_id)));
        let again = drawers.editor.post(&format!("{path}/assign"), &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "transition_refused");
        drawers.editor.post(&format!("{path}/publish"), &json!({})).await.expect(403);
        let published = drawers.head.post(&format!("{path}/publish"), &json!({})).await.expect(200).json();
        assert_eq!((published["state"].as_str(), published["digest"].as_str()), (Some("published"), Some(report.digest.as_str())));
        let open = suite.anonymous().get(&format!("/v1/public/draws/{draw_id}/transcript")).await;
        assert_eq!(::draw::verify_bytes(open.expect(200).bytes()).digest, report.digest);
        drawers.editor.post(&format!("{path}/void-request"), &json!({"reason": "名录有误"})).await.expect(200);
        assert_eq!(drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(409).json()["code"], "visits_open");
    }

    async fn where_no_lawful_team_exists_organ_visit_and_missing_thing_are_named(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let market = suite.clerk("nz-scjg", &["lead_editor"]).await;
        subjects(&suite, 10).await;
        register(&drawers.editor, 0..3).await;
        register(&market, 10..11).await;
        let mut wanted = body(&suite);
        wanted["organs"][0]["qualifications"] = json!(["特种设备"]);
        let path = drawers.add(&wanted).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        let refused = drawers.editor.post_with(&format!("{path}/assign"), &[("accept-language", "en")], &json!({})).await;
        let refused = refused.expect(409).json();
        assert_eq!(refused["code"], "no_lawful_team");
        let text = refused["errors"].to_string();
        assert!(text.contains("nz-rsj cannot staff DRAW-") && text.contains("tag:qualification:特种设备:3"), "{text}");
        assert!(text.contains("nz-scjg cannot staff DRAW-") && text.contains("inspectors:1"), "{text}");
        let view = drawers.editor.get(&path).await.expect(200).json();
        assert_eq!(view["state"], "drawn", "nothing was stored");
    }

    async fn subjects_that_the_registry_does_not_know_cannot_be_visited(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let mut alone = body(&suite);
        alone["organs"] = json!([{"department": "nz-rsj"}]);
        register(&drawers.editor, 0..3).await;
        let path = drawers.add(&alone).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        let refused = drawers.editor.post(&format!("{path}/assign"), &json!({})).await.expect(422).json();
        assert_eq!(refused["errors"].as_array().unwrap().len(), 6);
        assert_eq!(refused["errors"][0]["code"], "unknown_subject");
    }
}
