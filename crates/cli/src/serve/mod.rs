//! `lianjian serve`: everything, or some services, in one process.
//!
//! Settings are checked, keys opened, sockets bound, then the services start; a fault in any step ends the process with
//! its exit code before the next begins. The first SIGTERM or SIGINT drains and exits 0, a second one ends at once. It
//! refuses to know what a service does.

mod banner;
mod bind;
mod memory;
mod notify;

use crate::exit::{Exit, Failure, Result};
use crate::settings::{Loaded, Settings, secrets};
use service_kit::Service;
use service_kit::boot::{self, Instance};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Runs until told to stop.
///
/// # Errors
/// The first step that fails.
pub fn run(loaded: Loaded, target: &str) -> Result {
    memory::settle();
    let settings = loaded.settings;
    service_kit::telemetry::init(&settings.log);
    service_kit::common::install_metrics();
    let services = chosen(&settings, target)?;
    let keys = secrets::open(&settings)?;
    if keys.is_new && target != "all" {
        tracing::warn!(
            "new keys were made; every process of the deployment needs the same master.key and service.key"
        );
    }
    actix_web::rt::System::new().block_on(serve(settings, services, keys, target == "all"))
}

/// The services named by `--target`, the gateway last: it starts when the others are there and stops before them.
fn chosen(settings: &Settings, target: &str) -> Result<Vec<Arc<dyn Service>>> {
    let mut all = suite::services(settings.suite())?;
    all.sort_by_key(|s| s.forwards());
    if target == "all" {
        return Ok(all);
    }
    let names: Vec<&str> = target.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
    if let Some(unknown) = names.iter().find(|n| !all.iter().any(|s| s.name() == **n)) {
        let known: Vec<&str> = all.iter().map(|s| s.name()).collect();
        return Err(Failure::usage(format!("--target {unknown}: known are all, {}", known.join(", "))));
    }
    if names.is_empty() {
        return Err(Failure::usage("--target names no service"));
    }
    all.retain(|s| names.contains(&s.name()));
    Ok(all)
}

/// Checks a `--target` without starting anything.
///
/// # Errors
/// Exit code 2 for a name that no service has.
pub fn check_target(settings: &Settings, target: &str) -> Result {
    chosen(settings, target).map(|_| ())
}

async fn serve(
    settings: Settings,
    services: Vec<Arc<dyn Service>>,
    keys: secrets::Keys,
    is_all: bool,
) -> Result {
    // Before anything starts, so that no signal finds the process without an ear.
    let mut signals = Signals::new()?;
    let bound = bind::all(&settings, &services, is_all)?;
    let core = settings.core(&keys, bound.urls.clone());
    let instances = services
        .into_iter()
        .zip(bound.listeners)
        .map(|(service, listener)| Instance { service, listener })
        .collect();
    let running = tokio::select! {
        started = boot::start(&core, instances) => started?,
        // A start may wait for PostgreSQL; it need not be waited for.
        name = signals.next() => {
            tracing::info!(signal = name, "stopped while starting");
            return Ok(());
        }
    };
    banner::print(&settings, &core, &running.addresses, settings.gateway.first_password.take().as_deref())?;
    notify::tell("READY=1");
    let watchdog = actix_web::rt::spawn(notify::watchdog());
    let name = signals.next().await;
    tracing::info!(signal = name, "stopping");
    notify::tell("STOPPING=1");
    actix_web::rt::spawn(async move {
        let name = signals.next().await;
        tracing::warn!(signal = name, "ended at the second signal");
        std::process::exit(i32::from(Exit::Interrupted as u8));
    });
    // Draining, the jobs' last words and the sealer each have their own bound; this one is for what has none.
    let bound = Duration::from_secs(settings.drain_seconds + 25);
    let is_stopped = tokio::time::timeout(bound, running.stop()).await.is_ok();
    watchdog.abort();
    if !is_stopped {
        return Err(Failure::new(
            Exit::Other,
            format!("the stop took more than {} s and was cut off", bound.as_secs()),
        ));
    }
    tracing::info!("stopped");
    Ok(())
}

/// The two signals that mean "stop".
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(|e| Failure::new(Exit::Other, format!("signals: {e}")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
