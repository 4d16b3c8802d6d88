//! 综合查一次: planned visits of several organs to one subject become one, or stay apart with a reason.

use crate::burden::{plan_visit, visit};
use crate::entry::subject;
use jiff::ToSpan;
use serde_json::{Value, json};
use testkit::{Caller, Suite};

/// Two departments that plan a visit to the same subject, ten and forty days from now.
async fn two_planned(suite: &Suite, n: u32) -> (Caller, Caller, String, [String; 2]) {
    let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
    let scjg = suite.clerk("nz-scjg", &["lead_editor"]).await;
    let id = subject(&rsj, n).await;
    let today = suite.clock.today();
    let day = |n: i64| today.checked_add(n.days()).unwrap().to_string();
    let first = plan_visit(&rsj, &visit(&id, "nz-rsj", (&day(5), &day(10)))).await.json();
    let second = plan_visit(&scjg, &visit(&id, "nz-scjg", (&day(35), &day(40)))).await.json();
    let ids = [&first, &second].map(|v| v["id"].as_str().unwrap().to_string());
    (rsj, scjg, id, ids)
}

fn days_from(suite: &Suite, n: i64) -> String {
    suite.clock.today().checked_add(n.days()).unwrap().to_string()
}

async fn find(who: &Caller, subject: &str) -> Value {
    who.post("/v1/visit-combinations", &json!({"subject_id": subject})).await.expect(200).json()
}

fn verdict<'v>(lint: &'v Value, rule: &str) -> &'v Value {
    let all = lint["report"]["verdicts"].as_array().unwrap();
    &all.iter().find(|v| v["rule_id"] == rule).unwrap_or_else(|| panic!("no {rule} in {lint}"))["verdict"]
}

