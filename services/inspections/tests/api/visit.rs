//! Visits: from the claim to the feedback, step by step; what is refused, put off, replaced, done in an emergency.

use crate::helpers::certificate;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Answer, Caller, Suite};

pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// The people of one organ.
pub struct House {
    pub organ: String,
    pub editor: Caller,
    pub head: Caller,
    pub inspector: Caller,
}

impl House {
    pub async fn of(suite: &Suite, organ: &str) -> Self {
        Self {
            organ: organ.to_string(),
            editor: suite.clerk(organ, &["lead_editor"]).await,
            head: suite.clerk(organ, &["lead_head"]).await,
            inspector: suite.clerk(organ, &["inspector"]).await,
        }
    }

    /// Registers so many qualified inspectors; gives their ids.
    pub async fn staff(&self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for n in 0..count {
            let body = json!({
                "name": "王示例", "staff_no": format!("V-{n}"), "level": "county", "duties": ["用工检查"],
                "certificate": certificate(&format!("2707-{}-{n}", self.organ)),
            });
            let made = self.editor.post("/v1/inspectors", &body).await;
            ids.push(text(&made.expect(201).json()["id"]));
        }
        ids
    }

    /// Takes a step of a task as somebody who may.
    pub async fn step(&self, task: &str, step: &str, body: Value) -> Answer {
        let who = if step == "approve" { &self.head } else { &self.inspector };
        who.post(&format!("{task}/{step}"), &body).await
    }

    /// From the assignment to the arrival, with the code of the visit.
    pub async fn arrive(&self, visit: &str, task: &str) {
        self.prepare(task).await;
        let code = self.code(visit).await;
        let arrival =
            json!({"place": "厂区门口", "code": code, "certificates_shown_at": "2026-01-01T08:00:00+08:00"});
        self.step(task, "check-in", arrival).await.expect(200);
    }

    /// From the assignment to the served notice.
    pub async fn prepare(&self, task: &str) {
        self.step(task, "prepare", json!({"notice_no": "南检通〔2026〕1号"})).await.expect(200);
        self.step(task, "approve", json!({})).await.expect(200);
        self.step(task, "notify", json!({})).await.expect(200);
    }

    pub async fn code(&self, visit: &str) -> String {
        let made = self.editor.post(&format!("{visit}/codes"), &json!({})).await;
        text(&made.expect(201).json()["code"])
    }

    /// From the assignment to the site record.
    pub async fn inspect(&self, visit: &str, task: &str) {
        self.arrive(visit, task).await;
        self.step(task, "start", json!({})).await.expect(200);
        self.step(task, "record", record()).await.expect(200);
    }
}

/// A good site record.
pub fn record() -> Value {
    json!({"content": "检查了劳动合同台账。", "signature": "signed", "told_subject_at": "2026-01-01T10:00:00+08:00",
        "documents_asked": ["用工花名册"]})
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_string()
}

/// A subject of these organs.
pub async fn subject(who: &Caller, n: u32, kind: &str) -> String {
    let body = json!({
        "kind": kind, "name": format!("南郑检查样例{n}号"), "identifier": testkit::uscc(50_000 + n),
        "region_code": "610703102", "departments": ["nz-rsj", "nz-scjg"],
    });
    text(&who.post("/v1/subjects", &body).await.expect(201).json()["id"])
}

/// A visit of these organs to a subject, each with its team; triggered by a complaint, so that no cap is used.
pub fn visit(suite: &Suite, subject: &str, organs: &[(&str, &[String])]) -> Value {
    let today = suite.clock.today();
    let last = today.saturating_add(jiff::Span::new().days(10));
    let tasks = organs.iter().map(|(organ, people)| {
        let members = people.iter().map(|p| json!({"person_id": p, "role": "member"}));
        json!({"organ_code": organ, "item_text": "对用人单位用工情况的检查", "members": members.collect::<Vec<_>>()})
    });
    json!({"kind": "complaint", "trigger_ground": "12345-2026-000123", "method": "site_verification", "on_site": true,
        "subject_id": subject, "planned_from": today.to_string(), "planned_to": last.to_string(),
        "tasks": tasks.collect::<Vec<_>>()})
}

