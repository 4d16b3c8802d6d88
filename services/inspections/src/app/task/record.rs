//! The end of an inspection: site record, dead ends, close (现场检查笔录、查无下落、拒绝检查、办结).
//!
//! Names of witnesses are sealed at rest and masked in answers.

use super::arrival::as_judged;
use super::{
    Asked, Said, begin, find, finish, hold_own, multiline, pack_name, refuse_blocked, verdicts, working_days,
};
use crate::api::step::{ActionNote, DocumentRef};
use crate::api::task::{SiteRecordView, TaskDeadEnd, TaskRecord};
use crate::app::{Who, plain};
use crate::domain::result::ENTRY_DAYS;
use crate::domain::task::{CloseFacts, Signature, missing_at_close};
use crate::domain::visit::{FIELD_ROLES, NationalState, TaskVerb, VisitState};
use crate::store::checklist::answer_counts;
use crate::store::result::result_of_task;
use crate::store::task::{self as store, SiteRecordRow, TaskRow};
use crate::store::visit::VisitRow;
use crate::store::word;
use rules::LintStage;
use service_kit::{Ctx, Error, Fault, Reply, Result, Tx};
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::types::{TextList, Uid};
use uuid::Uuid;

/// Checks that a record says how it was signed, or why not.
fn check_signature(body: &TaskRecord) -> Vec<Fault> {
    let TaskRecord {
        content,
        findings,
        signature,
        signed_at: _,
        refusal_reason,
        witness,
        video_evidence_id,
        documents_asked: _,
        told_subject_at: _,
    } = body;
    let mut faults = Vec::new();
    multiline("/content", Some(content), &mut faults);
    multiline("/findings", findings.as_deref(), &mut faults);
    plain("/refusal_reason", refusal_reason.as_deref(), &mut faults);
    plain("/witness", witness.as_deref(), &mut faults);
    let mut need = |is_there: bool, pointer: &str, code: &str, zh: &str, en: &str| {
        if !is_there {
            faults.push(Fault::new(pointer, code, zh, en));
        }
    };
    match signature {
        Signature::Signed => {}
        Signature::Witnessed => {
            need(witness.is_some(), "/witness", "witness_missing", "须填写见证人", "name the witness");
        }
        Signature::Filmed => {
            need(
                video_evidence_id.is_some(),
                "/video_evidence_id",
                "video_missing",
                "须关联音像记录",
                "name the video",
            );
        }
        Signature::Absent => need(
            witness.is_some() || video_evidence_id.is_some(),
            "/witness",
            "witness_or_video",
            "须有见证人或音像记录",
            "a witness or a video is needed",
        ),
    }
    if *signature != Signature::Signed {
        need(
            refusal_reason.is_some(),
            "/refusal_reason",
            "reason_missing",
            "当事人未签字的，须注明原因",
            "say why the subject did not sign",
        );
    }
    faults
}

fn sealed_witness(crypto: &dyn CryptoProvider, task: Uuid, witness: Option<&str>) -> Result<Option<String>> {
    Ok(witness.map(|w| crypto.seal(&format!("site_record/witness/{task}"), w)).transpose()?)
}

