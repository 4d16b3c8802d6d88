//! Use cases of checklists: templates of organs, the merged list of a visit, answers (检查表).
//!
//! A visit gets a copy, so that a changed template changes no inspection that was begun. Whoever merges visits calls
//! [`checklist_build`] for the combined one. Called by the handlers.

use super::task::hold_own;
use super::visit::find;
use super::{Who, plain};
use crate::api::checklist::{
    ChecklistAnswerInput, ChecklistAnswerView, ChecklistAnswers, ChecklistPoint, ChecklistPointView,
    ChecklistSource, ChecklistTemplateCreate, ChecklistTemplateListQuery, ChecklistTemplatePage,
    ChecklistTemplateReplace, ChecklistTemplateView, ChecklistView,
};
use crate::domain::checklist::{AnswerWord, MergedPoint, Point, Source, merge};
use crate::domain::visit::{DESK_ROLES, FIELD_ROLES, VisitState};
use crate::store::checklist::{self as store, AnswerRow, ChecklistRow, TemplateFilter, TemplateRow};
use crate::store::task::tasks_of;
use crate::store::visit::{VisitRow, visit_hold};
use crate::store::{document, json};
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use store_kit::AnyConn;
use store_kit::types::{TextList, Uid};
use uuid::Uuid;

fn template_view_of(row: TemplateRow) -> Result<ChecklistTemplateView> {
    let points = row.points()?;
    let TemplateRow {
        id,
        organ_code,
        item_id,
        item_number,
        title,
        version,
        points: _,
        is_active,
        source,
        created_by: _,
        created_at,
        updated_at,
    } = row;
    let points = points
        .into_iter()
        .map(|p| {
            let Point { key, content, method, basis } = p;
            ChecklistPoint { key, content, method, basis }
        })
        .collect();
    Ok(ChecklistTemplateView {
        id: id.0,
        organ_code,
        item_id: item_id.map(|i| i.0),
        item_number,
        title,
        is_active,
        source,
        points,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    })
}

/// The points of a template, tidied; a point that is there twice is a fault.
fn points_of(points: Vec<ChecklistPoint>, faults: &mut Vec<Fault>) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(points.len());
    for (at, point) in points.into_iter().enumerate() {
        let ChecklistPoint { key, content, method, basis } = point;
        for (member, text) in
            [("content", Some(&content)), ("method", method.as_ref()), ("basis", basis.as_ref())]
        {
            if text.is_some_and(|t| domain::text::refuse_control(t, true).is_err() || t.trim().is_empty()) {
                faults.push(Fault::new(
                    format!("/points/{at}/{member}"),
                    "bad_text",
                    "不能为空或含控制字符",
                    "must hold text and no control character",
                ));
            }
        }
        let point = Point { key, content: content.trim().to_string(), method, basis };
        let merge_key = point.merge_key();
        if out.iter().any(|known| known.merge_key() == merge_key) {
            faults.push(Fault::new(
                format!("/points/{at}"),
                "doubled_point",
                "与前面的检查项重复",
                "the same as a point before it",
            ));
        }
        out.push(point);
    }
    out
}

/// Audit entry and event of a template.
pub(super) fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &TemplateRow) -> Result<()> {
    let data = serde_json::json!({
        "id": row.id.0, "organ_code": row.organ_code, "item_id": row.item_id.map(|i| i.0), "version": row.version,
        "is_active": row.is_active,
    });
    tx.audit("checklist_template", row.id.0, data.clone());
    let organ = [row.organ_code.clone()];
    tx.event(&format!("checklist_template.{what}"), row.id.0, &organ, super::WHOLE_DISTRICT, &data)
}

