//! Rule packs: checks at the upload, publication by a second person, which rule applied on which day.

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Answer, Caller, Suite};

/// The default pack as a client has it.
fn pack() -> Value {
    serde_json::from_str(rules::DEFAULT_PACK).unwrap()
}

fn upload(pack: &Value, valid_from: &str) -> Value {
    json!({"pack": pack, "valid_from": valid_from, "reason": "公布新的年度上限"})
}

fn rule<'p>(pack: &'p mut Value, id: &str) -> &'p mut Value {
    pack["rules"].as_array_mut().unwrap().iter_mut().find(|r| r["rule_id"] == id).unwrap()
}

async fn publish(who: &Caller, made: &Answer) -> Answer {
    let path = made.header("location").unwrap().to_string();
    who.post_with(&format!("{path}/publish"), &[("if-match", &made.etag())], &json!({"reason": "已核对"}))
        .await
}

testkit::both! {
    async fn the_default_pack_is_there_from_the_first_start(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let packs = clerk.get("/v1/rule-packs").await.expect(200).json();
        assert_eq!((packs["items"][0]["number"].as_i64(), packs["items"][0]["state"].as_str()), (Some(1), Some("published")));
        assert_eq!(packs["items"][0]["findings"], json!([]));
        let now = clerk.get("/v1/rule-packs/in-force?on=2026-05-20").await.expect(200).json();
        assert_eq!(now["pack"], pack());
        assert_eq!(now["digest"].as_str().unwrap().len(), 64);
        clerk.get("/v1/rule-packs/in-force?on=2014-09-30").await.expect(404);
        assert_eq!(suite.events("catalog", "cn.lianjian.rule_pack.").await.len(), 1);
    }

    async fn the_record_of_the_day_is_told_and_a_day_without_one_too(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        for (rule, on, version) in [
            ("PUB-06", "2026-03-31", json!(1)),
            ("PUB-06", "2026-04-01", json!(2)),
            ("FRQ-01", "2025-01-02", Value::Null),
            ("FRQ-01", "2025-01-03", json!(1)),
        ] {
            let found = clerk.get(&format!("/v1/rule-packs/applied?rule={rule}&on={on}")).await.expect(200).json();
            assert_eq!(found["rule"]["version"], version, "{rule} {on}");
            assert_eq!(found["pack_number"], 1);
        }
        clerk.get("/v1/rule-packs/applied?rule=FRQ-77&on=2026-05-20").await.expect(404);
        clerk.get("/v1/rule-packs/applied?rule=frq&on=2026-05-20").await.expect(400);
        clerk.get("/v1/rule-packs/applied?on=2026-05-20").await.expect(400);
    }

    async fn every_fault_of_an_upload_is_named_with_its_place(suite: Suite) {
        let legal = suite.clerk("nz-sfj", &["legal"]).await;
        let mut bad = pack();
        rule(&mut bad, "ENF-01")["params"]["at_least"] = json!("two");
        rule(&mut bad, "FRQ-04")["params"]["window"] = json!({"n": 90, "unit": "hour"});
        rule(&mut bad, "PUB-01")["predicate"] = json!("no_such_thing");
        rule(&mut bad, "FRQ-02")["severity"] = json!("block");
        let twice = rule(&mut bad, "ENF-02").clone();
        bad["rules"].as_array_mut().unwrap().push(twice);
        let refused = legal.post("/v1/rule-packs", &upload(&bad, "2027-01-01")).await.expect(422).json();
        let codes: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
        for code in ["wrong_parameter_type", "wrong_parameter_unit", "unknown_predicate", "severity_not_allowed",
            "validity_overlaps", "version_repeated"] {
            assert!(codes.contains(&code), "{code} {codes:?}");
        }
        assert!(refused["errors"][0]["pointer"].as_str().unwrap().starts_with("/pack/rules/"));
        let checked = legal.post("/v1/rule-packs/check", &upload(&bad, "2027-01-01")).await.expect(200).json();
        assert_eq!((checked["is_storable"].as_bool(), checked["faults"].as_array().unwrap().len()), (Some(false), codes.len()));
        rule(&mut bad, "ENF-01")["severity"] = json!("fatal");
        let refused = legal.post("/v1/rule-packs", &upload(&bad, "2027-01-01")).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "not_allowed", "{refused}");
        // Nothing was kept.
        assert_eq!(legal.get("/v1/rule-packs").await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    }

    async fn a_pack_is_published_by_a_second_person_and_judges_its_days(suite: Suite) {
        let legal = suite.clerk("nz-sfj", &["legal"]).await;
        let other = suite.clerk("nz-scjg", &["organiser"]).await;
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let mut changed = pack();
        changed["code"] = json!("nz-2027");
        rule(&mut changed, "FRQ-01")["params"]["default_cap"] = json!(1);
        let gap = json!("2025-06-01");
        rule(&mut changed, "ENF-02")["valid_to"] = gap;
        let mut next = rule(&mut changed, "ENF-02").clone();
        (next["version"], next["valid_from"], next["valid_to"]) = (json!(2), json!("2025-07-01"), Value::Null);
        changed["rules"].as_array_mut().unwrap().push(next);
        clerk.post("/v1/rule-packs", &upload(&changed, "2027-01-01")).await.expect(403);
        let made = legal.post("/v1/rule-packs", &upload(&changed, "2027-01-01")).await;
        let draft = made.expect(201).json();
        assert_eq!((draft["state"].as_str(), draft["findings"][0]["code"].as_str()), (Some("draft"), Some("validity_gap")));
        assert_eq!(publish(&legal, &made).await.expect(403).json()["code"], "separation_of_duties");
        let path = made.header("location").unwrap().to_string();
        other.post(&format!("{path}/publish"), &json!({})).await.expect(428);
        let published = publish(&other, &made).await.expect(200).json();
        assert_eq!((published["number"].as_i64(), published["state"].as_str()), (Some(2), Some("published")));
        publish(&other, &made).await.expect(412);
        let etag = clerk.get(&path).await.expect(200).etag();
        let again = other.post_with(&format!("{path}/publish"), &[("if-match", &etag)], &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "transition_refused");

        let cap = async |on: &str| {
            let found = clerk.get(&format!("/v1/rule-packs/applied?rule=FRQ-01&on={on}")).await.expect(200).json();
            (found["pack_number"].as_i64(), found["rule"]["params"]["default_cap"].as_i64())
        };
        assert_eq!(cap("2026-12-31").await, (Some(1), Some(2)));
        assert_eq!(cap("2027-01-01").await, (Some(2), Some(1)));

        let id = draft["id"].as_str().unwrap();
        let first = clerk.get("/v1/rule-packs").await.expect(200).json()["items"][0]["id"].as_str().unwrap().to_string();
        let difference = clerk.get(&format!("/v1/rule-packs/{first}/difference?to={id}")).await.expect(200).json();
        let changes: Vec<(&str, &str)> = difference["changes"].as_array().unwrap().iter()
            .map(|c| (c["rule_id"].as_str().unwrap(), c["change"].as_str().unwrap())).collect();
        assert_eq!(changes, [("ENF-02", "changed"), ("ENF-02", "added"), ("FRQ-01", "changed")]);
        assert_eq!(difference["changes"][2]["members"], json!(["params/default_cap"]));
        assert_eq!(suite.audit("catalog", id).await.len(), 2);
        assert_eq!(suite.events("catalog", "cn.lianjian.rule_pack.").await.len(), 3);
    }

    async fn what_was_known_at_the_time_stays_known(suite: Suite) {
        let legal = suite.clerk("nz-sfj", &["legal"]).await;
        let other = suite.clerk("nz-scjg", &["organiser"]).await;
        suite.clock.advance(Duration::from_secs(3600));
        let before = suite.clock.now();
        suite.clock.advance(Duration::from_secs(3600));
        let mut late = pack();
        rule(&mut late, "FRQ-01")["params"]["default_cap"] = json!(1);
        // Learned of late: it judges facts of the past, and the earlier answer can still be had.
        let made = legal.post("/v1/rule-packs", &upload(&late, "2026-01-01")).await;
        publish(&other, &made).await.expect(200);
        let now = legal.get("/v1/rule-packs/applied?rule=FRQ-01&on=2026-05-20").await.expect(200).json();
        let then = legal.get(&format!("/v1/rule-packs/applied?rule=FRQ-01&on=2026-05-20&known_at={before}")).await.expect(200).json();
        assert_eq!((now["pack_number"].as_i64(), then["pack_number"].as_i64()), (Some(2), Some(1)));
    }

    async fn a_discarded_pack_is_never_published(suite: Suite) {
        let legal = suite.clerk("nz-sfj", &["legal"]).await;
        let other = suite.clerk("nz-scjg", &["organiser"]).await;
        let made = legal.post("/v1/rule-packs", &upload(&pack(), "2027-01-01")).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let gone = legal.post_with(&format!("{path}/discard"), &[("if-match", &made.etag())], &json!({})).await;
        assert_eq!(gone.expect(200).json()["state"], "discarded");
        let again = other.post_with(&format!("{path}/publish"), &[("if-match", &gone.etag())], &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "transition_refused");
        let list = legal.get("/v1/rule-packs?state=discarded").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        let reversed = json!({"pack": pack(), "valid_from": "2027-01-01", "valid_to": "2027-01-01", "reason": "测试"});
        let refused = legal.post("/v1/rule-packs", &reversed).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "interval_reversed");
    }
}
