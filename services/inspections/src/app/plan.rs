//! Use cases of annual plans: adding and changing drafts, listing, viewing. Steps are in [`step`], what the catalog says of
//! organs and items in [`facts`], the linter's say in `gate`.
//!
//! Who sees what is the store's answer ([`Sight`]): the departments of a plan and district-wide roles see all of it, everybody
//! else a public plan. Content that cannot be read stays as text with a remark; content that contradicts itself is refused
//! with every fault at once.

pub mod facts;
mod gate;
pub mod step;

use super::{Grounds, Step, WHOLE_DISTRICT, Who, calendar_missing, other_department, outside, step_add};
use crate::api::plan::{
    PlanCooperation, PlanCreate, PlanLead, PlanListQuery, PlanPage, PlanPeriod, PlanUpdate, PlanView,
};
use crate::api::step::PartQuery;
use crate::domain::plan::{
    AGGREGATE, DrawException, EDIT, ItemLink, Part, Plan, PlanContent, PlanFault, PlanReasons, Sight,
    StepRefusal, Stratum, SubjectFilter, faults, submission_due,
};
use crate::domain::step::TermEnd;
use crate::store::plan::{self as store, PlanFilter};
use domain::parse::period::Period;
use domain::vocabulary::{ItemCategory, PlanKind, PlanRole, PlanState, Role, SubjectKind};
use facts::Facts;
use service_kit::lang::Lang;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kit, Page, Reply, Result, Tx};
use store_kit::AnyConn;
use table_kit::form::clean;
use uuid::Uuid;

/// A plan that the caller sees, or 404.
///
/// # Errors
/// 404; database errors.
pub(crate) async fn find(c: &mut AnyConn<'_>, who: &Who, id: Uuid) -> Result<(Plan, Sight)> {
    store::plan_view(c, &who.scope, id).await?.ok_or_else(|| Error::not_found("plan"))
}

/// As [`find`], held for a change; who sees it only because it is public may not change it.
///
/// # Errors
/// 404; 403 `not_a_party`; database errors.
pub(crate) async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid) -> Result<Plan> {
    let (plan, sight) =
        store::plan_hold(tx.conn(), &who.scope, id).await?.ok_or_else(|| Error::not_found("plan"))?;
    if sight == Sight::Public {
        return Err(Error::forbidden(
            "not_a_party",
            "本部门不是该计划的牵头或配合部门",
            "Your department is neither lead nor cooperating in this plan",
        ));
    }
    Ok(plan)
}

/// 422 from faults of a content.
pub(crate) fn content_error(faults: Vec<PlanFault>) -> Error {
    Error::invalid(faults.into_iter().map(|f| Fault::new(f.pointer, f.code, f.zh, f.en)).collect())
}

/// 403 or 409 for a refused step.
pub(crate) fn step_error(refusal: &StepRefusal) -> Error {
    match refusal {
        StepRefusal::State(r) => Error::conflict("transition_refused", r.message_zh(), r.to_string()),
        StepRefusal::RoleMissing => {
            Error::forbidden("role_missing", "您的角色不能办理此环节", "Your roles do not allow this step")
        }
        StepRefusal::NotLead => Error::forbidden(
            "not_lead_department",
            "此环节只能由牵头部门办理",
            "Only the lead department may take this step",
        ),
        StepRefusal::NotCooperating => Error::forbidden(
            "not_cooperating_department",
            "此环节只能由配合部门办理",
            "Only a cooperating department may take this step",
        ),
        StepRefusal::SeparationOfDuties => Error::forbidden(
            "separation_of_duties",
            "报送人不得统筹、批准、备案、公布、评估同一计划，起草或修改过计划的人不得批准、备案",
            "Who handed a plan in may not merge, approve, file, publish or evaluate it; who drafted or changed it may not \
             approve or file it",
        ),
        StepRefusal::AlreadySigned => {
            Error::conflict("already_signed", "本部门已会签", "Your department has signed already")
        }
    }
}

/// Audit entry and event of a changed plan. What is public goes to everybody, the rest to its departments.
///
/// # Errors
/// 500 when the event cannot be written.
pub(crate) fn tell(tx: &mut Tx<'_, '_>, what: &str, plan: &Plan, more: serde_json::Value) -> Result<()> {
    let mut data = serde_json::json!({
        "id": plan.id, "code": plan.code, "year": plan.content.year, "state": plan.state, "version": plan.version,
        "lead_department": plan.content.lead(),
        "cooperating_departments": plan.content.cooperating().map(|p| &p.department).collect::<Vec<_>>(),
    });
    if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    tx.audit(AGGREGATE, plan.id, data.clone());
    let departments = if plan.state.is_public() { Vec::new() } else { plan.content.departments() };
    let region =
        if plan.content.region_code.is_empty() { WHOLE_DISTRICT } else { plan.content.region_code.as_str() };
    tx.event(&format!("plan.{what}"), plan.id, &departments, region, &data)
}

