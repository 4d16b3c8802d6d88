//! Use cases of the burden: what every organ cost a subject, which caps are used, when the next visit is lawful; and the
//! published caps themselves (ENF-14, FRQ-01, FRQ-07, FRQ-08).
//!
//! The ledger is the subject's and counts all organs, whoever asks. It refuses a cap below the legal minimum, and knows no
//! quota: a cap is the most that may be done, never what has to be done (ENF-13).

use super::lint::{pack_on, year_of};
use super::{WHOLE_DISTRICT, Who, other_department, outside};
use crate::api::burden::{
    AskedAgainView, BurdenEntryView, BurdenLedgerQuery, BurdenLedgerView, BurdenOrganView, OrganCode,
    VisitCapListQuery, VisitCapPage, VisitCapPut, VisitCapView,
};
use crate::domain::burden::{TaskEntry, asked_again, visits};
use crate::store::burden::{self as store, CapRow};
use crate::store::entry::{EntryRow, entries_at};
use domain::deadline::beijing_date;
use domain::vocabulary::Role;
use jiff::civil::Date;
use rules::ledger::Ledger;
use rules::settings::Settings;
use service_kit::error::StoreIntent as _;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result};
use store_kit::types::{Day, Stamp};
use uuid::Uuid;

/// The published cap of an organ: of the field, else of all its fields; else the pack's.
pub(crate) fn caps_on(published: &[CapRow], settings: &Settings, organ: &str, field: Option<&str>) -> u32 {
    let own = || published.iter().filter(|r| r.organ_code == organ);
    let of_field = own().find(|r| !r.field.is_empty() && Some(r.field.as_str()) == field);
    let row = of_field.or_else(|| own().find(|r| r.field.is_empty()));
    row.and_then(|r| u32::try_from(r.cap).ok()).unwrap_or_else(|| settings.cap(organ, field))
}

/// The rules' ledger of entries at a subject.
pub(crate) fn ledger_of<'e>(
    settings: &Settings,
    subject: &str,
    entries: impl Iterator<Item = &'e TaskEntry>,
) -> Ledger {
    Ledger::build(settings, entries.filter(|e| e.is_real()).map(|e| e.as_rules(subject)))
}

/// What every organ cost a subject in a year.
///
/// # Errors
/// 404 for a subject that the registry does not know; 503.
pub async fn burden_ledger_view(ctx: &Ctx, subject_id: Uuid, query: BurdenLedgerQuery) -> Result<Reply> {
    let today = beijing_date(ctx.now());
    let year = query.year.unwrap_or(today.year());
    let subject = outside::subject(&ctx.kit, subject_id).await?;
    let subject = subject.ok_or_else(|| Error::not_found("supervision subject"))?;
    let day = if year == today.year() { today } else { year_of(year).0 };
    let pack = pack_on(&ctx.kit, day).await?;
    let settings = Settings::of(&pack.pack, day);
    let span = year_of(year);
    let (tasks, entries, documents, caps, organs) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let tasks = store::tasks_at(c, subject_id, span).await?;
            let entries = entries_at(c, subject_id, span).await?;
            let ids: Vec<Uuid> = tasks.iter().map(|t| t.visit_id).collect();
            let documents = store::documents_asked(c, &ids).await?;
            let mut organs: Vec<String> = tasks.iter().map(|t| t.organ.clone()).collect();
            organs.extend(subject.departments.iter().cloned());
            organs.sort();
            organs.dedup();
            let caps = store::caps_of(c, &organs, year).await?;
            Ok((tasks, entries, documents, caps, organs))
        })
        .await?;
    let key = subject_id.to_string();
    let ledger = ledger_of(&settings, &key, tasks.iter());
    let of_organ = |organ: &String| {
        let cap = caps_on(&caps, &settings, organ, None);
        let counted = ledger.counted(organ, &key, year);
        let (exempt, _) = ledger.exempt(&settings, organ, &key, span.1);
        BurdenOrganView {
            organ_code: organ.clone(),
            counted,
            exempt,
            cap,
            remaining: cap.saturating_sub(counted),
            next_lawful_month: ledger.next_lawful_month(organ, &key, cap, day),
        }
    };
    let organs: Vec<BurdenOrganView> = organs.iter().map(of_organ).collect();
    let view = view_of(&tasks, entries, documents, &settings);
    let (entries, asked) = view;
    let done = || entries.iter().filter(|e| !e.is_planned);
    Reply::ok(&BurdenLedgerView {
        subject_id,
        subject_name: subject.name.clone(),
        subject_identifier: subject.key(),
        year,
        visits: done().filter(|e| e.purpose.is_none() && e.on_site).count(),
        other_entries: done().filter(|e| e.purpose.is_some()).count(),
        planned: entries.iter().filter(|e| e.is_planned).count(),
        minutes: done().map(|e| e.minutes).sum(),
        saved_by_combining: entries
            .iter()
            .filter(|e| e.is_combined)
            .map(|e| e.organs.len().saturating_sub(1))
            .sum(),
        entries,
        organs,
        asked_again: asked,
        rule_pack: format!("{}@{}", pack.reference.code, pack.reference.version),
    })
}

