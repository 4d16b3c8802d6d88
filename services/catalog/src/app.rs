//! Use cases: permission → load → decide → one transaction of rows, audit entry and events. Called by the handlers.

pub mod calendar;
pub mod contact;
pub mod contact_file;
pub mod dictionary;
pub mod item;
pub mod item_export;
pub mod item_import;
pub mod item_step;
pub mod item_version;
pub mod organ;
pub mod reference;
pub mod rule_pack;

use crate::domain::content::ContentFault;
use crate::domain::item::{Caller, StepRefusal};
use domain::calendar::CalendarMissing;
use domain::deadline::DeadlineFault;
use service_kit::{Ctx, Error, Fault, Kind, Result, Scope};

/// Region of things that belong to the whole district.
pub(crate) const WHOLE_DISTRICT: &str = "";

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
    pub fn of(ctx: &Ctx) -> Result<Self> {
        let who = ctx.who()?;
        let caller = Caller {
            subject: who.subject.clone(),
            department: who.department.clone(),
            roles: who.roles.clone(),
        };
        Ok(Self { caller, scope: ctx.scope() })
    }

    /// Whether the caller's roles reach beyond its own department.
    pub fn is_district_wide(&self) -> bool {
        self.scope.departments.is_none()
    }

    /// Whether the caller may add or change what this department answers for: its own people, and the organiser.
    ///
    /// A role that only reads the whole district (credit, legality, oversight, audit) does not make a department's editor
    /// everybody's editor, though it widens what the account sees.
    pub fn may_write_for(&self, department: &str) -> bool {
        self.caller.department == department
            || self.caller.roles.contains(&domain::vocabulary::Role::Organiser)
    }
}

/// 403: another department's.
pub(crate) fn other_department() -> Error {
    Error::forbidden(
        "other_department",
        "只能为本部门办理；代其他部门办理须有全区范围的角色",
        "Only for your own department; another one's needs a district-wide role",
    )
}

/// 422 from faults of a content.
pub(crate) fn content_error(faults: Vec<ContentFault>) -> Error {
    Error::invalid(faults.into_iter().map(|f| Fault::new(f.pointer, f.code, f.zh, f.en)).collect())
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
            "提交人不得审核、批准、公布同一事项，两方签署须为不同人员",
            "Who handed an item in may not review, accept or publish it, and two signatures need two persons",
        ),
        StepRefusal::AlreadyAnswered => {
            Error::conflict("already_answered", "本部门已答复", "Your department has answered already")
        }
        StepRefusal::VersionInForce => Error::conflict(
            "version_in_force",
            "该事项已有现行公布版本，不能由起草部门撤销",
            "A published version is in force; its drafters cannot withdraw the item",
        ),
    }
}
