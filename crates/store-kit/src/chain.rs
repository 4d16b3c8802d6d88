//! The audit hash chain, and its verification without a server.
//!
//! `hash(n) = SHA-256("lianjian/audit/v1\0" ‖ hash(n−1) ‖ "\0" ‖ line(n))` where `line(n)` is the canonical JSON of the
//! entry with its number; hashes are lower-case hex and `hash(0)` is empty. A head is signed with Ed25519 over
//! `"lianjian/audit-head/v1\0" ‖ service ‖ "\0" ‖ seq ‖ "\0" ‖ hash`. Changing, removing or reordering entries breaks
//! the chain at the first entry concerned; cutting the end and chaining anew disagrees with a signed head.
//! Called by the sealer and by `lianjian audit verify`; refuses to guess: what it cannot read is a failure.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One entry in the form that is hashed and dumped.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Line {
    /// Gap-free number, 1 for the first.
    pub seq: i64,
    /// Entry id.
    pub id: String,
    /// RFC 3339, microseconds, UTC.
    pub at: String,
    /// Account or task.
    pub actor: String,
    /// Organ code.
    pub organ: String,
    /// operationId or task.
    pub action: String,
    /// Kind of the row changed.
    pub target_kind: String,
    /// Its id.
    pub target: String,
    /// W3C trace id.
    pub trace_id: String,
    /// Canonical JSON text of what changed.
    pub detail: String,
    /// Chain value up to and including this entry, hex.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// A signed statement that the chain had this value at this length.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Head {
    /// The service whose chain it is.
    pub service: String,
    /// Number of the last entry covered.
    pub seq: i64,
    /// Chain value there, hex.
    pub hash: String,
    /// RFC 3339.
    pub sealed_at: String,
    /// First 16 hex digits of SHA-256 of the public key.
    pub key_id: String,
    /// Ed25519 signature, hex.
    pub signature: String,
}

/// The bytes a head's signature covers.
#[must_use]
pub fn head_bytes(service: &str, seq: i64, hash: &str) -> Vec<u8> {
    format!("lianjian/audit-head/v1\0{service}\0{seq}\0{hash}").into_bytes()
}

/// The chain value after `line`, hex.
#[must_use]
pub fn link(previous: &str, line: &Line) -> String {
    let mut text = Sha256::new();
    text.update(b"lianjian/audit/v1\0");
    text.update(previous.as_bytes());
    text.update(b"\0");
    // A fixed member order and no hash member: built here, not by a derived serializer that may change.
    let body = serde_json::json!([
        line.seq,
        line.id,
        line.at,
        line.actor,
        line.organ,
        line.action,
        line.target_kind,
        line.target,
        line.trace_id,
        line.detail
    ]);
    text.update(body.to_string().as_bytes());
    hex::encode(text.finalize())
}

/// What is wrong with a dump, and where.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChainFault {
    /// The numbers have a hole or go back.
    #[error("entry {expected} is missing: found {found} in its place")]
    Gap {
        /// Number that should come.
        expected: i64,
        /// Number that came.
        found: i64,
    },
    /// An entry's text does not give its hash.
    #[error("entry {0} does not match its hash: it or an entry before it was changed")]
    Broken(i64),
    /// A signed head says something else.
    #[error("the signed head at entry {0} disagrees with the chain")]
    Head(i64),
    /// A head claims more entries than there are.
    #[error("a signed head covers entry {head} but the chain ends at {last}: entries were cut off")]
    Truncated {
        /// Entry that a head covers.
        head: i64,
        /// Last entry present.
        last: i64,
    },
    /// A head's signature is not from the key given.
    #[error("the signature of the head at entry {0} is not valid")]
    Signature(i64),
}

/// Walks a chain entry by entry; memory does not grow with it.
#[derive(Debug, Default)]
pub struct Verifier {
    seq: i64,
    hash: String,
    pending: Vec<Head>,
}

