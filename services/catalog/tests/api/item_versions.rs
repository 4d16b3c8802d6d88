//! Published versions: immutability, validity, differences, suspension.

use crate::helpers::People;
use serde_json::json;
use std::time::Duration;
use testkit::Suite;

const DAY: Duration = Duration::from_secs(24 * 3600);

testkit::both! {
    async fn the_old_version_stays_valid_until_the_new_one_begins(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        let first_day = suite.clock.today();
        let one = people.editor.get(&format!("{path}/versions/1")).await.expect(200).json();

        suite.clock.advance(DAY);
        let open = people.editor.post(&format!("{path}/propose-change"), &json!({"reason": "劳动法修订"})).await.expect(200).json();
        assert_eq!(open["state"], "revising");
        let etag = people.editor.get(&path).await.etag();
        let change = json!({"lead_item": "对用人单位工资支付情况的监督检查", "cooperating": [
            {"department": "nz-swj", "item": "对市场主体缴税情况的监督检查", "basis": "《中华人民共和国税收征收管理法》第五十四条"},
            {"department": "nz-scjg", "item": "对市场主体登记注册事项的监督检查", "basis": "《中华人民共和国公司法》第二百五十条"},
            {"department": "nz-gaj", "item": "对拒不支付劳动报酬案件的查处", "basis": "《中华人民共和国刑法》第二百七十六条之一"}]});
        people.editor.patch(&path, &etag, &change).await.expect(200);
        let stranger = suite.clerk("nz-slj", &["inspector"]).await;
        let seen = stranger.get(&path).await.expect(200).json();
        assert_eq!((seen["state"].as_str(), seen["lead_item"].as_str()), (Some("published"), one["lead_item"].as_str()));

        let police = suite.clerk("nz-gaj", &["coop_editor"]).await;
        people.submit(&path).await.expect(200);
        people.confirm_all(&path).await;
        police.post(&format!("{path}/confirm"), &json!({})).await.expect(200);
        people.legal.post(&format!("{path}/legal-pass"), &json!({})).await.expect(200);
        people.organiser.post(&format!("{path}/accept"), &json!({})).await.expect(200);
        let second_day = first_day.checked_add(jiff::Span::new().days(3)).unwrap();
        let published = people.organiser.post(&format!("{path}/publish"), &json!({"valid_from": second_day})).await;
        assert_eq!(published.expect(200).json()["published_version"], 2);

        for (day, number) in [(first_day, 1), (first_day.checked_add(jiff::Span::new().days(2)).unwrap(), 1), (second_day, 2)] {
            let then = stranger.get(&format!("{path}?as_of={day}")).await.expect(200).json();
            assert_eq!(then["published_version"], number, "{day}");
            let list = stranger.get(&format!("/v1/supervision-items?as_of={day}")).await.expect(200).json();
            assert_eq!(list["items"][0]["published_version"], number);
        }
        stranger.get(&format!("{path}?as_of={}", first_day.yesterday().unwrap())).await.expect(404);

        let after = people.editor.get(&format!("{path}/versions/1")).await.expect(200).json();
        assert_eq!(after["valid_to"], second_day.to_string());
        for member in ["digest", "valid_from", "lead_item", "cooperating", "published_at"] {
            assert_eq!(one[member], after[member], "a published version does not change: {member}");
        }
        let list = stranger.get(&format!("{path}/versions")).await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 2);

        let difference = stranger.get(&format!("{path}/versions/1/difference?to=2")).await.expect(200).json();
        let changes: Vec<_> = difference["changes"].as_array().unwrap().iter()
            .map(|c| (c["pointer"].as_str().unwrap(), c["change"].as_str().unwrap())).collect();
        assert_eq!(changes, [("/cooperating/2", "added"), ("/lead_item", "changed")], "order of departments is no change");
        let same = stranger.get(&format!("{path}/versions/2/difference")).await.expect(200).json();
        assert_eq!(same["changes"], json!([]));
        stranger.get(&format!("{path}/versions/3")).await.expect(404);
        stranger.get(&format!("{path}/versions/1/difference?to=9")).await.expect(404);
    }

    async fn the_database_itself_refuses_to_change_a_published_version(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        for statement in ["UPDATE item_version SET digest = 'x'", "DELETE FROM item_version", "UPDATE item_transition SET reason = 'x'"] {
            let store = &suite.kit("catalog").store;
            let done = store.write::<_, store_kit::StoreError, _>(async move |c| Ok(c.batch(statement).await?)).await;
            assert!(done.is_err(), "{statement}");
        }
    }

    async fn an_abandoned_change_leaves_what_is_in_force(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        people.editor.post(&format!("{path}/propose-change"), &json!({"reason": "拟调整"})).await.expect(200);
        let etag = people.editor.get(&path).await.etag();
        people.editor.patch(&path, &etag, &json!({"field": "其他领域"})).await.expect(200);
        let back = people.editor.post(&format!("{path}/abandon-change"), &json!({})).await.expect(200).json();
        assert_eq!((back["state"].as_str(), back["field"].as_str()), (Some("published"), Some("劳动用工监管")));
        assert_eq!(back["published_version"], 1);
    }

    async fn a_suspended_item_is_in_force_on_no_day_until_it_is_resumed(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.publish(&path).await.expect(200);
        suite.clock.advance(DAY);
        let today = suite.clock.today();
        let body = json!({"reason": "设定依据已废止", "basis_changed_on": today});
        let suspended = people.legal.post(&format!("{path}/suspend"), &body).await.expect(200).json();
        assert_eq!((suspended["state"].as_str(), suspended["valid_to"].as_str()), (Some("suspended"), Some(today.to_string().as_str())));
        let month = people.legal.get(&format!("/v1/deadlines?start={today}&n=1&unit=month")).await.expect(200).json();
        assert_eq!(suspended["due_date"], month["date"], "the change must begin within a month");
        let stranger = suite.clerk("nz-slj", &["inspector"]).await;
        stranger.get(&format!("{path}?as_of={today}")).await.expect(404);
        assert_eq!(stranger.get(&path).await.expect(200).json()["state"], "suspended");

        suite.clock.advance(DAY);
        let resumed = people.organiser.post(&format!("{path}/resume"), &json!({"reason": "依据仍然有效"})).await.expect(200).json();
        assert_eq!((resumed["state"].as_str(), resumed["published_version"].as_i64()), (Some("published"), Some(2)));
        let same = stranger.get(&format!("{path}/versions/1/difference?to=2")).await.expect(200).json();
        assert_eq!(same["changes"], json!([]));

        people.organiser.post(&format!("{path}/withdraw"), &json!({"reason": "职责划转"})).await.expect(200);
        assert_eq!(stranger.get(&path).await.expect(200).json()["state"], "withdrawn");
        let list = stranger.get(&format!("/v1/supervision-items?as_of={}", suite.clock.today())).await.expect(200).json();
        assert_eq!(list["items"], json!([]));
    }

    async fn a_version_does_not_begin_in_the_past(suite: Suite) {
        let people = People::of(&suite).await;
        let path = people.draft().await;
        people.submit(&path).await.expect(200);
        people.confirm_all(&path).await;
        people.legal.post(&format!("{path}/legal-pass"), &json!({})).await.expect(200);
        people.organiser.post(&format!("{path}/accept"), &json!({})).await.expect(200);
        let today = suite.clock.today();
        let body = json!({"valid_from": today.yesterday().unwrap(), "valid_to": today.yesterday().unwrap()});
        let refused = people.organiser.post(&format!("{path}/publish"), &body).await.expect(422).json();
        let codes: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["valid_from_past", "interval_reversed"]);
        let ended = json!({"valid_from": today, "valid_to": today.tomorrow().unwrap()});
        people.organiser.post(&format!("{path}/publish"), &ended).await.expect(200);
        people.editor.get(&format!("{path}?as_of={today}")).await.expect(200);
        people.editor.get(&format!("{path}?as_of={}", today.tomorrow().unwrap())).await.expect(404);
    }
}
