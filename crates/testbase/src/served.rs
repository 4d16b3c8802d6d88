//! Services running in this process on free ports, as `lianjian serve` runs them; ended with the test.
//!
//! They run on threads of their own, so that a test which blocks does not stop them. Called by `testkit` for the whole
//! suite and by the tests of `service-kit` for a service made up there.

use service_kit::boot::{self, Instance};
use service_kit::config::Core;
use service_kit::{Kit, Service};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

enum End {
    Graceful,
    AtOnce,
}

/// Running services.
pub struct Served {
    /// The settings they run with, all addresses filled in.
    pub core: Core,
    /// Their kits by name.
    pub kits: BTreeMap<&'static str, Kit>,
    end: Option<oneshot::Sender<End>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Starts services on free loopback ports; their addresses are put into `core.urls`. With `LIANJIAN_TEST_LOG=debug`
    /// they log to standard error.
    ///
    /// # Errors
    /// What stopped the start.
    ///
    /// # Panics
    /// When no port or thread can be had.
    pub async fn start(mut core: Core, services: Vec<Arc<dyn Service>>) -> Result<Self, String> {
        if let Ok(filter) = std::env::var("LIANJIAN_TEST_LOG") {
            service_kit::telemetry::init(&filter);
        }
        let mut instances = Vec::new();
        for service in services {
            let listener = boot::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
            let addr = listener.local_addr().expect("an address");
            core.urls.insert(service.name().to_string(), format!("http://{addr}"));
            instances.push(Instance { service, listener });
        }
        let (ready, started) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let settings = core.clone();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                let running = match boot::start(&settings, instances).await {
                    Ok(running) => running,
                    Err(e) => {
                        let _ = ready.send(Err(e.to_string()));
                        return;
                    }
                };
                let _ = ready.send(Ok(running.kits.clone()));
                match ended.await {
                    Ok(End::Graceful) => running.stop().await,
                    Ok(End::AtOnce) | Err(_) => running.halt().await,
                }
            });
        };
        let thread = std::thread::Builder::new().name("served".into()).spawn(run).expect("a thread");
        let kits = started.await.map_err(|_| "the services' thread ended".to_string())??;
        Ok(Self { core, kits, end: Some(end), thread: Some(thread) })
    }

    /// The kit of a service.
    ///
    /// # Panics
    /// When there is no such service.
    #[must_use]
    pub fn kit(&self, service: &str) -> &Kit {
        self.kits.get(service).unwrap_or_else(|| panic!("no service {service} runs here"))
    }

    /// Asks for a graceful stop and returns at once; the handle ends when everything has stopped.
    pub fn begin_stop(&mut self) -> Option<JoinHandle<()>> {
        if let Some(end) = self.end.take() {
            let _ = end.send(End::Graceful);
        }
        self.thread.take()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(End::AtOnce);
        }
        // The stores close when their last kit goes: before the folder under them does.
        self.kits.clear();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
