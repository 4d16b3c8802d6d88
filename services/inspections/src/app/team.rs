//! Use cases: teams of inspectors for drawn visits (随机匹配检查人员).
//!
//! The pool is frozen with the frame and only narrowed at the assignment: who left, was suspended or lost the certificate is
//! taken out, recusals that came since count. Where no lawful team exists the answer names organ, visit and the missing
//! thing, and nothing is stored. Teams follow from pool, visits and keys alone, so the transcript makes them anew.

use super::draw::step::{Left, allowed, leads, save};
use super::draw::{answer, find, hold};
use super::{Who, expect, outside, wanted};
use crate::api::step::ActionNote;
use crate::api::team::{DrawInspectorList, DrawInspectorView};
use crate::domain::draw::{DRAWING_ROLES, Draw, DrawOrgan, DrawPick, DrawRole, DrawVerb};
use crate::domain::recusal::holds;
use crate::domain::team::{PoolInspector, need};
use crate::domain::visit::{MemberRole, TaskRole, VisitReasons};
use crate::store::draw as draw_store;
use crate::store::draw_frame::persons_of;
use crate::store::inspector::inspector_eligible;
use crate::store::recusal::recused_of;
use crate::store::team::{pool_of, pool_put};
use crate::store::visit::{ItemRef, MemberSeed, TaskSeed, VisitNew, VisitSeed, visit_insert_many};
use ::draw::team::{self as protocol, Keyring, OrganNeed, Team, Visit};
use ::draw::transcript::Teams;
use ::draw::{Hash, Keyed, stratum};
use clients::SubjectsClient;
use clients::subjects::RegisteredSubject;
use domain::vocabulary::{InspectionMethod, PlanKind};
use futures_util::StreamExt as _;
use rules::VisitKind;
use serde_json::json;
use service_kit::{Ctx, Error, Fault, Reply, Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use store_kit::AnyConn;
use uuid::Uuid;

/// Questions to the registry at the same time.
const PARALLEL: usize = 16;

/// Inspectors of the draw's organs who are qualified on every day of its visits, with their recusals (ENF-01, ENF-10).
///
/// # Errors
/// Database errors.
pub(crate) async fn pool_now(c: &mut AnyConn<'_>, draw: &Draw) -> Result<Vec<PoolInspector>> {
    let organs: Vec<String> = draw_store::organs_of(c, draw.id).await?.into_iter().map(|o| o.organ).collect();
    let (from, to) = (draw.settings.visit_from, draw.settings.visit_to);
    let fit = inspector_eligible(c, &organs, (from, to)).await?;
    let ids: Vec<Uuid> = fit.iter().map(|i| i.id).collect();
    let recusals = recused_of(c, &ids).await?;
    let entries: HashMap<Uuid, String> = persons_of(c, draw.id)
        .await?
        .into_iter()
        .filter_map(|p| p.subject_id.map(|id| (id, p.entry)))
        .collect();
    let mut keys: HashMap<Uuid, Vec<String>> = HashMap::new();
    let mut wholly: HashSet<Uuid> = HashSet::new();
    for recused in &recusals {
        // A recusal that holds on any day of the span keeps him away: the day of the visit is not fixed yet.
        let is_in_force = recused.valid_from <= to && recused.valid_to.is_none_or(|until| until >= from);
        if !is_in_force {
            continue;
        }
        let list = keys.entry(recused.inspector_id).or_default();
        list.extend(recused.subject_identifier.clone().filter(|k| !k.is_empty()));
        list.extend(recused.subject_id.and_then(|id| entries.get(&id).cloned()));
        if recused.subject_id.is_none() && recused.subject_identifier.is_none() {
            wholly.insert(recused.inspector_id);
        }
    }
    let pool = fit.into_iter().filter(|i| !wholly.contains(&i.id)).map(|i| {
        let mut recused = keys.remove(&i.id).unwrap_or_default();
        recused.sort();
        recused.dedup();
        PoolInspector {
            id: i.id,
            organ: i.organ_code,
            key: i.certificate_number,
            tags: i.tags,
            certified_until: i.certified_until,
            recused,
        }
    });
    Ok(pool.collect())
}

/// Lists the pool of a draw.
///
/// # Errors
/// 404; database errors.
pub async fn draw_inspector_list(ctx: &Ctx, id: Uuid) -> Result<Reply> {
    let who = Who::of(ctx)?;
    let pool = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            find(c, &who, id).await?;
            Ok(pool_of(c, id).await?)
        })
        .await?;
    Reply::ok(&DrawInspectorList { items: pool.into_iter().map(DrawInspectorView::from).collect() })
}

