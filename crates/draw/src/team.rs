//! Teams of inspectors (随机匹配执法检查人员): at least two of each organ for each visit, balanced, and still by the keyed hash.
//!
//! Every inspector belongs to one organ, so the problem falls apart by organ. Visits are taken in the order of their
//! subjects' scores; each takes the eligible inspectors with the fewest visits so far, and among equals those with the
//! smallest `HMAC(K, "inspector\0" ‖ visit_id ‖ "\0" ‖ inspector_id)`. Where that leaves a spread above one,
//! [`balance`] moves visits along load-reducing paths. Everything is a function of the inputs in the transcript, so a
//! verifier repeats it. Refuses to make do: a visit without enough eligible inspectors is answered with organ, visit and the
//! missing thing. Called by the service when teams are assigned and by the verifier.

mod balance;

use crate::select::Pick;
use crate::stratum::inspector_scorer;
use crate::suite::{Hash, Keyed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Name of the method, as the transcript carries it.
pub const METHOD: &str = "least_loaded/1";
/// Least number of inspectors of an organ at a visit (行政处罚法 art. 42, 行政强制法 art. 18: not fewer than two).
pub const MIN_MEMBERS: u32 = 2;

/// An inspector as the draw sees it (执法检查人员); members in the order of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Id in the registry.
    pub id: String,
    /// Subjects it may not visit (回避), in byte order.
    pub recused: Vec<String>,
    /// Qualification tags (执法资质), in byte order.
    pub tags: Vec<String>,
    /// First day of the certificate, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day of the certificate, `YYYY-MM-DD`.
    pub valid_to: String,
}

/// What an organ sends, and whom it can send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganNeed {
    /// Members of its team at each visit.
    pub members: u32,
    /// Code of the organ.
    pub organ: String,
    /// Its inspectors, in byte order of their ids.
    pub pool: Vec<Officer>,
    /// Qualifications each member must hold, in byte order.
    pub tags: Vec<String>,
}

/// A visit to be staffed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Planned day, `YYYY-MM-DD`.
    pub date: String,
    /// The subject, as it stands in the frame.
    pub subject: String,
}

/// The team of one organ at one visit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Inspectors, smallest score first; the first one leads.
    pub members: Vec<String>,
    /// Code of the organ.
    pub organ: String,
    /// The subject visited.
    pub subject: String,
}

/// A visit with what its scores hang on.
pub struct Keyring<'a> {
    /// The visit.
    pub visit: &'a Visit,
    /// `draw_id/subject`.
    pub visit_id: String,
    /// The keyed hash under `K` of the subject's stratum.
    pub key: &'a Keyed,
    /// The subject's score.
    pub score: Hash,
}

/// Why no lawful team exists for a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{organ} cannot staff {visit}: {needed} needed, {eligible} of {pool} eligible ({})", .missing.join(", "))]
pub struct NoTeam {
    /// Code of the organ.
    pub organ: String,
    /// The visit.
    pub visit: String,
    /// How many members the team needs.
    pub needed: usize,
    /// How many may be sent.
    pub eligible: usize,
    /// How many inspectors the organ has.
    pub pool: usize,
    /// What the others lack: `certificate:<n>`, `tag:<tag>:<n>`, `recusal:<n>`, and `inspectors:<n>` for those that do not exist.
    pub missing: Vec<String>,
}

/// How an organ's visits are spread over its inspectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Fewest visits of an inspector.
    pub least: u32,
    /// Most visits of an inspector.
    pub most: u32,
}

