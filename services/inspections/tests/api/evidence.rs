//! Evidence: stored with its hash, each touch a link of the chain, offered to other organs; hostile files are refused.

mod bucket;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as B64;
use domain::vocabulary::InspectionMethod;
use inspections::domain::visit::{TaskRole, VisitReasons};
use inspections::store::visit::{TaskSeed, VisitNew, VisitSeed, visit_insert_many};
use reqwest::Method;
use rules::VisitKind;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use store_kit::StoreError;
use testkit::{Answer, Backend, Caller, Options, Suite, block_on, both};
use uuid::Uuid;

/// A visit to a subject that is made up, with a task for each organ.
pub struct Visited {
    pub visit_id: Uuid,
    pub tasks: Vec<Uuid>,
}

/// Puts a visit of these organs there, the first one leading.
pub async fn visited(suite: &Suite, organs: &[&str]) -> Visited {
    let now = suite.clock.now();
    let today = suite.clock.today();
    let seed = VisitSeed {
        plan_id: None,
        draw_id: None,
        kind: VisitKind::Routine,
        trigger_ground: None,
        method: InspectionMethod::DoubleRandom,
        on_site: true,
        region_code: "610703001".to_string(),
        subject_id: Uuid::now_v7(),
        subject_identifier: testkit::uscc(70_001),
        subject_name: "汉中样例有限公司".to_string(),
        subject_address: None,
        planned_from: today,
        planned_to: today,
        scheduled_on: Some(today),
        emergency_reason: None,
        assistance: None,
        reasons: VisitReasons::default(),
        is_combined: false,
    };
    let task = |(at, organ): (usize, &&str)| TaskSeed {
        organ_code: (*organ).to_string(),
        role: if at == 0 { TaskRole::Lead } else { TaskRole::Cooperating },
        item: None,
        item_text: "食品经营监督检查".to_string(),
        expert_count: 0,
        is_counted: true,
        members: Vec::new(),
    };
    let tasks = organs.iter().enumerate().map(task).collect();
    let visit = VisitNew::assigned(seed, tasks, "test", now);
    let made = Visited { visit_id: visit.visit.id.0, tasks: visit.tasks.iter().map(|t| t.id.0).collect() };
    let put = async move |c: &mut store_kit::AnyConn<'_>| visit_insert_many(c, &[visit]).await;
    suite.kit("inspections").store.write::<_, StoreError, _>(put).await.unwrap();
    made
}

