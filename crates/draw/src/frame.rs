//! The frame of a stratum (抽取对象库): ids sorted by bytes, each once, kept as the very bytes its root is taken over.
//!
//! One text `id\nid\n…` holds a million ids in about twenty megabytes and needs no copy for hashing. Building reports
//! doubled ids and ids that look alike; reading a finished frame refuses any other order. Called by the service when a
//! frame is frozen and by the verifier.

use crate::id::{self, IdFault};
use crate::suite::{Hash, Suite};
use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

/// How many examples of each kind a report lists; the counts are complete.
pub const MAX_EXAMPLES: usize = 100;

/// Sorted ids, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    text: String,
    len: usize,
}

/// What building a frame found and did not refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameReport {
    /// How many ids stood more than once; each is in the frame once.
    pub duplicates: usize,
    /// The first of them.
    pub duplicate_ids: Vec<String>,
    /// How many ids look like an earlier one (`O` and `0`, small and capital letters); all are in the frame.
    pub look_alikes: usize,
    /// The first such pairs.
    pub look_alike_pairs: Vec<(String, String)>,
}

impl Frame {
    /// How many ids.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ids in byte order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        ids_of(&self.text)
    }

    /// The greatest id.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        let body = self.text.strip_suffix('\n')?;
        Some(body.rfind('\n').map_or(body, |at| &body[at + 1..]))
    }

    /// Whether the id is in the frame; by halving, without an index.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        let bytes = self.text.as_bytes();
        let (mut low, mut high) = (0, bytes.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = bytes[low..middle].iter().rposition(|b| *b == b'\n').map_or(low, |at| low + at + 1);
            let end = bytes[start..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| start + at);
            match bytes[start..end].cmp(id.as_bytes()) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = end + 1,
                std::cmp::Ordering::Greater => high = start,
            }
        }
        false
    }

    /// The ids joined by line feeds, with one at the end: what the root is taken over.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// A frame from that text.
    ///
    /// # Errors
    /// [`FrameFault`] when an id is refused or out of order.
    pub fn from_text(text: String) -> Result<Self, FrameFault> {
        let mut len = 0;
        let mut previous: Option<&str> = None;
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(FrameFault::NoLineEnd);
        }
        for id in ids_of(&text) {
            step(previous, id, len)?;
            previous = Some(id);
            len += 1;
        }
        Ok(Self { text, len })
    }

    /// Adds the next id of a sorted sequence; `last` is where the last one begins, and is moved on.
    fn push(&mut self, id: &str, last: &mut usize) -> Result<(), FrameFault> {
        let previous = self.text.get(*last..self.text.len().saturating_sub(1)).filter(|_| self.len > 0);
        step(previous, id, self.len)?;
        *last = self.text.len();
        self.text.push_str(id);
        self.text.push('\n');
        self.len += 1;
        Ok(())
    }

    /// `frame_root`: the hash under the label `frame` (an empty frame is one line feed).
    #[must_use]
    pub fn root(&self, suite: Suite) -> Hash {
        let bytes = if self.is_empty() { b"\n".as_slice() } else { self.text.as_bytes() };
        suite.hash("frame", &[bytes])
    }

    /// Cuts the frame into at most `parts` runs of whole ids of about the same size.
    #[must_use]
    pub fn runs(&self, parts: usize) -> Vec<&str> {
        let (mut rest, mut runs) = (self.text.as_str(), Vec::with_capacity(parts));
        for left in (2..=parts).rev() {
            let half = rest.len() / left;
            let Some(end) = rest.as_bytes()[half..].iter().position(|b| *b == b'\n') else { break };
            let (run, other) = rest.split_at(half + end + 1);
            runs.push(run);
            rest = other;
        }
        runs.push(rest);
        runs
    }
}

/// The ids of a run.
pub fn ids_of(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n').into_iter().flat_map(|body| body.split('\n'))
}

fn step(previous: Option<&str>, id: &str, at: usize) -> Result<(), FrameFault> {
    id::check(id).map_err(|fault| FrameFault::Id { at, fault })?;
    match previous {
        Some(p) if p == id => Err(FrameFault::Doubled { at, id: id.to_owned() }),
        Some(p) if p > id => Err(FrameFault::Unsorted { at, id: id.to_owned() }),
        _ => Ok(()),
    }
}

/// Why a text or list is no frame; `at` counts from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// An id was refused.
    #[error("id {at}: {fault}")]
    Id {
        /// Its place.
        at: usize,
        /// Why.
        fault: IdFault,
    },
    /// The same id twice.
    #[error("id {at}: {id} stands twice")]
    Doubled {
        /// Its place.
        at: usize,
        /// The id.
        id: String,
    },
    /// Not in byte order.
    #[error("id {at}: {id} is not in byte order")]
    Unsorted {
        /// Its place.
        at: usize,
        /// The id.
        id: String,
    },
    /// The text does not end with a line feed.
    #[error("the last id has no line end")]
    NoLineEnd,
}

/// Takes ids in any order and makes the frame of them.
#[derive(Default)]
pub struct FrameBuilder {
    text: String,
    ends: Vec<usize>,
}

