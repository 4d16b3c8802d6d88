//! `check …`: the algorithms of the domain from the shell; no server, no network.
//!
//! Each value gives one row; the exit code is 0 when all pass and 1 otherwise. Values may come from standard input (`-`),
//! so that a citizen id need not stand in the shell's history; it is masked in the answer.

use crate::exit::{Exit, Failure, Result};
use crate::out::{self, Column, Format};
use clap::{Args, Subcommand};
use domain::calendar::Calendar;
use domain::code::citizen_id::CitizenId;
use domain::code::industry::Industry;
use domain::code::org_code::OrgCode;
use domain::code::reg_number::RegNumber;
use domain::code::region::RegionCode;
use domain::code::uscc::Uscc;
use domain::code::{self, CodeFault};
use domain::deadline::{Due, Term, TermUnit, due_from_date};
use domain::identifier::{IdentifierCheck, classify};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::io::BufRead as _;

#[derive(Subcommand)]
#[command(after_help = "Examples (示例):\n  lianjian check uscc 91610703PDY00001X4\n  \
    lianjian check any 110108000000016 D2143569-X\n  lianjian check due 2026-11-23 20 working_day")]
pub enum Check {
    /// Unified social credit codes, GB 32100 (统一社会信用代码)
    #[command(
        after_help = "Examples (示例):\n  lianjian check uscc 91610703PDY00001X4\n  lianjian check uscc - < codes.txt"
    )]
    Uscc(Values),
    /// Register numbers of 15 digits (工商注册号)
    #[command(after_help = "Examples (示例):\n  lianjian check reg 110108000000016")]
    Reg(Values),
    /// Organisation codes, GB 11714 (组织机构代码)
    #[command(after_help = "Examples (示例):\n  lianjian check org D2143569-X")]
    Org(Values),
    /// Citizen ids, GB 11643; better from standard input (公民身份号码)
    #[command(after_help = "Examples (示例):\n  lianjian check id - < ids.txt")]
    Id(Values),
    /// Region codes (行政区划代码)
    #[command(after_help = "Examples (示例):\n  lianjian check region 610703 610721")]
    Region(Values),
    /// Trades of GB/T 4754, code or name (国民经济行业)
    #[command(after_help = "Examples (示例):\n  lianjian check industry C13 餐饮业")]
    Industry(Values),
    /// Whatever the value is: tells the kind and checks it (自动识别)
    #[command(after_help = "Examples (示例):\n  lianjian check any 91610703PDY00001X4 3301062015292")]
    Any(Values),
    /// Days: working day or not (工作日)
    #[command(after_help = "Examples (示例):\n  lianjian check date 2026-10-01 2026-10-10")]
    Date(Values),
    /// When a term ends, with the steps of the computation (期限)
    #[command(
        after_help = "Examples (示例):\n  lianjian check due 2026-11-23 20 working_day\n  lianjian check due 2026-01-31 1 month -o json"
    )]
    Due(DueArguments),
}

