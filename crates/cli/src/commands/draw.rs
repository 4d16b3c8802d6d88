//! `draw …`: proves a draw from its transcript, or repeats one from its inputs; no server, no network.
//!
//! `verify` recomputes everything and ends with 7 at the first difference, like every other file that was changed. `pick` is
//! the protocol itself for those who hold frame, parameters, seed and entropy: a subject, a journalist, another system.

use crate::exit::{Exit, Failure, Result};
use crate::out::{self, Column, Format};
use clap::{Args, Subcommand, ValueEnum};
use draw::{FrameBuilder, Hash, Json, Report, Suite, stratum};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
#[command(after_help = "Examples (示例):\n  lianjian draw verify DRAW-2026-0001.json\n  \
    lianjian draw pick --frame ids.txt --params params.json --seed-hex 0001…1f --entropy 'ssq:2026130:01,05,09,17,22,30+07'")]
pub enum Draw {
    /// Recompute a transcript and tell every difference (验证抽取记录)
    Verify(Verify),
    /// Repeat a draw from frame, parameters, seed and entropy (复算抽取)
    Pick(Pick),
}

impl Draw {
    pub fn run(self) -> Result {
        match self {
            Draw::Verify(c) => c.run(),
            Draw::Pick(c) => c.run(),
        }
    }
}

/// How a verdict is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum VerdictFormat {
    /// Lines for people
    Text,
    /// One JSON text
    Json,
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian draw verify DRAW-2026-0001.json\n  \
    curl -s https://…/v1/public/draws/DRAW-2026-0001/transcript | lianjian draw verify -\n  \
    lianjian draw verify DRAW-2026-0001.json --published saved-before.json --picks\n\n\
    Exit code 0: every value follows from the inputs. Exit code 7: it does not; each difference is named by its place.\n\
    A transcript proves its result from its inputs. That frames, parameters, pool of inspectors and seed were fixed before the\n\
    entropy was known, only what was published then proves: save https://…/v1/public/draws/<id> before the entropy moment and\n\
    give it with --published. --commit alone binds the seed only, not the frame.")]
pub struct Verify {
    /// The transcript; - reads standard input
    file: PathBuf,
    /// The public draw (/v1/public/draws/<id>) as it was saved before the entropy moment: every value in it is compared
    #[arg(long, value_name = "FILE")]
    published: Option<PathBuf>,
    /// Commitment of the seed as it was published, 64 hex digits; binds the seed only
    #[arg(long, value_name = "HEX")]
    commit: Option<String>,
    /// Digest of the transcript as it was published, 64 hex digits
    #[arg(long, value_name = "HEX")]
    digest: Option<String>,
    /// Also list the recomputed picks: stratum, rank, id
    #[arg(long)]
    picks: bool,
    /// Form of the output
    #[arg(long, short, value_enum, default_value = "text")]
    output: VerdictFormat,
}

impl Verify {
    pub fn run(self) -> Result {
        for (name, value) in [("--commit", &self.commit), ("--digest", &self.digest)] {
            if value.as_deref().is_some_and(|v| Hash::parse(v).is_none()) {
                return Err(Failure::usage(format!("{name}: 64 hex digits in lower case")));
            }
        }
        let mut report = read(&self.file)?;
        let published =
            [("/public/commit", &self.commit, &report.commit), ("/digest", &self.digest, &report.digest)];
        let mut differing = Vec::new();
        for (path, published, found) in published {
            if let Some(published) = published
                && published != found
            {
                let problem = format!("is {found}, published was {published}");
                differing.push(draw::Fault { path: path.into(), problem });
            }
        }
        if let Some(path) = &self.published {
            let saved = Saved::read(path)?;
            differing.extend(saved.compare(&report));
            if saved.public_entropy.is_some() {
                out::note(crate::lang::pick(
                    "注意：所给公布文件是熵确定之后保存的，不能证明各项输入在此之前已固定",
                    "note: that file was saved after the entropy was fixed, so it does not prove what was fixed before",
                ));
            }
        }
        report.faults.extend(differing);
        match self.output {
            VerdictFormat::Json => out::json(&document(&report, self.picks))?,
            VerdictFormat::Text => self.text(&report)?,
        }
        if report.is_ok() { Ok(()) } else { Err(Failure::quiet(Exit::Corrupt)) }
    }

