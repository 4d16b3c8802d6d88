//! Teams of inspectors for drawn visits (随机匹配检查人员): what the protocol needs of organs, inspectors and visits.
//!
//! The choice itself is the crate `draw`'s; this module names tags as the registry has them, and holds the pool that was frozen
//! with the frame against what is so at the assignment. Refuses to add anything to a frozen pool. Called by the app functions
//! of frames, teams and proofs.

use super::draw::DrawOrgan;
use ::draw::pool::{FrozenOfficer, FrozenPool, LeftOut};
use ::draw::team::{Officer, OrganNeed};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// An inspector in the pool of a draw (执法检查人员).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolInspector {
    /// Id in the registry.
    pub id: Uuid,
    /// Organ.
    pub organ: String,
    /// What stands for him in the transcript: the number of his certificate, which is public by law.
    pub key: String,
    /// Qualifications and specialties as `kind:tag`, sorted.
    pub tags: Vec<String>,
    /// Last day of the certificate.
    pub certified_until: Date,
    /// Subjects he may not visit, as they stand in the frame, sorted.
    pub recused: Vec<String>,
}

/// A required qualification as the registry spells it.
#[must_use]
pub fn tag(qualification: &str) -> String {
    format!("qualification:{qualification}")
}

domain::define_words! {
    /// Why a frozen inspector is left out at the assignment, as the protocol spells it.
    pub enum LeftCode {
        /// Left, suspended, or without certificate or training for the whole span.
        NotEligible = "not_eligible", "不再符合条件", [];
        /// Recused from everything.
        Recused = "recused", "全部回避", [];
    }
}

/// What of a frozen inspector counts at the assignment; never more than was frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrowed {
    /// Frozen tags that he still holds.
    pub tags: Vec<String>,
    /// Last day.
    pub certified_until: Date,
    /// Frozen recusals, and those that came since.
    pub recused: Vec<String>,
}

/// A frozen inspector, and what became of him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolMember {
    /// As he was frozen: this never changes.
    pub frozen: PoolInspector,
    /// Why he is left out.
    pub left: Option<LeftCode>,
    /// What counts of him, where that is less.
    pub narrowed: Option<Narrowed>,
}

impl PoolMember {
    /// The inspector as teams are chosen from him; none when he is left out.
    #[must_use]
    pub fn counted(&self) -> Option<PoolInspector> {
        let mut one = self.frozen.clone();
        if let Some(Narrowed { tags, certified_until, recused }) = self.narrowed.clone() {
            (one.tags, one.certified_until, one.recused) = (tags, certified_until, recused);
        }
        self.left.is_none().then_some(one)
    }
}

/// Inspectors who are eligible now, and who of the others is recused from everything.
#[derive(Clone, Debug, Default)]
pub struct PoolNow {
    /// Eligible on every day of the visits.
    pub pool: Vec<PoolInspector>,
    /// Eligible but recused from everything.
    pub wholly: HashSet<Uuid>,
}

/// Holds the frozen pool against what is so now: it is only ever narrowed, and the numbers that scores hang on stay.
///
/// A new certificate, a qualification, or a recusal taken back since the freeze changes nothing, since seed and scores may be
/// known by now.
#[must_use]
pub fn narrow(frozen: Vec<PoolInspector>, now: &PoolNow) -> Vec<PoolMember> {
    let present: HashMap<Uuid, &PoolInspector> = now.pool.iter().map(|i| (i.id, i)).collect();
    let member = |one: PoolInspector| {
        // Who came to another organ is not the one who was frozen for his own.
        let Some(today) = present.get(&one.id).filter(|p| p.organ == one.organ) else {
            let code = if now.wholly.contains(&one.id) { LeftCode::Recused } else { LeftCode::NotEligible };
            return PoolMember { frozen: one, left: Some(code), narrowed: None };
        };
        let mut recused = [one.recused.clone(), today.recused.clone()].concat();
        recused.sort();
        recused.dedup();
        let less = Narrowed {
            tags: one.tags.iter().filter(|t| today.tags.contains(t)).cloned().collect(),
            certified_until: one.certified_until.min(today.certified_until),
            recused,
        };
        let is_same = less.tags == one.tags
            && less.certified_until == one.certified_until
            && less.recused == one.recused;
        PoolMember { frozen: one, left: None, narrowed: (!is_same).then_some(less) }
    };
    frozen.into_iter().map(member).collect()
}

fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort();
    list.dedup();
    list
}

/// A frozen pool in the protocol's form, by organ and number.
#[must_use]
pub fn frozen<'p>(pool: impl Iterator<Item = &'p PoolInspector>, from: Date) -> Vec<FrozenOfficer> {
    let mut list: Vec<FrozenOfficer> = pool
        .map(|i| FrozenOfficer {
            id: i.key.clone(),
            organ: i.organ.clone(),
            tags: sorted(&i.tags),
            valid_from: from.to_string(),
            valid_to: i.certified_until.to_string(),
        })
        .collect();
    list.sort_by(|a, b| (&a.organ, &a.id).cmp(&(&b.organ, &b.id)));
    list
}

