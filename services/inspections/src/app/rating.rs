//! Use cases: ratings of visits by the subject (监管对象评价).
//!
//! A visit gives one token, once: a new one takes the unused one back, and a visit that was rated gives none, so that no
//! organ can rate itself many times. Who uses it needs no account and leaves no trace but the day. Tokens are kept as keyed
//! hashes; sums and remarks are for oversight only. What the feed says of a rating names organs, points and breaches, not
//! the visit, and goes to no department.

use super::{Who, outside, plain};
use crate::api::rating::{
    OrganRating, QuestionSums, RatedOrgan, RatingAnswerInput, RatingComment, RatingCommentPage,
    RatingCommentQuery, RatingCreate, RatingFormView, RatingQuestionView, RatingSummaryQuery,
    RatingSummaryView, RatingTokenView,
};
use crate::config::Config;
use crate::domain::rating::{Answers, RatingQuestion, Sums, has_begun, is_off};
use crate::store::rating::{self as store, RatedVisit, RatingRow};
use crate::store::{document, json};
use domain::deadline::{beijing_date, beijing_midnight};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Span, Timestamp};
use service_kit::change::run;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kind, Page, Reply, Result, Tx};
use std::collections::BTreeMap;
use std::sync::Arc;
use store_kit::crypto::CryptoProvider;
use store_kit::types::Uid;
use uuid::Uuid;

/// Kind of keyed hash.
const TOKEN: &str = "rating_token";
/// Rows read at once for a summary.
const CHUNK: i64 = 1000;
/// Departments of events that none of them sees: readers of the whole district do.
const NO_DEPARTMENT: &str = "-";

/// Gives out the one token of a visit whose visibility was decided, in the caller's transaction; unused ones are void.
///
/// # Errors
/// 409 `visit_rated`; database errors.
pub(crate) async fn rating_token(
    tx: &mut Tx<'_, '_>,
    crypto: &dyn CryptoProvider,
    visit_id: Uuid,
    expires_at: Timestamp,
) -> Result<String> {
    if store::rating_clear(tx.conn(), visit_id).await? {
        return Err(Error::conflict("visit_rated", "该次检查已评价", "The visit was rated already"));
    }
    let token = hex::encode(rand::random::<[u8; 32]>());
    let row = RatingRow {
        id: Uid(Uuid::now_v7()),
        visit_id: Uid(visit_id),
        token_digest: crypto.lookup(TOKEN, &token),
        issued_at: tx.now().into(),
        expires_at: expires_at.into(),
        used_at: None,
        score: None,
        answers: None,
        comment_sealed: None,
    };
    store::rating_issue(tx.conn(), &row).await?;
    Ok(token)
}

/// Gives out the token of a visit of the caller's organ.
pub async fn rating_issue(ctx: &Ctx, config: &Config, id: Uuid) -> Result<Reply> {
    let (who, crypto) = (Who::of(ctx)?, Arc::clone(&ctx.kit.crypto));
    let expires_at = ctx.now() + SignedDuration::from_hours(24 * config.rating_days);
    let actor = ctx.actor()?;
    // Not through the idempotency record: it would keep the token.
    let token = run(&ctx.kit, actor, async move |tx| {
        let visit = store::rated_visit_hold(tx.conn(), &who.scope, id)
            .await?
            .ok_or_else(|| Error::not_found("visit"))?;
        if is_off(&visit.state) {
            return Err(Error::conflict(
                "visit_off",
                "该次检查已取消或已并入其他检查",
                "The visit was cancelled or combined into another",
            ));
        }
        let token = rating_token(tx, crypto.as_ref(), id, expires_at).await?;
        let data = serde_json::json!({"visit_id": id, "expires_at": expires_at});
        tx.audit("visit", id, data.clone());
        tx.event("rating.issued", id, &visit.departments.0, &visit.region_code, &data)?;
        Ok(token)
    })
    .await?;
    let path = format!("/v1/public/ratings/{token}");
    let view = RatingTokenView { visit_id: id, token, path: path.clone(), expires_at };
    Ok(Reply::created(&view, path)?.header("cache-control", "no-store"))
}

