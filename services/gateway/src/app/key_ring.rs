//! The token signing keys: Ed25519, sealed at rest, one active; issuing tokens with it.
//!
//! A rotated key stays in the JWKS until the last token signed with it has expired. Called by everything that issues
//! tokens, by the JWKS endpoint and by the task that looks for keys rotated by another replica.

use crate::store::signing_key::{SigningKeyRow, signing_key_list};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use service_kit::auth::Claims;
use service_kit::auth::verifier::SUITE;
use service_kit::{Error, Kit, Result};
use std::sync::{Arc, RwLock};
use store_kit::types::Stamp;
use uuid::Uuid;

struct Current {
    kid: String,
    key: EncodingKey,
    jwks: serde_json::Value,
}

/// The keys in use.
#[derive(Default)]
pub struct KeyRing(RwLock<Option<Arc<Current>>>);

/// For whom a token is, and until when.
pub struct Grant<'a> {
    /// Account id, `client:<id>` or `service:<name>`.
    pub subject: &'a str,
    /// Session id.
    pub session: String,
    /// Organ code.
    pub department: &'a str,
    /// Region codes.
    pub regions: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// Extra field rights.
    pub fields: Vec<String>,
    /// Second before which tokens of the subject do not count.
    pub not_before: i64,
    /// Life, minutes.
    pub minutes: u32,
    /// Last second, when the credentials end earlier.
    pub latest: Option<i64>,
}

/// A token and how long it counts.
pub struct Issued {
    /// The token.
    pub token: String,
    /// Seconds.
    pub expires_in: i64,
}

/// A fresh key, sealed, in the state `active`.
///
/// # Errors
/// 500 when the random source or the key provider fails.
pub fn fresh_key(kit: &Kit) -> Result<SigningKeyRow> {
    let bug = |what: &str| Error::internal(format!("signing key: {what}"));
    let der = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new())
        .map_err(|_| bug("cannot be made"))?;
    let pair = Ed25519KeyPair::from_pkcs8(der.as_ref()).map_err(|_| bug("does not read back"))?;
    let kid = Uuid::now_v7().simple().to_string();
    let sealed = kit.crypto.seal(&context(&kid), &STANDARD_NO_PAD.encode(der.as_ref()))?;
    Ok(SigningKeyRow {
        public_x: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        sealed,
        state: "active".to_string(),
        created_at: Stamp::from(kit.clock.now()),
        retires_at: None,
        kid,
    })
}

fn context(kid: &str) -> String {
    format!("signing_key/sealed/{kid}")
}

impl KeyRing {
    /// Reads the keys and teaches the gateway's own verifier.
    ///
    /// # Errors
    /// The store's; 500 when the active key cannot be opened (the master key is another one).
    pub async fn load(&self, kit: &Kit) -> Result<()> {
        let rows = kit.store.read::<_, Error, _>(async |c| Ok(signing_key_list(c).await?)).await?;
        let jwks = jwks(&rows);
        let active = rows
            .iter()
            .find(|r| r.state == "active")
            .ok_or_else(|| Error::internal("no active signing key"))?;
        let is_known = self.current().is_some_and(|c| c.kid == active.kid && c.jwks == jwks);
        if is_known {
            return Ok(());
        }
        let der = kit.crypto.open(&context(&active.kid), &active.sealed)?;
        let der = STANDARD_NO_PAD.decode(der).map_err(|_| Error::internal("signing key: not base64"))?;
        let set: JwkSet =
            serde_json::from_value(jwks.clone()).map_err(|e| Error::internal(format!("jwks: {e}")))?;
        kit.verifier.learn(&set);
        let current = Current { kid: active.kid.clone(), key: EncodingKey::from_ed_der(&der), jwks };
        *self.0.write().unwrap_or_else(|e| e.into_inner()) = Some(Arc::new(current));
        Ok(())
    }

    fn current(&self) -> Option<Arc<Current>> {
        self.0.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// The public keys that verify living tokens.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        self.current().map_or_else(|| serde_json::json!({"keys": []}), |c| c.jwks.clone())
    }

    /// Signs a token.
    ///
    /// # Errors
    /// 503 before the keys are loaded, 500 when signing fails.
    pub fn issue(&self, kit: &Kit, grant: Grant<'_>) -> Result<Issued> {
        let current = self.current().ok_or_else(|| Error::unavailable("no signing key yet"))?;
        let Grant { subject, session, department, regions, roles, fields, not_before, minutes, latest } =
            grant;
        let now = kit.clock.now().as_second();
        // A revocation of this very second concerns tokens issued before it, not the one issued after it.
        let iat = now.max(not_before);
        let exp = (now + i64::from(minutes) * 60).min(latest.unwrap_or(i64::MAX));
        let claims = Claims {
            iss: kit.core.issuer.clone(),
            aud: vec![SUITE.to_string()],
            sub: subject.to_string(),
            jti: Uuid::new_v4().simple().to_string(),
            sid: session,
            iat,
            nbf: now,
            exp,
            dep: department.to_string(),
            reg: regions,
            rol: roles,
            fld: fields,
        };
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(current.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = jsonwebtoken::encode(&header, &claims, &current.key)
            .map_err(|e| Error::internal(format!("token: {e}")))?;
        Ok(Issued { token, expires_in: (exp - now).max(0) })
    }

    /// The gateway's own token for calling a service.
    ///
    /// # Errors
    /// As [`KeyRing::issue`].
    pub fn own_token(&self, kit: &Kit) -> Result<String> {
        let issued = self.issue(
            kit,
            Grant {
                subject: "service:gateway",
                session: "service:gateway".to_string(),
                department: "",
                regions: Vec::new(),
                roles: Vec::new(),
                fields: Vec::new(),
                not_before: 0,
                minutes: 1,
                latest: None,
            },
        )?;
        Ok(issued.token)
    }
}

fn jwks(rows: &[SigningKeyRow]) -> serde_json::Value {
    let keys: Vec<_> = rows
        .iter()
        .filter(|r| r.state != "retired")
        .map(|r| serde_json::json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": r.kid, "x": r.public_x}))
        .collect();
    serde_json::json!({"keys": keys})
}
