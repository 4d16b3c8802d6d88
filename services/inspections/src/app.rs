//! Use cases: permission → load → decide → one transaction of rows, audit entry and events. Called by the handlers.
//!
//! Other services are asked before the transaction begins ([`outside`]); none is asked inside it (D5).

pub mod account;
pub mod attachment2;
pub mod burden;
pub mod checklist;
pub mod checklist_file;
pub mod combine;
pub mod correction;
pub mod draw;
pub mod draw_frame;
pub mod draw_proof;
pub mod entry;
pub mod evidence;
pub mod expert;
pub mod frame;
pub mod inspector;
pub mod inspector_file;
pub mod lint;
pub mod outside;
pub mod plan;
pub mod public;
pub mod publicity;
pub mod rating;
pub mod recusal;
pub mod result;
pub mod task;
pub mod team;
pub mod visit;
pub mod visit_code;
pub mod what_if;

use crate::api::step::{ActionNote, ActionReason, DocumentRef, PartQuery, StepEntry, StepPage};
use crate::config::Config;
use crate::domain::step::{Caller, TermEnd, Transition};
use crate::store::transition::transition_list;
use domain::calendar::{Calendar, CalendarMissing};
use domain::deadline::{DeadlineFault, Term};
use domain::vocabulary::Role;
use jiff::Timestamp;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::service::Task;
use service_kit::{Ctx, Cursor, Error, Fault, Kind, Kit, Page, Reply, Result, Scope, Tx};
use uuid::Uuid;

/// Region of things that belong to the whole district.
pub(crate) const WHOLE_DISTRICT: &str = "";

/// Background work of the service.
#[must_use]
pub fn tasks(_kit: &Kit, _config: &Config) -> Vec<Task> {
    vec![publicity::expire_task()]
}

/// The caller, free of the request, so that it can move into a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// Account, organ, roles.
    pub caller: Caller,
    /// Rows and fields.
    pub scope: Scope,
}

impl Who {
    /// The caller of a request.
    pub(crate) fn of(ctx: &Ctx) -> Result<Self> {
        let who = ctx.who()?;
        let caller = Caller {
            subject: who.subject.clone(),
            department: who.department.clone(),
            roles: who.roles.clone(),
        };
        Ok(Self { caller, scope: ctx.scope() })
    }

    /// Whether the caller's roles reach beyond its own department.
    pub(crate) fn is_district_wide(&self) -> bool {
        self.scope.departments.is_none()
    }

    /// Whether the caller may add or change what this department answers for: its own people, and the organiser.
    ///
    /// A role that only reads the whole district (credit, legality, oversight, audit) does not make a department's editor
    /// everybody's editor, though it widens what the account sees.
    pub(crate) fn may_write_for(&self, department: &str) -> bool {
        self.may_act_for(department, &[Role::Organiser])
    }

    /// As [`Self::may_write_for`], for an operation that other district-wide roles take for a department.
    pub(crate) fn may_act_for(&self, department: &str, wide: &[Role]) -> bool {
        self.caller.department == department
            || wide.iter().any(|role| role.is_district_wide() && self.caller.has(*role))
    }

    /// 403 unless [`Self::may_write_for`].
    ///
    /// # Errors
    /// 403 `other_department`.
    pub(crate) fn writes_for(&self, department: &str) -> Result<()> {
        if self.may_write_for(department) { Ok(()) } else { Err(other_department()) }
    }

    /// The first of these roles that the caller has.
    ///
    /// # Errors
    /// 403 `role_missing`.
    pub(crate) fn role(&self, roles: &[Role]) -> Result<Role> {
        self.caller.first_of(roles).ok_or_else(|| {
            Error::forbidden("role_missing", "您的角色不能办理此环节", "Your roles do not allow this step")
        })
    }
}

/// The version a step rests on: none when the caller names none.
pub(crate) fn wanted(ctx: &Ctx) -> Result<Option<i64>> {
    match ctx.if_match() {
        Ok(version) => Ok(Some(version)),
        Err(e) if e.kind == Kind::PreconditionRequired => Ok(None),
        Err(e) => Err(e),
    }
}

/// 412 when the caller named another version than the row's.
pub(crate) fn expect(wanted: Option<i64>, version: i64) -> Result<()> {
    match wanted {
        Some(wanted) if wanted != version => Err(service_kit::extract::changed()),
        _ => Ok(()),
    }
}

/// Why a step is taken and what it rests on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grounds {
    pub reason: Option<String>,
    pub documents: Vec<String>,
}

impl From<ActionNote> for Grounds {
    fn from(ActionNote { reason, documents }: ActionNote) -> Self {
        Self { reason, documents: documents.into_iter().map(|DocumentRef(d)| d).collect() }
    }
}

impl From<ActionReason> for Grounds {
    fn from(ActionReason { reason, documents }: ActionReason) -> Self {
        Self { reason: Some(reason), documents: documents.into_iter().map(|DocumentRef(d)| d).collect() }
    }
}