/// Adds it; gives the path of the visit and those of its tasks.
pub async fn plan(who: &Caller, body: &Value) -> (String, Vec<String>) {
    let made = who.post("/v1/visits", body).await;
    let view = made.expect(201).json();
    let tasks =
        view["tasks"].as_array().unwrap().iter().map(|t| format!("/v1/visit-tasks/{}", text(&t["id"])));
    (made.header("location").unwrap().to_string(), tasks.collect())
}

/// One organ with two inspectors and a planned visit: the house, visit, task, inspectors.
pub async fn scene(suite: &Suite) -> (House, String, String, Vec<String>) {
    let house = House::of(suite, "nz-rsj").await;
    let people = house.staff(2).await;
    let subject = subject(&house.editor, 1, "enterprise").await;
    let (visit, tasks) = plan(&house.editor, &visit(suite, &subject, &[("nz-rsj", &people)])).await;
    (house, visit, tasks[0].clone(), people)
}

fn codes(problem: &Value) -> Vec<String> {
    problem["errors"].as_array().unwrap().iter().map(|e| text(&e["code"])).collect()
}

testkit::both! {
    async fn a_visit_goes_from_the_claim_to_the_feedback_and_every_step_is_told(suite: Suite) {
        let (house, visit, task, people) = scene(&suite).await;
        house.step(&task, "claim", json!({"reason": "本科室办理"})).await.expect(200);
        assert_eq!(house.step(&task, "claim", json!({})).await.expect(409).json()["code"], "transition_refused");
        house.prepare(&task).await;
        let code = house.code(&visit).await;
        let arrival = json!({"place": "厂区门口", "datum": "gcj02", "latitude": "33.004217", "longitude": "107.023199",
            "code": code, "certificates_shown_at": "2026-01-01T08:00:00+08:00"});
        let at_the_door = house.step(&task, "check-in", arrival).await.expect(200).json();
        assert_eq!((at_the_door["state"].as_str(), at_the_door["national_state"].as_str()), (Some("checked_in"), Some("claimed")));
        house.step(&task, "start", json!({})).await.expect(200);
        house.step(&task, "record", record()).await.expect(200);
        let missing = house.step(&task, "close", json!({})).await.expect(409).json();
        assert_eq!((missing["code"].as_str(), codes(&missing)), (Some("close_incomplete"), vec!["result_missing".to_string()]));
        let result = json!({"scheme": "general", "codes": ["1"], "summary": "未发现问题"});
        house.inspector.post(&format!("{task}/result"), &result).await.expect(201);
        let closed = house.step(&task, "close", json!({})).await.expect(200).json();
        assert_eq!((closed["state"].as_str(), closed["national_state"].as_str()), (Some("closed"), Some("finished")));
        let told = house.step(&task, "feed-back", json!({"feedback": "已检查，未发现问题"})).await.expect(200).json();
        assert_eq!(told["national_state"], "fed_back");
        let whole = house.editor.get(&visit).await.expect(200).json();
        assert_eq!((whole["state"].as_str(), whole["closed_at"].is_string()), (Some("closed"), true));

        let steps = house.editor.get(&format!("{task}/history")).await.expect(200).json();
        let verbs: Vec<String> = steps["items"].as_array().unwrap().iter().map(|s| text(&s["verb"])).collect();
        assert_eq!(verbs, ["claim", "prepare", "approve", "notify", "check_in", "start", "record", "close", "feed_back"]);
        let start = &steps["items"][5];
        assert!(start["rule_ids"].as_array().unwrap().iter().any(|r| r == "ENF-01"), "{start}");
        assert!(steps["items"][6]["due_date"].is_string(), "the record begins the term of the entry");
        let events = suite.events("inspections", "cn.lianjian.visit").await;
        for kind in ["visit.assigned", "visit_task.started", "visit_task.closed", "visit.closed", "visit_code.issued"] {
            assert!(events.iter().any(|e| e["type"] == format!("cn.lianjian.{kind}")), "{kind}");
        }

        // Where persons were is sealed, shown to their own organ, and in no event.
        let arrivals = house.editor.get(&format!("{task}/check-ins")).await.expect(200).json();
        assert_eq!((arrivals["items"][0]["latitude"].as_str(), &arrivals["items"][0]["person_ids"]), (Some("33.004217"), &json!(people)));
        assert!(!format!("{events:?}").contains("33.004217"));
        for file in std::fs::read_dir(suite.data_dir()).unwrap() {
            let path = file.unwrap().path();
            assert!(!path.is_file() || !String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("33.004217"));
        }
        let head_of_the_other = suite.clerk("nz-scjg", &["organiser"]).await;
        let seen = head_of_the_other.get(&format!("{task}/check-ins")).await.expect(200).json();
        assert!(seen["items"][0]["latitude"].is_null());
    }

    async fn what_state_organ_and_role_do_not_allow_is_refused(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        for (step, body) in [("approve", json!({})), ("notify", json!({})), ("start", json!({})), ("record", record()),
            ("close", json!({})), ("feed-back", json!({"feedback": "完成"}))] {
            let refused = house.step(&task, step, body).await.expect(409).json();
            assert_eq!(refused["code"], "transition_refused", "{step}");
        }
        assert_eq!(house.inspector.post(&format!("{task}/approve"), &json!({})).await.status(), 403);
        let stranger = suite.clerk("nz-slj", &["inspector"]).await;
        stranger.get(&visit).await.expect(404);
        stranger.get(&task).await.expect(404);
        stranger.post(&format!("{task}/prepare"), &json!({})).await.expect(404);
        assert_eq!(stranger.get("/v1/visits").await.expect(200).json()["items"], json!([]));
        assert_eq!(stranger.get("/v1/visit-tasks").await.expect(200).json()["items"], json!([]));
        let stale = house.inspector.post_with(&format!("{task}/prepare"), &[("if-match", "\"7\"")], &json!({})).await;
        stale.expect(412);

        let bare = json!({"place": "厂区门口"});
        house.prepare(&task).await;
        assert_eq!(codes(&house.step(&task, "check-in", bare).await.expect(422).json()), ["code_or_reason"]);
        let far = json!({"place": "门口", "emergency_reason": "断网", "datum": "wgs84", "latitude": "91", "longitude": "107"});
        assert_eq!(codes(&house.step(&task, "check-in", far).await.expect(422).json()), ["not_degrees"]);
        let half = json!({"place": "门口", "emergency_reason": "断网", "latitude": "33"});
        assert_eq!(codes(&house.step(&task, "check-in", half).await.expect(422).json()), ["position_incomplete"]);
        let forged = json!({"place": "门口", "code": "AAAA.BBBB"});
        house.step(&task, "check-in", forged).await.expect(404);
    }

    async fn a_joint_visit_is_as_far_as_its_slowest_organ_and_each_does_its_own(suite: Suite) {
        let (rsj, scjg) = (House::of(&suite, "nz-rsj").await, House::of(&suite, "nz-scjg").await);
        let (mine, theirs) = (rsj.staff(2).await, scjg.staff(2).await);
        let subject = subject(&rsj.editor, 2, "enterprise").await;
        let (path, tasks) = plan(&rsj.editor, &visit(&suite, &subject, &[("nz-rsj", &mine), ("nz-scjg", &theirs)])).await;
        rsj.step(&tasks[0], "prepare", json!({})).await.expect(200);
        assert_eq!(scjg.editor.get(&path).await.expect(200).json()["state"], "assigned");
        // The other organ sees the task and may not touch it.
        scjg.editor.get(&tasks[0]).await.expect(200);
        assert_eq!(scjg.head.post(&format!("{}/approve", tasks[0]), &json!({})).await.expect(403).json()["code"], "other_department");
        scjg.step(&tasks[1], "prepare", json!({})).await.expect(200);
        let whole = rsj.editor.get(&path).await.expect(200).json();
        assert_eq!((whole["state"].as_str(), whole["departments"].clone()), (Some("prepared"), json!(["nz-rsj", "nz-scjg"])));
        let history = rsj.editor.get(&format!("{path}/history")).await.expect(200).json();
        assert_eq!(history["items"].as_array().unwrap().len(), 1);
        assert_eq!(rsj.editor.get("/v1/visits?state=prepared&organ_code=nz-scjg").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(rsj.editor.get("/v1/visit-tasks").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_rule_that_blocks_stops_the_start_and_is_named(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(1).await;
        let subject = subject(&house.editor, 3, "enterprise").await;
        let (path, tasks) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &people)])).await;
        house.arrive(&path, &tasks[0]).await;
        let refused = house.step(&tasks[0], "start", json!({})).await.expect(409).json();
        assert_eq!((refused["code"].as_str(), codes(&refused)), (Some("rules_block"), vec!["ENF-01".to_string()]), "{refused}");
        assert_eq!(house.editor.get(&tasks[0]).await.expect(200).json()["state"], "checked_in");
    }

    async fn a_visit_is_put_off_twice_and_its_codes_stop_counting(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        house.prepare(&task).await;
        let code = house.code(&visit).await;
        let check = format!("/v1/public/visit-codes/{code}");
        suite.anonymous().get(&check).await.expect(200);
        let today = suite.clock.today();
        let later = |days: i64| today.saturating_add(jiff::Span::new().days(days)).to_string();
        let off = |n: i64| json!({"planned_from": later(n), "planned_to": later(n + 5), "reason": "企业停产检修"});
        let moved = house.editor.post(&format!("{visit}/reschedule"), &off(10)).await.expect(200).json();
        assert_eq!((moved["reschedules"].as_i64(), moved["state"].as_str()), (Some(1), Some("approved")));
        assert_eq!(suite.anonymous().get(&check).await.expect(410).json()["code"], "visit_code_revoked");
        let back = json!({"planned_from": later(9), "planned_to": later(3), "reason": "再改"});
        assert_eq!(codes(&house.editor.post(&format!("{visit}/reschedule"), &back).await.expect(422).json()), ["window_reversed"]);
        house.editor.post(&format!("{visit}/reschedule"), &off(20)).await.expect(200);
        assert_eq!(house.editor.post(&format!("{visit}/reschedule"), &off(25)).await.expect(409).json()["code"], "rescheduled_twice");
        house.inspector.post(&format!("{visit}/cancel"), &json!({"reason": "不再需要"})).await.expect(403);
        let gone = house.editor.post(&format!("{visit}/cancel"), &json!({"reason": "线索经核实不成立"})).await.expect(200).json();
        assert_eq!((gone["state"].as_str(), gone["tasks"][0]["state"].as_str()), (Some("cancelled"), Some("cancelled")));
        house.editor.post(&format!("{visit}/codes"), &json!({})).await.expect(409);
        house.editor.post(&format!("{visit}/cancel"), &json!({"reason": "再次取消"})).await.expect(409);
    }

    async fn a_recused_inspector_is_replaced_by_the_next_in_the_order(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(4).await;
        let subject = subject(&house.editor, 4, "enterprise").await;
        let (path, tasks) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &people[..2])])).await;
        let id: uuid::Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
        let score = |p: &String| inspections::domain::task::replacement_score(id, p.parse().unwrap());
        let next = people[2..].iter().min_by_key(|p| score(p)).unwrap();
        let body = json!({"person_id": people[0], "reason": "与被检查单位有利害关系"});
        let mut unfounded = body.clone();
        unfounded["recusal_id"] = json!(uuid::Uuid::now_v7());
        let refused = house.inspector.post(&format!("{}/replace-member", tasks[0]), &unfounded).await.expect(422).json();
        assert_eq!(codes(&refused), ["unknown_recusal"]);
        let away = async |id: &str| {
            let body = json!({"kind": "declaration", "inspector_id": id, "subject_id": subject, "ground": "interest"});
            house.editor.post("/v1/recusals", &body).await.expect(201).json()["id"].clone()
        };
        let mut body = body;
        body["recusal_id"] = away(&people[0]).await;
        let team = house.inspector.post(&format!("{}/replace-member", tasks[0]), &body).await.expect(200).json();
        let member = |id: &str| team["members"].as_array().unwrap().iter().find(|m| m["person_id"] == id).unwrap().clone();
        assert_eq!((member(&people[0])["state"].as_str(), member(&people[0])["replaced_by"].as_str()), (Some("replaced"), Some(next.as_str())));
        assert_eq!((member(next)["state"].as_str(), member(next)["score"].as_str()), (Some("assigned"), Some(score(next).as_str())));
        house.inspector.post(&format!("{}/replace-member", tasks[0]), &body).await.expect(422);
        let second = json!({"person_id": people[1], "reason": "与被检查单位有利害关系", "recusal_id": away(&people[1]).await});
        house.inspector.post(&format!("{}/replace-member", tasks[0]), &second).await.expect(200);
        let third = json!({"person_id": next, "reason": "与被检查单位有利害关系", "recusal_id": away(next).await});
        let none = house.inspector.post(&format!("{}/replace-member", tasks[0]), &third).await.expect(409).json();
        assert_eq!(none["code"], "no_replacement");
    }

    async fn an_emergency_is_approved_afterwards_within_its_term(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let subject = subject(&house.editor, 5, "enterprise").await;
        let mut body = visit(&suite, &subject, &[("nz-rsj", &people)]);
        body["emergency_reason"] = json!("接报有人员受伤，须立即到场");
        let (_, tasks) = plan(&house.editor, &body).await;
        let arrival = json!({"place": "事故现场", "emergency_reason": "现场无网络", "certificates_shown_at": "2026-01-01T08:00:00+08:00"});
        let view = house.step(&tasks[0], "check-in", arrival).await.expect(200).json();
        assert!(view["approval_due_at"].is_string() && view["is_approval_overdue"] == false, "{view}");
        house.step(&tasks[0], "refused", json!({"reason": "负责人拒绝入内"})).await.expect(422);
        let refused = json!({"reason": "负责人拒绝入内", "witness": "李四见证"});
        let dead = house.step(&tasks[0], "refused", refused).await.expect(200).json();
        assert_eq!(dead["state"], "refused");
        let record = house.editor.get(&format!("{}/site-record", tasks[0])).await.expect(200).json();
        assert_eq!((record["signature"].as_str(), record["witness"].as_str()), (Some("witnessed"), Some("李*")));
        let result = json!({"scheme": "general", "codes": ["8"], "summary": "拒绝检查"});
        house.inspector.post(&format!("{}/result", tasks[0]), &result).await.expect(201);
        let early = house.step(&tasks[0], "close", json!({})).await.expect(409).json();
        assert_eq!(codes(&early), ["approval_missing"]);
        suite.clock.advance(DAY * 7);
        assert_eq!(house.editor.get(&tasks[0]).await.expect(200).json()["is_approval_overdue"], true);
        house.step(&tasks[0], "approve", json!({"reason": "补批"})).await.expect(200);
        house.step(&tasks[0], "close", json!({})).await.expect(200);
    }

    async fn every_fault_of_a_new_visit_is_named_at_once(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let subject = subject(&house.editor, 6, "enterprise").await;
        let mut body = visit(&suite, &subject, &[("nz-rsj", &[]), ("nz-rsj", &[])]);
        body["trigger_ground"] = Value::Null;
        body.as_object_mut().unwrap().remove("trigger_ground");
        body["scheduled_on"] = json!("2020-01-01");
        let faults = codes(&house.editor.post("/v1/visits", &body).await.expect(422).json());
        assert_eq!(faults, ["outside_window", "trigger_missing", "organ_twice"]);
        let stranger = uuid::Uuid::now_v7().to_string();
        let unknown = visit(&suite, &subject, &[("nz-rsj", &[stranger])]);
        assert_eq!(codes(&house.editor.post("/v1/visits", &unknown).await.expect(422).json()), ["unknown_inspector"]);
        let nobody = visit(&suite, &uuid::Uuid::now_v7().to_string(), &[("nz-rsj", &[])]);
        assert_eq!(codes(&house.editor.post("/v1/visits", &nobody).await.expect(422).json()), ["unknown_subject"]);
        let foreign = visit(&suite, &subject, &[("nz-scjg", &[])]);
        assert_eq!(house.editor.post("/v1/visits", &foreign).await.expect(403).json()["code"], "other_department");
        house.inspector.post("/v1/visits", &foreign).await.expect(403);
    }
}
