//! Regions and industries with their validity.

use testkit::Suite;

testkit::both! {
    async fn a_withdrawn_region_says_what_took_its_place_and_when(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let old = clerk.get("/v1/regions/610721").await.expect(200).json();
        assert_eq!((old["maps_to"].as_str(), old["valid_to"].as_str()), (Some("610703"), Some("2017-09-28")));
        for (day, code) in [("2017-09-27", "610721"), ("2017-09-28", "610703")] {
            let list = clerk.get(&format!("/v1/regions?parent=610700&as_of={day}")).await.expect(200).json();
            let codes: Vec<_> = list["items"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
            assert!(codes.contains(&code), "{day} {codes:?}");
            assert_eq!(codes.iter().filter(|c| matches!(**c, "610721" | "610703")).count(), 1);
        }
        clerk.get("/v1/regions/999999").await.expect(404);
    }

    async fn industries_are_sections_and_divisions_of_an_edition(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        let one = clerk.get("/v1/industries/13").await.expect(200).json();
        assert_eq!((one["section"].as_str(), one["name"].as_str()), (Some("C"), Some("农副食品加工业")));
        let sections = clerk.get("/v1/industries?level=section").await.expect(200).json();
        assert_eq!(sections["items"].as_array().unwrap().len(), 20);
        clerk.get("/v1/industries/13?as_of=2010-01-01").await.expect(404);
    }
}
