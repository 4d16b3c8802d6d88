//! SQL: checklist templates of organs, the copy that a visit has, and the answers. Called by the checklist app functions;
//! [`answer_counts`] also by results and closes.

use super::schema::{checklist, checklist_answer, checklist_point, checklist_template};
use super::{document, json, word};
use crate::domain::checklist::{AnswerWord, MergedPoint, Point};
use service_kit::Scope;
use store_kit::prelude::*;
use uuid::Uuid;

/// One template.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = checklist_template, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct TemplateRow {
    /// Id.
    pub id: Uid,
    /// Organ.
    pub organ_code: String,
    /// Item of the catalog.
    pub item_id: Option<Uid>,
    /// Its number.
    pub item_number: Option<String>,
    /// Title.
    pub title: String,
    /// Version.
    pub version: i64,
    /// Points: a list of [`Point`].
    pub points: Json,
    /// Whether new visits take it.
    pub is_active: bool,
    /// Where it comes from.
    pub source: Option<String>,
    /// Account.
    pub created_by: String,
    /// When it was added.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

impl TemplateRow {
    /// Its points.
    ///
    /// # Errors
    /// A broken row.
    pub fn points(&self) -> StoreResult<Vec<Point>> {
        document(self.points.0.clone())
    }
}

/// Writes points into a column.
///
/// # Errors
/// Never in practice.
pub fn points_json(points: &[Point]) -> StoreResult<Json> {
    json(&points)
}

/// The list of one visit.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = checklist, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ChecklistRow {
    /// Id.
    pub id: Uid,
    /// Visit.
    pub visit_id: Uid,
    /// Templates it was made of: `[{"template_id", "organ_code", "version", "title"}]`.
    pub sources: Json,
    /// Points of all templates.
    pub points_before_merge: i64,
    /// Account.
    pub created_by: String,
    /// Version.
    pub version: i64,
    /// When it was made.
    pub created_at: Stamp,
    /// Last change.
    pub updated_at: Stamp,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = checklist_point, treat_none_as_default_value = false)]
struct PointRow {
    checklist_id: Uid,
    position: i64,
    point_key: String,
    content: String,
    method: Option<String>,
    basis: Option<String>,
    item_id: Option<Uid>,
    organ_codes: TextList,
}

/// One answer of one organ.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = checklist_answer, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct AnswerRow {
    /// List.
    pub checklist_id: Uid,
    /// Point.
    pub position: i64,
    /// Organ.
    pub organ_code: String,
    /// Its task.
    pub task_id: Uid,
    /// An [`AnswerWord`].
    pub answer: String,
    /// Remark.
    pub note: Option<String>,
    /// Evidence.
    pub evidence_ids: TextList,
    /// Account.
    pub answered_by: String,
    /// When.
    pub answered_at: Stamp,
}

impl AnswerRow {
    /// The answer.
    ///
    /// # Errors
    /// A broken row.
    pub fn answer(&self) -> StoreResult<AnswerWord> {
        word(&self.answer)
    }
}

