//! Visit codes: what anybody may learn from one, and what a forged, ended or revoked one says.

use crate::visit::{DAY, House, plan, scene, text, visit};
use serde_json::json;
use testkit::Suite;

testkit::both! {
    async fn anybody_may_check_a_code_and_learns_what_the_law_shows(suite: Suite) {
        let (house, visit, task, _) = scene(&suite).await;
        let early = house.editor.post(&format!("{visit}/codes"), &json!({})).await.expect(409).json();
        assert_eq!(early["code"], "visit_not_approved");
        house.prepare(&task).await;
        let made = house.editor.post(&format!("{visit}/codes"), &json!({"hours": 4})).await;
        let issued = made.expect(201).json();
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let code = text(&issued["code"]);
        assert!(text(&issued["url"]).ends_with(&format!("/v1/public/visit-codes/{code}")));

        let nobody = suite.anonymous();
        let shown = nobody.get(&format!("/v1/public/visit-codes/{code}")).await.expect(200).json();
        assert_eq!((shown["kind"].as_str(), shown["method"].as_str()), (Some("投诉举报核查"), Some("实地核查")));
        assert_eq!(shown["subject_name"], "南郑检查样例1号");
        let organ = &shown["organs"][0];
        assert_eq!((organ["organ_name"].as_str(), organ["is_approved"].as_bool()), (Some("汉中市南郑区人力资源和社会保障局"), Some(true)));
        assert_eq!(organ["inspectors"][0], json!({"name": "王*", "certificate_number": "2707-nz-rsj-0"}));
        assert!(!shown.to_string().contains("王示例"));

        // A letter changed anywhere, the payload of one with the signature of another, and plain nonsense are the same 404.
        let other = house.code(&visit).await;
        let (payload, _) = code.split_once('.').unwrap();
        let (_, signature) = other.split_once('.').unwrap();
        let mut changed = code.clone().into_bytes();
        changed[5] = if changed[5] == b'A' { b'B' } else { b'A' };
        let mixed = format!("{payload}.{signature}");
        for bad in [String::from_utf8(changed).unwrap(), mixed, "x".to_string(), "a.b".to_string()] {
            let refused = nobody.get(&format!("/v1/public/visit-codes/{bad}")).await;
            assert_eq!((refused.expect(404).json()["code"].as_str(), refused.header("www-authenticate")), (Some("not_found"), None));
        }
        suite.clock.advance(DAY);
        assert_eq!(nobody.get(&format!("/v1/public/visit-codes/{code}")).await.expect(410).json()["code"], "visit_code_expired");
        nobody.get(&format!("/v1/public/visit-codes/{other}")).await.expect(200);
        let list = house.editor.post(&format!("{visit}/codes/revoke"), &json!({"reason": "打印件遗失"})).await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().iter().filter(|c| c["is_valid"] == true).count(), 0);
        assert_eq!(nobody.get(&format!("/v1/public/visit-codes/{other}")).await.expect(410).json()["code"], "visit_code_revoked");

        // Nothing keeps the text of a code.
        let told = format!("{:?}", suite.events("inspections", "").await);
        assert!(!told.contains(&code) && !told.contains(&other));
    }

    async fn a_code_counts_for_its_own_visit_and_a_person_is_masked(suite: Suite) {
        let house = House::of(&suite, "nz-rsj").await;
        let people = house.staff(2).await;
        let person = json!({"kind": "individual_business", "name": "张三丰", "identifier": testkit::uscc(50_011),
            "region_code": "610703102", "departments": ["nz-rsj"]});
        let shop = text(&house.editor.post("/v1/subjects", &person).await.expect(201).json()["id"]);
        let (first, tasks) = plan(&house.editor, &visit(&suite, &shop, &[("nz-rsj", &people)])).await;
        let (second, others) = plan(&house.editor, &visit(&suite, &shop, &[("nz-rsj", &people)])).await;
        house.prepare(&tasks[0]).await;
        house.prepare(&others[0]).await;
        let code = house.code(&second).await;
        let wrong = house.step(&tasks[0], "check-in", json!({"place": "门口", "code": code})).await.expect(422).json();
        assert_eq!(wrong["errors"][0]["code"], "code_of_another_visit");
        house.step(&others[0], "check-in", json!({"place": "门口", "code": code})).await.expect(200);
        let codes = house.editor.get(&format!("{second}/codes")).await.expect(200).json();
        assert_eq!(codes["items"][0]["scans"], 1);
        let shown = suite.anonymous().get(&format!("/v1/public/visit-codes/{code}")).await.expect(200).json();
        assert_eq!(shown["subject_name"], "张*");
        suite.clerk("nz-slj", &["inspector"]).await.get(&format!("{first}/codes")).await.expect(404);
    }
}