/// Writes the site record; the inspection is over, the clock of the result's entry begins.
pub async fn task_record(ctx: &Ctx, id: Uuid, body: TaskRecord) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let now = ctx.now();
    let mut faults = check_signature(&body);
    for (pointer, moment) in [("/signed_at", body.signed_at), ("/told_subject_at", body.told_subject_at)] {
        if moment.is_some_and(|m| m > now) {
            faults.push(Fault::new(pointer, "date_in_future", "不能晚于现在", "must not lie in the future"));
        }
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let crypto = Arc::clone(&ctx.kit.crypto);
    let due = working_days(ctx, ENTRY_DAYS).await?;
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, TaskVerb::Record, FIELD_ROLES).await?;
        let TaskRecord {
            content,
            findings,
            signature,
            signed_at,
            refusal_reason,
            witness,
            video_evidence_id,
            documents_asked,
            told_subject_at,
        } = body;
        let row = SiteRecordRow {
            task_id: begun.task.id,
            content,
            findings,
            told_subject_at: told_subject_at.map(Into::into),
            signed_at: Some(signed_at.unwrap_or(now).into()),
            signature: signature.to_string(),
            refusal_reason: refusal_reason.clone(),
            witness_sealed: sealed_witness(crypto.as_ref(), begun.task.id.0, witness.as_deref())?,
            video_evidence_id: video_evidence_id.map(Uid),
            documents_asked: TextList(documents_asked.into_iter().map(|DocumentRef(d)| d).collect()),
            recorded_by: asked.who.caller.subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::site_record_put(tx.conn(), &row).await?;
        begun.task.ended_at = Some(now.into());
        let said = Said {
            more: serde_json::json!({"signature": signature, "is_told": told_subject_at.is_some()}),
            due: Some(due),
            ..Said::why(refusal_reason)
        };
        finish(tx, begun, (TaskVerb::Record, "recorded"), said).await
    })
    .await
}

/// The inspection could not be made: the reason, and who or what proves it, is the record.
async fn dead_end(
    ctx: &Ctx,
    id: Uuid,
    verb: TaskVerb,
    what: &'static str,
    body: TaskDeadEnd,
) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let TaskDeadEnd { reason, witness, video_evidence_id } = body;
    let mut faults = Vec::new();
    multiline("/reason", Some(&reason), &mut faults);
    plain("/witness", witness.as_deref(), &mut faults);
    if witness.is_none() && video_evidence_id.is_none() {
        faults.push(Fault::new(
            "/witness",
            "witness_or_video",
            "须有见证人或音像记录",
            "a witness or a video is needed",
        ));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let crypto = Arc::clone(&ctx.kit.crypto);
    let due = working_days(ctx, ENTRY_DAYS).await?;
    ctx.change(async move |tx| {
        let mut begun = begin(tx, &asked, verb, FIELD_ROLES).await?;
        let now = tx.now();
        let signature = match (verb, witness.is_some()) {
            (TaskVerb::NotFound, _) => Signature::Absent,
            (_, true) => Signature::Witnessed,
            (_, false) => Signature::Filmed,
        };
        let row = SiteRecordRow {
            task_id: begun.task.id,
            content: reason.clone(),
            findings: None,
            told_subject_at: None,
            signed_at: Some(now.into()),
            signature: signature.to_string(),
            refusal_reason: Some(reason.clone()),
            witness_sealed: sealed_witness(crypto.as_ref(), begun.task.id.0, witness.as_deref())?,
            video_evidence_id: video_evidence_id.map(Uid),
            documents_asked: TextList(Vec::new()),
            recorded_by: asked.who.caller.subject.clone(),
            version: 1,
            created_at: now.into(),
            updated_at: now.into(),
        };
        store::site_record_put(tx.conn(), &row).await?;
        begun.task.ended_at = Some(now.into());
        let said = Said {
            more: serde_json::json!({"signature": signature, "has_video": video_evidence_id.is_some()}),
            due: Some(due),
            ..Said::why(Some(reason))
        };
        finish(tx, begun, (verb, what), said).await
    })
    .await
}

/// Nobody was found.
pub async fn task_not_found(ctx: &Ctx, id: Uuid, body: TaskDeadEnd) -> Result<Reply> {
    dead_end(ctx, id, TaskVerb::NotFound, "not_found", body).await
}

/// The subject refused.
pub async fn task_refused(ctx: &Ctx, id: Uuid, body: TaskDeadEnd) -> Result<Reply> {
    dead_end(ctx, id, TaskVerb::Refuse, "refused", body).await
}

