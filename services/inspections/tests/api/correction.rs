//! Corrections with computed terms, more time, recheck; cases and transfers.

use crate::result::{entered, finalise};
use crate::visit::{DAY, scene, text};
use serde_json::{Value, json};
use testkit::Suite;

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect()
}

fn order(number: &str, days: u32, recheck_on: &str) -> Value {
    json!({"order_no": number, "problem": "三名职工未签订书面劳动合同", "term": {"n": days, "unit": "calendar_day"},
        "recheck_on": recheck_on})
}

fn result(corrections: &[Value]) -> Value {
    json!({"scheme": "general", "codes": ["E"], "summary": "三人未签合同，已责令改正", "corrections": corrections})
}

testkit::both! {
    async fn a_correction_is_ordered_reported_rechecked_and_told(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        let today = suite.clock.today();
        let later = |days: i64| today.saturating_add(jiff::Span::new().days(days)).to_string();
        house.inspect(&visit, &task).await;
        let soon = result(&[order("责改1号", 10, &later(5))]);
        assert_eq!(codes(&house.inspector.post(&format!("{task}/result"), &soon).await.expect(422).json()), ["recheck_before_due"]);
        let mut hours = order("责改1号", 10, &later(20));
        hours["term"]["unit"] = json!("hour");
        assert_eq!(codes(&house.inspector.post(&format!("{task}/result"), &result(&[hours])).await.expect(422).json()), ["hours_not_allowed"]);
        let twice = result(&[order("责改1号", 5, &later(20)), order("责改1号", 5, &later(20))]);
        assert_eq!(codes(&house.inspector.post(&format!("{task}/result"), &twice).await.expect(422).json()), ["order_twice"]);
        let made = house.inspector.post(&format!("{task}/result"), &result(&[order("责改1号", 7, &later(20))])).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let list = house.editor.get("/v1/corrections").await.expect(200).json();
        let correction = &list["items"][0];
        assert_eq!((correction["state"].as_str(), correction["overdue"].as_bool()), (Some("ordered"), Some(false)));
        assert!(text(&correction["due_date"]) >= later(7), "{correction}");
        assert!(correction["calendar_version"].is_string());
        let at = format!("/v1/corrections/{}", text(&correction["id"]));

        let more = json!({"term": {"n": 3, "unit": "calendar_day"}, "reason": "需要采购设备"});
        let longer = house.inspector.post(&format!("{at}/extend"), &more).await.expect(200).json();
        assert_eq!(longer["extended_to"], longer["due_date"]);
        assert_eq!(house.inspector.post(&format!("{at}/extend"), &more).await.expect(409).json()["code"], "extended_already");
        house.inspector.post(&format!("{at}/report"), &json!({"report": "已补签三份"})).await.expect(200);
        house.inspector.post(&format!("{at}/report"), &json!({"report": "已补签三份"})).await.expect(409);
        let elsewhere = json!({"is_put_right": true, "note": "合格", "visit_id": uuid::Uuid::now_v7()});
        assert_eq!(codes(&house.inspector.post(&format!("{at}/recheck"), &elsewhere).await.expect(422).json()), ["unknown_visit"]);
        let good = json!({"is_put_right": true, "note": "抽查合格", "visit_id": visit.rsplit('/').next()});
        assert_eq!(house.inspector.post(&format!("{at}/recheck"), &good).await.expect(200).json()["state"], "corrected");
        house.inspector.post(&format!("{at}/recheck"), &good).await.expect(409);
        let verbs: Vec<String> = house.editor.get(&format!("{at}/history")).await.expect(200).json()["items"]
            .as_array().unwrap().iter().map(|s| text(&s["verb"])).collect();
        assert_eq!(verbs, ["extend", "report", "recheck"]);
        let told: Vec<String> = suite.events("inspections", "cn.lianjian.correction.").await.iter().map(|e| text(&e["type"])).collect();
        assert_eq!(told, ["ordered", "extended", "reported", "corrected"].map(|t| format!("cn.lianjian.correction.{t}")));
        assert_eq!(finalise(&house, &path).await.expect(200).json()["outcome"], "correction_ordered");
        suite.clerk("nz-slj", &["inspector"]).await.get(&at).await.expect(404);
    }

    async fn what_is_not_put_right_in_time_is_overdue_and_may_become_a_case(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        let far = suite.clock.today().saturating_add(jiff::Span::new().days(20)).to_string();
        let path = entered(&house, &visit, &task, &result(&[order("责改2号", 3, &far)])).await;
        assert_eq!(finalise(&house, &path).await.expect(200).json()["outcome"], "correction_ordered");
        assert_eq!(house.editor.get("/v1/corrections?overdue=true").await.expect(200).json()["items"], json!([]));
        suite.clock.advance(DAY * 10);
        let late = house.editor.get("/v1/corrections?overdue=true").await.expect(200).json();
        let at = format!("/v1/corrections/{}", text(&late["items"][0]["id"]));
        assert_eq!(late["items"][0]["overdue"], true);
        let more = json!({"term": {"n": 3, "unit": "calendar_day"}, "reason": "忘记了"});
        assert_eq!(house.inspector.post(&format!("{at}/extend"), &more).await.expect(409).json()["code"], "correction_overdue");
        house.inspector.post(&format!("{at}/recheck"), &json!({"is_put_right": false, "note": "仍未补签"})).await.expect(200);
        assert_eq!(suite.events("inspections", "cn.lianjian.correction.uncorrected").await.len(), 1);

        let transfer = json!({"kind": "transfer", "to_organ": "nz-scjg", "reason": "涉嫌虚假登记"});
        let made = house.inspector.post(&format!("{path}/disposals"), &transfer).await;
        let disposal = made.expect(201).header("location").unwrap().to_string();
        assert_eq!(house.editor.get(&path).await.expect(200).json()["outcome"], "transferred");
        let receiver = suite.clerk("nz-scjg", &["lead_editor"]).await;
        assert_eq!(receiver.get("/v1/disposals").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        receiver.get(&path).await.expect(404);
        suite.clerk("nz-slj", &["inspector"]).await.get(&disposal).await.expect(404);
        let closed = receiver.post(&format!("{disposal}/close"), &json!({"outcome": "已立案"})).await.expect(200).json();
        assert_eq!(closed["state"], "closed");
        receiver.post(&format!("{disposal}/close"), &json!({"outcome": "已立案"})).await.expect(409);
        let told = suite.events("inspections", "cn.lianjian.disposal.").await;
        assert_eq!(told.iter().map(|e| text(&e["type"])).collect::<Vec<_>>(), ["cn.lianjian.disposal.opened", "cn.lianjian.disposal.closed"]);
        assert_eq!(told[0]["departments"], json!(["nz-rsj", "nz-scjg"]));
    }

    async fn a_number_of_an_order_is_used_once_by_an_organ(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        let far = suite.clock.today().saturating_add(jiff::Span::new().days(20)).to_string();
        let path = entered(&house, &visit, &task, &result(&[order("责改3号", 3, &far)])).await;
        let again = house.inspector.post(&format!("{path}/corrections"), &order("责改3号", 3, &far)).await;
        assert_eq!(again.expect(409).json()["code"], "order_exists");
        let second = house.inspector.post(&format!("{path}/corrections"), &order("责改4号", 3, &far)).await;
        let location = second.expect(201).header("location").unwrap().to_string();
        assert_eq!(house.editor.get(&location).await.expect(200).json()["order_no"], "责改4号");
        let by_result = format!("/v1/corrections?result_id={}", path.rsplit('/').next().unwrap());
        assert_eq!(house.editor.get(&by_result).await.expect(200).json()["items"].as_array().unwrap().len(), 2);
    }
}
