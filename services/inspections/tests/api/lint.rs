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

/// Publishes the default pack with changed rules, in force from today on.
pub async fn published_pack(suite: &Suite, actors: &Actors, mut change: impl FnMut(&mut Value)) {
    let mut pack: Value = serde_json::from_str(rules::DEFAULT_PACK).unwrap();
    pack["rules"].as_array_mut().unwrap().iter_mut().for_each(&mut change);
    let upload = json!({"pack": pack, "valid_from": suite.clock.today().to_string(), "reason": "样例调整"});
    let draft = actors.legal.post("/v1/rule-packs", &upload).await.expect(201).json();
    let id = draft["id"].as_str().unwrap();
    let etag = actors.organiser.get(&format!("/v1/rule-packs/{id}")).await.etag();
    let publish = format!("/v1/rule-packs/{id}/publish");
    actors.organiser.post_with(&publish, &[("if-match", &etag)], &json!({})).await.expect(200);
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

    async fn reasons_turn_open_questions_into_verdicts(suite: Suite) {
        let actors = Actors::of(&suite).await;
        actors.publish_item().await;
        let mut body = plan();
        body["lead"] = json!({"item_text": "尚未公布的事项"});
        let path = made(&actors, &body).await;
        let lint = async || actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        let change = async |patch: Value| {
            let etag = actors.editor.get(&path).await.etag();
            actors.editor.patch(&path, &etag, &patch).await
        };
        assert_eq!(find(&lint().await, "FRQ-05")["verdict"], "unknown", "nobody knows how an unlinked item is checked");
        change(json!({"on_site_reason": "须现场核对实物"})).await.expect(200);
        let said = lint().await;
        assert_eq!(find(&said, "FRQ-05")["verdict"], "pass", "whoever says why has said it");
        assert_eq!(find(&said, "DRW-01")["verdict"], "pass");

        let exception = json!({"code": "method_fixed_by_law", "reason": "特种设备安全法规定了检查方式"});
        let both = change(json!({"draw_exception": exception})).await.expect(422).json();
        assert_eq!((both["errors"][0]["pointer"].as_str(), both["errors"][0]["code"].as_str()), (Some("/draw_exception"), Some("exception_of_a_draw")));
        change(json!({"method": "site_verification"})).await.expect(200);
        let chosen = lint().await;
        assert_eq!(find(&chosen, "DRW-01")["verdict"], "block", "neither drawn nor excepted: {chosen}");
        let excepted = change(json!({"draw_exception": exception})).await.expect(200).json();
        assert_eq!((&excepted["draw_exception"], excepted["on_site_reason"].as_str()), (&exception, Some("须现场核对实物")));
        assert_eq!(find(&lint().await, "DRW-01")["verdict"], "pass");
        let made_up = json!({"code": "because", "reason": "就近方便"});
        change(json!({"draw_exception": made_up})).await.expect(200);
        assert_eq!(find(&lint().await, "DRW-01")["verdict"], "block", "the pack knows no such exception");
        let from_afar = change(json!({"draw_exception": null, "method": "document_check"})).await.expect(200).json();
        assert!(from_afar["draw_exception"].is_null());
        let na = lint().await["report"]["not_applicable"].clone();
        assert!(["DRW-01", "FRQ-05"].iter().all(|r| na.as_array().unwrap().contains(&json!(r))), "{na}");
        change(json!({"separate_reason": " "})).await.expect(422);
    }

    async fn what_other_plans_and_organs_bring_is_counted(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let first = actors.submitted().await;
        let code = actors.editor.get(&first).await.json()["code"].clone();
        let mut body = plan();
        (body["name"], body["quantity_text"]) = (json!("另一联合检查"), json!("5%，每年2次"));
        body["strata"] = json!([]);
        body["subject_filter"] = json!({"regions": ["610703"]});
        let path = made(&actors, &body).await;
        let lint = async || actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        let seen = lint().await;
        let cap = find(&seen, "FRQ-01");
        // Twice by this plan and once by the other one are more than the cap of two; the plan itself keeps it.
        assert_eq!(cap["verdict"], "warn", "{seen}");
        assert_eq!((&cap["data"]["breaches"][0]["other_plans"], cap["data"]["breaches"][0]["planned_by_others"].as_u64()), (&json!([code]), Some(1)));
        assert_eq!(find(&seen, "FRQ-04")["verdict"], "pass", "the same departments have one plan more, not others");

        // A department that takes no part plans to go to the same place in the same months.
        let roads = suite.clerk("nz-jtj", &["lead_editor"]).await;
        let subject = subject(&roads, 77).await;
        let day = |n: i64| suite.clock.today().checked_add(jiff::ToSpan::days(n)).unwrap().to_string();
        let mut near = plan();
        let (from, to) = (day(20), day(40));
        (near["name"], near["year"]) = (json!("近期联合检查"), json!(from[..4].parse::<i16>().unwrap()));
        (near["period_text"], near["period"]) = (json!(null), json!({"from": from, "to": std::cmp::min(to, format!("{}-12-31", &from[..4]))}));
        (near["subject_filter"], near["strata"]) = (json!({"regions": ["610703"]}), json!([]));
        let path = made(&actors, &near).await;
        let lint = async || actors.editor.get(&format!("{path}/lint")).await.expect(200).json();
        assert_eq!(find(&lint().await, "FRQ-04")["verdict"], "pass");
        let visits = plan_visit(&roads, &visit(&subject, "nz-jtj", (&day(25), &day(30)))).await.json();
        let met = lint().await;
        assert_eq!(find(&met, "FRQ-04")["verdict"], "warn", "{met}");
        let told = &find(&met, "FRQ-04")["data"]["breaches"][0];
        assert_eq!((told["organ"].as_str(), told["visits"].as_u64(), told["are_in_frame"].as_bool()), (Some("nz-jtj"), Some(1), Some(true)));
        let etag = actors.editor.get(&path).await.etag();
        actors.editor.patch(&path, &etag, &json!({"separate_reason": "检查内容涉密，不宜同时进行"})).await.expect(200);
        assert_eq!(find(&lint().await, "FRQ-04")["verdict"], "pass", "a reason stands for the merging");
        // The visit's own lint knows reasons too.
        let other = plan_visit(&actors.editor, &visit(&subject, "nz-rsj", (&day(35), &day(36)))).await.json();
        let at = |v: &Value| format!("/v1/visits/{}/lint", v["id"].as_str().unwrap());
        assert_eq!(find(&actors.editor.get(&at(&other)).await.expect(200).json(), "FRQ-04")["verdict"], "warn");
        let mut said = visit(&subject, "nz-rsj", (&day(37), &day(38)));
        (said["separate_reason"], said["on_site_reason"]) = (json!("须夜间检查"), json!("须现场取样"));
        let said = plan_visit(&actors.editor, &said).await.json();
        assert_eq!((said["separate_reason"].as_str(), said["on_site_reason"].as_str()), (Some("须夜间检查"), Some("须现场取样")));
        let judged = actors.editor.get(&at(&said)).await.expect(200).json();
        assert_eq!((find(&judged, "FRQ-04")["verdict"].as_str(), find(&judged, "FRQ-05")["verdict"].as_str()), (Some("pass"), Some("pass")));
        drop(visits);
    }

    async fn the_pack_of_the_day_says_what_counts_and_how_long_an_emergency_waits(suite: Suite) {
        let actors = Actors::of(&suite).await;
        let house = crate::visit::House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let subject = crate::visit::subject(&house.editor, 60, "enterprise").await;
        let before = crate::visit::visit(&suite, &subject, &[("nz-rsj", &people)]);
        let counted = async |body: &Value| house.editor.post("/v1/visits", body).await.expect(201).json()["tasks"][0]["is_counted"].clone();
        assert_eq!(counted(&before).await, false, "a complaint uses no cap");
        published_pack(&suite, &actors, |rule| match rule["rule_id"].as_str().unwrap() {
            "FRQ-01" => rule["params"]["counted"] = json!(["routine", "campaign_own", "complaint"]),
            "FRQ-02" => rule["params"]["exempt"].as_array_mut().unwrap().retain(|k| k != "complaint"),
            "ENF-06" => rule["params"]["emergency_limit"] = json!({"n": 4, "unit": "working_day"}),
            _ => {}
        }).await;
        assert_eq!(counted(&before).await, true, "by the pack of its day it does");
        let mut urgent = before;
        urgent["emergency_reason"] = json!("接报有人员受伤，须立即到场");
        let (_, tasks) = crate::visit::plan(&house.editor, &urgent).await;
        let arrival = json!({"place": "事故现场", "emergency_reason": "现场无网络"});
        let view = house.step(&tasks[0], "check-in", arrival).await.expect(200).json();
        let calendar = domain::calendar::Calendar::china_2023_2026();
        let last = calendar.add_working_days(suite.clock.today(), 4).unwrap();
        let due: jiff::Timestamp = view["approval_due_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(due, domain::deadline::beijing_midnight(last.tomorrow().unwrap()).unwrap());
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