/// The last day of the hand-in; none while the days off of the year are not known.
///
/// # Errors
/// 503 when the catalog does not answer.
pub(crate) async fn due_of(kit: &Kit, year: i16) -> Result<Option<TermEnd>> {
    let calendar = outside::calendar(kit).await?;
    Ok(submission_due(year, &calendar).ok())
}

/// As [`due_of`], for a step that rests on it.
///
/// # Errors
/// 422 `calendar_missing`; 503.
pub(crate) async fn due_required(kit: &Kit, year: i16) -> Result<TermEnd> {
    let calendar = outside::calendar(kit).await?;
    submission_due(year, &calendar).map_err(|e| calendar_missing(&e, ""))
}

/// One plan.
///
/// # Errors
/// 404; database errors.
pub async fn plan_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let (who, now, lang) = (Who::of(ctx)?, ctx.now(), ctx.lang());
    let (plan, sight) = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    Ok(Reply::ok(&PlanView::of(&plan, sight, now, lang))?.version(plan.version))
}

/// Lists plans.
///
/// # Errors
/// 400 `bad_cursor`; database errors.
pub async fn plan_list(ctx: &Ctx, query: PlanListQuery) -> Result<Reply> {
    let PlanListQuery { year, state, lead_department, department, kind, late, cursor, limit } = query;
    let (who, now, lang) = (Who::of(ctx)?, ctx.now(), ctx.lang());
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let filter = PlanFilter {
        year,
        states: state.into_iter().collect(),
        lead_department,
        department,
        kind,
        late_at: late.filter(|l| *l).map(|_| now),
    };
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::plan_list(c, &who.scope, &filter, after, limit + 1).await?))
        .await?;
    let page = Page::cut(ctx, rows, limit, |(plan, _)| plan.id);
    let Page { items, next } = page.map(|(plan, sight)| PlanView::of(&plan, sight, now, lang));
    Reply::page(ctx, &PlanPage { items, next: next.clone() }, next.as_deref())
}

/// The steps of a plan; for its departments and district-wide roles.
///
/// # Errors
/// 404; 403 `not_a_party`; database errors.
pub async fn plan_history(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let (_, sight) = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    if sight == Sight::Public {
        return Err(Error::forbidden(
            "not_a_party",
            "本部门不是该计划的牵头或配合部门",
            "Your department is neither lead nor cooperating in this plan",
        ));
    }
    super::history(ctx, AGGREGATE, id, query).await
}

/// Adds a draft.
///
/// # Errors
/// 403 `other_department`; 422 with every fault; 503.
pub async fn plan_create(ctx: &Ctx, body: PlanCreate) -> Result<Reply> {
    let (who, lang) = (Who::of(ctx)?, ctx.lang());
    let lead = body.lead.department.clone().unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&lead) {
        return Err(other_department());
    }
    let region = body.region_code.clone().unwrap_or_default();
    if !who.scope.sees_region(&region) || (region.is_empty() && who.scope.regions.is_some()) {
        let (zh, en) = ("区域不在您的权限范围内", "the region is outside your scope");
        return Err(Error::invalid_at("/region_code", "region_outside_scope", zh, en));
    }
    let facts = Facts::of(&ctx.kit, today(ctx)).await?;
    let is_category_given = body.category.is_some();
    let mut content = content_of(body, lead.clone());
    check(&mut content, &facts)?;
    if !is_category_given {
        content.category = facts.category(&content).unwrap_or(ItemCategory::Key);
    }
    let due = due_of(&ctx.kit, content.year).await?;
    ctx.change(async move |tx| {
        let number = store::plan_number_next(tx.conn(), content.year, &lead).await?;
        let code = store::code(content.year, &lead, number);
        let plan = Plan::draft(code, content, due, &who.caller.subject, tx.now());
        store::plan_create(tx.conn(), std::slice::from_ref(&plan)).await?;
        tell(tx, "created", &plan, serde_json::json!({}))?;
        let view = PlanView::of(&plan, Sight::Party, tx.now(), lang);
        Ok(Reply::created(&view, format!("/v1/plans/{}", plan.id))?.version(1))
    })
    .await
}

