//! Visit codes: what a subject scans to see who has come and why (入企扫码、亮码检查, ENF-09).
//!
//! A code is `<payload>.<signature>` in unpadded base64url: 16 bytes id, 8 bytes end as seconds since 1970 (big-endian), and
//! an Ed25519 signature over [`message`]. Anybody with the service's public key can check it without asking us; whether it
//! was revoked only we can say. The key is derived from the master key and never in the database. Called by the app
//! functions of visit codes and of arrivals.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use uuid::Uuid;

/// Longest text that is looked at.
pub const MAX_LENGTH: usize = 200;

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Id of the code's row.
    pub id: Uuid,
    /// First second in which it no longer counts.
    pub expires: i64,
}

/// The bytes that are signed: a label, so that the key's signatures under other things are none under a code.
#[must_use]
pub fn message(payload: Payload) -> Vec<u8> {
    let mut out = b"lianjian/visit-code/v1\0".to_vec();
    out.extend_from_slice(&bytes(payload));
    out
}

fn bytes(payload: Payload) -> Vec<u8> {
    let mut out = payload.id.as_bytes().to_vec();
    out.extend_from_slice(&payload.expires.to_be_bytes());
    out
}

/// The text of a code; none when the signature is no hex.
#[must_use]
pub fn write(payload: Payload, signature_hex: &str) -> Option<String> {
    let signature = hex::decode(signature_hex).ok()?;
    Some(format!("{}.{}", B64.encode(bytes(payload)), B64.encode(signature)))
}

/// What a text says, and its signature in hex; none when it is no code. Says nothing about the signature.
#[must_use]
pub fn read(text: &str) -> Option<(Payload, String)> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let (payload, signature) = text.split_once('.')?;
    let (payload, signature) = (B64.decode(payload).ok()?, B64.decode(signature).ok()?);
    let (id, expires) = payload.split_at_checked(16)?;
    if signature.len() != 64 {
        return None;
    }
    let id = Uuid::from_slice(id).ok()?;
    let expires = i64::from_be_bytes(expires.try_into().ok()?);
    Some((Payload { id, expires }, hex::encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let payload = Payload { id: Uuid::from_u128(7), expires: 1_795_000_000 };
        let text = write(payload, &"ab".repeat(64)).unwrap();
        assert_eq!(text.len(), 32 + 1 + 86);
        assert_eq!(read(&text), Some((payload, "ab".repeat(64))));
        for bad in [
            "",
            ".",
            "AAAA.AAAA",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!("{text}="),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,220}") {
            let _ = read(&text);
        }
    }
}