impl Verifier {
    /// A verifier that will hold the chain against these heads.
    #[must_use]
    pub fn new(mut heads: Vec<Head>) -> Self {
        heads.sort_by_key(|head| std::cmp::Reverse(head.seq));
        Self { seq: 0, hash: String::new(), pending: heads }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// The first [`ChainFault`] met, with the entry's number.
    pub fn push(&mut self, line: &Line) -> Result<(), ChainFault> {
        if line.seq != self.seq + 1 {
            return Err(ChainFault::Gap { expected: self.seq + 1, found: line.seq });
        }
        let hash = link(&self.hash, line);
        if hash != line.hash {
            return Err(ChainFault::Broken(line.seq));
        }
        self.seq = line.seq;
        self.hash = hash;
        while let Some(head) = self.pending.last() {
            if head.seq > self.seq {
                break;
            }
            if head.seq == self.seq && head.hash != self.hash {
                return Err(ChainFault::Head(head.seq));
            }
            self.pending.pop();
        }
        Ok(())
    }

    /// Ends the walk: the number of entries and the last chain value.
    ///
    /// # Errors
    /// [`ChainFault::Truncated`] when a head covers entries that did not come.
    pub fn finish(self) -> Result<(i64, String), ChainFault> {
        match self.pending.first() {
            Some(head) if head.seq > self.seq => {
                Err(ChainFault::Truncated { head: head.seq, last: self.seq })
            }
            _ => Ok((self.seq, self.hash)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(n: i64) -> Vec<Line> {
        let mut previous = String::new();
        (1..=n)
            .map(|seq| {
                let mut line = Line {
                    seq,
                    id: format!("id-{seq}"),
                    at: "2026-11-23T00:00:00.000000Z".into(),
                    actor: "a".into(),
                    organ: "nz-scjg".into(),
                    action: "subject_create".into(),
                    target_kind: "subject".into(),
                    target: format!("s{seq}"),
                    trace_id: String::new(),
                    detail: "{}".into(),
                    hash: String::new(),
                };
                line.hash = link(&previous, &line);
                previous = line.hash.clone();
                line
            })
            .collect()
    }

    fn walk(lines: &[Line], heads: Vec<Head>) -> Result<(i64, String), ChainFault> {
        let mut v = Verifier::new(heads);
        for l in lines {
            v.push(l)?;
        }
        v.finish()
    }

    fn head(line: &Line) -> Head {
        Head {
            service: "s".into(),
            seq: line.seq,
            hash: line.hash.clone(),
            sealed_at: String::new(),
            key_id: String::new(),
            signature: String::new(),
        }
    }

    #[test]
    fn an_untouched_chain_verifies() {
        let lines = chain(20);
        let heads = vec![head(&lines[4]), head(&lines[19])];
        assert_eq!(walk(&lines, heads).unwrap().0, 20);
    }

    #[test]
    fn a_changed_entry_is_named() {
        let mut lines = chain(20);
        lines[6].detail = "{\"x\":1}".into();
        assert_eq!(walk(&lines, vec![]).unwrap_err(), ChainFault::Broken(7));
    }

    #[test]
    fn a_removed_entry_is_named() {
        let mut lines = chain(20);
        lines.remove(9);
        assert_eq!(walk(&lines, vec![]).unwrap_err(), ChainFault::Gap { expected: 10, found: 11 });
    }

    #[test]
    fn a_cut_end_disagrees_with_the_head() {
        let lines = chain(20);
        let h = head(&lines[19]);
        assert_eq!(walk(&lines[..15], vec![h]).unwrap_err(), ChainFault::Truncated { head: 20, last: 15 });
    }

    #[test]
    fn a_rewritten_and_rechained_history_disagrees_with_the_head() {
        let good = chain(20);
        let mut forged = chain(20);
        forged[3].actor = "somebody-else".into();
        let mut previous = forged[2].hash.clone();
        for line in &mut forged[3..] {
            line.hash = link(&previous, line);
            previous = line.hash.clone();
        }
        assert_eq!(walk(&forged, vec![head(&good[9])]).unwrap_err(), ChainFault::Head(10));
    }
}
