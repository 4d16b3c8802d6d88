//! Pages of the registry by keyset: a page at depth 100,000 costs what the first costs.
//!
//! One statement finds the row numbers, driven by the narrowest index (name fragment, department, tag) in the order
//! asked for; a second loads the rows. Every text in the statement is a bind. Called by list and export.

use service_kit::{Result, Scope};
use store_kit::prelude::*;

/// Order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Oldest registration first.
    #[default]
    Registered,
    /// Newest registration first.
    RegisteredDown,
    /// By name, code point order.
    Name,
    /// Least recently changed first.
    Updated,
    /// Most recently changed first.
    UpdatedDown,
}

/// What a list is limited to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Fragment of a name, as a search key of two or more characters.
    pub fragment: Option<String>,
    /// Identifier, normalised.
    pub natural_key: Option<String>,
    /// Kind.
    pub kind: Option<String>,
    /// State.
    pub status: Option<String>,
    /// Region code or its beginning.
    pub region: Option<String>,
    /// Industry code or its beginning.
    pub industry: Option<String>,
    /// Supervising department.
    pub department: Option<String>,
    /// Result of the identifier's check.
    pub check: Option<String>,
    /// Tag in force: scheme and value.
    pub tag: Option<(String, String)>,
    /// Today, for tags that expire.
    pub today: Option<jiff::civil::Date>,
}

/// Where a page begins: the sort value and row number of the last row seen.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct After {
    /// Name key, or instant in microseconds as text; empty when the order is by row number.
    pub value: String,
    /// Row number.
    pub key: i64,
}

enum Bind {
    Text(String),
    Int(i64),
    Stamp(Stamp),
    Day(Day),
}

struct Statement {
    from: String,
    conditions: Vec<String>,
    binds: Vec<Bind>,
}

impl Statement {
    /// Adds a bind and gives its placeholder.
    fn bind(&mut self, b: Bind) -> String {
        self.binds.push(b);
        format!("${}", self.binds.len())
    }

    fn equal(&mut self, column: &str, value: &str) {
        let p = self.bind(Bind::Text(value.to_string()));
        self.conditions.push(format!("{column} = {p}"));
    }

    /// Codes that begin with `value`, as a range so that an index serves it on both databases.
    fn begins(&mut self, column: &str, value: &str) {
        let from = self.bind(Bind::Text(value.to_string()));
        // Codes are ASCII digits and letters: '~' sorts after all of them.
        let to = self.bind(Bind::Text(format!("{value}~")));
        self.conditions.push(format!("{column} >= {from} AND {column} < {to}"));
    }
}

