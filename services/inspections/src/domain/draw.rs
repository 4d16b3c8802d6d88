//! Draws and their steps (双随机抽取): states, words, and what a draw knows of itself (`domain.md` §2.9, §6).
//!
//! The protocol itself is the crate `draw`; this module holds the state machine as data and refuses to know rows and clocks.
//! There is no way back: a wrong draw is voided by two persons and another one linked to it (DRW-04). Called by the app
//! functions of draws, frames and teams.

use super::plan::SubjectFilter;
use ::draw::{Hash, Suite};
use domain::vocabulary::Role;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Name of the aggregate in histories.
pub const AGGREGATE: &str = "draw";
/// Most strata of a draw.
pub const MAX_STRATA: usize = 50;
/// Ids in one stored chunk of a frame.
pub const CHUNK: usize = 5_000;
/// How long departments may still reveal their nonces after the entropy moment, unless the draw says otherwise.
pub const REVEAL_GRACE: SignedDuration = SignedDuration::from_mins(30);
/// The longest that a draw may wait for them.
pub const MAX_REVEAL_GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Who may prepare and run draws: the lead department draws the subjects (DRW-08).
pub const DRAWING_ROLES: &[Role] = &[Role::LeadEditor, Role::LeadHead, Role::Organiser];
/// Who may approve that a draw is void, or publish one.
pub const APPROVING_ROLES: &[Role] = &[Role::LeadHead, Role::Organiser];
/// Who may commit and reveal a department's nonce.
pub const NONCE_ROLES: &[Role] = &[Role::LeadEditor, Role::LeadHead, Role::CoopEditor];

domain::define_words! {
    /// State of a draw (抽取状态).
    pub enum DrawState {
        /// The frame is being filled.
        FrameOpen = "frame_open", "建库中", [];
        /// The frame is fixed and its roots are public.
        FrameFrozen = "frame_frozen", "库已冻结", [];
        /// The seed is committed to.
        Committed = "committed", "已承诺", [];
        /// The public entropy is known and fixed.
        EntropyFixed = "entropy_fixed", "熵已确定", [];
        /// Subjects are drawn.
        Drawn = "drawn", "已抽取对象", [];
        /// Inspectors are assigned.
        Assigned = "assigned", "已匹配人员", [];
        /// The transcript is public.
        Published = "published", "已公布", [];
        /// Void, kept with its reason.
        Void = "void", "已作废", [];
    }
}

domain::define_words! {
    /// Step of a draw.
    pub enum DrawVerb {
        /// Fix the frame.
        Freeze = "freeze", "冻结", [];
        /// A department commits to its nonce.
        CommitNonce = "commit_nonce", "承诺随机数", [];
        /// Commit to the seed.
        Commit = "commit", "承诺", [];
        /// A department reveals its nonce.
        RevealNonce = "reveal_nonce", "揭示随机数", [];
        /// Fix the public entropy.
        FixEntropy = "fix_entropy", "确定公共熵", [];
        /// Draw the subjects.
        Run = "run", "抽取", [];
        /// Ask that a place be given to the next score.
        RequestReplacement = "request_replacement", "申请递补", [];
        /// Give a place to the next score.
        Replace = "replace", "递补", [];
        /// Assign inspectors.
        Assign = "assign", "匹配人员", [];
        /// Publish the transcript.
        Publish = "publish", "公布", [];
        /// Ask that the draw be void.
        RequestVoid = "request_void", "申请作废", [];
        /// Make it void.
        ApproveVoid = "approve_void", "批准作废", [];
    }
}

domain::define_words! {
    /// Whether the draw is aimed at a kind of subject (定向/不定向).
    pub enum DrawKind {
        /// Targeted: a kind, trade or class.
        Targeted = "targeted", "定向抽查", [];
        /// Untargeted.
        Untargeted = "untargeted", "不定向抽查", [];
    }
}

domain::define_words! {
    /// Hash functions of a draw (算法).
    pub enum DrawAlgorithm {
        /// SHA-256.
        V1 = "v1", "SHA-256", [];
        /// SM3.
        V1s = "v1s", "SM3", [];
    }
}

