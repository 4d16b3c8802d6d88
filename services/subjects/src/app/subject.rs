//! Registering, changing and reading subjects.
//!
//! Called by the handlers. A change ends the present version, which goes to history, and begins the next; nothing is
//! deleted. Personal fields reach neither audit entries nor events.

use crate::api::subject::{
    AbnormalListing, HistoryPage, HistoryQuery, LineageCreate, LineageKind, LineageList, LineageView,
    PastView, RevealRequest, RevealView, StatusChange, SubjectClaim, SubjectCreate, SubjectListQuery,
    SubjectPage, SubjectUpdate, SubjectView, SubjectViewQuery,
};
use crate::domain::subject::{self as rules, Content, Responsible};
use crate::store::history::{self, LineageRow};
use crate::store::list::{self, After, Filter, Sort};
use crate::store::subject::{self as store, Draft, Subject};
use domain::ids::SubjectId;
use domain::vocabulary::{Role, SubjectKind, SubjectStatus};
use jiff::civil::Date;
use serde_json::json;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Page, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::types::{Day, Stamp, Uid};

/// What an event says of a subject: no personal data, and no name of a private person.
#[derive(serde::Serialize)]
pub struct SubjectEvent<'a> {
    id: SubjectId,
    version: i64,
    kind: SubjectKind,
    status: SubjectStatus,
    is_abnormal_listed: bool,
    region_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    industry: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<&'a str>,
    departments: &'a [String],
}

impl<'a> SubjectEvent<'a> {
    /// The event of a version.
    #[must_use]
    pub fn of(id: SubjectId, version: i64, c: &'a Content) -> Self {
        Self {
            id,
            version,
            kind: c.kind,
            status: c.status,
            is_abnormal_listed: c.is_abnormal_listed,
            region_code: &c.region_code,
            industry: c.industry.as_deref(),
            name: (c.kind != SubjectKind::IndividualBusiness).then_some(c.name.as_str()),
            identifier: c.identifier.as_ref().filter(|i| !i.is_personal).map(|i| i.value.as_str()),
            departments: &c.departments,
        }
    }
}

/// What makes two records the same, with the service's lookup hash for personal numbers.
#[must_use]
pub fn natural_key(crypto: &Arc<dyn CryptoProvider>, content: &Content) -> String {
    content.natural_key(&|value| crypto.lookup("subject-identifier", value))
}

/// The natural key of a typed identifier.
fn key_of_identifier(crypto: &Arc<dyn CryptoProvider>, raw: &str) -> String {
    let found = domain::identifier::classify(raw);
    if found.is_personal() {
        format!("p:{}", crypto.lookup("subject-identifier", &found.value))
    } else {
        format!("i:{}", found.value)
    }
}

fn optional<T>(
    faults: &mut Vec<Fault>,
    given: Option<T>,
    read: impl FnOnce(T) -> Result<String, Fault>,
) -> Option<String> {
    match given.map(read) {
        Some(Ok(text)) if !text.is_empty() => Some(text),
        Some(Err(f)) => {
            faults.push(f);
            None
        }
        _ => None,
    }
}

fn responsible(
    faults: &mut Vec<Fault>,
    given: Option<crate::api::subject::ResponsibleParty>,
) -> Option<Responsible> {
    let crate::api::subject::ResponsibleParty { name, identifier } = given?;
    let name =
        optional(faults, Some(name), |n| rules::plain("/responsible_party/name", &n, rules::NAME_MAX))?;
    let identifier =
        identifier.and_then(|raw| match rules::typed_identifier("/responsible_party/identifier", &raw) {
            Ok(i) => Some(i.value),
            Err(f) => {
                faults.push(f);
                None
            }
        });
    Some(Responsible { name, identifier })
}