    fn text(&self, report: &Report) -> Result {
        for fault in &report.faults {
            let path = if fault.path.is_empty() { "/" } else { &fault.path };
            out::line(&format!("{path}: {}", fault.problem))?;
        }
        if !report.is_ok() {
            out::note(crate::lang::pick(
                "未通过：抽取结果不能由其输入复算",
                "refused: the result does not follow from the inputs",
            ));
            return Ok(());
        }
        out::line(&format!(
            "ok: {} ({}), {} strata, {} visits, {} teams, {} openings\ncommit {}\ndigest {}",
            report.draw_id,
            report.suite,
            report.strata.len(),
            report.visits,
            report.teams,
            report.openings,
            report.commit,
            report.digest
        ))?;
        for stratum in &report.strata {
            out::line(&format!(
                "stratum {}: {} of {}, frame {}, params {}, threshold {}",
                stratum.stratum,
                stratum.picks.len(),
                stratum.size,
                stratum.frame_root,
                stratum.params_hash,
                stratum.threshold
            ))?;
        }
        if self.picks {
            for stratum in &report.strata {
                for (at, id) in stratum.picks.iter().enumerate() {
                    out::line(&format!("{}\t{}\t{id}", stratum.stratum, at + 1))?;
                }
            }
        }
        if report.pool.is_none() && report.teams > 0 {
            out::note(crate::lang::pick(
                "注意：参数未绑定执法人员库，不能证明人员库在抽取前已固定",
                "note: the parameters bind no pool of inspectors, so it may have been chosen after the draw",
            ));
        }
        if self.published.is_none() {
            out::note(crate::lang::pick(
                "注意：请与熵公布时刻之前保存的公布内容比对（--published）；仅有承诺值不能证明抽查对象库未变",
                "note: hold it against what was published before the entropy moment (--published); the commitment alone does not bind the frame",
            ));
        }
        Ok(())
    }
}

/// A public draw as somebody saved it; what else it holds is not compared.
#[derive(Deserialize)]
struct Saved {
    code: String,
    algorithm: String,
    commit_hash: Option<String>,
    declaration: Option<String>,
    pool_hash: Option<String>,
    public_entropy: Option<String>,
    strata: Vec<SavedStratum>,
}

#[derive(Deserialize)]
struct SavedStratum {
    name: String,
    frame_size: usize,
    frame_root: Option<String>,
    params_hash: Option<String>,
}

impl Saved {
    fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Failure::file(path, &e))?;
        serde_json::from_slice(&bytes).map_err(|e| Failure::usage(format!("--published: {e}")))
    }

    /// Every value that is not the transcript's; one that was not published yet is a difference too.
    fn compare(&self, report: &Report) -> Vec<draw::Fault> {
        let mut wrong = Vec::new();
        let mut same = |path: String, found: Option<&str>, published: Option<&str>| {
            if found != published {
                let text = |t: Option<&str>| t.unwrap_or("nothing").to_owned();
                let problem = format!("is {}, published was {}", text(found), text(published));
                wrong.push(draw::Fault { path, problem });
            }
        };
        same("/public/draw_id".into(), Some(&report.draw_id), Some(&self.code));
        same("/public/suite".into(), Some(&report.suite), Some(&self.algorithm));
        same("/public/commit".into(), Some(&report.commit), self.commit_hash.as_deref());
        same("/public/declaration".into(), Some(&report.declaration), self.declaration.as_deref());
        same("/public/strata/0/params/pool".into(), report.pool.as_deref(), self.pool_hash.as_deref());
        for (at, stratum) in report.strata.iter().enumerate() {
            let path = format!("/public/strata/{at}");
            let saved = self.strata.iter().find(|s| s.name == stratum.stratum);
            let (root, params) = (stratum.frame_root.to_string(), stratum.params_hash.to_string());
            same(format!("{path}/frame_root"), Some(&root), saved.and_then(|s| s.frame_root.as_deref()));
            same(format!("{path}/params_hash"), Some(&params), saved.and_then(|s| s.params_hash.as_deref()));
            let size = saved.map(|s| s.frame_size.to_string());
            same(format!("{path}/frame/length"), Some(&stratum.size.to_string()), size.as_deref());
        }
        for saved in &self.strata {
            if !report.strata.iter().any(|s| s.stratum == saved.name) {
                same("/public/strata".into(), None, Some(&saved.name));
            }
        }
        wrong
    }
}

