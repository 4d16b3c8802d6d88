//! Natural persons in a public frame: a salted commitment stands in place of the id (自然人标识的加盐承诺).
//!
//! The frame holds `person:<commitment>`, so roots, scores and picks can be recomputed by everybody, while only the person (or
//! who holds the personal part) can tell which commitment is whose. The salt of each id comes from one secret of the draw;
//! one salt shown tells nothing of another. Called by the service when a frame is frozen, and by the verifier for openings.

use crate::suite::{Hash, Suite};
use serde::{Deserialize, Serialize};

/// What the frame's entry of a natural person begins with.
pub const PREFIX: &str = "person:";

/// Opens one commitment; members in the order of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The entry in the frame.
    pub entry: String,
    /// The id behind it.
    pub id: String,
    /// The salt.
    pub salt: Hash,
}

impl Opening {
    /// Whether the entry is the commitment of this id and salt.
    #[must_use]
    pub fn holds(&self, suite: Suite) -> bool {
        entry(suite, &self.salt, &self.id) == self.entry
    }
}

/// The salt of an id under the draw's secret.
#[must_use]
pub fn salt(suite: Suite, secret: &Hash, id: &str) -> Hash {
    suite.keyed(secret).then(&suite.prefix("salt")).mac(id.as_bytes())
}

/// The entry that stands for the id: hash under the label `person` of salt and id.
#[must_use]
pub fn entry(suite: Suite, salt: &Hash, id: &str) -> String {
    format!("{PREFIX}{}", suite.hash("person", &[&salt.0, id.as_bytes()]))
}

/// Hides an id under the draw's secret.
#[must_use]
pub fn hide(suite: Suite, secret: &Hash, id: &str) -> Opening {
    let salt = salt(suite, secret, id);
    Opening { entry: entry(suite, &salt, id), id: id.to_owned(), salt }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_holds_for_its_own_id_and_salt_only() {
        for suite in [Suite::V1, Suite::V1s] {
            let opening = hide(suite, &Hash([9; 32]), "610703199001011230");
            assert!(opening.holds(suite) && opening.entry.starts_with(PREFIX));
            assert!(!Opening { id: "610703199001011231".into(), ..opening.clone() }.holds(suite));
            assert!(!Opening { salt: Hash([0; 32]), ..opening.clone() }.holds(suite));
            assert_ne!(hide(suite, &Hash([8; 32]), &opening.id).entry, opening.entry);
        }
    }
}
