//! Public entropy (公共熵): public texts named beforehand, and nonces committed and later revealed by departments.
//!
//! One public text gives its own bytes, exactly as §2.9 of the domain has it. Several sources are put into one text: the
//! label `entropy` and canonical JSON of `[[name, kind, value], …]` in byte order of the names. What is declared (names, kinds,
//! moments, commitments of the nonces) is hashed and published with the commitment of the seed, before any value is known.
//!
//! The rule for who does not show up (未揭示): a nonce that is not revealed in time is replaced by the hash under the label
//! `no-show` of its published commitment, and marked. Who withholds therefore chooses between two values fixed before, neither
//! of which it can judge, since the seed is still secret. At least one public text or one revealed nonce is demanded; else
//! all entropy would come from those who knew it. Called by the service when entropy is fixed and by the verifier.

use crate::json::Json;
use crate::suite::{Hash, Suite};
use serde::{Deserialize, Serialize};

/// Greatest length of a public text in characters.
pub const MAX_TEXT: usize = 2000;
/// Name of the rule for nonces not revealed, as parameters carry it.
pub const NO_SHOW_RULE: &str = "hash_of_commitment";

/// Kind of an entropy source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A nonce of a taking-part department, committed before and revealed after.
    Nonce,
    /// A text that becomes public at a known moment, as the numbers of a lottery.
    PublicText,
}

impl SourceKind {
    /// As it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SourceKind::Nonce => "nonce",
            SourceKind::PublicText => "public_text",
        }
    }
}

/// A source as it was declared before the entropy moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Name of the source: what the text is, or the code of the organ.
    pub name: String,
    /// Its kind.
    pub kind: SourceKind,
    /// When its value becomes known (UTC, `YYYY-MM-DDTHH:MM:SSZ`).
    pub moment: String,
    /// Commitment of a nonce.
    pub commitment: Option<Hash>,
}

/// A source with its value; members in the order of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Commitment of a nonce.
    pub commitment: Option<Hash>,
    /// Its kind.
    pub kind: SourceKind,
    /// When its value became known (UTC).
    pub moment: String,
    /// Name of the source.
    pub name: String,
    /// Whether the nonce was not revealed in time.
    pub no_show: bool,
    /// The text, or the nonce in hex; none for a nonce not revealed.
    pub value: Option<String>,
}

/// Why sources cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntropyFault {
    /// No source at all.
    #[error("no entropy source is declared")]
    None,
    /// Names not in byte order, or one twice.
    #[error("entropy source {0}: names stand in byte order, each once")]
    Order(String),
    /// A name or text that is empty, too long, or holds control characters.
    #[error("entropy source {0}: the text is empty, over {MAX_TEXT} characters, or has control characters")]
    Text(String),
    /// A nonce without commitment, or a text with one.
    #[error("entropy source {0}: a nonce has a commitment, a public text has none")]
    Commitment(String),
    /// The nonce is not what was committed.
    #[error("entropy source {0}: the nonce is not the committed one")]
    WrongNonce(String),
    /// No value, and not marked as not revealed; or both.
    #[error("entropy source {0}: the value is missing, or stands beside the mark that it was not revealed")]
    Missing(String),
    /// All nonces are missing and there is no public text.
    #[error("nobody revealed a nonce and no public text was named")]
    AllMissing,
}

impl EntropyFault {
    /// Stable name for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            EntropyFault::None => "entropy_none",
            EntropyFault::Order(_) => "entropy_order",
            EntropyFault::Text(_) => "entropy_text",
            EntropyFault::Commitment(_) => "entropy_commitment",
            EntropyFault::WrongNonce(_) => "entropy_wrong_nonce",
            EntropyFault::Missing(_) => "entropy_missing",
            EntropyFault::AllMissing => "entropy_all_missing",
        }
    }
}