fn content_of(owner: &str, body: SubjectCreate) -> Result<(Content, Option<Date>)> {
    let SubjectCreate {
        kind,
        status,
        name,
        identifier,
        region_code,
        address,
        industry,
        legal_representative,
        phone,
        established_on,
        registration_authority,
        managing_unit,
        responsible_party,
        departments,
        effective_on,
    } = body;
    let mut faults = Vec::new();
    let name = optional(&mut faults, Some(name), |n| rules::name(&n)).unwrap_or_default();
    let identifier = identifier
        .filter(|i| !i.trim().is_empty())
        .and_then(|raw| rules::typed_identifier("/identifier", &raw).map_err(|f| faults.push(f)).ok());
    let region_code =
        optional(&mut faults, Some(region_code), |r| rules::region("/region_code", &r)).unwrap_or_default();
    let address = optional(&mut faults, address, |t| rules::plain("/address", &t, 300));
    let industry = optional(&mut faults, industry, |t| rules::industry("/industry", &t));
    let legal_representative =
        optional(&mut faults, legal_representative, |t| rules::plain("/legal_representative", &t, 100));
    let phone = optional(&mut faults, phone, |t| rules::phone("/phone", &t));
    let registration_authority =
        optional(&mut faults, registration_authority, |t| rules::plain("/registration_authority", &t, 100));
    let managing_unit = optional(&mut faults, managing_unit, |t| rules::plain("/managing_unit", &t, 100));
    let responsible = responsible(&mut faults, responsible_party);
    let departments: Vec<String> = departments.into_iter().map(|d| d.0).collect();
    let status = status.unwrap_or(SubjectStatus::Active);
    if !matches!(status, SubjectStatus::Candidate | SubjectStatus::Active | SubjectStatus::Dormant) {
        faults.push(Fault::new(
            "/status",
            "status_not_for_new",
            "新登记的对象只能是待确认、存续或歇业",
            "a new subject is candidate, active or dormant",
        ));
    }
    let content = Content {
        kind,
        status,
        is_abnormal_listed: false,
        name,
        identifier,
        region_code,
        address,
        industry,
        legal_representative,
        phone,
        established_on,
        registration_authority,
        managing_unit,
        responsible,
        owner_department: owner.to_string(),
        departments: rules::departments(owner, &departments),
    };
    // An identifier that was given but wrong is one fault, not two.
    let whole = content.faults().into_iter().filter(|w| !faults.iter().any(|f| f.pointer == w.pointer));
    let all: Vec<Fault> = faults.iter().cloned().chain(whole).collect();
    if all.is_empty() { Ok((content, effective_on)) } else { Err(Error::invalid(all)) }
}

/// Registers a subject.
pub async fn subject_create(ctx: &Ctx, body: SubjectCreate) -> Result<Reply> {
    let who = ctx.who()?;
    let (content, effective_on) = content_of(&who.department, body)?;
    if !ctx.scope().sees_region(&content.region_code) {
        return Err(Error::invalid_at(
            "/region_code",
            "region_outside_scope",
            "不在您的管辖区域",
            "outside your regions",
        ));
    }
    let crypto = Arc::clone(&ctx.kit.crypto);
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let draft = Draft {
            id: SubjectId::new(),
            natural_key: natural_key(&crypto, &content),
            content,
            source: "typed".to_string(),
            effective_from: effective_on.unwrap_or(today),
        };
        let now = tx.now();
        let subject = store::subject_create(tx.conn(), &draft, &crypto, now).await?;
        told(
            tx,
            "subject.created",
            draft.id,
            1,
            &draft.content,
            json!({"version": 1, "kind": draft.content.kind}),
        )?;
        Ok(Reply::created(&SubjectView::from(subject), format!("/v1/subjects/{}", draft.id))?.version(1))
    })
    .await
}

/// The audit entry and the event of a change.
fn told(
    tx: &mut Tx<'_, '_>,
    kind: &str,
    id: SubjectId,
    version: i64,
    content: &Content,
    detail: serde_json::Value,
) -> Result<()> {
    tx.audit("subject", id, detail);
    tx.event(kind, id, &content.departments, &content.region_code, &SubjectEvent::of(id, version, content))
}

