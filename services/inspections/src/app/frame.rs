//! The frame of a filter: the subjects of the registry that can be visited (抽查对象名录库), for draws and for what-if.
//!
//! The registry's export is read as one stream, so a million subjects are one answer and no more of it is held than a frame
//! needs. It is asked with the service's own token: a frame is the district's, not the caller's. Refuses more subjects than
//! the caller of it allows, and half a stream. Called by the app functions of draws and what-if.

use super::outside::{connection, unavailable};
use crate::domain::plan::{FilterTag, SubjectFilter};
use clients::SubjectsClient;
use domain::vocabulary::{RiskClass, SubjectKind, SubjectStatus};
use serde::Deserialize;
use service_kit::{Error, Kind, Kit, Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Scheme of the registry's tags that hold the class of credit risk, until a service of its own answers for it.
pub const RISK_SCHEME: &str = "risk_class";
/// Longest line of the stream, bytes; a subject is a few hundred.
const LONGEST_LINE: usize = 1 << 20;

/// A subject as frames need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSubject {
    /// Id.
    pub id: Uuid,
    /// Kind.
    pub kind: SubjectKind,
    /// Identifier; none where it is or may be a person's number.
    pub identifier: Option<String>,
    /// Region.
    pub region_code: String,
    /// Trade.
    pub industry: Option<String>,
}

impl FrameSubject {
    /// Whether kind, trade and region are within a filter.
    #[must_use]
    pub fn is_seen_by(&self, filter: &SubjectFilter) -> bool {
        filter.sees(self.kind.as_str(), self.industry.as_deref(), &self.region_code)
    }
}

/// A line of the registry's export; what a frame does not need is skipped.
#[derive(Deserialize)]
struct Line {
    id: Uuid,
    kind: SubjectKind,
    status: SubjectStatus,
    #[serde(default)]
    identifier: Option<String>,
    region_code: String,
    #[serde(default)]
    industry: Option<String>,
}

/// Reads the registry once and calls `take` for every subject that can be visited, until it says that it has enough.
async fn each_subject(
    kit: &Kit,
    query: &[(String, String)],
    mut take: impl FnMut(FrameSubject) -> bool,
) -> Result<()> {
    let client = SubjectsClient::new(connection(kit, "subjects").await?);
    let mut stream = client.subject_export("ndjson", query).await.map_err(|e| unavailable("subjects", &e))?;
    let broken =
        |e: &dyn std::fmt::Display| Error::unavailable(format!("subjects: the export broke off: {e}"));
    let mut rest: Vec<u8> = Vec::new();
    loop {
        // A stream that ends before its end is an error of the connection, never the end of a frame.
        let piece = stream.chunk().await.map_err(|e| broken(&e))?;
        let is_last = piece.is_none();
        rest.extend_from_slice(piece.as_deref().unwrap_or(b"\n"));
        let mut begin = 0;
        while let Some(length) = rest.get(begin..).and_then(|r| r.iter().position(|b| *b == b'\n')) {
            let line = rest.get(begin..begin + length).unwrap_or_default();
            begin += length + 1;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let Line { id, kind, status, identifier, region_code, industry } =
                serde_json::from_slice(line).map_err(|e| broken(&e))?;
            let subject = FrameSubject { id, kind, identifier, region_code, industry };
            if status.is_live() && !take(subject) {
                return Ok(());
            }
        }
        rest.drain(..begin);
        if rest.len() > LONGEST_LINE {
            return Err(broken(&"a line without end"));
        }
        if is_last {
            return Ok(());
        }
    }
}

/// What the registry is asked for a filter: it takes one value of each member, so several kinds and tags are several
/// questions; the rest is sieved here.
fn questions(filter: &SubjectFilter) -> Vec<Vec<(String, String)>> {
    let one = |name: &str, value: &str| (name.to_string(), value.to_string());
    let kinds: Vec<Option<&str>> = match filter.kinds.as_slice() {
        [] => vec![None],
        all => all.iter().map(|k| Some(k.as_str())).collect(),
    };
    let tags: Vec<Option<&str>> = match filter.tags.as_slice() {
        [] => vec![None],
        all => all.iter().map(|FilterTag(t)| Some(t.as_str())).collect(),
    };
    let mut out = Vec::new();
    for kind in &kinds {
        for tag in &tags {
            let mut query: Vec<(String, String)> = Vec::new();
            query.extend(kind.map(|k| one("kind", k)));
            query.extend(tag.map(|t| one("tag", t)));
            if let [region] = filter.regions.as_slice() {
                query.push(one("region", &region.0));
            }
            if let [industry] = filter.industries.as_slice() {
                query.push(one("industry", &industry.0));
            }
            out.push(query);
        }
    }
    out
}

