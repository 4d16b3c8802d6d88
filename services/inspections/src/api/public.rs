//! What the public reads without an account (公众查询): the least that the law wants shown (`domain.md` §10.4).

use super::publicity::PublicResultContent;
use crate::domain::publicity::ResultContent;
use crate::store::document;
use crate::store::public::{PublicDraw, PublicDrawRow, PublicEntropyRow, PublicStratumRow};
use crate::store::publicity::PublicityRow;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store_kit::StoreResult;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which published results.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicResultQuery {
    /// Only of this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Only of the organisation with this code (统一社会信用代码), whole; natural persons are not found by codes.
    #[param(min_length = 15, max_length = 18, pattern = "^[0-9A-Z]+$")]
    pub subject_identifier: Option<String>,
    /// Published on this day or later.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub from: Option<Date>,
    /// Published on this day or earlier.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub to: Option<Date>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Results of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A published result of an inspection (公示的检查结果).
#[derive(Serialize, ToSchema)]
pub struct PublicResultView {
    /// Id.
    pub id: Uuid,
    /// Organ that checked and publishes.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Title.
    #[schema(max_length = 300)]
    pub title: String,
    /// What was found.
    pub content: PublicResultContent,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub published_at: Option<Timestamp>,
    /// First day on which it is no longer shown.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub expires_on: Option<Date>,
    /// The record it corrects.
    pub replaces: Option<Uuid>,
}

impl PublicResultView {
    /// What the public sees of a record; nothing else of the row leaves.
    ///
    /// # Errors
    /// A broken row.
    pub fn of(row: PublicityRow) -> StoreResult<Self> {
        let PublicityRow {
            id,
            kind: _,
            source_id: _,
            organ_code,
            region_code: _,
            subject_id: _,
            subject_identifier: _,
            title,
            state: _,
            content,
            is_personal: _,
            reviewed_by: _,
            reviewed_at: _,
            review_reason: _,
            withholding_approved_by: _,
            withholding_approved_at: _,
            due_date: _,
            due_at: _,
            due_calendar: _,
            published_at,
            published_by: _,
            expires_on,
            withdraw_reason: _,
            withdraw_due_at: _,
            withdrawn_at: _,
            replaces,
            transitions: _,
            created_by: _,
            version: _,
            created_at: _,
            updated_at: _,
        } = row;
        Ok(Self {
            id: id.0,
            organ_code,
            title,
            content: document::<ResultContent>(content.0)?.into(),
            published_at: published_at.map(|s| s.0),
            expires_on: expires_on.map(|d| d.0),
            replaces: replaces.map(|r| r.0),
        })
    }
}

/// A page of published results.
#[derive(Serialize, ToSchema)]
pub struct PublicResultPage {
    /// The newest first.
    #[schema(max_items = 200)]
    pub items: Vec<PublicResultView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// Which draws.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicDrawQuery {
    /// Only of this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Draws of one page at most.
    #[param(minimum = 1, maximum = 50)]
    pub limit: Option<i64>,
}

/// A draw as the public sees it, from the freezing of its frame on (双随机抽取公示).
#[derive(Serialize, ToSchema)]
pub struct PublicDrawView {
    /// Id.
    pub id: Uuid,
    /// Number.
    #[schema(max_length = 64)]
    pub code: String,
    /// Number of the plan.
    #[schema(max_length = 64)]
    pub plan_code: String,
    /// Organ that draws the subjects.
    #[schema(max_length = 32)]
    pub lead_department: String,
    /// Organs that take part.
    #[schema(max_items = 50)]
    pub departments: Vec<String>,
    /// `v1` (SHA-256) or `v1s` (SM3).
    #[schema(max_length = 16, example = "v1")]
    pub algorithm: String,
    /// Targeted or not.
    #[schema(max_length = 32)]
    pub kind: String,
    /// State.
    #[schema(max_length = 32, example = "published")]
    pub state: String,
    /// Subjects in the frame.
    #[schema(minimum = 0)]
    pub frame_size: i64,
    /// When the frame was frozen.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub frame_frozen_at: Option<Timestamp>,
    /// The commitment, public before the entropy is.
    #[schema(max_length = 128)]
    pub commit_hash: Option<String>,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub committed_at: Option<Timestamp>,
    /// When the entropy is fixed, as named beforehand.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub entropy_moment: Option<Timestamp>,
    /// The entropy, once it is fixed.
    #[schema(max_length = 4000)]
    pub public_entropy: Option<String>,
    /// When it was drawn.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub drawn_at: Option<Timestamp>,
    /// The draw it repeats.
    pub redraw_of: Option<Uuid>,
    /// Hash of the declared sources of entropy, published with the commitment.
    #[schema(max_length = 128)]
    pub declaration: Option<String>,
    /// Hash of the pool of inspectors, frozen with the frame and bound by the parameters.
    #[schema(max_length = 128)]
    pub pool_hash: Option<String>,
    /// Strata.
    #[schema(max_items = 100)]
    pub strata: Vec<PublicStratum>,
    /// Sources of entropy, named beforehand.
    #[schema(max_items = 100)]
    pub sources: Vec<PublicEntropy>,
    /// Address of the transcript, once the draw is published, or void after its outcome could be known.
    #[schema(max_length = 200)]
    pub transcript: Option<String>,
}

/// A stratum of a draw.
#[derive(Serialize, ToSchema)]
pub struct PublicStratum {
    /// Name.
    #[schema(max_length = 100)]
    pub name: String,
    /// Subjects in its frame.
    #[schema(minimum = 0)]
    pub frame_size: i64,
    /// Subjects to be drawn.
    #[schema(minimum = 0)]
    pub sample_size: i64,
    /// Hash of its parameters.
    #[schema(max_length = 128)]
    pub params_hash: Option<String>,
    /// Root of its frame.
    #[schema(max_length = 128)]
    pub frame_root: Option<String>,
}

/// A source of entropy of a draw.
#[derive(Serialize, ToSchema)]
pub struct PublicEntropy {
    /// Public text or nonce of a department.
    #[schema(max_length = 32)]
    pub kind: String,
    /// Name, as given beforehand.
    #[schema(max_length = 500)]
    pub name: String,
    /// Commitment of a nonce.
    #[schema(max_length = 128)]
    pub commit_hash: Option<String>,
    /// The value, once it is revealed.
    #[schema(max_length = 4000)]
    pub value: Option<String>,
    /// Whether it was not revealed in time.
    pub is_no_show: bool,
}

/// What the public sees of the rest of a draw.
#[derive(Default, Deserialize)]
struct Fixed {
    #[serde(default)]
    declaration: Option<String>,
    #[serde(default)]
    pool_hash: Option<String>,
}

impl From<PublicDraw> for PublicDrawView {
    fn from((row, strata, sources): PublicDraw) -> Self {
        let PublicDrawRow {
            id,
            code,
            plan_code,
            lead_department,
            departments,
            algorithm,
            kind,
            state,
            frame_size,
            frame_frozen_at,
            commit_hash,
            committed_at,
            entropy_moment,
            public_entropy,
            drawn_at,
            redraw_of,
            settings,
            version: _,
        } = row;
        let has_outcome = state == "published" || (state == "void" && drawn_at.is_some());
        let settings: Fixed = serde_json::from_value(settings.0).unwrap_or_default();
        let transcript = has_outcome.then(|| format!("/v1/public/draws/{}/transcript", id.0));
        let stratum = |s| {
            let PublicStratumRow { draw_id: _, name, frame_size, sample_size, params_hash, frame_root } = s;
            PublicStratum { name, frame_size, sample_size, params_hash, frame_root }
        };
        let source = |s| {
            let PublicEntropyRow { draw_id: _, kind, name, commit_hash, value, is_no_show } = s;
            PublicEntropy { kind, name, commit_hash, value, is_no_show }
        };
        Self {
            id: id.0,
            code,
            plan_code,
            lead_department,
            departments: departments.0,
            algorithm,
            kind,
            state,
            frame_size,
            frame_frozen_at: frame_frozen_at.map(|s| s.0),
            commit_hash,
            committed_at: committed_at.map(|s| s.0),
            entropy_moment: entropy_moment.map(|s| s.0),
            public_entropy,
            drawn_at: drawn_at.map(|s| s.0),
            redraw_of: redraw_of.map(|r| r.0),
            declaration: settings.declaration,
            pool_hash: settings.pool_hash,
            strata: strata.into_iter().map(stratum).collect(),
            sources: sources.into_iter().map(source).collect(),
            transcript,
        }
    }
}

/// A page of draws.
#[derive(Serialize, ToSchema)]
pub struct PublicDrawPage {
    /// The newest first.
    #[schema(max_items = 50)]
    pub items: Vec<PublicDrawView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// The public part of a transcript, in its canonical form; `crates/draw` describes its members.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub struct PublicTranscript(pub serde_json::Value);