/// A subject, today or as of a day.
pub async fn subject_view(ctx: &Ctx, id: SubjectId, query: SubjectViewQuery) -> Result<Reply> {
    let scope = ctx.scope();
    let Some(day) = query.as_of else {
        let subject = ctx.kit.store.read(async |c| store::subject_view(c, &scope, id).await).await?;
        let version = subject.version;
        return Ok(Reply::ok(&SubjectView::from(subject))?.version(version));
    };
    let (subject, past) = ctx
        .kit
        .store
        .read(async |c| {
            let subject = store::subject_view(c, &scope, id).await?;
            let past = if day >= subject.effective_from {
                None
            } else {
                history::as_of(c, subject.key, day).await?
            };
            Ok::<_, Error>((subject, past))
        })
        .await?;
    match past {
        _ if day >= subject.effective_from => Reply::ok(&SubjectView::from(subject)),
        Some(past) => Reply::ok(&SubjectView::of_past(&subject, past)),
        None => Err(Error::not_found("subject on that day")),
    }
}

/// The filter of a list, from its query.
pub fn filter_of(ctx: &Ctx, q: &SubjectListQuery) -> Result<Filter> {
    let fragment = match &q.q {
        None => None,
        Some(text) => {
            let key = domain::text::search_key(text);
            if key.chars().count() < 2 {
                return Err(Error::malformed(
                    "bad_parameter",
                    vec![Fault::new(
                        "?q",
                        "too_short",
                        "请至少输入两个字",
                        "at least two letters or characters",
                    )],
                ));
            }
            Some(key)
        }
    };
    let tag = q.tag.as_ref().and_then(|t| t.split_once(':')).map(|(s, v)| (s.to_string(), v.to_string()));
    Ok(Filter {
        fragment,
        natural_key: q.identifier.as_ref().map(|raw| key_of_identifier(&ctx.kit.crypto, raw)),
        kind: q.kind.map(|k| k.to_string()),
        status: q.status.map(|s| s.to_string()),
        region: q.region.clone(),
        industry: q.industry.clone(),
        department: q.department.clone(),
        check: q.check.clone(),
        tag,
        today: Some(ctx.kit.clock.today()),
    })
}

/// A page of the registry.
pub async fn subject_list(ctx: &Ctx, query: SubjectListQuery) -> Result<Reply> {
    let filter = filter_of(ctx, &query)?;
    let sort = match query.sort.as_deref() {
        Some("-registered") => Sort::RegisteredDown,
        Some("name") => Sort::Name,
        Some("updated") => Sort::Updated,
        Some("-updated") => Sort::UpdatedDown,
        _ => Sort::Registered,
    };
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<After> = query.cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let scope = ctx.scope();
    let rows = ctx
        .kit
        .store
        .read(async |c| {
            let keys = list::subject_list(c, &scope, &filter, sort, after.as_ref(), limit + 1).await?;
            store::by_keys(c, &keys).await
        })
        .await?;
    let page = Page::cut(ctx, rows, limit, |s: &Subject| After { value: sort_value(sort, s), key: s.key });
    let next = page.next.clone();
    Reply::page(ctx, &SubjectPage::from(page), next.as_deref())
}

fn sort_value(sort: Sort, s: &Subject) -> String {
    match sort {
        Sort::Registered | Sort::RegisteredDown => String::new(),
        Sort::Name => domain::text::search_key(&s.content.name),
        Sort::Updated | Sort::UpdatedDown => s.updated_at.as_microsecond().to_string(),
    }
}

