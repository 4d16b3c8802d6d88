//! Use cases: experts and auxiliary staff (专家名录库). They help and never enforce, so no draw and no team reads this registry
//! as inspectors (ENF-03). Names and numbers are sealed at rest and masked in answers.

use super::{
    Grounds, Step, Who, expect, other_department, outside, plain, step_add, transition_refused, wanted,
};
use crate::api::expert::{ExpertCreate, ExpertListQuery, ExpertPage, ExpertUpdate, ExpertView};
use crate::api::inspector::StaffTag;
use crate::api::step::ActionReason;
use crate::domain::expert::{HelperKind, HelperState, KEEPERS};
use crate::store::expert::{self as store, ExpertRow};
use crate::store::word;
use domain::code::mobile::Mobile;
use domain::mask;
use domain::text::normalise;
use jiff::civil::Date;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::types::{Day, TextList, Uid};
use uuid::Uuid;

/// Seals and opens personal data of helpers.
#[derive(Clone)]
struct Persons(Arc<dyn CryptoProvider>);

impl Persons {
    fn seal(&self, id: Uuid, member: &str, text: &str) -> Result<String> {
        Ok(self.0.seal(&format!("expert/{member}/{id}"), text)?)
    }

    fn open(&self, id: Uuid, member: &str, sealed: &str) -> Result<String> {
        Ok(self.0.open(&format!("expert/{member}/{id}"), sealed)?)
    }

    fn view(&self, row: ExpertRow, today: Date) -> Result<ExpertView> {
        let name = self.open(row.id.0, "name", &row.name_sealed)?;
        let mobile = row.mobile_sealed.as_deref().map(|m| self.open(row.id.0, "mobile", m)).transpose()?;
        let ExpertRow {
            id,
            kind,
            organ_code,
            region_code,
            name_sealed: _,
            name_lookup: _,
            mobile_sealed: _,
            employer,
            title,
            tags,
            valid_from,
            valid_to,
            state,
            state_reason,
            transitions: _,
            note,
            created_by: _,
            version,
            created_at,
            updated_at,
        } = row;
        let state: HelperState = word(&state)?;
        Ok(ExpertView {
            id: id.0,
            kind: word::<HelperKind>(&kind)?,
            state,
            state_reason,
            organ_code,
            region_code,
            name: mask::person_name(&name),
            mobile: mobile.map(|m| mask::mobile(&m)),
            employer,
            title,
            tags: tags.0,
            valid_from: valid_from.0,
            valid_to: valid_to.map(|d| d.0),
            is_available: state == HelperState::Active
                && valid_from.0 <= today
                && valid_to.is_none_or(|d| today <= d.0),
            note,
            version,
            created_at: created_at.0,
            updated_at: updated_at.0,
        })
    }
}

/// Lists helpers.
pub async fn expert_list(ctx: &Ctx, query: ExpertListQuery) -> Result<Reply> {
    let ExpertListQuery { kind, state, organ_code, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let (scope, persons) = (ctx.scope(), Persons(Arc::clone(&ctx.kit.crypto)));
    let filter = (kind.map(HelperKind::as_str), state.map(HelperState::as_str), organ_code.as_deref());
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::expert_list(c, &scope, filter, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |r| r.id.0);
    let today = ctx.kit.clock.today();
    let items = items.into_iter().map(|r| persons.view(r, today)).collect::<Result<Vec<_>>>()?;
    Ok(Reply::page(ctx, &ExpertPage { items, next: next.clone() }, next.as_deref())?
        .header("cache-control", "no-store"))
}

/// One helper.
pub async fn expert_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let scope = ctx.scope();
    let row =
        ctx.kit.store.read::<_, Error, _>(async |c| Ok(store::expert_view(c, &scope, id).await?)).await?;
    let row = row.ok_or_else(|| Error::not_found("expert"))?;
    let version = row.version;
    let view = Persons(Arc::clone(&ctx.kit.crypto)).view(row, ctx.kit.clock.today())?;
    Ok(Reply::ok(&view)?.version(version).header("cache-control", "no-store"))
}

