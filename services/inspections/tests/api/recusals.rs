//! Recusals: declarations hold at once, requests are decided by the head of the inspector's organ.

use crate::helpers::inspector;
use serde_json::{Value, json};
use testkit::{Caller, Suite};

async fn person(editor: &Caller) -> String {
    let made = editor.post("/v1/inspectors", &inspector("SJ-001")).await;
    made.expect(201).json()["id"].as_str().unwrap().to_string()
}

async fn subject(editor: &Caller) -> String {
    let body = json!({"kind": "enterprise", "name": "汉中样例食品有限公司", "identifier": testkit::uscc(77_001), "region_code": "610703001"});
    editor.post("/v1/subjects", &body).await.expect(201).json()["id"].as_str().unwrap().to_string()
}

testkit::both! {
    async fn a_declaration_holds_at_once_and_its_words_stay_with_the_organ(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let (inspector, subject) = (person(&editor).await, subject(&editor).await);
        let body = json!({"kind": "declaration", "inspector_id": inspector, "subject_id": subject, "ground": "ex_employer",
            "explanation": "曾任质量负责人", "valid_from": "2025-05-31"});
        let made = editor.post("/v1/recusals", &body).await;
        let view = made.expect(201).json();
        assert_eq!((view["state"].as_str(), view["is_in_force"].as_bool(), view["valid_to"].as_str()), (Some("declared"), Some(true), Some("2028-05-30")));
        assert_eq!((view["subject_name"].as_str(), view["explanation"].as_str()), (Some("汉中样例食品有限公司"), Some("曾任质量负责人")));
        let path = made.header("location").unwrap();
        let oversight = suite.clerk("nz-sfj", &["oversight"]).await;
        assert_eq!(oversight.get(path).await.expect(200).json()["explanation"], Value::Null);
        suite.clerk("nz-slj", &["lead_editor"]).await.get(path).await.expect(404);
        let told = format!("{:?}", suite.events("inspections", "cn.lianjian.recusal").await);
        assert!(!told.contains("质量负责人"));
        // A declaration that holds is ended by the head's decision, not by a colleague, nor by who entered it.
        let back = json!({"reason": "登记有误", "documents": ["情况说明"]});
        let withdraw = format!("{path}/withdraw");
        let colleague = suite.clerk("nz-scjg", &["inspector"]).await;
        assert_eq!(colleague.post(&withdraw, &back).await.expect(403).json()["code"], "not_who_raised_it");
        assert_eq!(editor.post(&withdraw, &back).await.expect(409).json()["code"], "declaration_holds");
        assert_eq!(editor.get(path).await.json()["is_in_force"], json!(true));
        let head = suite.clerk("nz-scjg", &["lead_head"]).await;
        head.post(&format!("{path}/decide"), &json!({"granted": false, "reason": "登记有误"})).await.expect(200);
        assert_eq!(editor.get(path).await.json()["is_in_force"], json!(false));
    }

    async fn a_request_does_not_hold_until_the_head_of_the_organ_has_decided(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let (inspector, subject) = (person(&editor).await, subject(&editor).await);
        let body = json!({"kind": "request", "inspector_id": inspector, "subject_id": subject, "ground": "relative"});
        let made = editor.post("/v1/recusals", &body).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        assert_eq!((made.json()["state"].as_str(), made.json()["is_in_force"].as_bool()), (Some("requested"), Some(false)));
        let decision = json!({"granted": true, "reason": "情况属实"});
        editor.post(&format!("{path}/decide"), &decision).await.expect(403);
        suite.clerk("nz-slj", &["lead_head"]).await.post(&format!("{path}/decide"), &decision).await.expect(404);
        let head = suite.clerk("nz-scjg", &["lead_head"]).await;
        let view = head.post(&format!("{path}/decide"), &decision).await.expect(200).json();
        assert_eq!((view["state"].as_str(), view["is_in_force"].as_bool()), (Some("granted"), Some(true)));
        head.post(&format!("{path}/decide"), &decision).await.expect(409);
        let steps = head.get(&format!("{path}/history")).await.expect(200).json();
        assert_eq!((steps["items"][0]["verb"].as_str(), steps["items"][1]["verb"].as_str()), (Some("request"), Some("decide")));
        assert_eq!(steps["items"][1]["rule_ids"], json!(["ENF-10", "ENF-11"]));
    }

    async fn a_request_is_the_partys_and_whom_it_is_about_neither_withdraws_nor_decides_it(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let (inspector, subject) = (person(&editor).await, subject(&editor).await);
        let challenged = suite.clerk("nz-scjg", &["inspector", "lead_head"]).await;
        let link = json!({"account_id": challenged.id()});
        editor.post(&format!("/v1/inspectors/{inspector}/link-account"), &link).await.expect(200);
        let body = json!({"kind": "request", "inspector_id": inspector, "subject_id": subject, "ground": "relative"});
        let path = editor.post("/v1/recusals", &body).await.expect(201).header("location").unwrap().to_string();
        let (withdraw, documents) = (format!("{path}/withdraw"), json!({"documents": ["当事人撤回回避申请书"]}));
        for who in [&challenged, &suite.clerk("nz-scjg", &["inspector"]).await] {
            assert_eq!(who.post(&withdraw, &documents).await.expect(403).json()["code"], "not_who_raised_it");
        }
        let decision = json!({"granted": false, "reason": "不属实"});
        assert_eq!(challenged.post(&format!("{path}/decide"), &decision).await.expect(403).json()["code"], "separation_of_duties");
        let bare = editor.post(&withdraw, &json!({"reason": "不再申请"})).await.expect(422).json();
        assert_eq!((bare["errors"][0]["pointer"].as_str(), bare["errors"][0]["code"].as_str()), (Some("/documents"), Some("document_missing")));
        assert_eq!(editor.post(&withdraw, &documents).await.expect(200).json()["state"], "withdrawn");
        editor.post(&withdraw, &documents).await.expect(409);
        // One that the challenged inspector took down himself is not his to take back either.
        let own = challenged.post("/v1/recusals", &body).await.expect(201).header("location").unwrap().to_string();
        challenged.post(&format!("{own}/withdraw"), &documents).await.expect(403);
    }

    async fn inspectors_declare_for_themselves_only(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let mine = person(&editor).await;
        let mut other = inspector("SJ-002");
        other.as_object_mut().unwrap().remove("id_number");
        let other = editor.post("/v1/inspectors", &other).await.expect(201).json()["id"].as_str().unwrap().to_string();
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let declaration = |id: &str| json!({"kind": "declaration", "inspector_id": id, "ground": "interest"});
        editor.post(&format!("/v1/inspectors/{mine}/link-account"), &json!({"account_id": officer.id()})).await.expect(200);
        officer.post("/v1/recusals", &declaration(&mine)).await.expect(201);
        assert_eq!(officer.post("/v1/recusals", &declaration(&other)).await.expect(403).json()["code"], "not_your_declaration");
        let untied = suite.clerk("nz-scjg", &["inspector"]).await;
        assert_eq!(untied.post("/v1/recusals", &declaration(&mine)).await.expect(403).json()["code"], "not_your_declaration");
        // Who keeps the registry enters it for one who cannot.
        editor.post("/v1/recusals", &declaration(&other)).await.expect(201);
    }

    async fn nobody_decides_what_he_raised_himself_and_a_request_names_its_subject(suite: Suite) {
        let editor = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let inspector = person(&editor).await;
        let head = suite.clerk("nz-scjg", &["lead_head"]).await;
        let made = head.post("/v1/recusals", &json!({"kind": "declaration", "inspector_id": inspector, "ground": "interest"})).await;
        let path = made.expect(201).header("location").unwrap().to_string();
        let refused = head.post(&format!("{path}/decide"), &json!({"granted": false, "reason": "不属实"})).await;
        assert_eq!(refused.expect(403).json()["code"], "separation_of_duties");
        let bare = editor.post("/v1/recusals", &json!({"kind": "request", "inspector_id": inspector, "ground": "owner"})).await;
        assert_eq!(bare.expect(422).json()["errors"][0]["code"], "missing_member");
        let nobody = json!({"kind": "declaration", "inspector_id": "01930000-0000-7000-8000-000000000001", "ground": "owner"});
        assert_eq!(editor.post("/v1/recusals", &nobody).await.expect(422).json()["errors"][0]["code"], "unknown_inspector");
        let page = editor.get(&format!("/v1/recusals?inspector_id={inspector}&state=declared")).await.expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
    }
}
