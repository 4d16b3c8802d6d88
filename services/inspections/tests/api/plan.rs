//! Annual plans: from the draft to the evaluation, who may do what, what is refused and how.

use crate::attachment2::{Actors, plan};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Caller, Suite};

/// `(pointer, code)` of a problem's faults, in its order.
fn faults(problem: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let all = problem["errors"].as_array().unwrap();
    all.iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(a, b)| ((*a).to_string(), (*b).to_string())).collect()
}

async fn step(who: &Caller, path: &str, verb: &str) -> Value {
    who.post(&format!("{path}/{verb}"), &json!({"reason": "按程序办理"})).await.expect(200).json()
}

testkit::both! {
    async fn a_plan_goes_from_its_draft_to_its_evaluation(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.know_the_calendar().await;
        actors.publish_item().await;
        let made = actors.editor.post("/v1/plans", &plan()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let view = made.json();
        assert_eq!((view["state"].as_str(), view["code"].as_str()), (Some("draft"), Some("2027-nz-rsj-001")));
        assert_eq!(view["category"], "key");
        assert_eq!(view["quantity"]["ratio"]["per_ten_thousand"], 500);
        assert_eq!(view["quantity"]["frequency"]["unit"], "year");
        assert_eq!(view["period"], json!({"from": "2027-03-01", "to": "2027-11-30"}));
        assert_eq!(view["subject_filter"]["kinds"], json!(["enterprise", "individual_business"]));
        // Each part rests on the published item, whose words it has.
        for part in view["parts"].as_array().unwrap() {
            assert_eq!((part["item_version"].as_i64(), part["item_id"].is_string()), (Some(1), true), "{part}");
        }
        assert_eq!(view["remarks"], json!([]));

        assert_eq!(step(&actors.editor, &path, "pass-lint").await["state"], "lint_passed");
        assert_eq!(step(&actors.market, &path, "sign").await["state"], "lint_passed", "one department is missing");
        actors.market.post(&format!("{path}/sign"), &json!({})).await.expect(409);
        assert_eq!(step(&actors.tax, &path, "sign").await["state"], "coop_signed");
        assert_eq!(step(&actors.editor, &path, "submit").await["state"], "submitted");
        assert_eq!(step(&actors.organiser, &path, "merge").await["state"], "merged");
        assert_eq!(step(&actors.head, &path, "approve").await["state"], "approved");
        let filed = actors.legal.post(&format!("{path}/file"), &json!({"filing_no": "南司备〔2026〕1号"})).await;
        assert_eq!(filed.expect(200).json()["state"], "filed");
        assert_eq!(step(&actors.organiser, &path, "publish").await["state"], "published");
        assert_eq!(step(&actors.editor, &path, "start").await["state"], "executing");
        assert_eq!(step(&actors.editor, &path, "complete").await["state"], "completed");
        let end = actors.organiser.post(&format!("{path}/evaluate"), &json!({"summary": "联合检查减少重复入企"})).await;
        assert_eq!(end.expect(200).json()["state"], "evaluated");

        let history = actors.editor.get(&format!("{path}/history")).await.expect(200).json();
        let verbs: Vec<&str> = history["items"].as_array().unwrap().iter().map(|s| s["verb"].as_str().unwrap()).collect();
        let expected = ["pass_lint", "sign", "sign", "submit", "merge", "approve", "file", "publish", "start", "complete", "evaluate"];
        assert_eq!(verbs, expected);
        assert_eq!(history["items"][6]["evidence"]["filing_no"], "南司备〔2026〕1号");
        let id = view["id"].as_str().unwrap();
        let events = suite.events("inspections", "cn.lianjian.plan.").await;
        let told: Vec<&str> = events.iter().filter(|e| e["subject"] == id).map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(told.len(), 12, "{told:?}");
        assert_eq!((told[0], told[8]), ("cn.lianjian.plan.created", "cn.lianjian.plan.published"));
        assert_eq!(suite.audit("inspections", id).await.len(), 12);
    }

    async fn a_draft_is_its_departments_and_a_public_plan_everybodys(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        let path = actors.submitted().await;
        stranger.get(&path).await.expect(404);
        stranger.post(&format!("{path}/submit"), &json!({})).await.expect(404);
        assert_eq!(stranger.get("/v1/plans").await.expect(200).json()["items"], json!([]));
        assert_eq!(actors.tax.get("/v1/plans?department=nz-swj").await.json()["items"].as_array().unwrap().len(), 1);
        actors.publish(&path).await;
        let seen = stranger.get(&path).await.expect(200).json();
        assert_eq!((seen["strata"].clone(), seen["remarks"].clone()), (json!([]), json!([])));
        assert!(seen["parts"][1]["signature_note"].is_null(), "others do not read what was noted");
        assert_eq!(actors.editor.get(&path).await.json()["strata"].as_array().unwrap().len(), 2);
        stranger.post(&format!("{path}/start"), &json!({})).await.expect(403);
        stranger.get(&format!("{path}/history")).await.expect(403);
    }

    async fn every_fault_of_a_plan_is_named_at_once(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let mut bad = plan();
        bad["cooperating"] = json!([
            {"department": "nz-xxxx", "item_text": "某事项"},
            {"department": "nz-rsj", "item_text": "某事项"},
            {"department": "nz-swj", "item_id": "0199e0f0-0000-7000-8000-000000000001"},
        ]);
        bad["period"] = json!({"from": "2027-11-01", "to": "2028-01-31"});
        let problem = actors.editor.post("/v1/plans", &bad).await.expect(422).json();
        assert_eq!(faults(&problem), pairs(&[
            ("/cooperating/0/department", "unknown_department"),
            ("/cooperating/2/item_id", "item_not_published"),
            ("/cooperating/1/department", "lead_is_cooperating"),
            ("/cooperating/2/item_text", "missing_value"),
            ("/period", "period_outside_year"),
        ]));
        let mut alone = plan();
        alone["cooperating"] = json!([]);
        actors.editor.post("/v1/plans", &alone).await.expect(422);
        let mut other = plan();
        other["lead"] = json!({"department": "nz-slj", "item_text": "对水利工程的检查"});
        actors.editor.post("/v1/plans", &other).await.expect(403);
    }

    async fn what_cannot_be_read_stays_as_text_and_stops_the_check_only(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let mut vague = plan();
        vague["quantity_text"] = json!("根据实际情况确定");
        vague["period_text"] = json!("适时");
        vague["strata"] = json!([]);
        let made = actors.editor.post("/v1/plans", &vague).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let view = made.json();
        assert_eq!((view["quantity_text"].as_str(), view["period"].is_null()), (Some("根据实际情况确定"), true));
        let remarked: Vec<&str> = view["remarks"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
        assert_eq!(remarked, ["quantity_unparsed", "period_unparsed", "item_not_linked", "item_not_linked", "item_not_linked"]);
        let problem = actors.editor.post(&format!("{path}/pass-lint"), &json!({})).await.expect(422).json();
        assert_eq!(faults(&problem), pairs(&[
            ("/period", "period_missing"), ("/quantity_text", "quantity_missing"),
            ("/lead/item_id", "item_not_linked"), ("/cooperating/0/item_id", "item_not_linked"),
            ("/cooperating/1/item_id", "item_not_linked"),
        ]));
    }

    async fn a_blocking_rule_stops_the_check_and_names_its_id(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let mut unlawful = plan();
        unlawful["strata"] = json!([
            {"name": "A类", "risk_class": "A", "ratio_per_ten_thousand": 5000},
            {"name": "D类", "risk_class": "D", "ratio_per_ten_thousand": 100},
        ]);
        let made = actors.editor.post("/v1/plans", &unlawful).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let refused = actors.editor.post(&format!("{path}/pass-lint"), &json!({})).await.expect(409).json();
        assert_eq!(refused["code"], "rules_block");
        assert_eq!(faults(&refused), pairs(&[("", "DRW-05")]));
        let etag = actors.editor.get(&path).await.etag();
        actors.editor.patch(&path, &etag, &json!({"strata": plan()["strata"]})).await.expect(200);
        let passed = step(&actors.editor, &path, "pass-lint").await;
        assert!(passed["lint_certificate_id"].is_string(), "{passed}");
        let history = actors.editor.get(&format!("{path}/history")).await.json();
        assert_eq!(history["items"][0]["verb"], "edit", "who changes a draft is kept");
        let looked_at = history["items"][1]["rule_ids"].as_array().unwrap();
        assert!(looked_at.contains(&json!("DRW-05")) && history["items"][1]["rule_pack"].is_string(), "{history}");
    }

    async fn lateness_is_computed_by_the_calendar_and_never_guessed(suite: Suite) {
        let actors = Actors::of(&suite).await;
        // It is past the last day of this year: 31 January 2026 is a Saturday, so the day was 2 February.
        let mut this_year = plan();
        this_year["year"] = json!(2026);
        this_year["period_text"] = json!("全年");
        let view = actors.editor.post("/v1/plans", &this_year).await.expect(201).json();
        assert_eq!((view["due_date"].as_str(), view["is_late"].as_bool()), (Some("2026-02-02"), Some(true)));
        assert_eq!(actors.organiser.get("/v1/plans?late=true").await.json()["items"].as_array().unwrap().len(), 1);

        // The days off of the next year are not known: no last day, and no hand-in.
        let path = actors.signed().await;
        let view = actors.editor.get(&path).await.json();
        assert_eq!((&view["due_date"], &view["is_late"]), (&Value::Null, &Value::Null));
        let refused = actors.editor.post(&format!("{path}/submit"), &json!({})).await.expect(422).json();
        assert_eq!(refused["code"], "calendar_missing");
        actors.know_the_calendar().await;
        // 31 January 2027 is a Sunday.
        let submitted = step(&actors.editor, &path, "submit").await;
        assert_eq!((submitted["due_date"].as_str(), submitted["is_late"].as_bool()), (Some("2027-02-01"), Some(false)));

        let path = actors.signed().await;
        suite.clock.advance(std::time::Duration::from_secs(90 * 86_400));
        let submitted = step(&actors.editor, &path, "submit").await;
        assert_eq!(submitted["is_late"], true, "three months later the day is over");
    }

    async fn who_hands_in_does_not_approve_and_roles_are_kept_apart(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.know_the_calendar().await;
        let path = actors.signed().await;
        let head = &actors.head;
        step(head, &path, "submit").await;
        step(&actors.organiser, &path, "merge").await;
        let refused = head.post(&format!("{path}/approve"), &json!({})).await.expect(403).json();
        assert_eq!(refused["code"], "separation_of_duties");
        let other = suite.clerk("nz-rsj", &["lead_head"]).await;
        assert_eq!(step(&other, &path, "approve").await["state"], "approved");
        actors.editor.post(&format!("{path}/file"), &json!({"filing_no": "南司备1"})).await.expect(403);
        // Whoever hands it in, the head does not approve a draft of the own hand, nor one that was changed by it.
        for own_draft in [true, false] {
            let author = if own_draft { head } else { &actors.editor };
            let made = author.post("/v1/plans", &crate::attachment2::plan()).await;
            let path = made.expect(201).header("location").unwrap().to_string();
            if !own_draft {
                head.patch(&path, &made.etag(), &json!({"note": "调整重点行业"})).await.expect(200);
            }
            step(&actors.editor, &path, "pass-lint").await;
            step(&actors.market, &path, "sign").await;
            step(&actors.tax, &path, "sign").await;
            step(&actors.editor, &path, "submit").await;
            step(&actors.organiser, &path, "merge").await;
            let refused = head.post(&format!("{path}/approve"), &json!({})).await.expect(403).json();
            assert_eq!(refused["code"], "separation_of_duties");
            step(&other, &path, "approve").await;
        }
        let early = actors.organiser.post(&format!("{path}/publish"), &json!({})).await.expect(409).json();
        assert_eq!(early["code"], "transition_refused");
    }

    async fn a_department_that_does_not_agree_sends_the_plan_back(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let made = actors.editor.post("/v1/plans", &plan()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        step(&actors.editor, &path, "pass-lint").await;
        step(&actors.market, &path, "sign").await;
        let back = step(&actors.tax, &path, "refuse-signature").await;
        assert_eq!((back["state"].as_str(), back["parts"][2]["signature"].as_str()), (Some("draft"), Some("refused")));
        actors.market.post(&format!("{path}/return"), &json!({"reason": "配合部门不能退回"})).await.expect(403);
        // A changed draft is signed anew by everybody.
        let etag = actors.editor.get(&path).await.etag();
        actors.editor.patch(&path, &etag, &json!({"quantity_text": "不低于3%"})).await.expect(200);
        let again = step(&actors.editor, &path, "pass-lint").await;
        let signatures: Vec<&str> = again["parts"].as_array().unwrap().iter().map(|p| p["signature"].as_str().unwrap()).collect();
        assert_eq!(signatures, ["not_required", "pending", "pending"]);
    }

    async fn overlapping_plans_are_taken_in_by_the_organiser(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let into = actors.submitted().await;
        let mut second = plan();
        second["name"] = json!("另一计划");
        second["cooperating"] = json!([second["cooperating"][1].clone()]);
        let made = actors.editor.post("/v1/plans", &second).await;
        let other = made.expect(201).header("location").unwrap().to_string();
        let other_id = made.json()["id"].as_str().unwrap().to_string();
        let early = actors.organiser.post(&format!("{into}/merge"), &json!({"reason": "合并", "plan_ids": [other_id]})).await;
        assert_eq!(faults(&early.expect(422).json()), pairs(&[("/plan_ids/0", "plan_not_mergeable")]));
        step(&actors.editor, &other, "pass-lint").await;
        step(&actors.tax, &other, "sign").await;
        step(&actors.editor, &other, "submit").await;
        let merged = actors.organiser.post(&format!("{into}/merge"), &json!({"reason": "合并", "plan_ids": [other_id]})).await;
        let merged = merged.expect(200).json();
        assert_eq!((merged["state"].as_str(), merged["parts"].as_array().unwrap().len()), (Some("merged"), 3));
        let gone = actors.organiser.get(&other).await.expect(200).json();
        assert_eq!((gone["state"].as_str(), &gone["merged_into"]), (Some("cancelled"), &merged["id"]));
    }

    async fn an_approved_plan_is_adjusted_with_a_reason_and_checked_again(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let path = actors.submitted().await;
        actors.publish(&path).await;
        let etag = actors.editor.get(&path).await.etag();
        actors.editor.patch(&path, &etag, &json!({"name": "改名"})).await.expect(409);
        actors.editor.post(&format!("{path}/adjust"), &json!({})).await.expect(422);
        assert_eq!(step(&actors.editor, &path, "adjust").await["state"], "adjusting");
        let etag = actors.editor.get(&path).await.etag();
        let changed = actors.editor.patch(&path, &etag, &json!({"period_text": "2027年4月—10月"})).await.expect(200).json();
        assert_eq!(changed["period"], json!({"from": "2027-04-01", "to": "2027-10-31"}));
        assert_eq!(step(&actors.editor, &path, "pass-lint").await["state"], "lint_passed");
        assert_eq!(step(&actors.editor, &path, "return").await["state"], "adjusting", "it stays an adjustment");
        assert_eq!(step(&actors.head, &path, "cancel").await["state"], "cancelled");
    }

    async fn changes_rest_on_the_version_that_was_read(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let made = actors.editor.post("/v1/plans", &plan()).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let body = json!({"note": "备注"}).to_string().into_bytes();
        let without = actors.editor.send(Method::PATCH, &path, &[("content-type", "application/json")], body).await;
        without.expect(428);
        actors.editor.patch(&path, "\"9\"", &json!({"note": "备注"})).await.expect(412);
        let stale = actors.editor.post_with(&format!("{path}/pass-lint"), &[("if-match", "\"9\"")], &json!({})).await;
        stale.expect(412);
        let removed = actors.editor.patch(&path, &made.etag(), &json!({"quantity_text": null, "strata": []})).await;
        assert!(removed.expect(200).json()["quantity_text"].is_null());
    }

    async fn codes_are_numbered_by_year_and_lead_department(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let mut codes = Vec::new();
        for name in ["甲计划", "乙计划"] {
            let mut one = plan();
            one["name"] = json!(name);
            codes.push(actors.editor.post("/v1/plans", &one).await.expect(201).json()["code"].clone());
        }
        assert_eq!(codes, [json!("2027-nz-rsj-001"), json!("2027-nz-rsj-002")]);
    }
}