/// Teams of all organs, by organ and then by subject in byte order.
///
/// # Errors
/// Every visit that cannot be staffed.
pub fn assign(visits: &[Keyring<'_>], organs: &[OrganNeed]) -> Result<Vec<Team>, Vec<NoTeam>> {
    let mut order: Vec<&Keyring<'_>> = visits.iter().collect();
    order.sort_unstable_by(|a, b| (a.score, &a.visit.subject).cmp(&(b.score, &b.visit.subject)));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = organs.len().div_ceil(threads.max(1)).max(1);
    let mut results = Vec::with_capacity(organs.len());
    std::thread::scope(|scope| {
        let order = &order;
        let workers: Vec<_> = organs
            .chunks(share)
            .map(|chunk| {
                let work = move || chunk.iter().map(|o| assign_organ(order, o)).collect::<Vec<_>>();
                (chunk, scope.spawn(work))
            })
            .collect();
        for (chunk, worker) in workers {
            let done = worker.join();
            results.extend(done.unwrap_or_else(|_| chunk.iter().map(|o| assign_organ(order, o)).collect()));
        }
    });
    let (mut teams, mut missing) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(found) => teams.push(found),
            Err(found) => missing.extend(found),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    teams.sort_by(|a, b| a.first().map(|t| &t.organ).cmp(&b.first().map(|t| &t.organ)));
    Ok(teams.into_iter().flatten().collect())
}

fn assign_organ(order: &[&Keyring<'_>], need: &OrganNeed) -> Result<Vec<Team>, Vec<NoTeam>> {
    let members = need.members as usize;
    let eligible = Eligible::of(order, need);
    let missing: Vec<NoTeam> = order
        .iter()
        .enumerate()
        .filter(|(at, _)| eligible.list(*at).len() < members)
        .map(|(at, visit)| no_team(visit, need, eligible.list(at).len()))
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut loads = vec![0u32; need.pool.len()];
    let mut chosen: Vec<u32> = Vec::with_capacity(order.len() * members);
    for (at, visit) in order.iter().enumerate() {
        choose(visit, need, eligible.list(at), &mut loads, &mut chosen);
    }
    balance::reduce(&mut chosen, members, &mut loads, |at| eligible.list(at));
    let teams = order.iter().zip(chosen.chunks_exact(members.max(1)));
    let mut teams: Vec<Team> = teams.map(|(visit, chosen)| team(visit, need, chosen)).collect();
    teams.sort_unstable_by(|a, b| a.subject.cmp(&b.subject));
    Ok(teams)
}

/// Which inspectors may go to which visit; visits of one day share a list unless somebody is recused.
struct Eligible {
    lists: Vec<Vec<u32>>,
    of_visit: Vec<usize>,
}

impl Eligible {
    fn of(order: &[&Keyring<'_>], need: &OrganNeed) -> Self {
        let mut recused: HashMap<&str, Vec<u32>> = HashMap::new();
        for (at, officer) in (0u32..).zip(&need.pool) {
            officer.recused.iter().for_each(|s| recused.entry(s).or_default().push(at));
        }
        let (mut lists, mut by_date) = (Vec::new(), BTreeMap::new());
        let of_visit = order.iter().map(|visit| {
            let day = *by_date.entry(visit.visit.date.as_str()).or_insert_with(|| {
                let fit = (0u32..)
                    .zip(&need.pool)
                    .filter(|(_, o)| is_valid(o, &visit.visit.date) && lacks(o, need).is_none());
                lists.push(fit.map(|(at, _)| at).collect::<Vec<u32>>());
                lists.len() - 1
            });
            let Some(out) = recused.get(visit.visit.subject.as_str()) else { return day };
            let rest = lists[day].iter().copied().filter(|at| !out.contains(at)).collect();
            lists.push(rest);
            lists.len() - 1
        });
        let of_visit = of_visit.collect();
        Self { lists, of_visit }
    }

    fn list(&self, visit: usize) -> &[u32] {
        &self.lists[self.of_visit[visit]]
    }
}

fn is_valid(officer: &Officer, date: &str) -> bool {
    officer.valid_from.as_str() <= date && date <= officer.valid_to.as_str()
}

/// The first qualification that the officer lacks.
fn lacks<'n>(officer: &Officer, need: &'n OrganNeed) -> Option<&'n str> {
    need.tags.iter().find(|t| officer.tags.binary_search(t).is_err()).map(String::as_str)
}

/// Adds the members of one visit: all below the level that fills the team, and by score among those at the level.
fn choose(visit: &Keyring<'_>, need: &OrganNeed, eligible: &[u32], loads: &mut [u32], chosen: &mut Vec<u32>) {
    let members = need.members as usize;
    let mut least: Vec<u32> = Vec::with_capacity(members + 1);
    for at in eligible {
        let load = loads[*at as usize];
        if least.len() < members || least.last().is_some_and(|l| load < *l) {
            least.insert(least.partition_point(|l| *l <= load), load);
            least.truncate(members);
        }
    }
    let level = least.last().copied().unwrap_or_default();
    let start = chosen.len();
    chosen.extend(eligible.iter().copied().filter(|at| loads[*at as usize] < level));
    let scorer = inspector_scorer(visit.key, &visit.visit_id);
    let equals = eligible.iter().copied().filter(|at| loads[*at as usize] == level);
    let mut equals: Vec<(Hash, u32)> =
        equals.map(|at| (scorer.mac(need.pool[at as usize].id.as_bytes()), at)).collect();
    let left = members - (chosen.len() - start);
    if left > 0 && left < equals.len() {
        equals.select_nth_unstable(left - 1);
    }
    chosen.extend(equals.iter().take(left).map(|(_, at)| at));
    chosen[start..].iter().for_each(|at| loads[*at as usize] += 1);
}

fn team(visit: &Keyring<'_>, need: &OrganNeed, chosen: &[u32]) -> Team {
    let scorer = inspector_scorer(visit.key, &visit.visit_id);
    let ids = chosen.iter().map(|at| need.pool[*at as usize].id.as_str());
    let mut scored: Vec<(Hash, &str)> = ids.map(|id| (scorer.mac(id.as_bytes()), id)).collect();
    scored.sort_unstable();
    Team {
        members: scored.into_iter().map(|(_, id)| id.to_owned()).collect(),
        organ: need.organ.clone(),
        subject: visit.visit.subject.clone(),
    }
}

fn no_team(visit: &Keyring<'_>, need: &OrganNeed, eligible: usize) -> NoTeam {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for officer in &need.pool {
        let reason = if !is_valid(officer, &visit.visit.date) {
            "certificate".to_owned()
        } else if let Some(tag) = lacks(officer, need) {
            format!("tag:{tag}")
        } else if officer.recused.contains(&visit.visit.subject) {
            "recusal".to_owned()
        } else {
            continue;
        };
        *counts.entry(reason).or_default() += 1;
    }
    let needed = need.members as usize;
    let mut missing: Vec<String> = counts.into_iter().map(|(reason, n)| format!("{reason}:{n}")).collect();
    if need.pool.len() < needed {
        missing.push(format!("inspectors:{}", needed - need.pool.len()));
    }
    NoTeam {
        organ: need.organ.clone(),
        visit: visit.visit_id.clone(),
        needed,
        eligible,
        pool: need.pool.len(),
        missing,
    }
}

