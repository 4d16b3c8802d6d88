//! Ratings over HTTP (监管对象评价): a token given out, the public form behind it, and sums for oversight.

use crate::domain::rating::{RatingAnswer, RatingQuestion};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A token with which the subject rates a visit once, without an account (评价令牌). It is shown this once only.
#[derive(Serialize, ToSchema)]
pub struct RatingTokenView {
    /// The visit.
    pub visit_id: Uuid,
    /// The token.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]+$")]
    pub token: String,
    /// Address of the form.
    #[schema(max_length = 300, example = "/v1/public/ratings/…")]
    pub path: String,
    /// Until when it counts.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub expires_at: Timestamp,
}

/// The form that a token opens (评价表).
#[derive(Serialize, ToSchema)]
pub struct RatingFormView {
    /// Number of the visit.
    #[schema(max_length = 64)]
    pub visit_code: String,
    /// Organs that came.
    #[schema(max_items = 50)]
    pub organs: Vec<RatedOrgan>,
    /// Day of the visit, if it is fixed.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub visited_on: Option<Date>,
    /// What is asked.
    #[schema(max_items = 20)]
    pub questions: Vec<RatingQuestionView>,
    /// Until when it can be answered.
    #[schema(value_type = String, format = DateTime, max_length = 40)]
    pub expires_at: Timestamp,
}

/// An organ that is rated.
#[derive(Serialize, ToSchema)]
pub struct RatedOrgan {
    /// Code.
    #[schema(max_length = 32, example = "nz-scjg")]
    pub code: String,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
}

/// One question.
#[derive(Serialize, ToSchema)]
pub struct RatingQuestionView {
    /// Its identifier.
    pub question: RatingQuestion,
    /// Its text.
    #[schema(max_length = 200)]
    pub text: String,
}

/// A rating (评价). Nothing of who gives it is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"score": 5, "answers": [{"question": "certificates_shown", "answer": "yes"}]}))]
pub struct RatingCreate {
    /// One (bad) to five (good) points.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i64,
    /// Answers, at most one to each question.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub answers: Vec<RatingAnswerInput>,
    /// Remark; sealed, read by oversight only (意见建议).
    #[schema(min_length = 1, max_length = 1000)]
    pub comment: Option<String>,
}

/// Answer to one question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"question": "certificates_shown", "answer": "yes"}))]
pub struct RatingAnswerInput {
    /// The question.
    pub question: RatingQuestion,
    /// The answer.
    pub answer: RatingAnswer,
}

/// Which ratings are summed up.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RatingSummaryQuery {
    /// First day on which tokens were given out; the first of January when absent.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub from: Option<Date>,
    /// Last day; today when absent.
    #[param(value_type = Option<String>, format = Date, max_length = 10)]
    pub to: Option<Date>,
    /// Only this organ.
    #[param(max_length = 32)]
    pub organ_code: Option<String>,
}

/// Ratings summed up by organ (评价汇总).
#[derive(Serialize, ToSchema)]
pub struct RatingSummaryView {
    /// First day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub to: Date,
    /// By organ, in the order of their codes.
    #[schema(max_items = 1000)]
    pub organs: Vec<OrganRating>,
}

/// Ratings of one organ; sums are left out where they would tell who gave them.
#[derive(Serialize, ToSchema)]
pub struct OrganRating {
    /// Organ.
    #[schema(max_length = 32)]
    pub organ_code: String,
    /// Tokens given out.
    #[schema(minimum = 0)]
    pub issued: u64,
    /// Ratings given.
    #[schema(minimum = 0)]
    pub given: u64,
    /// Whether the sums are hidden, as there are fewer than three ratings.
    pub is_suppressed: bool,
    /// Mean of the points, two decimals.
    #[schema(max_length = 4, example = "4.33")]
    pub mean: Option<String>,
    /// How many gave one, two, … five points.
    #[schema(min_items = 5, max_items = 5)]
    pub scores: Option<Vec<u64>>,
    /// Answers by question.
    #[schema(max_items = 20)]
    pub answers: Option<Vec<QuestionSums>>,
}

/// Answers to one question, summed up.
#[derive(Serialize, ToSchema)]
pub struct QuestionSums {
    /// The question.
    pub question: RatingQuestion,
    /// Yes.
    #[schema(minimum = 0)]
    pub yes: u64,
    /// No.
    #[schema(minimum = 0)]
    pub no: u64,
    /// Not known.
    #[schema(minimum = 0)]
    pub unsure: u64,
}

/// Which remarks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RatingCommentQuery {
    /// Cursor of the page.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// Remarks of one page at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// A remark, without the visit it is about (意见建议).
#[derive(Serialize, ToSchema)]
pub struct RatingComment {
    /// Organs that came.
    #[schema(max_items = 50)]
    pub organ_codes: Vec<String>,
    /// Points.
    #[schema(minimum = 1, maximum = 5)]
    pub score: i64,
    /// Month in which it was given.
    #[schema(max_length = 7, example = "2026-11")]
    pub month: String,
    /// The remark.
    #[schema(max_length = 1000)]
    pub comment: String,
}

/// A page of remarks.
#[derive(Serialize, ToSchema)]
pub struct RatingCommentPage {
    /// In the order in which tokens were given out.
    #[schema(max_items = 200)]
    pub items: Vec<RatingComment>,
    /// Cursor of the next page.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}