/// Whether the draw's visits are staffed.
///
/// # Errors
/// Database errors.
pub(crate) async fn is_assigned(c: &mut AnyConn<'_>, draw: &Draw) -> Result<bool> {
    let picks = draw_store::picks_of(c, draw.id, None, None, None).await?;
    Ok(picks.iter().any(|p| p.visit_id.is_some()))
}

/// Keys and scores of the subjects to be visited.
struct Keys {
    of: BTreeMap<String, (Keyed, Hash)>,
}

fn keys(draw: &Draw, strata: &[crate::domain::draw::DrawStratum], picks: &[DrawPick]) -> Option<Keys> {
    let suite = draw.algorithm.suite();
    let seed = Hash::parse(draw.seed_revealed.as_deref()?)?;
    let entropy = Hash::parse(draw.public_entropy.as_deref()?)?;
    let mut of = BTreeMap::new();
    for row in strata {
        let (root, params) =
            (Hash::parse(row.frame_root.as_deref()?)?, Hash::parse(row.params_hash.as_deref()?)?);
        let key = suite.keyed(&stratum::key(suite, &seed, &root, &params, &entropy));
        for pick in picks.iter().filter(|p| p.stratum == row.name && p.state.is_visited()) {
            of.insert(pick.subject.clone(), (key.clone(), Hash::parse(&pick.score)?));
        }
    }
    Some(Keys { of })
}

/// Inputs and result of the assignment in the protocol's form.
fn assign(
    draw: &Draw,
    keys: &Keys,
    organs: &[DrawOrgan],
    pool: &[PoolInspector],
) -> std::result::Result<Teams, Vec<protocol::NoTeam>> {
    let needs: Vec<OrganNeed> = organs.iter().map(|o| need(o, pool, draw.settings.visit_from)).collect();
    let date = draw.settings.visit_to.to_string();
    let visits: Vec<Visit> =
        keys.of.keys().map(|s| Visit { date: date.clone(), subject: s.clone() }).collect();
    let rings: Vec<Keyring<'_>> = visits
        .iter()
        .zip(keys.of.values())
        .map(|(visit, (key, score))| {
            let visit_id = format!("{}/{}", draw.code, visit.subject);
            Keyring { visit, visit_id, key, score: *score }
        })
        .collect();
    let teams = protocol::assign(&rings, &needs)?;
    drop(rings);
    Ok(Teams { method: protocol::METHOD.to_string(), organs: needs, teams, visits })
}

/// The teams of a draw whose visits are staffed, made anew from what was stored.
///
/// # Errors
/// Database errors; 500 when they cannot be made, which a stored assignment excludes.
pub(crate) async fn teams(c: &mut AnyConn<'_>, draw: &Draw) -> Result<Teams> {
    let bad = || Error::internal(format!("draw {}: the teams cannot be made anew", draw.id));
    let strata = draw_store::strata_of(c, draw.id).await?;
    let picks = draw_store::picks_of(c, draw.id, None, None, None).await?;
    let organs = draw_store::organs_of(c, draw.id).await?;
    let pool = pool_of(c, draw.id).await?;
    let keys = keys(draw, &strata, &picks).ok_or_else(bad)?;
    assign(draw, &keys, &organs, &pool).map_err(|_| bad())
}