/// Commitment of a department's nonce; the organ's code is bound, so that nobody can pass on another's commitment.
#[must_use]
pub fn nonce_commitment(suite: Suite, organ: &str, nonce: &Hash) -> Hash {
    suite.hash("nonce", &[organ.as_bytes(), b"\0", &nonce.0])
}

/// Stands in for a nonce that was not revealed.
#[must_use]
pub fn no_show_value(suite: Suite, commitment: &Hash) -> Hash {
    suite.hash("no-show", &[&commitment.0])
}

/// Sorts declared sources and checks them.
///
/// # Errors
/// [`EntropyFault`].
pub fn declare(mut sources: Vec<Declared>) -> Result<Vec<Declared>, EntropyFault> {
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    check_declared(&sources)?;
    Ok(sources)
}

fn check_declared(sources: &[Declared]) -> Result<(), EntropyFault> {
    if sources.is_empty() {
        return Err(EntropyFault::None);
    }
    for pair in sources.windows(2) {
        if pair[0].name >= pair[1].name {
            return Err(EntropyFault::Order(pair[1].name.clone()));
        }
    }
    for source in sources {
        check_text(&source.name, &source.name)?;
        if source.commitment.is_some() != (source.kind == SourceKind::Nonce) {
            return Err(EntropyFault::Commitment(source.name.clone()));
        }
    }
    Ok(())
}

fn check_text(name: &str, text: &str) -> Result<(), EntropyFault> {
    let is_bad = text.is_empty() || text.chars().count() > MAX_TEXT || text.chars().any(char::is_control);
    if is_bad { Err(EntropyFault::Text(name.to_owned())) } else { Ok(()) }
}

/// Hash of what is declared; published with the commitment of the seed.
#[must_use]
pub fn declaration(suite: Suite, sources: &[Declared]) -> Hash {
    let list = sources.iter().map(|s| {
        let commitment = s.commitment.map_or(Json::Null, |c| Json::text(c.to_string()));
        Json::map([
            ("commitment", commitment),
            ("kind", Json::text(s.kind.as_str())),
            ("moment", Json::text(&s.moment)),
            ("name", Json::text(&s.name)),
        ])
    });
    suite.hash("declaration", &[Json::List(list.collect()).canonical().as_bytes()])
}

/// Whether the parameters must carry the declaration: always, but for the one public text of §2.9.
#[must_use]
pub fn is_plain(sources: &[Declared]) -> bool {
    matches!(sources, [only] if only.kind == SourceKind::PublicText)
}

/// The `public_entropy` bytes of sources in byte order of their names.
///
/// # Errors
/// [`EntropyFault`] when a value is missing, wrong or out of order.
pub fn public_entropy(suite: Suite, sources: &[Source]) -> Result<Vec<u8>, EntropyFault> {
    let declared: Vec<Declared> = sources.iter().map(Source::declared).collect();
    check_declared(&declared)?;
    let values: Vec<String> = sources.iter().map(|s| s.used_value(suite)).collect::<Result<_, _>>()?;
    if sources.iter().all(|s| s.no_show) {
        return Err(EntropyFault::AllMissing);
    }
    if is_plain(&declared) {
        return Ok(values.concat().into_bytes());
    }
    let list = sources
        .iter()
        .zip(values)
        .map(|(s, v)| Json::List(vec![Json::text(&s.name), Json::text(s.kind.as_str()), Json::Text(v)]));
    let mut bytes = suite.prefix("entropy");
    bytes.extend_from_slice(Json::List(list.collect()).canonical().as_bytes());
    Ok(bytes)
}

impl Source {
    /// What was declared of it.
    #[must_use]
    pub fn declared(&self) -> Declared {
        let Self { commitment, kind, moment, name, no_show: _, value: _ } = self;
        Declared { name: name.clone(), kind: *kind, moment: moment.clone(), commitment: *commitment }
    }