fn gone(code: &'static str, zh: &str, en: &str) -> Error {
    Error::new(Kind::Gone, code, zh, en)
}

/// The row and visit behind a token that counts now.
async fn opened(
    c: &mut store_kit::AnyConn<'_>,
    digest: &str,
    now: Timestamp,
) -> Result<(RatingRow, RatedVisit)> {
    let row = store::rating_form_view(c, digest).await?.ok_or_else(|| Error::not_found("rating token"))?;
    if row.used_at.is_some() {
        return Err(gone("rating_used", "该评价已提交", "The rating was given already"));
    }
    if now >= row.expires_at.0 {
        return Err(gone("rating_expired", "评价已过期", "The time for the rating is over"));
    }
    let visit =
        store::rated_visit(c, row.visit_id.0).await?.ok_or_else(|| Error::not_found("rating token"))?;
    Ok((row, visit))
}

/// The form behind a token.
pub async fn rating_form_view(ctx: &Ctx, token: &str) -> Result<Reply> {
    let (digest, now, lang) = (ctx.kit.crypto.lookup(TOKEN, token), ctx.now(), ctx.lang());
    let (row, visit) = ctx.kit.store.read::<_, Error, _>(async |c| opened(c, &digest, now).await).await?;
    let mut organs = Vec::new();
    for code in visit.departments.0 {
        let name = outside::organ(&ctx.kit, &code).await?.map_or_else(|| code.clone(), |o| o.name);
        organs.push(RatedOrgan { code, name });
    }
    let question = |q: &RatingQuestion| RatingQuestionView {
        question: *q,
        text: lang.pick(q.label_zh(), q.as_str()).to_string(),
    };
    let view = RatingFormView {
        visit_code: visit.code,
        organs,
        visited_on: visit.scheduled_on.map(|d| d.0),
        questions: RatingQuestion::ALL.iter().map(question).collect(),
        expires_at: row.expires_at.0,
    };
    Ok(Reply::ok(&view)?.header("cache-control", "no-store"))
}

fn answers_of(given: Vec<RatingAnswerInput>, faults: &mut Vec<Fault>) -> Answers {
    let mut answers = BTreeMap::new();
    for (at, RatingAnswerInput { question, answer }) in given.into_iter().enumerate() {
        if answers.insert(question.to_string(), answer).is_some() {
            faults.push(Fault::new(
                format!("/answers/{at}/question"),
                "repeated_question",
                "同一问项只能回答一次",
                "the question is answered twice",
            ));
        }
    }
    Answers(answers)
}

/// Takes a rating; the token is used up.
pub async fn rating_create(ctx: &Ctx, token: &str, body: RatingCreate) -> Result<Reply> {
    let RatingCreate { score, answers, comment } = body;
    let mut faults = Vec::new();
    let answers = answers_of(answers, &mut faults);
    plain("/comment", comment.as_deref(), &mut faults);
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let (crypto, digest) = (Arc::clone(&ctx.kit.crypto), ctx.kit.crypto.lookup(TOKEN, token));
    // Nobody: not the account of a caller who happens to be logged in either.
    let actor = ctx.actor_as("anonymous", "");
    run(&ctx.kit, actor, async move |tx| {
        let now = tx.now();
        let (mut row, visit) = opened(tx.conn(), &digest, now).await?;
        if !has_begun(&visit.state) {
            return Err(Error::conflict(
                "visit_not_begun",
                "检查尚未开始，暂不能评价",
                "The visit has not begun yet",
            ));
        }
        let id = row.id.0;
        let (day, used_at) = store::day_of_use(now);
        row.used_at = Some(used_at);
        row.score = Some(score);
        row.answers = Some(json(&answers)?);
        row.comment_sealed = comment.map(|c| crypto.seal(&sealed_at(id), &c)).transpose()?;
        if !store::rating_create(tx.conn(), &row).await? {
            return Err(gone("rating_used", "该评价已提交", "The rating was given already"));
        }
        let data = serde_json::json!({
            "organs": visit.departments.0, "score": score, "breaches": answers.breaches(), "month": month(day),
        });
        tx.audit("rating", id, serde_json::json!({}));
        tx.event("rating.given", id, &[NO_DEPARTMENT.to_string()], &visit.region_code, &data)
    })
    .await?;
    Ok(Reply::no_content())
}

