//! Telling systemd that the process is ready, stopping, alive (sd_notify). Does nothing without `NOTIFY_SOCKET`.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Sends one state; a service manager that is not there is no fault of ours.
pub fn tell(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        _ => SocketAddr::from_pathname(&path),
    };
    let sent = address.and_then(|a| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &a));
    if let Err(e) = sent {
        tracing::debug!(error = %e, "the service manager was not told");
    }
}

/// Says "alive" twice in each period that `WatchdogSec=` sets.
pub async fn watchdog() {
    let Some(period) =
        std::env::var("WATCHDOG_USEC").ok().and_then(|v| v.parse().ok()).map(Duration::from_micros)
    else {
        return;
    };
    let mut timer = tokio::time::interval((period / 2).max(Duration::from_millis(10)));
    loop {
        timer.tick().await;
        tell("WATCHDOG=1");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn without_a_service_manager_nothing_happens() {
        super::tell("READY=1");
    }
}
