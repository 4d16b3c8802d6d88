//! The life of a draw, from the open frame to the published transcript, with several departments; and its refusals.

use ::draw::entropy::nonce_commitment;
use ::draw::{Hash, Suite as Hashes, verify_bytes};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Caller, Suite, uscc};

/// A draw of a plan kept elsewhere; entropy two minutes from now.
pub fn draw(suite: &Suite) -> Value {
    json!({
        "plan_code": "PLAN-2026-0001",
        "entropy_moment": moment(suite, 120),
        "sources": [{"kind": "public_text", "name": "双色球第2026130期开奖号码"}],
        "strata": [{"name": "A", "sample_size": 2}, {"name": "B", "ratio_per_ten_thousand": 3000}],
        "visit_from": "2027-01-04", "visit_to": "2027-01-29", "reserve": 3,
    })
}

pub fn moment(suite: &Suite, seconds: i64) -> String {
    let now = suite.clock.now().as_second();
    jiff::Timestamp::from_second(now + seconds).unwrap().to_string()
}

/// Who takes part in these tests.
pub struct Drawers {
    pub editor: Caller,
    pub head: Caller,
    pub market: Caller,
}

impl Drawers {
    pub async fn of(suite: &Suite) -> Self {
        Self {
            editor: suite.clerk("nz-rsj", &["lead_editor"]).await,
            head: suite.clerk("nz-rsj", &["lead_head"]).await,
            market: suite.clerk("nz-scjg", &["coop_editor"]).await,
        }
    }

    /// Adds a draw and gives its path.
    pub async fn add(&self, body: &Value) -> String {
        self.editor.post("/v1/draws", body).await.expect(201).header("location").unwrap().to_string()
    }

    pub async fn fill(&self, path: &str, stratum: &str, ids: &[String]) {
        self.editor
            .post(&format!("{path}/frame"), &json!({"stratum": stratum, "ids": ids}))
            .await
            .expect(200);
    }

    pub async fn step(&self, path: &str, verb: &str) -> Value {
        self.editor.post(&format!("{path}/{verb}"), &json!({})).await.expect(200).json()
    }

    /// Brings a filled draw to `drawn`.
    pub async fn run(&self, suite: &Suite, path: &str) -> Value {
        self.step(path, "freeze").await;
        self.step(path, "commit").await;
        suite.clock.advance(Duration::from_secs(121));
        let values = json!({"values": [{"name": "双色球第2026130期开奖号码", "value": "ssq:2026130:01,05,09,17,22,30+07"}]});
        self.editor.post(&format!("{path}/entropy"), &values).await.expect(200);
        self.step(path, "run").await
    }
}

pub fn ids(from: u32, n: u32) -> Vec<String> {
    (from..from + n).map(uscc).collect()
}

