//! Teams: lawful, balanced, proved; and the answer where there is none.

use crate::draw::{Drawers, draw, ids};
use crate::helpers::inspector;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{Caller, Suite, uscc};

/// Registers inspectors of the caller's organ.
async fn register(keeper: &Caller, numbers: std::ops::Range<u32>) -> Vec<Value> {
    let mut made = Vec::new();
    for n in numbers {
        let mut body = inspector(&format!("T-{n:03}"));
        body.as_object_mut().unwrap().remove("id_number");
        made.push(keeper.post("/v1/inspectors", &body).await.expect(201).json());
    }
    made
}

async fn subjects(suite: &Suite, n: u32) {
    let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
    for i in 0..n {
        let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{i}有限公司"), "identifier": uscc(i),
            "region_code": "610703102", "departments": ["nz-rsj"]});
        organiser.post("/v1/subjects", &subject).await.expect(201);
    }
}

fn body(suite: &Suite) -> Value {
    let mut body = draw(suite);
    body["strata"] = json!([{"name": "ALL", "sample_size": 6}]);
    body["organs"] = json!([{"department": "nz-rsj"}, {"department": "nz-scjg"}]);
    body
}

testkit::both! {
    async fn every_visit_gets_a_team_of_each_organ_and_the_transcript_proves_it(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let market = suite.clerk("nz-scjg", &["lead_editor"]).await;
        subjects(&suite, 10).await;
        register(&drawers.editor, 0..5).await;
        register(&market, 10..14).await;
        let path = drawers.add(&body(&suite)).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        let pool = drawers.editor.get(&format!("{path}/inspectors")).await.expect(200).json();
        assert_eq!(pool["items"].as_array().unwrap().len(), 9);
        // Who registers after the freeze is not in the pool.
        register(&market, 20..25).await;
        let both = suite.clerk("nz-rsj", &["lead_editor", "lead_head"]).await;
        let assigned = both.post(&format!("{path}/assign"), &json!({})).await.expect(200).json();
        assert_eq!(assigned["state"], "assigned");
        let report = ::draw::verify_bytes(drawers.editor.get(&format!("{path}/transcript")).await.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        assert_eq!((report.visits, report.teams), (6, 12));

        let draw_id = path.rsplit('/').next().unwrap();
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let visits: Vec<&Value> = picks["items"].as_array().unwrap().iter().filter(|p| p["state"] == "drawn").collect();
        assert_eq!(visits.len(), 6);
        let transcript = drawers.editor.get(&format!("{path}/transcript")).await.expect(200).json();
        let mut loads: BTreeMap<String, u32> = BTreeMap::new();
        for team in transcript["public"]["teams"]["teams"].as_array().unwrap() {
            assert_eq!(team["members"].as_array().unwrap().len(), 2);
            for member in team["members"].as_array().unwrap() {
                *loads.entry(format!("{}/{member}", team["organ"])).or_default() += 1;
            }
        }
        // 12 places for 5 and for 4 inspectors: 2 or 3 each, and exactly 3.
        assert!(loads.values().all(|n| (2..=3).contains(n)) && loads.len() == 9, "{loads:?}");
        let visit = market.get(&format!("/v1/visits/{}", visits[0]["visit_id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((visit["state"].as_str(), visit["draw_id"].as_str()), (Some("assigned"), Some(draw_id)));
        let again = drawers.editor.post(&format!("{path}/assign"), &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "transition_refused");
        drawers.editor.post(&format!("{path}/publish"), &json!({})).await.expect(403);
        assert_eq!(both.post(&format!("{path}/publish"), &json!({})).await.expect(403).json()["code"], "same_person", "who draws does not publish");
        let published = drawers.head.post(&format!("{path}/publish"), &json!({})).await.expect(200).json();
        assert_eq!((published["state"].as_str(), published["digest"].as_str()), (Some("published"), Some(report.digest.as_str())));
        let open = suite.anonymous().get(&format!("/v1/public/draws/{draw_id}/transcript")).await;
        assert_eq!(::draw::verify_bytes(open.expect(200).bytes()).digest, report.digest);
        drawers.editor.post(&format!("{path}/void-request"), &json!({"reason": "名录有误"})).await.expect(200);
        assert_eq!(drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(409).json()["code"], "visits_open");
    }

    async fn where_no_lawful_team_exists_organ_visit_and_missing_thing_are_named(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let market = suite.clerk("nz-scjg", &["lead_editor"]).await;
        subjects(&suite, 10).await;
        register(&drawers.editor, 0..3).await;
        register(&market, 10..11).await;
        let mut wanted = body(&suite);
        wanted["organs"][0]["qualifications"] = json!(["特种设备"]);
        let path = drawers.add(&wanted).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        let refused = drawers.editor.post_with(&format!("{path}/assign"), &[("accept-language", "en")], &json!({})).await;
        let refused = refused.expect(409).json();
        assert_eq!(refused["code"], "no_lawful_team");
        let text = refused["errors"].to_string();
        assert!(text.contains("nz-rsj cannot staff DRAW-") && text.contains("tag:qualification:特种设备:3"), "{text}");
        assert!(text.contains("nz-scjg cannot staff DRAW-") && text.contains("inspectors:1"), "{text}");
        let view = drawers.editor.get(&path).await.expect(200).json();
        assert_eq!(view["state"], "drawn", "nothing was stored");
    }

    async fn subjects_that_the_registry_does_not_know_cannot_be_visited(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let mut alone = body(&suite);
        alone["organs"] = json!([{"department": "nz-rsj"}]);
        register(&drawers.editor, 0..3).await;
        let path = drawers.add(&alone).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        let refused = drawers.editor.post(&format!("{path}/assign"), &json!({})).await.expect(422).json();
        assert_eq!(refused["errors"].as_array().unwrap().len(), 6);
        assert_eq!(refused["errors"][0]["code"], "unknown_subject");
    }

    async fn who_knows_the_seed_chooses_no_inspectors(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        subjects(&suite, 10).await;
        let people = register(&drawers.editor, 0..6).await;
        let id_of = |n: usize| people[n]["id"].as_str().unwrap().to_string();
        let mut wanted = body(&suite);
        wanted["organs"] = json!([{"department": "nz-rsj", "qualifications": ["药品检查员"]}]);
        let path = drawers.add(&wanted).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        // Away from a company of the frame, and from one that is in no frame at all.
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let elsewhere = json!({"kind": "enterprise", "name": "汉中南郑别处有限公司", "identifier": uscc(77),
            "region_code": "610703102", "departments": ["nz-rsj"]});
        let elsewhere = organiser.post("/v1/subjects", &elsewhere).await.expect(201).json();
        let declared = json!({"kind": "declaration", "inspector_id": id_of(0), "subject_id": elsewhere["id"], "ground": "interest"});
        drawers.editor.post("/v1/recusals", &declared).await.expect(201);
        drawers.run(&suite, &path).await;
        let draw_id = path.rsplit('/').next().unwrap();
        let public = suite.anonymous().get(&format!("/v1/public/draws/{draw_id}")).await.expect(200).json();
        let pool_hash = public["pool_hash"].as_str().unwrap().to_string();
        let before = drawers.editor.get(&format!("{path}/inspectors")).await.expect(200).json();

        // A second certificate with a better number and a later end; a friend registered; an honest one out for a day.
        let better = json!({"number": "0000-1", "issuer": "陕西省司法厅", "valid_from": "2024-01-01", "valid_to": "2035-12-31"});
        drawers.editor.post(&format!("/v1/inspectors/{}/certificates", id_of(1)), &better).await.expect(201);
        register(&drawers.editor, 20..22).await;
        drawers.head.post(&format!("/v1/inspectors/{}/suspend", id_of(2)), &json!({"reason": "证件送检"})).await.expect(200);

        drawers.step(&path, "assign").await;
        let answer = drawers.editor.get(&format!("{path}/transcript")).await;
        let report = ::draw::verify_bytes(answer.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        assert_eq!(report.pool.as_deref(), Some(pool_hash.as_str()), "published before the entropy");
        assert!(!answer.text().contains("0000-1") && !answer.text().contains(&uscc(77)), "{}", answer.text());
        let teams = &answer.json()["public"]["teams"];
        let frozen = teams["pool"]["frozen"].as_array().unwrap();
        let numbers: Vec<&Value> = before["items"].as_array().unwrap().iter().map(|i| &i["certificate_number"]).collect();
        assert_eq!(frozen.iter().map(|f| &f["id"]).collect::<Vec<_>>(), numbers);
        let left = json!([{"code": "not_eligible", "id": numbers[2], "organ": "nz-rsj"}]);
        assert_eq!(teams["pool"]["left"], left, "who was taken out stands there by name");
        assert_eq!(teams["organs"][0]["pool"].as_array().unwrap().len(), 5);
        // The second verifier agrees, and the transcript stays the same when he comes back.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("transcript.json");
        std::fs::write(&file, answer.bytes()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/draw_verify.py");
        let done = std::process::Command::new("python3").arg("-B").arg(script).arg(&file).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        drawers.head.post(&format!("/v1/inspectors/{}/reinstate", id_of(2)), &json!({})).await.expect(200);
        assert_eq!(drawers.editor.get(&format!("{path}/transcript")).await.text(), answer.text());
    }

    async fn a_drawn_person_uploaded_by_the_registry_s_id_is_visited_and_recusals_from_him_hold(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let mut known = Vec::new();
        for n in 30..32 {
            let subject = json!({"kind": "individual_business", "name": "王示例", "identifier": uscc(n),
                "region_code": "610703102", "departments": ["nz-rsj"]});
            known.push(organiser.post("/v1/subjects", &subject).await.expect(201).json());
        }
        let persons: Vec<&str> = known.iter().map(|k| k["id"].as_str().unwrap()).collect();
        let people = register(&drawers.editor, 0..3).await;
        let declared = json!({"kind": "declaration", "inspector_id": people[0]["id"], "subject_id": known[0]["id"], "ground": "relative"});
        drawers.editor.post("/v1/recusals", &declared).await.expect(201);
        let mut wanted = body(&suite);
        wanted["strata"] = json!([{"name": "ALL", "sample_size": 2}]);
        wanted["organs"] = json!([{"department": "nz-rsj"}]);
        let path = drawers.add(&wanted).await;
        drawers.editor.post(&format!("{path}/frame"), &json!({"stratum": "ALL", "persons": persons})).await.expect(200);
        drawers.run(&suite, &path).await;
        assert_eq!(drawers.step(&path, "assign").await["state"], "assigned");
        let answer = drawers.editor.get(&format!("{path}/transcript")).await;
        let report = ::draw::verify_bytes(answer.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        assert!(persons.iter().all(|p| !answer.text().contains(p)));
        assert!(known.iter().all(|k| !answer.text().contains(k["id"].as_str().unwrap())), "an id would open the entry");
        let pool = answer.json()["public"]["teams"]["organs"][0]["pool"].clone();
        let kept_away: Vec<usize> = pool.as_array().unwrap().iter().map(|o| o["recused"].as_array().unwrap().len()).collect();
        assert_eq!(kept_away, [1, 0, 0], "{pool}");
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let found: Vec<&Value> = picks["items"].as_array().unwrap().iter().map(|p| &p["subject_id"]).collect();
        assert!(known.iter().all(|k| found.contains(&&k["id"])), "{found:?}");
    }

    async fn a_draw_whose_visits_were_merged_and_called_off_can_be_made_void(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        subjects(&suite, 10).await;
        register(&drawers.editor, 0..3).await;
        let mut wanted = body(&suite);
        wanted["organs"] = json!([{"department": "nz-rsj"}]);
        let path = drawers.add(&wanted).await;
        drawers.fill(&path, "ALL", &ids(0, 10)).await;
        drawers.run(&suite, &path).await;
        drawers.step(&path, "assign").await;
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let visits: Vec<String> =
            picks["items"].as_array().unwrap().iter().filter_map(|p| p["visit_id"].as_str().map(str::to_owned)).collect();
        let draw_id = path.rsplit('/').next().unwrap();
        let put = async |sql: String| {
            let put = async move |c: &mut store_kit::AnyConn<'_>| Ok(c.batch(&sql).await?);
            suite.kit("inspections").store.write::<_, store_kit::StoreError, _>(put).await.unwrap();
        };
        // One stands for the combined visit, all others were merged into it.
        put(format!("UPDATE visit SET state = 'combined', combined_into = '{0}' WHERE draw_id = '{draw_id}' AND id <> '{0}';", visits[0])).await;
        put(format!("UPDATE visit SET draw_id = NULL WHERE id = '{}';", visits[0])).await;
        drawers.editor.post(&format!("{path}/void-request"), &json!({"reason": "名录有误"})).await.expect(200);
        assert_eq!(drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(409).json()["code"], "visits_open");
        put(format!("UPDATE visit SET state = 'cancelled' WHERE id = '{}';", visits[0])).await;
        assert_eq!(drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(200).json()["state"], "void");
    }
}
