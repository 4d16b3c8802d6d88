//! Field encryption, lookup hashes and head signatures, with keys that live outside the database.
//!
//! One provider behind one trait, so that a certified SM2/SM3/SM4 module can take its place (GB/T 39786-2021).
//! Values carry the algorithm's name, so old rows stay readable after a change. Called by `store` modules that keep
//! personal data and by the sealer. Refuses to run with a key of the wrong length.

use crate::error::{StoreError, StoreResult};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as B64;
use rand::RngCore as _;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What the stores need of cryptography.
pub trait CryptoProvider: Send + Sync {
    /// Encrypts a field; `context` (table, column, row id) is bound to it, so that ciphertexts cannot be moved.
    ///
    /// # Errors
    /// [`StoreError::Bug`] when the module fails.
    fn seal(&self, context: &str, plain: &str) -> StoreResult<String>;
    /// Decrypts a field.
    ///
    /// # Errors
    /// [`StoreError::Bug`] when the text, the key or the context is not the one it was sealed with.
    fn open(&self, context: &str, sealed: &str) -> StoreResult<String>;
    /// Keyed hash for exact lookup of an encrypted value, hex.
    fn lookup(&self, kind: &str, plain: &str) -> String;
    /// Signs an audit head, hex; empty when no signing key is set.
    fn sign(&self, bytes: &[u8]) -> String;
    /// Names the signing key.
    fn key_id(&self) -> String;
    /// The signing key's public half, hex.
    fn public_key(&self) -> String;
}

/// AES-256-GCM for fields, SHA-256 for lookup, Ed25519 for heads.
pub struct Standard {
    fields: Aes256Gcm,
    pepper: [u8; 32],
    signer: aws_lc_rs::signature::Ed25519KeyPair,
}

impl Standard {
    /// Builds the provider from 32 bytes of master key: everything else is derived, each with its own label.
    ///
    /// # Errors
    /// [`StoreError::Bug`] when the key material is refused.
    pub fn new(master: &[u8; 32]) -> StoreResult<Self> {
        let derive = |label: &str| -> [u8; 32] {
            let mut h = Sha256::new();
            h.update(b"lianjian/key/v1\0");
            h.update(label.as_bytes());
            h.update(b"\0");
            h.update(master);
            h.finalize().into()
        };
        let signer = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&derive("audit-head"))
            .map_err(|e| StoreError::Bug(format!("audit key: {e}")))?;
        Ok(Self { fields: Aes256Gcm::new(&derive("fields").into()), pepper: derive("lookup"), signer })
    }

    /// As [`Standard::new`], shared.
    ///
    /// # Errors
    /// As [`Standard::new`].
    pub fn shared(master: &[u8; 32]) -> StoreResult<Arc<dyn CryptoProvider>> {
        Ok(Arc::new(Self::new(master)?))
    }
}

impl CryptoProvider for Standard {
    fn seal(&self, context: &str, plain: &str) -> StoreResult<String> {
        let mut nonce = [0u8; 12];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self
            .fields
            .encrypt(&Nonce::from(nonce), Payload { msg: plain.as_bytes(), aad: context.as_bytes() })
            .map_err(|_| StoreError::Bug("encryption failed".into()))?;
        Ok(format!("aes256gcm.{}.{}", B64.encode(nonce), B64.encode(sealed)))
    }

    fn open(&self, context: &str, sealed: &str) -> StoreResult<String> {
        let bad = || StoreError::Bug("an encrypted field cannot be opened".into());
        let mut parts = sealed.split('.');
        let (Some("aes256gcm"), Some(nonce), Some(body), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        let nonce: [u8; 12] = B64.decode(nonce).map_err(|_| bad())?.try_into().map_err(|_| bad())?;
        let body = B64.decode(body).map_err(|_| bad())?;
        let plain = self
            .fields
            .decrypt(&Nonce::from(nonce), Payload { msg: &body, aad: context.as_bytes() })
            .map_err(|_| bad())?;
        String::from_utf8(plain).map_err(|_| bad())
    }

    fn lookup(&self, kind: &str, plain: &str) -> String {
        let mut h = Sha256::new();
        h.update(self.pepper);
        h.update(kind.as_bytes());
        h.update(b"\0");
        h.update(plain.as_bytes());
        // Hashed twice, so that nothing can be appended to a known hash.
        let inner = h.finalize();
        let mut outer = Sha256::new();
        outer.update(self.pepper);
        outer.update(inner);
        hex::encode(outer.finalize())
    }

    fn sign(&self, bytes: &[u8]) -> String {
        hex::encode(self.signer.sign(bytes).as_ref())
    }

    fn key_id(&self) -> String {
        self.key_id_of()
    }

    fn public_key(&self) -> String {
        use aws_lc_rs::signature::KeyPair as _;
        hex::encode(self.signer.public_key().as_ref())
    }
}

impl Standard {
    fn key_id_of(&self) -> String {
        key_id(&self.public_key())
    }
}

/// Names a public key: the first 16 hex digits of its SHA-256.
#[must_use]
pub fn key_id(public_key_hex: &str) -> String {
    let bytes = hex::decode(public_key_hex).unwrap_or_default();
    hex::encode(Sha256::digest(bytes)).chars().take(16).collect()
}

/// Checks an Ed25519 signature; all arguments but the message are hex.
#[must_use]
pub fn verify(public_key_hex: &str, message: &[u8], signature_hex: &str) -> bool {
    let (Ok(key), Ok(signature)) = (hex::decode(public_key_hex), hex::decode(signature_hex)) else {
        return false;
    };
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, key)
        .verify(message, &signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_field_opens_only_in_its_own_place() {
        let p = Standard::new(&[7; 32]).unwrap();
        let sealed = p.seal("contact/mobile/1", "13800000001").unwrap();
        assert_eq!(p.open("contact/mobile/1", &sealed).unwrap(), "13800000001");
        assert!(p.open("contact/mobile/2", &sealed).is_err());
        assert!(Standard::new(&[8; 32]).unwrap().open("contact/mobile/1", &sealed).is_err());
        assert_ne!(sealed, p.seal("contact/mobile/1", "13800000001").unwrap());
    }

    #[test]
    fn a_head_signature_is_bound_to_its_bytes() {
        let p = Standard::new(&[7; 32]).unwrap();
        let signature = p.sign(b"head");
        assert!(verify(&p.public_key(), b"head", &signature));
        assert!(!verify(&p.public_key(), b"heap", &signature));
    }
}