#[derive(Args)]
pub struct Values {
    /// What to check; - reads lines from standard input
    #[arg(required = true)]
    values: Vec<String>,
    /// Form of the output
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

#[derive(Args)]
pub struct DueArguments {
    /// Day of the event, which is not counted
    start: Date,
    /// How many
    n: u32,
    /// working_day, calendar_day, hour or month (工作日、日、小时、月)
    unit: String,
    /// Form of the output
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

const COLUMNS: [Column; 5] = [
    ("VALUE", "/value"),
    ("CHECK", "/check"),
    ("KIND", "/kind"),
    ("ABOUT", "/about"),
    ("REMARKS", "/remarks"),
];

impl Check {
    pub fn run(self) -> Result {
        match self {
            Check::Uscc(v) => v.each(uscc),
            Check::Reg(v) => v.each(reg),
            Check::Org(v) => v.each(org),
            Check::Id(v) => v.each(id),
            Check::Region(v) => v.each(region),
            Check::Industry(v) => v.each(industry),
            Check::Any(v) => v.each(any),
            Check::Date(v) => v.each(date),
            Check::Due(d) => d.run(),
        }
    }
}

impl Values {
    fn each(self, check: impl Fn(&str) -> Value) -> Result {
        let mut rows = Vec::new();
        for value in &self.values {
            if value == "-" {
                for line in std::io::stdin().lock().lines() {
                    let line = line.map_err(|e| Failure::usage(format!("standard input: {e}")))?;
                    if !line.trim().is_empty() {
                        rows.push(check(&line));
                    }
                }
            } else {
                rows.push(check(value));
            }
        }
        out::list(self.output, &COLUMNS, &rows)?;
        if rows.iter().all(|r| r["check"] == "pass" || r["check"] == "working_day") {
            Ok(())
        } else {
            Err(Failure::quiet(Exit::Other))
        }
    }
}

fn text(fault: &CodeFault) -> String {
    crate::lang::pick(fault.message_zh(), fault.message_en())
}

fn row(kind: &str, value: &str, checked: std::result::Result<(String, Vec<CodeFault>), CodeFault>) -> Value {
    match checked {
        Ok((about, warnings)) => {
            let remarks: Vec<String> = warnings.iter().map(text).collect();
            json!({"value": value, "check": "pass", "kind": kind, "about": about, "remarks": remarks})
        }
        Err(fault) => {
            json!({"value": value, "check": "fail", "kind": kind, "about": "", "code": fault.code(), "remarks": [text(&fault)]})
        }
    }
}

/// Name and code of a region, with its successor where it was withdrawn.
fn region_text(six: &str) -> String {
    match RegionCode::parse(six) {
        Ok(region) => {
            let current = region.current();
            let name = current.name().unwrap_or_default();
            if current == region {
                format!("{six} {name}")
            } else {
                format!("{six} → {} {name}", current.as_str())
            }
        }
        Err(_) => six.to_string(),
    }
}

fn uscc(raw: &str) -> Value {
    let checked = Uscc::parse(raw).map(|c| {
        let about = format!("{} · {} · {}", c.authority_label(), c.class_label(), region_text(c.region()));
        (about, c.warnings())
    });
    row("uscc", &code::normalise(raw), checked)
}

fn reg(raw: &str) -> Value {
    let checked = RegNumber::parse(raw).and_then(|c| {
        if c.is_verified() {
            Ok((region_text(c.region()), Vec::new()))
        } else {
            Err(CodeFault::NoCheckCharacter)
        }
    });
    row("reg_number", &code::normalise(raw), checked)
}

fn org(raw: &str) -> Value {
    row("org_code", &code::normalise(raw), OrgCode::parse(raw).map(|c| (c.printed(), Vec::new())))
}

fn id(raw: &str) -> Value {
    let parsed = CitizenId::parse(raw);
    let masked = domain::mask::citizen_id(&code::normalise(raw));
    let checked = parsed.map(|c| {
        let from = if c.is_from_fifteen() { "15 → 18 · " } else { "" };
        (format!("{from}{} · {}", region_text(c.region()), c.sex().label_zh()), Vec::new())
    });
    row("citizen_id", &masked, checked)
}

fn region(raw: &str) -> Value {
    let checked = RegionCode::parse(raw).map(|c| {
        let about = format!("{} · {}", c.tier().label_zh(), region_text(c.as_str()));
        match c.withdrawn_reason() {
            Some(reason) => (format!("{about} · {reason}"), Vec::new()),
            None => (about, Vec::new()),
        }
    });
    row("region", &code::normalise(raw), checked)
}

fn industry(raw: &str) -> Value {
    let checked = Industry::parse(raw).map(|c| {
        let division = c.division().map_or("", |d| d.name);
        let section = c.section().map_or("", |s| s.name);
        (format!("{} · {section} · {division}", c.as_str()), Vec::new())
    });
    row("industry", raw, checked)
}

fn any(raw: &str) -> Value {
    let found = classify(raw);
    let value =
        if found.is_personal() { domain::mask::citizen_id(&found.value) } else { found.value.clone() };
    let about = found.region.as_ref().map(|r| region_text(&r.code)).unwrap_or_default();
    let remarks: Vec<String> = found.warnings.iter().map(text).collect();
    let check = found.check.as_str();
    debug_assert!(found.check != IdentifierCheck::Fail || !remarks.is_empty());
    json!({"value": value, "check": check, "kind": found.kind.as_str(), "about": about, "remarks": remarks})
}

fn date(raw: &str) -> Value {
    let calendar = Calendar::china_2023_2026();
    let unknown =
        |why: String| json!({"value": raw, "check": "fail", "kind": "date", "about": "", "remarks": [why]});
    let day: Date = match raw.trim().parse() {
        Ok(day) => day,
        Err(_) => return unknown("YYYY-MM-DD".to_string()),
    };
    match calendar.is_working_day(day) {
        Ok(is_working) => {
            let check = if is_working { "working_day" } else { "rest_day" };
            json!({"value": raw.trim(), "check": check, "kind": "date", "about": short(calendar.version()), "remarks": []})
        }
        Err(missing) => unknown(crate::lang::pick(missing.message_zh(), missing.to_string())),
    }
}

/// The beginning of a calendar's version, enough to compare by eye.
fn short(version: &str) -> String {
    version.chars().take(12).collect()
}

impl DueArguments {
    fn run(self) -> Result {
        let unit: TermUnit = self.unit.parse().map_err(|_| {
            let words: Vec<&str> = TermUnit::ALL.iter().map(|u| u.as_str()).collect();
            Failure::usage(format!("{:?}: the unit is one of {}", self.unit, words.join(", ")))
        })?;
        let term = Term { n: self.n, unit };
        let due = due_from_date(self.start, &term, &Calendar::china_2023_2026(), &[])
            .map_err(|e| Failure::new(Exit::Other, crate::lang::pick(e.message_zh(), e.to_string())))?;
        match self.output {
            Format::Json | Format::Ndjson => out::json(&serde_json::to_value(&due).unwrap_or_default()),
            other => {
                let rows: Vec<Value> = steps(&due);
                out::list(
                    other,
                    &[("STEP", "/kind"), ("DAY", "/date"), ("N", "/amount"), ("步骤", "/label")],
                    &rows,
                )
            }
        }
    }
}

/// The steps of a computation, the result last.
fn steps(due: &Due) -> Vec<Value> {
    let mut rows: Vec<Value> = due
        .trail
        .iter()
        .map(|s| json!({"kind": s.kind.as_str(), "date": s.date.to_string(), "amount": s.amount, "label": s.kind.label_zh()}))
        .collect();
    rows.push(json!({"kind": "due", "date": due.date.to_string(), "label": "到期日", "amount": null}));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked_as_the_registry_does() {
        assert_eq!(uscc("91610703PDY00001X4")["check"], "pass");
        assert_eq!(uscc("91610703PDY00001X5")["code"], "wrong_check");
        assert_eq!(reg("110108000000016")["check"], "pass");
        assert_eq!(org("D2143569-X")["check"], "pass");
        assert_eq!(any("3301062015292")["check"], "legacy_unverified");
        assert_eq!(region("610703")["check"], "pass");
        assert_eq!(industry("ZZ")["check"], "fail");
    }

    #[test]
    fn a_citizen_id_is_masked_in_every_answer() {
        for answer in [id("11010519491231002X"), any("11010519491231002X"), id("110105194912310020")] {
            assert!(!answer.to_string().contains("19491231"), "{answer}");
        }
    }

    #[test]
    fn days_and_deadlines_follow_the_calendar_and_never_guess() {
        assert_eq!(date("2026-10-01")["check"], "rest_day");
        assert_eq!(date("2026-11-23")["check"], "working_day");
        assert_eq!(date("2031-01-05")["check"], "fail");
        let term = Term { n: 20, unit: TermUnit::WorkingDay };
        let due =
            due_from_date(Date::constant(2026, 11, 23), &term, &Calendar::china_2023_2026(), &[]).unwrap();
        assert_eq!(steps(&due).last().unwrap()["date"], "2026-12-21");
    }
}
