//! Tasks: the parts that [`crate::visit`] does not show: notices waived, nobody found, records that say how they were signed.

use crate::visit::{record, scene};
use serde_json::{Value, json};
use testkit::Suite;

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect()
}

testkit::both! {
    async fn a_notice_has_a_number_or_a_reason(suite: Suite) {
        let (house, _, task, _) = scene(&suite).await;
        house.step(&task, "prepare", json!({})).await.expect(200);
        house.step(&task, "approve", json!({})).await.expect(200);
        assert_eq!(codes(&house.step(&task, "notify", json!({})).await.expect(422).json()), ["notice_missing"]);
        let both = json!({"served_at": "2026-01-01T08:00:00+08:00", "waiver": "飞行检查"});
        assert_eq!(codes(&house.step(&task, "notify", both).await.expect(422).json()), ["notice_and_waiver"]);
        let future = json!({"notice_no": "1号", "served_at": "2099-01-01T08:00:00+08:00"});
        assert_eq!(codes(&house.step(&task, "notify", future).await.expect(422).json()), ["date_in_future"]);
        let waived = house.step(&task, "notify", json!({"waiver": "飞行检查，不事先告知"})).await.expect(200).json();
        assert_eq!((waived["state"].as_str(), waived["notified_at"].is_null()), (Some("notified"), true));
    }

    async fn nobody_found_is_proved_and_closed_with_the_code_for_it(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        house.prepare(&task).await;
        let alone = json!({"reason": "登记住所已无人经营"});
        assert_eq!(codes(&house.step(&task, "not-found", alone).await.expect(422).json()), ["witness_or_video"]);
        let seen = json!({"reason": "登记住所已无人经营", "witness": "赵六"});
        assert_eq!(house.step(&task, "not-found", seen).await.expect(200).json()["state"], "not_found");
        assert_eq!(house.editor.get(&visit).await.expect(200).json()["state"], "not_found");
        let result = json!({"scheme": "general", "codes": ["6"], "summary": "通过登记的住所无法联系"});
        house.inspector.post(&format!("{task}/result"), &result).await.expect(201);
        assert_eq!(house.step(&task, "close", json!({})).await.expect(200).json()["state"], "closed");
    }

    async fn a_record_says_how_it_was_signed_or_why_not(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        house.arrive(&visit, &task).await;
        house.step(&task, "start", json!({})).await.expect(200);
        let with = |members: Value| {
            let mut body = record();
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            body
        };
        let bare = with(json!({"signature": "witnessed"}));
        assert_eq!(codes(&house.step(&task, "record", bare).await.expect(422).json()), ["witness_missing", "reason_missing"]);
        let film = with(json!({"signature": "filmed", "refusal_reason": "当事人拒绝签字"}));
        assert_eq!(codes(&house.step(&task, "record", film).await.expect(422).json()), ["video_missing"]);
        let good = with(json!({"signature": "witnessed", "refusal_reason": "当事人拒绝签字", "witness": "欧阳小明"}));
        house.step(&task, "record", good).await.expect(200);
        let shown = house.editor.get(&format!("{task}/site-record")).await.expect(200).json();
        assert_eq!((shown["witness"].as_str(), &shown["documents_asked"]), (Some("欧阳*"), &json!(["用工花名册"])));
        for file in std::fs::read_dir(suite.data_dir()).unwrap() {
            let path = file.unwrap().path();
            assert!(!path.is_file() || !String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("欧阳小明"));
        }
    }
}
