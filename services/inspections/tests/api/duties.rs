//! Duties kept apart: whose rows a role writes, who approves, and on what ground a place in a team changes hands.

use crate::draw::{Drawers, draw, ids};
use crate::helpers::{certificate, inspector};
use crate::visit::{House, plan, record, scene, subject, text, visit};
use serde_json::{Value, json};
use testkit::{Answer, Caller, Suite, uscc};

fn code(answer: &Answer) -> String {
    text(&answer.json()["code"])
}

/// Declares an inspector away from every subject; gives the id of the recusal.
async fn declare(who: &Caller, inspector: &str) -> String {
    let body = json!({"kind": "declaration", "inspector_id": inspector, "ground": "interest"});
    text(&who.post("/v1/recusals", &body).await.expect(201).json()["id"])
}

/// The members of a task who are in it or were.
fn member<'v>(task: &'v Value, id: &str) -> Option<&'v Value> {
    task["members"].as_array().unwrap().iter().find(|m| m["person_id"] == id)
}

testkit::both! {
    async fn a_role_that_reads_the_district_does_not_write_for_another_organ(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let made = house.editor.post("/v1/inspectors", &inspector("SJ-001")).await;
        let (path, etag) = (made.expect(201).header("location").unwrap().to_string(), made.etag());
        let (id, held) = (text(&made.json()["id"]), text(&made.json()["certificates"][0]["id"]));
        let helper = house.editor.post("/v1/experts", &json!({"kind": "expert", "name": "赵示例"})).await;
        let helper = (helper.expect(201).header("location").unwrap().to_string(), helper.etag());
        let team = json!({"name": "样例镇综合行政执法队", "region_code": "610703102", "fields": ["城市管理"]});
        let team = house.editor.post("/v1/township-teams", &team).await;
        let team = (team.expect(201).header("location").unwrap().to_string(), team.etag());
        let list = house.editor.post("/v1/checklist-templates", &json!({"title": "检查表", "points": [{"content": "是否签订劳动合同"}]})).await;
        let list = (list.expect(201).header("location").unwrap().to_string(), list.etag());
        let drawn = house.editor.post("/v1/draws", &draw(&suite)).await.expect(201).header("location").unwrap().to_string();

        // An editor of another organ that also keeps credit matters sees all of it and writes none of it.
        let mixed = suite.clerk("nz-slj", &["lead_editor", "lead_head", "credit", "legal", "auditor"]).await;
        mixed.get(&path).await.expect(200);
        let reason = json!({"reason": "越权办理"});
        for (place, body) in [
            (format!("{path}/suspend"), reason.clone()),
            (format!("{path}/leave"), reason.clone()),
            (format!("{path}/certificates"), certificate("270799999")),
            (format!("{path}/certificates/{held}/revoke"), reason.clone()),
            (format!("{path}/trainings"), json!({"title": "培训", "minutes": 60, "held_on": "2026-01-05", "is_passed": true})),
            (format!("{path}/link-account"), json!({"account_id": mixed.id()})),
            (format!("{}/leave", helper.0), reason.clone()),
            ("/v1/recusals".to_string(), json!({"kind": "declaration", "inspector_id": id, "ground": "interest"})),
            (format!("{drawn}/frame"), json!({"stratum": "A", "ids": ids(0, 2)})),
            (format!("{drawn}/freeze"), json!({})),
            (format!("{drawn}/void-request"), reason.clone()),
        ] {
            let refused = mixed.post(&place, &body).await;
            assert_eq!((refused.status(), code(&refused).as_str()), (403, "other_department"), "{place}: {refused}");
        }
        for (place, etag, body) in [
            (&path, &etag, json!({"unit": "别处"})),
            (&helper.0, &helper.1, json!({"title": "别处"})),
            (&team.0, &team.1, json!({"name": "别处"})),
        ] {
            assert_eq!(code(mixed.patch(place, etag, &body).await.expect(403)), "other_department", "{place}");
        }
        let another = json!({"title": "别处", "is_active": false, "points": [{"content": "无"}]});
        assert_eq!(code(mixed.put(&list.0, &list.1, &another).await.expect(403)), "other_department");
        let mut stray = inspector("SJ-002");
        stray["organ_code"] = json!("nz-rsj");
        assert_eq!(code(mixed.post("/v1/inspectors", &stray).await.expect(403)), "other_department");
        let mut stray = draw(&suite);
        stray["lead_department"] = json!("nz-rsj");
        assert_eq!(code(mixed.post("/v1/draws", &stray).await.expect(403)), "other_department");

        // Personal data opens in a role that may, not in one that only sees.
        let reveal = format!("{path}/reveal");
        mixed.post(&reveal, &json!({"reason": "法制审核"})).await.expect(200);
        let credit = suite.clerk("nz-slj", &["lead_editor", "credit"]).await;
        assert_eq!(code(credit.post(&reveal, &json!({"reason": "好奇"})).await.expect(403)), "other_department");
        // The organiser writes for all, as ever.
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        organiser.post(&format!("{path}/suspend"), &json!({"reason": "证件送检"})).await.expect(200);
    }

    async fn a_member_is_not_replaced_without_a_ground_nor_by_who_made_it(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(5).await;
        let other = suite.clerk("nz-rsj", &["lead_head"]).await;
        let subject = subject(&house.editor, 61, "enterprise").await;
        let (_, tasks) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &people[..2])])).await;
        let path = format!("{}/replace-member", tasks[0]);
        let bare = json!({"person_id": people[0], "reason": "工作安排"});
        for who in [&house.editor, &house.inspector, &house.head] {
            assert_eq!(code(who.post(&path, &bare).await.expect(409)), "replacement_unfounded");
        }
        // A recusal from another subject is no ground; one that the caller entered himself is not his to use.
        let elsewhere = crate::visit::subject(&house.editor, 62, "enterprise").await;
        let away = json!({"kind": "declaration", "inspector_id": people[0], "subject_id": elsewhere, "ground": "relative"});
        let away = text(&house.editor.post("/v1/recusals", &away).await.expect(201).json()["id"]);
        let founded = |recusal: &str| json!({"person_id": people[0], "reason": "与被检查单位有利害关系", "recusal_id": recusal});
        let refused = house.inspector.post(&path, &founded(&away)).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "unknown_recusal");
        let recusal = declare(&house.inspector, &people[0]).await;
        assert_eq!(code(house.inspector.post(&path, &founded(&recusal)).await.expect(403)), "separation_of_duties");
        house.editor.post(&path, &founded(&recusal)).await.expect(200);

        // What the registry says is acted on by the head, who did not bring it about.
        let ill = json!({"person_id": people[1], "reason": "生病住院"});
        house.head.post(&format!("/v1/inspectors/{}/suspend", people[1]), &json!({"reason": "病假"})).await.expect(200);
        assert_eq!(code(house.editor.post(&path, &ill).await.expect(403)), "head_replaces");
        assert_eq!(code(house.head.post(&path, &ill).await.expect(403)), "separation_of_duties");
        let team = other.post(&path, &ill).await.expect(200).json();
        assert_eq!(member(&team, &people[1]).unwrap()["state"], "replaced");
        let steps = house.editor.get(&format!("{}/history", tasks[0])).await.expect(200).json();
        let grounds: Vec<&str> = steps["items"].as_array().unwrap().iter().map(|s| s["evidence"]["ground"].as_str().unwrap()).collect();
        assert_eq!(grounds, ["recusal", "suspended"]);

        // The same of a certificate that somebody revoked.
        let third = text(&team["members"].as_array().unwrap().iter().find(|m| m["state"] == "assigned").unwrap()["person_id"]);
        let held = other.get(&format!("/v1/inspectors/{third}")).await.expect(200).json();
        let revoke = format!("/v1/inspectors/{third}/certificates/{}/revoke", text(&held["certificates"][0]["id"]));
        other.post(&revoke, &json!({"reason": "证件遗失"})).await.expect(200);
        let lost = json!({"person_id": third, "reason": "证件遗失"});
        assert_eq!(code(other.post(&path, &lost).await.expect(403)), "separation_of_duties");
        house.head.post(&path, &lost).await.expect(200);
    }

    async fn who_is_not_certified_on_the_day_is_passed_over_in_a_drawn_team(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        for n in 0..3 {
            let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{n}有限公司"), "identifier": uscc(n),
                "region_code": "610703102", "departments": ["nz-rsj"]});
            organiser.post("/v1/subjects", &subject).await.expect(201);
        }
        let mut people: Vec<Value> = Vec::new();
        for n in 0..7 {
            let mut body = inspector(&format!("D-{n:03}"));
            body.as_object_mut().unwrap().remove("id_number");
            people.push(drawers.editor.post("/v1/inspectors", &body).await.expect(201).json());
        }
        let mut body = draw(&suite);
        body["strata"] = json!([{"name": "ALL", "sample_size": 1}]);
        body["organs"] = json!([{"department": "nz-rsj"}]);
        body["reserve"] = json!(0);
        let path = drawers.add(&body).await;
        drawers.fill(&path, "ALL", &ids(0, 3)).await;
        drawers.run(&suite, &path).await;
        drawers.step(&path, "assign").await;
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let drawn = picks["items"].as_array().unwrap().iter().find(|p| p["state"] == "drawn").unwrap();
        let visit = format!("/v1/visits/{}", text(&drawn["visit_id"]));
        let view = drawers.editor.get(&visit).await.expect(200).json();
        let task = format!("/v1/visit-tasks/{}", text(&view["tasks"][0]["id"]));
        let team = drawers.editor.get(&task).await.expect(200).json();
        let free: Vec<&Value> = people.iter().filter(|p| member(&team, p["id"].as_str().unwrap()).is_none()).collect();
        assert_eq!(free.len(), 5);
        // All but one are certified for the draw's days, and not for the day that the visit is put off to.
        for one in &free[1..] {
            let revoke = format!("/v1/inspectors/{}/certificates/{}/revoke", text(&one["id"]), text(&one["certificates"][0]["id"]));
            drawers.editor.post(&revoke, &json!({"reason": "换发新证", "on": "2027-02-10"})).await.expect(200);
        }
        let later = json!({"planned_from": "2027-02-22", "planned_to": "2027-02-26", "reason": "企业停产检修"});
        drawers.editor.post(&format!("{visit}/reschedule"), &later).await.expect(200);
        let out = text(&team["members"][0]["person_id"]);
        let recusal = declare(&drawers.editor, &out).await;
        let body = json!({"person_id": out, "reason": "与被检查单位有利害关系", "recusal_id": recusal});
        let after = drawers.head.post(&format!("{task}/replace-member"), &body).await.expect(200).json();
        assert_eq!(member(&after, &out).unwrap()["replaced_by"], free[0]["id"]);
    }

    async fn who_prepared_a_task_does_not_approve_it(suite: Suite) {
        let (house, _, task, _) = scene(&suite).await;
        let approve = format!("{task}/approve");
        house.head.post(&format!("{task}/prepare"), &json!({"notice_no": "南检通〔2026〕1号"})).await.expect(200);
        assert_eq!(code(house.head.post(&approve, &json!({})).await.expect(403)), "separation_of_duties");
        let other = suite.clerk("nz-rsj", &["lead_head"]).await;
        other.post(&approve, &json!({})).await.expect(200);
    }

    async fn who_made_an_inspection_in_an_emergency_does_not_approve_it_afterwards(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let both = suite.clerk("nz-rsj", &["inspector", "lead_head"]).await;
        let subject = subject(&house.editor, 63, "enterprise").await;
        let mut body = visit(&suite, &subject, &[("nz-rsj", &people)]);
        body["emergency_reason"] = json!("接报有人员受伤，须立即到场");
        let (_, tasks) = plan(&house.editor, &body).await;
        let now = suite.clock.now().to_string();
        let arrival = json!({"place": "事故现场", "emergency_reason": "现场无网络", "certificates_shown_at": now});
        both.post(&format!("{}/check-in", tasks[0]), &arrival).await.expect(200);
        both.post(&format!("{}/start", tasks[0]), &json!({})).await.expect(200);
        let mut made = record();
        made["told_subject_at"] = json!(now);
        both.post(&format!("{}/record", tasks[0]), &made).await.expect(200);
        let approve = format!("{}/approve", tasks[0]);
        assert_eq!(code(both.post(&approve, &json!({"reason": "补批"})).await.expect(403)), "separation_of_duties");
        house.head.post(&approve, &json!({"reason": "补批"})).await.expect(200);
    }
}