/// Staffs every drawn visit and creates the visits.
///
/// # Errors
/// 403; 404; 409 `transition_refused`, `no_lawful_team`; 412; 422 `unknown_subject`; 503.
pub async fn draw_assign(ctx: &Ctx, id: Uuid, body: ActionNote) -> Result<Reply> {
    let (who, wanted) = (Who::of(ctx)?, wanted(ctx)?);
    let role = who.role(DRAWING_ROLES)?;
    let (seen, picks, persons, kind, method, day) = ctx
        .kit
        .store
        .read::<_, Error, _>(async |c| {
            let draw = find(c, &who, id).await?;
            leads(&who, &draw)?;
            expect(wanted, draw.version)?;
            allowed(&draw, DrawVerb::Assign)?;
            let picks = draw_store::picks_of(c, id, None, None, None).await?;
            let picks: Vec<DrawPick> = picks.into_iter().filter(|p| p.state.is_visited()).collect();
            let persons: HashMap<String, Option<Uuid>> =
                persons_of(c, id).await?.into_iter().map(|p| (p.entry, p.subject_id)).collect();
            let (kind, method) = match draw.plan_id {
                Some(plan) => {
                    let (plan, _) = super::plan::find(c, &who, plan).await?;
                    let kind = match plan.content.kind {
                        PlanKind::Routine => VisitKind::Routine,
                        PlanKind::Campaign => VisitKind::CampaignOwn,
                    };
                    (kind, plan.content.method)
                }
                None => (VisitKind::Routine, InspectionMethod::DoubleRandom),
            };
            Ok((draw.version, picks, persons, kind, method, draw.settings.visit_to))
        })
        .await?;
    let subjects = registered(ctx, &picks, &persons).await?;
    let is_counted = super::lint::is_counted(&ctx.kit, kind, day).await?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        allowed(&draw, DrawVerb::Assign)?;
        expect(Some(seen), draw.version)?;
        let frozen: HashSet<Uuid> = pool_of(tx.conn(), id).await?.into_iter().map(|i| i.id).collect();
        let mut pool = pool_now(tx.conn(), &draw).await?;
        pool.retain(|i| frozen.contains(&i.id));
        let organs = draw_store::organs_of(tx.conn(), id).await?;
        let strata = draw_store::strata_of(tx.conn(), id).await?;
        let keys = keys(&draw, &strata, &picks).ok_or_else(|| Error::internal(format!("draw {id}: no keys")))?;
        let made = assign(&draw, &keys, &organs, &pool).map_err(no_lawful_team)?;
        let planned = Planned { draw: &draw, kind, method, is_counted, organs: &organs, keys: &keys, pool: &pool };
        let (visits, placed) = planned.visits(&picks, &subjects, &made.teams, &who.caller.subject, tx.now());
        pool_put(tx.conn(), id, pool.clone()).await?;
        visit_insert_many(tx.conn(), &visits).await?;
        for pick in &placed {
            draw_store::pick_update(tx.conn(), id, pick).await?;
        }
        for one in &visits {
            let event = json!({"id": one.visit.id.0, "code": one.visit.code, "draw_id": id, "subject_id": one.visit.subject_id.0,
                "state": one.visit.state, "departments": one.visit.departments.0});
            tx.event("visit.created", one.visit.id.0, &one.visit.departments.0, &one.visit.region_code, &event)?;
            if visits.len() > 1_000 {
                tx.flush_events().await?;
            }
        }
        let more = json!({"visits": visits.len(), "teams": made.teams.len(), "method": made.method});
        save(tx, &mut draw, DrawVerb::Assign, Left { role, grounds: body.into(), more }).await?;
        answer(tx, draw).await
    })
    .await
}

/// 409 with a fault for every visit that cannot be staffed.
fn no_lawful_team(missing: Vec<protocol::NoTeam>) -> Error {
    let mut error = Error::conflict(
        "no_lawful_team",
        format!("{}次检查无法依法配备人员", missing.len()),
        format!("{} visits cannot be staffed lawfully", missing.len()),
    );
    error.faults = missing
        .iter()
        .take(200)
        .map(|m| {
            let lacking = m.missing.join("、");
            let zh = format!(
                "{}：检查{}需{}人，{}人中仅{}人符合条件（{lacking}）",
                m.organ, m.visit, m.needed, m.pool, m.eligible
            );
            Fault::new(format!("/organs/{}", m.organ), "no_lawful_team", zh, m.to_string())
        })
        .collect();
    error
}

