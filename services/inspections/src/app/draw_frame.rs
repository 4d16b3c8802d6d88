//! Use cases: frames, strata and exclusions of draws (抽查对象库).
//!
//! A frame is uploaded in parts or taken from the registry by the plan's filter; natural persons go in as salted commitments
//! and their ids are kept sealed. Freezing sorts, drops doubles, takes the excluded out, fixes the quotas and publishes the
//! roots; it freezes the pool of inspectors too. After that nobody changes anything (DRW-03).

use super::draw::step::{Left, allowed, frame_open, leads, save};
use super::draw::{answer, find, hold, plan_stands};
use super::frame::{FrameSubject, Tagged, frame_subjects};
use super::{Grounds, Who, expect, wanted};
use crate::api::draw::FrameId;
use crate::api::draw_frame::{
    DrawExclusionAdd, DrawExclusionInput, DrawExclusionPage, DrawExclusionView, DrawFrameAdd, DrawFramePage,
    DrawFrameQuery,
};
use crate::api::step::{ActionNote, PartQuery};
use crate::config::Config;
use crate::domain::draw::{AGGREGATE, CHUNK, DRAWING_ROLES, Draw, DrawVerb, share};
use crate::domain::draw_frame::{build, refused};
use crate::domain::plan::SubjectFilter;
use crate::store::draw as draw_store;
use crate::store::draw_frame::{self as store, DrawExclusion, DrawPerson};
use crate::store::team::pool_put;
use ::draw::{Hash, person, stratum};
use actix_web::web::Data;
use domain::code::citizen_id::CitizenId;
use serde_json::json;
use service_kit::page::DEFAULT_LIMIT;
use service_kit::{Ctx, Cursor, Error, Fault, Kit, Page, Reply, Result, Tx};
use std::collections::{BTreeMap, HashSet};
use store_kit::AnyConn;
use uuid::Uuid;

/// The draw's secret from which salts come.
pub(crate) fn person_secret(kit: &Kit, draw: &Draw) -> Result<Hash> {
    let sealed = &draw.settings.person_secret_sealed;
    let text = kit.crypto.open(&format!("draw/person_secret/{}", draw.id), sealed)?;
    Hash::parse(&text).ok_or_else(|| Error::internal(format!("draw {}: secret does not read", draw.id)))
}

fn unknown_stratum(pointer: impl Into<String>) -> Fault {
    Fault::new(pointer, "unknown_stratum", "没有这一层", "no such stratum")
}

/// Ids cut into chunks as they are stored.
fn chunks(ids: &[String]) -> Vec<(i64, String)> {
    ids.chunks(CHUNK)
        .map(|part| {
            let mut text = part.join("\n");
            text.push('\n');
            (i64::try_from(part.len()).unwrap_or(i64::MAX), text)
        })
        .collect()
}

/// A frozen frame cut into chunks, without a copy of each id.
fn frame_chunks(frame: &::draw::Frame) -> Vec<(i64, String)> {
    let (mut out, mut text, mut size) = (Vec::new(), String::new(), 0i64);
    for id in frame.ids() {
        text.push_str(id);
        text.push('\n');
        size += 1;
        if size == CHUNK as i64 {
            out.push((size, std::mem::take(&mut text)));
            size = 0;
        }
    }
    if size > 0 {
        out.push((size, text));
    }
    out
}

/// Writes that a frame grew: version, audit entry, event.
async fn grew(tx: &mut Tx<'_, '_>, draw: &mut Draw, detail: serde_json::Value) -> Result<()> {
    draw.version += 1;
    draw.updated_at = tx.now();
    if !draw_store::draw_update(tx.conn(), draw).await? {
        return Err(service_kit::extract::changed());
    }
    tx.audit(AGGREGATE, draw.id, detail.clone());
    let event = json!({"id": draw.id, "code": draw.code, "frame": detail});
    tx.event("draw.frame_changed", draw.id, &draw.departments, &draw.region_code, &event)
}