fn read(path: &Path) -> Result<Report> {
    let report = if path.as_os_str() == "-" {
        draw::verify(std::io::stdin().lock())
    } else {
        // Read at once: the size is known. What is too large is refused before it is read.
        std::fs::metadata(path).and_then(|about| match about.len() {
            ..=draw::verify::MAX_BYTES => std::fs::read(path).map(|bytes| draw::verify_bytes(&bytes)),
            _ => std::fs::File::open(path).and_then(draw::verify),
        })
    };
    report.map_err(|e| Failure::file(path, &e))
}

fn document(report: &Report, with_picks: bool) -> Value {
    let Report { draw_id, suite, digest, commit, declaration, pool, strata, visits, teams, openings, faults } =
        report;
    let strata: Vec<Value> = strata
        .iter()
        .map(|s| {
            let mut stratum = json!({
                "stratum": s.stratum, "size": s.size, "drawn": s.picks.len(),
                "frame_root": s.frame_root, "params_hash": s.params_hash, "threshold": s.threshold,
            });
            if with_picks {
                stratum["picks"] = json!(s.picks);
            }
            stratum
        })
        .collect();
    json!({
        "ok": report.is_ok(), "draw_id": draw_id, "suite": suite, "digest": digest, "commit": commit,
        "declaration": declaration, "pool": pool, "strata": strata, "visits": visits, "teams": teams, "openings": openings, "faults": faults,
    })
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian draw pick --frame ids.txt --params '{\"draw_id\":\"DRAW-2026-0001\",\"n\":6,\"plan_id\":\"PLAN-2026-0001\",\"stratum\":\"ALL\"}' \\\n    \
    --seed-hex 000102…1f --entropy 'ssq:2026130:01,05,09,17,22,30+07'\n  \
    lianjian draw pick … --subject 91610703PDY000060F        was this one drawn?\n\n\
    Exit code 1 with --subject when it was not drawn."
)]
pub struct Pick {
    /// File with one id a line, in any order; - reads standard input
    #[arg(long, value_name = "FILE")]
    frame: PathBuf,
    /// Parameters of the stratum: JSON, or a file with it
    #[arg(long, value_name = "JSON|FILE")]
    params: String,
    /// The seed as it was revealed, 64 hex digits
    #[arg(long, value_name = "HEX")]
    seed_hex: String,
    /// The public entropy text
    #[arg(long, value_name = "TEXT")]
    entropy: String,
    /// v1 (SHA-256) or v1s (SM3)
    #[arg(long, default_value = "v1")]
    suite: String,
    /// How many of those that follow are listed too
    #[arg(long, default_value_t = 0)]
    reserve: usize,
    /// Only tell rank and score of this id
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Form of the list of picks
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

const COLUMNS: [Column; 4] = [("RANK", "/rank"), ("STATE", "/state"), ("ID", "/id"), ("SCORE", "/score")];

impl Pick {
    pub fn run(self) -> Result {
        let suite = Suite::from_label(&self.suite).ok_or_else(|| Failure::usage("--suite: v1 or v1s"))?;
        let seed = Hash::parse(&self.seed_hex);
        let seed = seed.ok_or_else(|| Failure::usage("--seed-hex: 64 hex digits in lower case"))?;
        let params = self.params()?;
        let frame = self.frame()?;
        let wrong = |e: draw::StratumFault| Failure::usage(crate::lang::pick(e.message_zh(), e.to_string()));
        let reserve = if self.subject.is_some() { frame.len() } else { self.reserve };
        let drawn =
            stratum::draw(suite, &seed, &suite.bare(self.entropy.as_bytes()), &params, &frame, reserve);
        let drawn = drawn.map_err(wrong)?;
        let rows =
            drawn.picks.iter().map(|p| (p, "drawn")).chain(drawn.reserve.iter().map(|p| (p, "reserve")));
        let rows = rows.enumerate().map(
            |(at, (pick, state))| json!({"rank": at + 1, "state": state, "id": pick.id, "score": pick.score}),
        );
        if let Some(subject) = &self.subject {
            let row = rows.into_iter().find(|r| r["id"] == **subject);
            let Some(row) = row else { return Err(Failure::new(Exit::Other, "not in the frame")) };
            out::list(self.output, &COLUMNS, std::slice::from_ref(&row))?;
            let is_drawn = row["state"] == "drawn";
            return if is_drawn { Ok(()) } else { Err(Failure::quiet(Exit::Other)) };
        }
        if self.output == Format::Json {
            return out::json(&json!({
                "suite": suite.label(), "commit": stratum::commitment(suite, &seed), "size": frame.len(),
                "frame_root": drawn.frame_root, "params_hash": drawn.params_hash, "k": drawn.k,
                "threshold": drawn.threshold, "picks": rows.collect::<Vec<_>>(),
            }));
        }
        out::list(self.output, &COLUMNS, &rows.collect::<Vec<_>>())?;
        out::note(&format!(
            "commit {}\nframe_root {}\nparams_hash {}\nk {}\nthreshold {}",
            stratum::commitment(suite, &seed),
            drawn.frame_root,
            drawn.params_hash,
            drawn.k,
            drawn.threshold
        ));
        Ok(())
    }

