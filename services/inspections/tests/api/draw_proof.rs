//! Proofs: the vector of the protocol through the API, one subject checking itself, the second verifier.

use crate::draw::{Drawers, draw, ids};
use ::draw::{Hash, Suite as Hashes};
use serde_json::{Value, json};
use testkit::{Suite, uscc};

testkit::both! {
    async fn the_vector_of_the_protocol_is_met_through_the_api(suite: Suite) {
        let file: Value = serde_json::from_str(include_str!("../../../../crates/draw/tests/vectors/draw_v1.json")).unwrap();
        let vector = &file["draw_v1"];
        let anybody = suite.clerk("nz-slj", &["inspector"]).await;
        let mut frame = vector["frame"].as_array().unwrap().clone();
        frame.reverse();
        frame.push(frame[0].clone());
        let inspectors: Vec<_> = vector["inspector_ranking"].as_array().unwrap().iter().rev().map(|r| r[0].clone()).collect();
        let body = json!({"seed": vector["seed"], "entropy": vector["entropy"], "params": vector["params"], "frame": frame,
            "reserve": 14, "visit": vector["visit"], "inspectors": inspectors});
        let found = anybody.post("/v1/draw-recomputations", &body).await.expect(200).json();
        for name in ["frame_root", "params_hash", "commit"] {
            assert_eq!(found[name], vector[name], "{name}");
        }
        assert_eq!((&found["k"], found["duplicates"].as_i64()), (&vector["K"], Some(1)));
        let pairs = |list: &Value| list.as_array().unwrap().iter().map(|p| json!([p["id"], p["score"]])).collect::<Vec<_>>();
        assert_eq!([pairs(&found["picks"]), pairs(&found["reserve"])].concat(), *vector["ranking"].as_array().unwrap());
        assert_eq!(found["picks"].as_array().unwrap().len(), 6);
        assert_eq!(pairs(&found["inspectors"]), *vector["inspector_ranking"].as_array().unwrap());
        let mut over = body.clone();
        over["params"]["n"] = json!(21);
        assert_eq!(anybody.post("/v1/draw-recomputations", &over).await.expect(422).json()["errors"][0]["code"], "quota_over_size");
        over["params"]["n"] = json!(1.5);
        assert_eq!(anybody.post("/v1/draw-recomputations", &over).await.expect(422).json()["errors"][0]["code"], "bad_params");
    }

    async fn one_subject_checks_itself_with_one_keyed_hash(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 10)).await;
        drawers.fill(&path, "B", &ids(10, 10)).await;
        drawers.editor.get(&format!("{path}/proof?subject={}", uscc(0))).await.expect(409);
        drawers.run(&suite, &path).await;
        let mut drawn = 0;
        for i in 0..20 {
            let proof = drawers.editor.get(&format!("{path}/proof?subject={}", uscc(i))).await.expect(200).json();
            let key = Hashes::V1.keyed(&Hash::parse(proof["k"].as_str().unwrap()).unwrap());
            let score = key.mac(format!("subject\0{}", uscc(i)).as_bytes());
            assert_eq!(score.to_string(), proof["score"].as_str().unwrap());
            let is_drawn = score <= Hash::parse(proof["threshold"].as_str().unwrap()).unwrap();
            assert_eq!(proof["is_drawn"], is_drawn);
            drawn += u32::from(is_drawn);
        }
        assert_eq!(drawn, 2 + 3);
        drawers.editor.get(&format!("{path}/proof?subject=NOBODY")).await.expect(404);
    }

    async fn the_second_verifier_proves_the_downloaded_transcript(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 10)).await;
        drawers.fill(&path, "B", &ids(10, 10)).await;
        drawers.run(&suite, &path).await;
        let transcript = drawers.editor.get(&format!("{path}/transcript")).await.expect(200).bytes().to_vec();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("transcript.json");
        std::fs::write(&file, &transcript).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/draw_verify.py");
        let run = || std::process::Command::new("python3").arg("-B").arg(script).arg(&file).output().unwrap();
        let done = run();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        let mut changed = transcript;
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        assert_eq!(run().status.code(), Some(1));
    }

    async fn the_outcome_of_a_void_draw_can_be_recomputed_by_anybody(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        for is_run in [false, true] {
            let mut body = draw(&suite);
            body["plan_code"] = json!(format!("PLAN-2026-000{}", 2 + u8::from(is_run)));
            let path = drawers.add(&body).await;
            drawers.fill(&path, "A", &ids(0, 10)).await;
            drawers.fill(&path, "B", &ids(10, 10)).await;
            if is_run {
                drawers.run(&suite, &path).await;
            } else {
                drawers.step(&path, "freeze").await;
                drawers.step(&path, "commit").await;
                suite.clock.advance(std::time::Duration::from_secs(121));
                let values = json!({"values": [{"name": "双色球第2026130期开奖号码", "value": "ssq:2026130:01,05,09,17,22,30+07"}]});
                drawers.editor.post(&format!("{path}/entropy"), &values).await.expect(200);
            }
            drawers.editor.post(&format!("{path}/void-request"), &json!({"reason": "名录有误"})).await.expect(200);
            let void = drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(200).json();
            let nobody = suite.anonymous();
            let id = path.rsplit('/').next().unwrap();
            let view = nobody.get(&format!("/v1/public/draws/{id}")).await.expect(200).json();
            let transcript = nobody.get(view["transcript"].as_str().unwrap()).await;
            let report = ::draw::verify_bytes(transcript.expect(200).bytes());
            assert!(report.is_ok(), "{:?}", report.faults);
            assert_eq!(void["digest"], report.digest);
            assert_eq!(report.strata.iter().map(|s| s.picks.len()).collect::<Vec<_>>(), [2, 3]);
        }
    }
}
