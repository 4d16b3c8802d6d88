//! SQL types of our own, so that each database stores its best native form under one Rust type.
//!
//! | type | Rust | SQLite | PostgreSQL |
//! |---|---|---|---|
//! | [`SqlUid`] | [`uuid::Uuid`] | text, 36 characters | uuid |
//! | [`SqlStamp`] | [`Stamp`] | integer, microseconds since 1970 UTC | timestamptz |
//! | [`SqlDay`] | [`Day`] | text `YYYY-MM-DD` | date |
//! | [`SqlJson`] | [`Json`] | text | jsonb |
//! | [`SqlTextList`] | [`TextList`] | text, a JSON array | text[] |

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{self, SqlOrd, SqlType};
use diesel::sqlite::Sqlite;
use jiff::Timestamp;
use jiff::civil::Date;
use std::io::Write as _;

/// SQL side of a UUID.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 2950, array_oid = 2951))]
pub struct SqlUid;
/// SQL side of an instant.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Long"), postgres_type(oid = 1184, array_oid = 1185))]
pub struct SqlStamp;
/// SQL side of a civil date.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 1082, array_oid = 1182))]
pub struct SqlDay;
/// SQL side of a JSON document.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 3802, array_oid = 3807))]
pub struct SqlJson;
/// SQL side of a list of short texts.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 1009, array_oid = 0))]
pub struct SqlTextList;

impl SqlOrd for SqlUid {}
impl SqlOrd for SqlStamp {}
impl SqlOrd for SqlDay {}

/// A UUID as the stores pass it; id newtypes of `domain` convert to and from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlUid)]
pub struct Uid(pub uuid::Uuid);

impl From<uuid::Uuid> for Uid {
    fn from(u: uuid::Uuid) -> Self {
        Uid(u)
    }
}

/// An instant with microsecond precision, the finest that both databases keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlStamp)]
pub struct Stamp(pub Timestamp);

impl From<Timestamp> for Stamp {
    fn from(t: Timestamp) -> Self {
        Stamp(Timestamp::from_microsecond(t.as_microsecond()).unwrap_or(t))
    }
}

/// A civil date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlDay)]
pub struct Day(pub Date);

impl From<Date> for Day {
    fn from(d: Date) -> Self {
        Day(d)
    }
}

/// A JSON document.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlJson)]
pub struct Json(pub serde_json::Value);

/// A list of short texts such as codes.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = SqlTextList)]
pub struct TextList(pub Vec<String>);

/// Microseconds between 1970-01-01 and 2000-01-01, PostgreSQL's epoch.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;
/// 2000-01-01, PostgreSQL's day zero.
const PG_EPOCH_DAY: Date = jiff::civil::date(2000, 1, 1);

fn text_of<DB: Backend>(raw: DB::RawValue<'_>) -> deserialize::Result<String>
where
    String: FromSql<sql_types::Text, DB>,
{
    String::from_sql(raw)
}

impl ToSql<SqlUid, Pg> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlUid, Pg> for Uid {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Uid(uuid::Uuid::from_slice(raw.as_bytes())?))
    }
}
impl ToSql<SqlUid, Sqlite> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<SqlUid, Sqlite> for Uid {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Uid(text_of::<Sqlite>(raw)?.parse()?))
    }
}

impl ToSql<SqlStamp, Pg> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.0.as_microsecond() - PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlStamp, Pg> for Stamp {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<sql_types::BigInt, Pg>>::from_sql(raw)?;
        Ok(Stamp(Timestamp::from_microsecond(micros + PG_EPOCH_MICROS)?))
    }
}
impl ToSql<SqlStamp, Sqlite> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_microsecond());
        Ok(IsNull::No)
    }
}
impl FromSql<SqlStamp, Sqlite> for Stamp {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<sql_types::BigInt, Sqlite>>::from_sql(raw)?;
        Ok(Stamp(Timestamp::from_microsecond(micros)?))
    }
}

impl ToSql<SqlDay, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let days = PG_EPOCH_DAY.until((jiff::Unit::Day, self.0))?.get_days();
        out.write_all(&days.to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlDay, Pg> for Day {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        let days = <i32 as FromSql<sql_types::Integer, Pg>>::from_sql(raw)?;
        Ok(Day(PG_EPOCH_DAY.checked_add(jiff::Span::new().days(days))?))
    }
}
impl ToSql<SqlDay, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<SqlDay, Sqlite> for Day {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Day(text_of::<Sqlite>(raw)?.parse()?))
    }
}

impl ToSql<SqlJson, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // jsonb on the wire: one version byte, then the text.
        out.write_all(&[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}
impl FromSql<SqlJson, Pg> for Json {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        match raw.as_bytes().split_first() {
            Some((1, text)) => Ok(Json(serde_json::from_slice(text)?)),
            _ => Err("unknown jsonb version".into()),
        }
    }
}
impl ToSql<SqlJson, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl FromSql<SqlJson, Sqlite> for Json {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Json(serde_json::from_str(&text_of::<Sqlite>(raw)?)?))
    }
}

impl ToSql<SqlTextList, Pg> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <Vec<String> as ToSql<sql_types::Array<sql_types::Text>, Pg>>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<SqlTextList, Pg> for TextList {
    fn from_sql(raw: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(TextList(<Vec<String> as FromSql<sql_types::Array<sql_types::Text>, Pg>>::from_sql(raw)?))
    }
}
impl ToSql<SqlTextList, Sqlite> for TextList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl FromSql<SqlTextList, Sqlite> for TextList {
    fn from_sql(raw: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(TextList(serde_json::from_str(&text_of::<Sqlite>(raw)?)?))
    }
}
