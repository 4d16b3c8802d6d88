//! The SQL types of our own: both databases give back what was put in, and compare and sort it the same way.

use diesel::sql_types::Integer;
use jiff::civil::date;
use store_kit::migrate::Migration;
use store_kit::prelude::*;
use testbase::{Place, both};
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use store_kit::types::*;
    sample (n) {
        n -> Integer,
        uid -> Nullable<SqlUid>,
        at -> Nullable<SqlStamp>,
        day -> Nullable<SqlDay>,
        doc -> Nullable<SqlJson>,
        list -> Nullable<SqlTextList>,
    }
}

const SAMPLE: Migration = Migration {
    version: "20261123100001_sample",
    sqlite_up: "CREATE TABLE sample (n INTEGER PRIMARY KEY, uid TEXT, at INTEGER, day TEXT, doc TEXT, list TEXT);",
    sqlite_down: "DROP TABLE sample;",
    postgres_up: "CREATE TABLE sample (n INTEGER PRIMARY KEY, uid UUID, at TIMESTAMPTZ, day DATE, doc JSONB, list TEXT[]);",
    postgres_down: "DROP TABLE sample;",
};

#[derive(Clone, Debug, PartialEq, Insertable, Queryable, Selectable)]
#[diesel(table_name = sample, treat_none_as_default_value = false)]
struct Sample {
    n: i32,
    uid: Option<Uid>,
    at: Option<Stamp>,
    day: Option<Day>,
    doc: Option<Json>,
    list: Option<TextList>,
}

fn stamp(text: &str) -> Stamp {
    Stamp::from(text.parse::<jiff::Timestamp>().unwrap())
}

both! {
    async fn values_come_back_as_they_went_in(place: Place) {
        let store = Store::open(&place.store_config("types"), &[SAMPLE]).await.unwrap();
        let texts = ["", "监管事项", "a\"b\\c,{}'", "NULL", "𠀀"].map(String::from).to_vec();
        let rows = vec![
            Sample { n: 1, uid: None, at: None, day: None, doc: None, list: None },
            Sample {
                n: 2,
                uid: Some(Uid(Uuid::nil())),
                at: Some(stamp("1969-12-31T23:59:59.999999Z")),
                day: Some(Day(date(1949, 10, 1))),
                doc: Some(Json(serde_json::json!({"二": [1, -1.5, null, true], "a": {}}))),
                list: Some(TextList(texts)),
            },
            Sample {
                n: 3,
                uid: Some(Uid(Uuid::from_u128(u128::MAX))),
                at: Some(stamp("2099-12-31T16:00:00.000001Z")),
                day: Some(Day(date(2000, 2, 29))),
                doc: Some(Json(serde_json::Value::Null)),
                list: Some(TextList(Vec::new())),
            },
            Sample {
                n: 4,
                uid: Some(Uid(Uuid::from_u128(1))),
                at: Some(stamp("2000-01-01T00:00:00Z")),
                day: Some(Day(date(2026, 11, 23))),
                doc: Some(Json(serde_json::json!("文"))),
                list: Some(TextList(vec!["nz-rsj".into()])),
            },
        ];
        let copy = rows.clone();
        store
            .write::<_, StoreError, _>(async move |c| {
                on!(c, c => insert_into(sample::table).values(&copy).execute(c))?;
                Ok(())
            })
            .await
            .unwrap();
        let (back, by_time, by_day, later): (Vec<Sample>, Vec<i32>, Vec<i32>, Vec<i32>) = store
            .read::<_, StoreError, _>(async |c| {
                let back = on!(&mut *c, c => sample::table.order(sample::n.asc()).select(Sample::as_select()).load(c))?;
                let by_time = on!(&mut *c, c => sample::table.filter(sample::at.is_not_null()).order(sample::at.asc())
                    .select(sample::n).load(c))?;
                let by_day = on!(&mut *c, c => sample::table.filter(sample::day.is_not_null()).order(sample::day.asc())
                    .select(sample::n).load(c))?;
                let later = on!(&mut *c, c => sample::table.filter(sample::at.ge(stamp("2000-01-01T00:00:00Z")))
                    .order(sample::n.asc()).select(sample::n).load(c))?;
                Ok((back, by_time, by_day, later))
            })
            .await
            .unwrap();
        assert_eq!(back, rows);
        assert_eq!(by_time, [2, 4, 3]);
        assert_eq!(by_day, [2, 3, 4]);
        assert_eq!(later, [3, 4]);
    }

    async fn numbered_placeholders_bind_in_order(place: Place) {
        #[derive(QueryableByName)]
        struct Answer {
            #[diesel(sql_type = Integer)]
            a: i32,
        }
        let store = Store::open(&place.store_config("types"), &[SAMPLE]).await.unwrap();
        let answer: Vec<Answer> = store
            .read::<_, StoreError, _>(async |c| {
                Ok(on!(c, c => sql_query("SELECT CAST($1 AS INTEGER) * 10 + CAST($2 AS INTEGER) AS a")
                    .bind::<Integer, _>(4).bind::<Integer, _>(2).load(c))?)
            })
            .await
            .unwrap();
        assert_eq!(answer.first().map(|a| a.a), Some(42));
    }
}