/// Subjects of the registry that a filter finds and that can be visited (active or dormant), in the order of their ids.
///
/// # Errors
/// 422 `frame_too_large`; 503 when the registry does not answer.
pub async fn frame_subjects(kit: &Kit, filter: &SubjectFilter, most: usize) -> Result<Vec<FrameSubject>> {
    let mut found: BTreeMap<Uuid, FrameSubject> = BTreeMap::new();
    // Classes sieve first: what counts against `most` is what the frame would hold, not the registry it is taken from.
    let mut classes: Option<HashSet<Uuid>> = None;
    for class in &filter.risk_classes {
        classes.get_or_insert_default().extend(tag_members(kit, &class_tag(*class)).await?);
    }
    for query in questions(filter) {
        each_subject(kit, &query, |subject| {
            let is_of_class = classes.as_ref().is_none_or(|ids| ids.contains(&subject.id));
            if is_of_class && subject.is_seen_by(filter) {
                found.insert(subject.id, subject);
            }
            found.len() <= most
        })
        .await?;
    }
    if found.len() > most {
        return Err(Error::new(
            Kind::Invalid,
            "frame_too_large",
            format!("抽查对象超过{most}户，请缩小范围"),
            format!("the frame has more than {most} subjects; narrow the filter"),
        ));
    }
    Ok(found.into_values().collect())
}

/// The tag that holds a class of credit risk.
#[must_use]
pub fn class_tag(class: RiskClass) -> String {
    format!("{RISK_SCHEME}:{class}")
}

/// Subjects that carry a tag and can be visited.
///
/// # Errors
/// 503.
pub async fn tag_members(kit: &Kit, tag: &str) -> Result<HashSet<Uuid>> {
    let mut out = HashSet::new();
    each_subject(kit, &[("tag".to_string(), tag.to_string())], |subject| {
        out.insert(subject.id);
        true
    })
    .await?;
    Ok(out)
}

/// Members of tags, each asked for once.
pub struct Tagged<'k> {
    kit: &'k Kit,
    known: HashMap<String, HashSet<Uuid>>,
}

impl<'k> Tagged<'k> {
    /// Nothing is asked for yet.
    #[must_use]
    pub fn new(kit: &'k Kit) -> Self {
        Self { kit, known: HashMap::new() }
    }

    /// The members of a tag.
    ///
    /// # Errors
    /// 503.
    pub async fn of(&mut self, tag: &str) -> Result<&HashSet<Uuid>> {
        if !self.known.contains_key(tag) {
            let members = tag_members(self.kit, tag).await?;
            self.known.insert(tag.to_string(), members);
        }
        self.known.get(tag).ok_or_else(|| Error::internal("a tag that was just read"))
    }

    /// Members of any of a filter's tags, and those of any of its classes; none where the filter names none.
    ///
    /// # Errors
    /// 503.
    pub async fn within(&mut self, filter: &SubjectFilter) -> Result<Vec<HashSet<Uuid>>> {
        let tags = filter.tags.iter().map(|FilterTag(t)| t.clone()).collect::<Vec<_>>();
        let classes = filter.risk_classes.iter().map(|c| class_tag(*c)).collect::<Vec<_>>();
        let mut out = Vec::new();
        for any in [tags, classes].into_iter().filter(|any| !any.is_empty()) {
            let mut within: HashSet<Uuid> = HashSet::new();
            for tag in any {
                within.extend(self.of(&tag).await?);
            }
            out.push(within);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{FilterIndustry, FilterRegion};

    #[test]
    fn what_the_registry_cannot_be_asked_at_once_is_several_questions() {
        let filter = SubjectFilter {
            kinds: vec![SubjectKind::Enterprise, SubjectKind::IndividualBusiness],
            regions: vec![FilterRegion("610703".into())],
            industries: vec![FilterIndustry("62".into()), FilterIndustry("13".into())],
            ..SubjectFilter::default()
        };
        let asked = questions(&filter);
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0], [("kind".into(), "enterprise".into()), ("region".into(), "610703".into())]);
        assert_eq!(questions(&SubjectFilter::default()), [Vec::new()]);
    }
}
