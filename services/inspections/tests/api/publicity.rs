//! Publicity: nothing is public without review, decision and publication; clocks are computed; channels answer for
//! themselves; what was wrong or annulled goes in time.

use domain::deadline::{beijing_date, beijing_midnight};
use inspections::domain::publicity::{PublicityKind, PublicityState, ResultContent, disclose};
use inspections::store::publicity::{PublicityRow, publicity_create};
use jiff::{Span, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use store_kit::StoreError;
use store_kit::types::{Day, Json, Uid};
use testkit::{Caller, Suite, both};
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Opens a record as the final result of an inspection would, due in so many days.
pub async fn opened(suite: &Suite, organ: &str, kind: &str, name: &str, due_in_days: i64) -> Uuid {
    let now = suite.clock.now();
    let (shown, identifier, is_personal) = disclose(kind, name, "91610703MA6YTEST01");
    let due = beijing_date(now).saturating_add(Span::new().days(due_in_days));
    let end: Timestamp = beijing_midnight(due.saturating_add(Span::new().days(1))).unwrap();
    let content = ResultContent {
        organ_name: "汉中市南郑区市场监督管理局".to_string(),
        subject_name: shown.clone(),
        subject_identifier: identifier.clone(),
        visit_code: format!("RW-{}", Uuid::now_v7()),
        visit_kind: "routine".to_string(),
        draw_id: None,
        items: vec!["食品经营监督检查".to_string()],
        inspected_on: Some(beijing_date(now)),
        codes: vec!["1".to_string()],
        findings: vec!["未发现问题".to_string()],
        outcome: Some("no_problem".to_string()),
        correction_note: None,
    };
    let row = PublicityRow {
        id: Uid(Uuid::now_v7()),
        kind: PublicityKind::InspectionResult.to_string(),
        source_id: Uid(Uuid::now_v7()),
        organ_code: organ.to_string(),
        region_code: "610703001".to_string(),
        subject_id: Some(Uid(Uuid::now_v7())),
        subject_identifier: identifier,
        title: format!("汉中市南郑区市场监督管理局对{shown}的行政检查结果"),
        state: PublicityState::Pending.to_string(),
        content: Json(serde_json::to_value(&content).unwrap()),
        is_personal,
        reviewed_by: None,
        reviewed_at: None,
        review_reason: None,
        withholding_approved_by: None,
        withholding_approved_at: None,
        due_date: Some(Day(due)),
        due_at: Some(end.into()),
        due_calendar: Some("sample".to_string()),
        published_at: None,
        published_by: None,
        expires_on: None,
        withdraw_reason: None,
        withdraw_due_at: None,
        withdrawn_at: None,
        replaces: None,
        transitions: 0,
        created_by: "test".to_string(),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let id = row.id.0;
    let put = async move |c: &mut store_kit::AnyConn<'_>| publicity_create(c, &row).await;
    suite.kit("inspections").store.write::<_, StoreError, _>(put).await.unwrap();
    id
}

/// The people of one organ.
pub struct House {
    pub inspector: Caller,
    pub head: Caller,
    pub publisher: Caller,
}

pub async fn house(suite: &Suite, organ: &str) -> House {
    House {
        inspector: suite.clerk(organ, &["inspector"]).await,
        head: suite.clerk(organ, &["lead_head"]).await,
        publisher: suite.clerk(organ, &["publisher"]).await,
    }
}

async fn take(who: &Caller, id: Uuid, step: &str, body: &Value) -> Value {
    who.post(&format!("/v1/publicity-records/{id}/{step}"), body).await.expect(200).json()
}

fn may_publish() -> Value {
    json!({"opinion": "may_publish", "reason": "不涉及国家秘密、商业秘密和个人隐私"})
}

/// Brings a record to the public.
pub async fn published(house: &House, id: Uuid) -> Value {
    take(&house.inspector, id, "review", &may_publish()).await;
    take(&house.head, id, "approve", &json!({})).await;
    take(&house.publisher, id, "publish", &json!({})).await
}

fn gone(suite: &Suite, id: Uuid) -> impl Future<Output = Value> {
    let nobody = suite.anonymous();
    async move { nobody.get(&format!("/v1/public/results/{id}")).await.expect(410).json() }
}

both! {
    async fn a_rule_that_blocks_stops_the_publication(suite: Suite) {
        let actors = crate::attachment2::Actors::of(&suite).await;
        let id = opened(&suite, "nz-scjg", "individual_business", "南郑区王五小吃店", 5).await;
        let late = opened(&suite, "nz-scjg", "enterprise", "汉中南郑迟报有限公司", -3).await;
        let house = house(&suite, "nz-scjg").await;
        // Persons are shown for a month at most, and terms are strict.
        crate::lint::published_pack(&suite, &actors, |rule| match rule["rule_id"].as_str().unwrap() {
            "PUB-10" => (rule["severity"], rule["params"]["limit"]) = (json!("block"), json!({"n": 1, "unit": "month"})),
            "PUB-01" => rule["severity"] = json!("block"),
            _ => {}
        }).await;
        take(&house.inspector, id, "review", &may_publish()).await;
        take(&house.head, id, "approve", &json!({})).await;
        let refused = house.publisher.post(&format!("/v1/publicity-records/{id}/publish"), &json!({})).await.expect(409).json();
        assert_eq!((refused["code"].as_str(), refused["errors"][0]["code"].as_str()), (Some("rules_block"), Some("PUB-10")), "{refused}");
        assert_eq!(refused["errors"].as_array().unwrap().len(), 1);
        let seen = house.publisher.get(&format!("/v1/publicity-records/{id}")).await.expect(200).json();
        assert_eq!(seen["state"], "approved");
        // What is late is published all the same: keeping it back longer mends nothing.
        let shown = published(&house, late).await;
        assert_eq!(shown["state"], "published");
        let steps = house.publisher.get(&format!("/v1/publicity-records/{late}/history")).await.expect(200).json();
        let last = steps["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["rule_pack"], "default-2026@2", "{last}");
        assert!(last["rule_ids"].as_array().unwrap().contains(&json!("PUB-07")));
    }

    async fn a_final_result_opens_its_record_with_twenty_working_days(suite: Suite) {
        let (officers, visit, task, _) = crate::visit::scene(&suite).await;
        let body = json!({"scheme": "general", "codes": ["1"], "summary": "检查情况说明"});
        let result = crate::result::entered(&officers, &visit, &task, &body).await;
        let list = |id: &Value| format!("/v1/publicity-records?source_id={}", id.as_str().unwrap());
        let before = officers.editor.get(&result).await.expect(200).json();
        let none = officers.editor.get(&list(&before["id"])).await.expect(200).json();
        assert_eq!(none["items"], json!([]));
        let done = crate::result::finalise(&officers, &result).await.expect(200).json();
        let page = officers.editor.get(&list(&done["id"])).await.expect(200).json();
        let record = &page["items"][0];
        assert_eq!((page["items"].as_array().unwrap().len(), record["state"].as_str()), (1, Some("pending")));
        let calendar = domain::calendar::Calendar::china_2023_2026();
        let due = calendar.add_working_days(suite.clock.today(), 20).unwrap();
        assert_eq!(record["due_date"], due.to_string());
        assert_eq!(record["due_date"], done["publicity_due_date"]);
        assert_eq!(record["calendar_version"], calendar.version());
        let content = &record["content"];
        assert_eq!(content["subject_name"], "南郑检查样例1号");
        assert_eq!(content["items"], json!(["对用人单位用工情况的检查"]));
        assert_eq!(content["findings"], json!(["未发现问题"]));
        assert_eq!(content["inspected_on"], suite.clock.today().to_string());
        let id: Uuid = record["id"].as_str().unwrap().parse().unwrap();
        let house = House {
            inspector: officers.inspector.clone(),
            head: officers.head.clone(),
            publisher: suite.clerk("nz-rsj", &["publisher"]).await,
        };
        assert_eq!(published(&house, id).await["standing"], "in_time");
        let nobody = suite.anonymous();
        let shown = nobody.get("/v1/public/results?organ_code=nz-rsj").await.expect(200).json();
        assert_eq!(shown["items"][0]["content"]["visit_code"], content["visit_code"]);
    }

    async fn nothing_is_public_before_review_decision_and_publication(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        let (row, public) = (format!("/v1/publicity-records/{id}"), format!("/v1/public/results/{id}"));
        let nobody = suite.anonymous();
        // No step before its time.
        for (who, step) in [(&house.head, "approve"), (&house.publisher, "publish")] {
            let refused = who.post(&format!("{row}/{step}"), &json!({})).await;
            assert_eq!(refused.expect(409).json()["code"], "transition_refused");
        }
        nobody.get(&public).await.expect(404);
        let reviewed = take(&house.inspector, id, "review", &may_publish()).await;
        assert_eq!(reviewed["state"], "secrecy_review");
        assert_eq!(reviewed["standing"], "running");
        nobody.get(&public).await.expect(404);
        take(&house.head, id, "approve", &json!({"reason": "同意公示"})).await;
        nobody.get(&public).await.expect(404);
        let shown = take(&house.publisher, id, "publish", &json!({})).await;
        assert_eq!(shown["state"], "published");
        assert_eq!(shown["standing"], "in_time");
        let today = suite.clock.today();
        assert_eq!(shown["expires_on"], today.saturating_add(Span::new().years(5)).to_string());
        let seen = nobody.get(&public).await.expect(200).json();
        assert_eq!(seen["content"]["subject_name"], "汉中样例有限公司");
        assert_eq!(seen["content"]["findings"], json!(["未发现问题"]));

        let history = house.inspector.get(&format!("{row}/history")).await.expect(200).json();
        let verbs: Vec<&str> = history["items"].as_array().unwrap().iter().map(|s| s["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["review", "approve", "publish"]);
        for what in ["reviewed", "approved", "published"] {
            assert_eq!(suite.events("inspections", &format!("cn.lianjian.publicity.{what}")).await.len(), 1, "{what}");
        }
        let requests = suite.events("inspections", "cn.lianjian.publicity.channel_requested").await;
        assert_eq!(requests.len(), 3);
    }

    async fn the_reviewer_may_not_decide_and_no_other_organ_sees_it(suite: Suite) {
        let both = suite.clerk("nz-scjg", &["inspector", "lead_head"]).await;
        let stranger = suite.clerk("nz-rsj", &["lead_head"]).await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        take(&both, id, "review", &may_publish()).await;
        let row = format!("/v1/publicity-records/{id}");
        assert_eq!(both.post(&format!("{row}/approve"), &json!({})).await.expect(409).json()["code"], "same_person");
        stranger.get(&row).await.expect(404);
        stranger.post(&format!("{row}/approve"), &json!({})).await.expect(404);
        let wide = suite.clerk("nz-sfj", &["oversight", "lead_head"]).await;
        assert_eq!(wide.post(&format!("{row}/approve"), &json!({})).await.expect(403).json()["code"], "other_department");
        // Of two steps on one version, one is taken.
        let head = suite.clerk("nz-scjg", &["lead_head"]).await;
        let stale = head.post_with(&format!("{row}/approve"), &[("if-match", "\"1\"")], &json!({})).await;
        stale.expect(412);
    }

    async fn what_is_withheld_has_a_ground_and_a_head_and_no_clock(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 0).await;
        let row = format!("/v1/publicity-records/{id}");
        let without = json!({"opinion": "withhold", "reason": "涉及未公开的生产工艺"});
        let refused = house.inspector.post(&format!("{row}/review"), &without).await;
        assert_eq!(refused.expect(422).json()["errors"][0]["code"], "grounds_missing");
        let opinion = json!({"opinion": "withhold", "grounds": ["trade_secret"], "reason": "涉及未公开的生产工艺"});
        let reviewed = take(&house.inspector, id, "review", &opinion).await;
        assert_eq!(reviewed["review_reason"], "不宜公示（商业秘密）：涉及未公开的生产工艺");
        // The clock runs until the head has decided.
        assert_eq!(reviewed["standing"], "due_today");
        let body = json!({"grounds": ["trade_secret"], "reason": "同意不予公示"});
        let withheld = take(&house.head, id, "withhold", &body).await;
        assert_eq!(withheld["state"], "withheld");
        assert_eq!(withheld["withholding_approved_by"], house.head.id());
        assert_eq!(withheld["standing"], "no_clock");
        suite.anonymous().get(&format!("/v1/public/results/{id}")).await.expect(404);
        let due = house.inspector.get("/v1/publicity-records/due").await.expect(200).json();
        assert_eq!(due["items"], json!([]));
    }

    async fn the_due_list_tells_what_is_due_today_and_what_is_late(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let today = opened(&suite, "nz-scjg", "enterprise", "今日到期有限公司", 0).await;
        let later = opened(&suite, "nz-scjg", "enterprise", "以后到期有限公司", 20).await;
        opened(&suite, "nz-rsj", "enterprise", "他部门有限公司", 0).await;
        let ids = async |query: &str| {
            let page = house.publisher.get(&format!("/v1/publicity-records/due{query}")).await.expect(200).json();
            let items = page["items"].as_array().unwrap().clone();
            items.iter().map(|i| i["id"].as_str().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids("").await, [today.to_string()]);
        assert_eq!(ids("?due=overdue").await, Vec::<String>::new());
        suite.clock.advance(DAY);
        assert_eq!(ids("?due=overdue").await, [today.to_string()]);
        let view = house.publisher.get(&format!("/v1/publicity-records/{today}")).await.expect(200).json();
        assert_eq!(view["standing"], "overdue");
        suite.clock.advance(DAY * 14);
        assert_eq!(ids("?due=week").await, [today.to_string(), later.to_string()]);
        // Published all the same, it is late, and that is computed.
        assert_eq!(published(&house, today).await["standing"], "late");
        assert_eq!(ids("?due=overdue").await, Vec::<String>::new());
    }

    async fn each_channel_answers_for_itself(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        published(&house, id).await;
        let carrier = suite.clerk("nz-xxzx", &["exchange"]).await;
        let pending = async |channel: &str| {
            let page = carrier.get(&format!("/v1/publicity-channels?channel={channel}")).await.expect(200).json();
            page["items"].as_array().unwrap().clone()
        };
        let waiting = pending("credit_hanzhong").await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0]["request"]["action"], "publish");
        assert_eq!(waiting[0]["content"]["subject_name"], "汉中样例有限公司");
        let answer = async |channel: &str, body: Value| {
            carrier.post(&format!("/v1/publicity-records/{id}/channels/{channel}/acknowledge"), &body).await
        };
        let done = json!({"is_done": true, "reference": "610703-000123"});
        let first = answer("publicity_system", done.clone()).await.expect(200).json();
        assert_eq!((first["done"].as_u64(), first["asked"].as_u64()), (Some(1), Some(3)));
        assert_eq!(answer("publicity_system", done.clone()).await.expect(409).json()["code"], "nothing_pending");
        answer("somewhere", done.clone()).await.expect(404);
        // What a channel could not do, it is asked again.
        assert_eq!(answer("portal", json!({"is_done": false})).await.expect(422).json()["errors"][0]["code"], "note_missing");
        answer("portal", json!({"is_done": false, "note": "接口超时"})).await.expect(200);
        let again = pending("portal").await;
        assert_eq!((again.len(), again[0]["request"]["number"].as_i64()), (1, Some(2)));
        // A withdrawal asks all of them; the unanswered request before it is superseded.
        let body = json!({"cause": "annulled", "decided_on": suite.clock.today().to_string(), "reason": "复议撤销"});
        take(&house.head, id, "withdraw", &body).await;
        let all = house.publisher.get(&format!("/v1/publicity-records/{id}/channels")).await.expect(200).json();
        assert_eq!((all["done"].as_u64(), all["asked"].as_u64()), (Some(0), Some(3)));
        let states: Vec<String> = all["items"].as_array().unwrap().iter()
            .map(|i| format!("{} {} {}", i["channel"].as_str().unwrap(), i["action"].as_str().unwrap(), i["state"].as_str().unwrap()))
            .collect();
        assert_eq!(states, [
            "credit_hanzhong publish superseded", "credit_hanzhong withdraw pending",
            "portal publish failed", "portal publish superseded", "portal withdraw pending",
            "publicity_system publish acknowledged", "publicity_system withdraw pending",
        ]);
        // Somebody of another organ who carries nothing out reports nothing.
        let stranger = suite.clerk("nz-rsj", &["publisher"]).await;
        let path = format!("/v1/publicity-records/{id}/channels/portal/acknowledge");
        stranger.post(&path, &done).await.expect(404);
    }

    async fn a_correction_ends_the_wrong_record_at_once_and_opens_the_right_one(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        published(&house, id).await;
        let body = json!({"reason": "结果文字录入有误", "note": "检查结果更正", "findings": ["发现问题已责令改正"]});
        let made = house.publisher.post(&format!("/v1/publicity-records/{id}/correct"), &body).await;
        let next = made.expect(201).json();
        let next_id: Uuid = next["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(next["state"], "pending");
        assert_eq!(next["replaces"], id.to_string());
        assert_eq!(gone(&suite, id).await["code"], "publicity_corrected");
        // Three working days, by the calendar in force.
        let calendar = domain::calendar::Calendar::china_2023_2026();
        let due = calendar.add_working_days(suite.clock.today(), 3).unwrap();
        assert_eq!(next["due_date"], due.to_string());
        published(&house, next_id).await;
        let seen = suite.anonymous().get(&format!("/v1/public/results/{next_id}")).await.expect(200).json();
        assert_eq!(seen["content"]["findings"], json!(["发现问题已责令改正"]));
        assert_eq!(seen["content"]["correction_note"], "检查结果更正");
        let old = suite.anonymous().get(&format!("/v1/public/results/{id}")).await;
        let link = format!("</v1/public/results/{next_id}>; rel=\"successor-version\"");
        assert_eq!(old.expect(410).header("link"), Some(link.as_str()));
    }

    async fn an_ordered_withdrawal_has_three_working_days(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let legal = suite.clerk("nz-sfj", &["legal"]).await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        published(&house, id).await;
        let today = suite.clock.today();
        let path = format!("/v1/publicity-records/{id}/order-withdrawal");
        let order = |day: jiff::civil::Date| json!({"cause": "annulled", "decided_on": day.to_string(), "reason": "经复议撤销"});
        let future = legal.post(&path, &order(today.tomorrow().unwrap())).await;
        assert_eq!(future.expect(422).json()["errors"][0]["code"], "in_future");
        let ordered = legal.post(&path, &order(today)).await.expect(200).json();
        assert_eq!((ordered["state"].as_str(), ordered["withdrawal_standing"].as_str()), (Some("published"), Some("running")));
        assert_eq!(legal.post(&path, &order(today)).await.expect(409).json()["code"], "withdrawal_ordered");
        let calendar = domain::calendar::Calendar::china_2023_2026();
        let last = calendar.add_working_days(today, 3).unwrap();
        let end = beijing_midnight(last.tomorrow().unwrap()).unwrap();
        assert_eq!(ordered["withdraw_due_at"], end.to_string());
        // Nobody withdraws: it is overdue.
        let wait = end.duration_since(suite.clock.now());
        suite.clock.advance(Duration::try_from(wait).unwrap());
        let due = house.publisher.get("/v1/publicity-records/due?due=overdue").await.expect(200).json();
        assert_eq!(due["items"][0]["withdrawal_standing"], "overdue");
        // A later day of decision does not make it timely.
        let withdrawn = take(&house.publisher, id, "withdraw", &order(suite.clock.today())).await;
        assert_eq!(withdrawn["withdrawal_standing"], "late");
        assert_eq!(gone(&suite, id).await["code"], "publicity_withdrawn");
        let told = suite.events("inspections", "cn.lianjian.publicity.withdrawn").await;
        assert_eq!(told[0]["data"]["is_late"], true);
    }

    async fn what_is_over_is_not_shown_and_channels_are_asked_to_end_it(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "individual_business", "张三丰", 20).await;
        let view = published(&house, id).await;
        let today = suite.clock.today();
        assert_eq!(view["expires_on"], today.saturating_add(Span::new().years(2)).to_string());
        let credit = suite.clerk("nz-fgj", &["credit"]).await;
        let another = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        published(&house, another).await;
        let stop = json!({"reason": "信用修复决定", "documents": ["汉发改信修〔2026〕8号"]});
        let stopped = credit.post(&format!("/v1/publicity-records/{another}/stop"), &stop).await;
        assert_eq!(stopped.expect(200).json()["state"], "stopped");
        assert_eq!(gone(&suite, another).await["code"], "publicity_stopped");
        suite.clock.advance(DAY * 732);
        // Also before the background work has run.
        assert_eq!(gone(&suite, id).await["code"], "publicity_expired");
        let kit = suite.kit("inspections");
        let ended = inspections::app::publicity::publicity_expire(kit).await.unwrap();
        assert_eq!(inspections::app::publicity::publicity_expire(kit).await.unwrap(), 0, "after {ended}");
        assert_eq!(suite.events("inspections", "cn.lianjian.publicity.expired").await.len(), 1);
        let record = house.publisher.get(&format!("/v1/publicity-records/{id}")).await.expect(200).json();
        assert_eq!(record["state"], "expired");
        assert_eq!(gone(&suite, id).await["code"], "publicity_expired");
    }
}