domain::define_words! {
    /// Kind of an entropy source (熵源类别).
    pub enum EntropyKind {
        /// A text that becomes public at a known moment.
        PublicText = "public_text", "公开文本", [];
        /// A nonce that a department commits to and reveals.
        Nonce = "nonce", "部门随机数", [];
    }
}

domain::define_words! {
    /// Why a subject is left out of a frame or replaced (DRW-03, 排除事由).
    pub enum ExclusionCode {
        /// Deregistered, revoked, moved away.
        Deregistered = "deregistered", "已注销或迁出", [];
        /// Its cap of visits is reached.
        CapReached = "cap_reached", "已达频次上限", [];
        /// Not of the kind the plan is about.
        OutOfScope = "out_of_scope", "不属检查范围", [];
        /// A case against it is open.
        UnderInvestigation = "under_investigation", "正在立案调查", [];
        /// Checked recently, the result is recognised.
        RecentlyCheckedRecognised = "recently_checked_recognised", "近期已检查且结果互认", [];
    }
}

domain::define_words! {
    /// What became of a drawn subject (抽取结果状态).
    pub enum PickState {
        /// Drawn.
        Drawn = "drawn", "抽中", [];
        /// Follows the drawn ones, in order.
        Reserve = "reserve", "候补", [];
        /// Drawn, and its place was given to the next score.
        Replaced = "replaced", "已递补替换", [];
        /// Took the place of a replaced one.
        Substitute = "substitute", "递补", [];
    }
}

domain::define_words! {
    /// Part of an organ in a draw.
    pub enum DrawRole {
        /// Leads.
        Lead = "lead", "牵头", [];
        /// Cooperates.
        Cooperating = "cooperating", "配合", [];
    }
}

impl PickState {
    /// Whether the subject is to be visited.
    #[must_use]
    pub const fn is_visited(self) -> bool {
        matches!(self, Self::Drawn | Self::Substitute)
    }
}

impl DrawAlgorithm {
    /// The protocol's suite.
    #[must_use]
    pub const fn suite(self) -> Suite {
        match self {
            Self::V1 => Suite::V1,
            Self::V1s => Suite::V1s,
        }
    }
}

impl DrawVerb {
    /// The states it is possible from; the state after it, none where it stays.
    #[must_use]
    pub const fn step(self) -> (&'static [DrawState], Option<DrawState>) {
        use DrawState as S;
        match self {
            Self::Freeze => (&[S::FrameOpen], Some(S::FrameFrozen)),
            Self::CommitNonce => (&[S::FrameOpen, S::FrameFrozen], None),
            Self::Commit => (&[S::FrameFrozen], Some(S::Committed)),
            Self::RevealNonce => (&[S::Committed], None),
            Self::FixEntropy => (&[S::Committed], Some(S::EntropyFixed)),
            Self::Run => (&[S::EntropyFixed], Some(S::Drawn)),
            Self::RequestReplacement | Self::Replace => (&[S::Drawn], None),
            Self::Assign => (&[S::Drawn], Some(S::Assigned)),
            // Subjects and inspectors both come of the draw before its result is published (DRW-01).
            Self::Publish => (&[S::Assigned], Some(S::Published)),
            Self::RequestVoid => (OPEN, None),
            Self::ApproveVoid => (OPEN, Some(S::Void)),
        }
    }
}

/// Every state but `void`.
const OPEN: &[DrawState] = &[
    DrawState::FrameOpen,
    DrawState::FrameFrozen,
    DrawState::Committed,
    DrawState::EntropyFixed,
    DrawState::Drawn,
    DrawState::Assigned,
    DrawState::Published,
];

/// What freezing found in a stratum and did not refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeReport {
    /// Ids that stood more than once; each counts once.
    pub duplicates: usize,
    /// The first of them.
    pub duplicate_ids: Vec<String>,
    /// Ids that look like another one.
    pub look_alikes: usize,
    /// The first such pairs.
    pub look_alike_pairs: Vec<(String, String)>,
}

