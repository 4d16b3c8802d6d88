//! The vectors of `domain.md` §2.9, value by value.

use draw::stratum::{self, rank_inspectors};
use draw::{FrameBuilder, Hash, Json, Suite};
use serde_json::Value;

fn vector() -> Value {
    serde_json::from_str::<Value>(include_str!("../vectors/draw_v1.json")).unwrap()["draw_v1"].clone()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

#[test]
fn each_value_of_the_vector_is_met() {
    let vector = vector();
    let suite = Suite::V1;
    let seed = Hash::parse(text(&vector, "seed")).unwrap();
    let params = Json::parse(&vector["params"].to_string()).unwrap();
    let mut builder = FrameBuilder::new();
    // Backwards, and one of them twice: neither may matter.
    for id in vector["frame"].as_array().unwrap().iter().rev() {
        builder.push(id.as_str().unwrap()).unwrap();
    }
    builder.push(vector["frame"][3].as_str().unwrap()).unwrap();
    let (frame, report) = builder.finish();
    assert_eq!((frame.len(), report.duplicates), (20, 1));
    let entropy = suite.bare(text(&vector, "entropy").as_bytes());
    assert_eq!(entropy.to_string(), "9a12e80269577cbf1281cf4a7ea117807552b915af2bafa60b74b9814fad8be1");
    assert_eq!(stratum::commitment(suite, &seed).to_string(), text(&vector, "commit"));
    let drawn = stratum::draw(suite, &seed, &entropy, &params, &frame, 14).unwrap();
    assert_eq!(drawn.frame_root.to_string(), text(&vector, "frame_root"));
    assert_eq!(drawn.params_hash.to_string(), text(&vector, "params_hash"));
    assert_eq!(drawn.k.to_string(), text(&vector, "K"));
    let ranking: Vec<(String, String)> =
        drawn.picks.iter().chain(&drawn.reserve).map(|p| (p.id.clone(), p.score.to_string())).collect();
    let expected: Vec<(String, String)> = serde_json::from_value(vector["ranking"].clone()).unwrap();
    assert_eq!(ranking, expected);
    assert_eq!((drawn.picks.len(), drawn.threshold.to_string()), (6, expected[5].1.clone()));
    let inspectors = ["ZF-SJ-001", "ZF-SJ-002", "ZF-SJ-003", "ZF-RS-001", "ZF-RS-002", "ZF-SW-001"];
    let ranked = rank_inspectors(&suite.keyed(&drawn.k), text(&vector, "visit"), &inspectors);
    let ranked: Vec<(String, String)> = ranked.into_iter().map(|p| (p.id, p.score.to_string())).collect();
    let expected: Vec<(String, String)> =
        serde_json::from_value(vector["inspector_ranking"].clone()).unwrap();
    assert_eq!(ranked, expected);
}

#[test]
fn the_parameters_of_one_public_text_are_the_four_of_the_protocol() {
    let vector = vector();
    let params = stratum::params("DRAW-2026-0001", "PLAN-2026-0001", "ALL", 6, None);
    assert_eq!(stratum::params_hash(Suite::V1, &params).to_string(), text(&vector, "params_hash"));
    let bound = stratum::params("DRAW-2026-0001", "PLAN-2026-0001", "ALL", 6, Some(&Hash([1; 32])));
    assert_ne!(stratum::params_hash(Suite::V1, &bound).to_string(), text(&vector, "params_hash"));
}

#[test]
fn the_sm3_suite_shares_no_value_with_sha_256() {
    let vector = vector();
    let seed = Hash::parse(text(&vector, "seed")).unwrap();
    let params = Json::parse(&vector["params"].to_string()).unwrap();
    let mut builder = FrameBuilder::new();
    vector["frame"].as_array().unwrap().iter().for_each(|id| builder.push(id.as_str().unwrap()).unwrap());
    let (frame, _) = builder.finish();
    let entropy = Suite::V1s.bare(text(&vector, "entropy").as_bytes());
    let drawn = stratum::draw(Suite::V1s, &seed, &entropy, &params, &frame, 0).unwrap();
    for (value, name) in
        [(drawn.frame_root, "frame_root"), (drawn.params_hash, "params_hash"), (drawn.k, "K")]
    {
        assert_ne!(value.to_string(), text(&vector, name));
    }
    assert_eq!(drawn.picks.len(), 6);
}

#[test]
fn empty_strata_and_wrong_quotas_have_clear_answers() {
    let (empty, _) = FrameBuilder::new().finish();
    let mut builder = FrameBuilder::new();
    builder.push("a").unwrap();
    let (one, _) = builder.finish();
    let draw = |frame, n| {
        let params = stratum::params("D", "P", "A", n, None);
        stratum::draw(Suite::V1, &Hash([0; 32]), &Hash([0; 32]), &params, frame, 5)
    };
    assert_eq!(draw(&empty, 1).unwrap_err().code(), "stratum_empty");
    assert_eq!(draw(&one, 0).unwrap_err().code(), "quota_zero");
    let over = draw(&one, 2).unwrap_err();
    assert_eq!(over.to_string(), "the quota 2 is over the 1 subjects of the stratum");
    assert_eq!(draw(&one, 1).unwrap().picks[0].id, "a");
    let params = Json::parse(r#"{"draw_id":"D","plan_id":"P","stratum":"A"}"#).unwrap();
    let missing = stratum::draw(Suite::V1, &Hash([0; 32]), &Hash([0; 32]), &params, &one, 0).unwrap_err();
    assert_eq!(missing.to_string(), "the parameter n is missing or of the wrong kind");
}
