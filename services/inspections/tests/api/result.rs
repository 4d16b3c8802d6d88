//! Results: contradictions, the audit by a second person, what a final result sets going.

use crate::visit::{DAY, House, plan, scene, subject, text, visit};
use serde_json::{Value, json};
use testkit::{Answer, Suite};

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect()
}

fn entry(codes: &[&str]) -> Value {
    json!({"scheme": "general", "codes": codes, "summary": "检查情况说明"})
}

/// An inspected task's result, entered.
pub async fn entered(house: &House, visit: &str, task: &str, body: &Value) -> String {
    house.inspect(visit, task).await;
    let made = house.inspector.post(&format!("{task}/result"), body).await;
    made.expect(201).header("location").unwrap().to_string()
}

pub async fn finalise(house: &House, result: &str) -> Answer {
    house.head.post(&format!("{result}/audit"), &json!({"decision": "pass"})).await.expect(200);
    house.head.post(&format!("{result}/finalise"), &json!({})).await
}

testkit::both! {
    async fn codes_that_contradict_each_other_or_the_measures_are_refused(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        let path = format!("{task}/result");
        house.inspector.post(&path, &entry(&["1"])).await.expect(409);
        house.inspect(&visit, &task).await;
        for (given, expected) in [
            (&["1", "E"][..], vec!["clean_excludes_others", "corrected_without_order"]),
            (&["A"], vec!["pending_without_case"]),
            (&["2"], vec!["unknown_result_code"]),
            (&["B", "B"], vec!["doubled_result_code"]),
        ] {
            let refused = house.inspector.post(&path, &entry(given)).await.expect(422).json();
            assert_eq!(codes(&refused), expected, "{given:?}");
            assert_eq!(refused["errors"][0]["pointer"], "/codes");
        }
        let mut with = entry(&["A"]);
        with["disposals"] = json!([{"kind": "transfer", "reason": "属于市场监管职责"}, {"kind": "transfer", "to_organ": "nz-rsj", "reason": "属于本局职责"}]);
        assert_eq!(codes(&house.inspector.post(&path, &with).await.expect(422).json()), ["to_organ_missing", "to_organ_own"]);
        with["disposals"] = json!([{"kind": "case", "reason": "涉嫌违法，需立案"}]);
        let made = house.inspector.post(&path, &with).await;
        let view = made.expect(201).json();
        assert_eq!((view["findings"].clone(), view["is_entered_late"].as_bool()), (json!(["发现问题待后续处理"]), Some(false)));
        assert_eq!(house.inspector.post(&path, &with).await.expect(409).json()["code"], "result_exists");
        let result = made.header("location").unwrap();
        let fewer = house.inspector.patch(result, &made.etag(), &json!({"codes": ["1"]})).await.expect(422).json();
        assert_eq!(codes(&fewer), ["clean_with_measures"]);
        suite.clerk("nz-scjg", &["inspector"]).await.get(result).await.expect(404);
        assert_eq!(suite.events("inspections", "cn.lianjian.disposal.opened").await.len(), 1);
    }

    async fn a_result_is_audited_by_another_person_and_then_final(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        let result = entered(&house, &visit, &task, &entry(&["1"])).await;
        house.head.post(&format!("{result}/finalise"), &json!({})).await.expect(409);
        house.inspector.post(&format!("{result}/audit"), &json!({"decision": "pass"})).await.expect(403);
        let silent = house.head.post(&format!("{result}/audit"), &json!({"decision": "return"})).await.expect(422).json();
        assert_eq!(codes(&silent), ["note_missing"]);
        let back = house.head.post(&format!("{result}/audit"), &json!({"decision": "return", "note": "请补充情况"})).await;
        assert_eq!(back.expect(200).json()["state"], "returned");
        let changed = house.inspector.patch(&result, &back.etag(), &json!({"summary": "已补充：合同齐全"})).await.expect(200).json();
        assert_eq!((changed["state"].as_str(), changed["summary"].as_str()), (Some("entered"), Some("已补充：合同齐全")));
        let done = finalise(&house, &result).await.expect(200).json();
        assert_eq!((done["state"].as_str(), done["outcome"].as_str()), (Some("final"), Some("no_problem")));
        assert!(done["publicity_due_date"].is_string() && done["calendar_version"].is_string());
        house.head.post(&format!("{result}/audit"), &json!({"decision": "pass"})).await.expect(409);
        let verbs: Vec<String> = house.editor.get(&format!("{result}/history")).await.expect(200).json()["items"]
            .as_array().unwrap().iter().map(|s| text(&s["verb"])).collect();
        assert_eq!(verbs, ["return", "update", "pass", "finalise"]);
        // The record of the publicity is there in the same moment.
        let records = suite.events("inspections", "cn.lianjian.publicity").await;
        assert_eq!(records.len(), 1, "{records:?}");
        let found = house.editor.get("/v1/results?state=final&outcome=no_problem").await.expect(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    }

    async fn an_ended_subject_is_told_to_the_registry_and_a_late_entry_shows(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        house.inspect(&visit, &task).await;
        suite.clock.advance(DAY * 8);
        let made = house.inspector.post(&format!("{task}/result"), &entry(&["9"])).await;
        let view = made.expect(201).json();
        assert_eq!((view["is_entered_late"].as_bool(), view["is_in_problem_rate"].as_bool()), (Some(true), Some(false)));
        let done = finalise(&house, made.header("location").unwrap()).await.expect(200).json();
        assert_eq!(done["outcome"], "subject_ended");
        let told = suite.events("inspections", "cn.lianjian.result.subject_ended").await;
        assert_eq!((told.len(), told[0]["data"]["status"].as_str()), (1, Some("deregistered")));
        assert_eq!(told[0]["subject"], view["subject_id"]);
    }

    async fn failed_points_need_a_problem_and_who_entered_does_not_audit(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let both = suite.clerk("nz-rsj", &["inspector", "lead_head"]).await;
        let points = json!({"title": "检查表", "points": [{"content": "是否签订劳动合同"}]});
        house.editor.post("/v1/checklist-templates", &points).await.expect(201);
        let subject = subject(&house.editor, 31, "enterprise").await;
        let (path, tasks) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &people)])).await;
        house.editor.send(reqwest::Method::POST, &format!("{path}/checklist"), &[], Vec::new()).await.expect(201);
        house.inspect(&path, &tasks[0]).await;
        let fail = json!({"answers": [{"position": 1, "answer": "fail", "note": "三人未签"}]});
        house.inspector.post(&format!("{}/checklist-answers", tasks[0]), &fail).await.expect(200);
        let clean = both.post(&format!("{}/result", tasks[0]), &entry(&["1"])).await.expect(422).json();
        assert_eq!(codes(&clean), ["failed_points_without_problem"]);
        let nobody = both.post(&format!("{}/result", tasks[0]), &entry(&["6"])).await.expect(422).json();
        assert_eq!(codes(&nobody), ["failed_points_without_problem", "no_contact_with_answers"]);
        let made = both.post(&format!("{}/result", tasks[0]), &entry(&["3"])).await;
        let result = made.expect(201).header("location").unwrap().to_string();
        let own = both.post(&format!("{result}/audit"), &json!({"decision": "pass"})).await.expect(403).json();
        assert_eq!(own["code"], "own_entry");
        house.head.post(&format!("{result}/audit"), &json!({"decision": "reject", "note": "事实不清"})).await.expect(200);
        house.head.post(&format!("{result}/finalise"), &json!({})).await.expect(409);
    }
}