/// The drawn subjects as the registry knows them.
async fn registered(
    ctx: &Ctx,
    picks: &[DrawPick],
    persons: &HashMap<String, Option<Uuid>>,
) -> Result<HashMap<String, RegisteredSubject>> {
    let connection = outside::connection(&ctx.kit, "subjects").await?;
    let client = SubjectsClient::new(connection);
    let ask = |pick: &DrawPick| {
        let (client, kit, key) = (client.clone(), ctx.kit.clone(), pick.subject.clone());
        let person = persons.get(&pick.subject).copied();
        async move {
            let found = match person {
                Some(Some(id)) => outside::get(&kit, "subjects", &format!("/v1/subjects/{id}"), &[]).await?,
                Some(None) => None,
                None => {
                    let query = [("identifier".to_string(), key.clone())];
                    let page = client.subject_page(&query, None).await;
                    let page = page.map_err(|e| outside::unavailable("subjects", &e))?;
                    let is_it = |s: &RegisteredSubject| s.identifier.as_ref().is_some_and(|i| i.value == key);
                    page.items.into_iter().find(is_it)
                }
            };
            Ok::<_, Error>((key, found))
        }
    };
    let questions: Vec<_> = picks.iter().map(ask).collect();
    let mut answers = futures_util::stream::iter(questions).buffer_unordered(PARALLEL);
    let (mut subjects, mut unknown) = (HashMap::new(), Vec::new());
    while let Some(found) = answers.next().await {
        match found? {
            (key, Some(subject)) => {
                subjects.insert(key, subject);
            }
            (key, None) => unknown.push(key),
        }
    }
    if unknown.is_empty() {
        return Ok(subjects);
    }
    unknown.sort();
    let fault = |key: &String| {
        let (zh, en) = (format!("监管对象名录库中没有 {key}"), format!("{key} is not in the registry"));
        Fault::new("", "unknown_subject", zh, en)
    };
    Err(Error::invalid(unknown.iter().take(200).map(fault).collect()))
}

/// What the visits of a draw have in common.
struct Planned<'a> {
    draw: &'a Draw,
    kind: VisitKind,
    method: InspectionMethod,
    is_counted: bool,
    organs: &'a [DrawOrgan],
    keys: &'a Keys,
    pool: &'a [PoolInspector],
}

impl Planned<'_> {
    /// The visits, and the picks with their places in the registry.
    fn visits(
        &self,
        picks: &[DrawPick],
        subjects: &HashMap<String, RegisteredSubject>,
        teams: &[Team],
        by: &str,
        now: jiff::Timestamp,
    ) -> (Vec<VisitNew>, Vec<DrawPick>) {
        let mut of: HashMap<&str, Vec<&Team>> = HashMap::new();
        teams.iter().for_each(|t| of.entry(t.subject.as_str()).or_default().push(t));
        let by_key: HashMap<&str, &PoolInspector> = self.pool.iter().map(|i| (i.key.as_str(), i)).collect();
        let (mut visits, mut placed) = (Vec::with_capacity(picks.len()), Vec::with_capacity(picks.len()));
        for pick in picks {
            let Some(subject) = subjects.get(&pick.subject) else { continue };
            let tasks = of.get(pick.subject.as_str()).into_iter().flatten().filter_map(|team| {
                let organ = self.organs.iter().find(|o| o.organ == team.organ)?;
                Some(self.task(organ, team, &by_key))
            });
            let tasks: Vec<TaskSeed> = tasks.collect();
            let seed = VisitSeed {
                plan_id: self.draw.plan_id,
                draw_id: Some(self.draw.id),
                kind: self.kind,
                trigger_ground: None,
                method: self.method,
                on_site: true,
                region_code: subject.region_code.clone(),
                subject_id: subject.id,
                subject_identifier: subject.identifier.as_ref().map(|i| i.value.clone()).unwrap_or_default(),
                subject_name: subject.name.clone(),
                subject_address: subject.address.clone(),
                planned_from: self.draw.settings.visit_from,
                planned_to: self.draw.settings.visit_to,
                scheduled_on: None,
                emergency_reason: None,
                assistance: None,
                // The plan's own stand for its visits.
                reasons: VisitReasons::default(),
                is_combined: false,
            };
            let visit = VisitNew::assigned(seed, tasks, by, now);
            placed.push(DrawPick {
                subject_id: Some(subject.id),
                subject_name: None,
                visit_id: Some(visit.visit.id.0),
                ..pick.clone()
            });
            visits.push(visit);
        }
        (visits, placed)
    }

    fn task(&self, organ: &DrawOrgan, team: &Team, by_key: &HashMap<&str, &PoolInspector>) -> TaskSeed {
        let scorer =
            self.keys.of.get(&team.subject).map(|(key, _)| {
                stratum::inspector_scorer(key, &format!("{}/{}", self.draw.code, team.subject))
            });
        let members = team.members.iter().enumerate().filter_map(|(at, key)| {
            let inspector = by_key.get(key.as_str())?;
            Some(MemberSeed {
                person_id: inspector.id,
                role: if at == 0 { MemberRole::Leader } else { MemberRole::Member },
                certificate_number: Some(key.clone()),
                score: scorer.as_ref().map(|s| s.mac(key.as_bytes()).to_string()),
            })
        });
        TaskSeed {
            organ_code: organ.organ.clone(),
            role: match organ.role {
                DrawRole::Lead => TaskRole::Lead,
                DrawRole::Cooperating => TaskRole::Cooperating,
            },
            item: organ.item.map(|(id, version)| ItemRef { id, version: Some(version), number: None }),
            item_text: organ.item_text.clone(),
            expert_count: 0,
            is_counted: self.is_counted,
            members: members.collect(),
        }
    }
}

