//! What the public reads without an account: the least that must be shown, kept by caches, in pages.

use super::publicity::{house, opened, published};
use reqwest::Method;
use serde_json::{Value, json};
use store_kit::StoreError;
use testkit::{Suite, both};
use uuid::Uuid;

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|i| i["content"]["subject_name"].as_str().unwrap().to_string()).collect()
}

/// Puts a draw there in a state, its frame frozen or not.
async fn draw(suite: &Suite, state: &str, is_frozen: bool) -> Uuid {
    let id = Uuid::now_v7();
    let at = match suite.backend() {
        testkit::Backend::Sqlite => "1764000000000000".to_string(),
        testkit::Backend::Postgres => "'2026-11-20T00:00:00Z'".to_string(),
    };
    let (list, object) = match suite.backend() {
        testkit::Backend::Sqlite => ("'[\"nz-scjg\"]'", "'{}'"),
        testkit::Backend::Postgres => ("'{nz-scjg}'", "'{}'"),
    };
    let frozen = if is_frozen { at.clone() } else { "NULL".to_string() };
    let sql = format!(
        "INSERT INTO draw (id, code, plan_code, lead_department, departments, region_code, algorithm, kind, state, reserve,
             team_size, frame_size, frame_frozen_at, seed_sealed, commit_hash, settings, transitions, created_by, version,
             created_at, updated_at)
         VALUES ('{id}', 'CQ-{id}', 'JH-1', 'nz-scjg', {list}, '', 'v1', 'untargeted', '{state}', 0, 2, 100, {frozen},
             'a sealed seed', 'c0ffee', {object}, 1, 'test', 1, {at}, {at});
         INSERT INTO draw_stratum (draw_id, name, position, frame_size, sample_size, params, params_hash, frame_root)
         VALUES ('{id}', 'A', 1, 100, 5, '{{}}', 'abc', 'def');"
    );
    let put = async move |c: &mut store_kit::AnyConn<'_>| Ok(c.batch(&sql).await?);
    suite.kit("inspections").store.write::<_, StoreError, _>(put).await.unwrap();
    id
}

both! {
    async fn published_results_come_in_pages_the_newest_first(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        for name in ["甲有限公司", "乙有限公司", "丙有限公司"] {
            let id = opened(&suite, "nz-scjg", "enterprise", name, 20).await;
            published(&house, id).await;
            suite.clock.advance(std::time::Duration::from_secs(60));
        }
        opened(&suite, "nz-scjg", "enterprise", "未公示有限公司", 20).await;
        let nobody = suite.anonymous();
        let first = nobody.get("/v1/public/results?limit=2").await;
        assert_eq!(names(&first.expect(200).json()), ["丙有限公司", "乙有限公司"]);
        let next = first.json()["next"].as_str().unwrap().to_string();
        let rest = nobody.get(&format!("/v1/public/results?limit=2&cursor={next}")).await.expect(200).json();
        assert_eq!(names(&rest), ["甲有限公司"]);
        assert!(rest["next"].is_null());
        let today = suite.clock.today();
        for (query, count) in [
            ("organ_code=nz-scjg".to_string(), 3),
            ("organ_code=nz-rsj".to_string(), 0),
            (format!("from={today}&to={today}"), 3),
            (format!("to={}", today.yesterday().unwrap()), 0),
            ("subject_identifier=91610703MA6YTEST01".to_string(), 3),
            ("subject_identifier=91610703MA6YTEST99".to_string(), 0),
        ] {
            let page = nobody.get(&format!("/v1/public/results?{query}")).await.expect(200).json();
            assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
        }
        nobody.get("/v1/public/results?limit=201").await.expect(400);
        nobody.get("/v1/public/results?cursor=forged").await.expect(400);
    }

    async fn caches_may_keep_them_and_an_unchanged_one_is_not_sent_again(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "enterprise", "汉中样例有限公司", 20).await;
        published(&house, id).await;
        let nobody = suite.anonymous();
        for path in ["/v1/public/results".to_string(), format!("/v1/public/results/{id}"), "/v1/public/draws".to_string()] {
            let answer = nobody.get(&path).await;
            assert_eq!(answer.expect(200).header("cache-control"), Some("public, max-age=300"), "{path}");
            let same = nobody.send(Method::GET, &path, &[("if-none-match", &answer.etag())], Vec::new()).await;
            assert_eq!(same.expect(304).header("cache-control"), Some("public, max-age=300"), "{path}");
        }
        // What is gone or absent is not kept.
        let absent = nobody.get(&format!("/v1/public/results/{}", Uuid::now_v7())).await;
        assert_eq!(absent.expect(404).header("cache-control"), Some("no-store"));
    }

    async fn natural_persons_are_masked_and_not_found_by_codes(suite: Suite) {
        let house = house(&suite, "nz-scjg").await;
        let id = opened(&suite, "nz-scjg", "individual_business", "欧阳小明", 20).await;
        published(&house, id).await;
        let nobody = suite.anonymous();
        let answer = nobody.get(&format!("/v1/public/results/{id}")).await;
        let view = answer.expect(200).json();
        assert_eq!(view["content"]["subject_name"], "欧阳*");
        assert!(view["content"]["subject_identifier"].is_null());
        for hidden in ["小明", "91610703MA6YTEST01", "reviewed_by", "published_by", "subject_id\"", "region_code", "version"] {
            assert!(!answer.text().contains(hidden), "{hidden} is shown: {answer}");
        }
        let found = nobody.get("/v1/public/results?subject_identifier=91610703MA6YTEST01").await.expect(200).json();
        assert_eq!(found["items"], json!([]));
    }

    async fn draws_are_public_from_the_freezing_of_their_frame_on(suite: Suite) {
        let open = draw(&suite, "frame_open", false).await;
        let committed = draw(&suite, "committed", true).await;
        let shown = draw(&suite, "published", true).await;
        let never = draw(&suite, "void", false).await;
        let void = draw(&suite, "void", true).await;
        let nobody = suite.anonymous();
        let answer = nobody.get("/v1/public/draws").await;
        let page = answer.expect(200).json();
        let ids: Vec<&str> = page["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [void.to_string(), shown.to_string(), committed.to_string()]);
        assert!(!answer.text().contains("a sealed seed"));
        let one = nobody.get(&format!("/v1/public/draws/{committed}")).await.expect(200).json();
        assert_eq!(one["commit_hash"], "c0ffee");
        assert_eq!(one["strata"][0]["frame_root"], "def");
        assert!(one["transcript"].is_null());
        let one = nobody.get(&format!("/v1/public/draws/{shown}")).await.expect(200).json();
        assert_eq!(one["transcript"], format!("/v1/public/draws/{shown}/transcript"));
        for hidden in [open, never] {
            nobody.get(&format!("/v1/public/draws/{hidden}")).await.expect(404);
        }
    }
}
