//! What a plan would cost, on a registry of the test's own; nothing is stored.

use crate::attachment2::{Actors, plan};
use serde_json::{Value, json};
use testkit::{Caller, Suite, uscc};

/// Companies of the registry, the first ones of class A, the last one of class D.
async fn registry(organiser: &Caller, n: u32) -> Vec<String> {
    let scheme = json!({"code": "risk_class", "name": "信用风险分类"});
    organiser.post("/v1/tag-schemes", &scheme).await.expect(201);
    let mut ids = Vec::new();
    for i in 0..n {
        let subject = json!({
            "kind": "enterprise", "name": format!("汉中南郑样例{i}有限公司"), "identifier": uscc(i),
            "region_code": "610703102", "industry": "6210", "departments": ["nz-scjg", "nz-rsj"],
        });
        let made = organiser.post("/v1/subjects", &subject).await.expect(201).json();
        let id = made["id"].as_str().unwrap().to_string();
        let class = if i + 1 == n { "D" } else { "A" };
        if i % 2 == 0 || i + 1 == n {
            let tag = json!({"scheme": "risk_class", "value": class, "source": "样例"});
            organiser.post(&format!("/v1/subjects/{id}/tags"), &tag).await.expect(201);
        }
        ids.push(id);
    }
    ids
}

fn numbers(view: &Value, names: &[&str]) -> Vec<u64> {
    names.iter().map(|n| view[*n].as_u64().unwrap_or_else(|| panic!("{n} in {view}"))).collect()
}

testkit::both! {
    async fn a_plan_is_computed_on_the_registry_and_nothing_is_stored(suite: Suite) {
        let actors = Actors::of(&suite).await;
        registry(&actors.organiser, 10).await;
        let made = actors.editor.post("/v1/plans", &plan()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let before = suite.counts("inspections").await;
        let view = actors.editor.post(&format!("{path}/what-if"), &json!({"visits_per_day": 2})).await.expect(200).json();
        assert_eq!(suite.counts("inspections").await, before);
        // 5 subjects of class A at 1 %, one of class D at half: one of each; four have no class and no stratum.
        assert_eq!(view["strata"].as_array().unwrap().iter().map(|s| numbers(s, &["subjects", "drawn"])).collect::<Vec<_>>(), [[5, 1], [1, 1]]);
        assert_eq!(numbers(&view, &["subjects", "subjects_drawn", "visits_apart", "visits_combined", "visits_saved"]), [10, 2, 6, 2, 4]);
        assert_eq!(numbers(&view, &["visits_per_subject_apart", "visits_per_subject_combined", "person_days"]), [3, 1, 6]);
        let organs = view["organs"].as_array().unwrap();
        assert_eq!(organs.iter().map(|o| o["department"].as_str().unwrap()).collect::<Vec<_>>(), ["nz-rsj", "nz-scjg", "nz-swj"]);
        assert_eq!((organs[0]["cap"].as_u64(), organs[0]["is_cap_assumed"].as_bool()), (Some(2), Some(true)));
        assert_eq!(view["classes"][1]["expected_coverage_per_ten_thousand"], 10000, "{view}");
        assert_eq!(view["overlaps"], json!([]));
    }

    async fn a_cap_is_exceeded_by_what_the_plan_brings(suite: Suite) {
        let actors = Actors::of(&suite).await;
        registry(&actors.organiser, 3).await;
        let mut often = plan();
        often["strata"] = json!([]);
        often["quantity_text"] = json!("全覆盖，每季度1次");
        let made = actors.editor.post("/v1/plans", &often).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let view = actors.editor.post(&format!("{path}/what-if"), &json!({})).await.expect(200).json();
        assert_eq!(numbers(&view, &["subjects_drawn", "visits_per_subject_combined", "subjects_over_cap"]), [3, 3, 3]);
        let lenient = actors.editor.post(&format!("{path}/what-if"), &json!({"cap_if_unpublished": 3})).await.expect(200).json();
        assert_eq!(lenient["subjects_over_cap"], 0);
        actors.editor.post(&format!("{path}/what-if"), &json!({"inspectors_per_organ": 1})).await.expect(422);
    }

    async fn plans_that_meet_the_same_subjects_are_named_to_the_organiser(suite: Suite) {
        let actors = Actors::of(&suite).await;
        registry(&actors.organiser, 4).await;
        let other = actors.submitted().await;
        let mut second = plan();
        second["name"] = json!("另一计划");
        let made = actors.editor.post("/v1/plans", &second).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let view = actors.organiser.post(&format!("{path}/what-if"), &json!({})).await.expect(200).json();
        assert_eq!(view["overlaps"][0]["shared_subjects"], 4, "{view}");
        assert!(other.ends_with(view["overlaps"][0]["plan_id"].as_str().unwrap()));
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        stranger.post(&format!("{path}/what-if"), &json!({})).await.expect(404);
    }

    async fn a_plan_without_a_quantity_has_a_frame_and_no_figures(suite: Suite) {
        let actors = Actors::of(&suite).await;
        registry(&actors.organiser, 2).await;
        let mut vague = plan();
        vague["strata"] = json!([]);
        vague["quantity_text"] = json!("根据实际情况确定");
        let made = actors.editor.post("/v1/plans", &vague).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let view = actors.editor.post(&format!("{path}/what-if"), &json!({})).await.expect(200).json();
        assert_eq!((view["subjects"].as_u64(), view["is_quantity_known"].as_bool()), (Some(2), Some(false)));
        assert_eq!((&view["strata"], &view["visits_combined"]), (&json!([]), &json!(0)));
    }
}