/// One template within the scope.
///
/// # Errors
/// Database errors.
pub async fn template_view(c: &mut AnyConn<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<TemplateRow>> {
    let row: Option<TemplateRow> =
        on!(c, c => checklist_template::table.find(Uid(id)).select(TemplateRow::as_select()).first(c))
            .optional()?;
    Ok(row.filter(|r| scope.sees_department(&r.organ_code)))
}

/// Which templates a list holds.
#[derive(Clone, Debug, Default)]
pub struct TemplateFilter {
    /// Organ.
    pub organ_code: Option<String>,
    /// Item.
    pub item_id: Option<Uuid>,
    /// In use.
    pub is_active: Option<bool>,
}

/// A page of templates within the scope, in the order they were added.
///
/// # Errors
/// Database errors.
pub async fn template_list(
    c: &mut AnyConn<'_>,
    scope: &Scope,
    filter: &TemplateFilter,
    after: Option<Uuid>,
    limit: i64,
) -> StoreResult<Vec<TemplateRow>> {
    let mine = scope.departments.clone();
    let TemplateFilter { organ_code, item_id, is_active } = filter.clone();
    Ok(on!(c, c => {
        let mut q = checklist_template::table.select(TemplateRow::as_select()).into_boxed();
        if let Some(mine) = mine {
            q = q.filter(checklist_template::organ_code.eq_any(mine));
        }
        if let Some(organ) = organ_code {
            q = q.filter(checklist_template::organ_code.eq(organ));
        }
        if let Some(item) = item_id {
            q = q.filter(checklist_template::item_id.eq(Uid(item)));
        }
        if let Some(is_active) = is_active {
            q = q.filter(checklist_template::is_active.eq(is_active));
        }
        if let Some(after) = after {
            q = q.filter(checklist_template::id.gt(Uid(after)));
        }
        q.order(checklist_template::id.asc()).limit(limit).load(c)
    })?)
}

/// The templates in use of an organ for an item; for one without an item, those of the organ that name none.
///
/// # Errors
/// Database errors.
pub async fn templates_for(
    c: &mut AnyConn<'_>,
    organ: &str,
    item: Option<Uid>,
) -> StoreResult<Vec<TemplateRow>> {
    let organ = organ.to_string();
    Ok(on!(c, c => {
        let mut q = checklist_template::table
            .filter(checklist_template::organ_code.eq(organ))
            .filter(checklist_template::is_active.eq(true))
            .select(TemplateRow::as_select())
            .into_boxed();
        q = match item {
            Some(item) => q.filter(checklist_template::item_id.eq(item)),
            None => q.filter(checklist_template::item_id.is_null()),
        };
        q.order(checklist_template::id.asc()).limit(50).load(c)
    })?)
}

/// All templates of these organs.
///
/// # Errors
/// Database errors.
pub async fn templates_of_organs(c: &mut AnyConn<'_>, organs: Vec<String>) -> StoreResult<Vec<TemplateRow>> {
    Ok(on!(c, c => checklist_template::table.filter(checklist_template::organ_code.eq_any(organs))
        .order(checklist_template::id.asc()).select(TemplateRow::as_select()).load(c))?)
}

/// The templates with these ids that are there, of any organ; for who decides which of them may be known.
///
/// # Errors
/// Database errors.
pub async fn templates_known(c: &mut AnyConn<'_>, ids: Vec<Uid>) -> StoreResult<Vec<TemplateRow>> {
    let mut out = Vec::new();
    for chunk in ids.chunks(500) {
        let chunk = chunk.to_vec();
        out.append(&mut on!(c, c => checklist_template::table.filter(checklist_template::id.eq_any(chunk))
            .select(TemplateRow::as_select()).load(c))?);
    }
    Ok(out)
}

/// Adds a template.
///
/// # Errors
/// Database errors.
pub async fn template_create(c: &mut AnyConn<'_>, row: &TemplateRow) -> StoreResult<()> {
    on!(c, c => insert_into(checklist_template::table).values(row).execute(c))?;
    Ok(())
}

/// Changes a template that still has the version before `row.version`; false when somebody was quicker.
///
/// # Errors
/// Database errors.
pub async fn template_update(c: &mut AnyConn<'_>, row: &TemplateRow) -> StoreResult<bool> {
    let before = row.version - 1;
    let n = on!(c, c => update(checklist_template::table.find(row.id)
        .filter(checklist_template::version.eq(before))).set(row).execute(c))?;
    Ok(n == 1)
}

/// The list of a visit.
///
/// # Errors
/// Database errors.
pub async fn checklist_of(c: &mut AnyConn<'_>, visit_id: Uuid) -> StoreResult<Option<ChecklistRow>> {
    Ok(on!(c, c => checklist::table.filter(checklist::visit_id.eq(Uid(visit_id)))
        .select(ChecklistRow::as_select()).first(c))
    .optional()?)
}

/// Puts a list into the place of the one that the visit had, if any.
///
/// # Errors
/// Database errors.
pub async fn checklist_put(
    c: &mut AnyConn<'_>,
    row: &ChecklistRow,
    points: &[MergedPoint],
) -> StoreResult<()> {
    on!(c, c => delete(checklist::table.filter(checklist::visit_id.eq(row.visit_id))).execute(c))?;
    on!(c, c => insert_into(checklist::table).values(row).execute(c))?;
    let rows: Vec<PointRow> = points
        .iter()
        .cloned()
        .map(|p| {
            let MergedPoint { position, key, content, method, basis, item_id, organ_codes } = p;
            PointRow {
                checklist_id: row.id,
                position,
                point_key: key,
                content,
                method,
                basis,
                item_id: item_id.map(Uid),
                organ_codes: TextList(organ_codes),
            }
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(c, c => insert_into(checklist_point::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The points of a list, in order.
///
/// # Errors
/// Database errors.
pub async fn points_of(c: &mut AnyConn<'_>, checklist_id: Uid) -> StoreResult<Vec<MergedPoint>> {
    let rows: Vec<PointRow> = on!(c, c => checklist_point::table
        .filter(checklist_point::checklist_id.eq(checklist_id))
        .order(checklist_point::position.asc()).select(PointRow::as_select()).load(c))?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let PointRow {
                checklist_id: _,
                position,
                point_key,
                content,
                method,
                basis,
                item_id,
                organ_codes,
            } = r;
            MergedPoint {
                position,
                key: point_key,
                content,
                method,
                basis,
                item_id: item_id.map(|i| i.0),
                organ_codes: organ_codes.0,
            }
        })
        .collect())
}

/// The answers of all organs to a list.
///
/// # Errors
/// Database errors.
pub async fn answers_of(c: &mut AnyConn<'_>, checklist_id: Uid) -> StoreResult<Vec<AnswerRow>> {
    Ok(on!(c, c => checklist_answer::table.filter(checklist_answer::checklist_id.eq(checklist_id))
        .order((checklist_answer::position.asc(), checklist_answer::organ_code.asc()))
        .select(AnswerRow::as_select()).load(c))?)
}

/// Notes answers; later ones take the place of earlier ones of the same organ.
///
/// # Errors
/// Database errors.
pub async fn answers_put(c: &mut AnyConn<'_>, rows: &[AnswerRow]) -> StoreResult<()> {
    for row in rows {
        on!(c, c => insert_into(checklist_answer::table).values(row)
            .on_conflict((checklist_answer::checklist_id, checklist_answer::position, checklist_answer::organ_code))
            .do_update().set(row).execute(c))?;
    }
    Ok(())
}

/// How an organ's part of a list stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// Points that the organ answers.
    pub points: usize,
    /// Points it answered with anything but "not checked".
    pub answered: usize,
    /// Points it answered with "fail".
    pub failed: usize,
    /// Points without any answer.
    pub unanswered: usize,
}

/// Counts an organ's answers in a visit; zeroes where the visit has no list.
///
/// # Errors
/// Database errors.
pub async fn answer_counts(c: &mut AnyConn<'_>, visit_id: Uuid, organ: &str) -> StoreResult<AnswerCounts> {
    let Some(list) = checklist_of(c, visit_id).await? else { return Ok(AnswerCounts::default()) };
    let points = points_of(c, list.id).await?;
    let answers = answers_of(c, list.id).await?;
    let own = points.iter().filter(|p| p.organ_codes.iter().any(|o| o == organ));
    let mut counts = AnswerCounts::default();
    for point in own {
        counts.points += 1;
        match answers.iter().find(|a| a.position == point.position && a.organ_code == organ) {
            None => counts.unanswered += 1,
            Some(answer) => match answer.answer()? {
                AnswerWord::NotChecked => {}
                AnswerWord::Fail => {
                    counts.answered += 1;
                    counts.failed += 1;
                }
                AnswerWord::Pass | AnswerWord::NotApplicable => counts.answered += 1,
            },
        }
    }
    Ok(counts)
}

/// Notes that a list has a new version.
///
/// # Errors
/// Database errors.
pub async fn checklist_touch(c: &mut AnyConn<'_>, row: &ChecklistRow) -> StoreResult<()> {
    on!(c, c => update(checklist::table.find(row.id))
        .set((checklist::version.eq(row.version), checklist::updated_at.eq(row.updated_at))).execute(c))?;
    Ok(())
}
