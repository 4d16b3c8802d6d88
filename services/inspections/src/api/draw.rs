//! Over HTTP: draws and their steps (双随机抽取).

use crate::domain::draw::{
    Draw, DrawAlgorithm, DrawKind, DrawOrgan, DrawPick, DrawRole, DrawSource, DrawState, DrawStratum,
    EntropyKind, ExclusionCode, FreezeReport, PickState,
};
use crate::domain::plan::SubjectFilter;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A source of public entropy, named beforehand (熵源).
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "public_text", "name": "双色球第2026130期开奖号码"}))]
pub struct DrawSourceInput {
    /// Public text, or nonce of a department.
    pub kind: EntropyKind,
    /// What the text is; for a nonce the code of the department.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// A stratum with its share (抽取层).
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ALL", "sample_size": 6}))]
pub struct DrawStratumInput {
    /// Name, as it will stand in the parameters.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^\\s]+$", example = "ALL")]
    pub name: String,
    /// How many are drawn.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub sample_size: Option<i64>,
    /// Share in hundredths of a percent instead, rounded up when the frame is frozen.
    #[schema(minimum = 1, maximum = 10_000)]
    pub ratio_per_ten_thousand: Option<u32>,
    /// Which subjects of the registry belong to it, on top of the plan's filter.
    pub filter: Option<SubjectFilter>,
}

/// A qualification that inspectors must hold (执法资质).
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(min_length = 1, max_length = 100, example = "食品安全")]
pub struct DrawQualification(pub String);

/// An organ that sends inspectors (参与部门).
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"department": "nz-scjg", "team_size": 2, "qualifications": []}))]
pub struct DrawOrganInput {
    /// Code of the department.
    #[schema(min_length = 2, max_length = 32, example = "nz-scjg")]
    pub department: String,
    /// Inspectors at each visit; two at least (行政处罚法 42).
    #[schema(minimum = 2, maximum = 20)]
    pub team_size: Option<i64>,
    /// Qualifications that each of them must hold.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub qualifications: Vec<DrawQualification>,
}

/// A new draw (新建抽取): of a published plan, or of a plan kept elsewhere, named by its number.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan_code": "PLAN-2026-0001", "entropy_moment": "2099-11-24T13:15:00Z",
    "sources": [{"kind": "public_text", "name": "双色球第2026130期开奖号码"}],
    "strata": [{"name": "ALL", "sample_size": 2}],
    "visit_from": "2099-12-01", "visit_to": "2099-12-31"}))]
pub struct DrawCreate {
    /// Published plan; departments, strata and period come from it unless given.
    pub plan_id: Option<Uuid>,
    /// Number of a plan kept elsewhere, when there is none here.
    #[schema(min_length = 1, max_length = 64, pattern = "^[!-~]+$", example = "PLAN-2026-0001")]
    pub plan_code: Option<String>,
    /// Lead department; the plan's, or the caller's own.
    #[schema(min_length = 2, max_length = 32)]
    pub lead_department: Option<String>,
    /// Region code, empty for the whole district.
    #[serde(default)]
    #[schema(max_length = 12, pattern = "^[0-9]{0,12}$")]
    pub region_code: String,
    /// Hash functions: SHA-256 when absent.
    pub algorithm: Option<DrawAlgorithm>,
    /// Targeted or untargeted; untargeted when absent.
    pub kind: Option<DrawKind>,
    /// How many that follow are kept in each stratum for replacements; 20 when absent.
    #[schema(minimum = 0, maximum = 10_000)]
    pub reserve: Option<i64>,
    /// Inspectors of each organ at a visit; two when absent.
    #[schema(minimum = 2, maximum = 20)]
    pub team_size: Option<i64>,
    /// When the sources become known; the commitment must be published before.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub entropy_moment: Timestamp,
    /// Sources of entropy, named now.
    #[schema(min_items = 1, max_items = 50)]
    pub sources: Vec<DrawSourceInput>,
    /// Strata; the plan's when absent.
    #[schema(min_items = 1, max_items = 50)]
    pub strata: Option<Vec<DrawStratumInput>>,
    /// Organs that send inspectors; the plan's, or the lead department alone.
    #[schema(min_items = 1, max_items = 50)]
    pub organs: Option<Vec<DrawOrganInput>>,
    /// First day of the visits; the plan's period when absent.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub visit_from: Option<Date>,
    /// Last day of the visits.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub visit_to: Option<Date>,
    /// The void draw that this one stands in for (重新抽取).
    pub redraw_of: Option<Uuid>,
    /// Why there is another draw.
    #[schema(min_length = 2, max_length = 2000)]
    pub redraw_reason: Option<String>,
}

/// Query of the list of draws.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DrawListQuery {
    /// State.
    #[param(inline)]
    pub state: Option<DrawState>,
    /// Plan.
    pub plan_id: Option<Uuid>,
    /// Lead department.
    #[param(max_length = 32, pattern = "^[a-z0-9-]+$")]
    pub lead_department: Option<String>,
    /// Number.
    #[param(max_length = 64)]
    pub code: Option<String>,
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Draws of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A department's promise of a nonce (随机数承诺): `H("ccsup/draw/v1/nonce\0" ‖ department ‖ "\0" ‖ nonce)`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"commitment": "9a12e80269577cbf1281cf4a7ea117807552b915af2bafa60b74b9814fad8be1"}))]
pub struct DrawNonceCommit {
    /// Hash in hex.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub commitment: String,
}

/// The nonce itself (揭示随机数).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"nonce": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}))]
pub struct DrawNonceReveal {
    /// 32 bytes in hex.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub nonce: String,
}

/// The value of a public text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "双色球第2026130期开奖号码", "value": "ssq:2026130:01,05,09,17,22,30+07"}))]
pub struct DrawEntropyValue {
    /// Name of the source.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The text as it was published.
    #[schema(min_length = 1, max_length = 2000)]
    pub value: String,
}

/// Values of all public texts (确定公共熵); nonces not revealed by now count as not shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"values": [{"name": "双色球第2026130期开奖号码", "value": "ssq:2026130:01,05,09,17,22,30+07"}]}))]
pub struct DrawEntropyFix {
    /// One for each public text.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub values: Vec<DrawEntropyValue>,
}

/// A place given to the next score (递补); nobody chooses who follows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "91610703PDY000060F", "code": "deregistered"}))]
pub struct DrawReplace {
    /// The drawn subject, as it stands in the frame.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// Why it is not visited.
    pub code: ExclusionCode,
    /// In words, without personal data.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

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
            entropy_hash: public_entropy,
            seed: seed_revealed,
            drawn_at,
            digest: settings.digest,
            sources: sources.into_iter().map(DrawSourceView::from).collect(),
            organs: organs.into_iter().map(DrawOrganView::from).collect(),
            redraw_of,
            redraw_reason: settings.redraw_reason,
            void_reason,
            version,
            created_at,
            updated_at,
        }
    }
}