/// Adds ids to a stratum.
///
/// # Errors
/// 403; 404; 409 `frame_frozen`; 412; 422 with every refused id.
pub async fn draw_frame_add(ctx: &Ctx, config: &Data<Config>, id: Uuid, body: DrawFrameAdd) -> Result<Reply> {
    let (who, wanted, max) = (Who::of(ctx)?, wanted(ctx)?, config.max_frame);
    who.role(DRAWING_ROLES)?;
    let DrawFrameAdd { stratum, ids, persons, replace } = body;
    let mut faults = Vec::new();
    for (member, list) in [("ids", &ids), ("persons", &persons)] {
        faults.extend(refused(list.iter().map(|FrameId(id)| id.as_str())).into_iter().map(|r| {
            Fault::new(
                format!("/{member}/{}", r.at),
                r.fault.code(),
                r.fault.message_zh(),
                r.fault.to_string(),
            )
        }));
    }
    // A company's code has eighteen characters too, but not a citizen's region, birthday and check at once.
    let is_citizen = |id: &str| id.len() == 18 && CitizenId::parse(id).is_ok();
    let hidden = ids.iter().position(|FrameId(id)| id.starts_with(person::PREFIX) || is_citizen(id));
    if let Some(at) = hidden {
        let (zh, en) = ("自然人请放入 persons", "natural persons go into persons");
        faults.push(Fault::new(format!("/ids/{at}"), "person_entry", zh, en));
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let kit = ctx.kit.clone();
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        frame_open(&draw)?;
        if !draw_store::strata_of(tx.conn(), id).await?.iter().any(|s| s.name == stratum) {
            return Err(Error::invalid(vec![unknown_stratum("/stratum")]));
        }
        if replace {
            store::chunks_clear(tx.conn(), id, Some(&stratum)).await?;
        }
        let held: i64 = store::chunk_sizes(tx.conn(), id).await?.iter().map(|(_, n)| n).sum();
        let (secret, suite) = (person_secret(&kit, &draw)?, draw.algorithm.suite());
        let mut all: Vec<String> = ids.into_iter().map(|FrameId(id)| id).collect();
        let mut behind = Vec::new();
        for FrameId(person_id) in persons {
            let opening = person::hide(suite, &secret, &person_id);
            let id_sealed = kit.crypto.seal(&format!("draw/person/{id}/{}", opening.entry), &person_id)?;
            behind.push(DrawPerson { entry: opening.entry.clone(), id_sealed, subject_id: None });
            all.push(opening.entry);
        }
        within(usize::try_from(held).unwrap_or(0) + all.len(), max)?;
        store::chunks_add(tx.conn(), id, &stratum, chunks(&all)).await?;
        store::persons_add(tx.conn(), id, behind).await?;
        grew(tx, &mut draw, json!({"stratum": stratum, "added": all.len(), "replaced": replace})).await?;
        answer(tx, draw).await
    })
    .await
}

fn within(size: usize, max: usize) -> Result<()> {
    if size <= max {
        return Ok(());
    }
    let (zh, en) = (format!("抽查对象超过{max}户"), format!("the frame has more than {max} subjects"));
    Err(Error::invalid_at("", "frame_too_large", zh, en))
}