/// Who takes a member's place after a recusal: the next by score among the eligible that are not in the team.
///
/// The replacement looks at scores only, so that who asks for it cannot choose.
#[must_use]
pub fn next_member(visit: &Keyring<'_>, need: &OrganNeed, out: &[&str]) -> Option<Pick> {
    let scorer = inspector_scorer(visit.key, &visit.visit_id);
    need.pool
        .iter()
        .filter(|o| is_valid(o, &visit.visit.date) && lacks(o, need).is_none())
        .filter(|o| !o.recused.contains(&visit.visit.subject) && !out.contains(&o.id.as_str()))
        .map(|o| Pick { score: scorer.mac(o.id.as_bytes()), id: o.id.clone() })
        .min_by(|a, b| (a.score, &a.id).cmp(&(b.score, &b.id)))
}

/// Least and most visits over an organ's inspectors.
#[must_use]
pub fn spread(teams: &[Team], need: &OrganNeed) -> Spread {
    let mut loads: HashMap<&str, u32> = need.pool.iter().map(|o| (o.id.as_str(), 0)).collect();
    for team in teams.iter().filter(|t| t.organ == need.organ) {
        for member in &team.members {
            *loads.entry(member).or_default() += 1;
        }
    }
    let loads = loads.values().copied();
    Spread { least: loads.clone().min().unwrap_or_default(), most: loads.max().unwrap_or_default() }
}

#[cfg(test)]
mod tests;