/// A step about to be written; who, when and for which organ come from the transaction.
pub(crate) struct Step<'s> {
    /// Kind of the aggregate.
    pub aggregate: &'static str,
    /// Its id.
    pub id: Uuid,
    /// Order within the aggregate, from 1.
    pub number: i64,
    /// State before.
    pub from: &'s str,
    /// The step.
    pub verb: &'s str,
    /// State after.
    pub to: &'s str,
    /// Role in which it is taken; none for the suite's own work.
    pub role: Option<Role>,
    /// Why, and documents.
    pub grounds: Grounds,
    /// Further evidence: ids, digests; an object.
    pub more: serde_json::Value,
    /// Rules that were looked at.
    pub rule_ids: Vec<String>,
    /// Version of the rule pack used.
    pub rule_pack: Option<String>,
    /// End of the term that begins.
    pub due: Option<TermEnd>,
}

/// Writes one step of a history.
///
/// # Errors
/// Database errors.
pub(crate) async fn step_add(tx: &mut Tx<'_, '_>, step: Step<'_>) -> Result<()> {
    let Step { aggregate, id, number, from, verb, to, role, grounds, more, rule_ids, rule_pack, due } = step;
    let mut evidence = match more {
        serde_json::Value::Object(map) => map,
        _ => serde_json::Map::new(),
    };
    if !grounds.documents.is_empty() {
        evidence.insert("documents".into(), serde_json::json!(grounds.documents));
    }
    let transition = Transition {
        aggregate,
        id,
        number,
        from: from.to_string(),
        verb: verb.to_string(),
        to: to.to_string(),
        actor: tx.actor().subject.clone(),
        organ: tx.actor().organ.clone(),
        role: role.map(|r| r.to_string()).unwrap_or_default(),
        at: tx.now(),
        reason: grounds.reason,
        rule_ids,
        rule_pack,
        evidence: serde_json::Value::Object(evidence),
        due,
    };
    Ok(crate::store::transition::transition_add(tx.conn(), vec![transition]).await?)
}

/// A page of the history of an aggregate whose visibility was decided before.
///
/// # Errors
/// 400 `bad_cursor`; database errors.
pub(crate) async fn history(ctx: &Ctx, aggregate: &'static str, id: Uuid, query: PartQuery) -> Result<Reply> {
    let PartQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: i64 = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?.unwrap_or(0);
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(transition_list(c, aggregate, id, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |t| t.number).map(StepEntry::from);
    Reply::page(ctx, &StepPage { items, next: next.clone() }, next.as_deref())
}

/// The end of a term that begins at `start`, by this calendar.
///
/// # Errors
/// 422 `calendar_missing` rather than a guess.
pub(crate) fn term_end(start: Timestamp, term: &Term, calendar: &Calendar, pointer: &str) -> Result<TermEnd> {
    let due = domain::deadline::due(start, term, calendar, &[]).map_err(|e| deadline_error(&e, pointer))?;
    Ok(due.into())
}

/// 403: another department's.
pub(crate) fn other_department() -> Error {
    Error::forbidden(
        "other_department",
        "只能为本部门办理；代其他部门办理须有该事项的全区范围角色",
        "Only for your own department; another one's needs a district-wide role that takes this step",
    )
}

/// 409: the state does not allow the step.
pub(crate) fn transition_refused(from: impl std::fmt::Display, verb: &str) -> Error {
    Error::conflict(
        "transition_refused",
        format!("当前状态（{from}）不能办理此环节（{verb}）"),
        format!("The step {verb} is not possible from the state {from}"),
    )
}

/// 422 `calendar_missing`: nothing is guessed outside of the known years.
pub(crate) fn calendar_missing(missing: &CalendarMissing, pointer: &str) -> Error {
    let (zh, en) = (missing.message_zh(), missing.to_string());
    let fault = Fault::new(pointer, missing.code(), zh.clone(), en.clone());
    let mut error = Error::new(Kind::Invalid, "calendar_missing", zh, en);
    error.faults = vec![fault];
    error
}

/// 422 for a deadline that cannot be computed.
pub(crate) fn deadline_error(fault: &DeadlineFault, pointer: &str) -> Error {
    match fault {
        DeadlineFault::CalendarMissing(missing) => calendar_missing(missing, pointer),
        DeadlineFault::PauseReversed { .. } | DeadlineFault::OutOfRange => {
            Error::invalid_at(pointer, fault.code(), fault.message_zh(), fault.to_string())
        }
    }
}

/// A fault where a text is blank or holds control characters.
pub(crate) fn plain(pointer: &str, text: Option<&str>, faults: &mut Vec<Fault>) {
    let Some(text) = text else { return };
    if domain::text::refuse_control(text, false).is_err() || text.trim().is_empty() {
        faults.push(Fault::new(
            pointer,
            "bad_text",
            "不能为空或含控制字符",
            "must hold text and no control character",
        ));
    }
}
