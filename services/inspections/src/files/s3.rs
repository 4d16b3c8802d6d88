//! An S3-compatible store: three requests, each signed by AWS Signature Version 4.
//!
//! Written small instead of taking a client library: put, get and delete of one object is all that is needed, and the hash
//! that the signature wants was computed while the file came in. Keys hold only letters, digits, `-` and `/`, so that nothing
//! needs escaping. Refuses redirects (the HTTP client does) and answers that are not successes. Called by
//! [`super::FileStore`].

use super::{Outgoing, Received};
use crate::config::Config;
use futures_util::TryStreamExt as _;
use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response, Url};
use service_kit::{Error, Result};
use sha2::{Digest as _, Sha256};
use std::io;
use std::time::Duration;

/// Time for one object to go over.
const TRANSFER: Duration = Duration::from_secs(600);
/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A bucket and who may use it.
pub(super) struct Bucket {
    url: Url,
    region: String,
    access_key: String,
    secret_key: String,
    http: reqwest::Client,
}

/// What is signed besides method, path and time.
pub(super) struct Signing<'a> {
    /// Method.
    pub method: &'a str,
    /// Path as it stands in the request line.
    pub path: &'a str,
    /// Headers by lower-case name, sorted; without `x-amz-date`.
    pub headers: Vec<(&'a str, &'a str)>,
    /// SHA-256 of the body, hex.
    pub payload: &'a str,
    /// `20130524T000000Z`.
    pub moment: &'a str,
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// The `Authorization` header of a request (AWS Signature Version 4, service `s3`, no query).
pub(super) fn authorization(
    signing: Signing<'_>,
    region: &str,
    access_key: &str,
    secret_key: &str,
) -> String {
    let Signing { method, path, mut headers, payload, moment } = signing;
    headers.push(("x-amz-date", moment));
    headers.sort_unstable();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let request = format!("{method}\n{path}\n\n{lines}\n{names}\n{payload}");
    let day = moment.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/s3/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
    let key = [region, "s3", "aws4_request"]
        .iter()
        .fold(mac(format!("AWS4{secret_key}").as_bytes(), day), |key, part| mac(&key, part));
    let signature = hex::encode(mac(&key, &text));
    format!("AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}")
}

impl Bucket {
    pub(super) fn new(config: &Config, url: &str, http: reqwest::Client) -> Result<Self> {
        let url: Url = format!("{}/", url.trim_end_matches('/'))
            .parse()
            .map_err(|e| Error::internal(format!("evidence_url: {e}")))?;
        let secret =
            |key: &Option<service_kit::config::Secret>| key.as_ref().map_or("", |s| &s.0).to_string();
        Ok(Self {
            url,
            region: config.evidence_region.clone(),
            access_key: secret(&config.evidence_access_key),
            secret_key: secret(&config.evidence_secret_key),
            http,
        })
    }

    /// A signed request for an object; `more` are further headers to be signed, sorted in by name.
    fn request(
        &self,
        method: Method,
        key: &str,
        payload: &str,
        more: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<RequestBuilder> {
        let url = self.url.join(key).map_err(|e| Error::internal(format!("evidence key: {e}")))?;
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_string(),
        };
        let moment = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = vec![("host", host.as_str()), ("x-amz-content-sha256", payload)];
        headers.extend(more);
        let signing =
            Signing { method: method.as_str(), path: url.path(), headers, payload, moment: &moment };
        let authorization = authorization(signing, &self.region, &self.access_key, &self.secret_key);
        let mut request = self
            .http
            .request(method, url.clone())
            .timeout(TRANSFER)
            .header("x-amz-content-sha256", payload)
            .header("x-amz-date", moment)
            .header("authorization", authorization);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        Ok(request)
    }

    /// Sends an object; the store checks the hash that was signed.
    pub(super) async fn put(
        &self,
        key: &str,
        content: Outgoing,
        file: &Received,
        now: Timestamp,
    ) -> Result<()> {
        let media = file.file_type.media_type();
        // `If-None-Match: *`: a key is written once.
        let more = [("content-type", media), ("if-none-match", "*")];
        let request = self.request(Method::PUT, key, &file.sha256, &more, now)?;
        let body = reqwest::Body::wrap_stream(content);
        answered(request.header("content-length", file.size).body(body)).await.map(drop)
    }

    /// The bytes of an object.
    pub(super) async fn get(&self, key: &str, now: Timestamp) -> Result<Outgoing> {
        let answer = answered(self.request(Method::GET, key, NOTHING, &[], now)?).await?;
        Ok(Box::pin(answer.bytes_stream().map_err(io::Error::other)))
    }

    /// Takes an object away; one that is not there is no fault.
    pub(super) async fn delete(&self, key: &str, now: Timestamp) -> Result<()> {
        answered(self.request(Method::DELETE, key, NOTHING, &[], now)?).await.map(drop)
    }
}

async fn answered(request: RequestBuilder) -> Result<Response> {
    let answer = request.send().await.map_err(|e| Error::unavailable(format!("evidence store: {e}")))?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let start: String = text.chars().take(300).collect();
    Err(Error::unavailable(format!("evidence store answers {status}: {start}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_as_the_standard_example_is() {
        // The `GET Object` example of the Signature Version 4 documentation.
        let signing = Signing {
            method: "GET",
            path: "/test.txt",
            headers: vec![
                ("host", "examplebucket.s3.amazonaws.com"),
                ("range", "bytes=0-9"),
                ("x-amz-content-sha256", NOTHING),
            ],
            payload: NOTHING,
            moment: "20130524T000000Z",
        };
        let header = authorization(
            signing,
            "us-east-1",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        );
        assert_eq!(
            header,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }
}