fn sealed_at(id: Uuid) -> String {
    format!("rating/comment/{id}")
}

fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Sums by organ.
pub async fn rating_summary(ctx: &Ctx, query: RatingSummaryQuery) -> Result<Reply> {
    let RatingSummaryQuery { from, to, organ_code } = query;
    let to = to.unwrap_or_else(|| ctx.kit.clock.today());
    let from = from.unwrap_or_else(|| date(to.year(), 1, 1));
    let ends = (beijing_midnight(from), beijing_midnight(to.saturating_add(Span::new().days(1))));
    let (Some(begin), Some(end)) = ends else {
        return Err(Error::malformed(
            "bad_parameter",
            vec![Fault::new("?from", "bad_value", "日期超出范围", "out of range")],
        ));
    };
    let sums = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let (mut after, mut sums) = (None, BTreeMap::<String, Sums>::new());
            loop {
                let rows = store::rating_page(c, (begin, end), after, CHUNK).await?;
                let Some(last) = rows.last() else { return Ok(sums) };
                after = Some(last.0.0);
                for (_, organs, score, answers) in rows {
                    let answers: Answers = answers.map(|a| document(a.0)).transpose()?.unwrap_or_default();
                    for organ in organs.0 {
                        sums.entry(organ).or_default().add(score.map(|s| (s, &answers)));
                    }
                }
            }
        })
        .await?;
    let organs = sums
        .into_iter()
        .filter(|(organ, _)| organ_code.as_ref().is_none_or(|wanted| wanted == organ))
        .map(|(organ, sums)| organ_rating(organ, &sums))
        .collect();
    Ok(Reply::ok(&RatingSummaryView { from, to, organs })?.header("cache-control", "no-store"))
}

fn organ_rating(organ_code: String, sums: &Sums) -> OrganRating {
    let is_suppressed = sums.is_suppressed();
    let shown = !is_suppressed;
    let question = |q: &RatingQuestion| {
        let [yes, no, unsure] = sums.answers.get(q.as_str()).copied().unwrap_or_default();
        QuestionSums { question: *q, yes, no, unsure }
    };
    let mean = sums.mean_hundredths().filter(|_| shown);
    OrganRating {
        organ_code,
        issued: sums.issued,
        given: sums.given,
        is_suppressed,
        mean: mean.map(|m| format!("{}.{:02}", m / 100, m % 100)),
        scores: shown.then(|| sums.scores.to_vec()),
        answers: shown.then(|| RatingQuestion::ALL.iter().map(question).collect()),
    }
}

/// Remarks, without their visits; each reading is logged.
pub async fn rating_comment_list(ctx: &Ctx, query: RatingCommentQuery) -> Result<Reply> {
    let RatingCommentQuery { cursor, limit } = query;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let after: Option<Uuid> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| Ok(store::rating_comment_list(c, after, limit + 1).await?))
        .await?;
    let Page { items, next } = Page::cut(ctx, rows, limit, |(r, _)| r.id.0);
    let read = serde_json::json!({"remarks": items.len()});
    run(&ctx.kit, ctx.actor()?, async move |tx| {
        tx.audit("rating_comment", "page", read);
        Ok(())
    })
    .await?;
    let crypto = &ctx.kit.crypto;
    let items = items
        .into_iter()
        .map(|(row, organs)| {
            let sealed = row.comment_sealed.unwrap_or_default();
            Ok(RatingComment {
                organ_codes: organs.0,
                score: row.score.unwrap_or_default(),
                month: month(beijing_date(row.used_at.map_or(row.issued_at.0, |s| s.0))),
                comment: crypto.open(&sealed_at(row.id.0), &sealed)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Reply::page(ctx, &RatingCommentPage { items, next: next.clone() }, next.as_deref())?
        .header("cache-control", "no-store"))
}