/// Row numbers of a page, in order.
///
/// # Errors
/// Database errors.
pub async fn subject_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<i64>> {
    let mut s = Statement { from: "subject s".to_string(), conditions: Vec::new(), binds: Vec::new() };
    // The alias whose row number drives the order when it is by registration.
    let mut driver = "s.key";
    if let Some(fragment) = &filter.fragment {
        match c.kind() {
            Kind::Sqlite => {
                s.from = "subject_fts t CROSS JOIN subject s ON s.key = t.rowid".to_string();
                driver = "t.rowid";
                let phrase = domain::text::bigrams(fragment).join(" ");
                let p = s.bind(Bind::Text(format!("\"{phrase}\"")));
                s.conditions.push(format!("t.bigrams MATCH {p}"));
            }
            Kind::Postgres => {
                s.from = "subject_text t JOIN subject s ON s.key = t.subject_key".to_string();
                driver = "t.subject_key";
                let pieces = domain::text::unique_bigrams(fragment);
                let mut places = Vec::new();
                for piece in &pieces {
                    places.push(s.bind(Bind::Text(piece.clone())));
                }
                s.conditions.push(format!("t.bigrams @> ARRAY[{}]", places.join(", ")));
                if pieces.len() > 1 {
                    // The pieces are there, but perhaps not together.
                    let p = s.bind(Bind::Text(fragment.clone()));
                    s.conditions.push(format!("position({p} in s.name_key) > 0"));
                }
            }
        }
    }
    let mine = scope.departments.as_ref();
    let department = filter.department.as_deref().or_else(|| match mine {
        Some(d) if d.len() == 1 => d.first().map(String::as_str),
        _ => None,
    });
    if let Some(d) = department {
        if filter.fragment.is_none() && matches!(sort, Sort::Registered | Sort::RegisteredDown) {
            s.from = "subject_department d JOIN subject s ON s.key = d.subject_key".to_string();
            driver = "d.subject_key";
            s.equal("d.department", d);
        } else {
            let p = s.bind(Bind::Text(d.to_string()));
            s.conditions.push(format!(
                "EXISTS (SELECT 1 FROM subject_department d WHERE d.department = {p} AND d.subject_key = s.key)"
            ));
        }
    }
    // A caller limited to departments never sees more by naming another one.
    if let Some(mine) = mine
        && (mine.len() != 1 || filter.department.is_some())
    {
        let places: Vec<String> = mine.iter().map(|d| s.bind(Bind::Text(d.clone()))).collect();
        let list = if places.is_empty() { "NULL".to_string() } else { places.join(", ") };
        s.conditions.push(format!(
            "EXISTS (SELECT 1 FROM subject_department m WHERE m.department IN ({list}) AND m.subject_key = s.key)"
        ));
    }
    if let Some(regions) = &scope.regions {
        let mut any = Vec::new();
        for r in regions {
            let from = s.bind(Bind::Text(r.clone()));
            let to = s.bind(Bind::Text(format!("{r}~")));
            any.push(format!("(s.region_code >= {from} AND s.region_code < {to})"));
        }
        s.conditions.push(if any.is_empty() {
            "1 = 0".to_string()
        } else {
            format!("({})", any.join(" OR "))
        });
    }
    if let Some(v) = &filter.natural_key {
        s.equal("s.natural_key", v);
    }
    if let Some(v) = &filter.kind {
        s.equal("s.kind", v);
    }
    if let Some(v) = &filter.status {
        s.equal("s.status", v);
    }
    if let Some(v) = &filter.check {
        s.equal("s.identifier_check", v);
    }
    if let Some(v) = &filter.region {
        s.begins("s.region_code", v);
    }
    if let Some(v) = &filter.industry {
        s.begins("s.industry", v);
    }
    if let (Some((scheme, value)), Some(today)) = (&filter.tag, filter.today) {
        let (scheme, value) = (s.bind(Bind::Text(scheme.clone())), s.bind(Bind::Text(value.clone())));
        let (from, to) = (s.bind(Bind::Day(Day(today))), s.bind(Bind::Day(Day(today))));
        s.conditions.push(format!(
            "EXISTS (SELECT 1 FROM subject_tag g WHERE g.scheme = {scheme} AND g.value = {value} AND g.subject_key = s.key \
             AND g.state = 'in_force' AND g.valid_from <= {from} AND (g.valid_to IS NULL OR g.valid_to > {to}))"
        ));
    }
    let (column, down) = match sort {
        Sort::Registered => (None, false),
        Sort::RegisteredDown => (None, true),
        Sort::Name => (Some("s.name_key"), false),
        Sort::Updated => (Some("s.updated_at"), false),
        Sort::UpdatedDown => (Some("s.updated_at"), true),
    };
    let key = if column.is_none() { driver } else { "s.key" };
    let (more, order) = if down { ("<", "DESC") } else { (">", "ASC") };
    if let Some(after) = after {
        match column {
            None => {
                let p = s.bind(Bind::Int(after.key));
                s.conditions.push(format!("{key} {more} {p}"));
            }
            Some(column) => {
                let value = match sort {
                    Sort::Name => Bind::Text(after.value.clone()),
                    _ => Bind::Stamp(stamp(&after.value)),
                };
                let (v, k) = (s.bind(value), s.bind(Bind::Int(after.key)));
                s.conditions.push(format!("({column}, {key}) {more} ({v}, {k})"));
            }
        }
    }
    let mut sql = format!("SELECT s.key AS key FROM {}", s.from);
    if !s.conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&s.conditions.join(" AND "));
    }
    let column = column.map(|c| format!("{c} {order}, ")).unwrap_or_default();
    let p = s.bind(Bind::Int(limit));
    sql.push_str(&format!(" ORDER BY {column}{key} {order} LIMIT {p}"));
    run(c, sql, s.binds).await
}

fn stamp(micros: &str) -> Stamp {
    let t = micros.parse().ok().and_then(|m| jiff::Timestamp::from_microsecond(m).ok());
    Stamp(t.unwrap_or(jiff::Timestamp::UNIX_EPOCH))
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    key: i64,
}

/// Binds differ in type at run time, so the statement is boxed, once per database.
async fn run(c: &mut AnyConn<'_>, sql: String, binds: Vec<Bind>) -> Result<Vec<i64>> {
    use diesel::sql_types::{BigInt, Text};
    macro_rules! bound {
        ($db:ty) => {{
            let mut q = sql_query(sql).into_boxed::<$db>();
            for b in binds {
                q = match b {
                    Bind::Text(v) => q.bind::<Text, _>(v),
                    Bind::Int(v) => q.bind::<BigInt, _>(v),
                    Bind::Stamp(v) => q.bind::<SqlStamp, _>(v),
                    Bind::Day(v) => q.bind::<SqlDay, _>(v),
                };
            }
            q
        }};
    }
    let rows: Vec<Key> = match c {
        AnyConn::Sqlite(lite) => {
            use diesel::RunQueryDsl as _;
            bound!(diesel::sqlite::Sqlite).load(&mut **lite)?
        }
        AnyConn::Pg(shared) => {
            use diesel_async::RunQueryDsl as _;
            let mut pg: &diesel_async::AsyncPgConnection = shared;
            bound!(diesel::pg::Pg).load(&mut pg).await?
        }
    };
    Ok(rows.into_iter().map(|k| k.key).collect())
}