/// A replacement that waits for the second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedReplacement {
    /// Why the subject is not to be visited.
    pub code: ExclusionCode,
    /// In words.
    pub note: String,
    /// Who asked.
    pub by: String,
}

/// What has no column of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// First day of the visits.
    pub visit_from: Date,
    /// Last day of the visits.
    pub visit_to: Date,
    /// Shares of strata in hundredths of a percent, where no number was given.
    pub ratios: BTreeMap<String, u32>,
    /// Sealed secret from which the salts of natural persons come.
    pub person_secret_sealed: String,
    /// Hash of the declared sources, since the commitment.
    pub declaration: Option<String>,
    /// When the entropy was fixed.
    pub entropy_fixed_at: Option<Timestamp>,
    /// Number of the draw that this one stands in for.
    pub replaces: Option<String>,
    /// Why there is another draw.
    pub redraw_reason: Option<String>,
    /// What freezing found, by stratum.
    pub reports: BTreeMap<String, FreezeReport>,
    /// Digest of the published transcript.
    pub digest: Option<String>,
    /// Until when departments may reveal their nonces; none where no department gives one.
    #[serde(default)]
    pub reveal_until: Option<Timestamp>,
    /// Digest of what the plan said when the draw was added.
    #[serde(default)]
    pub plan_digest: Option<String>,
    /// Replacements that wait for the second person, by subject.
    #[serde(default)]
    pub replacing: BTreeMap<String, AskedReplacement>,
    /// Hash of the frozen pool of inspectors; none for draws frozen before it was published with the parameters.
    #[serde(default)]
    pub pool_hash: Option<String>,
}

/// A draw (随机抽取).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Id.
    pub id: Uuid,
    /// Number for people and for the protocol: `DRAW-2026-0001`.
    pub code: String,
    /// The plan it is for.
    pub plan_id: Option<Uuid>,
    /// Its number.
    pub plan_code: String,
    /// Lead department.
    pub lead_department: String,
    /// All departments, the lead's first.
    pub departments: Vec<String>,
    /// Region.
    pub region_code: String,
    /// Hash functions.
    pub algorithm: DrawAlgorithm,
    /// Targeted or not.
    pub kind: DrawKind,
    /// State.
    pub state: DrawState,
    /// How many that follow are kept in each stratum.
    pub reserve: i64,
    /// Inspectors of an organ at a visit, unless the organ says otherwise.
    pub team_size: i64,
    /// Subjects in all frames.
    pub frame_size: i64,
    /// When the frame was frozen.
    pub frame_frozen_at: Option<Timestamp>,
    /// The seed, sealed.
    pub seed_sealed: Option<String>,
    /// The seed in hex, since the draw.
    pub seed_revealed: Option<String>,
    /// Commitment of the seed.
    pub commit_hash: Option<String>,
    /// When it was made.
    pub committed_at: Option<Timestamp>,
    /// When the entropy becomes known.
    pub entropy_moment: Option<Timestamp>,
    /// Hash of the public entropy.
    pub public_entropy: Option<String>,
    /// When the subjects were drawn.
    pub drawn_at: Option<Timestamp>,
    /// The rest.
    pub settings: Settings,
    /// The draw that this one stands in for.
    pub redraw_of: Option<Uuid>,
    /// Why it is void.
    pub void_reason: Option<String>,
    /// Who asked for it.
    pub void_requested_by: Option<String>,
    /// Who approved it.
    pub voided_by: Option<String>,
    /// Number of steps taken.
    pub transitions: i64,
    /// Who added it.
    pub created_by: String,
    /// Version of the row.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// A stratum of a draw (抽取层).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawStratum {
    /// Name, as it stands in the parameters.
    pub name: String,
    /// Order.
    pub position: i64,
    /// Which subjects of the registry belong to it.
    pub filter: Option<SubjectFilter>,
    /// Subjects in the frame.
    pub frame_size: i64,
    /// How many are drawn.
    pub sample_size: i64,
    /// Canonical parameters; empty before the commitment.
    pub params: String,
    /// Their hash.
    pub params_hash: Option<String>,
    /// Root of the frame.
    pub frame_root: Option<String>,
    /// Score of the last drawn.
    pub threshold: Option<String>,
}

