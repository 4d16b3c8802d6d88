//! A joint inspection, from the plan to the public result, as two departments take it.
//!
//! 区人社局 leads and 区市场监管局 cooperates. An unlawful plan is blocked with its article; the corrected one is approved. The
//! subjects are drawn so that anybody can recompute it, here by two verifiers that share no code. A second department had
//! planned a visit of its own to a drawn subject: the two become one. A problem is found, ordered to be put right and
//! rechecked; the results are public in time; the ledger of the subject shows one visit where two were planned.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Caller, Suite, both, uscc};

const SECOND: Duration = Duration::from_secs(1);
const LOTTERY: &str = "双色球第2026135期开奖号码";

/// The people of one department.
struct Department {
    code: &'static str,
    editor: Caller,
    head: Caller,
    leader: Caller,
    publisher: Caller,
}

impl Department {
    async fn of(suite: &Suite, code: &'static str) -> Self {
        Self {
            code,
            editor: suite.clerk(code, &["lead_editor", "coop_editor"]).await,
            head: suite.clerk(code, &["lead_head"]).await,
            leader: suite.clerk(code, &["team_leader", "inspector"]).await,
            publisher: suite.clerk(code, &["publisher"]).await,
        }
    }

    /// Registers inspectors with certificates that are valid for years.
    async fn register_inspectors(&self, n: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for i in 1..=n {
            let body = json!({"name": format!("王{i}"), "staff_no": format!("{}-{i}", self.code), "certificate": {
                "number": format!("{}-{i:04}", self.code), "issuer": "陕西省司法厅",
                "valid_from": "2024-01-01", "valid_to": "2035-12-31"}});
            let made = self.editor.post("/v1/inspectors", &body).await.expect(201).json();
            assert_eq!(made["state"], "qualified");
            ids.push(text(&made["id"]));
        }
        ids
    }

    /// The task of this department in a visit.
    fn task(&self, visit: &Value) -> String {
        let tasks = visit["tasks"].as_array().expect("tasks");
        let mine = tasks.iter().find(|t| t["organ_code"] == self.code).expect("a task of the department");
        format!("/v1/visit-tasks/{}", text(&mine["id"]))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_string()
}

fn day(suite: &Suite, n: i64) -> Date {
    suite.clock.today().checked_add(n.days()).expect("a day")
}

async fn done(who: &Caller, path: &str, body: Value) -> Value {
    who.post(path, &body).await.expect(200).json()
}

/// The item that both departments check, published.
async fn publish_item(
    labour: &Department,
    market: &Department,
    legal: &Caller,
    organiser: &Caller,
) -> String {
    let item = json!({
        "field": "劳动用工监管", "lead_item": "对用人单位依法签订劳动合同情况的监督检查",
        "lead_basis": "《中华人民共和国劳动法》第八十五条", "subject_desc": "企业",
        "organising_levels": ["county"], "supervision_levels": ["county"], "inspection_methods": ["double_random"],
        "cooperating": [{"department": market.code, "item": "对市场主体登记注册事项的监督检查",
            "basis": "《中华人民共和国公司法》第二百五十条"}],
    });
    let made = labour.editor.post("/v1/supervision-items", &item).await;
    let path = made.expect(201).header("location").expect("a location").to_string();
    done(&labour.editor, &format!("{path}/submit"), json!({})).await;
    done(&market.editor, &format!("{path}/confirm"), json!({})).await;
    done(legal, &format!("{path}/legal-pass"), json!({})).await;
    done(organiser, &format!("{path}/accept"), json!({})).await;
    done(organiser, &format!("{path}/publish"), json!({})).await;
    text(&made.json()["id"])
}

/// Writes a transcript to a file and asks both verifiers, neither of which needs the server.
fn verified_twice(suite: &Suite, transcript: &[u8]) -> draw::Report {
    let report = draw::verify_bytes(transcript);
    assert!(report.is_ok(), "{:?}", report.faults);
    let file = suite.data_dir().join("transcript.json");
    std::fs::write(&file, transcript).expect("a file");
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("python/draw_verify.py");
    let second =
        std::process::Command::new("python3").arg("-B").arg(script).arg(&file).output().expect("python3");
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stdout));
    report
}

