//! Draws of plans kept here: what the plan says of its strata is what is drawn, and a plan that stands no longer is not drawn.

use crate::attachment2::Actors;
use crate::draw::{Drawers, draw, ids, moment};
use domain::vocabulary::RiskClass;
use inspections::app::frame::frame_subjects;
use inspections::domain::plan::SubjectFilter;
use serde_json::{Value, json};
use testkit::{Caller, Suite, uscc};

/// Companies of the registry with their classes of risk.
async fn registry(organiser: &Caller, classes: &[Option<&str>]) {
    let scheme = json!({"code": "risk_class", "name": "信用风险分类"});
    organiser.post("/v1/tag-schemes", &scheme).await.expect(201);
    for (i, class) in (0..).zip(classes) {
        let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{i}有限公司"), "identifier": uscc(i),
            "region_code": "610703102", "industry": "6210", "departments": ["nz-scjg", "nz-rsj"]});
        let made = organiser.post("/v1/subjects", &subject).await.expect(201).json();
        let Some(class) = class else { continue };
        let tag = json!({"scheme": "risk_class", "value": class, "source": "样例"});
        organiser
            .post(&format!("/v1/subjects/{}/tags", made["id"].as_str().unwrap()), &tag)
            .await
            .expect(201);
    }
}

/// A draw of the plan at `path`, whose strata are for class A at 1 % and class D at half.
async fn of_plan(suite: &Suite, actors: &Actors, path: &str) -> Value {
    let id = path.rsplit('/').next().unwrap();
    let body = json!({"plan_id": id, "entropy_moment": moment(suite, 3600),
        "sources": [{"kind": "public_text", "name": "双色球第2026130期开奖号码"}]});
    actors.editor.post("/v1/draws", &body).await.expect(201).json()
}

fn sizes(view: &Value, member: &str) -> Vec<i64> {
    view["strata"].as_array().unwrap().iter().map(|s| s[member].as_i64().unwrap()).collect()
}

