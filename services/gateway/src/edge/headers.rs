//! Headers on their way to a service and back.
//!
//! On the way in: hop-by-hop headers go (RFC 9110 §7.6.1), so does everything by which another proxy would vouch for an
//! identity or an address; the services trust the signed token alone, this is the second fence (S19). On the way back:
//! hop-by-hop headers go, and places of shared endpoints get the service's name. actix speaks `http` 0.2 and hyper
//! `http` 1, so each name and value is carried over. Called by the proxy.

use actix_web::http::header as outer;
use hyper::header as inner;

/// Whether a request header ends at the gateway.
#[must_use]
pub fn is_stripped(name: &str) -> bool {
    match name {
        "connection"
        | "keep-alive"
        | "proxy-authenticate"
        | "proxy-authorization"
        | "proxy-connection"
        | "te"
        | "trailer"
        | "transfer-encoding"
        | "upgrade"
        | "expect"
        | "host"
        | "content-length"
        | "forwarded"
        | "from-source"
        | "traceparent"
        | "via" => true,
        _ => match name.strip_prefix("x-") {
            None => false,
            Some(rest) => {
                rest.starts_with("forwarded")
                    || rest.starts_with("user")
                    || rest.starts_with("dept")
                    || rest.starts_with("department")
                    || rest.starts_with("role")
                    || rest.starts_with("original-")
                    || rest.starts_with("rewrite-")
                    || matches!(
                        rest,
                        "real-ip"
                            | "client-ip"
                            | "api-key"
                            | "http-method-override"
                            | "http-method"
                            | "method-override"
                    )
            }
        },
    }
}

/// Copies what may pass.
pub fn copy_in(from: &outer::HeaderMap, to: &mut inner::HeaderMap) {
    let named = named_by_connection(from);
    for (name, value) in from {
        let name = name.as_str();
        if is_stripped(name) || named.as_ref().is_some_and(|n| n.iter().any(|x| x == name)) {
            continue;
        }
        if let (Ok(name), Ok(value)) =
            (inner::HeaderName::from_bytes(name.as_bytes()), inner::HeaderValue::from_bytes(value.as_bytes()))
        {
            to.append(name, value);
        }
    }
}

/// Headers that `Connection` declares to be for this hop only.
fn named_by_connection(from: &outer::HeaderMap) -> Option<Vec<String>> {
    let value = from.get(outer::CONNECTION)?;
    if value.as_bytes().eq_ignore_ascii_case(b"keep-alive") || value.as_bytes().eq_ignore_ascii_case(b"close")
    {
        return None;
    }
    let texts = from.get_all(outer::CONNECTION).filter_map(|v| v.to_str().ok());
    Some(
        texts
            .flat_map(|t| t.split(','))
            .map(|t| t.trim().to_ascii_lowercase())
            // Nobody may have the credentials dropped on the way.
            .filter(|t| {
                !matches!(t.as_str(), "authorization" | "content-type" | "if-match" | "idempotency-key")
            })
            .collect(),
    )
}

/// Copies an answer's headers, naming the service in places of shared endpoints.
pub fn copy_out(from: &inner::HeaderMap, to: &mut outer::HeaderMap, service: &str) {
    for (name, value) in from {
        let text = name.as_str();
        if matches!(
            text,
            "connection"
                | "keep-alive"
                | "proxy-connection"
                | "transfer-encoding"
                | "content-length"
                | "upgrade"
                | "trailer"
                | "te"
                | "server"
                | "date"
                | "via"
        ) {
            continue;
        }
        let Ok(name) = outer::HeaderName::from_bytes(text.as_bytes()) else { continue };
        let value = match text {
            "location" | "content-location" | "link" => named(value.as_bytes(), service),
            _ => outer::HeaderValue::from_bytes(value.as_bytes()),
        };
        if let Ok(value) = value {
            to.append(name, value);
        }
    }
}

/// `/v1/operations/…` of a service is `/<service>/v1/operations/…` out here.
fn named(value: &[u8], service: &str) -> Result<outer::HeaderValue, outer::InvalidHeaderValue> {
    let Ok(text) = std::str::from_utf8(value) else { return outer::HeaderValue::from_bytes(value) };
    let mut out = text.to_string();
    for path in ["/v1/operations/", "/v1/feed", "/v1/audit-entries", "/v1/audit-heads"] {
        if let Some(rest) = out.strip_prefix(path) {
            out = format!("/{service}{path}{rest}");
        } else if out.contains(&format!("<{path}")) {
            out = out.replace(&format!("<{path}"), &format!("</{service}{path}"));
        }
    }
    outer::HeaderValue::from_str(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_vouch_for_himself_by_header() {
        for gone in [
            "x-user-id",
            "x-dept",
            "x-dept-id",
            "from-source",
            "x-forwarded-for",
            "forwarded",
            "x-real-ip",
            "x-api-key",
            "transfer-encoding",
            "te",
            "x-original-url",
            "x-roles",
            "proxy-authorization",
        ] {
            assert!(is_stripped(gone), "{gone}");
        }
        for kept in ["authorization", "if-match", "content-type", "accept", "x-request-id", "idempotency-key"]
        {
            assert!(!is_stripped(kept), "{kept}");
        }
    }

    #[test]
    fn headers_named_by_connection_end_here_but_never_the_credentials() {
        let mut from = outer::HeaderMap::new();
        from.insert(outer::CONNECTION, outer::HeaderValue::from_static("close, X-Hop, Authorization"));
        from.insert("x-hop".parse().unwrap(), outer::HeaderValue::from_static("1"));
        from.insert(outer::AUTHORIZATION, outer::HeaderValue::from_static("Bearer x"));
        let mut to = inner::HeaderMap::new();
        copy_in(&from, &mut to);
        assert_eq!(to.keys().map(|k| k.as_str()).collect::<Vec<_>>(), ["authorization"]);
    }

    #[test]
    fn places_of_shared_endpoints_get_the_services_name() {
        for (given, want) in [
            ("/v1/operations/1", "/subjects/v1/operations/1"),
            ("/v1/subjects/1", "/v1/subjects/1"),
            (
                "</v1/operations/1/faults?cursor=x>; rel=\"next\"",
                "</subjects/v1/operations/1/faults?cursor=x>; rel=\"next\"",
            ),
        ] {
            assert_eq!(named(given.as_bytes(), "subjects").unwrap(), want);
        }
    }
}
