//! Frames: clear answers to what cannot stand in one, natural persons, the registry as the source.

use crate::draw::{Drawers, draw, ids};
use serde_json::json;
use testkit::{Suite, uscc};

testkit::both! {
    async fn ids_that_could_be_mistaken_are_refused_with_their_places(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        let body = json!({"stratum": "A", "ids": ["91610703PDY00001X4", "９1610703", "\u{410}1610703", "a b", "x\u{200b}", "e\u{301}"]});
        let refused = drawers.editor.post(&format!("{path}/frame"), &body).await.expect(422).json();
        let found: Vec<_> = refused["errors"].as_array().unwrap().iter()
            .map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect();
        assert_eq!(found, [("/ids/1", "look_alike"), ("/ids/2", "look_alike"), ("/ids/3", "blank"), ("/ids/4", "invisible_character"), ("/ids/5", "unusual_character")]);
        let person = json!({"stratum": "A", "ids": [uscc(1), "610703199001011230", "610703900101123"]});
        let refused = drawers.editor.post(&format!("{path}/frame"), &person).await.expect(422).json();
        assert_eq!((refused["errors"][0]["pointer"].as_str(), refused["errors"][0]["code"].as_str()), (Some("/ids/1"), Some("person_entry")));
        let unknown = drawers.editor.post(&format!("{path}/frame"), &json!({"stratum": "Z", "ids": ["x"]})).await;
        assert_eq!(unknown.expect(422).json()["errors"][0]["code"], "unknown_stratum");
        let stranger = json!({"items": [{"stratum": "A", "subject": uscc(1), "code": "deregistered"}]});
        let absent = drawers.editor.post(&format!("{path}/exclusions"), &stranger).await;
        assert_eq!(absent.expect(422).json()["errors"][0]["code"], "not_in_frame");
    }

    async fn an_empty_stratum_and_a_quota_over_its_size_stop_the_freeze(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 1)).await;
        let refused = drawers.editor.post(&format!("{path}/freeze"), &json!({})).await.expect(422).json();
        let found: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
        assert_eq!(found, ["quota_over_size", "stratum_empty"]);
        drawers.fill(&path, "A", &ids(1, 3)).await;
        drawers.fill(&path, "B", &ids(3, 3)).await;
        let doubled = drawers.editor.post(&format!("{path}/freeze"), &json!({})).await.expect(422).json();
        assert_eq!(doubled["errors"][0]["code"], "in_two_strata");
        drawers.editor.post(&format!("{path}/frame"), &json!({"stratum": "B", "ids": ids(4, 3), "replace": true})).await.expect(200);
        let frozen = drawers.step(&path, "freeze").await;
        assert_eq!(frozen["frame_size"], 7);
        let page = drawers.editor.get(&format!("{path}/frame?stratum=A&limit=3")).await.expect(200).json();
        let next = page["next"].as_str().unwrap();
        let rest = drawers.editor.get(&format!("{path}/frame?stratum=A&limit=3&cursor={next}")).await.expect(200).json();
        assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 1));
    }

    async fn natural_persons_stand_in_the_frame_as_commitments(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        let person = "610703199001011230";
        drawers.fill(&path, "A", &ids(0, 3)).await;
        drawers.editor.post(&format!("{path}/frame"), &json!({"stratum": "B", "persons": [person, "440524188001010014"]})).await.expect(200);
        drawers.run(&suite, &path).await;
        let public = drawers.editor.get(&format!("{path}/transcript")).await.expect(200).text();
        assert!(!public.contains(person) && public.contains("\"person:"));
        let none = drawers.editor.get(&format!("{path}/transcript?part=full")).await;
        assert_eq!(none.expect(400).json()["errors"][0]["pointer"], "?reason");
        let id = path.rsplit('/').next().unwrap();
        let logged = suite.audit("inspections", id).await.len();
        let full = drawers.editor.get(&format!("{path}/transcript?part=full&reason=复核抽取结果")).await;
        assert_eq!(full.expect(200).header("cache-control"), Some("no-store"));
        let audit = suite.audit("inspections", id).await;
        assert!(audit.len() == logged + 1 && format!("{audit:?}").contains("复核抽取结果"), "{audit:?}");
        let report = ::draw::verify_bytes(full.expect(200).bytes());
        assert!(report.is_ok() && report.openings == 2, "{:?}", report.faults);
        assert!(full.text().contains(person) && full.text().ends_with(public.split_once("\"public\":").unwrap().1));
        let proof = drawers.editor.get(&format!("{path}/proof?subject={person}")).await.expect(200).json();
        let entry = proof["subject"].as_str().unwrap();
        assert!(entry.starts_with("person:"));
        assert_eq!(suite.audit("inspections", id).await.len(), logged + 2, "who asks by the identifier is logged");
        // Whoever else sees the draw asks by the entry, and opens none.
        let oversight = suite.clerk("nz-sfj", &["oversight"]).await;
        oversight.get(&format!("{path}/proof?subject={person}")).await.expect(404);
        oversight.get(&format!("{path}/proof?subject={entry}")).await.expect(200);
        assert_eq!(oversight.get(&format!("{path}/transcript?part=full&reason=ab")).await.expect(403).json()["code"], "personal_part");
        oversight.get(&format!("{path}/transcript")).await.expect(200);
        let told = format!("{:?}{:?}", suite.events("inspections", "").await, suite.audit("inspections", id).await);
        assert!(!told.contains(person));
    }

    async fn a_frame_is_filled_from_the_registry_by_the_filters_of_the_strata(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        for i in 0..12u32 {
            let industry = if i < 8 { "6210" } else { "1310" };
            let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{i}有限公司"), "identifier": uscc(i),
                "region_code": "610703102", "industry": industry, "departments": ["nz-scjg"]});
            organiser.post("/v1/subjects", &subject).await.expect(201);
        }
        let mut body = draw(&suite);
        body["strata"] = json!([
            {"name": "catering", "sample_size": 2, "filter": {"industries": ["62"]}},
            {"name": "others", "ratio_per_ten_thousand": 5000, "filter": {}},
        ]);
        let path = drawers.add(&body).await;
        let filled = drawers.editor.post(&format!("{path}/frame/from-registry"), &json!({})).await.expect(200).json();
        let sizes: Vec<_> = filled["strata"].as_array().unwrap().iter().map(|s| s["frame_size"].as_i64().unwrap()).collect();
        assert_eq!(sizes, [8, 4], "a subject goes to the first stratum that takes it");
        let frozen = drawers.step(&path, "freeze").await;
        assert_eq!(frozen["strata"][1]["sample_size"], 2);
    }
}