impl FrameBuilder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one id.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn push(&mut self, id: &str) -> Result<(), IdFault> {
        id::check(id)?;
        self.text.push_str(id);
        self.ends.push(self.text.len());
        Ok(())
    }

    /// Sorts, drops doubles, and tells of doubles and look-alikes.
    #[must_use]
    pub fn finish(self) -> (Frame, FrameReport) {
        let Self { text, ends } = self;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let mut ids: Vec<&str> = starts.zip(ends.iter().copied()).map(|(a, b)| &text[a..b]).collect();
        ids.sort_unstable();
        let mut report = FrameReport::default();
        let mut frame = Frame { text: String::with_capacity(text.len() + ids.len()), len: 0 };
        let mut previous: Option<&str> = None;
        for id in ids {
            if previous == Some(id) {
                report.duplicates += 1;
                if report.duplicate_ids.len() < MAX_EXAMPLES
                    && report.duplicate_ids.last().is_none_or(|d| d != id)
                {
                    report.duplicate_ids.push(id.to_owned());
                }
                continue;
            }
            frame.text.push_str(id);
            frame.text.push('\n');
            frame.len += 1;
            previous = Some(id);
        }
        find_look_alikes(&frame, &mut report);
        (frame, report)
    }
}

/// Only hashes of the skeletons are kept: a million ids cost tens of megabytes, not hundreds.
fn find_look_alikes(frame: &Frame, report: &mut FrameReport) {
    let (state, mut seen) = (RandomState::new(), HashMap::with_capacity(frame.len()));
    let mut start = 0usize;
    for id in frame.ids() {
        let skeleton = id::skeleton(id);
        if let Some(first) = seen.get(&state.hash_one(&skeleton)).copied() {
            let rest = &frame.text[first..];
            let other = rest.split('\n').next().unwrap_or_default();
            if id::skeleton(other) == skeleton {
                report.look_alikes += 1;
                if report.look_alike_pairs.len() < MAX_EXAMPLES {
                    report.look_alike_pairs.push((other.to_owned(), id.to_owned()));
                }
            }
        } else {
            seen.insert(state.hash_one(&skeleton), start);
        }
        start += id.len() + 1;
    }
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.ids())
    }
}

/// Pushes each text of a list into the frame without a copy of its own.
struct NextId<'f>(&'f mut Frame, &'f mut usize);

impl<'de> DeserializeSeed<'de> for NextId<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for NextId<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an id")
    }

    fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<(), E> {
        self.0.push(id, self.1).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Ids;
        impl<'de> Visitor<'de> for Ids {
            type Value = Frame;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of ids in byte order")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Frame, A::Error> {
                let (mut frame, mut last) = (Frame::default(), 0);
                while seq.next_element_seed(NextId(&mut frame, &mut last))?.is_some() {
                    if frame.text.len() > u32::MAX as usize {
                        return Err(A::Error::custom("the frame is over 4 GiB"));
                    }
                }
                Ok(frame)
            }
        }
        from.deserialize_seq(Ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(ids: &[&str]) -> (Frame, FrameReport) {
        let mut builder = FrameBuilder::new();
        ids.iter().for_each(|id| builder.push(id).unwrap());
        builder.finish()
    }

    #[test]
    fn a_frame_is_sorted_and_tells_of_doubles_and_look_alikes() {
        let (frame, report) = built(&["b", "a", "B", "b", "b", "x0", "xO"]);
        assert_eq!(frame.as_text(), "B\na\nb\nx0\nxO\n");
        assert_eq!((frame.len(), report.duplicates, report.look_alikes), (5, 2, 2));
        assert_eq!(report.duplicate_ids, ["b"]);
        assert_eq!(report.look_alike_pairs[1], ("x0".to_owned(), "xO".to_owned()));
    }

    #[test]
    fn a_frame_survives_json_and_text() {
        let (frame, _) = built(&["甲", "b", "a"]);
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(json, r#"["a","b","甲"]"#);
        assert_eq!(serde_json::from_str::<Frame>(&json).unwrap(), frame);
        assert_eq!(Frame::from_text(frame.as_text().to_owned()).unwrap(), frame);
        assert!(["a", "b", "甲"].iter().all(|id| frame.contains(id)) && !frame.contains("aa"));
        assert!(!frame.contains("") && !frame.contains("乙") && !Frame::default().contains("a"));
        for bad in [r#"["b","a"]"#, r#"["a","a"]"#, r#"["a b"]"#, "[1]"] {
            assert!(serde_json::from_str::<Frame>(bad).is_err(), "{bad}");
        }
        assert!(Frame::from_text("a".into()).is_err());
    }

    #[test]
    fn runs_hold_every_id_once() {
        let ids: Vec<String> = (0..97).map(|i| format!("id-{i:03}")).collect();
        let (frame, _) = built(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        for parts in 1..9 {
            let runs = frame.runs(parts);
            assert!(runs.len() <= parts);
            assert_eq!(runs.concat(), frame.as_text());
            assert_eq!(runs.iter().flat_map(|r| ids_of(r)).count(), 97);
        }
        assert_eq!(Frame::default().runs(2).iter().flat_map(|r| ids_of(r)).count(), 0);
    }
}