/// Changes a draft or an adjustment.
///
/// # Errors
/// 403, 404, 409 `transition_refused`, 412, 422, 428; 503.
pub async fn plan_update(ctx: &Ctx, id: Uuid, body: PlanUpdate) -> Result<Reply> {
    let (who, lang, wanted) = (Who::of(ctx)?, ctx.lang(), ctx.if_match()?);
    // A stranger learns nothing from the catalog's answers: visibility first.
    ctx.kit.store.read::<_, Error, _>(async |c| find(c, &who, id).await).await?;
    let facts = Facts::of(&ctx.kit, today(ctx)).await?;
    ctx.change(async move |tx| {
        let mut plan = hold(tx, &who, id).await?;
        if !may_edit(&who, &plan) {
            return Err(step_error(&StepRefusal::NotLead));
        }
        if plan.version != wanted {
            return Err(service_kit::extract::changed());
        }
        editable(plan.state)?;
        apply(&mut plan.content, body);
        check(&mut plan.content, &facts)?;
        plan.content.parts.iter_mut().for_each(Part::ask_again);
        plan.version += 1;
        plan.transitions += 1;
        plan.updated_at = tx.now();
        if !store::plan_update(tx.conn(), &plan).await? {
            return Err(service_kit::extract::changed());
        }
        note_edit(tx, &who, &plan).await?;
        tell(tx, "updated", &plan, serde_json::json!({}))?;
        answer(&plan, tx, lang)
    })
    .await
}

