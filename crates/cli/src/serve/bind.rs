//! Sockets and URLs: all are bound before any service starts, so that each knows where the others answer.
//!
//! A service behind the gateway whose usual port is taken gets a free one on loopback, when everything runs here and
//! nobody said where it should listen: the port is internal. The gateway's own port is never changed silently.

use crate::exit::{Exit, Failure, Result};
use crate::settings::{Endpoint, Settings};
use service_kit::Service;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

/// Listeners in the order of the services, and the URL of every service, here or elsewhere.
pub struct Bound {
    /// One per service given.
    pub listeners: Vec<TcpListener>,
    /// By name.
    pub urls: BTreeMap<String, String>,
}

/// Binds each service's address.
///
/// # Errors
/// Exit code 6 with the address that is taken.
pub fn all(settings: &Settings, services: &[Arc<dyn Service>], is_all: bool) -> Result<Bound> {
    let endpoints: BTreeMap<&str, Endpoint> = settings.endpoints().into_iter().collect();
    let mut urls: BTreeMap<String, String> = endpoints
        .iter()
        .map(|(name, e)| ((*name).to_string(), e.url.clone().unwrap_or_else(|| url(e.address()))))
        .collect();
    let mut listeners = Vec::new();
    for service in services {
        let name = service.name();
        let endpoint = endpoints
            .get(name)
            .ok_or_else(|| Failure::new(Exit::Other, format!("{name} has no section in the settings")))?;
        let may_move = is_all && endpoint.addr.is_none() && !service.forwards();
        let listener = one(name, endpoint, may_move)?;
        let addr = listener.local_addr().map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
        if endpoint.url.is_none() {
            urls.insert(name.to_string(), url(addr));
        }
        listeners.push(listener);
    }
    Ok(Bound { listeners, urls })
}

fn one(name: &str, endpoint: &Endpoint, may_move: bool) -> Result<TcpListener> {
    let addr = endpoint.address();
    let e = match TcpListener::bind(addr) {
        Ok(listener) => return Ok(listener),
        Err(e) => e,
    };
    if may_move && e.kind() == std::io::ErrorKind::AddrInUse {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        if let Ok(listener) = TcpListener::bind(free) {
            tracing::info!(service = name, taken = %addr, "the usual port is taken, another is used");
            return Ok(listener);
        }
    }
    let variable = format!("LIANJIAN_{}_ADDR", name.to_ascii_uppercase());
    let exit = if e.kind() == std::io::ErrorKind::AddrInUse { Exit::Conflict } else { Exit::Usage };
    Err(Failure::new(
        exit,
        format!(
            "{name} cannot listen on {addr}: {e}\nanother program has it, or another lianjian runs; {variable} chooses another address"
        ),
    ))
}

/// How others on this machine reach an address.
fn url(addr: SocketAddr) -> String {
    let ip = if addr.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { addr.ip() };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_port_that_is_taken_moves_and_a_chosen_one_does_not() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let usual = Endpoint { addr: None, url: None, port };
        assert_ne!(one("catalog", &usual, true).unwrap().local_addr().unwrap().port(), port);
        let e = one("gateway", &usual, false).unwrap_err();
        assert!(e.exit == Exit::Conflict && e.message.contains("LIANJIAN_GATEWAY_ADDR"), "{}", e.message);
    }

    #[test]
    fn an_address_for_all_is_reached_by_loopback() {
        assert_eq!(url("0.0.0.0:8080".parse().unwrap()), "http://127.0.0.1:8080");
        assert_eq!(url("[::1]:80".parse().unwrap()), "http://[::1]:80");
    }
}
