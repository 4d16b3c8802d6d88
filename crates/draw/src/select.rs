//! The n smallest keyed scores of a frame, in linear time and with memory for n only.
//!
//! `score(id) = HMAC(K, "subject\0" ‖ id)`; ties, which nobody will see, go to the lesser id. A long frame is halved over the
//! machine's processors; the outcome does not depend on how. Called by [`crate::stratum`].

use crate::frame::{Frame, ids_of};
use crate::suite::{Hash, Keyed};
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;

/// Frames below this are not worth a thread.
const PARALLEL_FROM: usize = 20_000;
/// More processors than this wait for memory.
const MAX_THREADS: usize = 4;

/// A subject and its score; members in the order of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// Id as it stands in the frame.
    pub id: String,
    /// Its score.
    pub score: Hash,
}

/// The keyed hash that scores subjects under `K`.
#[must_use]
pub fn scorer(key: &Keyed) -> Keyed {
    key.then(b"subject\0")
}

/// The `count` lowest scores in ascending order; all, if there are fewer.
#[must_use]
pub fn lowest(frame: &Frame, key: &Keyed, count: usize) -> Vec<Pick> {
    if count == 0 {
        return Vec::new();
    }
    let scorer = scorer(key);
    let threads = if frame.len() < PARALLEL_FROM {
        1
    } else {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MAX_THREADS)
    };
    let runs = frame.runs(threads);
    let mut found: Vec<(Hash, &str)> = std::thread::scope(|scope| {
        let (first, others) = runs.split_first().map_or(("", &[][..]), |(f, o)| (*f, o));
        let workers: Vec<_> =
            others.iter().map(|run| scope.spawn(|| lowest_of(run, &scorer, count))).collect();
        let mut found = lowest_of(first, &scorer, count);
        for (worker, run) in workers.into_iter().zip(others) {
            // A worker that could not run is made good here rather than reported: the result is the same.
            found.extend(worker.join().unwrap_or_else(|_| lowest_of(run, &scorer, count)));
        }
        found
    });
    found.sort_unstable();
    found.truncate(count);
    found.into_iter().map(|(score, id)| Pick { id: id.to_owned(), score }).collect()
}

fn lowest_of<'f>(run: &'f str, scorer: &Keyed, count: usize) -> Vec<(Hash, &'f str)> {
    let mut heap: BinaryHeap<(Hash, &str)> = BinaryHeap::new();
    for id in ids_of(run) {
        let scored = (scorer.mac(id.as_bytes()), id);
        if heap.len() < count {
            heap.push(scored);
        } else if let Some(mut top) = heap.peek_mut()
            && scored < *top
        {
            *top = scored;
        }
    }
    heap.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameBuilder;
    use crate::suite::Suite;

    #[test]
    fn the_heap_finds_what_sorting_finds_in_one_thread_or_several() {
        for size in [1, 10, 300, PARALLEL_FROM + 17] {
            let mut builder = FrameBuilder::new();
            (0..size).for_each(|i| builder.push(&format!("S-{i}")).unwrap());
            let (frame, _) = builder.finish();
            let key = Suite::V1.keyed(&Hash([3; 32]));
            let mut all: Vec<(Hash, &str)> =
                frame.ids().map(|id| (key.mac(format!("subject\0{id}").as_bytes()), id)).collect();
            all.sort_unstable();
            for count in [0, 1, 7, size, size + 5] {
                let expected: Vec<&str> = all.iter().take(count).map(|(_, id)| *id).collect();
                let found = lowest(&frame, &key, count);
                assert_eq!(found.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), expected);
            }
        }
    }
}
