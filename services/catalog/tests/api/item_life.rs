//! The life of an item, from the draft to the publication and after, with several accounts.

use crate::helpers::{People, item};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::Suite;

const DAY: u64 = 24 * 3600;

testkit::both! {
    async fn an_item_goes_from_draft_to_publication(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let id = path.rsplit('/').next().unwrap().to_string();

        let submitted = people.submit(&path).await;
        let view = submitted.expect(200).json();
        assert_eq!(view["state"], "coop_confirming");
        let today = suite.clock.today();
        let due = people.editor.get(&format!("/v1/deadlines?start={today}&n=5&unit=working_day")).await.expect(200).json();
        assert_eq!((&view["due_date"], &view["calendar_version"]), (&due["date"], &due["calendar_version"]));
        assert_eq!(view["overdue"], false);

        let one = people.market.post(&format!("{path}/confirm"), &json!({"reason": "同意"})).await.expect(200).json();
        assert_eq!(one["state"], "coop_confirming");
        assert_eq!(one["cooperation"][0]["state"], "confirmed");
        let again = people.market.post(&format!("{path}/confirm"), &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "already_answered");
        let all = people.tax.post(&format!("{path}/confirm"), &json!({})).await.expect(200).json();
        assert_eq!(all["state"], "legal_review");
        assert_eq!(people.legal.post(&format!("{path}/legal-pass"), &json!({})).await.expect(200).json()["state"], "organiser_review");
        assert_eq!(people.organiser.post(&format!("{path}/accept"), &json!({})).await.expect(200).json()["state"], "approved");
        let published = people.organiser.post(&format!("{path}/publish"), &json!({"reason": "首次公布"})).await.expect(200).json();
        assert_eq!((published["state"].as_str(), published["published_version"].as_i64()), (Some("published"), Some(1)));
        assert_eq!(published["valid_from"], today.to_string());
        assert!(published["due_date"].is_null());

        let history = people.editor.get(&format!("{path}/history")).await.expect(200).json();
        let verbs: Vec<_> = history["items"].as_array().unwrap().iter().map(|t| t["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["submit", "confirm", "confirm", "pass", "accept", "publish"]);
        assert_eq!(history["items"][0]["actor"], people.editor.id());
        assert_eq!(history["items"][3]["role"], "legal");

        let events = suite.events("catalog", "cn.lianjian.item.").await;
        let own: Vec<&Value> = events.iter().filter(|e| e["subject"] == id.as_str()).collect();
        let kinds: Vec<_> = own.iter().map(|e| e["type"].as_str().unwrap().trim_start_matches("cn.lianjian.item.")).collect();
        assert_eq!(kinds, ["created", "submitted", "confirmed", "confirmed", "legal_passed", "accepted", "published"]);
        assert_eq!(own[1]["departments"], json!(["nz-rsj", "nz-scjg", "nz-swj"]));
        assert_eq!(own[6]["departments"], json!([]), "what is published is for everybody");
        assert_eq!(suite.audit("catalog", &id).await.len(), 7);
    }

    async fn a_draft_is_submitted_only_when_it_is_complete(suite: Suite) {
        let people = People::of(&suite).await;
        let mut body = item();
        body["lead_basis"] = json!("");
        body["supervision_levels"] = json!([]);
        body["cooperating"][1]["basis"] = json!("");
        let made = people.editor.post("/v1/supervision-items", &body).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let refused = people.submit(&path).await.expect(422).json();
        let places: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(places, ["/lead_basis", "/supervision_levels", "/cooperating/1/basis"]);
    }

    async fn every_fault_of_a_new_item_is_reported(suite: Suite) {
        let people = People::of(&suite).await;
        let mut body = item();
        body["cooperating"][0]["department"] = json!("nz-rsj");
        body["cooperating"][1]["department"] = json!("nz-rsj");
        let refused = people.editor.post("/v1/supervision-items", &body).await.expect(422).json();
        assert_eq!(refused["errors"].as_array().unwrap().len(), 2, "{refused}");
        body["cooperating"][0]["department"] = json!("nz-nowhere");
        body["cooperating"][1]["department"] = json!("nz-swj");
        let refused = people.editor.post("/v1/supervision-items", &body).await.expect(422).json();
        assert_eq!((refused["errors"][0]["code"].as_str(), refused["errors"][0]["pointer"].as_str()),
            (Some("unknown_department"), Some("/cooperating/0/department")));
        body["unknown"] = json!(1);
        body["cooperating"] = json!([]);
        let refused = people.editor.post("/v1/supervision-items", &body).await.expect(422).json();
        assert_eq!(refused["errors"].as_array().unwrap().len(), 2, "{refused}");
    }

    async fn a_draft_is_changed_on_the_version_that_was_read(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let read = people.editor.get(&path).await;
        let changed = people.editor.patch(&path, &read.etag(), &json!({"field": "教育", "category": "general"})).await;
        let view = changed.expect(200).json();
        assert_eq!((view["industry"].as_str(), view["category"].as_str(), view["version"].as_i64()), (Some("83"), Some("general"), Some(2)));
        people.editor.patch(&path, &read.etag(), &json!({"field": "教育"})).await.expect(412);
        people.editor.post_with(&format!("{path}/submit"), &[("if-match", &read.etag())], &json!({})).await.expect(412);
        let cleared = people.editor.patch(&path, &changed.etag(), &json!({"industry": null})).await.expect(200).json();
        assert!(cleared["industry"].is_null());
        people.submit(&path).await.expect(200);
        let now = people.editor.get(&path).await;
        let refused = people.editor.patch(&path, &now.etag(), &json!({"field": "其他"})).await;
        assert_eq!(refused.expect(409).json()["code"], "transition_refused");
        people.tax.patch(&path, &now.etag(), &json!({"field": "其他"})).await.expect(403);
    }

    async fn steps_belong_to_their_departments_and_states(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let early = people.legal.post(&format!("{path}/legal-pass"), &json!({})).await;
        assert_eq!(early.expect(409).json()["code"], "transition_refused");
        let wrong = suite.clerk("nz-scjg", &["lead_editor"]).await;
        assert_eq!(wrong.post(&format!("{path}/submit"), &json!({})).await.expect(403).json()["code"], "not_lead_department");
        assert_eq!(people.market.post(&format!("{path}/submit"), &json!({})).await.expect(403).json()["code"], "role_missing");
        people.submit(&path).await.expect(200);
        assert_eq!(people.submit(&path).await.expect(409).json()["code"], "transition_refused");
    }

    async fn the_submitter_may_not_review_accept_or_publish(suite: Suite) {
        let all = suite.clerk("nz-rsj", &["lead_editor", "legal", "organiser", "publisher"]).await;
        let people = People::of(&suite).await;
        let path = all.post("/v1/supervision-items", &item()).await.expect(201).header("location").unwrap().to_string();
        all.post(&format!("{path}/submit"), &json!({})).await.expect(200);
        people.confirm_all(&path).await;
        for (step, other) in [("legal-pass", &people.legal), ("accept", &people.organiser), ("publish", &people.organiser)] {
            let refused = all.post(&format!("{path}/{step}"), &json!({})).await;
            assert_eq!(refused.expect(403).json()["code"], "separation_of_duties", "{step}");
            other.post(&format!("{path}/{step}"), &json!({})).await.expect(200);
        }
    }

    async fn a_refusal_is_settled_by_both_offices(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.submit(&path).await.expect(200);
        people.tax.post(&format!("{path}/refuse"), &json!({})).await.expect(422);
        let disputed = people.tax.post(&format!("{path}/refuse"), &json!({"reason": "不属于本部门职责"})).await.expect(200).json();
        assert_eq!(disputed["state"], "disputed");
        let today = suite.clock.today();
        let ten = people.tax.get(&format!("/v1/deadlines?start={today}&n=10&unit=working_day")).await.expect(200).json();
        assert_eq!(disputed["due_date"], ten["date"]);

        let decision = json!({"outcome": "uphold", "reason": "依据权责清单"});
        let signed = people.staffing.post(&format!("{path}/decide"), &decision).await.expect(200).json();
        assert_eq!((signed["state"].as_str(), signed["signatures"][0]["role"].as_str()), (Some("disputed"), Some("staffing")));
        let settled = people.legal.post(&format!("{path}/decide"), &decision).await.expect(200).json();
        // 区市场监管局 has not answered yet and is asked again; 区税务局 is bound.
        assert_eq!(settled["state"], "coop_confirming");
        assert_eq!((settled["cooperation"][0]["state"].as_str(), settled["cooperation"][1]["state"].as_str()), (Some("pending"), Some("bound")));
        let last = people.market.post(&format!("{path}/confirm"), &json!({})).await.expect(200).json();
        assert_eq!(last["state"], "legal_review");
        let history = people.editor.get(&format!("{path}/history")).await.expect(200).json();
        let verbs: Vec<_> = history["items"].as_array().unwrap().iter().map(|t| t["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["submit", "dispute", "sign", "decide", "confirm"]);
    }

    async fn a_dispute_may_end_the_item_or_send_it_back(suite: Suite) {
        let people = People::of(&suite).await;
        for (outcome, state) in [("withdraw", "withdrawn"), ("return", "draft")] {
            let path = people.draft().await;
            people.submit(&path).await.expect(200);
            people.tax.post(&format!("{path}/refuse"), &json!({"reason": "职责不清"})).await.expect(200);
            let body = json!({"outcome": outcome, "reason": "经会商"});
            let first = people.legal.post(&format!("{path}/decide"), &body).await.expect(200).json();
            let end = if outcome == "return" { first } else { people.staffing.post(&format!("{path}/decide"), &body).await.expect(200).json() };
            assert_eq!(end["state"], state);
        }
    }

    async fn a_review_sends_back_and_the_next_round_asks_everybody_again(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.submit(&path).await.expect(200);
        people.confirm_all(&path).await;
        let back = people.legal.post(&format!("{path}/legal-return"), &json!({"reason": "依据不具体"})).await.expect(200).json();
        assert_eq!(back["state"], "draft");
        let again = people.submit(&path).await.expect(200).json();
        assert!(again["cooperation"].as_array().unwrap().iter().all(|a| a["state"] == "pending"));
        people.confirm_all(&path).await;
        people.legal.post(&format!("{path}/legal-pass"), &json!({})).await.expect(200);
        people.legal.post(&format!("{path}/legal-return"), &json!({"reason": "再议"})).await.expect(409);
        let back = people.organiser.post(&format!("{path}/organiser-return"), &json!({"reason": "请补充"})).await.expect(200).json();
        assert_eq!(back["state"], "draft");
        let gone = people.head.post(&format!("{path}/withdraw"), &json!({"reason": "不再需要"})).await.expect(200).json();
        assert_eq!(gone["state"], "withdrawn");
        people.submit(&path).await.expect(409);
    }

    async fn a_term_is_overdue_the_day_after_its_last(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let view = people.submit(&path).await.expect(200).json();
        let due: jiff::Timestamp = view["due_at"].as_str().unwrap().parse().unwrap();
        let left = due.duration_since(suite.clock.now()).as_secs() as u64;
        suite.clock.advance(Duration::from_secs(left - 60));
        assert_eq!(people.editor.get(&path).await.expect(200).json()["overdue"], false);
        suite.clock.advance(Duration::from_secs(120));
        assert_eq!(people.editor.get(&path).await.expect(200).json()["overdue"], true);
        let list = people.editor.get("/v1/supervision-items?overdue=true").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    async fn a_clock_that_leaves_the_calendar_is_no_guess(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        let end: jiff::civil::Date = "2026-12-29".parse().unwrap();
        let days = suite.clock.today().until(end).unwrap().get_days();
        suite.clock.advance(Duration::from_secs(days as u64 * DAY));
        assert_eq!(people.submit(&path).await.expect(422).json()["code"], "calendar_missing");
        assert_eq!(people.editor.get(&path).await.expect(200).json()["state"], "draft");
        let admin = suite.admin().await;
        let year = json!({"source": "国办发明电〔2026〕9号", "days": [{"date": "2027-01-01", "kind": "off"}]});
        admin.post("/v1/calendar-years/2027", &year).await.expect(201);
        assert_eq!(people.submit(&path).await.expect(200).json()["due_date"], "2027-01-06");
    }

    async fn the_same_idempotency_key_takes_a_step_once(suite: Suite) {
        let people = People::of(&suite).await;
        let key = [("idempotency-key", "0190-create")];
        let first = people.editor.post_with("/v1/supervision-items", &key, &item()).await;
        let second = people.editor.post_with("/v1/supervision-items", &key, &item()).await;
        assert_eq!(first.expect(201).json()["id"], second.expect(201).json()["id"]);
        assert_eq!(second.header("idempotent-replayed"), Some("true"));
    }
}