/// Closes the organ's part: approval, record, result, answers and the telling of the subject are all there, and no rule
/// blocks it (ENF-06, ENF-07).
pub async fn task_close(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let asked = Asked::of(ctx, id)?;
    let (visit, task) = ctx.kit.store.read::<_, Error, _>(async |c| find(c, &asked.who, id).await).await?;
    let lint = verdicts(ctx, &visit, &task, LintStage::VisitClose).await?;
    ctx.change(async move |tx| {
        let judged = (visit, task);
        let (visit, task) = hold_own(tx, &asked.who, asked.id).await?;
        as_judged((&judged.0, &judged.1), (&visit, &task))?;
        let state = task.state()?;
        let is_dead_end = matches!(state, VisitState::NotFound | VisitState::Refused);
        if is_dead_end || state == VisitState::Recorded {
            close_facts(tx, &visit, &task, is_dead_end).await?;
        }
        let mut begun = begin(tx, &asked, TaskVerb::Close, FIELD_ROLES).await?;
        if !is_dead_end {
            refuse_blocked(&lint)?;
        }
        begun.task.national_state = NationalState::Finished.to_string();
        begun.task.finished_at = Some(tx.now().into());
        let said = Said {
            grounds: body.into(),
            rule_ids: lint.verdicts.iter().map(|v| v.rule_id.clone()).collect(),
            rule_pack: Some(pack_name(&lint)),
            ..Said::default()
        };
        finish(tx, begun, (TaskVerb::Close, "closed"), said).await
    })
    .await
}

/// 409 `close_incomplete` with everything that is missing.
async fn close_facts(tx: &mut Tx<'_, '_>, visit: &VisitRow, task: &TaskRow, is_dead_end: bool) -> Result<()> {
    let record = store::site_record_of(tx.conn(), task.id.0).await?;
    let result = result_of_task(tx.conn(), task.id.0).await?;
    let counts = answer_counts(tx.conn(), visit.id.0, &task.organ_code).await?;
    let facts = CloseFacts {
        is_approved: task.approved_at.is_some(),
        has_record: record.is_some(),
        is_told: record.is_some_and(|r| r.told_subject_at.is_some())
            || result.as_ref().is_some_and(|r| r.told_subject_at.is_some()),
        has_result: result.is_some(),
        unanswered: counts.unanswered,
        is_dead_end,
    };
    let missing = missing_at_close(facts);
    if missing.is_empty() {
        return Ok(());
    }
    let mut error =
        Error::conflict("close_incomplete", "尚不具备办结条件", "Something is missing for the close");
    error.faults = missing
        .into_iter()
        .map(|(rule, code, zh, en)| Fault::new("", code, format!("{zh}（{rule}）"), format!("{en} ({rule})")))
        .collect();
    Err(error)
}

/// The site record of a task, the witness masked.
pub async fn site_record_view(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let row = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            Ok(store::site_record_of(c, id).await?)
        })
        .await?;
    let row = row.ok_or_else(|| Error::not_found("site record"))?;
    let SiteRecordRow {
        task_id,
        content,
        findings,
        told_subject_at,
        signed_at,
        signature,
        refusal_reason,
        witness_sealed,
        video_evidence_id,
        documents_asked,
        recorded_by,
        version,
        created_at,
        updated_at,
    } = row;
    let open = |sealed: String| -> Result<String> {
        let clear = ctx.kit.crypto.open(&format!("site_record/witness/{}", task_id.0), &sealed)?;
        Ok(domain::mask::person_name(&clear))
    };
    let view = SiteRecordView {
        task_id: task_id.0,
        content,
        findings,
        told_subject_at: told_subject_at.map(|s| s.0),
        signed_at: signed_at.map(|s| s.0),
        signature: word(&signature)?,
        refusal_reason,
        witness: witness_sealed.map(open).transpose()?,
        video_evidence_id: video_evidence_id.map(|v| v.0),
        documents_asked: documents_asked.0.into_iter().map(DocumentRef).collect(),
        recorded_by,
        version,
        created_at: created_at.0,
        updated_at: updated_at.0,
    };
    Ok(Reply::ok(&view)?.version(version).header("cache-control", "no-store"))
}
