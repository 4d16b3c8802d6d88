//! Typed identifiers must pass; texts can be checked without storing anything.

use crate::support::texts;
use serde_json::json;
use testkit::{Suite, both};

both! {
    async fn a_typed_identifier_must_pass_its_check(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let create = |identifier: String| json!({
            "kind": "enterprise", "name": "标识测试有限公司", "identifier": identifier, "region_code": "610703001"
        });
        for wrong in ["91610703PDY00001X5", "91610703PDY0O001X4", "110108000000017", "11010519491231002X", "你好", "123"] {
            let a = clerk.post("/v1/subjects", &create(wrong.to_string())).await;
            a.expect(422);
            assert_eq!(a.json()["errors"][0]["pointer"], "/identifier", "{wrong}");
        }
        let a = clerk.post("/v1/subjects", &create("统一社会信用代码：９１６１０７２１pdy0001592（1/1）".into())).await;
        // The made-up registry is not loaded in tests, so this code of the old county is free.
        a.expect(201);
        assert_eq!(a.json()["identifier"]["value"], "91610721PDY0001592");
        assert_eq!(a.json()["identifier"]["check"], "pass");
        let again = clerk.post("/v1/subjects", &create("91610721PDY0001592".into())).await;
        again.expect(409);
        assert_eq!(again.json()["code"], "subject_exists");
        clerk.post("/v1/subjects", &create("610703000000018".into())).await.expect(201);
    }
}

both! {
    async fn texts_are_classified_without_being_stored(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["inspector"]).await;
        let a = clerk.get("/v1/identifier-checks?values=91350100m000100y43,91350100M000100Y4Z,610703000000018,6107031234567").await;
        a.expect(200);
        let checks = texts(&a, "check");
        assert_eq!(checks, ["pass", "fail", "pass", "legacy_unverified"]);
    }
}