/// The beginning of a JPEG picture and something after it.
fn jpeg(tail: &str) -> Vec<u8> {
    let mut bytes = b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
    bytes.extend(tail.as_bytes());
    bytes
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn address(task: Uuid, name: &str) -> String {
    format!(
        "/v1/evidence?task_id={task}&kind=photo&title={}&file_name={}&taken_at=2026-11-20T02:30:00Z&place={}",
        encode("后厨操作间"),
        encode(name),
        encode("后厨")
    )
}

async fn upload(who: &Caller, task: Uuid, name: &str, media: &str, bytes: Vec<u8>) -> Answer {
    who.send(Method::POST, &address(task, name), &[("content-type", media)], bytes).await
}

fn workbook(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn actions(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    body["items"].as_array().unwrap().iter().map(|i| i["action"].as_str().unwrap().to_string()).collect()
}

both! {
    async fn a_picture_comes_back_as_it_was_and_each_touch_is_a_link(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let visit = visited(&suite, &["nz-scjg"]).await;
        let bytes = jpeg("kitchen");
        let stored = upload(&officer, visit.tasks[0], "后厨 \"1\".jpg", "image/jpeg", bytes.clone()).await;
        stored.expect(201);
        let view = stored.json();
        let id = view["id"].as_str().unwrap().to_string();
        let sha256 = hex::encode(Sha256::digest(&bytes));
        assert_eq!(view["sha256"], sha256);
        assert_eq!(view["media_type"], "image/jpeg");
        assert_eq!(view["visit_id"], visit.visit_id.to_string());

        let content = officer.get(&format!("/v1/evidence/{id}/content")).await;
        content.expect(200);
        assert_eq!(content.bytes(), bytes);
        assert_eq!(content.header("content-type"), Some("image/jpeg"));
        assert_eq!(content.header("content-length"), Some(bytes.len().to_string().as_str()));
        assert_eq!(
            content.header("content-disposition"),
            Some("attachment; filename=\"__ _1_.jpg\"; filename*=UTF-8''%E5%90%8E%E5%8E%A8%20%221%22.jpg")
        );
        assert_eq!(content.header("x-content-type-options"), Some("nosniff"));
        let digest = B64.encode(Sha256::digest(&bytes));
        assert_eq!(content.header("repr-digest"), Some(format!("sha-256=:{digest}:").as_str()));

        officer
            .post(&format!("/v1/evidence/{id}/custody"), &json!({"action": "sealed", "note": "封存于证据室"}))
            .await
            .expect(201);
        let chain = officer.get(&format!("/v1/evidence/{id}/custody")).await;
        assert_eq!(actions(chain.expect(200)), ["collected", "stored", "downloaded", "sealed"]);
        let links = chain.json();
        assert!(links["items"].as_array().unwrap().iter().all(|l| l["sha256"] == sha256));
        // What the system notes cannot be noted by hand, and a transfer names who got it.
        for (body, code) in [
            (json!({"action": "downloaded", "note": "自行填写"}), "not_by_hand"),
            (json!({"action": "transferred", "note": "移交"}), "organ_mismatch"),
        ] {
            let refused = officer.post(&format!("/v1/evidence/{id}/custody"), &body).await;
            assert_eq!(refused.expect(422).json()["errors"][0]["code"], code);
        }
        let events = suite.events("inspections", "cn.lianjian.evidence.stored").await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["data"]["sha256"], sha256);
        let audits = suite.audit("inspections", &id).await;
        assert_eq!(audits.len(), 3, "stored, read, sealed: {audits:?}");
    }

    async fn a_chain_of_custody_cannot_be_changed_in_the_database(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let visit = visited(&suite, &["nz-scjg"]).await;
        upload(&officer, visit.tasks[0], "a.jpg", "image/jpeg", jpeg("a")).await.expect(201);
        let change = async |c: &mut store_kit::AnyConn<'_>| {
            Ok(c.batch("UPDATE evidence_custody SET actor = 'somebody else'").await?)
        };
        let changed = suite.kit("inspections").store.write::<_, StoreError, _>(change).await;
        assert!(changed.unwrap_err().to_string().contains("append-only"));
    }

    async fn what_is_not_what_it_says_is_refused_and_leaves_nothing(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let task = visited(&suite, &["nz-scjg"]).await.tasks[0];
        let types = ("[Content_Types].xml", "<Types/>");
        let macros = workbook(&[types, ("xl/workbook.xml", "<x/>"), ("xl/vbaProject.bin", "x")]);
        let outside = workbook(&[types, ("xl/workbook.xml", "<x/>"), ("../../../evil", "x")]);
        let entities = workbook(&[types, ("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///'>]><x/>")]);
        let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        for (name, media, bytes, status, code) in [
            ("a.jpg", "image/jpeg", b"MZ\x90\0 this is a program of more than thirty-two bytes".to_vec(), 422, "file_type_refused"),
            ("a.jpg", "image/jpeg", b"<svg onload=alert(1)>".to_vec(), 422, "file_type_refused"),
            ("a.jpg", "image/jpeg", Vec::new(), 422, "empty_file"),
            ("a.html", "text/html", jpeg("x"), 415, "unsupported_media_type"),
            ("a.png", "image/jpeg", jpeg("x"), 422, "file_name_ending"),
            ("shell.php.jpg", "image/jpeg", jpeg("x"), 422, "file_name_double_ending"),
            ("../../a.jpg", "image/jpeg", jpeg("x"), 422, "bad_file_name"),
            ("a\r\nSet-Cookie: b.jpg", "image/jpeg", jpeg("x"), 422, "bad_file_name"),
            ("a.xlsx", xlsx, macros, 422, "file_macro"),
            ("a.xlsx", xlsx, outside, 422, "file_path_escape"),
            ("a.xlsx", xlsx, entities, 422, "file_entities"),
            ("a.xlsx", xlsx, b"PK\x03\x04 torn".to_vec(), 422, "file_damaged"),
        ] {
            let refused = upload(&officer, task, name, media, bytes).await;
            let body = refused.expect(status).json();
            let named = if body["code"] == "invalid" { &body["errors"][0]["code"] } else { &body["code"] };
            assert_eq!(named, code, "{name}: {refused}");
        }
        let good = workbook(&[types, ("xl/workbook.xml", "<x/>")]);
        upload(&officer, task, "a.xlsx", "application/octet-stream", good).await.expect(201);
        let unknown = upload(&officer, Uuid::now_v7(), "a.jpg", "image/jpeg", jpeg("x")).await;
        assert_eq!(unknown.expect(422).json()["errors"][0]["code"], "unknown_task");
        let left = files_in(&suite.data_dir().join("evidence"));
        assert_eq!(left.len(), 1, "only what was taken is there: {left:?}");
    }

    async fn another_organ_sees_evidence_only_while_it_is_offered(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let other = suite.clerk("nz-rsj", &["inspector"]).await;
        let third = suite.clerk("nz-jtj", &["inspector"]).await;
        let visit = visited(&suite, &["nz-scjg", "nz-rsj"]).await;
        let stored = upload(&officer, visit.tasks[0], "a.jpg", "image/jpeg", jpeg("a")).await;
        let id = stored.expect(201).json()["id"].as_str().unwrap().to_string();
        let (row, content) = (format!("/v1/evidence/{id}"), format!("/v1/evidence/{id}/content"));
        other.get(&row).await.expect(404);
        other.get(&content).await.expect(404);
        // Another organ's task is as unknown as none.
        let foreign = upload(&other, visit.tasks[0], "a.jpg", "image/jpeg", jpeg("b")).await;
        assert_eq!(foreign.expect(422).json()["errors"][0]["code"], "unknown_task");

        let offers = format!("{row}/offers");
        let wrong = officer.post(&offers, &json!({"organ_codes": ["nz-scjg", "nz-none", "nz-none"]})).await;
        assert_eq!(wrong.expect(422).json()["errors"].as_array().unwrap().len(), 3);
        let body = json!({"organ_codes": ["nz-rsj", "nz-jtj"], "note": "联合检查所得"});
        let made = officer.post(&offers, &body).await.expect(201).json();
        assert_eq!(officer.post(&offers, &body).await.expect(409).json()["code"], "already_offered");
        let (first, second) = (made["items"][0]["id"].as_str().unwrap(), made["items"][1]["id"].as_str().unwrap());

        assert_eq!(other.get(&row).await.expect(200).json()["is_offered"], true);
        other.get(&content).await.expect(200);
        // Neither the offering organ nor a third one decides.
        officer.post(&format!("/v1/evidence-offers/{first}/accept"), &json!({})).await.expect(403);
        third.post(&format!("/v1/evidence-offers/{first}/accept"), &json!({})).await.expect(404);
        let accepted = other.post(&format!("/v1/evidence-offers/{first}/accept"), &json!({"reason": "采用"})).await;
        assert_eq!(accepted.expect(200).json()["state"], "accepted");
        let again = other.post(&format!("/v1/evidence-offers/{first}/refuse"), &json!({"reason": "反悔"})).await;
        assert_eq!(again.expect(409).json()["code"], "transition_refused");
        // A refusal needs a reason and ends the sight.
        third.post(&format!("/v1/evidence-offers/{second}/refuse"), &json!({})).await.expect(422);
        let refused = third
            .post(&format!("/v1/evidence-offers/{second}/refuse"), &json!({"reason": "拍摄时间不明"}))
            .await;
        assert_eq!(refused.expect(200).json()["reason"], "拍摄时间不明");
        third.get(&row).await.expect(404);
        let chain = actions(&officer.get(&format!("{row}/custody")).await);
        assert_eq!(chain, ["collected", "stored", "offered", "offered", "downloaded", "accepted", "refused"]);
        let pending = other.get("/v1/evidence-offers?state=offered").await.expect(200).json();
        assert_eq!(pending["items"].as_array().unwrap().len(), 0);
        assert_eq!(suite.events("inspections", "cn.lianjian.evidence.refused").await.len(), 1);
    }

    async fn evidence_of_persons_is_offered_for_a_purpose_only(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let visit = visited(&suite, &["nz-scjg"]).await;
        let path = format!("{}&is_personal=true", address(visit.tasks[0], "a.jpg"));
        let stored = officer.send(Method::POST, &path, &[("content-type", "image/jpeg")], jpeg("a")).await;
        let id = stored.expect(201).json()["id"].as_str().unwrap().to_string();
        let body = json!({"organ_codes": ["nz-rsj"]});
        let refused = officer.post(&format!("/v1/evidence/{id}/offers"), &body).await;
        assert_eq!(refused.expect(422).json()["errors"][0]["code"], "note_missing");
    }

    async fn the_same_key_with_the_same_file_stores_it_once(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let visit = visited(&suite, &["nz-scjg"]).await;
        let path = address(visit.tasks[0], "a.jpg");
        let headers = [("content-type", "image/jpeg"), ("idempotency-key", "one")];
        let first = officer.send(Method::POST, &path, &headers, jpeg("a")).await;
        let second = officer.send(Method::POST, &path, &headers, jpeg("a")).await;
        assert_eq!(first.expect(201).json()["id"], second.expect(201).json()["id"]);
        assert_eq!(second.header("idempotent-replayed"), Some("true"));
        officer.send(Method::POST, &path, &headers, jpeg("b")).await.expect(422);
        assert_eq!(files_in(&suite.data_dir().join("evidence")).len(), 1);
    }

    async fn a_file_that_was_changed_on_the_disk_never_arrives_whole(suite: Suite) {
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let visit = visited(&suite, &["nz-scjg"]).await;
        let stored = upload(&officer, visit.tasks[0], "a.jpg", "image/jpeg", jpeg("the true one")).await;
        let id = stored.expect(201).json()["id"].as_str().unwrap().to_string();
        let files = files_in(&suite.data_dir().join("evidence"));
        std::fs::write(&files[0], jpeg("the false 1!")).unwrap();
        let answer = reqwest::Client::new()
            .get(format!("{}/v1/evidence/{id}/content", suite.url()))
            .bearer_auth(officer.token().await.unwrap())
            .send()
            .await;
        let is_whole = match answer {
            Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
            Err(_) => false,
        };
        assert!(!is_whole, "a reader would take the changed file for the true one");
    }
}

