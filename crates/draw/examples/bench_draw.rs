//! Figures of draws on this machine, as JSON lines: `cargo run --release -p draw --example bench_draw`.
//!
//! Each line has the time of the work, the time of its floor (bare hashing of the same bytes, plus the plain read or write
//! of the same file where there is one), their ratio, and the peak of memory above what the process had before.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot run is to stop")]

use draw::team::{self, Keyring, Officer, OrganNeed, Visit};
use draw::transcript::{Entropy, Public, Stratum, Times, Transcript};
use draw::{Frame, FrameBuilder, Hash, Source, SourceKind, Suite, entropy, stratum};
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

const STRATA: [(&str, usize, u32); 3] = [("A", 500_000, 2_000), ("B", 350_000, 4_000), ("C", 150_000, 4_000)];

fn main() {
    let scale: usize = std::env::args().nth(1).map_or(1, |s| s.parse().unwrap());
    for suite in [Suite::V1, Suite::V1s] {
        subjects(suite, scale);
    }
    teams();
}

/// Best of three: other work on the machine only adds.
fn best<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut found: Option<(Duration, T)> = None;
    for _ in 0..3 {
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        if found.as_ref().is_none_or(|(t, _)| time < *t) {
            found = Some((time, result));
        }
    }
    found.unwrap()
}

fn frame(name: &str, size: usize) -> Frame {
    let mut builder = FrameBuilder::new();
    (0..size).for_each(|i| builder.push(&format!("9{name}610703PDY{i:07}X")).unwrap());
    builder.finish().0
}

fn subjects(suite: Suite, scale: usize) {
    let (seed, text) = (Hash([7; 32]), "ssq:2026130:01,05,09,17,22,30+07");
    let frames: Vec<(&str, Frame, u32)> =
        STRATA.iter().map(|(name, size, n)| (*name, frame(name, size / scale), n / scale as u32)).collect();
    let entropy_hash = suite.bare(text.as_bytes());
    let before = memory("VmRSS:");
    reset_peak();
    let bare = || {
        for (_, frame, _) in &frames {
            black_box(frame.root(suite));
            let key = draw::select::scorer(&suite.keyed(&seed));
            frame.ids().for_each(|id| {
                black_box(key.mac(id.as_bytes()));
            });
        }
    };
    let (floor, ()) = best(bare);
    let run = || {
        let of = |(name, frame, n): &(&str, Frame, u32)| {
            let params = stratum::params("DRAW-2026-0001", "PLAN-2026-0001", name, *n, None);
            (stratum::draw(suite, &seed, &entropy_hash, &params, frame, 100).unwrap(), params)
        };
        frames.iter().map(of).collect::<Vec<_>>()
    };
    let (time, drawn) = best(run);
    report("draw", suite, time, floor, memory("VmHWM:").saturating_sub(before));
    let transcript = transcript(suite, seed, text, frames, drawn);
    let file = tempfile::NamedTempFile::new().unwrap();
    transcript.write(std::io::BufWriter::new(file.as_file())).unwrap();
    drop(transcript);
    let before = memory("VmRSS:");
    reset_peak();
    let (time, result) = best(|| draw::verify_bytes(&std::fs::read(file.path()).unwrap()));
    assert!(result.is_ok(), "{:?}", result.faults);
    let peak = memory("VmHWM:").saturating_sub(before);
    let plain = || {
        let mut bytes = Vec::new();
        std::fs::File::open(file.path()).unwrap().read_to_end(&mut bytes).unwrap();
        let document: Transcript = serde_json::from_slice(&bytes).unwrap();
        document.public
    };
    let (_, public) = best(plain);
    let read_and_hash = || {
        let mut bytes = Vec::new();
        std::fs::File::open(file.path()).unwrap().read_to_end(&mut bytes).unwrap();
        black_box(suite.bare(&bytes));
        for stratum in &public.strata {
            black_box(stratum.frame.root(suite));
            let key = draw::select::scorer(&suite.keyed(&seed));
            stratum.frame.ids().for_each(|id| {
                black_box(key.mac(id.as_bytes()));
            });
        }
    };
    let (floor, ()) = best(read_and_hash);
    report("verify", suite, time, floor, peak);
}

