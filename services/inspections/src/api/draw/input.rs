//! What is sent about draws: new ones, nonces, entropy, replacements, queries.

use crate::domain::draw::{DrawAlgorithm, DrawKind, DrawState, EntropyKind, ExclusionCode};
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
    /// Until when departments may reveal their nonces; half an hour after the entropy moment when absent.
    #[schema(value_type = Option<String>, format = DateTime, max_length = 40)]
    pub reveal_until: Option<Timestamp>,
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

/// A replacement asked for (申请递补); another person decides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "91610703PDY000060F", "code": "under_investigation", "note": "已被立案调查，暂不实施抽查"}))]
pub struct DrawReplaceRequest {
    /// The drawn subject, as it stands in the frame.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// Why it is not visited.
    pub code: ExclusionCode,
    /// In words, without personal data.
    #[schema(min_length = 2, max_length = 2000)]
    pub note: String,
}

/// A place given to the next score (递补), as another person asked; nobody chooses who follows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "91610703PDY000060F", "code": "deregistered"}))]
pub struct DrawReplace {
    /// The drawn subject, as it stands in the frame.
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// Why it is not visited, as it was asked for. `deregistered` needs no request where the registry says the same.
    pub code: ExclusionCode,
    /// In words, without personal data; the words of the request when absent.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}
