//! Checklists: templates, the merged list of a joint visit without doubled points, answers.

use crate::visit::{House, plan, subject, text, visit};
use serde_json::{Value, json};
use testkit::{Caller, Suite};

async fn template(who: &Caller, points: Value) -> String {
    let made = who.post("/v1/checklist-templates", &json!({"title": "检查表", "points": points})).await;
    made.expect(201).header("location").unwrap().to_string()
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect()
}

testkit::both! {
    async fn a_joint_visit_has_one_list_without_doubled_points(suite: Suite) {
        let (rsj, scjg) = (House::of(&suite, "nz-rsj").await, House::of(&suite, "nz-scjg").await);
        let (mine, theirs) = (rsj.staff(2).await, scjg.staff(2).await);
        let subject = subject(&rsj.editor, 21, "enterprise").await;
        let (path, tasks) = plan(&rsj.editor, &visit(&suite, &subject, &[("nz-rsj", &mine), ("nz-scjg", &theirs)])).await;
        assert_eq!(rsj.editor.send(reqwest::Method::POST, &format!("{path}/checklist"), &[], Vec::new()).await.expect(409).json()["code"], "no_checklist_template");
        template(&rsj.editor, json!([{"content": "是否悬挂营业执照。", "basis": "甲"}, {"content": "是否签订劳动合同"}])).await;
        template(&scjg.editor, json!([{"content": "是否 悬挂营业执照", "basis": "乙"}, {"content": "是否按时年报"}])).await;
        let build = async || rsj.editor.send(reqwest::Method::POST, &format!("{path}/checklist"), &[], Vec::new()).await;
        let list = build().await.expect(201).json();
        assert_eq!((list["points_before_merge"].as_i64(), list["points"].as_array().unwrap().len()), (Some(4), 3));
        assert_eq!(list["points"][0]["organ_codes"], json!(["nz-rsj", "nz-scjg"]));
        assert_eq!(list["points"][0]["basis"], "甲\n乙");

        let early = json!({"answers": [{"position": 1, "answer": "pass"}]});
        rsj.inspector.post(&format!("{}/checklist-answers", tasks[0]), &early).await.expect(409);
        rsj.arrive(&path, &tasks[0]).await;
        rsj.step(&tasks[0], "start", json!({})).await.expect(200);
        let bad = json!({"answers": [{"position": 3, "answer": "pass"}, {"position": 1, "answer": "fail"}, {"position": 1, "answer": "pass"}]});
        let faults = rsj.inspector.post(&format!("{}/checklist-answers", tasks[0]), &bad).await.expect(422).json();
        assert_eq!(codes(&faults), ["not_your_point", "note_missing", "position_twice"]);
        let first = json!({"answers": [{"position": 1, "answer": "fail", "note": "未悬挂"}, {"position": 2, "answer": "not_checked"}]});
        rsj.inspector.post(&format!("{}/checklist-answers", tasks[0]), &first).await.expect(200);
        let again = json!({"answers": [{"position": 1, "answer": "pass"}]});
        let seen = rsj.inspector.post(&format!("{}/checklist-answers", tasks[0]), &again).await.expect(200).json();
        assert_eq!((seen["points"][0]["answers"].as_array().unwrap().len(), seen["points"][0]["answers"][0]["answer"].as_str()), (1, Some("pass")));
        assert_eq!(build().await.expect(409).json()["code"], "checklist_answered");
        // The other organ sees the answers and gives its own.
        assert_eq!(scjg.editor.get(&format!("{path}/checklist")).await.expect(200).json()["points"][1]["answers"][0]["answer"], "not_checked");
        suite.clerk("nz-slj", &["inspector"]).await.get(&format!("{path}/checklist")).await.expect(404);
    }

    async fn a_replaced_template_leaves_lists_as_they_are(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let path = template(&house.editor, json!([{"content": "第一项", "key": "P-1"}])).await;
        let subject = subject(&house.editor, 22, "enterprise").await;
        let (visit, _) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &[])])).await;
        house.editor.send(reqwest::Method::POST, &format!("{visit}/checklist"), &[], Vec::new()).await.expect(201);
        let etag = house.editor.get(&path).await.expect(200).etag();
        let doubled = json!({"title": "新表", "is_active": true, "points": [{"content": "甲"}, {"content": "甲。"}]});
        assert_eq!(codes(&house.editor.put(&path, &etag, &doubled).await.expect(422).json()), ["doubled_point"]);
        let next = json!({"title": "检查表（修订）", "is_active": false, "points": [{"content": "另一项"}]});
        let replaced = house.editor.put(&path, &etag, &next).await.expect(200).json();
        assert_eq!((replaced["version"].as_i64(), replaced["points"][0]["content"].as_str()), (Some(2), Some("另一项")));
        house.editor.put(&path, &etag, &next).await.expect(412);
        let list = house.editor.get(&format!("{visit}/checklist")).await.expect(200).json();
        assert_eq!((text(&list["points"][0]["content"]).as_str(), list["sources"][0]["version"].as_i64()), ("第一项", Some(1)));
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        stranger.get(&path).await.expect(404);
        stranger.put(&path, &etag, &next).await.expect(404);
        let active = house.editor.get("/v1/checklist-templates?is_active=true").await.expect(200).json();
        assert_eq!(active["items"], json!([]));
    }
}
