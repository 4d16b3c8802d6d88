//! The linter: each verdict with its reason, source and article; certificates; the effect of another pack.

use crate::attachment2::{Actors, plan};
use crate::burden::{plan_visit, visit};
use crate::draw::{Drawers, draw, ids};
use crate::entry::subject;
use crate::publicity::{house, opened, published};
use serde_json::{Value, json};
use testkit::Suite;

fn find<'v>(lint: &'v Value, rule: &str) -> &'v Value {
    let all = lint["report"]["verdicts"].as_array().unwrap();
    all.iter().find(|v| v["rule_id"] == rule).unwrap_or_else(|| panic!("no {rule} in {lint}"))
}

async fn made(actors: &Actors, body: &Value) -> String {
    actors.editor.post("/v1/plans", body).await.expect(201).header("location").unwrap().to_string()
}

testkit::both! {
    async fn a_plan_is_explained_rule_by_rule(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let path = made(&actors, &plan()).await;
        let lint = actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        assert_eq!(lint["blocking"], json!([]), "{lint}");
        let published = find(&lint, "ENF-04");
        assert_eq!((published["verdict"].as_str(), published["data"]["looked_at"].as_i64()), (Some("pass"), Some(3)));
        assert_eq!(published["sources"][0]["doc"], "国办发〔2024〕54号");
        assert_eq!(find(&lint, "ENF-05")["verdict"], "pass");
        assert_eq!(find(&lint, "FRQ-01")["verdict"], "pass");
        assert_eq!(find(&lint, "DRW-05")["verdict"], "pass");
        assert_eq!(lint["report"]["pack"]["version"], 1);
        assert_eq!(lint["report"]["fact_date"], "2027-03-01");
        assert!(lint["report"]["not_applicable"].as_array().unwrap().contains(&json!("ENF-17")), "{lint}");
        let stranger = suite.clerk("nz-slj", &["lead_editor"]).await;
        stranger.get(&format!("{path}/lint")).await.expect(404);
    }

    async fn an_unlawful_plan_is_blocked_with_its_article_and_the_corrected_one_passes(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let mut bad = plan();
        bad["quantity_text"] = json!("5%，每季度1次");
        bad["kind"] = json!("campaign");
        bad["note"] = json!("年底前完成罚没任务");
        let path = made(&actors, &bad).await;
        let lint = actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        // A campaign of one's own counts, four visits a year are more than two; nobody approved it; and it sets a quota.
        assert_eq!(lint["blocking"], json!(["ENF-13", "ENF-17", "FRQ-01"]), "{lint}");
        assert_eq!(find(&lint, "ENF-13")["data"]["breaches"][0]["place"], "/note");
        assert_eq!(find(&lint, "ENF-13")["sources"][0]["article"], "五个严禁");
        let refused = actors.editor.post(&format!("{path}/pass-lint"), &json!({"reason": "送审"})).await.expect(409).json();
        assert_eq!(refused["code"], "rules_block");
        let ids: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
        assert_eq!(ids, ["ENF-13", "ENF-17", "FRQ-01"]);
        assert!(refused["errors"][2]["detail"].as_str().unwrap().contains("年度频次上限"), "{refused}");
        let etag = actors.editor.get(&path).await.etag();
        let good = json!({"quantity_text": "5%，每年1次", "kind": "routine", "note": null});
        actors.editor.patch(&path, &etag, &good).await.expect(200);
        let passed = actors.editor.post(&format!("{path}/pass-lint"), &json!({"reason": "送审"})).await.expect(200).json();
        assert_eq!(passed["state"], "lint_passed");
    }

    async fn a_certificate_keeps_plan_pack_and_verdicts(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let path = made(&actors, &plan()).await;
        let seen = actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        let stale = actors.editor.post_with(&format!("{path}/lint-certificates"), &[("if-match", "\"9\"")], &json!({})).await;
        stale.expect(412);
        let kept = actors.editor.post(&format!("{path}/lint-certificates"), &json!({})).await.expect(201).json();
        assert_eq!((&kept["digest"], &kept["plan_digest"]), (&seen["certificate_digest"], &seen["plan_digest"]));
        assert_eq!(kept["pack_version"], "default-2026@1");
        let read = actors.editor.get(&path).await;
        assert_eq!(read.json()["lint_certificate_id"], kept["id"]);
        actors.editor.patch(&path, &read.etag(), &json!({"quantity_text": "8%，每年1次"})).await.expect(200);
        let next = actors.editor.post(&format!("{path}/lint-certificates"), &json!({})).await.expect(201).json();
        assert_ne!((&kept["digest"], &kept["plan_digest"]), (&next["digest"], &next["plan_digest"]));
        let list = actors.editor.get(&format!("{path}/lint-certificates")).await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 2);
        suite.clerk("nz-slj", &["lead_editor"]).await.post(&format!("{path}/lint-certificates"), &json!({})).await.expect(404);
    }

    async fn a_draft_pack_shows_what_it_would_change(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let path = made(&actors, &plan()).await;
        let mut pack: Value = serde_json::from_str(rules::DEFAULT_PACK).unwrap();
        let cap = pack["rules"].as_array_mut().unwrap().iter_mut().find(|r| r["rule_id"] == "FRQ-01").unwrap();
        cap["params"]["default_cap"] = json!(0);
        let upload = json!({"pack": pack, "valid_from": "2027-01-01", "reason": "零入企试点"});
        let draft = actors.legal.post("/v1/rule-packs", &upload).await.expect(201).json();
        let id = draft["id"].as_str().unwrap();
        let lint = actors.editor.get(&format!("{path}/lint?pack_id={id}")).await.expect(200).json();
        assert_eq!(lint["differs_from_in_force"], json!(["FRQ-01"]), "{lint}");
        assert_eq!(lint["blocking"], json!(["FRQ-01"]));
        actors.editor.get(&format!("{path}/lint?pack_id={}", uuid::Uuid::now_v7())).await.expect(400);
        // Once it is published, it judges the facts of its days.
        let etag = actors.organiser.get(&format!("/v1/rule-packs/{id}")).await.etag();
        actors.organiser.post_with(&format!("/v1/rule-packs/{id}/publish"), &[("if-match", &etag)], &json!({})).await.expect(200);
        let now = actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        assert_eq!((now["blocking"].clone(), now["report"]["pack"]["version"].as_i64()), (json!(["FRQ-01"]), Some(2)));
    }

    async fn a_visit_without_team_and_approval_may_not_start(suite: Suite) {
        let rsj = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let id = subject(&rsj, 30).await;
        let day = suite.clock.today().to_string();
        let body = visit(&id, "nz-rsj", (&day, &day));
        let made = plan_visit(&rsj, &body).await.json();
        let lint = rsj.get(&format!("/v1/visits/{}/lint", made["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(lint["blocking"], json!(["ENF-01", "ENF-06"]), "{lint}");
        assert_eq!(find(&lint, "ENF-01")["sources"][0]["article"], "第四十二条");
        assert_eq!(find(&lint, "FRQ-01")["verdict"], "pass");
        assert_eq!(find(&lint, "FRQ-06")["verdict"], "unknown", "checks of higher organs are not known, and that is said");
        let close = rsj.get(&format!("/v1/visits/{}/lint?at_close=true", made["id"].as_str().unwrap())).await.expect(200).json();
        for rule in ["ENF-07", "ENF-08", "ENF-09"] {
            assert_eq!(find(&close, rule)["verdict"], "block", "{rule}");
        }
    }

    async fn a_draw_is_judged_and_recomputed(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 10)).await;
        drawers.fill(&path, "B", &ids(10, 10)).await;
        let before = drawers.editor.get(&format!("{path}/lint")).await.expect(200).json();
        assert_eq!((find(&before, "DRW-03")["verdict"].as_str(), find(&before, "DRW-09")["verdict"].as_str()), (Some("unknown"), Some("unknown")));
        drawers.run(&suite, &path).await;
        let lint = drawers.editor.get(&format!("{path}/lint")).await.expect(200).json();
        for rule in ["DRW-01", "DRW-03", "DRW-04", "DRW-09"] {
            assert_eq!(find(&lint, rule)["verdict"], "pass", "{rule} {lint}");
        }
        assert_eq!(lint["blocking"], json!([]));
        suite.clerk("nz-slj", &["lead_editor"]).await.get(&format!("{path}/lint")).await.expect(404);
    }

    async fn a_publication_waits_for_its_review_and_keeps_its_term(suite: Suite) {
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中南郑样例有限公司", 5).await;
        let house = house(&suite, "nz-scjg").await;
        let path = format!("/v1/publicity-records/{id}/lint");
        let before = house.publisher.get(&path).await.expect(200).json();
        assert_eq!(before["blocking"], json!(["PUB-07"]), "what nobody has reviewed is not published: {before}");
        assert_eq!(find(&before, "PUB-01")["verdict"], "pass");
        published(&house, id).await;
        let after = house.publisher.get(&path).await.expect(200).json();
        assert_eq!((after["blocking"].clone(), find(&after, "PUB-07")["verdict"].as_str()), (json!([]), Some("pass")));
        assert_eq!(find(&after, "PUB-01")["data"]["limit"], json!({"n": 20, "unit": "working_day"}));
    }

    async fn too_many_visits_outside_of_the_cap_are_told(suite: Suite) {
        let house = crate::visit::House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let subject = crate::visit::subject(&house.editor, 1, "enterprise").await;
        for n in 0..4 {
            let body = crate::visit::visit(&suite, &subject, &[("nz-rsj", &people)]);
            let (visit, tasks) = crate::visit::plan(&house.editor, &body).await;
            house.arrive(&visit, &tasks[0]).await;
            let lint = house.editor.get(&format!("{visit}/lint")).await.expect(200).json();
            assert_eq!(lint["blocking"], json!([]), "{lint}");
            let expected = if n == 3 { "warn" } else { "pass" };
            assert_eq!(find(&lint, "FRQ-03")["verdict"], expected, "{n}: {lint}");
            assert!(lint["report"]["not_applicable"].as_array().unwrap().contains(&json!("FRQ-01")), "a complaint uses no cap");
            house.step(&tasks[0], "start", json!({})).await.expect(200);
            let told = suite.events("inspections", "cn.lianjian.visit.rules_act").await;
            assert_eq!(told.len(), usize::from(n == 3), "{told:?}");
        }
        let told = suite.events("inspections", "cn.lianjian.visit.rules_act").await;
        assert_eq!(told[0]["data"]["rules"], json!(["FRQ-03"]));
    }
}

#[test]
fn the_table_of_rules_lists_every_rule_of_the_default_pack() {
    let table = include_str!("../../RULES.md");
    for rule in rules::default_pack().unwrap().rules {
        let row = table.lines().find(|l| l.starts_with(&format!("| {} |", rule.rule_id)));
        assert!(
            row.is_some_and(|r| r.contains(&format!("`{}`", rule.predicate))),
            "{} in RULES.md",
            rule.rule_id
        );
    }
}