/// An entropy source of a draw (熵源).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawSource {
    /// Order.
    pub position: i64,
    /// Kind.
    pub kind: EntropyKind,
    /// Name: what the text is, or the organ's code.
    pub name: String,
    /// The organ of a nonce.
    pub organ: Option<String>,
    /// Commitment of a nonce.
    pub commitment: Option<String>,
    /// Who made it.
    pub committed_by: Option<String>,
    /// When.
    pub committed_at: Option<Timestamp>,
    /// The text, or the nonce in hex.
    pub value: Option<String>,
    /// Who gave it.
    pub revealed_by: Option<String>,
    /// When.
    pub revealed_at: Option<Timestamp>,
    /// Not revealed in time.
    pub is_no_show: bool,
}

impl DrawSource {
    /// The source as the protocol takes it.
    #[must_use]
    pub fn source(&self, moment: &str) -> ::draw::Source {
        ::draw::Source {
            commitment: self.commitment.as_deref().and_then(Hash::parse),
            kind: match self.kind {
                EntropyKind::PublicText => ::draw::SourceKind::PublicText,
                EntropyKind::Nonce => ::draw::SourceKind::Nonce,
            },
            moment: moment.to_string(),
            name: self.name.clone(),
            no_show: self.is_no_show,
            value: self.value.clone(),
        }
    }
}

/// An organ that sends inspectors (参与部门).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawOrgan {
    /// Code.
    pub organ: String,
    /// Lead or cooperating.
    pub role: DrawRole,
    /// Inspectors at a visit.
    pub team_size: i64,
    /// Qualifications each must hold.
    pub qualifications: Vec<String>,
    /// Item of the catalog.
    pub item: Option<(Uuid, i64)>,
    /// Item as the plan spells it.
    pub item_text: String,
}

/// A drawn subject, or one that follows (抽取结果).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawPick {
    /// Stratum.
    pub stratum: String,
    /// Order by score, from 1.
    pub rank: i64,
    /// As it stands in the frame.
    pub subject: String,
    /// Subject of the registry, since the assignment.
    pub subject_id: Option<Uuid>,
    /// Its name then.
    pub subject_name: Option<String>,
    /// Score.
    pub score: String,
    /// What became of it.
    pub state: PickState,
    /// Rank of who took its place.
    pub replaced_by: Option<i64>,
    /// Why.
    pub reason: Option<ExclusionCode>,
    /// The visit.
    pub visit_id: Option<Uuid>,
}

/// A moment as the protocol writes it: whole seconds, UTC.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The moment without the fraction of its second.
#[must_use]
pub fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// How many a share of a stratum draws: rounded up, so that a share above nothing never draws nobody.
#[must_use]
pub fn share(size: usize, per_ten_thousand: u32) -> i64 {
    let share = size as u64 * u64::from(per_ten_thousand);
    i64::try_from(share.div_ceil(10_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up() {
        assert_eq!((share(1000, 300), share(1, 1), share(0, 500), share(3361, 500)), (30, 1, 0, 169));
    }

    #[test]
    fn moments_have_whole_seconds() {
        let at: Timestamp = "2026-11-24T13:15:00.999Z".parse().unwrap();
        assert_eq!(moment(at), "2026-11-24T13:15:00Z");
        assert_eq!(whole_second(at).to_string(), "2026-11-24T13:15:00Z");
    }

    #[test]
    fn no_step_leads_back_and_void_is_the_end() {
        for verb in DrawVerb::ALL {
            let (from, to) = verb.step();
            assert!(!from.contains(&DrawState::Void), "{verb}");
            let Some(to) = to else { continue };
            let place = |s: DrawState| DrawState::ALL.iter().position(|x| *x == s);
            assert!(from.iter().all(|f| place(*f) < place(to)), "{verb}");
        }
    }
}