testkit::both! {
    async fn two_planned_visits_become_one_and_the_ledger_shows_it(suite: Suite) {
        let (rsj, scjg, subject, ids) = two_planned(&suite, 20).await;
        let lint = rsj.get(&format!("/v1/visits/{}/lint", ids[0])).await.expect(200).json();
        assert_eq!(verdict(&lint, "FRQ-04"), "warn", "{lint}");
        let found = find(&rsj, &subject).await;
        assert_eq!((found["visits_looked_at"].as_i64(), found["visits_saved"].as_i64()), (Some(2), Some(1)));
        let proposal = &found["items"][0];
        assert_eq!(proposal["visit_ids"], json!(ids));
        assert_eq!(proposal["departments"], json!(["nz-rsj", "nz-scjg"]));
        assert_eq!((proposal["saving"]["visits_before"].as_i64(), proposal["saving"]["visits_after"].as_i64()), (Some(2), Some(1)));
        assert_eq!(find(&scjg, &subject).await["items"], json!([]), "an open proposal is not repeated");

        let path = format!("/v1/visit-combinations/{}", proposal["id"].as_str().unwrap());
        let etag = scjg.get(&path).await.expect(200).etag();
        let merge = |on: String| json!({"scheduled_on": on, "reason": "同日入企"});
        let far = scjg.post_with(&format!("{path}/merge"), &[("if-match", &etag)], &merge(days_from(&suite, 20))).await;
        assert_eq!(far.expect(422).json()["errors"][0]["code"], "date_outside_windows");
        let merged = scjg.post_with(&format!("{path}/merge"), &[("if-match", &etag)], &merge(days_from(&suite, 8))).await;
        let view = merged.expect(200).json();
        assert_eq!(view["state"], "merged");
        rsj.post_with(&format!("{path}/merge"), &[("if-match", &merged.etag())], &merge(days_from(&suite, 8))).await.expect(409);

        let into = view["into_visit_id"].as_str().unwrap();
        let one = rsj.get(&format!("/v1/visits/{into}")).await.expect(200).json();
        assert_eq!((one["is_combined"].as_bool(), one["state"].as_str()), (Some(true), Some("assigned")));
        assert_eq!(one["scheduled_on"], days_from(&suite, 8));
        let organs: Vec<&str> = one["tasks"].as_array().unwrap().iter().map(|t| t["organ_code"].as_str().unwrap()).collect();
        assert_eq!(organs.len(), 2);
        for id in &ids {
            let old = rsj.get(&format!("/v1/visits/{id}")).await;
            let seen = if old.status() == 404 { scjg.get(&format!("/v1/visits/{id}")).await.expect(200).json() } else { old.json() };
            assert_eq!((seen["state"].as_str(), seen["combined_into"].as_str()), (Some("combined"), Some(into)));
        }
        let ledger = rsj.get(&format!("/v1/burden-ledgers/{subject}")).await.expect(200).json();
        if suite.clock.today().year() == suite.clock.today().checked_add(40.days()).unwrap().year() {
            assert_eq!((ledger["planned"].as_i64(), ledger["saved_by_combining"].as_i64()), (Some(1), Some(1)));
        }
        let lint = rsj.get(&format!("/v1/visits/{into}/lint")).await.expect(200).json();
        assert_eq!(verdict(&lint, "FRQ-04"), "pass");
        assert_eq!(suite.audit("inspections", proposal["id"].as_str().unwrap()).await.len(), 2);
        let events = suite.events("inspections", "cn.lianjian.visit_combination.").await;
        assert!(events.iter().any(|e| e["type"] == "cn.lianjian.visit_combination.merged"), "{events:?}");
    }

    async fn the_merged_visit_has_one_checklist_without_doubled_points(suite: Suite) {
        let (rsj, scjg, subject, ids) = two_planned(&suite, 23).await;
        let points = [
            (&rsj, json!([{"content": "是否悬挂营业执照。", "basis": "甲"}, {"content": "是否签订劳动合同"}])),
            (&scjg, json!([{"content": "是否 悬挂营业执照", "basis": "乙"}, {"content": "是否按时年报"}])),
        ];
        for ((who, points), id) in points.into_iter().zip(&ids) {
            who.post("/v1/checklist-templates", &json!({"title": "检查表", "points": points})).await.expect(201);
            let built = who.send(reqwest::Method::POST, &format!("/v1/visits/{id}/checklist"), &[], Vec::new()).await;
            assert_eq!(built.expect(201).json()["points"].as_array().unwrap().len(), 2);
        }
        let proposal = find(&rsj, &subject).await["items"][0].clone();
        let saving = &proposal["saving"];
        assert_eq!((saving["points_before"].as_i64(), saving["points_after"].as_i64()), (Some(4), Some(3)), "{proposal}");
        let path = format!("/v1/visit-combinations/{}", proposal["id"].as_str().unwrap());
        let etag = scjg.get(&path).await.expect(200).etag();
        let body = json!({"scheduled_on": days_from(&suite, 8), "reason": "同日入企"});
        let merged = scjg.post_with(&format!("{path}/merge"), &[("if-match", &etag)], &body).await.expect(200).json();
        let list = format!("/v1/visits/{}/checklist", merged["into_visit_id"].as_str().unwrap());
        for who in [&rsj, &scjg] {
            let seen = who.get(&list).await.expect(200).json();
            assert_eq!((seen["points_before_merge"].as_i64(), seen["points"].as_array().unwrap().len()), (Some(4), 3), "{seen}");
            let mut organs: Vec<&str> = seen["points"][0]["organ_codes"].as_array().unwrap().iter().map(|o| o.as_str().unwrap()).collect();
            organs.sort_unstable();
            assert_eq!(organs, ["nz-rsj", "nz-scjg"], "asked once, for both");
            let mut basis: Vec<&str> = seen["points"][0]["basis"].as_str().unwrap().lines().collect();
            basis.sort_unstable();
            assert_eq!(basis, ["乙", "甲"], "each organ's basis stays");
            assert_eq!(seen["sources"].as_array().unwrap().len(), 2);
            let words: Vec<String> = seen["points"].as_array().unwrap().iter().map(|p| p["content"].to_string()).collect();
            assert_eq!(words.iter().filter(|w| w.contains("营业执照")).count(), 1, "{words:?}");
        }
    }

    async fn a_refusal_needs_a_reason_and_the_visits_carry_it(suite: Suite) {
        let (rsj, scjg, subject, ids) = two_planned(&suite, 21).await;
        let found = find(&rsj, &subject).await;
        let path = format!("/v1/visit-combinations/{}", found["items"][0]["id"].as_str().unwrap());
        let etag = scjg.get(&path).await.expect(200).etag();
        let refuse = format!("{path}/refuse");
        scjg.post_with(&refuse, &[("if-match", &etag)], &json!({})).await.expect(422);
        scjg.post_with(&refuse, &[("if-match", &etag)], &json!({"reason": "   "})).await.expect(422);
        scjg.post(&refuse, &json!({"reason": "检查方式不相容"})).await.expect(428);
        let view = scjg.post_with(&refuse, &[("if-match", &etag)], &json!({"reason": "检查方式不相容"})).await.expect(200).json();
        assert_eq!((view["state"].as_str(), view["reason"].as_str()), (Some("refused"), Some("检查方式不相容")));
        assert_eq!(find(&rsj, &subject).await["items"], json!([]), "what was refused is not proposed again");
        let lint = rsj.get(&format!("/v1/visits/{}/lint", ids[0])).await.expect(200).json();
        assert_eq!(verdict(&lint, "FRQ-04"), "pass", "the reason stands for the merging");
        let list = rsj.get("/v1/visit-combinations?state=refused").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    async fn strangers_see_no_proposal_and_far_visits_are_none(suite: Suite) {
        let (rsj, _, subject, _) = two_planned(&suite, 22).await;
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        assert_eq!(find(&stranger, &subject).await["items"], json!([]));
        let found = find(&rsj, &subject).await;
        stranger.get(&format!("/v1/visit-combinations/{}", found["items"][0]["id"].as_str().unwrap())).await.expect(404);
        assert_eq!(stranger.get("/v1/visit-combinations").await.expect(200).json()["items"], json!([]));
        let reversed = json!({"from": days_from(&suite, 5), "to": days_from(&suite, 1)});
        assert_eq!(rsj.post("/v1/visit-combinations", &reversed).await.expect(422).json()["errors"][0]["code"], "interval_reversed");
    }
}
