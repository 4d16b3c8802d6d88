//! Random secrets, the form of API keys, and what of them is stored.
//!
//! Secrets have 256 random bits, so a plain SHA-256 is enough to store them by: there is nothing to guess. Comparison
//! takes the same time whatever is given. Called when credentials are made and checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// 256 random bits, base64url.
#[must_use]
pub fn random() -> String {
    B64.encode(rand::random::<[u8; 32]>())
}

/// 256 random bits, hex.
#[must_use]
pub fn random_hex() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// A password that people can type once: four groups of five without look-alike characters, about 98 bits.
#[must_use]
pub fn one_time_password() -> String {
    const LETTERS: &[u8; 30] = b"abcdefghjkmnpqrstuvwxyz2345678";
    let mut out = String::with_capacity(23);
    for group in 0..4 {
        if group > 0 {
            out.push('-');
        }
        for _ in 0..5 {
            let at = rand::random_range(0..LETTERS.len());
            out.push(LETTERS.get(at).copied().map_or('x', char::from));
        }
    }
    out
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether a secret is the one behind a stored hash, in constant time.
#[must_use]
pub fn matches(secret: &str, stored: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(hash(secret).as_bytes(), stored.as_bytes()).is_ok()
}

/// Whether two secrets are equal, in constant time.
#[must_use]
pub fn equal(a: &str, b: &str) -> bool {
    matches(a, &hash(b))
}

/// The key that a system sends in `X-API-Key`.
#[must_use]
pub fn api_key(client: Uuid, secret: &str) -> String {
    format!("lj_{}_{secret}", client.simple())
}

/// The parts of an API key.
#[must_use]
pub fn read_api_key(text: &str) -> Option<(Uuid, &str)> {
    let (id, secret) = text.strip_prefix("lj_")?.split_once('_')?;
    let fits = id.len() == 32 && secret.len() == 64 && secret.bytes().all(|b| b.is_ascii_hexdigit());
    if fits { Uuid::try_parse(id).ok().map(|id| (id, secret)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_reads_back() {
        let (id, secret) = (Uuid::now_v7(), random_hex());
        let key = api_key(id, &secret);
        assert_eq!(read_api_key(&key), Some((id, secret.as_str())));
        for bad in ["", "lj_", "lj__", "lj_1_2", &key[1..], &key[..key.len() - 1]] {
            assert_eq!(read_api_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_same_secret_matches() {
        let secret = random();
        assert!(matches(&secret, &hash(&secret)));
        assert!(!matches("", &hash(&secret)) && !equal("a", "b") && equal("a", "a"));
        assert!(super::super::password::faults(&one_time_password(), "admin").is_empty());
    }
}