/// Who takes a member's place in a drawn team: the next by score among the eligible, never a free choice.
///
/// `out` holds those that may not come (again); the answer is the inspector and his score. None when nobody is left, or the
/// draw is not known here.
///
/// # Errors
/// Database errors.
pub(crate) async fn next_member(
    c: &mut AnyConn<'_>,
    draw_id: Uuid,
    (subject, identifier): (Uuid, &str),
    organ: &str,
    out: &[Uuid],
) -> Result<Option<(PoolInspector, String)>> {
    let all = service_kit::Scope::all();
    let Some(draw) = draw_store::draw_view(c, &all, draw_id).await? else { return Ok(None) };
    let picks = draw_store::picks_of(c, draw_id, None, None, None).await?;
    let Some(pick) = picks.iter().find(|p| p.subject_id == Some(subject)) else { return Ok(None) };
    let strata = draw_store::strata_of(c, draw_id).await?;
    let organs = draw_store::organs_of(c, draw_id).await?;
    let (Some(keys), Some(organ)) = (keys(&draw, &strata, &picks), organs.iter().find(|o| o.organ == organ))
    else {
        return Ok(None);
    };
    let Some((key, score)) = keys.of.get(&pick.subject) else { return Ok(None) };
    let frozen: HashSet<Uuid> = pool_of(c, draw_id).await?.into_iter().map(|i| i.id).collect();
    let mut pool = pool_now(c, &draw).await?;
    let ids: Vec<Uuid> = pool.iter().map(|i| i.id).collect();
    let away: HashSet<Uuid> = recused_of(c, &ids)
        .await?
        .iter()
        .filter(|r| holds(r, subject, identifier, draw.settings.visit_to))
        .map(|r| r.inspector_id)
        .collect();
    pool.retain(|i| frozen.contains(&i.id) && !out.contains(&i.id) && !away.contains(&i.id));
    let visit = Visit { date: draw.settings.visit_to.to_string(), subject: pick.subject.clone() };
    let visit_id = format!("{}/{}", draw.code, pick.subject);
    let ring = Keyring { visit: &visit, visit_id, key, score: *score };
    let found = protocol::next_member(&ring, &need(organ, &pool, draw.settings.visit_from), &[]);
    Ok(found.and_then(|p| pool.into_iter().find(|i| i.key == p.id).map(|i| (i, p.score.to_string()))))
}
