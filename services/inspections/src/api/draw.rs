//! Over HTTP: draws and their steps (双随机抽取).

mod input;

pub use input::{
    DrawCreate, DrawEntropyFix, DrawEntropyValue, DrawListQuery, DrawNonceCommit, DrawNonceReveal,
    DrawOrganInput, DrawQualification, DrawReplace, DrawReplaceRequest, DrawSourceInput, DrawStratumInput,
};

use crate::domain::draw::{
    AskedReplacement, Draw, DrawAlgorithm, DrawKind, DrawOrgan, DrawPick, DrawRole, DrawSource, DrawState,
    DrawStratum, EntropyKind, ExclusionCode, FreezeReport, PickState,
};
use crate::domain::plan::SubjectFilter;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An entropy source of a draw.
#[derive(Serialize, ToSchema)]
pub struct DrawSourceView {
    /// Kind.
    pub kind: EntropyKind,
    /// Name, or the department's code.
    #[schema(max_length = 200)]
    pub name: String,
    /// Commitment of a nonce.
    #[schema(max_length = 64)]
    pub commitment: Option<String>,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub committed_at: Option<Timestamp>,
    /// The text, or the nonce.
    #[schema(max_length = 2000)]
    pub value: Option<String>,
    /// When it was given.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub revealed_at: Option<Timestamp>,
    /// The nonce was not revealed in time.
    pub no_show: bool,
}

/// A stratum of a draw.
#[derive(Serialize, ToSchema)]
pub struct DrawStratumView {
    /// Name.
    #[schema(max_length = 100)]
    pub name: String,
    /// Which subjects of the registry belong to it.
    pub filter: Option<SubjectFilter>,
    /// Subjects in the frame, doubles counted until it is frozen.
    #[schema(minimum = 0)]
    pub frame_size: i64,
    /// How many are drawn; 0 while only a share is known.
    #[schema(minimum = 0)]
    pub sample_size: i64,
    /// Share in hundredths of a percent.
    #[schema(minimum = 1, maximum = 10_000)]
    pub ratio_per_ten_thousand: Option<u32>,
    /// Root of the frozen frame.
    #[schema(max_length = 64)]
    pub frame_root: Option<String>,
    /// Parameters in canonical JSON, since the commitment.
    #[schema(max_length = 2000)]
    pub params: Option<String>,
    /// Their hash.
    #[schema(max_length = 64)]
    pub params_hash: Option<String>,
    /// Score of the last drawn: whoever has this score or less was drawn.
    #[schema(max_length = 64)]
    pub threshold: Option<String>,
    /// Ids that stood more than once; each counts once.
    #[schema(minimum = 0)]
    pub duplicates: usize,
    /// The first of them.
    #[schema(max_items = 100)]
    pub duplicate_ids: Vec<FrameId>,
    /// Ids that look like another one (`O` and `0`).
    #[schema(minimum = 0)]
    pub look_alikes: usize,
    /// The first of them, beside the id they look like.
    #[schema(max_items = 100)]
    pub look_alike_pairs: Vec<FramePair>,
}

/// An id of a frame: an identifier, or `person:` and a salted commitment.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 200, example = "91610703PDY000060F")]
pub struct FrameId(pub String);

/// Two ids that look alike.
#[derive(Serialize, ToSchema)]
pub struct FramePair {
    /// The first.
    #[schema(max_length = 200)]
    pub first: String,
    /// The second.
    #[schema(max_length = 200)]
    pub second: String,
}

/// An organ of a draw.
#[derive(Serialize, ToSchema)]
pub struct DrawOrganView {
    /// Code.
    #[schema(max_length = 32)]
    pub department: String,
    /// Lead or cooperating.
    pub role: DrawRole,
    /// Inspectors at a visit.
    #[schema(minimum = 2, maximum = 20)]
    pub team_size: i64,
    /// Qualifications that each must hold.
    #[schema(max_items = 20)]
    pub qualifications: Vec<DrawQualification>,
}

/// A replacement that waits for another person (待批准的递补).
#[derive(Serialize, ToSchema)]
pub struct DrawReplacementRequest {
    /// The drawn subject, as it stands in the frame.
    #[schema(max_length = 200)]
    pub subject: String,
    /// Why it is not to be visited.
    pub code: ExclusionCode,
    /// In words.
    #[schema(max_length = 2000)]
    pub note: String,
}

impl DrawReplacementRequest {
    fn of((subject, asked): (String, AskedReplacement)) -> Self {
        let AskedReplacement { code, note, by: _ } = asked;
        Self { subject, code, note }
    }
}