/// All files below a folder.
fn files_in(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|e| {
            let path = e.unwrap().path();
            if path.is_dir() { files_in(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn a_file_over_the_limit_is_refused_early() {
    block_on(async {
        let mut options = Options::default();
        options.config.inspections.max_evidence_bytes = 2048;
        let suite = Suite::start_with(Backend::Sqlite, options).await;
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let task = visited(&suite, &["nz-scjg"]).await.tasks[0];
        upload(&officer, task, "a.jpg", "image/jpeg", jpeg(&"x".repeat(2049))).await.expect(413);
        upload(&officer, task, "a.jpg", "image/jpeg", jpeg(&"x".repeat(2000))).await.expect(201);
        assert_eq!(files_in(&suite.data_dir().join("evidence")).len(), 1);
    });
}

#[test]
fn a_bucket_holds_the_files_when_the_settings_name_one() {
    block_on(async {
        let bucket = bucket::Stub::start();
        let mut options = Options::default();
        let settings = &mut options.config.inspections;
        settings.evidence_url = Some(format!("{}/evidence", bucket.url));
        settings.evidence_access_key = Some(service_kit::config::Secret(bucket::ACCESS.to_string()));
        settings.evidence_secret_key = Some(service_kit::config::Secret(bucket::SECRET.to_string()));
        let suite = Suite::start_with(Backend::Sqlite, options).await;
        let officer = suite.clerk("nz-scjg", &["inspector"]).await;
        let task = visited(&suite, &["nz-scjg"]).await.tasks[0];
        let bytes = jpeg(&"a picture ".repeat(30_000));
        let stored = upload(&officer, task, "a.jpg", "image/jpeg", bytes.clone()).await;
        let id = stored.expect(201).json()["id"].as_str().unwrap().to_string();
        assert_eq!(bucket.keys().len(), 1);
        assert!(bucket.keys()[0].ends_with(&id), "{:?}", bucket.keys());
        assert!(files_in(&suite.data_dir().join("evidence")).is_empty(), "nothing stays on the way");
        let content = officer.get(&format!("/v1/evidence/{id}/content")).await;
        assert_eq!(content.expect(200).bytes(), bytes);
        // A replay leaves one object.
        let headers = [("content-type", "image/jpeg"), ("idempotency-key", "one")];
        for _ in 0..2 {
            officer.send(Method::POST, &address(task, "b.jpg"), &headers, jpeg("b")).await.expect(201);
        }
        assert_eq!(bucket.keys().len(), 2);
        // While the store refuses, nothing is stored, and it is said that it may be tried again.
        bucket.refuse(true);
        upload(&officer, task, "c.jpg", "image/jpeg", jpeg("c")).await.expect(503);
        officer.get(&format!("/v1/evidence/{id}/content")).await.expect(503);
        let page = officer.get("/v1/evidence").await.expect(200).json();
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
    });
}