both! {
    async fn two_departments_plan_draw_visit_once_correct_and_publish(suite: Suite) {
        // --- Who takes part, and what they are about.
        let labour = Department::of(&suite, "nz-rsj").await;
        let market = Department::of(&suite, "nz-scjg").await;
        let legal = suite.clerk("nz-sfj", &["legal"]).await;
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let year = suite.clock.today().year();
        let notice = json!({"source": "测试用放假安排", "days": [{"date": format!("{}-01-01", year + 1), "kind": "off"}]});
        organiser.post(&format!("/v1/calendar-years/{}", year + 1), &notice).await;
        let item = publish_item(&labour, &market, &legal, &organiser).await;
        labour.register_inspectors(3).await;
        let market_team = market.register_inspectors(2).await;
        let mut frame = Vec::new();
        for n in 0..8 {
            let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{n}有限公司"), "identifier": uscc(500 + n),
                "region_code": "610703102", "departments": [labour.code, market.code]});
            let made = labour.editor.post("/v1/subjects", &subject).await.expect(201).json();
            frame.push((uscc(500 + n), text(&made["id"])));
        }

        // --- 1. A plan that sets a quota of fines, inspects four times a year and calls it a campaign is not lawful.
        let plan = json!({
            "year": year, "name": "用人单位劳动用工联合检查", "kind": "campaign", "category": "key", "method": "double_random",
            "subject_desc": "辖区内企业", "subject_filter": {"kinds": ["enterprise"]},
            "quantity_text": "25%，每季度1次", "period": {"from": day(&suite, 0), "to": format!("{year}-12-31")}, "note": "年底前完成罚没任务",
            "lead": {"item_id": item}, "cooperating": [{"department": market.code, "item_id": item}],
        });
        let made = labour.editor.post("/v1/plans", &plan).await;
        let plan_path = made.expect(201).header("location").expect("a location").to_string();
        let plan_id = text(&made.json()["id"]);
        let refused = labour.editor.post(&format!("{plan_path}/pass-lint"), &json!({"reason": "送审"})).await;
        let refused = refused.expect(409).json();
        assert_eq!(refused["code"], "rules_block");
        let rules: Vec<String> = refused["errors"].as_array().expect("rules").iter().map(|e| text(&e["code"])).collect();
        assert_eq!(rules, ["ENF-13", "ENF-17", "FRQ-01"]);
        let lint = labour.editor.get(&format!("{plan_path}/lint")).await.expect(200).json();
        let verdicts = lint["report"]["verdicts"].as_array().expect("verdicts");
        let quota = verdicts.iter().find(|v| v["rule_id"] == "ENF-13").expect("a verdict");
        assert_eq!((quota["sources"][0]["doc"].as_str(), quota["sources"][0]["article"].as_str()), (Some("国办发〔2024〕54号"), Some("五个严禁")));

        // --- 2. Corrected, it passes, is signed, approved, filed and published.
        let etag = labour.editor.get(&plan_path).await.etag();
        let better = json!({"kind": "routine", "quantity_text": "25%，每年1次", "note": null});
        labour.editor.patch(&plan_path, &etag, &better).await.expect(200);
        labour.editor.post(&format!("{plan_path}/lint-certificates"), &json!({})).await.expect(201);
        done(&labour.editor, &format!("{plan_path}/pass-lint"), json!({"reason": "送审"})).await;
        done(&market.editor, &format!("{plan_path}/sign"), json!({})).await;
        let submitted = done(&labour.editor, &format!("{plan_path}/submit"), json!({})).await;
        assert!(submitted["is_late"].is_boolean(), "lateness is computed, never typed");
        done(&organiser, &format!("{plan_path}/merge"), json!({"reason": "统筹"})).await;
        done(&labour.head, &format!("{plan_path}/approve"), json!({"reason": "同意"})).await;
        done(&legal, &format!("{plan_path}/file"), json!({"filing_no": "南司备〔2026〕8号"})).await;
        let published = done(&organiser, &format!("{plan_path}/publish"), json!({"reason": "公布"})).await;
        assert_eq!(published["state"], "published");
        done(&labour.editor, &format!("{plan_path}/start"), json!({})).await;

        // --- 3. The draw: frame frozen, commitment before the entropy, then drawn, inspectors assigned, published.
        let moment = suite.clock.now().checked_add(1.hour()).expect("an hour");
        let body = json!({
            "plan_id": plan_id, "entropy_moment": moment.to_string(), "sources": [{"kind": "public_text", "name": LOTTERY}],
            "strata": [{"name": "ALL", "sample_size": 2}], "organs": [{"department": labour.code}],
            "visit_from": day(&suite, 3), "visit_to": day(&suite, 20), "reserve": 2,
        });
        let draw_path = labour.editor.post("/v1/draws", &body).await.expect(201).header("location").expect("a location").to_string();
        let ids: Vec<&String> = frame.iter().map(|(code, _)| code).collect();
        done(&labour.editor, &format!("{draw_path}/frame"), json!({"stratum": "ALL", "ids": ids})).await;
        let frozen = done(&labour.editor, &format!("{draw_path}/freeze"), json!({})).await;
        assert_eq!((frozen["state"].as_str(), frozen["frame_size"].as_i64()), (Some("frame_frozen"), Some(8)));
        let committed = done(&labour.editor, &format!("{draw_path}/commit"), json!({})).await;
        assert!(committed["commit"].is_string() && committed["seed"].is_null(), "the commitment is out, the seed is not");
        let value = json!({"values": [{"name": LOTTERY, "value": "ssq:2026135:03,08,12,19,25,31+02"}]});
        let early = labour.editor.post(&format!("{draw_path}/entropy"), &value).await;
        assert_eq!(early.expect(409).json()["code"], "entropy_moment_not_reached");
        suite.clock.advance(SECOND * 3601);
        done(&labour.editor, &format!("{draw_path}/entropy"), value).await;
        done(&labour.editor, &format!("{draw_path}/run"), json!({})).await;
        done(&labour.editor, &format!("{draw_path}/assign"), json!({})).await;
        done(&labour.head, &format!("{draw_path}/publish"), json!({})).await;

        // --- 4. Anybody recomputes it, without the server and without an account.
        let draw_id = draw_path.rsplit('/').next().expect("an id");
        let transcript = suite.anonymous().get(&format!("/v1/public/draws/{draw_id}/transcript")).await;
        let report = verified_twice(&suite, transcript.expect(200).bytes());
        assert_eq!((report.visits, report.teams), (2, 2));
        let mut forged = transcript.bytes().to_vec();
        let middle = forged.len() / 2;
        forged[middle] ^= 1;
        assert!(!draw::verify_bytes(&forged).is_ok(), "one bit is enough to be found out");

        // --- 5. The market department had planned a visit of its own to a drawn subject: the two become one.
        let picks = labour.editor.get(&format!("{draw_path}/picks")).await.expect(200).json();
        let pick = picks["items"].as_array().expect("picks").iter().find(|p| p["state"] == "drawn").expect("a drawn subject").clone();
        let drawn_visit = text(&pick["visit_id"]);
        let drawn = labour.editor.get(&format!("/v1/visits/{drawn_visit}")).await.expect(200).json();
        let subject = text(&drawn["subject_id"]);
        let by_hand = |plan: &str| json!({"plan_id": plan, "kind": "routine", "method": "site_verification", "on_site": true,
            "subject_id": subject, "planned_from": day(&suite, 5), "planned_to": day(&suite, 10),
            "tasks": [{"organ_code": labour.code, "item_id": item, "members": []}]});
        let picked = labour.editor.post("/v1/visits", &by_hand(&plan_id)).await.expect(422).json();
        assert_eq!(picked["errors"][0]["code"], "plan_is_drawn", "whom a plan draws nobody names");
        let own = json!({
            "kind": "routine", "method": "site_verification", "on_site": true, "subject_id": subject,
            "planned_from": day(&suite, 5), "planned_to": day(&suite, 10),
            "tasks": [{"organ_code": market.code, "item_id": item, "members": [
                {"person_id": market_team[0], "role": "leader"}, {"person_id": market_team[1], "role": "member"}]}],
        });
        market.editor.post("/v1/visits", &own).await.expect(201);
        for (who, points) in [(&labour, json!([{"content": "是否依法签订劳动合同"}, {"content": "是否悬挂营业执照"}])),
            (&market, json!([{"content": "是否悬挂营业执照"}, {"content": "登记事项与实际是否一致"}]))] {
            let template = json!({"title": "检查表", "item_id": item, "points": points});
            who.editor.post("/v1/checklist-templates", &template).await.expect(201);
        }
        let found = done(&labour.editor, "/v1/visit-combinations", json!({"subject_id": subject})).await;
        assert_eq!(found["visits_saved"], 1, "{found}");
        let combination = format!("/v1/visit-combinations/{}", text(&found["items"][0]["id"]));
        let etag = market.editor.get(&combination).await.etag();
        let together = json!({"scheduled_on": day(&suite, 6), "reason": "两部门同日入企"});
        let merged = market.editor.post_with(&format!("{combination}/merge"), &[("if-match", &etag)], &together).await;
        let visit_path = format!("/v1/visits/{}", text(&merged.expect(200).json()["into_visit_id"]));
        let visit = labour.editor.get(&visit_path).await.expect(200).json();
        assert_eq!(visit["is_combined"], true);

        // --- 6. Approved by each head, announced, and shown by a code that the subject checks without an account.
        for who in [&labour, &market] {
            let task = who.task(&visit);
            done(&who.editor, &format!("{task}/claim"), json!({})).await;
            done(&who.editor, &format!("{task}/prepare"), json!({"notice_no": format!("{}检〔2026〕1号", who.code)})).await;
            done(&who.head, &format!("{task}/approve"), json!({"reason": "同意检查"})).await;
            done(&who.editor, &format!("{task}/notify"), json!({})).await;
        }
        suite.clock.advance(SECOND * (6 * 24 * 3600));
        let issued = labour.editor.post(&format!("{visit_path}/codes"), &json!({})).await.expect(201).json();
        let code = text(&issued["code"]);
        let shown = suite.anonymous().get(&format!("/v1/public/visit-codes/{code}")).await.expect(200).json();
        assert!(shown.to_string().contains("王*") && !shown.to_string().contains("王1"), "who comes, masked: {shown}");
        suite.anonymous().get(&format!("/v1/public/visit-codes/{code}x")).await.expect(404);

        // --- 7. On the spot: checked in, one merged checklist without doubled points, a record, a result for each organ.
        let checklist = match labour.editor.get(&format!("{visit_path}/checklist")).await {
            there if there.status() == 200 => there.json(),
            _ => labour.editor.post(&format!("{visit_path}/checklist"), &json!({})).await.expect(201).json(),
        };
        let points = checklist["points"].as_array().expect("points");
        assert_eq!(points.len(), 3, "a point that both departments ask for is asked once: {checklist}");
        let now = suite.clock.now().to_string();
        for who in [&labour, &market] {
            let task = who.task(&visit);
            let arrival = json!({"place": "厂区门口", "code": code, "certificates_shown_at": now});
            done(&who.leader, &format!("{task}/check-in"), arrival).await;
            done(&who.leader, &format!("{task}/start"), json!({})).await;
            let answers: Vec<Value> = points.iter().filter(|p| p["organ_codes"].as_array().is_some_and(|o| o.contains(&json!(who.code)))).map(|p| {
                let failed = p["content"] == "是否依法签订劳动合同";
                let mut answer = json!({"position": p["position"], "answer": if failed { "fail" } else { "pass" }});
                if failed {
                    answer["note"] = json!("三名职工未签订书面劳动合同");
                }
                answer
            }).collect();
            done(&who.leader, &format!("{task}/checklist-answers"), json!({"answers": answers})).await;
            let record = json!({"content": "查阅劳动合同台账，核对登记事项。", "findings": "见检查表", "signature": "signed", "told_subject_at": now});
            done(&who.leader, &format!("{task}/record"), record).await;
        }
        let recheck_on = day(&suite, 16);
        let problem = json!({
            "scheme": "general", "codes": ["E"], "summary": "三名职工未签订书面劳动合同，已责令改正",
            "corrections": [{"order_no": "南人社责改〔2026〕1号", "problem": "三名职工未签订书面劳动合同",
                "term": {"n": 15, "unit": "calendar_day"}, "recheck_on": recheck_on}],
        });
        let clean = json!({"scheme": "general", "codes": ["1"], "summary": "未发现问题"});
        let mut results = Vec::new();
        for (who, body) in [(&labour, problem), (&market, clean)] {
            let task = who.task(&visit);
            let made = who.leader.post(&format!("{task}/result"), &body).await.expect(201).json();
            let result = format!("/v1/results/{}", text(&made["id"]));
            done(&who.head, &format!("{result}/audit"), json!({"decision": "pass", "note": "事实清楚"})).await;
            let last = done(&who.head, &format!("{result}/finalise"), json!({})).await;
            assert!(last["publicity_due_date"].is_string());
            done(&who.leader, &format!("{task}/close"), json!({})).await;
            let fed_back = done(&who.editor, &format!("{task}/feed-back"), json!({"feedback": "检查结果已录入"})).await;
            assert_eq!(fed_back["national_state"], "fed_back");
            results.push((who, result));
        }
        assert_eq!(labour.editor.get(&visit_path).await.expect(200).json()["state"], "closed");

        // --- 8. The results are public within twenty working days, after a review for secrets.
        for (who, result) in &results {
            let of = result.rsplit('/').next().expect("an id");
            let page = who.editor.get("/v1/publicity-records").await.expect(200).json();
            let record = page["items"].as_array().expect("records").iter().find(|r| r["source_id"] == of).expect("a record").clone();
            let record = format!("/v1/publicity-records/{}", text(&record["id"]));
            let opinion = json!({"opinion": "may_publish", "reason": "不涉及国家秘密、商业秘密和个人隐私"});
            done(&who.leader, &format!("{record}/review"), opinion).await;
            done(&who.head, &format!("{record}/approve"), json!({})).await;
            let out = done(&who.publisher, &format!("{record}/publish"), json!({})).await;
            assert_eq!(out["state"], "published");
        }
        let open = suite.anonymous().get("/v1/public/results").await.expect(200).json();
        assert_eq!(open["items"].as_array().expect("results").len(), 2);

        // --- 9. The subject reports that it is put right; the recheck agrees.
        let corrections = labour.editor.get("/v1/corrections").await.expect(200).json();
        let correction = format!("/v1/corrections/{}", text(&corrections["items"][0]["id"]));
        suite.clock.advance(SECOND * (16 * 24 * 3600));
        done(&labour.editor, &format!("{correction}/report"), json!({"report": "已补签劳动合同三份"})).await;
        let recheck = json!({"is_put_right": true, "note": "已补签，抽查合格"});
        let end = done(&labour.leader, &format!("{correction}/recheck"), recheck).await;
        assert_eq!(end["state"], "corrected");

        // --- 10. The ledger of the subject: two were planned, one came.
        let ledger = labour.editor.get(&format!("/v1/burden-ledgers/{subject}?year={year}")).await.expect(200).json();
        assert_eq!((ledger["visits"].as_i64(), ledger["saved_by_combining"].as_i64()), (Some(1), Some(1)), "{ledger}");
    }
}
