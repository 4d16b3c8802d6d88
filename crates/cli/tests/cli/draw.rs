//! Draws without a server: a transcript that is proved, each kind of refusal with its exit code, and the protocol's vector.

use crate::process::run;
use serde_json::Value;

fn vector() -> Value {
    let file: Value = serde_json::from_str(include_str!("../../../draw/tests/vectors/draw_v1.json")).unwrap();
    file["draw_v1"].clone()
}

#[test]
fn a_transcript_is_proved_or_refused_with_7() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = include_bytes!("../../../draw/tests/vectors/transcript.json");
    std::fs::write(dir.path().join("draw.json"), bytes).unwrap();
    let done = run(dir.path(), &["draw", "verify", "draw.json", "--picks"], &[], "").expect(0);
    assert!(done.out.starts_with("ok: DRAW-2026-"), "{}", done.out);
    let verdict =
        run(dir.path(), &["draw", "verify", "draw.json", "-o", "json", "--picks"], &[], "").expect(0).json();
    assert_eq!(verdict["ok"], true);
    let (commit, digest) = (verdict["commit"].as_str().unwrap(), verdict["digest"].as_str().unwrap());
    run(dir.path(), &["draw", "verify", "draw.json", "--commit", commit, "--digest", digest], &[], "")
        .expect(0);
    let other = run(dir.path(), &["draw", "verify", "draw.json", "--commit", digest], &[], "").expect(7);
    assert!(other.out.contains("/public/commit: is"), "{}", other.out);

    // What was published before the entropy binds frames and parameters too, the commitment alone the seed only.
    let published = |change: fn(&mut Value)| {
        let strata: Vec<Value> = verdict["strata"].as_array().unwrap().iter().map(|s| {
            serde_json::json!({"name": s["stratum"], "frame_size": s["size"], "frame_root": s["frame_root"], "params_hash": s["params_hash"]})
        }).collect();
        let mut saved = serde_json::json!({"code": verdict["draw_id"], "algorithm": verdict["suite"], "commit_hash": commit,
            "declaration": verdict["declaration"], "pool_hash": verdict["pool"], "public_entropy": null, "strata": strata});
        change(&mut saved);
        std::fs::write(dir.path().join("saved.json"), saved.to_string()).unwrap();
        run(
            dir.path(),
            &["draw", "verify", "draw.json", "--commit", commit, "--published", "saved.json"],
            &[],
            "",
        )
    };
    published(|_| {}).expect(0);
    type Change = fn(&mut Value);
    let forgeries: [(&str, Change); 4] = [
        ("/public/strata/0/frame_root", |s| s["strata"][0]["frame_root"] = "00".repeat(32).into()),
        ("/public/strata/0/params_hash", |s| s["strata"][0]["params_hash"] = Value::Null),
        ("/public/declaration", |s| s["declaration"] = "11".repeat(32).into()),
        ("/public/strata/0/params/pool", |s| s["pool_hash"] = "22".repeat(32).into()),
    ];
    for (path, change) in forgeries {
        let refused = published(change).expect(7);
        assert!(refused.out.contains(&format!("{path}: is ")), "{}", refused.out);
    }
    let late = published(|s| s["public_entropy"] = "known".into()).expect(0);
    assert!(late.err.contains("note:") || late.err.contains("注意"), "{}", late.err);

    let mut changed = bytes.to_vec();
    let place = changed.windows(7).position(|w| w == b"\"seed\":").unwrap() + 8;
    changed[place] ^= 1;
    std::fs::write(dir.path().join("forged.json"), changed).unwrap();
    let refused = run(dir.path(), &["draw", "verify", "forged.json"], &[], "").expect(7);
    assert!(refused.out.contains("/digest: ") && refused.out.contains("/public/commit: "), "{}", refused.out);
    std::fs::write(dir.path().join("none.json"), "{}").unwrap();
    run(dir.path(), &["draw", "verify", "none.json"], &[], "").expect(7);
    run(dir.path(), &["draw", "verify", "absent.json"], &[], "").expect(1);
    run(dir.path(), &["draw", "verify", "draw.json", "--commit", "zz"], &[], "").expect(2);
}

#[test]
fn the_vector_of_the_protocol_is_met() {
    let (dir, vector) = (tempfile::tempdir().unwrap(), vector());
    let ids: Vec<&str> =
        vector["frame"].as_array().unwrap().iter().rev().map(|v| v.as_str().unwrap()).collect();
    std::fs::write(dir.path().join("ids.txt"), ids.join("\r\n")).unwrap();
    let params = vector["params"].to_string();
    let text = |name: &str| vector[name].as_str().unwrap().to_string();
    let (seed, entropy) = (text("seed"), text("entropy"));
    let inputs = [
        "draw",
        "pick",
        "--frame",
        "ids.txt",
        "--params",
        &params,
        "--seed-hex",
        &seed,
        "--entropy",
        &entropy,
    ];
    let found = run(dir.path(), &[&inputs[..], &["-o", "json"]].concat(), &[], "").expect(0).json();
    for (name, value) in
        [("frame_root", "frame_root"), ("params_hash", "params_hash"), ("commit", "commit"), ("k", "K")]
    {
        assert_eq!(found[name], vector[value], "{name}");
    }
    let picks: Vec<_> =
        found["picks"].as_array().unwrap().iter().map(|p| serde_json::json!([p["id"], p["score"]])).collect();
    assert_eq!(picks, vector["ranking"].as_array().unwrap()[..6]);
    let drawn =
        run(dir.path(), &[&inputs[..], &["--subject", "91610703PDY000060F"]].concat(), &[], "").expect(0);
    assert!(drawn.out.contains("drawn"), "{}", drawn.out);
    run(dir.path(), &[&inputs[..], &["--subject", "93610703PDY0001322"]].concat(), &[], "").expect(1);
    run(dir.path(), &[&inputs[..], &["--suite", "v9"]].concat(), &[], "").expect(2);
    std::fs::write(dir.path().join("ids.txt"), "９1610703\n\n").unwrap();
    let bad = run(dir.path(), &inputs, &[], "").expect(2);
    assert!(bad.err.contains("line 1: ") && bad.err.contains("line 2: "), "{}", bad.err);
}