/// Fills all strata from the registry by the plan's filter and their own; a subject goes to the first stratum that takes it.
///
/// # Errors
/// 403; 404; 409 `frame_frozen`, `plan_not_public`, `plan_changed`; 412; 422 `no_plan`, `frame_too_large`; 503.
pub async fn draw_frame_fill(ctx: &Ctx, config: &Data<Config>, id: Uuid, _body: ActionNote) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    who.role(DRAWING_ROLES)?;
    let (draw, strata, filter) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let draw = find(c, &who, id).await?;
            leads(&who, &draw)?;
            expect(wanted, draw.version)?;
            frame_open(&draw)?;
            plan_stands(c, &draw).await?;
            let strata = draw_store::strata_of(c, id).await?;
            let filter = match draw.plan_id {
                Some(plan) => super::plan::find(c, &who, plan).await?.0.content.filter,
                None => SubjectFilter::default(),
            };
            Ok((draw, strata, filter))
        })
        .await?;
    if draw.plan_id.is_none() && strata.iter().any(|s| s.filter.is_none()) {
        let (zh, en) =
            ("没有计划的抽取，各层须有对象范围", "a draw without a plan needs a filter in each stratum");
        return Err(Error::invalid_at("", "no_plan", zh, en));
    }
    let secret = person_secret(&ctx.kit, &draw)?;
    let mut by_position = strata;
    by_position.sort_by_key(|s| s.position);
    let mut tagged = Tagged::new(&ctx.kit);
    // One reading of the registry for a plan, whatever its strata; without a plan each stratum is a frame of its own.
    let mut whole = match draw.plan_id {
        Some(_) => Some(frame_subjects(&ctx.kit, &filter, config.max_frame).await?),
        None => None,
    };
    let (mut taken, mut filled, mut behind) = (HashSet::new(), Vec::new(), Vec::new());
    for row in by_position {
        let found = match (&mut whole, &row.filter) {
            (Some(left), None) => std::mem::take(left),
            (Some(left), Some(own)) => {
                let within = tagged.within(own).await?;
                let is_in = |s: &mut FrameSubject| {
                    s.is_seen_by(own) && within.iter().all(|members| members.contains(&s.id))
                };
                left.extract_if(.., is_in).collect()
            }
            (None, own) => {
                let own = own.clone().unwrap_or_default();
                frame_subjects(&ctx.kit, &own, config.max_frame).await?
            }
        };
        let mut ids = Vec::with_capacity(found.len());
        for subject in found {
            if !taken.insert(subject.id) {
                continue;
            }
            match subject.identifier.filter(|i| !i.is_empty() && ::draw::id::check(i).is_ok()) {
                Some(identifier) => ids.push(identifier),
                None => {
                    let text = subject.id.to_string();
                    let opening = person::hide(draw.algorithm.suite(), &secret, &text);
                    let id_sealed =
                        ctx.kit.crypto.seal(&format!("draw/person/{id}/{}", opening.entry), &text)?;
                    behind.push(DrawPerson {
                        entry: opening.entry.clone(),
                        id_sealed,
                        subject_id: Some(subject.id),
                    });
                    ids.push(opening.entry);
                }
            }
        }
        filled.push((row.name, ids));
    }
    within(taken.len(), config.max_frame)?;
    let seen = draw.version;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        frame_open(&draw)?;
        expect(Some(seen), draw.version)?;
        plan_stands(tx.conn(), &draw).await?;
        let mut sizes = Vec::new();
        for (name, ids) in filled {
            store::chunks_clear(tx.conn(), id, Some(&name)).await?;
            store::chunks_add(tx.conn(), id, &name, chunks(&ids)).await?;
            sizes.push(json!({"stratum": name, "subjects": ids.len()}));
        }
        store::persons_add(tx.conn(), id, behind).await?;
        grew(tx, &mut draw, json!({"from": "registry", "strata": sizes})).await?;
        answer(tx, draw).await
    })
    .await
}

/// Which of the subjects stand in the strata that they name; every stratum of the draw has its entry.
async fn in_frame(
    c: &mut AnyConn<'_>,
    id: Uuid,
    items: &[DrawExclusionInput],
) -> Result<BTreeMap<String, HashSet<String>>> {
    let mut found = BTreeMap::new();
    for row in draw_store::strata_of(c, id).await? {
        let asked = items.iter().filter(|i| i.stratum == row.name).map(|i| i.subject.as_str());
        let asked: HashSet<&str> = asked.collect();
        let (mut held, mut after) = (HashSet::new(), 0);
        while held.len() < asked.len() {
            let chunks = store::chunks_after(c, id, &row.name, after, 8).await?;
            let Some((last, _)) = chunks.last() else { break };
            after = *last;
            let ids = chunks.iter().flat_map(|(_, ids)| ::draw::frame::ids_of(ids));
            held.extend(ids.filter(|i| asked.contains(i)).map(str::to_owned));
        }
        found.insert(row.name, held);
    }
    Ok(found)
}