/// Writes a change of a draft, counted in the row already, into the history: who changed it does not approve it (S08).
///
/// # Errors
/// Database errors.
pub(crate) async fn note_edit(tx: &mut Tx<'_, '_>, who: &Who, plan: &Plan) -> Result<()> {
    let step = Step {
        aggregate: AGGREGATE,
        id: plan.id,
        number: plan.transitions,
        from: plan.state.as_str(),
        verb: EDIT,
        to: plan.state.as_str(),
        role: who.caller.first_of(&[Role::LeadEditor, Role::LeadHead, Role::Organiser]),
        grounds: Grounds::default(),
        more: serde_json::Value::Null,
        rule_ids: Vec::new(),
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await
}

/// The answer that shows a plan after a change of it.
pub(crate) fn answer(plan: &Plan, tx: &Tx<'_, '_>, lang: Lang) -> Result<Reply> {
    Ok(Reply::ok(&PlanView::of(plan, Sight::Party, tx.now(), lang))?.version(plan.version))
}

/// Today in China.
pub(crate) fn today(ctx: &Ctx) -> jiff::civil::Date {
    domain::deadline::beijing_date(ctx.now())
}

/// Drafts are changed by their lead department, and by the organiser who combines the plans.
pub(crate) fn may_edit(who: &Who, plan: &Plan) -> bool {
    let is_lead = who.caller.department == plan.content.lead();
    (is_lead && (who.caller.has(Role::LeadEditor) || who.caller.has(Role::LeadHead)))
        || who.caller.has(Role::Organiser)
}

/// 409 in a state whose content stands.
///
/// # Errors
/// 409 `transition_refused`.
pub(crate) fn editable(state: PlanState) -> Result<()> {
    if state.is_editable() {
        return Ok(());
    }
    Err(Error::conflict(
        "transition_refused",
        format!("当前状态“{}”不能修改；退回或调整后可以修改", state.label_zh()),
        format!("a plan in the state {state} is not changed; return or adjust it first"),
    ))
}

/// Links parts to published items and refuses a content that contradicts itself or the catalog.
///
/// # Errors
/// 422 with every fault.
pub(crate) fn check(content: &mut PlanContent, facts: &Facts) -> Result<()> {
    let mut found = facts.link(content);
    found.extend(faults(content));
    if found.is_empty() { Ok(()) } else { Err(content_error(found)) }
}

fn part_of(
    role: PlanRole,
    department: String,
    (item_id, item_text): (Option<Uuid>, Option<String>),
    own: [Option<String>; 3],
) -> Part {
    let [subject_desc, quantity_text, period_text] = own.map(said);
    Part {
        // The version is the one in force: `Facts::link` fills it in.
        item: item_id.map(|id| ItemLink { id, version: 0 }),
        subject_desc,
        quantity_text,
        period_text,
        ..Part::new(role, department, clean(&item_text.unwrap_or_default()))
    }
}

/// A text with content, or nothing.
fn said(text: Option<String>) -> Option<String> {
    text.map(|t| clean(&t)).filter(|t| !t.is_empty())
}

fn lead_part(lead: PlanLead, department: String) -> Part {
    let PlanLead { department: _, item_id, item_text } = lead;
    part_of(PlanRole::Lead, department, (item_id, item_text), [None, None, None])
}

fn cooperating_part(part: PlanCooperation) -> Part {
    let PlanCooperation { department, item_id, item_text, subject_desc, quantity_text, period_text } = part;
    let own = [subject_desc, quantity_text, period_text];
    part_of(PlanRole::Cooperating, department, (item_id, item_text), own)
}

/// The filter of a plan that names none: the kinds that its words name.
pub(crate) fn filter_of(subject_desc: &str) -> SubjectFilter {
    SubjectFilter { kinds: SubjectKind::find_in(subject_desc), ..SubjectFilter::default() }
}

fn content_of(body: PlanCreate, lead_department: String) -> PlanContent {
    let PlanCreate {
        year,
        name,
        kind,
        category,
        method,
        region_code,
        subject_desc,
        subject_filter,
        quantity_text,
        period_text,
        period,
        lead,
        cooperating,
        strata,
        campaign_approval,
        on_site_reason,
        separate_reason,
        draw_exception,
        note,
    } = body;
    let subject_desc = clean(&subject_desc);
    let mut content = PlanContent {
        year,
        name: clean(&name),
        kind: kind.unwrap_or(PlanKind::Routine),
        category: category.unwrap_or(ItemCategory::Key),
        method,
        region_code: region_code.unwrap_or_default(),
        filter: subject_filter.unwrap_or_else(|| filter_of(&subject_desc)),
        subject_desc,
        quantity_text: said(quantity_text),
        period_text: said(period_text),
        period: None,
        parts: std::iter::once(lead_part(lead, lead_department))
            .chain(cooperating.into_iter().map(cooperating_part))
            .collect(),
        strata: strata.into_iter().map(Stratum::from).collect(),
        campaign_approval,
        reasons: PlanReasons {
            on_site: said(on_site_reason),
            separate: said(separate_reason),
            draw_exception: draw_exception.map(clean_exception),
        },
        note: said(note),
    };
    content.read_period();
    give_period(&mut content, period);
    content
}

fn clean_exception(DrawException { code, reason }: DrawException) -> DrawException {
    DrawException { code, reason: clean(&reason) }
}

/// A period given as days stands over what the text says.
fn give_period(content: &mut PlanContent, period: Option<PlanPeriod>) {
    if let Some(PlanPeriod { from, to }) = period {
        content.period = Some(Period { from, to });
    }
}

fn apply(content: &mut PlanContent, body: PlanUpdate) {
    let PlanUpdate {
        name,
        kind,
        category,
        method,
        subject_desc,
        subject_filter,
        quantity_text,
        period_text,
        period,
        lead,
        cooperating,
        strata,
        campaign_approval,
        on_site_reason,
        separate_reason,
        draw_exception,
        note,
    } = body;
    if let Some(name) = name {
        content.name = clean(&name);
    }
    content.kind = kind.unwrap_or(content.kind);
    content.category = category.unwrap_or(content.category);
    content.method = method.unwrap_or(content.method);
    if let Some(text) = subject_desc {
        let was_read = content.filter == filter_of(&content.subject_desc);
        content.subject_desc = clean(&text);
        if was_read {
            content.filter = filter_of(&content.subject_desc);
        }
    }
    content.filter = subject_filter.unwrap_or_else(|| std::mem::take(&mut content.filter));
    if let Some(text) = quantity_text {
        content.quantity_text = said(text);
    }
    if let Some(text) = period_text {
        content.period_text = said(text);
        content.period = None;
        content.read_period();
    }
    give_period(content, period);
    if let Some(lead) = lead {
        let department = content.lead().to_string();
        let text = content.parts.first().and_then(|p| p.department_text.clone());
        let part = Part { department_text: text, ..lead_part(lead, department) };
        if let Some(first) = content.parts.first_mut() {
            *first = part;
        }
    }
    if let Some(all) = cooperating {
        let before = std::mem::take(&mut content.parts);
        let spelled = |department: &str| {
            let earlier = before.iter().find(|p| p.department == department);
            earlier.and_then(|p| p.department_text.clone())
        };
        let parts = all.into_iter().map(cooperating_part);
        let parts = parts.map(|p| Part { department_text: spelled(&p.department), ..p }).collect::<Vec<_>>();
        content.parts = before.iter().take(1).cloned().chain(parts).collect();
    }
    if let Some(all) = strata {
        content.strata = all.into_iter().map(Stratum::from).collect();
    }
    if let Some(approval) = campaign_approval {
        content.campaign_approval = approval;
    }
    if let Some(text) = on_site_reason {
        content.reasons.on_site = said(text);
    }
    if let Some(text) = separate_reason {
        content.reasons.separate = said(text);
    }
    if let Some(exception) = draw_exception {
        content.reasons.draw_exception = exception.map(clean_exception);
    }
    if let Some(text) = note {
        content.note = said(text);
    }
}
