//! Rows of supervision items and of their cooperating departments.
//!
//! Drafts belong to the lead and cooperating departments: every reading function takes the caller's scope and says how much
//! of the item it may see. Called by the item app functions.

use super::schema::{item_cooperation, supervision_item};
use super::{document, json, word};
use crate::domain::content::ItemContent;
use crate::domain::record::{Answer, Item, ItemDue, Sight};
use domain::vocabulary::{ItemCategory, ItemState};
use jiff::Timestamp;
use service_kit::Scope;
use std::collections::HashMap;
use store_kit::prelude::*;
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = supervision_item, treat_none_as_default_value = false, treat_none_as_null = true)]
struct ItemRow {
    id: Uid,
    state: String,
    public_state: Option<String>,
    lead_department: String,
    category: String,
    field: String,
    content: Json,
    is_example: bool,
    published_version: Option<i64>,
    submitted_by: Option<String>,
    entered_at: Stamp,
    due_date: Option<Day>,
    due_at: Option<Stamp>,
    due_calendar: Option<String>,
    transitions: i64,
    created_by: String,
    version: i64,
    created_at: Stamp,
    updated_at: Stamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = item_cooperation, treat_none_as_default_value = false)]
struct CoopRow {
    item_id: Uid,
    department: String,
    position: i64,
    state: String,
    actor: Option<String>,
    note: Option<String>,
    decided_at: Option<Stamp>,
}

fn row_of(item: &Item) -> StoreResult<ItemRow> {
    let Item {
        id,
        state,
        public_state,
        content,
        is_example,
        published_version,
        submitted_by,
        entered_at,
        due,
        transitions,
        cooperation: _,
        created_by,
        version,
        created_at,
        updated_at,
    } = item.clone();
    Ok(ItemRow {
        id: Uid(id),
        state: state.to_string(),
        public_state: public_state.map(|s| s.to_string()),
        lead_department: content.lead_department.clone(),
        category: content.category.to_string(),
        field: content.field.clone(),
        content: json(&content)?,
        is_example,
        published_version,
        submitted_by,
        entered_at: entered_at.into(),
        due_date: due.as_ref().map(|d| Day(d.date)),
        due_at: due.as_ref().map(|d| d.at.into()),
        due_calendar: due.map(|d| d.calendar),
        transitions,
        created_by,
        version,
        created_at: created_at.into(),
        updated_at: updated_at.into(),
    })
}

fn coop_rows(item: &Item) -> Vec<CoopRow> {
    let rows = item.cooperation.iter().zip(0i64..).map(|(answer, position)| {
        let Answer { department, state, actor, note, at } = answer.clone();
        CoopRow {
            item_id: Uid(item.id),
            department,
            position,
            state: state.to_string(),
            actor,
            note,
            decided_at: at.map(Stamp::from),
        }
    });
    rows.collect()
}