fn mobile(text: &str, faults: &mut Vec<Fault>) -> Option<Mobile> {
    match Mobile::parse(text) {
        Ok(m) => Some(m),
        Err(e) => {
            let (zh, en) = ("须为11位手机号码", "must be a mobile number of eleven digits");
            faults.push(Fault::new("/mobile", e.code(), zh, en));
            None
        }
    }
}

fn tags_read(tags: Vec<StaffTag>, faults: &mut Vec<Fault>) -> Vec<String> {
    for (i, StaffTag(text)) in tags.iter().enumerate() {
        plain(&format!("/tags/{i}"), Some(text), faults);
    }
    let mut out: Vec<String> = tags.into_iter().map(|StaffTag(t)| normalise(&t)).collect();
    out.sort();
    out.dedup();
    out
}

fn reversed() -> Fault {
    Fault::new("/valid_to", "interval_reversed", "聘期止早于聘期起", "the last day is before the first")
}

/// Enters a helper.
pub async fn expert_create(ctx: &Ctx, body: ExpertCreate) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let ExpertCreate {
        kind,
        organ_code,
        region_code,
        name,
        mobile: number,
        employer,
        title,
        tags,
        valid_from,
        valid_to,
        note,
    } = body;
    let organ_code = organ_code.unwrap_or_else(|| who.caller.department.clone());
    if !who.may_write_for(&organ_code) {
        return Err(other_department());
    }
    let organ = outside::known_organ(&ctx.kit, &organ_code, "/organ_code").await?;
    let mut faults = Vec::new();
    plain("/name", Some(&name), &mut faults);
    plain("/employer", employer.as_deref(), &mut faults);
    plain("/title", title.as_deref(), &mut faults);
    plain("/note", note.as_deref(), &mut faults);
    let number = number.as_deref().and_then(|m| mobile(m, &mut faults));
    let tags = tags_read(tags, &mut faults);
    let valid_from = valid_from.unwrap_or_else(|| ctx.kit.clock.today());
    if valid_to.is_some_and(|to| to < valid_from) {
        faults.push(reversed());
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let (id, now, name) = (Uuid::now_v7(), tx.now(), normalise(&name));
        let row = ExpertRow {
            id: Uid(id),
            kind: kind.to_string(),
            region_code: region_code.unwrap_or(organ.region_code),
            organ_code,
            name_sealed: persons.seal(id, "name", &name)?,
            name_lookup: persons.0.lookup("expert-name", &name),
            mobile_sealed: number.map(|m| persons.seal(id, "mobile", m.reveal())).transpose()?,
            employer,
            title,
            tags: TextList(tags),
            valid_from: Day(valid_from),
            valid_to: valid_to.map(Day),
            state: HelperState::Active.to_string(),
            state_reason: None,
            transitions: 1,
            note,
            created_by: tx.actor().subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::expert_create(tx.conn(), &row).await?;
        let taken = ("", "register", HelperState::Active);
        step(tx, &row, taken, None, Grounds::default()).await?;
        tell(tx, "created", &row)?;
        Ok(Reply::created(&persons.view(row, today)?, format!("/v1/experts/{id}"))?
            .version(1)
            .header("cache-control", "no-store"))
    })
    .await
}

async fn step(
    tx: &mut Tx<'_, '_>,
    row: &ExpertRow,
    (from, verb, to): (&str, &str, HelperState),
    role: Option<domain::vocabulary::Role>,
    grounds: Grounds,
) -> Result<()> {
    let step = Step {
        aggregate: "expert",
        id: row.id.0,
        number: row.transitions,
        from,
        verb,
        to: to.as_str(),
        role,
        grounds,
        more: serde_json::Value::Null,
        rule_ids: Vec::new(),
        rule_pack: None,
        due: None,
    };
    step_add(tx, step).await
}

