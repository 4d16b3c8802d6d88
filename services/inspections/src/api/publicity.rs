//! Publicity records over HTTP (公示): for officers; what the public reads is in [`super::public`].

use super::step::DocumentRef;
use crate::domain::publicity::{
    ChannelAction, ChannelState, PublicityChannel, PublicityKind, PublicityStanding, PublicityState,
    ResultContent, ReviewOpinion, WithdrawalCause, WithholdingGround,
};
use crate::store::publicity::{ChannelRow, PublicityRow};
use crate::store::{document, word};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store_kit::StoreResult;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What the secrecy review found (保密审查意见).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"opinion": "may_publish", "reason": "不涉及国家秘密、商业秘密和个人隐私"}))]
pub struct PublicityReview {
    /// May it be published.
    pub opinion: ReviewOpinion,
    /// Grounds against it; one at least when the opinion is `withhold`.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub grounds: Vec<WithholdingGround>,
    /// What was looked at and found, without the secret itself (审查说明).
    #[schema(min_length = 2, max_length = 1000)]
    pub reason: String,
}

/// A decision not to publish (不予公示审批).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grounds": ["trade_secret"], "reason": "内容涉及未公开的生产工艺"}))]
pub struct PublicityWithhold {
    /// Grounds (事由).
    #[schema(min_items = 1, max_items = 5)]
    pub grounds: Vec<WithholdingGround>,
    /// Why, without the secret itself.
    #[schema(min_length = 2, max_length = 1000)]
    pub reason: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}

/// A correction of what was published wrong (更正).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "检查日期录入有误", "note": "检查日期更正为2026年11月20日",
    "inspected_on": "2026-11-20"}))]
pub struct PublicityCorrect {
    /// Why; kept in the history.
    #[schema(min_length = 2, max_length = 1000)]
    pub reason: String,
    /// What was corrected, as the public will read it.
    #[schema(min_length = 2, max_length = 500)]
    pub note: String,
    /// Day of the inspection, if it was wrong.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub inspected_on: Option<Date>,
    /// Items checked, if they were wrong.
    #[schema(max_items = 50)]
    pub items: Option<Vec<PublicText>>,
    /// Findings as texts, if they were wrong.
    #[schema(max_items = 20)]
    pub findings: Option<Vec<PublicText>>,
}

/// A text for the public, without personal data.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 500, example = "未发现问题")]
pub struct PublicText(pub String);

/// A withdrawal, or the order to withdraw (撤回); three working days after the decision (PUB-04).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cause": "annulled", "decided_on": "2026-11-20", "reason": "检查结果经复议撤销",
    "documents": ["南政复决字〔2026〕3号"]}))]
pub struct PublicityWithdraw {
    /// Cause (事由).
    pub cause: WithdrawalCause,
    /// Day of the decision, not in the future; the term begins with it.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub decided_on: Date,
    /// Why, without personal data.
    #[schema(min_length = 2, max_length = 1000)]
    pub reason: String,
    /// What it rests on.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub documents: Vec<DocumentRef>,
}

