//! The calendar, its years, and deadlines to the day.

use serde_json::json;
use testkit::Suite;

testkit::both! {
    async fn deadlines_are_computed_to_the_day(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        for (start, n, unit, date) in [
            ("2023-12-29", 1, "working_day", "2024-01-02"),
            ("2024-02-08", 7, "working_day", "2024-02-23"),
            ("2026-02-13", 3, "working_day", "2026-02-25"),
            ("2026-09-30", 3, "working_day", "2026-10-10"),
            ("2026-11-23", 20, "working_day", "2026-12-21"),
            ("2024-03-01", 90, "calendar_day", "2024-05-30"),
            ("2025-01-31", 1, "month", "2025-02-28"),
        ] {
            let view = clerk.get(&format!("/v1/deadlines?start={start}&n={n}&unit={unit}")).await.expect(200).json();
            assert_eq!(view["date"], date, "{start} + {n} {unit}");
            assert_eq!(view["calendar_version"].as_str().unwrap().len(), 64);
        }
        let hours = clerk.get("/v1/deadlines?start=2026-11-23T08:00:00%2B08:00&n=24&unit=hour").await.expect(200).json();
        assert_eq!(hours["at"], "2026-11-24T00:00:00Z");
        let count = clerk.get("/v1/working-days?from=2026-11-23&to=2026-12-21").await.expect(200).json();
        assert_eq!(count["working_days"], 20);
    }

    async fn outside_the_known_years_nothing_is_guessed(suite: Suite) {
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        for path in [
            "/v1/deadlines?start=2026-12-30&n=5&unit=working_day",
            "/v1/deadlines?start=2019-05-06&n=1&unit=calendar_day",
            "/v1/working-days?from=2026-12-30&to=2027-01-05",
        ] {
            assert_eq!(clerk.get(path).await.expect(422).json()["code"], "calendar_missing", "{path}");
        }
        for path in [
            "/v1/deadlines?start=2026-13-01&n=5&unit=working_day",
            "/v1/deadlines?start=2026-12-01&n=-5&unit=working_day",
            "/v1/deadlines?start=2026-12-01&n=5&unit=week",
            "/v1/deadlines?start=2026-12-01T08:00:00&n=5&unit=hour",
        ] {
            clerk.get(path).await.expect(400);
        }
    }

    async fn a_new_year_makes_a_new_version_and_its_days_count(suite: Suite) {
        let admin = suite.admin().await;
        let before = admin.get("/v1/calendar").await.expect(200).json();
        assert_eq!(before["years"], json!([2023, 2024, 2025, 2026]));
        let body = json!({"source": "国办发明电〔2026〕9号", "days": [
            {"date": "2027-01-01", "kind": "off"}, {"date": "2027-01-09", "kind": "work"}]});
        let made = admin.post("/v1/calendar-years/2027", &body).await;
        made.expect(201);
        admin.post("/v1/calendar-years/2027", &body).await.expect(409);
        let after = admin.get("/v1/calendar").await.expect(200).json();
        assert_ne!(before["version"], after["version"]);
        assert_eq!(after["number"], 2);
        let due = admin.get("/v1/deadlines?start=2026-12-30&n=5&unit=working_day").await.expect(200).json();
        assert_eq!(due["date"], "2027-01-07");
        assert_eq!(due["calendar_version"], after["version"]);

        let corrected = json!({"source": "更正", "days": [{"date": "2027-01-01", "kind": "off"}, {"date": "2027-01-04", "kind": "off"}]});
        let corrected = json!({"source": "国办更正", "days": corrected["days"]});
        admin.put("/v1/calendar-years/2027", &made.etag(), &corrected).await.expect(200);
        admin.put("/v1/calendar-years/2027", &made.etag(), &corrected).await.expect(412);
        let due = admin.get("/v1/deadlines?start=2026-12-30&n=5&unit=working_day").await.expect(200).json();
        assert_eq!(due["date"], "2027-01-08");
        assert_eq!(suite.events("catalog", "cn.lianjian.calendar.").await.len(), 3);
    }

    async fn notices_that_contradict_each_other_are_refused(suite: Suite) {
        let admin = suite.admin().await;
        for (days, code) in [
            (json!([{"date": "2027-01-01", "kind": "off"}, {"date": "2027-01-01", "kind": "work"}]), "calendar_conflict"),
            (json!([{"date": "2026-02-14", "kind": "off"}]), "day_outside_year"),
            (json!([{"date": "2027-06-01", "kind": "holiday"}]), "not_allowed"),
        ] {
            let refused = admin.post("/v1/calendar-years/2027", &json!({"source": "国办发明电", "days": days})).await;
            assert_eq!(refused.expect(422).json()["errors"][0]["code"], code);
        }
        let clerk = suite.clerk("nz-rsj", &["lead_editor"]).await;
        clerk.post("/v1/calendar-years/2027", &json!({"source": "国办发明电", "days": []})).await.expect(403);
    }
}