testkit::both! {
    async fn a_draw_goes_from_the_open_frame_to_a_transcript_that_is_proved(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let made = drawers.editor.post("/v1/draws", &draw(&suite)).await;
        let view = made.expect(201).json();
        assert_eq!((view["state"].as_str(), view["plan_code"].as_str()), (Some("frame_open"), Some("PLAN-2026-0001")));
        let code = view["code"].as_str().unwrap().to_string();
        let year = suite.clock.today().year();
        assert_eq!(code, format!("DRAW-{year}-0001"));
        let path = made.header("location").unwrap().to_string();
        drawers.fill(&path, "A", &ids(0, 10)).await;
        drawers.fill(&path, "B", &ids(10, 9)).await;
        drawers.fill(&path, "B", &ids(12, 8)).await;
        let excluded = json!({"items": [{"stratum": "A", "subject": uscc(3), "code": "under_investigation"}]});
        drawers.editor.post(&format!("{path}/exclusions"), &excluded).await.expect(200);

        let frozen = drawers.step(&path, "freeze").await;
        assert_eq!((frozen["state"].as_str(), frozen["frame_size"].as_i64()), (Some("frame_frozen"), Some(19)));
        assert_eq!(frozen["strata"][1]["duplicates"], 7);
        assert_eq!((frozen["strata"][1]["frame_size"].as_i64(), frozen["strata"][1]["sample_size"].as_i64()), (Some(10), Some(3)));
        let late = drawers.editor.post(&format!("{path}/frame"), &json!({"stratum": "A", "ids": ["X"]})).await;
        assert_eq!(late.expect(409).json()["code"], "frame_frozen");

        let committed = drawers.step(&path, "commit").await;
        assert_eq!(committed["commit"].as_str().unwrap().len(), 64);
        assert!(committed["seed"].is_null() && committed["declaration"].is_string());
        let events = suite.events("inspections", "cn.lianjian.draw.frame_frozen").await;
        let pool = events.last().unwrap()["data"]["step"]["pool_hash"].as_str().unwrap().to_string();
        assert_eq!(committed["strata"][0]["params"], format!("{{\"draw_id\":\"{code}\",\"n\":2,\"plan_id\":\"PLAN-2026-0001\",\"pool\":\"{pool}\",\"stratum\":\"A\"}}"));
        assert_eq!(drawers.editor.get(&format!("{path}/transcript")).await.expect(409).json()["code"], "not_drawn");
        let value = json!({"values": [{"name": "双色球第2026130期开奖号码", "value": "ssq:2026130:01,05,09,17,22,30+07"}]});
        let early = drawers.editor.post(&format!("{path}/entropy"), &value).await;
        assert_eq!(early.expect(409).json()["code"], "entropy_moment_not_reached");
        suite.clock.advance(Duration::from_secs(121));
        drawers.editor.post(&format!("{path}/entropy"), &value).await.expect(200);
        let drawn = drawers.step(&path, "run").await;
        assert_eq!(drawn["state"], "drawn");
        assert_eq!(Hashes::V1.hash("commit", &[&Hash::parse(drawn["seed"].as_str().unwrap()).unwrap().0]).to_string(), drawn["commit"].as_str().unwrap());
        let again = drawers.editor.post(&format!("{path}/run"), &json!({})).await;
        assert_eq!(again.expect(409).json()["code"], "transition_refused");

        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let states: Vec<_> = picks["items"].as_array().unwrap().iter().map(|p| (p["stratum"].as_str().unwrap(), p["state"].as_str().unwrap())).collect();
        assert_eq!(states.iter().filter(|(s, t)| *s == "A" && *t == "drawn").count(), 2);
        assert_eq!(states.iter().filter(|(s, t)| *s == "B" && *t == "drawn").count(), 3);
        assert_eq!(states.len(), 2 + 3 + 3 + 3);
        assert!(!picks.to_string().contains(&uscc(3)), "the excluded cannot be drawn");

        let transcript = drawers.editor.get(&format!("{path}/transcript")).await;
        let report = verify_bytes(transcript.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        assert_eq!((report.draw_id.as_str(), report.strata.len()), (code.as_str(), 2));
        let early = drawers.head.post(&format!("{path}/publish"), &json!({})).await;
        assert_eq!(early.expect(409).json()["code"], "transition_refused", "no result is published without inspectors");

        let id = view["id"].as_str().unwrap();
        let events = suite.events("inspections", "cn.lianjian.draw.").await;
        let kinds: Vec<_> = events.iter().filter(|e| e["subject"] == id).map(|e| e["type"].as_str().unwrap().trim_start_matches("cn.lianjian.draw.")).collect();
        assert_eq!(kinds, ["created", "frame_changed", "frame_changed", "frame_changed", "frame_changed", "frame_frozen", "committed", "entropy_fixed", "drawn"]);
        let committed = events.iter().find(|e| e["type"] == "cn.lianjian.draw.committed" && e["subject"] == id).unwrap();
        assert_eq!(committed["departments"], json!([]), "what is fixed beforehand is for everybody");
        assert_eq!(suite.audit("inspections", id).await.len(), 9);
        let history = drawers.editor.get(&format!("{path}/history")).await.expect(200).json();
        let verbs: Vec<_> = history["items"].as_array().unwrap().iter().map(|t| t["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["create", "freeze", "commit", "fix_entropy", "run"]);
    }

    async fn departments_commit_and_reveal_nonces_and_a_no_show_is_marked(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let mut body = draw(&suite);
        body["algorithm"] = json!("v1s");
        body["sources"] = json!([{"kind": "nonce", "name": "nz-rsj"}, {"kind": "nonce", "name": "nz-scjg"}]);
        let path = drawers.add(&body).await;
        drawers.fill(&path, "A", &ids(0, 5)).await;
        drawers.fill(&path, "B", &ids(5, 5)).await;
        drawers.step(&path, "freeze").await;
        let none = drawers.editor.post(&format!("{path}/commit"), &json!({})).await.expect(409).json();
        assert_eq!(none["code"], "nonce_commitment_missing");
        let commit = |organ: &str, nonce: u8| json!({"commitment": nonce_commitment(Hashes::V1s, organ, &Hash([nonce; 32])).to_string()});
        drawers.editor.post(&format!("{path}/nonce-commitments"), &commit("nz-rsj", 1)).await.expect(200);
        drawers.market.post(&format!("{path}/nonce-commitments"), &commit("nz-scjg", 2)).await.expect(200);
        let twice = drawers.market.post(&format!("{path}/nonce-commitments"), &commit("nz-scjg", 3)).await;
        assert_eq!(twice.expect(409).json()["code"], "nonce_committed_already");
        drawers.step(&path, "commit").await;
        let wrong = json!({"nonce": Hash([9; 32]).to_string()});
        assert_eq!(drawers.editor.post(&format!("{path}/nonce-reveals"), &wrong).await.expect(422).json()["errors"][0]["code"], "wrong_nonce");
        let right = json!({"nonce": Hash([1; 32]).to_string()});
        drawers.editor.post(&format!("{path}/nonce-reveals"), &right).await.expect(200);
        suite.clock.advance(Duration::from_secs(121));
        let early = drawers.editor.post(&format!("{path}/entropy"), &json!({})).await.expect(409).json();
        assert_eq!(early["code"], "nonces_outstanding", "half an hour after the moment a department may still reveal");
        suite.clock.advance(Duration::from_secs(30 * 60));
        let fixed = drawers.editor.post(&format!("{path}/entropy"), &json!({})).await.expect(200).json();
        assert_eq!((fixed["sources"][0]["no_show"].as_bool(), fixed["sources"][1]["no_show"].as_bool()), (Some(false), Some(true)));
        drawers.step(&path, "run").await;
        let report = verify_bytes(drawers.market.get(&format!("{path}/transcript")).await.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        assert_eq!(report.suite, "v1s");
        let listed = |page: Value| page["items"].as_array().unwrap().iter().any(|d| path.ends_with(d["id"].as_str().unwrap()));
        assert!(listed(drawers.market.get("/v1/draws?state=drawn").await.expect(200).json()), "who gives a nonce sees the draw");
        let stranger = suite.clerk("nz-slj", &["coop_editor"]).await;
        stranger.get(&path).await.expect(404);
        assert!(!listed(stranger.get("/v1/draws").await.expect(200).json()));
    }

    async fn an_entropy_moment_that_has_passed_is_refused(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let mut body = draw(&suite);
        body["entropy_moment"] = json!(moment(&suite, -60));
        body["strata"][0]["ratio_per_ten_thousand"] = json!(5);
        body["sources"][0]["name"] = json!(" ");
        let faults = drawers.editor.post("/v1/draws", &body).await.expect(422).json();
        let at: Vec<_> = faults["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(at, ["/entropy_moment", "/strata/0/sample_size", "/sources/0/name"]);
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 5)).await;
        drawers.fill(&path, "B", &ids(5, 5)).await;
        drawers.step(&path, "freeze").await;
        suite.clock.advance(Duration::from_secs(120));
        let late = drawers.editor.post(&format!("{path}/commit"), &json!({})).await;
        assert_eq!(late.expect(409).json()["code"], "entropy_moment_passed");
    }

    async fn a_void_draw_needs_two_persons_and_the_next_one_is_linked_to_it(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 5)).await;
        drawers.fill(&path, "B", &ids(5, 5)).await;
        drawers.run(&suite, &path).await;
        let early = drawers.head.post(&format!("{path}/void"), &json!({})).await;
        assert_eq!(early.expect(409).json()["code"], "void_not_requested");
        let mut redraw = draw(&suite);
        redraw["redraw_of"] = json!(path.rsplit('/').next().unwrap());
        redraw["redraw_reason"] = json!("抽查对象名录有误");
        assert_eq!(drawers.editor.post("/v1/draws", &redraw).await.expect(409).json()["code"], "draw_not_void");
        let both = suite.clerk("nz-rsj", &["lead_editor", "lead_head"]).await;
        both.post(&format!("{path}/void-request"), &json!({"reason": "抽查对象名录有误"})).await.expect(200);
        assert_eq!(both.post(&format!("{path}/void"), &json!({})).await.expect(403).json()["code"], "same_person");
        let void = drawers.head.post(&format!("{path}/void"), &json!({})).await.expect(200).json();
        assert_eq!((void["state"].as_str(), void["void_reason"].as_str()), (Some("void"), Some("抽查对象名录有误")));
        // What was thrown away after its outcome could be known is not left without a link, nor linked twice or elsewhere.
        let code = |answer: testkit::Answer| answer.expect(409).json()["code"].as_str().unwrap().to_string();
        assert_eq!(code(drawers.editor.post("/v1/draws", &draw(&suite)).await), "redraw_not_linked");
        let mut elsewhere = redraw.clone();
        elsewhere["plan_code"] = json!("PLAN-2026-0002");
        assert_eq!(code(drawers.editor.post("/v1/draws", &elsewhere).await), "redraw_of_other_plan");
        redraw["entropy_moment"] = json!(moment(&suite, 120));
        let second = drawers.editor.post("/v1/draws", &redraw).await.expect(201).json();
        let mut again = redraw.clone();
        again["visit_from"] = json!("2027-03-01");
        again["visit_to"] = json!("2027-03-31");
        assert_eq!(code(drawers.editor.post("/v1/draws", &again).await), "redrawn_already");
        assert_eq!(second["redraw_of"], void["id"]);
        assert_ne!(second["code"], void["code"]);
        drawers.editor.post(&format!("{path}/run"), &json!({})).await.expect(409);
    }

    async fn a_replacement_takes_the_next_score_and_two_persons(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 8)).await;
        drawers.fill(&path, "B", &ids(8, 5)).await;
        drawers.run(&suite, &path).await;
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let of = |rank: usize| picks["items"][rank - 1]["subject"].as_str().unwrap().to_string();
        let body = |rank: usize| json!({"subject": of(rank), "code": "under_investigation"});
        let asked = |rank: usize| json!({"subject": of(rank), "code": "under_investigation", "note": "已立案，暂不检查"});
        let (request, replace) = (format!("{path}/replace-request"), format!("{path}/replace"));
        let alone = drawers.head.post(&replace, &body(1)).await;
        assert_eq!(alone.expect(409).json()["code"], "replacement_not_requested", "nobody drops a drawn subject by one hand");
        let view = drawers.editor.post(&request, &asked(1)).await.expect(200).json();
        assert_eq!((view["state"].as_str(), view["replacement_requests"][0]["subject"].as_str()), (Some("drawn"), Some(of(1).as_str())));
        assert_eq!(drawers.editor.post(&request, &asked(1)).await.expect(409).json()["code"], "replacement_requested_already");
        assert_eq!(drawers.editor.post(&replace, &body(1)).await.expect(403).json()["code"], "same_person");
        let colleague = suite.clerk("nz-rsj", &["lead_editor"]).await;
        assert_eq!(colleague.post(&replace, &body(1)).await.expect(403).json()["code"], "role_missing");
        let other = json!({"subject": of(1), "code": "cap_reached"});
        assert_eq!(drawers.head.post(&replace, &other).await.expect(409).json()["code"], "replacement_not_requested", "what is approved is what was asked");
        let done = drawers.head.post(&replace, &body(1)).await.expect(200).json();
        assert_eq!(done["replacement_requests"], json!([]));
        assert_eq!(drawers.editor.post(&request, &asked(1)).await.expect(422).json()["errors"][0]["code"], "not_drawn");
        // Even the substitute may have to be replaced, by the next one again.
        let replaced = async |rank: usize| {
            drawers.editor.post(&request, &asked(rank)).await.expect(200);
            drawers.head.post(&replace, &body(rank)).await
        };
        replaced(3).await.expect(200);
        let after = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let states: Vec<_> = after["items"].as_array().unwrap().iter().take(5).map(|p| p["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["replaced", "drawn", "replaced", "substitute", "reserve"]);
        let report = verify_bytes(drawers.editor.get(&format!("{path}/transcript")).await.expect(200).bytes());
        assert!(report.is_ok(), "{:?}", report.faults);
        replaced(4).await.expect(200);
        assert_eq!(replaced(5).await.expect(409).json()["code"], "reserve_used_up");
        let history = drawers.editor.get(&format!("{path}/history")).await.expect(200).json();
        let verbs: Vec<_> = history["items"].as_array().unwrap().iter().map(|t| t["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs[5..7], ["request_replacement", "replace"]);
        assert_eq!(history["items"][6]["reason"], "已立案，暂不检查");
    }

    async fn whether_a_drawn_subject_is_deregistered_the_registry_says(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        let mut registered = Vec::new();
        for i in 0..4u32 {
            let subject = json!({"kind": "enterprise", "name": format!("汉中南郑样例{i}有限公司"), "identifier": uscc(i),
                "region_code": "610703102", "departments": ["nz-scjg"]});
            registered.push(organiser.post("/v1/subjects", &subject).await.expect(201).json());
        }
        let mut body = draw(&suite);
        body["strata"] = json!([{"name": "ALL", "sample_size": 2}]);
        let path = drawers.add(&body).await;
        drawers.fill(&path, "ALL", &ids(0, 4)).await;
        drawers.run(&suite, &path).await;
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        let first = picks["items"][0]["subject"].as_str().unwrap().to_string();
        let gone = json!({"subject": first, "code": "deregistered"});
        let live = drawers.editor.post(&format!("{path}/replace"), &gone).await.expect(422).json();
        assert_eq!(live["errors"][0]["code"], "subject_is_live");
        let asked = json!({"subject": first, "code": "deregistered", "note": "据称已注销"});
        let live = drawers.editor.post(&format!("{path}/replace-request"), &asked).await.expect(422).json();
        assert_eq!(live["errors"][0]["code"], "subject_is_live", "nor by two hands");
        let row = registered.iter().find(|s| s["identifier"]["value"] == first || s["identifier"] == first).unwrap();
        let at = format!("/v1/subjects/{}", row["id"].as_str().unwrap());
        let etag = organiser.get(&at).await.etag();
        let change = json!({"status": "deregistered", "reason": "登记机关核准注销"});
        organiser.post_with(&format!("{at}/status"), &[("if-match", &etag)], &change).await.expect(200);
        drawers.editor.post(&format!("{path}/replace"), &gone).await.expect(200);
    }

    async fn a_plan_is_drawn_once_for_the_same_days(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        let code = |answer: testkit::Answer| answer.expect(409).json()["code"].as_str().unwrap().to_string();
        let mut other = draw(&suite);
        other["plan_code"] = json!("plan-2026-0001");
        other["strata"] = json!([{"name": "C", "sample_size": 2}]);
        other["visit_from"] = json!("2027-01-29");
        other["visit_to"] = json!("2027-02-26");
        assert_eq!(code(drawers.editor.post("/v1/draws", &other).await), "draw_exists", "another name of a stratum says nothing");
        other["visit_from"] = json!("2027-01-30");
        let next = drawers.add(&other).await;
        // While an outcome is known and waits, there is no further one to compare it with.
        drawers.fill(&path, "A", &ids(0, 5)).await;
        drawers.fill(&path, "B", &ids(5, 5)).await;
        drawers.run(&suite, &path).await;
        let mut third = draw(&suite);
        third["visit_from"] = json!("2027-03-01");
        third["visit_to"] = json!("2027-03-31");
        assert_eq!(code(drawers.editor.post("/v1/draws", &third).await), "draw_exists");
        third["plan_code"] = json!("PLAN-2026-0003");
        drawers.add(&third).await;
        drawers.editor.get(&next).await.expect(200);
    }

    async fn of_many_who_add_a_draw_of_a_plan_at_once_one_does(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let body = draw(&suite);
        let all = (0..8).map(|_| drawers.editor.post("/v1/draws", &body));
        let statuses: Vec<u16> = futures_util::future::join_all(all).await.iter().map(|a| a.status()).collect();
        assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|s| matches!(s, 201 | 409)), "{statuses:?}");
    }

    async fn of_many_who_draw_at_once_exactly_one_does(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 5)).await;
        drawers.fill(&path, "B", &ids(5, 5)).await;
        drawers.step(&path, "freeze").await;
        drawers.step(&path, "commit").await;
        suite.clock.advance(Duration::from_secs(121));
        let values = json!({"values": [{"name": "双色球第2026130期开奖号码", "value": "x"}]});
        drawers.editor.post(&format!("{path}/entropy"), &values).await.expect(200);
        let (run, none) = (format!("{path}/run"), json!({}));
        let all = (0..20).map(|_| drawers.editor.post(&run, &none));
        let statuses: Vec<u16> = futures_util::future::join_all(all).await.iter().map(|a| a.status()).collect();
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|s| matches!(s, 200 | 409 | 412)), "{statuses:?}");
        let picks = drawers.editor.get(&format!("{path}/picks")).await.expect(200).json();
        assert_eq!(picks["items"].as_array().unwrap().len(), 5 + 5);
    }

    async fn the_seed_is_nowhere_in_clear_before_the_draw(suite: Suite) {
        let drawers = Drawers::of(&suite).await;
        let path = drawers.add(&draw(&suite)).await;
        drawers.fill(&path, "A", &ids(0, 5)).await;
        drawers.fill(&path, "B", &ids(5, 5)).await;
        drawers.step(&path, "freeze").await;
        drawers.step(&path, "commit").await;
        let told = format!("{:?}", suite.events("inspections", "").await);
        let seen = drawers.head.get(&path).await.expect(200).text();
        suite.clock.advance(Duration::from_secs(121));
        let values = json!({"values": [{"name": "双色球第2026130期开奖号码", "value": "x"}]});
        drawers.editor.post(&format!("{path}/entropy"), &values).await.expect(200);
        let seed = drawers.step(&path, "run").await["seed"].as_str().unwrap().to_string();
        assert!(!told.contains(&seed) && !seen.contains(&seed));
    }
}
