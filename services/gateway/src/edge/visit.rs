//! What the gate found out about a request: where it comes from, who calls, what the limiter said.
//!
//! Handlers that need the caller's address (login) take a [`Visit`] as an argument.

use super::limits::Verdict;
use crate::domain::network::Network;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use service_kit::{Error, Identity};
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;

/// One request at the gate.
#[derive(Clone, Debug)]
pub struct Visit(pub Rc<Findings>);

/// The parts of a [`Visit`].
#[derive(Clone, Debug)]
pub struct Findings {
    /// Address of the caller, behind trusted proxies.
    pub address: IpAddr,
    /// Whether the caller came by TLS.
    pub is_https: bool,
    /// The host that the caller asked for.
    pub host: Option<HeaderValue>,
    /// The caller's origin, when it is an allowed one.
    pub origin: Option<HeaderValue>,
    /// What the limiter said.
    pub verdict: Option<Verdict>,
    /// The caller, when his credentials count.
    pub identity: Option<Arc<Identity>>,
}

impl Findings {
    /// Address, protocol and host; forwarding headers count only when a trusted proxy sent them.
    #[must_use]
    pub fn of(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network], behind_tls: bool) -> Self {
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let host = headers.get("host").cloned();
        let mut found =
            Self { address: peer, is_https: behind_tls, host, origin: None, verdict: None, identity: None };
        let is_trusted = |a: IpAddr| trusted.iter().any(|n| n.contains(a));
        if trusted.is_empty() || !is_trusted(peer) {
            return found;
        }
        // From the right: each proxy appended the address it saw; the first one that is not ours is the caller.
        let chain: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|h| h.to_str().ok())
            .flat_map(|h| h.split(','))
            .map(str::trim)
            .collect();
        for text in chain.iter().rev() {
            let Ok(address) = text.parse::<IpAddr>() else { break };
            found.address = address;
            if !is_trusted(address) {
                break;
            }
        }
        if let Some(proto) = headers.get("x-forwarded-proto") {
            found.is_https = proto.as_bytes().eq_ignore_ascii_case(b"https");
        }
        if let Some(host) = headers.get("x-forwarded-host") {
            found.host = Some(host.clone());
        }
        found
    }
}

impl std::ops::Deref for Visit {
    type Target = Findings;
    fn deref(&self) -> &Findings {
        &self.0
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = req.extensions().get::<Visit>().cloned();
        ready(visit.ok_or_else(|| Error::internal("a handler of the gateway runs without its gate")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &'static str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for".parse().unwrap(), HeaderValue::from_static(forwarded));
        let trusted: Vec<Network> = trusted.iter().map(|t| t.parse().unwrap()).collect();
        Findings::of(Some(peer.parse().unwrap()), &headers, &trusted, false).address.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_may_say_who_calls() {
        for (peer, forwarded, trusted, want) in [
            ("10.0.0.9", "1.2.3.4", &[][..], "10.0.0.9"),
            ("10.0.0.9", "1.2.3.4", &["10.0.0.0/8"][..], "1.2.3.4"),
            ("192.0.2.1", "1.2.3.4", &["10.0.0.0/8"][..], "192.0.2.1"),
            ("10.0.0.9", "6.6.6.6, 1.2.3.4, 10.0.0.7", &["10.0.0.0/8"][..], "1.2.3.4"),
            ("10.0.0.9", "1.2.3.4, nonsense", &["10.0.0.0/8"][..], "10.0.0.9"),
        ] {
            assert_eq!(address(peer, forwarded, trusted), want, "{forwarded}");
        }
    }
}
