//! Who sees what: departments, townships, counts, cursors.

use crate::support::texts;
use serde_json::json;
use testkit::{Suite, both};

both! {
    async fn another_departments_subject_is_as_absent(suite: Suite) {
        let mine = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let other = suite.clerk("nz-swj", &["lead_editor"]).await;
        let a = mine.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "只归市场监管有限公司", "identifier": testkit::uscc(1101), "region_code": "610703001"
        })).await;
        a.expect(201);
        let path = format!("/v1/subjects/{}", a.json()["id"].as_str().unwrap());
        let hidden = other.get(&path).await;
        let absent = other.get("/v1/subjects/0199e0f0-0000-7000-8000-000000000001").await;
        hidden.expect(404);
        assert_eq!(hidden.json()["detail"], absent.json()["detail"]);
        other.patch(&path, "\"1\"", &json!({"address": "x"})).await.expect(404);
        other.get(&format!("{path}/history")).await.expect(404);
        other.get(&format!("{path}/tags")).await.expect(404);
        let list = other.get("/v1/subjects?q=只归市场").await;
        assert_eq!(list.json()["items"], json!([]));
        let list = other.get("/v1/subjects?department=nz-scjg").await;
        assert_eq!(list.json()["items"], json!([]), "naming another department shows nothing of it");
        let export = other.get("/v1/subject-exports").await;
        export.expect(200);
        assert!(!export.text().contains("只归市场"));
        let feed = other.get("/subjects/v1/feed?lastEventId=0").await;
        assert!(!feed.text().contains(&testkit::uscc(1101)));

        other.post("/v1/subject-claims", &json!({"identifier": testkit::uscc(1101)})).await.expect(200);
        other.get(&path).await.expect(200);
        let foreign = other.patch(&path, "\"2\"", &json!({"address": "x"})).await;
        foreign.expect(403);
        assert_eq!(foreign.json()["code"], "not_the_owner");
        // A role that reads the whole district shows more rows and opens none for writing.
        let mixed = suite.clerk("nz-rsj", &["lead_editor", "credit"]).await;
        let foreign = mixed.patch(&path, "\"2\"", &json!({"address": "x"})).await;
        assert_eq!((foreign.status(), &foreign.json()["code"]), (403, &json!("not_the_owner")));
    }
}

both! {
    async fn a_township_sees_its_own_ground_only(suite: Suite) {
        let organiser = suite.clerk("nz-scjg", &["organiser"]).await;
        for (n, region) in [(1102, "610703102"), (1103, "610703107")] {
            organiser.post("/v1/subjects", &json!({
                "kind": "enterprise", "name": format!("镇域{n}有限公司"), "identifier": testkit::uscc(n), "region_code": region,
                "departments": ["nz-dahekan"]
            })).await.expect(201);
        }
        let township = suite.account(json!({"department": "nz-dahekan", "roles": ["lead_editor"], "regions": ["610703102"]})).await;
        let list = township.get("/v1/subjects?q=镇域").await;
        let names = texts(&list, "name");
        assert_eq!(names, ["镇域1102有限公司"]);
        let outside = township.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "越界", "identifier": testkit::uscc(1104), "region_code": "610703107"
        })).await;
        outside.expect(422);
    }
}

both! {
    async fn a_cursor_is_good_for_its_own_query_and_caller_only(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        for n in 0..5 {
            clerk.post("/v1/subjects", &json!({
                "kind": "enterprise", "name": format!("翻页{n}有限公司"), "identifier": testkit::uscc(1110 + n), "region_code": "610703001"
            })).await.expect(201);
        }
        let first = clerk.get("/v1/subjects?limit=2&sort=name").await;
        let next = first.json()["next"].as_str().unwrap().to_string();
        assert!(first.header("link").unwrap().contains("rel=\"next\""));
        let second = clerk.get(&format!("/v1/subjects?limit=2&sort=name&cursor={next}")).await;
        second.expect(200);
        assert_eq!(second.json()["items"][0]["name"], "翻页2有限公司");
        clerk.get(&format!("/v1/subjects?limit=2&sort=-updated&cursor={next}")).await.expect(400);
        clerk.get(&format!("/v1/subjects?limit=2&sort=name&cursor={}", &next[..next.len() - 3])).await.expect(400);
        let other = suite.clerk("nz-scjg", &["lead_editor"]).await;
        other.get(&format!("/v1/subjects?limit=2&sort=name&cursor={next}")).await.expect(400);
        for bad in ["limit=0", "limit=-1", "limit=1000000000", "limit=1e3", "sort=phone", "nonsense=1", "limit=2&limit=3", "kind=company"] {
            clerk.get(&format!("/v1/subjects?{bad}")).await.expect(400);
        }
    }
}