/// Ends the present version and begins the next.
async fn next_version(
    tx: &mut Tx<'_, '_>,
    crypto: &Arc<dyn CryptoProvider>,
    old: &Subject,
    content: Content,
    effective_on: Date,
    reason: &str,
    event: &str,
) -> Result<i64> {
    if effective_on < old.effective_from {
        return Err(Error::invalid_at(
            "/effective_on",
            "effective_before_current",
            format!("不得早于现行版本的生效日 {}", old.effective_from),
            format!("not before {}, when the present version began", old.effective_from),
        ));
    }
    let draft = Draft {
        id: old.id,
        natural_key: natural_key(crypto, &content),
        content,
        source: old.source.clone(),
        effective_from: effective_on,
    };
    let (now, by) = (tx.now(), tx.actor().subject.clone());
    let version = store::subject_update(tx.conn(), old, &draft, crypto, now).await?;
    history::put(tx.conn(), &[(old, effective_on)], &by, reason, now).await?;
    let detail = json!({"version": version, "members": changed_members(&old.content, &draft.content), "reason": reason});
    told(tx, event, old.id, version, &draft.content, detail)?;
    Ok(version)
}

/// Names of the members that differ; never their values.
fn changed_members(old: &Content, new: &Content) -> Vec<String> {
    let (old, new) =
        (serde_json::to_value(old).unwrap_or_default(), serde_json::to_value(new).unwrap_or_default());
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return Vec::new() };
    new.iter().filter(|(k, v)| old.get(*k) != Some(*v)).map(|(k, _)| k.clone()).collect()
}

/// Loads for a change, holds the version against `If-Match`, and runs it.
async fn change_subject<F>(ctx: &Ctx, id: SubjectId, event: &'static str, decide: F) -> Result<Reply>
where
    F: FnOnce(&Subject, Content) -> Result<(Content, Option<Date>, String)> + Send + 'static,
{
    let expected = ctx.if_match()?;
    let scope = ctx.scope();
    let crypto = Arc::clone(&ctx.kit.crypto);
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let old = store::subject_view(tx.conn(), &scope, id).await?;
        if old.version != expected {
            return Err(service_kit::extract::changed());
        }
        let known = old.open(&crypto)?;
        let (content, effective_on, reason) = decide(&old, known)?;
        // Without a date the change holds from today, or from the present version's day if that is still to come.
        let effective_on = effective_on.unwrap_or(today.max(old.effective_from));
        let version = next_version(tx, &crypto, &old, content, effective_on, &reason, event).await?;
        let view = SubjectView::from(store::subject_view(tx.conn(), &service_kit::Scope::all(), id).await?);
        Ok(Reply::ok(&view)?.version(version))
    })
    .await
}

/// Whether an account may write for every department: as organiser or as a system that exchanges data. Roles that only read
/// the whole district widen what an account sees, not what it may change.
pub(super) fn may_write_for_all(who: &service_kit::Identity) -> bool {
    who.is_service() || who.roles.iter().any(|role| matches!(role, Role::Organiser | Role::Exchange))
}

/// Changes what is said of a subject.
pub async fn subject_update(ctx: &Ctx, id: SubjectId, body: SubjectUpdate) -> Result<Reply> {
    let district_wide = may_write_for_all(ctx.who()?);
    let mine = ctx.who()?.department.clone();
    change_subject(ctx, id, "subject.updated", move |old, known| {
        if !district_wide && old.content.owner_department != mine {
            return Err(Error::forbidden(
                "not_the_owner",
                "只有登记部门可以修改；本部门可以打标签或提请登记部门更正",
                "only the organ that keeps the record may change it",
            ));
        }
        merged(known, body)
    })
    .await
}

