//! Who calls in these tests, and with what: tokens signed here, requests as a stranger would send them.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use reqwest::Method;
use serde_json::{Value, json};
use testbase::Answer;

/// Signs tokens, well and badly.
pub struct Issuer {
    kid: String,
    pair: Ed25519KeyPair,
}

impl Issuer {
    pub fn new(kid: &str) -> Self {
        Self { kid: kid.to_string(), pair: Ed25519KeyPair::generate().unwrap() }
    }

    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub fn jwks(&self) -> jsonwebtoken::jwk::JwkSet {
        let key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid,
            "x": B64.encode(self.public_key())});
        serde_json::from_value(json!({"keys": [key]})).unwrap()
    }

    pub fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid})
    }

    /// A good signature over these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header(), claims)
    }

    /// A good signature over any header and claims.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = B64.encode(self.pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }
}

/// Header and claims without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()))
}

/// Somebody with or without a token.
#[derive(Clone)]
pub struct Caller {
    url: String,
    token: Option<String>,
    http: reqwest::Client,
}

impl Caller {
    pub fn new(url: &str, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url: url.to_string(), token, http }
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() || method == Method::POST || method == Method::PATCH {
            request = request.body(body);
        }
        let answer = request.send().await.unwrap_or_else(|e| panic!("{method} {path}: {e:?}"));
        Answer::read(format!("{method} {path}"), answer).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, &[], body).await
    }

    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", path, &all, body.to_string().into_bytes()).await
    }

    pub async fn patch(&self, path: &str, etag: Option<&str>, body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(etag.map(|e| ("if-match", e)));
        self.send("PATCH", path, &all, body.to_string().into_bytes()).await
    }
}