fn transcript(
    suite: Suite,
    seed: Hash,
    text: &str,
    frames: Vec<(&str, Frame, u32)>,
    drawn: Vec<(stratum::Drawn, draw::Json)>,
) -> Transcript {
    let sources = vec![Source {
        commitment: None,
        kind: SourceKind::PublicText,
        moment: "2026-11-24T13:15:00Z".into(),
        name: "ssq".into(),
        no_show: false,
        value: Some(text.into()),
    }];
    let declared: Vec<_> = sources.iter().map(Source::declared).collect();
    let strata = frames.into_iter().zip(drawn).map(|((_, frame, _), (drawn, params))| {
        let stratum::Drawn { frame_root, params_hash, k, picks, reserve, threshold } = drawn;
        let (excluded, replacements) = (Vec::new(), Vec::new());
        Stratum {
            excluded,
            frame,
            frame_root,
            k,
            params,
            params_hash,
            picks,
            replacements,
            reserve,
            threshold,
        }
    });
    let public = Public {
        commit: stratum::commitment(suite, &seed),
        declaration: entropy::declaration(suite, &declared),
        draw_id: "DRAW-2026-0001".into(),
        entropy: Entropy { hash: suite.bare(text.as_bytes()), sources },
        plan_id: "PLAN-2026-0001".into(),
        replaces: None,
        seed,
        strata: strata.collect(),
        suite,
        teams: None,
        times: Times {
            committed_at: "2026-11-24T02:00:00Z".into(),
            drawn_at: "2026-11-24T14:00:01Z".into(),
            entropy_fixed_at: "2026-11-24T14:00:00Z".into(),
            frozen_at: "2026-11-24T01:00:00Z".into(),
        },
    };
    Transcript::seal(public, None).unwrap()
}

/// 20,000 visits, 600 inspectors of 15 organs, three organs at each visit, qualifications and recusals.
fn teams() {
    let key = Suite::V1.keyed(&Hash([3; 32]));
    let scorer = draw::select::scorer(&key);
    let visits: Vec<Visit> = (0..20_000)
        .map(|i| Visit { date: format!("2026-12-{:02}", 1 + i % 28), subject: format!("91610703PDY{i:06}X") })
        .collect();
    let organs: Vec<OrganNeed> = (0..15)
        .map(|organ| {
            let pool = (0..40).map(|i| Officer {
                id: format!("ZF-{organ:02}-{i:03}"),
                recused: visits.iter().skip(organ * 40 + i).step_by(997).map(|v| v.subject.clone()).collect(),
                tags: if i % 10 == 9 { vec!["特种设备".into()] } else { vec!["执法".into()] },
                valid_from: "2025-01-01".into(),
                valid_to: if i % 13 == 12 { "2026-12-15" } else { "2028-12-31" }.into(),
            });
            OrganNeed {
                members: 2,
                organ: format!("nz-{organ:02}"),
                pool: pool.collect(),
                tags: vec!["执法".into()],
            }
        })
        .collect();
    for (name, share) in
        [("teams of 15 organs at each of 20,000 visits", 1), ("teams, 3 of 15 organs at each visit", 5)]
    {
        let (time, spreads) = best(|| {
            let mut spreads = Vec::new();
            for part in 0..share {
                let of = |visit| Keyring {
                    visit,
                    visit_id: format!("DRAW-2026-0001/{}", visit.subject),
                    key: &key,
                    score: scorer.mac(visit.subject.as_bytes()),
                };
                let rings: Vec<Keyring<'_>> = visits.iter().skip(part).step_by(share).map(of).collect();
                let sent: Vec<OrganNeed> = organs.iter().skip(part * 3).take(15 / share).cloned().collect();
                let teams = team::assign(&rings, &sent).unwrap();
                spreads.extend(sent.iter().map(|o| {
                    let fit = o.pool.iter().filter(|p| p.tags == o.tags && p.valid_to > "2027".into());
                    let fit = OrganNeed { pool: fit.cloned().collect(), ..o.clone() };
                    let team::Spread { least, most } = team::spread(&teams, &fit);
                    most - least
                }));
            }
            spreads
        });
        line(&format!(
            "{{\"bench\":\"{name}\",\"seconds\":{:.3},\"worst_spread_of_the_always_fit\":{}}}",
            time.as_secs_f64(),
            spreads.iter().max().unwrap()
        ));
    }
}

fn report(name: &str, suite: Suite, time: Duration, floor: Duration, peak_kib: u64) {
    let (time, floor) = (time.as_secs_f64(), floor.as_secs_f64());
    line(&format!(
        "{{\"bench\":\"{name}\",\"suite\":\"{}\",\"seconds\":{time:.3},\"floor_seconds\":{floor:.3},\"ratio\":{:.2},\"peak_mib_above\":{}}}",
        suite.label(),
        time / floor,
        peak_kib / 1024
    ));
}

fn line(text: &str) {
    std::io::stdout().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// A figure of this process in KiB; 0 where the system does not tell.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix(name));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Lets the peak begin anew.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