/// A draw (随机抽取).
#[derive(Serialize, ToSchema)]
pub struct DrawView {
    /// Id.
    pub id: Uuid,
    /// Number, as it stands in the parameters.
    #[schema(max_length = 64, example = "DRAW-2026-0001")]
    pub code: String,
    /// Plan.
    pub plan_id: Option<Uuid>,
    /// Its number.
    #[schema(max_length = 64)]
    pub plan_code: String,
    /// Lead department.
    #[schema(max_length = 32)]
    pub lead_department: String,
    /// Region.
    #[schema(max_length = 12)]
    pub region_code: String,
    /// Hash functions.
    pub algorithm: DrawAlgorithm,
    /// Targeted or not.
    pub kind: DrawKind,
    /// State.
    pub state: DrawState,
    /// How many that follow are kept in each stratum.
    #[schema(minimum = 0)]
    pub reserve: i64,
    /// Subjects in all frames.
    #[schema(minimum = 0)]
    pub frame_size: i64,
    /// First day of the visits.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub visit_from: Date,
    /// Last day of the visits.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub visit_to: Date,
    /// When the frame was frozen.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub frame_frozen_at: Option<Timestamp>,
    /// Commitment of the seed.
    #[schema(max_length = 64)]
    pub commit: Option<String>,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub committed_at: Option<Timestamp>,
    /// Hash of the declared sources, published with it.
    #[schema(max_length = 64)]
    pub declaration: Option<String>,
    /// When the sources become known.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub entropy_moment: Option<Timestamp>,
    /// Until when departments may reveal their nonces.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub reveal_until: Option<Timestamp>,
    /// Hash of the public entropy.
    #[schema(max_length = 64)]
    pub entropy_hash: Option<String>,
    /// The seed, since the draw.
    #[schema(max_length = 64)]
    pub seed: Option<String>,
    /// When the subjects were drawn.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub drawn_at: Option<Timestamp>,
    /// Digest of the published transcript.
    #[schema(max_length = 64)]
    pub digest: Option<String>,
    /// Sources, in byte order of their names.
    #[schema(max_items = 50)]
    pub sources: Vec<DrawSourceView>,
    /// Strata, in byte order of their names.
    #[schema(max_items = 50)]
    pub strata: Vec<DrawStratumView>,
    /// Organs that send inspectors.
    #[schema(max_items = 50)]
    pub organs: Vec<DrawOrganView>,
    /// Replacements that wait for another person.
    #[schema(max_items = 1_000)]
    pub replacement_requests: Vec<DrawReplacementRequest>,
    /// The draw that this one stands in for.
    pub redraw_of: Option<Uuid>,
    /// Why there is another draw.
    #[schema(max_length = 2000)]
    pub redraw_reason: Option<String>,
    /// Why it is void, or asked to be.
    #[schema(max_length = 2000)]
    pub void_reason: Option<String>,
    /// Version.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub updated_at: Timestamp,
}