/// Lays a merge patch over the known content.
fn merged(known: Content, body: SubjectUpdate) -> Result<(Content, Option<Date>, String)> {
    let SubjectUpdate {
        kind,
        name,
        identifier,
        region_code,
        address,
        industry,
        legal_representative,
        phone,
        established_on,
        registration_authority,
        managing_unit,
        responsible_party,
        departments,
        effective_on,
        reason,
    } = body;
    let mut faults = Vec::new();
    let mut c = known;
    if let Some(kind) = kind {
        c.kind = kind;
    }
    if let Some(name) = name {
        c.name = optional(&mut faults, Some(name), |n| rules::name(&n)).unwrap_or_default();
    }
    if let Some(given) = identifier {
        c.identifier = given
            .and_then(|raw| rules::typed_identifier("/identifier", &raw).map_err(|f| faults.push(f)).ok());
    }
    if let Some(region) = region_code {
        c.region_code =
            optional(&mut faults, Some(region), |r| rules::region("/region_code", &r)).unwrap_or_default();
    }
    let mut text = |slot: &mut Option<String>,
                    given: Option<Option<String>>,
                    read: &dyn Fn(&str) -> Result<String, Fault>| {
        if let Some(given) = given {
            *slot = optional(&mut faults, given, |t| read(&t));
        }
    };
    text(&mut c.address, address, &|t| rules::plain("/address", t, 300));
    text(&mut c.industry, industry, &|t| rules::industry("/industry", t));
    text(&mut c.legal_representative, legal_representative, &|t| {
        rules::plain("/legal_representative", t, 100)
    });
    text(&mut c.phone, phone, &|t| rules::phone("/phone", t));
    text(&mut c.registration_authority, registration_authority, &|t| {
        rules::plain("/registration_authority", t, 100)
    });
    text(&mut c.managing_unit, managing_unit, &|t| rules::plain("/managing_unit", t, 100));
    if let Some(given) = established_on {
        c.established_on = given;
    }
    if let Some(given) = responsible_party {
        c.responsible = responsible(&mut faults, given);
    }
    if let Some(departments) = departments {
        let given: Vec<String> = departments.into_iter().map(|d| d.0).collect();
        c.departments = rules::departments(&c.owner_department, &given);
    }
    let whole = c.faults().into_iter().filter(|w| !faults.iter().any(|f| f.pointer == w.pointer));
    let all: Vec<Fault> = faults.iter().cloned().chain(whole).collect();
    if !all.is_empty() {
        return Err(Error::invalid(all));
    }
    let reason =
        rules::plain("/reason", &reason.unwrap_or_default(), 500).map_err(|f| Error::invalid(vec![f]))?;
    Ok((c, effective_on, reason))
}

/// Moves a subject to another state.
pub async fn subject_change_status(ctx: &Ctx, id: SubjectId, body: StatusChange) -> Result<Reply> {
    let StatusChange { status, reason, effective_on } = body;
    let reason = rules::plain("/reason", &reason, 500).map_err(|f| Error::invalid(vec![f]))?;
    change_subject(ctx, id, "subject.status_changed", move |old, mut c| {
        c.status = old.content.status.change_to(status, c.kind).map_err(|r| refused(&r))?;
        Ok((c, effective_on, reason))
    })
    .await
}

/// 409 for a step that the state machine does not have.
fn refused(r: &domain::vocabulary::Refusal) -> Error {
    Error::conflict(r.code(), r.message_zh(), r.to_string())
}

/// Puts a subject on the abnormal-operation list, or takes it off.
pub async fn subject_list_abnormal(ctx: &Ctx, id: SubjectId, body: AbnormalListing) -> Result<Reply> {
    let AbnormalListing { is_listed, reason, effective_on } = body;
    let reason = rules::plain("/reason", &reason, 500).map_err(|f| Error::invalid(vec![f]))?;
    change_subject(ctx, id, "subject.abnormal_listing_changed", move |old, mut c| {
        if old.content.is_abnormal_listed == is_listed {
            return Err(Error::conflict(
                "listing_unchanged",
                if is_listed { "已在经营异常名录" } else { "不在经营异常名录" },
                if is_listed { "it is on the list already" } else { "it is not on the list" },
            ));
        }
        if !c.kind.is_market_subject() {
            return Err(Error::conflict(
                "not_a_market_subject",
                "经营异常名录只适用于市场主体",
                "the abnormal-operation list is for market subjects only",
            ));
        }
        c.is_abnormal_listed = is_listed;
        Ok((c, effective_on, reason))
    })
    .await
}

