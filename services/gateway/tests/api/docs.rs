//! The merged document and its page, which works without the internet (A21).

use crate::house::{House, settings};
use testbase::{Backend, block_on};

testbase::both! {
    async fn the_document_is_the_merged_one_and_the_page_reads_it(house: House) {
        let caller = house.anonymous();
        assert_eq!(caller.get("/openapi.json").await.expect(200).json()["info"]["title"], "merged");
        assert_eq!(caller.get("/docs").await.expect(308).header("location"), Some("/docs/"));
        let page = caller.get("/docs/").await;
        assert!(page.expect(200).header("content-type").unwrap().starts_with("text/html"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("http"), "{policy}");
        // Everything the page names is here, and nothing it names is elsewhere.
        let text = page.text();
        assert!(!text.contains("//unpkg") && !text.contains("https://") && !text.contains("http://"), "{text}");
        let mut named = 0;
        for part in text.split(['"', '\'']).filter(|p| p.starts_with("./") || p.ends_with(".js") || p.ends_with(".css")) {
            let file = part.trim_start_matches("./");
            if file.contains(' ') || file.contains('<') {
                continue;
            }
            caller.get(&format!("/docs/{file}")).await.expect(200);
            named += 1;
        }
        assert!(named >= 3, "{text}");
        let start = caller.get("/docs/swagger-initializer.js").await;
        assert!(start.text().contains("/openapi.json") && !start.text().contains("https://"), "{}", start.text());
        assert!(start.header("content-type").unwrap().contains("javascript"));
        caller.get("/docs/nothing.js").await.expect(404);
    }
}

#[test]
fn the_page_can_be_switched_off() {
    block_on(async {
        let house = House::start(Backend::Sqlite, gateway::Config { docs: false, ..settings() }).await;
        house.anonymous().get("/docs/").await.expect(404);
    });
}
