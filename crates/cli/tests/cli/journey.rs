//! A suite in a process of its own, used through the command line from the first start to the stop.

use crate::process::{Done, Server, run};
use std::path::Path;

const PASSWORD: &str = "Hanjiang-bridge-77";
const ADMIN: [(&str, &str); 2] = [("LIANJIAN_ADMIN_PASSWORD", PASSWORD), ("LIANJIAN_LOG", "info")];

/// A good row, one whose name is broken over two lines, an old number that nothing can verify.
const LIST: &str = "企业名称,统一社会信用代码/注册号,类型\n\
    汉江测试建材有限公司,91350100M000100Y43,企业\n\
    \"汉江测试\n断行商店\",110108000000016,企业\n\
    汉江测试旧号商店,3301062015292,企业\n";

struct Desk<'a> {
    folder: &'a Path,
    url: &'a str,
}

impl Desk<'_> {
    fn run(&self, arguments: &[&str]) -> Done {
        run(self.folder, arguments, &[("LIANJIAN_URL", self.url)], "")
    }
}

fn login(folder: &Path, url: &str) {
    let variables = [("LIANJIAN_URL", url), ("LIANJIAN_USERNAME", "admin"), ("LIANJIAN_PASSWORD", PASSWORD)];
    run(folder, &["login"], &variables, "").expect(0);
}

#[test]
fn a_list_comes_in_is_found_and_goes_out() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &ADMIN);
    let desk = Desk { folder: dir.path(), url: &server.url };
    desk.run(&["healthcheck"]).expect(0);
    desk.run(&["whoami"]).expect(4);
    login(dir.path(), &server.url);
    assert_eq!(desk.run(&["whoami", "-o", "json"]).expect(0).json()["username"], "admin");

    std::fs::write(dir.path().join("list.csv"), LIST).unwrap();
    let dry = desk.run(&["subjects", "import", "list.csv", "--dry-run", "-o", "json"]).expect(3).json();
    assert_eq!((&dry["result"]["rows"], &dry["result"]["rejected"]), (&3.into(), &1.into()), "{dry}");
    assert!(
        desk.run(&["subjects", "find", "汉江测试建材", "-o", "ndjson"]).expect(0).out.is_empty(),
        "a dry run stores nothing"
    );

    let done = desk
        .run(&["subjects", "import", "list.csv", "--rejects", "bad.ndjson", "-o", "json"])
        .expect(3)
        .json();
    assert_eq!(done["result"]["created"], 2, "{done}");
    let bad = std::fs::read_to_string(dir.path().join("bad.ndjson")).unwrap();
    let rejected: Vec<serde_json::Value> = bad.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        (rejected.len(), &rejected[0]["企业名称"], &rejected[0]["_line"]),
        (1, &"汉江测试\n断行商店".into(), &3.into())
    );
    assert!(!dir.path().join("list.csv.lianjian-journal").exists());

    // The same file again is the same import, not a second one.
    let again = desk.run(&["subjects", "import", "list.csv", "-o", "json"]).expect(3).json();
    assert_eq!(again["operation"], done["operation"]);

    // The rejects file, corrected, comes in.
    std::fs::write(dir.path().join("bad.ndjson"), bad.replace("\\n断行", "断行")).unwrap();
    let corrected = desk.run(&["subjects", "import", "bad.ndjson", "-o", "json"]).expect(0).json();
    assert_eq!(corrected["result"]["created"], 1, "{corrected}");

    let found = desk.run(&["subjects", "find", "汉江测试", "-o", "ndjson"]).expect(0);
    assert!(found.out.contains("91350100M000100Y43") && found.out.contains("断行"), "{}", found.out);
    let by_code = desk.run(&["subjects", "find", "91350100M000100Y43"]).expect(0);
    assert!(by_code.out.contains("汉江测试建材"), "{}", by_code.out);
    desk.run(&["subjects", "export", "-o", "out.csv", "--name", "汉江测试"]).expect(0);
    assert!(std::fs::read_to_string(dir.path().join("out.csv")).unwrap().contains("汉江测试建材有限公司"));

    let feed = desk.run(&["feed", "subjects", "--kind", "cn.lianjian.subject."]).expect(0);
    assert!(feed.out.lines().count() >= 3, "{}", feed.out);
    desk.run(&["items", "export", "--format", "ndjson"]).expect(0);

    // Plans are only checked unless --write says otherwise; what blocks is told with its line, and nothing is written.
    let plan = r#"{"year":2026,"name":"汉江测试计划","subject_desc":"企业","quantity_text":"5%","period_text":"全年","parts":[{"department":"区人社局","item_text":"对用工的检查"},{"department":"税务局","item_text":"对缴税的检查"}]}"#;
    std::fs::write(dir.path().join("plans.ndjson"), plan).unwrap();
    std::fs::write(dir.path().join("bad.plans.ndjson"), plan.replace("区人社局", "没有此局")).unwrap();
    let checked = desk.run(&["plans", "import", "plans.ndjson", "-o", "json"]).expect(0).json();
    assert_eq!((&checked["accepted"], &checked["written"]), (&1.into(), &false.into()), "{checked}");
    let refused =
        desk.run(&["plans", "import", "bad.plans.ndjson", "--write", "-o", "json"]).expect(3).json();
    assert_eq!(refused["faults"][0]["code"], "unknown_department", "{refused}");
    assert!(desk.run(&["plans", "export", "--year", "2026"]).expect(0).out.is_empty());
    desk.run(&["plans", "import", "plans.ndjson", "--write"]).expect(0);
    assert!(desk.run(&["plans", "export", "--year", "2026"]).expect(0).out.contains("汉江测试计划"));

    // Inspectors row by row: the refused one lies in a file that comes in when it is right.
    let head = desk.run(&["inspectors", "export"]).expect(0).out;
    let row = |number: &str, mobile: &str| {
        let blanks = ",".repeat(13);
        format!(
            "SJ-{number},王示例,男,,{mobile}{blanks}27070315{number},2024-01-01至2030-12-31,陕西省司法厅,\n"
        )
    };
    let list = format!("{}\n{}{}", head.trim_end(), row("101", "13800001234"), row("102", "0916-5512149"));
    std::fs::write(dir.path().join("people.csv"), &list).unwrap();
    let arguments = ["inspectors", "import", "people.csv", "--department", "nz-rsj"];
    desk.run(&arguments).expect(3);
    let partial =
        [&arguments[..], &["--write", "--mode", "partial", "--rejects", "bad.csv", "-o", "json"]].concat();
    let report = desk.run(&partial).expect(3).json();
    assert_eq!((&report["accepted"], &report["written"]), (&1.into(), &true.into()), "{report}");
    let bad = std::fs::read_to_string(dir.path().join("bad.csv")).unwrap();
    assert!(bad.contains("not_mobile") && !bad.contains("SJ-101"), "{bad}");
    std::fs::write(dir.path().join("bad.csv"), bad.replace("0916-5512149", "13800001235")).unwrap();
    desk.run(&["inspectors", "import", "bad.csv", "--department", "nz-rsj", "--write"]).expect(0);
    assert_eq!(desk.run(&["inspectors", "export", "--format", "csv"]).expect(0).out.lines().count(), 3);

    // Checklists: all or nothing.
    let list = "检查表名称,检查内容\n用工检查表,是否签订劳动合同\n";
    std::fs::write(dir.path().join("lists.csv"), format!("{list},是否签订劳动合同。\n")).unwrap();
    let arguments = ["checklists", "import", "lists.csv", "--department", "nz-rsj", "--write", "-o", "json"];
    let refused = desk.run(&arguments).expect(3).json();
    assert_eq!(
        (&refused["faults"][0]["code"], &refused["faults"][0]["cell"]),
        (&"doubled_point".into(), &"B3".into())
    );
    assert!(desk.run(&["checklists", "export"]).expect(0).out.is_empty());
    std::fs::write(dir.path().join("lists.csv"), list).unwrap();
    assert_eq!(desk.run(&arguments).expect(0).json()["written"], true);
    desk.run(&["checklists", "export", "-o", "lists.xlsx"]).expect(0);
    desk.run(&["checklists", "import", "lists.xlsx", "--write"]).expect(0);

    // The first administrator is no auditor.
    desk.run(&["audit", "dump", "subjects"]).expect(4);

    desk.run(&["logout"]).expect(0);
    desk.run(&["whoami"]).expect(4);
    let (code, out) = server.stop();
    assert_eq!(code, 0);
    assert!(
        out.contains("/docs/") && !out.contains("一次性密码"),
        "where to look, and not a given password: {out}"
    );
}