/// A publicity record (公示记录).
#[derive(Serialize, ToSchema)]
pub struct PublicityView {
    /// Id.
    pub id: Uuid,
    /// What it is about.
    pub kind: PublicityKind,
    /// The result.
    pub source_id: Uuid,
    /// Organ that checked and publishes.
    #[schema(max_length = 32, example = "nz-scjg")]
    pub organ_code: String,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Subject.
    pub subject_id: Option<Uuid>,
    /// Title, as the public reads it.
    #[schema(max_length = 300)]
    pub title: String,
    /// State.
    pub state: PublicityState,
    /// What the public reads.
    pub content: PublicResultContent,
    /// Whether a natural person stands behind it, whose name is masked.
    pub is_personal: bool,
    /// Account that reviewed it for secrets.
    #[schema(max_length = 100)]
    pub reviewed_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub reviewed_at: Option<Timestamp>,
    /// What the review found.
    #[schema(max_length = 1200)]
    pub review_reason: Option<String>,
    /// Head that decided not to publish it.
    #[schema(max_length = 100)]
    pub withholding_approved_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub withholding_approved_at: Option<Timestamp>,
    /// Last day for the publication, computed.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub due_date: Option<Date>,
    /// First moment after it.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub due_at: Option<Timestamp>,
    /// Version of the calendar by which it was computed.
    #[schema(max_length = 64)]
    pub calendar_version: Option<String>,
    /// How the publication stands to its clock, computed.
    pub standing: PublicityStanding,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub published_at: Option<Timestamp>,
    /// Account that published it.
    #[schema(max_length = 100)]
    pub published_by: Option<String>,
    /// First day on which it is no longer shown.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub expires_on: Option<Date>,
    /// Why it is or was to be withdrawn.
    #[schema(max_length = 1200)]
    pub withdraw_reason: Option<String>,
    /// First moment after the term of the withdrawal.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub withdraw_due_at: Option<Timestamp>,
    /// How the withdrawal stands to its clock, computed.
    pub withdrawal_standing: PublicityStanding,
    /// When it stopped being shown.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub withdrawn_at: Option<Timestamp>,
    /// The record it replaces.
    pub replaces: Option<Uuid>,
    /// Version, as in the `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// What the public reads of an inspection (公示内容): natural persons masked, no addresses, no telephone numbers.
#[derive(Serialize, ToSchema)]
pub struct PublicResultContent {
    /// Organ that checked and publishes.
    #[schema(max_length = 200, example = "汉中市南郑区市场监督管理局")]
    pub organ_name: String,
    /// Name of the subject, a person's masked.
    #[schema(max_length = 200, example = "汉中样例有限公司")]
    pub subject_name: String,
    /// Its code; none for natural persons.
    #[schema(max_length = 64)]
    pub subject_identifier: Option<String>,
    /// Number of the visit.
    #[schema(max_length = 64)]
    pub visit_code: String,
    /// Kind of the visit.
    #[schema(max_length = 40, example = "planned")]
    pub visit_kind: String,
    /// The draw that chose the subject; see `/v1/public/draws/{draw_id}`.
    pub draw_id: Option<Uuid>,
    /// Items that were checked.
    #[schema(max_items = 50)]
    pub items: Vec<PublicText>,
    /// Day of the inspection.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub inspected_on: Option<Date>,
    /// Result codes of the national publicity system.
    #[schema(max_items = 20)]
    pub codes: Vec<String>,
    /// The same as texts.
    #[schema(max_items = 20)]
    pub findings: Vec<PublicText>,
    /// What followed.
    #[schema(max_length = 40)]
    pub outcome: Option<String>,
    /// What was corrected.
    #[schema(max_length = 500)]
    pub correction_note: Option<String>,
}

impl From<ResultContent> for PublicResultContent {
    fn from(content: ResultContent) -> Self {
        let ResultContent {
            organ_name,
            subject_name,
            subject_identifier,
            visit_code,
            visit_kind,
            draw_id,
            items,
            inspected_on,
            codes,
            findings,
            outcome,
            correction_note,
        } = content;
        Self {
            organ_name,
            subject_name,
            subject_identifier,
            visit_code,
            visit_kind,
            draw_id,
            items: items.into_iter().map(PublicText).collect(),
            inspected_on,
            codes,
            findings: findings.into_iter().map(PublicText).collect(),
            outcome,
            correction_note,
        }
    }
}

impl PublicityView {
    /// The record as it stands now.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: PublicityRow, now: Timestamp) -> StoreResult<Self> {
        let PublicityRow {
            id,
            kind,
            source_id,
            organ_code,
            region_code,
            subject_id,
            subject_identifier: _,
            title,
            state,
            content,
            is_personal,
            reviewed_by,
            reviewed_at,
            review_reason,
            withholding_approved_by,
            withholding_approved_at,
            due_date,
            due_at,
            due_calendar,
            published_at,
            published_by,
            expires_on,
            withdraw_reason,
            withdraw_due_at,
            withdrawn_at,
            replaces,
            transitions: _,
            created_by: _,
            version,
            created_at,
            updated_at,
        } = row;
        let state: PublicityState = word(&state)?;
        let published = published_at.map(|s| s.0);
        let clock = due_date.zip(due_at).map(|(d, a)| (d.0, a.0));
        let clock = clock.filter(|_| state != PublicityState::Withheld);
        let standing = crate::domain::publicity::standing(clock, published, now);
        let withdrawal = withdraw_due_at.map(|at| (last_day(at.0), at.0));
        let withdrawal_standing =
            crate::domain::publicity::standing(withdrawal, withdrawn_at.map(|s| s.0), now);
        Ok(Self {
            id: id.0,
            kind: word(&kind)?,
            source_id: source_id.0,
            organ_code,
            region_code,
            subject_id: subject_id.map(|s| s.0),
            title,
            state,
            content: document::<ResultContent>(content.0)?.into(),
            is_personal,
            reviewed_by,
            reviewed_at: reviewed_at.map(|s| s.0),
            review_reason,
            withholding_approved_by,
            withholding_approved_at: withholding_approved_at.map(|s| s.0),
            due_date: due_date.map(|d| d.0),
            due_at: due_at.map(|s| s.0),
            calendar_version: due_calendar,
            standing,
            published_at: published,
            published_by,
            expires_on: expires_on.map(|d| d.0),
            withdraw_reason,
            withdraw_due_at: withdraw_due_at.map(|s| s.0),
            withdrawal_standing,
            withdrawn_at: withdrawn_at.map(|s| s.0),
            replaces: replaces.map(|r| r.0),
            version,
            created_at: created_at.0,
            updated_at: updated_at.0,
        })
    }
}

