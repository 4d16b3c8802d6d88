//! The two hash suites of the protocol, each under its own label, and keyed hashes with their state kept ready.
//!
//! `v1` is SHA-256 and HMAC-SHA-256; `v1s` is SM3 and HMAC-SM3 throughout, with `v1s` in every label, so that no value of
//! one suite can pass for one of the other. Called by every module of the crate. Refuses keys of other than 32 bytes by type.

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use sm3::Sm3;

/// 32 bytes: a hash, a keyed hash, a seed or a nonce; written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, std::hash::Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Reads 64 lower-case hex digits; anything else is `None`, since one value has one spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut bytes = [0; 32];
        (is_plain && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = [0u8; 64];
        // The buffer is of the right length, so the call cannot fail; an error would print nothing.
        let _ = hex::encode_to_slice(self.0, &mut text);
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Digits;
        impl serde::de::Visitor<'_> for Digits {
            type Value = Hash;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("64 lower-case hex digits")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hash, E> {
                Hash::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        from.deserialize_str(Digits)
    }
}

/// Version of the protocol, and with it the hash function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Suite {
    /// SHA-256.
    #[default]
    #[serde(rename = "v1")]
    V1,
    /// SM3 (GB/T 32905).
    #[serde(rename = "v1s")]
    V1s,
}

impl Suite {
    /// `v1` or `v1s`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Suite::V1 => "v1",
            Suite::V1s => "v1s",
        }
    }

    /// The suite of a label.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        [Suite::V1, Suite::V1s].into_iter().find(|s| s.label() == label)
    }

    /// `ccsup/draw/<version>/<purpose>` and a zero byte: what each hash begins with.
    #[must_use]
    pub fn prefix(self, purpose: &str) -> Vec<u8> {
        format!("ccsup/draw/{}/{purpose}\0", self.label()).into_bytes()
    }

    /// A hash under the purpose's label.
    #[must_use]
    pub fn hash(self, purpose: &str, parts: &[&[u8]]) -> Hash {
        let mut hasher = self.hasher(purpose);
        parts.iter().for_each(|p| hasher.update(p));
        hasher.finish()
    }

    /// The bare hash, without a label.
    #[must_use]
    pub fn bare(self, bytes: &[u8]) -> Hash {
        let mut hasher = self.bare_hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// A hash under the purpose's label, to be fed piece by piece.
    #[must_use]
    pub fn hasher(self, purpose: &str) -> Hasher {
        let mut hasher = self.bare_hasher();
        hasher.update(&self.prefix(purpose));
        hasher
    }

    fn bare_hasher(self) -> Hasher {
        match self {
            Suite::V1 => Hasher(State::Sha256(Sha256::new())),
            Suite::V1s => Hasher(State::Sm3(Sm3::new())),
        }
    }

    /// A keyed hash under a key of 32 bytes.
    #[must_use]
    pub fn keyed(self, key: &Hash) -> Keyed {
        // A key shorter than a block is the same as the key padded with zeros; so this call cannot fail.
        let mut block = [0u8; 64];
        block[..32].copy_from_slice(&key.0);
        match self {
            Suite::V1 => Keyed(Mac::Sha256(Hmac::new(&block.into()))),
            Suite::V1s => Keyed(Mac::Sm3(Hmac::new(&block.into()))),
        }
    }
}

#[derive(Clone)]
enum State {
    Sha256(Sha256),
    Sm3(Sm3),
}

/// A hash in the making.
#[derive(Clone)]
pub struct Hasher(State);

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(h) => h.update(bytes),
            State::Sm3(h) => h.update(bytes),
        }
    }

    /// The hash of all that was taken.
    #[must_use]
    pub fn finish(self) -> Hash {
        Hash(match self.0 {
            State::Sha256(h) => h.finalize().into(),
            State::Sm3(h) => h.finalize().into(),
        })
    }
}

#[derive(Clone)]
enum Mac {
    Sha256(Hmac<Sha256>),
    Sm3(Hmac<Sm3>),
}

/// A keyed hash whose key (and first bytes) are taken in already; copying it is cheaper than beginning anew.
#[derive(Clone)]
pub struct Keyed(Mac);

impl Keyed {
    /// The same, with more bytes taken in.
    #[must_use]
    pub fn then(&self, bytes: &[u8]) -> Self {
        let mut next = self.clone();
        match &mut next.0 {
            Mac::Sha256(m) => m.update(bytes),
            Mac::Sm3(m) => m.update(bytes),
        }
        next
    }

    /// The keyed hash of what was taken in and these bytes.
    #[must_use]
    pub fn mac(&self, bytes: &[u8]) -> Hash {
        Hash(match self.then(bytes).0 {
            Mac::Sha256(m) => m.finalize().into_bytes().into(),
            Mac::Sm3(m) => m.finalize().into_bytes().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm3_and_sha256_of_abc_are_the_standards() {
        let sm3 = Suite::V1s.bare(b"abc").to_string();
        assert_eq!(sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        let sha = Suite::V1.bare(b"abc").to_string();
        assert_eq!(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_keyed_hash_can_be_taken_in_pieces() {
        for suite in [Suite::V1, Suite::V1s] {
            let keyed = suite.keyed(&Hash([7; 32]));
            assert_eq!(keyed.then(b"subject\0").mac(b"x"), keyed.mac(b"subject\0x"));
        }
        let (a, b) = (Suite::V1.keyed(&Hash([7; 32])), Suite::V1s.keyed(&Hash([7; 32])));
        assert_ne!(a.mac(b"x"), b.mac(b"x"));
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = Hash([0xab; 32]);
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        assert_eq!(Hash::parse(&hash.to_string().to_uppercase()), None);
        assert_eq!(Hash::parse("ab"), None);
    }
}