#[test]
fn the_first_password_is_shown_once() {
    let dir = tempfile::tempdir().unwrap();
    let (code, first) = Server::start(dir.path(), &[]).stop();
    assert_eq!(code, 0);
    assert!(first.contains("admin") && first.contains("一次性密码"), "{first}");
    let (code, second) = Server::start(dir.path(), &[]).stop();
    assert_eq!(code, 0);
    assert!(second.contains("/docs/") && !second.contains("一次性密码"), "{second}");
}

#[test]
fn a_second_suite_on_the_same_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &ADMIN);
    let done = run(dir.path(), &["serve"], &[("LIANJIAN_GATEWAY_ADDR", "127.0.0.1:0")], "");
    assert!(done.code != 0 && done.err.contains("in use"), "{}", done.err);
    let port = server.url.rsplit(':').next().unwrap();
    let addr = format!("127.0.0.1:{port}");
    let done =
        run(dir.path(), &["serve"], &[("LIANJIAN_GATEWAY_ADDR", &addr), ("LIANJIAN_DATA_DIR", "other")], "")
            .expect(6);
    assert!(done.err.contains("LIANJIAN_GATEWAY_ADDR"), "{}", done.err);
}

#[test]
fn a_journal_lets_an_import_go_on_and_refuses_a_changed_input() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &ADMIN);
    let desk = Desk { folder: dir.path(), url: &server.url };
    login(dir.path(), &server.url);
    std::fs::write(dir.path().join("list.csv"), LIST).unwrap();
    desk.run(&["subjects", "import", "list.csv", "--resume"]).expect(2);
    // Interrupted between upload and end: the journal is all that is left.
    let first = desk.run(&["subjects", "import", "list.csv", "-o", "json"]).expect(3).json();
    let digest = "0".repeat(64);
    let journal = |digest: &str| {
        serde_json::json!({"version": 1, "attempt": 1, "key": "k", "operation": first["operation"], "identity": {
            "digest": digest, "url": server.url,
            "parameters": [["mode", "partial"], ["dry_run", "false"], ["format", "csv"], ["department", ""], ["region", ""]]}})
        .to_string()
    };
    let path = dir.path().join("list.csv.lianjian-journal");
    std::fs::write(&path, journal(&digest)).unwrap();
    let changed = desk.run(&["subjects", "import", "list.csv", "--resume"]).expect(6);
    assert!(changed.err.contains("changed"), "{}", changed.err);
    let digest = sha256(&dir.path().join("list.csv"));
    std::fs::write(&path, journal(&digest)).unwrap();
    let resumed = desk.run(&["subjects", "import", "list.csv", "--resume", "-o", "json"]).expect(3).json();
    assert_eq!(resumed["operation"], first["operation"]);
}

fn sha256(path: &Path) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(std::fs::read(path).unwrap()))
}