    /// The value that enters: the text, the nonce, or what stands in for it.
    fn used_value(&self, suite: Suite) -> Result<String, EntropyFault> {
        match (self.kind, &self.value, &self.commitment) {
            (SourceKind::PublicText, Some(text), None) if !self.no_show => {
                check_text(&self.name, text)?;
                Ok(text.clone())
            }
            (SourceKind::Nonce, Some(nonce), Some(commitment)) if !self.no_show => {
                let nonce = Hash::parse(nonce).ok_or_else(|| EntropyFault::WrongNonce(self.name.clone()))?;
                if nonce_commitment(suite, &self.name, &nonce) != *commitment {
                    return Err(EntropyFault::WrongNonce(self.name.clone()));
                }
                Ok(nonce.to_string())
            }
            (SourceKind::Nonce, None, Some(commitment)) if self.no_show => {
                Ok(no_show_value(suite, commitment).to_string())
            }
            _ => Err(EntropyFault::Missing(self.name.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, value: &str) -> Source {
        Source {
            commitment: None,
            kind: SourceKind::PublicText,
            moment: "2026-11-24T13:15:00Z".into(),
            name: name.into(),
            no_show: false,
            value: Some(value.into()),
        }
    }

    fn nonce(organ: &str, nonce: Hash, revealed: bool) -> Source {
        Source {
            commitment: Some(nonce_commitment(Suite::V1, organ, &nonce)),
            kind: SourceKind::Nonce,
            name: organ.into(),
            no_show: !revealed,
            value: revealed.then(|| nonce.to_string()),
            ..text("", "")
        }
    }

    #[test]
    fn one_public_text_is_its_own_bytes() {
        let bytes = public_entropy(Suite::V1, &[text("ssq", "ssq:2026130:01,05,09,17,22,30+07")]).unwrap();
        assert_eq!(bytes, b"ssq:2026130:01,05,09,17,22,30+07");
    }

    #[test]
    fn several_sources_depend_on_each_value() {
        let sources =
            [nonce("nz-rsj", Hash([1; 32]), true), nonce("nz-scjg", Hash([2; 32]), false), text("ssq", "x")];
        let bytes = public_entropy(Suite::V1, &sources).unwrap();
        assert!(bytes.starts_with(b"ccsup/draw/v1/entropy\0[[\"nz-rsj\",\"nonce\","));
        let mut other = sources.clone();
        other[1] = nonce("nz-scjg", Hash([2; 32]), true);
        assert_ne!(public_entropy(Suite::V1, &other).unwrap(), bytes, "who shows up gives another value");
        other[1] = nonce("nz-scjg", Hash([3; 32]), false);
        assert_ne!(public_entropy(Suite::V1, &other).unwrap(), bytes);
    }

    #[test]
    fn what_is_wrong_with_sources_is_named() {
        let of = |sources: &[Source]| public_entropy(Suite::V1, sources).unwrap_err().code();
        assert_eq!(of(&[]), "entropy_none");
        assert_eq!(of(&[text("b", "x"), text("a", "x")]), "entropy_order");
        assert_eq!(of(&[text("a", "x"), text("a", "x")]), "entropy_order");
        assert_eq!(of(&[text("a", "")]), "entropy_text");
        assert_eq!(of(&[text("a", "x\ny")]), "entropy_text");
        assert_eq!(of(&[nonce("a", Hash([1; 32]), false)]), "entropy_all_missing");
        let mut wrong = nonce("a", Hash([1; 32]), true);
        wrong.value = Some(Hash([2; 32]).to_string());
        assert_eq!(of(&[wrong.clone()]), "entropy_wrong_nonce");
        wrong.value = None;
        assert_eq!(of(&[wrong.clone()]), "entropy_missing");
        wrong.commitment = None;
        assert_eq!(of(&[wrong]), "entropy_commitment");
        // A commitment of another organ does not open under one's own name.
        let stolen = Source { name: "b".into(), ..nonce("a", Hash([1; 32]), true) };
        assert_eq!(of(&[stolen]), "entropy_wrong_nonce");
    }
}