/// Every entry in the order of the days, and the documents asked for more than once.
fn view_of(
    tasks: &[TaskEntry],
    others: Vec<EntryRow>,
    mut documents: Vec<String>,
    settings: &Settings,
) -> (Vec<BurdenEntryView>, Vec<AskedAgainView>) {
    let mut entries: Vec<BurdenEntryView> = visits(tasks)
        .into_iter()
        .map(|v| BurdenEntryView {
            id: v.visit_id,
            code: Some(v.code),
            on: v.on,
            kind: v.kind.to_string(),
            purpose: None,
            is_counted: v.on_site && settings.counts(v.kind),
            on_site: v.on_site,
            is_combined: v.is_combined,
            is_planned: v.is_planned,
            organs: v.organs.into_iter().map(OrganCode).collect(),
            minutes: v.minutes,
        })
        .collect();
    for row in others {
        documents.extend(row.documents_asked.0);
        entries.push(BurdenEntryView {
            id: row.id.0,
            code: None,
            on: row.entered_on.0,
            kind: row.kind,
            purpose: Some(row.purpose),
            is_counted: false,
            on_site: true,
            is_combined: false,
            is_planned: false,
            organs: vec![OrganCode(row.organ_code)],
            minutes: row.minutes,
        });
    }
    entries.sort_by_key(|e| (e.on, e.id));
    let asked =
        asked_again(documents).into_iter().map(|(document, times)| AskedAgainView { document, times });
    (entries, asked.collect())
}

/// Lists published caps.
///
/// # Errors
/// 400 `bad_cursor`.
pub async fn visit_cap_list(ctx: &Ctx, query: VisitCapListQuery) -> Result<Reply> {
    let VisitCapListQuery { organ_code, year, cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<(String, i64, String)> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::cap_list(c, (organ_code, year), after, limit + 1).await?))
        .await?;
    let page = Page::cut(ctx, rows, limit, |r| (r.organ_code.clone(), r.year, r.field.clone()));
    let Page { items, next } = page.map(VisitCapView::from);
    Reply::page(ctx, &VisitCapPage { items, next: next.clone() }, next.as_deref())
}

/// Publishes a cap, or replaces the one of the same organ, year and field.
///
/// # Errors
/// 403 `other_department`; 422 `unknown_department`, `cap_below_legal_minimum`, `published_in_future`; 409; 503.
pub async fn visit_cap_put(ctx: &Ctx, body: VisitCapPut) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let VisitCapPut { organ_code, year, field, cap, legal_minimum, published_on, source } = body;
    let organ = organ_code.unwrap_or_else(|| who.caller.department.clone());
    // Legality publishes caps for others too (permissions.toml).
    if !who.may_act_for(&organ, &[Role::Organiser, Role::Legal]) {
        return Err(other_department());
    }
    let today: Date = beijing_date(ctx.now());
    let mut faults = Vec::new();
    if legal_minimum.is_some_and(|least| cap < least) {
        faults.push(Fault::new(
            "/cap",
            "cap_below_legal_minimum",
            "年度上限不得低于法定最低频次（FRQ-08）",
            "a cap may not sink below the legal minimum (FRQ-08)",
        ));
    }
    if published_on > today {
        let (zh, en) = ("公布日期不能晚于今天", "must not lie in the future");
        faults.push(Fault::new("/published_on", "published_in_future", zh, en));
    }
    super::plain("/source", Some(&source), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    outside::known_organ(&ctx.kit, &organ, "/organ_code").await?;
    let field = field.map(|f| f.trim().to_string()).unwrap_or_default();
    ctx.change(async move |tx| {
        let before = store::cap_view(tx.conn(), (&organ, year, &field)).await?;
        let now = Stamp::from(tx.now());
        let row = CapRow {
            organ_code: organ,
            year: i64::from(year),
            field,
            cap: i64::from(cap),
            legal_minimum: legal_minimum.map(i64::from),
            published_on: Day(published_on),
            source,
            created_by: before.as_ref().map_or(who.caller.subject, |b| b.created_by.clone()),
            version: before.as_ref().map_or(1, |b| b.version + 1),
            created_at: before.as_ref().map_or(now, |b| b.created_at),
            updated_at: now,
        };
        let raced = ("cap_raced", "该上限正被他人修改，请重试", "The cap is being changed; try again");
        if !store::cap_put(tx.conn(), &row).await.or_conflict(raced.0, raced.1, raced.2)? {
            return Err(service_kit::extract::changed());
        }
        let data = serde_json::json!({"organ_code": row.organ_code, "year": row.year, "field": row.field,
            "cap": row.cap, "legal_minimum": row.legal_minimum, "version": row.version});
        let target = format!("{}/{}/{}", row.organ_code, row.year, row.field);
        tx.audit("visit_cap", &target, data.clone());
        tx.event("visit_cap.published", &target, &[], WHOLE_DISTRICT, &data)?;
        let version = row.version;
        Ok(Reply::ok(&VisitCapView::from(row))?.version(version))
    })
    .await
}