/// A draw in a list.
#[derive(Serialize, ToSchema)]
pub struct DrawSummary {
    /// Id.
    pub id: Uuid,
    /// Number.
    #[schema(max_length = 64)]
    pub code: String,
    /// Number of the plan.
    #[schema(max_length = 64)]
    pub plan_code: String,
    /// Lead department.
    #[schema(max_length = 32)]
    pub lead_department: String,
    /// State.
    pub state: DrawState,
    /// Subjects in all frames.
    #[schema(minimum = 0)]
    pub frame_size: i64,
    /// When the subjects were drawn.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub drawn_at: Option<Timestamp>,
    /// Version.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// A page of draws.
#[derive(Serialize, ToSchema)]
pub struct DrawPage {
    /// In the order of their ids.
    #[schema(max_items = 200)]
    pub items: Vec<DrawSummary>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// A drawn subject, or one that follows.
#[derive(Serialize, ToSchema)]
pub struct DrawPickView {
    /// Stratum.
    #[schema(max_length = 100)]
    pub stratum: String,
    /// Order by score, from 1.
    #[schema(minimum = 1)]
    pub rank: i64,
    /// As it stands in the frame.
    #[schema(max_length = 200)]
    pub subject: String,
    /// Subject of the registry, since the assignment.
    pub subject_id: Option<Uuid>,
    /// Its score.
    #[schema(max_length = 64)]
    pub score: String,
    /// What became of it.
    pub state: PickState,
    /// Rank of who took its place.
    #[schema(minimum = 1)]
    pub replaced_by: Option<i64>,
    /// Why.
    pub reason: Option<ExclusionCode>,
    /// The visit.
    pub visit_id: Option<Uuid>,
}

/// A page of picks.
#[derive(Serialize, ToSchema)]
pub struct DrawPickPage {
    /// By stratum and rank.
    #[schema(max_items = 200)]
    pub items: Vec<DrawPickView>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

impl From<DrawPick> for DrawPickView {
    fn from(p: DrawPick) -> Self {
        let DrawPick {
            stratum,
            rank,
            subject,
            subject_id,
            subject_name: _,
            score,
            state,
            replaced_by,
            reason,
            visit_id,
        } = p;
        Self { stratum, rank, subject, subject_id, score, state, replaced_by, reason, visit_id }
    }
}

impl From<Draw> for DrawSummary {
    fn from(d: Draw) -> Self {
        Self {
            id: d.id,
            code: d.code,
            plan_code: d.plan_code,
            lead_department: d.lead_department,
            state: d.state,
            frame_size: d.frame_size,
            drawn_at: d.drawn_at,
            version: d.version,
        }
    }
}

impl From<DrawSource> for DrawSourceView {
    fn from(s: DrawSource) -> Self {
        let DrawSource {
            position: _,
            kind,
            name,
            organ: _,
            commitment,
            committed_by: _,
            committed_at,
            value,
            revealed_by: _,
            revealed_at,
            is_no_show,
        } = s;
        Self { kind, name, commitment, committed_at, value, revealed_at, no_show: is_no_show }
    }
}

impl From<DrawOrgan> for DrawOrganView {
    fn from(o: DrawOrgan) -> Self {
        let DrawOrgan { organ, role, team_size, qualifications, item: _, item_text: _ } = o;
        let qualifications = qualifications.into_iter().map(DrawQualification).collect();
        Self { department: organ, role, team_size, qualifications }
    }
}

fn stratum_view(s: DrawStratum, ratio: Option<u32>, report: FreezeReport) -> DrawStratumView {
    let DrawStratum {
        name,
        position: _,
        filter,
        frame_size,
        sample_size,
        params,
        params_hash,
        frame_root,
        threshold,
    } = s;
    let FreezeReport { duplicates, duplicate_ids, look_alikes, look_alike_pairs } = report;
    let pairs = look_alike_pairs.into_iter().map(|(first, second)| FramePair { first, second });
    DrawStratumView {
        name,
        filter,
        frame_size,
        sample_size,
        ratio_per_ten_thousand: ratio,
        frame_root,
        params: (!params.is_empty()).then_some(params),
        params_hash,
        threshold,
        duplicates,
        duplicate_ids: duplicate_ids.into_iter().map(FrameId).collect(),
        look_alikes,
        look_alike_pairs: pairs.collect(),
    }
}

impl DrawView {
    /// The view of a draw with its parts.
    #[must_use]
    pub fn of(
        draw: Draw,
        strata: Vec<DrawStratum>,
        sources: Vec<DrawSource>,
        organs: Vec<DrawOrgan>,
    ) -> Self {
        let Draw {
            id,
            code,
            plan_id,
            plan_code,
            lead_department,
            departments: _,
            region_code,
            algorithm,
            kind,
            state,
            reserve,
            team_size: _,
            frame_size,
            frame_frozen_at,
            seed_sealed: _,
            seed_revealed,
            commit_hash,
            committed_at,
            entropy_moment,
            public_entropy,
            drawn_at,
            mut settings,
            redraw_of,
            void_reason,
            void_requested_by: _,
            voided_by: _,
            transitions: _,
            created_by: _,
            version,
            created_at,
            updated_at,
        } = draw;
        let strata = strata.into_iter().map(|s| {
            let (ratio, report) = (settings.ratios.get(&s.name).copied(), settings.reports.remove(&s.name));
            stratum_view(s, ratio, report.unwrap_or_default())
        });
        Self {
            strata: strata.collect(),
            id,
            code,
            plan_id,
            plan_code,
            lead_department,
            region_code,
            algorithm,
            kind,
            state,
            reserve,
            frame_size,
            visit_from: settings.visit_from,
            visit_to: settings.visit_to,
            frame_frozen_at,
            commit: commit_hash,
            committed_at,
            declaration: settings.declaration,
            entropy_moment,
            reveal_until: settings.reveal_until,
            entropy_hash: public_entropy,
            seed: seed_revealed,
            drawn_at,
            digest: settings.digest,
            sources: sources.into_iter().map(DrawSourceView::from).collect(),
            organs: organs.into_iter().map(DrawOrganView::from).collect(),
            replacement_requests: settings.replacing.into_iter().map(DrawReplacementRequest::of).collect(),
            redraw_of,
            redraw_reason: settings.redraw_reason,
            void_reason,
            version,
            created_at,
            updated_at,
        }
    }
}