/// Lists templates.
pub async fn checklist_template_list(ctx: &Ctx, query: ChecklistTemplateListQuery) -> Result<Reply> {
    let ChecklistTemplateListQuery { organ_code, item_id, is_active, cursor, limit } = query;
    let who = Who::of(ctx)?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = TemplateFilter { organ_code, item_id, is_active };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            Ok(store::template_list(c, &who.scope, &filter, after, limit + 1).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let items = items.into_iter().map(template_view_of).collect::<Result<Vec<_>>>()?;
    Reply::page(ctx, &ChecklistTemplatePage { items, next: next.clone() }, next.as_deref())
}

/// One template.
pub async fn checklist_template_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::template_view(c, &who.scope, id).await?))
        .await?;
    let row = row.ok_or_else(|| Error::not_found("checklist template"))?;
    let version = row.version;
    Ok(Reply::ok(&template_view_of(row)?)?.version(version))
}

/// Adds a template.
pub async fn checklist_template_create(ctx: &Ctx, body: ChecklistTemplateCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let ChecklistTemplateCreate { organ_code, item_id, item_number, title, source, points } = body;
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(super::other_department());
    }
    let mut faults = Vec::new();
    plain("/title", Some(&title), &mut faults);
    plain("/source", source.as_deref(), &mut faults);
    plain("/item_number", item_number.as_deref(), &mut faults);
    let points = points_of(points, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    super::outside::known_organ(&ctx.kit, &organ_code, "/organ_code").await?;
    ctx.change(async move |tx| {
        let (id, now) = (Uuid::now_v7(), tx.now());
        let row = TemplateRow {
            id: Uid(id),
            organ_code,
            item_id: item_id.map(Uid),
            item_number,
            title,
            version: 1,
            points: store::points_json(&points)?,
            is_active: true,
            source,
            created_by: who.caller.subject.clone(),
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::template_create(tx.conn(), &row).await?;
        tell(tx, "created", &row)?;
        Ok(Reply::created(&template_view_of(row)?, format!("/v1/checklist-templates/{id}"))?.version(1))
    })
    .await
}

/// Puts another content into the place of a template's; lists of visits stay as they are.
pub async fn checklist_template_replace(
    ctx: &Ctx,
    id: Uuid,
    body: ChecklistTemplateReplace,
) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let ChecklistTemplateReplace { title, item_number, is_active, source, points } = body;
    let mut faults = Vec::new();
    plain("/title", Some(&title), &mut faults);
    plain("/source", source.as_deref(), &mut faults);
    plain("/item_number", item_number.as_deref(), &mut faults);
    let points = points_of(points, &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    ctx.change(async move |tx| {
        let row = store::template_view(tx.conn(), &who.scope, id).await?;
        let mut row = row.ok_or_else(|| Error::not_found("checklist template"))?;
        if !who.may_write_for(&row.organ_code) {
            return Err(super::other_department());
        }
        super::expect(Some(wanted), row.version)?;
        row.title = title;
        row.item_number = item_number;
        row.is_active = is_active;
        row.source = source;
        row.points = store::points_json(&points)?;
        row.version += 1;
        row.updated_at = tx.now().into();
        if !store::template_update(tx.conn(), &row).await? {
            return Err(service_kit::extract::changed());
        }
        tell(tx, "replaced", &row)?;
        let version = row.version;
        Ok(Reply::ok(&template_view_of(row)?)?.version(version))
    })
    .await
}

async fn view(c: &mut AnyConn<'_>, row: ChecklistRow) -> Result<ChecklistView> {
    let points = store::points_of(c, row.id).await?;
    let answers = store::answers_of(c, row.id).await?;
    let ChecklistRow {
        id,
        visit_id,
        sources,
        points_before_merge,
        created_by: _,
        version,
        created_at,
        updated_at: _,
    } = row;
    let points = points
        .into_iter()
        .map(|p| {
            let MergedPoint { position, key: _, content, method, basis, item_id, organ_codes } = p;
            let own = answers.iter().filter(|a| a.position == position);
            let answers = own.cloned().map(answer_view).collect::<Result<Vec<_>>>()?;
            Ok(ChecklistPointView { position, content, method, basis, item_id, organ_codes, answers })
        })
        .collect::<Result<Vec<_>>>()?;
    let sources: Vec<ChecklistSource> = document(sources.0)?;
    Ok(ChecklistView {
        id: id.0,
        visit_id: visit_id.0,
        sources,
        points_before_merge,
        points,
        version,
        created_at: created_at.0,
    })
}

fn answer_view(row: AnswerRow) -> Result<ChecklistAnswerView> {
    let answer = row.answer()?;
    let AnswerRow {
        checklist_id: _,
        position: _,
        organ_code,
        task_id: _,
        answer: _,
        note,
        evidence_ids,
        answered_by,
        answered_at,
    } = row;
    Ok(ChecklistAnswerView {
        organ_code,
        answer,
        note,
        evidence_ids: evidence_ids.0,
        answered_by,
        answered_at: answered_at.0,
    })
}

/// Makes the list of a visit anew out of the templates in use of its organs: each point once, whoever wants it.
///
/// Gives none when no organ has a template. For the visits' own handler and for whoever merges visits; the visit is held.
///
/// # Errors
/// 409 `checklist_answered` when an answer was given already; database errors.
pub(crate) async fn checklist_build(tx: &mut Tx<'_, '_>, visit: &VisitRow) -> Result<Option<ChecklistRow>> {
    let before = store::checklist_of(tx.conn(), visit.id.0).await?;
    if let Some(before) = &before
        && !store::answers_of(tx.conn(), before.id).await?.is_empty()
    {
        return Err(Error::conflict(
            "checklist_answered",
            "检查表已有填写结果，不能重新生成",
            "The checklist has answers already",
        ));
    }
    let mut sources = Vec::new();
    let mut lists = Vec::new();
    for task in tasks_of(tx.conn(), visit.id.0).await? {
        let mut templates = store::templates_for(tx.conn(), &task.organ_code, task.item_id).await?;
        if templates.is_empty() && task.item_id.is_some() {
            // Without one for the item, the organ's general ones.
            templates = store::templates_for(tx.conn(), &task.organ_code, None).await?;
        }
        for template in templates {
            lists.push(Source {
                organ_code: task.organ_code.clone(),
                item_id: task.item_id.map(|i| i.0),
                points: template.points()?,
            });
            sources.push(ChecklistSource {
                template_id: template.id.0,
                version: template.version,
                organ_code: template.organ_code,
                title: template.title,
            });
        }
    }
    if lists.is_empty() {
        return Ok(None);
    }
    let merged = merge(&lists);
    let now = tx.now();
    let row = ChecklistRow {
        id: Uid(Uuid::now_v7()),
        visit_id: visit.id,
        sources: json(&sources)?,
        points_before_merge: i64::try_from(merged.before).unwrap_or(i64::MAX),
        created_by: tx.actor().subject.clone(),
        version: before.map_or(1, |b| b.version + 1),
        created_at: now.into(),
        updated_at: now.into(),
    };
    store::checklist_put(tx.conn(), &row, &merged.points).await?;
    let data = serde_json::json!({
        "id": row.id.0, "visit_id": visit.id.0, "templates": sources.len(), "points": merged.points.len(),
        "points_before_merge": merged.before, "saved": merged.saved(),
    });
    tx.audit("checklist", row.id.0, data.clone());
    tx.event("checklist.built", row.id.0, &visit.departments.0, &visit.region_code, &data)?;
    Ok(Some(row))
}

/// Makes the list of a visit anew.
pub async fn checklist_create(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    ctx.change(async move |tx| {
        let visit = visit_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("visit"))?;
        who.role(DESK_ROLES)?;
        if !visit.departments.0.contains(&who.caller.department) {
            return Err(super::other_department());
        }
        let state = visit.state()?;
        if state.is_terminal() {
            return Err(super::transition_refused(state, "build_checklist"));
        }
        let Some(row) = checklist_build(tx, &visit).await? else {
            return Err(Error::conflict(
                "no_checklist_template",
                "参加部门都没有启用的检查表模板",
                "No organ of the visit has a checklist template in use",
            ));
        };
        let version = row.version;
        let view = view(tx.conn(), row).await?;
        Ok(Reply::created(&view, format!("/v1/visits/{id}/checklist"))?.version(version))
    })
    .await
}