/// Versions that have ended, newest first.
pub async fn subject_history_list(ctx: &Ctx, id: SubjectId, query: HistoryQuery) -> Result<Reply> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let before: i64 = query.cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or(i64::MAX);
    let scope = ctx.scope();
    let (subject, rows) = ctx
        .kit
        .store
        .read(async |c| {
            let subject = store::subject_view(c, &scope, id).await?;
            let rows = history::subject_history_list(c, subject.key, before, limit + 1).await?;
            Ok::<_, Error>((subject, rows))
        })
        .await?;
    let page = Page::cut(ctx, rows, limit, |p| p.version).map(|p| PastView {
        version: p.version,
        valid_from: p.valid_from,
        valid_to: p.valid_to,
        recorded_at: p.recorded_at.to_string(),
        recorded_by: p.recorded_by.clone(),
        reason: p.reason.clone(),
        subject: SubjectView::of_past(&subject, p),
    });
    let next = page.next.clone();
    Reply::page(ctx, &HistoryPage { items: page.items, next: page.next }, next.as_deref())
}

/// Shows personal fields in clear, and logs who asked why.
pub async fn subject_reveal(ctx: &Ctx, id: SubjectId, body: RevealRequest) -> Result<Reply> {
    let reason = rules::plain("/reason", &body.reason, 500).map_err(|f| Error::invalid(vec![f]))?;
    let scope = ctx.scope();
    let crypto = Arc::clone(&ctx.kit.crypto);
    // Not stored under an idempotency key: clear numbers must not lie in the answer table.
    let actor = ctx.actor()?;
    service_kit::change::run(&ctx.kit, actor, async move |tx| {
        let subject = store::subject_view(tx.conn(), &scope, id).await?;
        let content = subject.open(&crypto)?;
        tx.audit("subject", id, json!({"revealed": ["phone", "identifier"], "reason": reason}));
        tx.event("subject.revealed", id, &content.departments, &content.region_code, &json!({"id": id}))?;
        let identifier = content.identifier.filter(|i| i.is_personal).map(|i| i.value);
        Ok(Reply::ok(&RevealView { phone: content.phone, identifier })?.header("cache-control", "no-store"))
    })
    .await
}

/// Takes a registered subject into the caller's registry.
pub async fn subject_claim(ctx: &Ctx, body: SubjectClaim) -> Result<Reply> {
    let mine = ctx.who()?.department.clone();
    let crypto = Arc::clone(&ctx.kit.crypto);
    let key = key_of_identifier(&crypto, &body.identifier);
    let regions = ctx.scope().regions;
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let found = store::by_natural_keys(tx.conn(), &[key]).await?.into_iter().next();
        let region_scope = service_kit::Scope { departments: None, regions, fields: Vec::new() };
        let Some((_, old)) = found.filter(|(_, s)| region_scope.sees_region(&s.content.region_code)) else {
            return Err(Error::not_found("subject"));
        };
        if old.content.departments.contains(&mine) {
            return Err(Error::conflict(
                "claimed_already",
                "已在本部门名录",
                "it is in your registry already",
            ));
        }
        let mut content = old.open(&crypto)?;
        content.departments.push(mine);
        content.departments.sort();
        let effective_on = today.max(old.effective_from);
        let version =
            next_version(tx, &crypto, &old, content, effective_on, "认领", "subject.claimed").await?;
        let view =
            SubjectView::from(store::subject_view(tx.conn(), &service_kit::Scope::all(), old.id).await?);
        Ok(Reply::ok(&view)?.version(version))
    })
    .await
}

