//! Accounts tied to inspectors: who ties them, and what a tied account may do on the spot.

use crate::visit::{House, plan, record, subject, visit};
use serde_json::{Value, json};
use testkit::{Caller, Suite};

/// Ties an account to an inspector.
async fn link(keeper: &Caller, inspector: &str, account: &Caller) -> Value {
    let body = json!({"account_id": account.id()});
    keeper.post(&format!("/v1/inspectors/{inspector}/link-account"), &body).await.expect(200).json()
}

testkit::both! {
    async fn a_tied_officer_acts_in_his_own_teams_only(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(3).await;
        let stranger = suite.clerk("nz-rsj", &["inspector"]).await;
        link(&house.editor, &people[0], &house.inspector).await;
        link(&house.editor, &people[2], &stranger).await;
        let subject = subject(&house.editor, 41, "enterprise").await;
        let (path, tasks) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &people[..2])])).await;
        let task = &tasks[0];
        let as_stranger = async |step: &str, body: Value| stranger.post(&format!("{task}/{step}"), &body).await.expect(403).json()["code"].clone();
        assert_eq!(as_stranger("claim", json!({})).await, "account_not_in_team");
        house.step(task, "claim", json!({})).await.expect(200);
        house.prepare(task).await;
        let code = house.code(&path).await;
        let arrival = json!({"place": "厂区门口", "code": code, "certificates_shown_at": "2026-01-01T08:00:00+08:00"});
        assert_eq!(as_stranger("check-in", arrival.clone()).await, "account_not_in_team");
        house.step(task, "check-in", arrival).await.expect(200);
        assert_eq!(as_stranger("start", json!({})).await, "account_not_in_team");
        house.step(task, "start", json!({})).await.expect(200);
        assert_eq!(as_stranger("record", record()).await, "account_not_in_team");
        // Editors act for the organ, as before.
        house.editor.post(&format!("{task}/record"), &record()).await.expect(200);
        assert_eq!(suite.audit("inspections", &people[0]).await.len(), 2);
        let events = suite.events("inspections", "cn.lianjian.inspector.account_linked").await;
        assert_eq!(events.len(), 2);
        let told = json!(events).to_string();
        assert!(!told.contains(&house.inspector.id()), "events name no account of an officer");
    }

    async fn an_organ_may_want_every_account_to_be_tied(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let path = "/v1/organ-settings/nz-rsj";
        let before = house.head.get(path).await;
        assert_eq!((before.expect(200).json()["linked_field_work"].as_bool(), before.json()["version"].as_i64()), (Some(false), Some(0)));
        let subject = subject(&house.editor, 42, "enterprise").await;
        let (_, tasks) = plan(&house.editor, &visit(&suite, &subject, &[("nz-rsj", &people)])).await;
        house.editor.put(path, &before.etag(), &json!({"linked_field_work": true})).await.expect(403);
        let kept = house.head.put(path, &before.etag(), &json!({"linked_field_work": true})).await;
        assert_eq!(kept.expect(200).json()["version"], 1);
        house.head.put(path, &before.etag(), &json!({"linked_field_work": false})).await.expect(412);
        let refused = house.step(&tasks[0], "claim", json!({})).await.expect(403).json();
        assert_eq!(refused["code"], "account_not_linked");
        // The desk is no field: preparing needs no tie.
        house.step(&tasks[0], "prepare", json!({})).await.expect(200);
        link(&house.editor, &people[1], &house.inspector).await;
        let other = crate::visit::subject(&house.editor, 43, "enterprise").await;
        let (_, mine) = plan(&house.editor, &visit(&suite, &other, &[("nz-rsj", &people)])).await;
        house.step(&mine[0], "claim", json!({})).await.expect(200);
        let stranger = suite.clerk("nz-scjg", &["lead_head"]).await;
        stranger.get(path).await.expect(404);
        stranger.put(path, &kept.etag(), &json!({"linked_field_work": false})).await.expect(404);
        assert_eq!(suite.audit("inspections", "nz-rsj").await.len(), 1);
    }

    async fn a_tie_is_of_one_account_and_one_inspector_and_can_be_cut(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let path = |id: &str| format!("/v1/inspectors/{id}");
        let none = house.editor.get(&format!("{}/account", path(&people[0]))).await.expect(200).json();
        assert!(none["account_id"].is_null());
        let made = link(&house.editor, &people[0], &house.inspector).await;
        assert_eq!((made["account_id"].as_str(), made["version"].as_i64()), (Some(house.inspector.id().as_str()), Some(2)));
        let body = json!({"account_id": house.inspector.id()});
        let twice = house.editor.post(&format!("{}/link-account", path(&people[1])), &body).await;
        assert_eq!(twice.expect(409).json()["code"], "account_linked");
        let stale = house.editor.post_with(&format!("{}/unlink-account", path(&people[0])), &[("if-match", "\"1\"")], &json!({"reason": "调岗"})).await;
        stale.expect(412);
        let unlink = async || house.editor.post(&format!("{}/unlink-account", path(&people[0])), &json!({"reason": "调岗"})).await;
        assert!(unlink().await.expect(200).json()["account_id"].is_null());
        assert_eq!(unlink().await.expect(409).json()["code"], "nothing_linked");
        let steps = house.editor.get(&format!("{}/history", path(&people[0]))).await.expect(200).json();
        let verbs: Vec<&str> = steps["items"].as_array().unwrap().iter().map(|s| s["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["register", "link_account", "unlink_account"]);
        link(&house.editor, &people[1], &house.inspector).await;
        let stranger = suite.clerk("nz-scjg", &["lead_editor"]).await;
        stranger.get(&format!("{}/account", path(&people[0]))).await.expect(404);
        stranger.post(&format!("{}/link-account", path(&people[0])), &body).await.expect(404);
        house.inspector.post(&format!("{}/link-account", path(&people[0])), &body).await.expect(403);
    }
}
