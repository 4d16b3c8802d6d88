//! Names are found by any fragment of two or more characters.

use crate::support::{encode, texts};
use serde_json::json;
use testkit::{Suite, both};

both! {
    async fn a_name_is_found_by_any_fragment(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        for (n, name) in ["汉中南郑（红叶）茶业有限公司", "红山茶叶合作社", "KTV-88娱乐城", "叶红"].iter().enumerate() {
            clerk.post("/v1/subjects", &json!({
                "kind": "enterprise", "name": name, "identifier": testkit::uscc(1200 + n as u32), "region_code": "610703001"
            })).await.expect(201);
        }
        for (fragment, found) in [
            ("红叶", vec!["汉中南郑（红叶）茶业有限公司"]),
            ("南郑红叶茶", vec!["汉中南郑（红叶）茶业有限公司"]),
            ("（红叶）", vec!["汉中南郑（红叶）茶业有限公司"]),
            ("茶叶", vec!["红山茶叶合作社"]),
            ("ktv", vec!["KTV-88娱乐城"]),
            ("８８娱", vec!["KTV-88娱乐城"]),
            ("叶红", vec!["叶红"]),
            ("红叶红", vec![]),
            ("100%", vec![]),
            ("' OR 1=1 --", vec![]),
            ("%_", vec![]),
        ] {
            let a = clerk.get(&format!("/v1/subjects?q={}", encode(fragment))).await;
            if domain_key(fragment) < 2 {
                a.expect(400);
                continue;
            }
            a.expect(200);
            let names = texts(&a, "name");
            assert_eq!(names, found, "{fragment}");
        }
        clerk.get("/v1/subjects?q=%E7%BA%A2").await.expect(400);
    }
}

/// Letters and characters that count.
fn domain_key(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

both! {
    async fn a_new_name_replaces_the_old_one_in_the_index(suite: Suite) {
        let clerk = suite.clerk("nz-scjg", &["lead_editor"]).await;
        let a = clerk.post("/v1/subjects", &json!({
            "kind": "enterprise", "name": "改名之前公司", "identifier": testkit::uscc(1220), "region_code": "610703001"
        })).await;
        let path = format!("/v1/subjects/{}", a.json()["id"].as_str().unwrap());
        clerk.patch(&path, "\"1\"", &json!({"name": "更名以后公司"})).await.expect(200);
        let old = clerk.get(&format!("/v1/subjects?q={}", encode("改名之前"))).await;
        assert_eq!(old.json()["items"], json!([]));
        let new = clerk.get(&format!("/v1/subjects?q={}", encode("更名以后"))).await;
        assert_eq!(new.json()["items"].as_array().unwrap().len(), 1);
    }
}