    fn params(&self) -> Result<Json> {
        let text = if self.params.trim_start().starts_with('{') {
            self.params.clone()
        } else {
            let path = Path::new(&self.params);
            std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?
        };
        Json::parse(&text).map_err(|e| Failure::usage(format!("--params: {e}")))
    }

    fn frame(&self) -> Result<draw::Frame> {
        let input: Box<dyn std::io::Read> = if self.frame.as_os_str() == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(std::fs::File::open(&self.frame).map_err(|e| Failure::file(&self.frame, &e))?)
        };
        let (mut builder, mut faults) = (FrameBuilder::new(), Vec::new());
        for (at, line) in BufReader::new(input).lines().enumerate() {
            let line = line.map_err(|e| Failure::file(&self.frame, &e))?;
            let id = line.strip_suffix('\r').unwrap_or(&line);
            if let Err(e) = builder.push(id) {
                faults.push(format!("line {}: {}", at + 1, crate::lang::pick(e.message_zh(), e.to_string())));
            }
        }
        if !faults.is_empty() {
            let more = faults.len().saturating_sub(20);
            faults.truncate(20);
            if more > 0 {
                faults.push(format!("… {more}"));
            }
            return Err(Failure::usage(faults.join("\n")));
        }
        let (frame, report) = builder.finish();
        if report.duplicates > 0 {
            out::note(&format!(
                "{} {}",
                report.duplicates,
                crate::lang::pick("个重复标识，只计一次", "doubled ids, each counted once")
            ));
        }
        for (a, b) in &report.look_alike_pairs {
            out::note(&format!("{a} / {b}: {}", crate::lang::pick("易混淆", "look alike")));
        }
        Ok(frame)
    }
}
