//! What needs no server: arguments, settings, checks, verification, each with its exit code.

use crate::process::run;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn an_unknown_key_is_refused_with_file_and_line_and_code_2() {
    let dir = folder();
    std::fs::write(dir.path().join("lianjian.toml"), "log = \"info\"\n\n[catalog]\nadress = \"x\"\n")
        .unwrap();
    for arguments in [&["serve", "--check-config"][..], &["serve"], &["migrate"], &["print-config"]] {
        let done = run(dir.path(), arguments, &[], "").expect(2);
        assert!(done.err.contains("lianjian.toml:4: ") && done.err.contains("adress"), "{}", done.err);
        assert_eq!(done.out, "");
    }
    assert!(!dir.path().join("data").exists(), "nothing may be made before the settings are checked");
}

#[test]
fn an_unknown_variable_or_target_is_refused_by_name() {
    let dir = folder();
    let done = run(dir.path(), &["serve", "--check-config"], &[("LIANJIAN_WORKRS", "1")], "").expect(2);
    assert!(done.err.contains("LIANJIAN_WORKRS"));
    let done =
        run(dir.path(), &["serve", "--check-config", "--target", "catalog,credits"], &[], "").expect(2);
    assert!(done.err.contains("credits") && done.err.contains("catalog"), "{}", done.err);
    let done =
        run(dir.path(), &["serve", "--check-config"], &[("LIANJIAN_ADMIN_PASSWORD", "123456")], "").expect(2);
    assert!(done.err.contains("admin_password") && !done.err.contains("123456"), "{}", done.err);
}

#[test]
fn good_settings_are_ok_and_make_nothing() {
    let dir = folder();
    let done = run(dir.path(), &["serve", "--check-config"], &[("LIANJIAN_LOG", "debug")], "").expect(0);
    assert_eq!(done.out, "ok\n");
    assert!(!dir.path().join("data").exists());
}

#[test]
fn wrong_arguments_end_with_2_and_name_the_near_one() {
    let dir = folder();
    let done = run(dir.path(), &["subjcts"], &[], "").expect(2);
    assert!(done.err.contains("subjects"), "{}", done.err);
    run(dir.path(), &["subjects", "import"], &[], "").expect(2);
    run(dir.path(), &["check", "due", "2026-11-23", "20", "weeks"], &[], "").expect(2);
}

#[test]
fn topics_of_the_manual_are_there() {
    let dir = folder();
    for (topic, word) in [("exit-codes", "130  interrupted"), ("config", "LIANJIAN_GATEWAY_ADDR")] {
        let done = run(dir.path(), &["help", topic], &[], "").expect(0);
        assert!(done.out.contains(word), "{}", done.out);
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(dir.path(), &["completion", shell], &[], "").expect(0).out.contains("lianjian"));
    }
}

#[test]
fn without_a_suite_or_a_login_the_codes_are_5_and_4() {
    let dir = folder();
    run(dir.path(), &["healthcheck", "--url", "http://127.0.0.1:9"], &[], "").expect(5);
    run(dir.path(), &["whoami"], &[], "").expect(4);
    run(dir.path(), &["whoami", "--url", "ftp://x"], &[("LIANJIAN_TOKEN", "t")], "").expect(2);
    let done = run(dir.path(), &["login"], &[], "").expect(2);
    assert!(done.err.contains("LIANJIAN_USERNAME"), "no prompt without a terminal: {}", done.err);
}

#[test]
fn checks_pass_or_end_with_1() {
    let dir = folder();
    run(dir.path(), &["check", "uscc", "91610703PDY00001X4"], &[], "").expect(0);
    let done = run(
        dir.path(),
        &["check", "uscc", "-", "-o", "ndjson"],
        &[],
        "91610703PDY00001X4\n\n91610703PDY00001X5\n",
    );
    let done = done.expect(1);
    let checks: Vec<serde_json::Value> = done.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(
        (checks.len(), &checks[0]["check"], &checks[1]["code"]),
        (2, &"pass".into(), &"wrong_check".into())
    );
    let due = run(dir.path(), &["check", "due", "2026-11-23", "20", "working_day", "-o", "json"], &[], "")
        .expect(0);
    assert_eq!(due.json()["date"], "2026-12-21");
}

#[test]
fn a_dump_that_is_none_is_corrupt() {
    let dir = folder();
    std::fs::write(dir.path().join("dump"), "{\"heads\":[],\"public_key\":\"\"}\n{\"seq\":1}\n").unwrap();
    let done = run(dir.path(), &["audit", "verify", "dump"], &[], "").expect(7);
    assert!(done.err.contains("line 2"), "{}", done.err);
    run(dir.path(), &["audit", "verify", "dump", "--key", "zz"], &[], "").expect(2);
    run(dir.path(), &["audit", "verify", "absent"], &[], "").expect(1);
}
