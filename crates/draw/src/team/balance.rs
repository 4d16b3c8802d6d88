//! Load-reducing paths: makes an assignment in which no chain of swaps could make the spread smaller.
//!
//! A path leads from an inspector with load `l` over visits it goes to and others that could go instead, to one with at most
//! `l − 2`; giving each visit on the way to the next inspector lowers the first load and raises the last. Sources are all
//! inspectors of one load, from the greatest down; breadth first, inspectors by their place in the pool, visits by their
//! place in the order. An assignment without such a path is as even as the constraints allow.

use std::collections::VecDeque;

/// Moves visits until no path is left. `chosen` holds `members` places of the pool for each visit in turn.
pub(super) fn reduce<'e>(
    chosen: &mut [u32],
    members: usize,
    loads: &mut [u32],
    eligible: impl Fn(usize) -> &'e [u32],
) {
    if loads.iter().max() <= loads.iter().min().map(|least| least + 1).as_ref() || members == 0 {
        return;
    }
    let mut visits_of: Vec<Vec<u32>> = vec![Vec::new(); loads.len()];
    for (visit, team) in (0u32..).zip(chosen.chunks_exact(members)) {
        team.iter().for_each(|at| visits_of[*at as usize].push(visit));
    }
    let mut level = loads.iter().max().copied().unwrap_or_default();
    while level >= 2 {
        let Some(path) = find(level, chosen, members, loads, &visits_of, &eligible) else {
            level -= 1;
            continue;
        };
        for Step { visit, from, to } in path {
            let team = &mut chosen[visit as usize * members..][..members];
            team.iter_mut().filter(|at| **at == from).for_each(|at| *at = to);
            move_visit(&mut visits_of, visit, from, to);
            loads[from as usize] -= 1;
            loads[to as usize] += 1;
        }
    }
}

fn move_visit(visits_of: &mut [Vec<u32>], visit: u32, from: u32, to: u32) {
    let source = &mut visits_of[from as usize];
    if let Ok(place) = source.binary_search(&visit) {
        source.remove(place);
    }
    let target = &mut visits_of[to as usize];
    let place = target.partition_point(|v| *v < visit);
    target.insert(place, visit);
}

struct Step {
    visit: u32,
    from: u32,
    to: u32,
}

/// A path from an inspector of this load to one with at most two less, last step first.
fn find<'e>(
    level: u32,
    chosen: &[u32],
    members: usize,
    loads: &[u32],
    visits_of: &[Vec<u32>],
    eligible: &impl Fn(usize) -> &'e [u32],
) -> Option<Vec<Step>> {
    let mut before: Vec<Option<(u32, u32)>> = vec![None; loads.len()];
    let mut is_seen: Vec<bool> = loads.iter().map(|l| *l == level).collect();
    let mut is_done = vec![false; chosen.len() / members];
    let mut queue: VecDeque<u32> =
        (0u32..).zip(loads).filter(|(_, l)| **l == level).map(|(at, _)| at).collect();
    while let Some(from) = queue.pop_front() {
        for visit in &visits_of[from as usize] {
            // All who could take the visit were seen when it was first met.
            if std::mem::replace(&mut is_done[*visit as usize], true) {
                continue;
            }
            let team = &chosen[*visit as usize * members..][..members];
            for to in eligible(*visit as usize) {
                if is_seen[*to as usize] || team.contains(to) {
                    continue;
                }
                is_seen[*to as usize] = true;
                before[*to as usize] = Some((from, *visit));
                if loads[*to as usize] + 2 <= level {
                    return Some(steps(*to, &before));
                }
                queue.push_back(*to);
            }
        }
    }
    None
}

fn steps(end: u32, before: &[Option<(u32, u32)>]) -> Vec<Step> {
    let (mut to, mut path) = (end, Vec::new());
    while let Some((from, visit)) = before[to as usize] {
        path.push(Step { visit, from, to });
        to = from;
    }
    path
}