fn read(row: ItemRow, cooperation: Vec<Answer>) -> StoreResult<Item> {
    let ItemRow {
        id,
        state,
        public_state,
        lead_department: _,
        category: _,
        field: _,
        content,
        is_example,
        published_version,
        submitted_by,
        entered_at,
        due_date,
        due_at,
        due_calendar,
        transitions,
        created_by,
        version,
        created_at,
        updated_at,
    } = row;
    let due = match (due_date, due_at, due_calendar) {
        (Some(date), Some(at), Some(calendar)) => Some(ItemDue { date: date.0, at: at.0, calendar }),
        _ => None,
    };
    Ok(Item {
        id: id.0,
        state: word(&state)?,
        public_state: public_state.map(|s| word(&s)).transpose()?,
        content: document(content.0)?,
        is_example,
        published_version,
        submitted_by,
        entered_at: entered_at.0,
        due,
        transitions,
        cooperation,
        created_by,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

fn sight(scope: &Scope, item: &Item) -> Option<Sight> {
    let Some(mine) = &scope.departments else { return Some(Sight::Working) };
    if item.content.departments().iter().any(|d| mine.contains(d)) {
        return Some(Sight::Working);
    }
    item.public_state.map(|_| Sight::Published)
}

async fn with_answers(c: &mut AnyConn<'_>, rows: Vec<ItemRow>) -> StoreResult<Vec<Item>> {
    let ids: Vec<Uid> = rows.iter().map(|r| r.id).collect();
    let mut answers: HashMap<Uuid, Vec<Answer>> = HashMap::new();
    for chunk in ids.chunks(500) {
        let found: Vec<CoopRow> = on!(c, c => item_cooperation::table
            .filter(item_cooperation::item_id.eq_any(chunk.to_vec()))
            .order((item_cooperation::item_id.asc(), item_cooperation::position.asc()))
            .select(CoopRow::as_select()).load(c))?;
        for row in found {
            let CoopRow { item_id, department, position: _, state, actor, note, decided_at } = row;
            let answer =
                Answer { department, state: word(&state)?, actor, note, at: decided_at.map(|s| s.0) };
            answers.entry(item_id.0).or_default().push(answer);
        }
    }
    rows.into_iter()
        .map(|r| {
            let own = answers.remove(&r.id.0).unwrap_or_default();
            read(r, own)
        })
        .collect()
}

/// One item, and how much of it the caller sees.
///
/// # Errors
/// Database errors.
pub async fn item_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<(Item, Sight)>> {
    let row: Option<ItemRow> =
        on!(c, c => supervision_item::table.find(Uid(id)).select(ItemRow::as_select()).first(c))
            .optional()?;
    let items = with_answers(c, row.into_iter().collect()).await?;
    Ok(items.into_iter().next().and_then(|item| sight(scope, &item).map(|s| (item, s))))
}

/// As [`item_view`], with the row held until the change ends.
///
/// # Errors
/// Database errors.
pub async fn item_hold(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<(Item, Sight)>> {
    // SQLite has one writer; PostgreSQL must be told that two departments may answer in the same moment.
    if let AnyConn::Pg(_) = c {
        #[derive(QueryableByName)]
        struct Held {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            #[expect(dead_code, reason = "only the lock matters")]
            version: i64,
        }
        let _: Vec<Held> = on!(c, c => sql_query("SELECT version FROM supervision_item WHERE id = $1 FOR UPDATE")
            .bind::<SqlUid, _>(Uid(id)).load(c))?;
    }
    item_view(c, scope, id).await
}

/// These items, whoever asks: for what is public of them.
///
/// # Errors
/// Database errors.
pub async fn item_known(c: &mut AnyConn<'_>, ids: Vec<Uuid>) -> StoreResult<Vec<Item>> {
    let ids: Vec<Uid> = ids.into_iter().map(Uid).collect();
    let rows: Vec<ItemRow> = on!(c, c => supervision_item::table.filter(supervision_item::id.eq_any(ids))
        .select(ItemRow::as_select()).load(c))?;
    with_answers(c, rows).await
}

/// Contents of items in these fields that are not withdrawn; to find doubles, never to be shown.
///
/// # Errors
/// Database errors.
pub async fn item_like(c: &mut AnyConn<'_>, fields: Vec<String>) -> StoreResult<Vec<ItemContent>> {
    let rows: Vec<Json> = on!(c, c => supervision_item::table
        .filter(supervision_item::field.eq_any(fields))
        .filter(supervision_item::state.ne(ItemState::Withdrawn.as_str()))
        .select(supervision_item::content).load(c))?;
    rows.into_iter().map(|json| document(json.0)).collect()
}

/// Which items a list holds.
#[derive(Clone, Debug, Default)]
pub struct ItemFilter {
    /// State as the caller sees it.
    pub state: Option<ItemState>,
    /// Lead department.
    pub lead_department: Option<String>,
    /// One of the cooperating departments.
    pub cooperating_department: Option<String>,
    /// Key or general.
    pub category: Option<ItemCategory>,
    /// Only items whose term was over at this moment.
    pub overdue_at: Option<Timestamp>,
}

/// A page of items that the caller sees, in the order of their ids.
///
/// # Errors
/// Database errors.
pub async fn item_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &ItemFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<(Item, Sight)>> {
    use supervision_item as i;
    let mine = scope.departments.clone();
    let rows: Vec<ItemRow> = on!(c, c => {
        let mut q = i::table.select(ItemRow::as_select()).into_boxed();
        let state = filter.state.map(|s| s.to_string());
        match mine {
            Some(mine) => {
                let coop = item_cooperation::table
                    .filter(item_cooperation::department.eq_any(mine.clone())).select(item_cooperation::item_id);
                let is_party = || i::lead_department.eq_any(mine.clone()).or(i::id.eq_any(coop.clone()));
                q = match state {
                    None => q.filter(is_party().or(i::public_state.is_not_null())),
                    Some(state) => q.filter(
                        is_party().and(i::state.eq(state.clone()))
                            .or(diesel::dsl::not(is_party()).and(i::public_state.eq(state).assume_not_null())),
                    ),
                };
            }
            None => {
                if let Some(state) = state {
                    q = q.filter(i::state.eq(state));
                }
            }
        }
        if let Some(lead) = &filter.lead_department {
            q = q.filter(i::lead_department.eq(lead));
        }
        if let Some(department) = &filter.cooperating_department {
            let coop = item_cooperation::table
                .filter(item_cooperation::department.eq(department)).select(item_cooperation::item_id);
            q = q.filter(i::id.eq_any(coop));
        }
        if let Some(category) = filter.category {
            q = q.filter(i::category.eq(category.as_str()));
        }
        if let Some(now) = filter.overdue_at {
            q = q.filter(i::due_at.le(Stamp::from(now)));
        }
        if let Some(after) = after {
            q = q.filter(i::id.gt(Uid(after)));
        }
        q.order(i::id.asc()).limit(limit).load(c)
    })?;
    let items = with_answers(c, rows).await?;
    Ok(items.into_iter().filter_map(|item| sight(scope, &item).map(|s| (item, s))).collect())
}

/// Adds items with their cooperating departments.
///
/// # Errors
/// Database errors.
pub async fn item_create(c: &mut AnyConn<'_>, items: &[Item]) -> StoreResult<()> {
    for chunk in items.chunks(500) {
        let rows = chunk.iter().map(row_of).collect::<StoreResult<Vec<_>>>()?;
        on!(c, c => insert_into(supervision_item::table).values(rows).execute(c))?;
        let coop: Vec<CoopRow> = chunk.iter().flat_map(coop_rows).collect();
        for part in coop.chunks(1000) {
            on!(c, c => insert_into(item_cooperation::table).values(part).execute(c))?;
        }
    }
    Ok(())
}

/// Changes an item that still has the version before `item.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn item_update(c: &mut AnyConn<'_>, item: &Item) -> StoreResult<bool> {
    let row = row_of(item)?;
    let before = item.version - 1;
    let n = on!(c, c => update(supervision_item::table.find(row.id).filter(supervision_item::version.eq(before)))
        .set(&row).execute(c))?;
    if n == 0 {
        return Ok(false);
    }
    on!(c, c => delete(item_cooperation::table.filter(item_cooperation::item_id.eq(row.id))).execute(c))?;
    let coop = coop_rows(item);
    on!(c, c => insert_into(item_cooperation::table).values(&coop).execute(c))?;
    Ok(true)
}