/// The list of a visit with the answers of all organs.
pub async fn checklist_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let view = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            let row = store::checklist_of(c, id).await?.ok_or_else(|| Error::not_found("checklist"))?;
            view(c, row).await
        })
        .await?;
    let version = view.version;
    Ok(Reply::ok(&view)?.version(version))
}

/// Notes answers of the caller's organ while it inspects.
pub async fn checklist_answer(ctx: &Ctx, task_id: Uuid, body: ChecklistAnswers) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let ChecklistAnswers { answers } = body;
    ctx.change(async move |tx| {
        let (visit, task) = hold_own(tx, &who, task_id).await?;
        who.role(FIELD_ROLES)?;
        let state = task.state()?;
        if !matches!(state, VisitState::Inspecting | VisitState::Recorded) {
            return Err(super::transition_refused(state, "answer"));
        }
        let list = store::checklist_of(tx.conn(), visit.id.0).await?;
        let mut list = list.ok_or_else(|| {
            Error::conflict("checklist_missing", "本次检查还没有检查表", "The visit has no checklist yet")
        })?;
        let points = store::points_of(tx.conn(), list.id).await?;
        let now = tx.now();
        let mut faults = Vec::new();
        let mut rows: Vec<AnswerRow> = Vec::with_capacity(answers.len());
        for (at, given) in answers.into_iter().enumerate() {
            let ChecklistAnswerInput { position, answer, note, evidence_ids } = given;
            let is_own = points.iter().any(|p| p.position == position && p.organ_codes.contains(&task.organ_code));
            if !is_own {
                faults.push(Fault::new(
                    format!("/answers/{at}/position"),
                    "not_your_point",
                    "没有这个检查项，或不由本部门填写",
                    "no such point, or not one of this organ",
                ));
            }
            if rows.iter().any(|r| r.position == position) {
                faults.push(Fault::new(format!("/answers/{at}/position"), "position_twice", "重复填写", "given twice"));
            }
            if matches!(answer, AnswerWord::Fail | AnswerWord::NotApplicable) && note.is_none() {
                faults.push(Fault::new(
                    format!("/answers/{at}/note"),
                    "note_missing",
                    "不合格或合理缺项须写明情况",
                    "say what failed, or why it does not apply",
                ));
            }
            rows.push(AnswerRow {
                checklist_id: list.id,
                position,
                organ_code: task.organ_code.clone(),
                task_id: task.id,
                answer: answer.to_string(),
                note,
                evidence_ids: TextList(evidence_ids.iter().map(ToString::to_string).collect()),
                answered_by: who.caller.subject.clone(),
                answered_at: now.into(),
            });
        }
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        store::answers_put(tx.conn(), &rows).await?;
        list.version += 1;
        list.updated_at = now.into();
        store::checklist_touch(tx.conn(), &list).await?;
        let failed = rows.iter().filter(|r| r.answer == AnswerWord::Fail.as_str()).count();
        let data = serde_json::json!({
            "checklist_id": list.id.0, "visit_id": visit.id.0, "task_id": task.id.0, "organ_code": task.organ_code,
            "answers": rows.len(), "failed": failed,
        });
        tx.audit("checklist", list.id.0, data.clone());
        tx.event("checklist.answered", list.id.0, &visit.departments.0, &visit.region_code, &data)?;
        let version = list.version;
        Ok(Reply::ok(&view(tx.conn(), list).await?)?.version(version))
    })
    .await
}