/// Leaves subjects out of the frame, each with a reason of DRW-03.
///
/// # Errors
/// 403; 404; 409 `frame_frozen`; 412; 422.
pub async fn draw_exclusion_add(ctx: &Ctx, id: Uuid, body: DrawExclusionAdd) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    who.role(DRAWING_ROLES)?;
    let DrawExclusionAdd { items } = body;
    // The frame is looked through before the transaction, a few chunks at a time; the version says that it is the same one.
    let (seen, found) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let draw = find(c, &who, id).await?;
            leads(&who, &draw)?;
            expect(wanted, draw.version)?;
            frame_open(&draw)?;
            Ok((draw.version, in_frame(c, id, &items).await?))
        })
        .await?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        frame_open(&draw)?;
        expect(Some(seen), draw.version)?;
        let (mut faults, mut list, now) = (Vec::new(), Vec::new(), tx.now());
        for (i, DrawExclusionInput { stratum, subject, code, note }) in items.into_iter().enumerate() {
            match found.get(&stratum) {
                None => faults.push(unknown_stratum(format!("/items/{i}/stratum"))),
                Some(ids) if !ids.contains(&subject) => {
                    let (zh, en) = ("该对象不在这一层", "the subject is not in the stratum");
                    faults.push(Fault::new(format!("/items/{i}/subject"), "not_in_frame", zh, en));
                }
                Some(_) => {
                    let by = who.caller.subject.clone();
                    list.push(DrawExclusion { subject, stratum, code, note, by, at: now });
                }
            }
        }
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let count = list.len();
        store::exclusions_add(tx.conn(), id, list).await?;
        grew(tx, &mut draw, json!({"excluded": count})).await?;
        answer(tx, draw).await
    })
    .await
}

/// Lists exclusions.
///
/// # Errors
/// 404; 400 `bad_cursor`; database errors.
pub async fn draw_exclusion_list(ctx: &Ctx, id: Uuid, query: PartQuery) -> Result<Reply> {
    let PartQuery { cursor, limit } = query;
    let (who, limit) = (Who::of(ctx)?, limit.unwrap_or(DEFAULT_LIMIT));
    let after: Option<String> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let rows = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            Ok(store::exclusions_of(c, id).await?)
        })
        .await?;
    let rows = rows.into_iter().filter(|e| after.as_ref().is_none_or(|a| e.subject > *a));
    let rows: Vec<DrawExclusion> = rows.take(usize::try_from(limit).unwrap_or(0) + 1).collect();
    let Page { items, next } =
        Page::cut(ctx, rows, limit, |e| e.subject.clone()).map(DrawExclusionView::from);
    Reply::page(ctx, &DrawExclusionPage { items, next: next.clone() }, next.as_deref())
}

/// Lists a frozen frame.
///
/// # Errors
/// 404; 400 `bad_cursor`; 409 `frame_open`; database errors.
pub async fn draw_frame_list(ctx: &Ctx, id: Uuid, query: DrawFrameQuery) -> Result<Reply> {
    let DrawFrameQuery { stratum, cursor, limit } = query;
    let (who, limit) = (Who::of(ctx)?, limit.unwrap_or(DEFAULT_LIMIT));
    // The number of the chunk rides in the cursor, so that a page at any depth reads no more than a chunk or two.
    let after: Option<(i64, String)> = cursor.as_deref().map(|c| Cursor::read(ctx, c)).transpose()?;
    let most = usize::try_from(limit).unwrap_or(0) + 1;
    let ids = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            let row = draw_store::strata_of(c, id).await?.into_iter().find(|s| s.name == stratum);
            let row = row.ok_or_else(|| Error::not_found("stratum"))?;
            if row.frame_root.is_none() {
                let (zh, en) = ("抽查对象库尚未冻结", "The frame is not frozen yet");
                return Err(Error::conflict("frame_open", zh, en));
            }
            Ok(store::frame_page(c, id, &row.name, after, most).await?)
        })
        .await?;
    let Page { items, next } = Page::cut(ctx, ids, limit, Clone::clone).map(|(_, id)| FrameId(id));
    Reply::page(ctx, &DrawFramePage { items, next: next.clone() }, next.as_deref())
}