async fn hold(tx: &mut Tx<'_, '_>, who: &Who, id: Uuid, wanted: Option<i64>) -> Result<ExpertRow> {
    let row = store::expert_view(tx.conn(), &who.scope, id).await?;
    let row = row.ok_or_else(|| Error::not_found("expert"))?;
    who.writes_for(&row.organ_code)?;
    expect(wanted, row.version)?;
    if row.state == HelperState::Left.as_str() {
        return Err(transition_refused(HelperState::Left, "change"));
    }
    Ok(row)
}

/// Changes a helper.
pub async fn expert_update(ctx: &Ctx, id: Uuid, body: ExpertUpdate) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, ctx.if_match()?);
    let ExpertUpdate { name, mobile: number, employer, title, tags, valid_to, note } = body;
    let mut faults = Vec::new();
    plain("/name", name.as_deref(), &mut faults);
    plain("/employer", employer.as_ref().and_then(|t| t.as_deref()), &mut faults);
    plain("/title", title.as_ref().and_then(|t| t.as_deref()), &mut faults);
    plain("/note", note.as_ref().and_then(|t| t.as_deref()), &mut faults);
    let number = number.map(|m| m.and_then(|m| mobile(&m, &mut faults)));
    let tags = tags.map(|t| tags_read(t, &mut faults));
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, Some(wanted)).await?;
        if let Some(name) = name.map(|n| normalise(&n)) {
            row.name_sealed = persons.seal(id, "name", &name)?;
            row.name_lookup = persons.0.lookup("expert-name", &name);
        }
        if let Some(number) = number {
            row.mobile_sealed = number.map(|m| persons.seal(id, "mobile", m.reveal())).transpose()?;
        }
        row.employer = employer.unwrap_or(row.employer);
        row.title = title.unwrap_or(row.title);
        row.tags = tags.map_or(row.tags, TextList);
        row.valid_to = valid_to.map_or(row.valid_to, |d| d.map(Day));
        row.note = note.unwrap_or(row.note);
        if row.valid_to.is_some_and(|to| to < row.valid_from) {
            return Err(Error::invalid(vec![reversed()]));
        }
        write(tx, &mut row).await?;
        tell(tx, "updated", &row)?;
        let version = row.version;
        Ok(Reply::ok(&persons.view(row, today)?)?.version(version).header("cache-control", "no-store"))
    })
    .await
}

async fn write(tx: &mut Tx<'_, '_>, row: &mut ExpertRow) -> Result<()> {
    row.version += 1;
    row.updated_at = tx.now().into();
    if store::expert_update(tx.conn(), row).await? { Ok(()) } else { Err(service_kit::extract::changed()) }
}

/// Lets a helper go; the row is kept.
pub async fn expert_leave(ctx: &Ctx, id: Uuid, body: ActionReason) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(&KEEPERS)?;
    let persons = Persons(Arc::clone(&ctx.kit.crypto));
    let (today, grounds) = (ctx.kit.clock.today(), Grounds::from(body));
    ctx.change(async move |tx| {
        let mut row = hold(tx, &who, id, wanted).await?;
        row.state = HelperState::Left.to_string();
        row.state_reason = grounds.reason.clone();
        row.transitions += 1;
        write(tx, &mut row).await?;
        step(tx, &row, ("active", "leave", HelperState::Left), Some(role), grounds).await?;
        tell(tx, "left", &row)?;
        let version = row.version;
        Ok(Reply::ok(&persons.view(row, today)?)?.version(version).header("cache-control", "no-store"))
    })
    .await
}

/// Audit entry and event, without names and numbers.
fn tell(tx: &mut Tx<'_, '_>, what: &str, row: &ExpertRow) -> Result<()> {
    let data = serde_json::json!({"id": row.id.0, "kind": row.kind, "organ_code": row.organ_code,
        "version": row.version, "state": row.state});
    tx.audit("expert", row.id.0, data.clone());
    tx.event(
        &format!("expert.{what}"),
        row.id.0,
        std::slice::from_ref(&row.organ_code),
        &row.region_code,
        &data,
    )
}
