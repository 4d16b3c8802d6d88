//! Use cases: teams of inspectors for drawn visits (随机匹配检查人员).
//!
//! The pool is frozen with the frame, its hash published before the entropy, and only narrowed at the assignment: who left,
//! was suspended or lost the certificate is taken out by name, recusals that came since count, those that stood at the freeze
//! stay. Seed and scores may be known by then, so nothing that came since helps anybody into a team. Where no lawful team exists the answer names organ, visit and the missing
//! thing, and nothing is stored. Teams follow from pool, visits and keys alone, so the transcript makes them anew.

use super::draw::step::{Left, allowed, leads, save};
use super::draw::{answer, find, hold};
use super::draw_frame::person_secret;
use super::{Who, expect, outside, wanted};
use crate::api::step::ActionNote;
use crate::api::team::{DrawInspectorList, DrawInspectorView};
use crate::domain::draw::{DRAWING_ROLES, Draw, DrawOrgan, DrawPick, DrawRole, DrawVerb};
use crate::domain::recusal::holds;
use crate::domain::team::{PoolInspector, PoolMember, PoolNow, frozen, narrow, need, proof};
use crate::domain::visit::{MemberRole, TaskRole, VisitReasons};
use crate::store::draw as draw_store;
use crate::store::draw_frame::{DrawPerson, person_resolved, persons_of};
use crate::store::inspector::inspector_eligible;
use crate::store::recusal::recused_of;
use crate::store::team::{pool_narrow, pool_of};
use crate::store::visit::{ItemRef, MemberSeed, TaskSeed, VisitNew, VisitSeed, visit_insert_many};
use ::draw::team::{self as protocol, Keyring, OrganNeed, Team, Visit};
use ::draw::transcript::Teams;
use ::draw::{Hash, Keyed, person, stratum};
use clients::subjects::RegisteredSubject;
use domain::vocabulary::{InspectionMethod, PlanKind};
use futures_util::StreamExt as _;
use rules::VisitKind;
use serde_json::json;
use service_kit::{Ctx, Error, Fault, Kit, Reply, Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use store_kit::AnyConn;
use uuid::Uuid;

/// Longest identifier that the registry is asked for.
const LONGEST_IDENTIFIER: usize = 64;
/// Questions to the registry at the same time.
const PARALLEL: usize = 16;

/// Inspectors of the draw's organs who are qualified on every day of its visits, with their recusals (ENF-01, ENF-10).
///
/// With the draw's secret, recusals from natural persons are told by their entries in the frame.
///
/// # Errors
/// Database errors.
pub(crate) async fn pool_now(c: &mut AnyConn<'_>, draw: &Draw, secret: Option<&Hash>) -> Result<PoolNow> {
    let organs: Vec<String> = draw_store::organs_of(c, draw.id).await?.into_iter().map(|o| o.organ).collect();
    let (from, to) = (draw.settings.visit_from, draw.settings.visit_to);
    let fit = inspector_eligible(c, &organs, (from, to)).await?;
    let ids: Vec<Uuid> = fit.iter().map(|i| i.id).collect();
    let recusals = recused_of(c, &ids).await?;
    let persons = persons_of(c, draw.id).await?;
    let hidden: HashSet<&str> = persons.iter().map(|p| p.entry.as_str()).collect();
    let entries: HashMap<Uuid, &String> =
        persons.iter().filter_map(|p| p.subject_id.map(|id| (id, &p.entry))).collect();
    // The entry that stands for an identifier, where a person of this frame has it.
    let entry_of = |identifier: &String| {
        let entry = person::hide(draw.algorithm.suite(), secret?, identifier).entry;
        hidden.contains(entry.as_str()).then_some(entry)
    };
    let mut keys: HashMap<Uuid, Vec<String>> = HashMap::new();
    let mut wholly: HashSet<Uuid> = HashSet::new();
    for recused in &recusals {
        // A recusal that holds on any day of the span keeps him away: the day of the visit is not fixed yet.
        let is_in_force = recused.valid_from <= to && recused.valid_to.is_none_or(|until| until >= from);
        if !is_in_force {
            continue;
        }
        let list = keys.entry(recused.inspector_id).or_default();
        let identifier = recused.subject_identifier.as_ref().filter(|k| !k.is_empty());
        let entry = identifier.filter(|_| !hidden.is_empty()).and_then(entry_of);
        let entry =
            entry.or_else(|| recused.subject_id.and_then(|id| entries.get(&id).map(|e| (*e).clone())));
        // A person's own identifier beside the entry would open it.
        list.extend(entry.or_else(|| identifier.cloned()));
        if recused.subject_id.is_none() && recused.subject_identifier.is_none() {
            wholly.insert(recused.inspector_id);
        }
    }
    let is_in = |i: &crate::store::inspector::Eligible| !wholly.contains(&i.id);
    let pool = fit.into_iter().filter(is_in).map(|i| {
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
    Ok(PoolNow { pool: pool.collect(), wholly })
}

/// The hash of a pool as it is frozen, to be published with the parameters.
///
/// # Errors
/// 500 when it cannot be written, which is never so.
pub(crate) fn pool_hash(draw: &Draw, pool: &[PoolInspector]) -> Result<String> {
    let list = frozen(pool.iter(), draw.settings.visit_from);
    let hash = ::draw::pool::hash(draw.algorithm.suite(), &list);
    Ok(hash.map_err(|e| Error::internal(format!("draw {}: pool: {e}", draw.id)))?.to_string())
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
    let items = pool.iter().filter_map(PoolMember::counted).map(DrawInspectorView::from).collect();
    Reply::ok(&DrawInspectorList { items })
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
    members: &[PoolMember],
) -> std::result::Result<Teams, Vec<protocol::NoTeam>> {
    let pool: Vec<PoolInspector> = members.iter().filter_map(PoolMember::counted).collect();
    let from = draw.settings.visit_from;
    let needs: Vec<OrganNeed> =
        organs.iter().map(|o| need(o, &pool, from, |k| keys.of.contains_key(k))).collect();
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
    let pool = draw.settings.pool_hash.as_ref().map(|_| proof(members, from));
    Ok(Teams { method: protocol::METHOD.to_string(), organs: needs, pool, teams, visits })
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
/// 403; 404; 409 `transition_refused`, `no_lawful_team`, `plan_not_public`; 412; 422 `unknown_subject`; 503.
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
            let persons: HashMap<String, DrawPerson> =
                persons_of(c, id).await?.into_iter().map(|p| (p.entry.clone(), p)).collect();
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
    let subjects = registered(ctx, id, &picks, &persons).await?;
    let resolved: Vec<(String, Uuid)> = subjects
        .iter()
        .filter(|(key, _)| persons.get(*key).is_some_and(|p| p.subject_id.is_none()))
        .map(|(key, subject)| (key.clone(), subject.id))
        .collect();
    let kit = ctx.kit.clone();
    let is_counted = super::lint::is_counted(&ctx.kit, kind, day).await?;
    ctx.change(async move |tx| {
        let mut draw = hold(tx, &who, id).await?;
        allowed(&draw, DrawVerb::Assign)?;
        expect(Some(seen), draw.version)?;
        super::draw::plan_stands(tx.conn(), &draw).await?;
        // Before the pool is looked at: recusals name subjects of the registry.
        for (entry, subject) in &resolved {
            person_resolved(tx.conn(), id, entry, *subject).await?;
        }
        let secret = person_secret(&kit, &draw)?;
        let now = pool_now(tx.conn(), &draw, Some(&secret)).await?;
        let frozen = pool_of(tx.conn(), id).await?.into_iter().map(|m| m.frozen).collect();
        let members = narrow(frozen, &now);
        let pool: Vec<PoolInspector> = members.iter().filter_map(PoolMember::counted).collect();
        let organs = draw_store::organs_of(tx.conn(), id).await?;
        let strata = draw_store::strata_of(tx.conn(), id).await?;
        let keys = keys(&draw, &strata, &picks).ok_or_else(|| Error::internal(format!("draw {id}: no keys")))?;
        let made = assign(&draw, &keys, &organs, &members).map_err(no_lawful_team)?;
        let planned = Planned { draw: &draw, kind, method, is_counted, organs: &organs, keys: &keys, pool: &pool };
        let (visits, placed) = planned.visits(&picks, &subjects, &made.teams, &who.caller.subject, tx.now());
        pool_narrow(tx.conn(), id, &members).await?;
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
        let left: Vec<_> = members.iter().filter_map(|m| m.left.map(|code| json!({"inspector": m.frozen.id, "code": code}))).collect();
        let more = json!({"visits": visits.len(), "teams": made.teams.len(), "method": made.method, "left": left});
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

/// The subject of the registry with this identifier; a person's is not shown, so whoever is found by it has it.
///
/// A connection of its own for each question: it carries a token that is fresh, however long the questions take.
async fn by_identifier(kit: &Kit, identifier: &str, is_person: bool) -> Result<Option<RegisteredSubject>> {
    #[derive(serde::Deserialize)]
    struct Found {
        items: Vec<RegisteredSubject>,
    }
    if identifier.len() > LONGEST_IDENTIFIER {
        return Ok(None);
    }
    let query = [("identifier", identifier.to_string()), ("limit", "2".to_string())];
    let found: Option<Found> = outside::get(kit, "subjects", "/v1/subjects", &query).await?;
    let shown = |s: &RegisteredSubject| s.identifier.as_ref().map(|i| i.value.clone()).unwrap_or_default();
    let is_it = |s: &RegisteredSubject| shown(s) == identifier || (is_person && shown(s).is_empty());
    Ok(found.and_then(|f| f.items.into_iter().find(is_it)))
}

/// The drawn subjects as the registry knows them.
async fn registered(
    ctx: &Ctx,
    draw_id: Uuid,
    picks: &[DrawPick],
    persons: &HashMap<String, DrawPerson>,
) -> Result<HashMap<String, RegisteredSubject>> {
    let ask = |pick: &DrawPick| {
        let (kit, key) = (ctx.kit.clone(), pick.subject.clone());
        let person = persons.get(&pick.subject).cloned();
        async move {
            let found = match person {
                Some(DrawPerson { entry: _, id_sealed: _, subject_id: Some(id) }) => {
                    outside::get(&kit, "subjects", &format!("/v1/subjects/{id}"), &[]).await?
                }
                // Uploaded by identifier: it is opened here, and goes nowhere but to the registry.
                Some(DrawPerson { entry, id_sealed, subject_id: None }) => {
                    let identifier =
                        kit.crypto.open(&format!("draw/person/{draw_id}/{entry}"), &id_sealed)?;
                    // The registry keeps no citizen ids (个人信息保护法): its own id is what names a person for certain.
                    match identifier.parse::<Uuid>() {
                        Ok(id) => outside::get(&kit, "subjects", &format!("/v1/subjects/{id}"), &[]).await?,
                        Err(_) => by_identifier(&kit, &identifier, true).await?,
                    }
                }
                None => by_identifier(&kit, &key, false).await?,
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
    let now = pool_now(c, &draw, None).await?;
    let frozen = pool_of(c, draw_id).await?.into_iter().map(|m| m.frozen).collect();
    let mut pool: Vec<PoolInspector> = narrow(frozen, &now).iter().filter_map(PoolMember::counted).collect();
    let ids: Vec<Uuid> = pool.iter().map(|i| i.id).collect();
    let away: HashSet<Uuid> = recused_of(c, &ids)
        .await?
        .iter()
        .filter(|r| holds(r, subject, identifier, draw.settings.visit_to))
        .map(|r| r.inspector_id)
        .collect();
    pool.retain(|i| !out.contains(&i.id) && !away.contains(&i.id));
    let visit = Visit { date: draw.settings.visit_to.to_string(), subject: pick.subject.clone() };
    let visit_id = format!("{}/{}", draw.code, pick.subject);
    let ring = Keyring { visit: &visit, visit_id, key, score: *score };
    let found = protocol::next_member(
        &ring,
        &need(organ, &pool, draw.settings.visit_from, |k| k == pick.subject),
        &[],
    );
    Ok(found.and_then(|p| pool.into_iter().find(|i| i.key == p.id).map(|i| (i, p.score.to_string()))))
}