/// Freezes the frame: sorts it, fixes quotas and roots, and freezes the pool of inspectors.
///
/// # Errors
/// 403; 404; 409 `transition_refused`, `plan_not_public`, `plan_changed`; 412; 422 `stratum_empty`, `quota_zero`, `quota_over_size`, `in_two_strata`.
pub async fn draw_freeze(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(DRAWING_ROLES)?;
    let kit = ctx.kit.clone();
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        expect(wanted, draw.version)?;
        leads(&who, &draw)?;
        allowed(&draw, DrawVerb::Freeze)?;
        plan_stands(tx.conn(), &draw).await?;
        let strata = draw_store::strata_of(tx.conn(), id).await?;
        let excluded: HashSet<String> =
            store::exclusions_of(tx.conn(), id).await?.into_iter().map(|e| e.subject).collect();
        let mut frames = Vec::with_capacity(strata.len());
        for row in strata {
            let chunks = store::chunks_of(tx.conn(), id, &row.name).await?;
            let (frame, report) = build(&chunks, &excluded).map_err(|e| Error::internal(format!("frame: {e}")))?;
            frames.push((row, frame, report));
        }
        let mut faults = Vec::new();
        for (at, (row, frame, _)) in frames.iter_mut().enumerate() {
            if let Some(ratio) = draw.settings.ratios.get(&row.name) {
                row.sample_size = share(frame.len(), *ratio);
            }
            let quota = usize::try_from(row.sample_size).unwrap_or(0);
            if let Err(e) = stratum::check_quota(quota, frame.len()) {
                let zh = format!("{}：{}", row.name, e.message_zh());
                faults.push(Fault::new(format!("/strata/{at}"), e.code(), zh, format!("{}: {e}", row.name)));
            }
        }
        for (at, (row, frame, _)) in frames.iter().enumerate() {
            let doubled = frames[..at].iter().find_map(|(_, other, _)| ::draw::verify::first_common(frame, other));
            if let Some(subject) = doubled {
                let zh = format!("{}：{subject} 已在另一层中", row.name);
                let en = format!("{}: {subject} stands in another stratum too", row.name);
                faults.push(Fault::new(format!("/strata/{at}"), "in_two_strata", zh, en));
            }
        }
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        draw.frame_size = 0;
        let mut roots = Vec::new();
        for (mut row, frame, report) in frames {
            row.frame_size = i64::try_from(frame.len()).unwrap_or(i64::MAX);
            row.frame_root = Some(frame.root(draw.algorithm.suite()).to_string());
            draw.frame_size += row.frame_size;
            draw.settings.reports.insert(row.name.clone(), report);
            store::chunks_clear(tx.conn(), id, Some(&row.name)).await?;
            store::chunks_add(tx.conn(), id, &row.name, frame_chunks(&frame)).await?;
            roots.push(json!({"stratum": row.name, "size": row.frame_size, "sample_size": row.sample_size, "frame_root": row.frame_root}));
            draw_store::stratum_update(tx.conn(), id, row).await?;
        }
        draw.frame_frozen_at = Some(tx.now());
        let secret = person_secret(&kit, &draw)?;
        let pool = super::team::pool_now(tx.conn(), &draw, Some(&secret)).await?.pool;
        let inspectors = pool.len();
        // Published with the parameters: whoever holds the seed later cannot choose inspectors to fit.
        let pool_hash = super::team::pool_hash(&draw, &pool)?;
        pool_put(tx.conn(), id, pool).await?;
        let more = json!({"strata": roots, "excluded": excluded.len(), "inspectors": inspectors, "pool_hash": pool_hash});
        draw.settings.pool_hash = Some(pool_hash);
        let grounds = Grounds::from(body);
        save(tx, &mut draw, DrawVerb::Freeze, Left { role, grounds, more }).await?;
        answer(tx, draw).await
    })
    .await
}
