//! The second verifier, in Python's standard library, agrees on 1,000 random cases: verdict, picks and teams.

use crate::cases::{Dice, transcript};
use draw::verify_bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const CASES: u64 = 1000;

#[test]
fn both_verifiers_agree_on_a_thousand_cases() {
    let folder = tempfile::tempdir().unwrap();
    let mut verdicts = BTreeMap::new();
    for number in 0..CASES {
        let mut bytes = transcript(number).to_bytes().unwrap();
        // Every fourth case has one bit changed.
        if number % 4 == 3 {
            let mut dice = Dice(number);
            let bit = dice.below(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let name = format!("{number:04}.json");
        std::fs::write(folder.path().join(&name), &bytes).unwrap();
        let report = verify_bytes(&bytes);
        assert_eq!(report.is_ok(), number % 4 != 3, "{name}: {:?}", report.faults);
        verdicts.insert(name, (number, report));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/draw_verify.py");
    let done =
        Command::new("python3").arg("-B").arg(script).arg("--json").arg(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut seen = 0;
    for line in String::from_utf8(done.stdout).unwrap().lines() {
        let second: Value = serde_json::from_str(line).unwrap();
        let (number, report) = &verdicts[second["file"].as_str().unwrap()];
        assert_eq!(second["ok"], report.is_ok(), "{second} {:?}", report.faults);
        seen += 1;
        if !report.is_ok() {
            continue;
        }
        for stratum in &report.strata {
            assert_eq!(second["picks"][&stratum.stratum], serde_json::json!(stratum.picks));
        }
        let teams = transcript(*number).public.teams.map(|t| t.teams).unwrap_or_default();
        let members: Vec<_> = teams.into_iter().map(|t| t.members).collect();
        assert_eq!(second["teams"], serde_json::json!(members));
    }
    assert_eq!(seen, CASES);
}

/// The file that `make python` verifies without any Rust; `DRAW_EXAMPLE=write` makes it anew.
#[test]
fn the_example_transcript_is_what_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/transcript.json");
    let example = (0..).map(transcript).find(|t| {
        let is_small = t.public.strata.iter().all(|s| s.frame.len() < 12);
        is_small && t.personal.is_some() && t.public.teams.is_some() && t.public.entropy.sources.len() > 2
    });
    let bytes = example.unwrap().to_bytes().unwrap();
    if std::env::var_os("DRAW_EXAMPLE").is_some() {
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}