/// Records a merge or a split; in a merge the old subjects are deregistered.
pub async fn lineage_create(ctx: &Ctx, body: LineageCreate) -> Result<Reply> {
    let LineageCreate { kind, from, to, reason, effective_on } = body;
    let mut faults = Vec::new();
    match kind {
        LineageKind::Merge if to.len() != 1 => {
            faults.push(Fault::new(
                "/to",
                "merge_into_one",
                "合并后只能有一个对象",
                "a merge ends in one subject",
            ));
        }
        LineageKind::Split if from.len() != 1 || to.len() < 2 => {
            faults.push(Fault::new(
                "/to",
                "split_into_several",
                "分立须由一个分为多个",
                "a split makes several of one",
            ));
        }
        _ => {}
    }
    if from.iter().any(|f| kind == LineageKind::Split && to.contains(f)) && to.len() < 2 {
        faults.push(Fault::new("/to", "same_subject", "前后对象不能相同", "before and after are the same"));
    }
    if kind == LineageKind::Merge && from.iter().all(|f| to.contains(f)) {
        faults.push(Fault::new("/from", "same_subject", "前后对象不能相同", "before and after are the same"));
    }
    let reason = rules::plain("/reason", &reason, 500).unwrap_or_else(|f| {
        faults.push(f);
        String::new()
    });
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let scope = ctx.scope();
    let crypto = Arc::clone(&ctx.kit.crypto);
    let today = ctx.kit.clock.today();
    ctx.change(async move |tx| {
        let day = effective_on.unwrap_or(today);
        let now = tx.now();
        for id in &to {
            store::subject_view(tx.conn(), &scope, *id).await?;
        }
        let mut rows = Vec::new();
        let mut departments = Vec::new();
        let mut region = String::new();
        for id in &from {
            let old = store::subject_view(tx.conn(), &scope, *id).await?;
            departments.extend(old.content.departments.iter().cloned());
            region.clone_from(&old.content.region_code);
            if kind == LineageKind::Merge && !to.contains(id) {
                let mut content = old.open(&crypto)?;
                let ended =
                    if content.kind.is_object() { SubjectStatus::Ended } else { SubjectStatus::Deregistered };
                content.status = content.status.change_to(ended, content.kind).map_err(|r| refused(&r))?;
                next_version(
                    tx,
                    &crypto,
                    &old,
                    content,
                    day.max(old.effective_from),
                    &reason,
                    "subject.status_changed",
                )
                .await?;
            }
            for t in to.iter().filter(|t| *t != id) {
                rows.push(LineageRow {
                    id: Uid(uuid::Uuid::now_v7()),
                    kind: kind.to_string(),
                    from_subject: Uid(id.into_inner()),
                    to_subject: Uid(t.into_inner()),
                    reason: reason.clone(),
                    effective_on: Day(day),
                    recorded_at: Stamp::from(now),
                });
            }
        }
        history::lineage_create(tx.conn(), &rows).await?;
        departments.sort();
        departments.dedup();
        let items: Vec<LineageView> = rows.into_iter().map(LineageView::from).collect();
        for link in &items {
            tx.audit(
                "subject_lineage",
                link.id,
                json!({"kind": link.kind, "from": link.from, "to": link.to}),
            );
            tx.event("subject.lineage_recorded", link.from, &departments, &region, link)?;
        }
        let location = from.first().map(|id| format!("/v1/subjects/{id}/lineage")).unwrap_or_default();
        Reply::created(&LineageList { items }, location)
    })
    .await
}

/// Merges and splits a subject took part in.
pub async fn lineage_list(ctx: &Ctx, id: SubjectId) -> Result<Reply> {
    let scope = ctx.scope();
    let rows = ctx
        .kit
        .store
        .read(async |c| {
            store::subject_view(c, &scope, id).await?;
            history::lineage_of(c, id).await
        })
        .await?;
    Reply::ok(&LineageList { items: rows.into_iter().map(LineageView::from).collect() })
}