/// The last day of a term that ends at midnight.
fn last_day(end: Timestamp) -> Date {
    let within = end.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(end);
    domain::deadline::beijing_date(within)
}

/// Which records a list holds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicityListQuery {
    /// Only this state.
    #[param(inline)]
    pub state: Option<PublicityState>,
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Only this subject.
    pub subject_id: Option<Uuid>,
    /// Only this result.
    pub source_id: Option<Uuid>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Records of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

domain::define_words! {
    /// Which part of the due list (到期清单).
    pub enum PublicityDue {
        /// The last day is today or was before.
        Today = "today", "今日到期", [];
        /// The term is over.
        Overdue = "overdue", "已超期", [];
        /// The term ends within seven days.
        Week = "week", "七日内到期", [];
    }
}

/// Which records of the due list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicityDueQuery {
    /// Overdue, due by today (the default), or within seven days.
    #[param(inline)]
    pub due: Option<PublicityDue>,
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Records of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of records.
#[derive(Serialize, ToSchema)]
pub struct PublicityPage {
    /// In the order they were opened.
    #[schema(max_items = 200)]
    pub items: Vec<PublicityView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A request to a channel and its answer (渠道回执).
#[derive(Serialize, ToSchema)]
pub struct ChannelView {
    /// The record.
    pub record_id: Uuid,
    /// The channel.
    pub channel: PublicityChannel,
    /// Order of the requests to this channel, from 1.
    #[schema(minimum = 1)]
    pub number: i64,
    /// Show it or take it away.
    pub action: ChannelAction,
    /// What became of it.
    pub state: ChannelState,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub requested_at: Timestamp,
    /// When it answered.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub acknowledged_at: Option<Timestamp>,
    /// Account that reported the answer.
    #[schema(max_length = 100)]
    pub acknowledged_by: Option<String>,
    /// Number or address at the channel.
    #[schema(max_length = 300)]
    pub reference: Option<String>,
    /// Remark.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

impl ChannelView {
    /// The request as a view.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: ChannelRow) -> StoreResult<Self> {
        let ChannelRow {
            record_id,
            channel,
            number,
            action,
            state,
            requested_at,
            acknowledged_at,
            acknowledged_by,
            reference,
            note,
        } = row;
        Ok(Self {
            record_id: record_id.0,
            channel: word(&channel)?,
            number,
            action: word(&action)?,
            state: word(&state)?,
            requested_at: requested_at.0,
            acknowledged_at: acknowledged_at.map(|s| s.0),
            acknowledged_by,
            reference,
            note,
        })
    }
}

/// How far a record has come at its channels (各渠道状态).
#[derive(Serialize, ToSchema)]
pub struct ChannelOverview {
    /// The record.
    pub record_id: Uuid,
    /// Channels that were asked.
    #[schema(minimum = 0)]
    pub asked: usize,
    /// Channels whose last request is done, as “3 of 4 channels cleared”.
    #[schema(minimum = 0)]
    pub done: usize,
    /// All requests, by channel and order.
    #[schema(max_items = 1000)]
    pub items: Vec<ChannelView>,
}

/// A request that a channel has not answered, with what it is to show.
#[derive(Serialize, ToSchema)]
pub struct ChannelPending {
    /// The request.
    pub request: ChannelView,
    /// Organ that publishes.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Title.
    #[schema(max_length = 300)]
    pub title: String,
    /// What the public reads.
    pub content: PublicResultContent,
}

/// Requests of one channel.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChannelListQuery {
    /// The channel.
    #[param(inline)]
    pub channel: PublicityChannel,
    /// Only this state; pending ones when absent.
    #[param(inline)]
    pub state: Option<ChannelState>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Requests of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A page of requests.
#[derive(Serialize, ToSchema)]
pub struct ChannelPage {
    /// The oldest first.
    #[schema(max_items = 200)]
    pub items: Vec<ChannelPending>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// What a channel answered (渠道回执).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"is_done": true, "reference": "610703-2026-000123"}))]
pub struct ChannelAcknowledge {
    /// Whether it was done; if not, the channel is asked again.
    pub is_done: bool,
    /// Number or address of the record at the channel.
    #[schema(min_length = 1, max_length = 300)]
    pub reference: Option<String>,
    /// Remark; needed when it was not done.
    #[schema(min_length = 2, max_length = 500)]
    pub note: Option<String>,
}
