//! What the kit promises of every service, shown on one made up here: requests are checked, refused and answered as the
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]
//! conventions say; a change is whole, told and done once; a stop loses nothing.

mod audit;
mod bodies;
mod boot;
mod caller;
mod cursors;
mod feed;
mod full_disk;
mod idempotency;
mod notes;
mod requests;
mod stop;
mod tokens;
mod versions;

use caller::{Caller, Issuer};
use serde_json::{Value, json};
use service_kit::config::Core;
use testbase::{Answer, Backend, Fixture, Place, Served};

/// The made-up service running on a database of its own.
pub struct Probe {
    served: Served,
    issuer: Issuer,
    place: Place,
}

impl Probe {
    async fn start(place: Place) -> Self {
        let core = Core { database_url: place.database_url(), ..Core::for_tests(place.dir()) };
        Self::start_with(place, core).await
    }

    async fn start_with(place: Place, core: Core) -> Self {
        let served = Served::start(core, vec![notes::service()]).await.unwrap();
        let issuer = Issuer::new("key-1");
        served.kit("notes").verifier.learn(&issuer.jwks());
        Self { served, issuer, place }
    }

    fn url(&self) -> String {
        self.served.core.url("notes")
    }

    fn now(&self) -> i64 {
        self.served.core.clock.now().as_second()
    }

    /// Claims of an editor of an organ; a test changes what it is about.
    fn claims(&self, organ: &str, roles: &[&str]) -> Value {
        let now = self.now();
        json!({
            "iss": self.served.core.issuer, "aud": ["lianjian"], "sub": format!("account-{organ}"), "jti": "j", "sid": "s",
            "iat": now, "nbf": now, "exp": now + 900, "dep": organ, "reg": [], "rol": roles, "fld": [],
        })
    }

    /// Somebody of an organ with these roles.
    fn caller(&self, organ: &str, roles: &[&str]) -> Caller {
        Caller::new(&self.url(), Some(self.issuer.token(&self.claims(organ, roles))))
    }

    /// An editor of the organ that most tests are about.
    fn editor(&self) -> Caller {
        self.caller("nz-rsj", &["lead_editor"])
    }

    fn nobody(&self) -> Caller {
        Caller::new(&self.url(), None)
    }

    /// How many notes, audit entries about notes, and events there are.
    async fn counts(&self) -> [i64; 3] {
        notes::counts(&self.served.kit("notes").store).await
    }
}

impl Fixture for Probe {
    fn with<F: AsyncFnOnce(Self)>(backend: Backend, scenario: F) {
        testbase::block_on(async { scenario(Probe::start(Place::new(backend).await).await).await });
    }
}

/// On SQLite only: what has nothing to do with the database.
fn on_sqlite(scenario: impl AsyncFnOnce(Probe)) {
    Probe::with(Backend::Sqlite, scenario);
}

/// The problem in an answer, checked for what every problem has.
fn problem(answer: &Answer, status: u16, code: &str) -> Value {
    answer.expect(status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer}");
    assert!(answer.header("cache-control").is_some_and(|c| c.contains("no-store")), "{answer}");
    let body = answer.json();
    assert_eq!(body["status"], status, "{answer}");
    assert_eq!(body["code"], code, "{answer}");
    assert_eq!(body["type"], format!("urn:lianjian:problem:{code}"), "{answer}");
    for text in ["title", "detail", "instance"] {
        assert!(body[text].is_string(), "no {text}: {answer}");
    }
    assert_eq!(body["trace_id"].as_str(), answer.header("x-trace-id"), "{answer}");
    body
}

/// Where the faults of a problem are and what they are called, sorted.
fn faults(problem: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let mut all: Vec<_> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|e| (text(&e["pointer"]), text(&e["code"])))
        .collect();
    all.sort();
    all
}