testkit::both! {
    async fn a_plans_strata_are_drawn_from_their_classes_as_its_forecast_was(suite: Suite) {
        let actors = Actors::of(&suite).await;
        registry(&actors.organiser, &[Some("A"), Some("D"), None, Some("A"), Some("D"), Some("A")]).await;
        let plan = actors.submitted().await;
        actors.publish(&plan).await;
        let forecast = actors.editor.post(&format!("{plan}/what-if"), &json!({})).await.expect(200).json();
        let made = of_plan(&suite, &actors, &plan).await;
        assert_eq!(made["strata"][1]["filter"]["risk_classes"], json!(["D"]), "{made}");
        let path = format!("/v1/draws/{}", made["id"].as_str().unwrap());
        let filled = actors.editor.post(&format!("{path}/frame/from-registry"), &json!({})).await.expect(200).json();
        assert_eq!((sizes(&filled, "frame_size"), sizes(&forecast, "subjects")), (vec![3, 2], vec![3, 2]));
        let frozen = actors.editor.post(&format!("{path}/freeze"), &json!({})).await.expect(200).json();
        assert_eq!((sizes(&frozen, "sample_size"), sizes(&forecast, "drawn")), (vec![1, 1], vec![1, 1]));
        let frame = actors.editor.get(&format!("{path}/frame?stratum=D%E7%B1%BB")).await.expect(200).json();
        let mut expected = vec![uscc(1), uscc(4)];
        expected.sort();
        assert_eq!(frame["items"], json!(expected));
    }

    async fn a_small_class_of_a_large_registry_is_not_too_large(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        registry(&organiser, &[Some("A"), Some("D"), None, Some("A"), Some("D"), Some("A")]).await;
        let small = SubjectFilter { risk_classes: vec![RiskClass::D], ..SubjectFilter::default() };
        let kit = suite.kit("inspections");
        assert_eq!(frame_subjects(kit, &small, 2).await.unwrap().len(), 2);
        assert_eq!(frame_subjects(kit, &SubjectFilter::default(), 5).await.unwrap_err().code, "frame_too_large");
    }

    async fn a_plan_that_stands_no_longer_is_not_drawn(suite: Suite) {
        let (actors, drawers) = (Actors::of(&suite).await, Drawers::of(&suite).await);
        let plan = actors.submitted().await;
        actors.publish(&plan).await;
        let made = of_plan(&suite, &actors, &plan).await;
        let path = format!("/v1/draws/{}", made["id"].as_str().unwrap());
        drawers.fill(&path, "A类", &ids(0, 5)).await;
        drawers.fill(&path, "D类", &ids(5, 5)).await;
        let refused = async |verb: &str| {
            let answer = actors.editor.post(&format!("{path}/{verb}"), &json!({})).await;
            answer.expect(409).json()["code"].as_str().unwrap().to_string()
        };
        let step = async |who: &Caller, verb: &str| {
            who.post(&format!("{plan}/{verb}"), &json!({"reason": "按程序办理"})).await.expect(200);
        };
        step(&actors.editor, "adjust").await;
        assert_eq!((refused("frame/from-registry").await, refused("freeze").await), ("plan_not_public".into(), "plan_not_public".into()));
        // Published again with other words it is another plan than the one the strata were taken from.
        let etag = actors.editor.get(&plan).await.etag();
        actors.editor.patch(&plan, &etag, &json!({"period_text": "2027年4月—10月"})).await.expect(200);
        step(&actors.editor, "pass-lint").await;
        step(&actors.market, "sign").await;
        step(&actors.tax, "sign").await;
        step(&actors.editor, "submit").await;
        actors.publish(&plan).await;
        assert_eq!((refused("frame/from-registry").await, refused("freeze").await), ("plan_changed".into(), "plan_changed".into()));
        drawers.editor.post(&format!("{path}/void-request"), &json!({"reason": "计划已调整"})).await.expect(200);
        drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(200);
        let made = of_plan(&suite, &actors, &plan).await;
        let path = format!("/v1/draws/{}", made["id"].as_str().unwrap());
        drawers.fill(&path, "A类", &ids(0, 5)).await;
        drawers.fill(&path, "D类", &ids(5, 5)).await;
        drawers.step(&path, "freeze").await;
        step(&actors.head, "cancel").await;
        let late = actors.editor.post(&format!("{path}/commit"), &json!({})).await;
        assert_eq!(late.expect(409).json()["code"], "plan_not_public");
    }

    async fn a_large_frame_is_paged_and_looked_up_by_its_chunks(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let mut body = draw(&suite);
        body["strata"] = json!([{"name": "ALL", "sample_size": 2}]);
        let path = drawers.add(&body).await;
        // Two chunks and a bit, in an order that freezing has to change.
        let mut all: Vec<String> = (0..10_007u32).map(|i| format!("N{i:06}")).collect();
        all.reverse();
        drawers.fill(&path, "ALL", &all).await;
        let out = json!({"items": [{"stratum": "ALL", "subject": "N000000", "code": "out_of_scope"},
            {"stratum": "ALL", "subject": "N009999", "code": "out_of_scope"}]});
        drawers.editor.post(&format!("{path}/exclusions"), &out).await.expect(200);
        let wrong = json!({"items": [{"stratum": "B", "subject": "N000001", "code": "out_of_scope"},
            {"stratum": "ALL", "subject": "N999999", "code": "out_of_scope"}]});
        let wrong = drawers.editor.post(&format!("{path}/exclusions"), &wrong).await.expect(422).json();
        assert_eq!((&wrong["errors"][0]["code"], &wrong["errors"][1]["code"]), (&json!("unknown_stratum"), &json!("not_in_frame")));
        drawers.run(&suite, &path).await;
        let (mut listed, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = drawers.editor.get(&format!("{path}/frame?stratum=ALL&limit=200{cursor}")).await.expect(200).json();
            listed.extend(page["items"].as_array().unwrap().iter().map(|i| i.as_str().unwrap().to_string()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        all.retain(|id| id != "N000000" && id != "N009999");
        all.sort();
        assert_eq!(listed, all);
        for place in [0usize, 4_999, 5_000, 9_999, 10_004] {
            let proof = drawers.editor.get(&format!("{path}/proof?subject={}", all[place])).await.expect(200).json();
            assert_eq!((proof["position"].as_u64(), proof["frame_size"].as_u64()), (Some(place as u64), Some(10_005)));
        }
        for absent in ["A", "N000000", "N009999", "Z"] {
            drawers.editor.get(&format!("{path}/proof?subject={absent}")).await.expect(404);
        }
    }
}