/// What the pool of an assignment is held against, in the protocol's form.
#[must_use]
pub fn proof(members: &[PoolMember], from: Date) -> FrozenPool {
    let out = |m: &PoolMember| {
        let code = m.left?.to_string();
        Some(LeftOut { code, id: m.frozen.key.clone(), organ: m.frozen.organ.clone() })
    };
    let mut left: Vec<LeftOut> = members.iter().filter_map(out).collect();
    left.sort_by(|a, b| (&a.organ, &a.id).cmp(&(&b.organ, &b.id)));
    FrozenPool { frozen: frozen(members.iter().map(|m| &m.frozen), from), left }
}

/// What an organ needs and has, in the protocol's form; the pool was chosen for the whole span of visits.
///
/// Of recusals only those from subjects to be visited are told: the transcript is public, and from whom else somebody stays
/// away is his own affair (个人信息保护法 art. 6).
#[must_use]
pub fn need(
    organ: &DrawOrgan,
    pool: &[PoolInspector],
    from: Date,
    is_visited: impl Fn(&str) -> bool,
) -> OrganNeed {
    let mut tags: Vec<String> = organ.qualifications.iter().map(|q| tag(q)).collect();
    tags.sort();
    tags.dedup();
    let mut officers: Vec<Officer> = pool
        .iter()
        .filter(|i| i.organ == organ.organ)
        .map(|i| {
            let visited: Vec<String> = i.recused.iter().filter(|k| is_visited(k)).cloned().collect();
            Officer {
                id: i.key.clone(),
                recused: sorted(&visited),
                tags: sorted(&i.tags),
                valid_from: from.to_string(),
                valid_to: i.certified_until.to_string(),
            }
        })
        .collect();
    officers.sort_by(|a, b| a.id.cmp(&b.id));
    let members = u32::try_from(organ.team_size).unwrap_or(::draw::team::MIN_MEMBERS);
    OrganNeed { members, organ: organ.organ.clone(), pool: officers, tags }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn inspector(n: u8) -> PoolInspector {
        PoolInspector {
            id: Uuid::from_u128(n.into()),
            organ: "nz-rsj".into(),
            key: format!("2707-{n}"),
            tags: vec!["qualification:食品".into()],
            certified_until: date(2027, 6, 30),
            recused: vec!["S-1".into()],
        }
    }

    #[test]
    fn a_frozen_pool_is_only_narrowed() {
        let frozen = vec![inspector(1), inspector(2), inspector(3), inspector(4)];
        // One with a new number, a later end, a new tag and a recusal taken back; one wholly recused; one gone; one moved.
        let one = PoolInspector {
            key: "2707-0".into(),
            tags: vec!["qualification:食品".into(), "qualification:药品".into()],
            certified_until: date(2030, 1, 1),
            recused: vec!["S-2".into()],
            ..inspector(1)
        };
        let moved = PoolInspector { organ: "nz-scjg".into(), ..inspector(4) };
        let now = PoolNow { pool: vec![one, moved, inspector(5)], wholly: [inspector(2).id].into() };
        let members = narrow(frozen, &now);
        let counted: Vec<PoolInspector> = members.iter().filter_map(PoolMember::counted).collect();
        let expected = PoolInspector { recused: vec!["S-1".into(), "S-2".into()], ..inspector(1) };
        assert_eq!(counted, [expected]);
        let left: Vec<Option<LeftCode>> = members.iter().map(|m| m.left).collect();
        let gone = Some(LeftCode::NotEligible);
        assert_eq!(left, [None, Some(LeftCode::Recused), gone, gone]);
        assert!(LeftCode::ALL.iter().all(|c| ::draw::pool::LEFT_CODES.contains(&c.as_str())));
    }

    #[test]
    fn less_is_less() {
        let now = PoolInspector { tags: Vec::new(), certified_until: date(2027, 2, 1), ..inspector(1) };
        let members =
            narrow(vec![inspector(1)], &PoolNow { pool: vec![now.clone()], wholly: HashSet::new() });
        assert_eq!(members[0].counted(), Some(now));
        let same = narrow(vec![inspector(1)], &PoolNow { pool: vec![inspector(1)], wholly: HashSet::new() });
        assert_eq!((same[0].narrowed.clone(), same[0].left), (None, None));
    }

    #[test]
    fn recusals_from_others_than_the_visited_stay_untold() {
        let organ = DrawOrgan {
            organ: "nz-rsj".into(),
            role: super::super::draw::DrawRole::Lead,
            team_size: 2,
            qualifications: Vec::new(),
            item: None,
            item_text: String::new(),
        };
        let pool = [PoolInspector { recused: vec!["S-1".into(), "S-2".into()], ..inspector(1) }];
        let told = need(&organ, &pool, date(2027, 1, 1), |k| k == "S-2");
        assert_eq!(told.pool[0].recused, ["S-2"]);
    }
}
