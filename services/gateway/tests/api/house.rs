//! The gateway of one test with its stub, and callers that may come from any loopback address.

use crate::stub::Stub;
use reqwest::Method;
use serde_json::{Value, json};
use service_kit::clock::Clock;
use service_kit::config::{Core, Secret};
use service_kit::{Error, Kit};
use std::sync::atomic::{AtomicUsize, Ordering};
use store_kit::sealer;
use testbase::{Answer, Backend, Fixture, Place, Served, block_on};

pub const PASSWORD: &str = "Lantern-harbour-2026";

/// A running gateway.
pub struct House {
    pub served: Served,
    pub stub: Stub,
    pub clock: Clock,
    pub place: Place,
    made: AtomicUsize,
}

/// Settings of a test's own.
pub fn settings() -> gateway::Config {
    let routes = ["echo", "stream", "upload", "slow", "long", "broken", "tiny"]
        .map(|s| (s.to_string(), "catalog".to_string()));
    let mut config = gateway::Config {
        admin_password: Some(Secret(PASSWORD.into())),
        document: r#"{"openapi":"3.1.0","info":{"title":"merged"}}"#.into(),
        routes: routes.into(),
        ..gateway::Config::for_tests()
    };
    config.routes.insert("away".into(), "subjects".into());
    config
}

impl House {
    pub async fn start(backend: Backend, config: gateway::Config) -> Self {
        Self::start_with(Place::new(backend).await, config, |_| {}).await
    }

    pub async fn start_with(place: Place, config: gateway::Config, change: impl FnOnce(&mut Core)) -> Self {
        let stub = Stub::start();
        let mut core = Core { database_url: place.database_url(), ..Core::for_tests(place.dir()) };
        core.urls.insert("catalog".into(), stub.url.clone());
        // Nobody listens on port 1.
        core.urls.insert("subjects".into(), "http://127.0.0.1:1".into());
        change(&mut core);
        let served = Served::start(core, vec![gateway::service(config)]).await.expect("the gateway starts");
        Self { clock: served.core.clock.clone(), served, stub, place, made: AtomicUsize::new(0) }
    }

    pub fn url(&self) -> String {
        self.served.core.url("gateway")
    }

    pub fn kit(&self) -> &Kit {
        self.served.kit("gateway")
    }

    /// Somebody without credentials.
    pub fn anonymous(&self) -> Caller {
        self.from("127.0.0.1")
    }

    /// The same, from another address.
    pub fn from(&self, address: &str) -> Caller {
        let http = reqwest::Client::builder()
            .no_proxy()
            .local_address(address.parse::<std::net::IpAddr>().unwrap())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Caller { url: self.url(), http, token: None, refresh: String::new() }
    }

    pub async fn admin(&self) -> Caller {
        self.anonymous().login("admin", PASSWORD).await
    }

    /// A new account with these roles, logged in with its first password.
    pub async fn account(&self, giver: &Caller, roles: &[&str]) -> (Caller, Value) {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        let body = json!({"username": format!("clerk{n}"), "display_name": "经办人", "department": "nz-rsj",
            "roles": roles, "password": PASSWORD});
        let view = giver.post("/v1/accounts", &body).await.expect(201).json();
        (self.anonymous().login(&format!("clerk{n}"), PASSWORD).await, view)
    }

    /// The detail texts of the audit entries about a target.
    pub async fn audit(&self, target: &str) -> Vec<String> {
        let kit = self.kit();
        sealer::seal_all(&kit.store, &kit.crypto).await.unwrap();
        let lines = kit
            .store
            .read::<_, Error, _>(async |c| Ok(sealer::lines_after(c, 0, 100_000, Some(target)).await?))
            .await
            .unwrap();
        lines.into_iter().map(|l| l.detail).collect()
    }
}

impl Fixture for House {
    fn with<F: AsyncFnOnce(Self)>(backend: Backend, scenario: F) {
        block_on(async { scenario(House::start(backend, settings()).await).await });
    }
}

/// Somebody who calls.
#[derive(Clone)]
pub struct Caller {
    pub url: String,
    pub http: reqwest::Client,
    pub token: Option<String>,
    pub refresh: String,
}

impl Caller {
    pub async fn try_login(&self, username: &str, password: &str) -> Answer {
        self.post("/v1/auth/token", &json!({"username": username, "password": password})).await
    }

    pub async fn login(&self, username: &str, password: &str) -> Self {
        let view = self.try_login(username, password).await.expect(200).json();
        let refresh = view["refresh_token"].as_str().unwrap().to_string();
        Self { refresh, ..self.bearer(view["access_token"].as_str().unwrap()) }
    }

    pub fn bearer(&self, token: &str) -> Self {
        Self { token: Some(token.to_string()), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("content-type", "application/json")], body.to_string().into_bytes())
            .await
    }

    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("if-match", etag)];
        self.send(Method::PATCH, path, &headers, body.to_string().into_bytes()).await
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() || matches!(method, Method::POST) {
            request = request.body(body);
        }
        let line = format!("{method} {path}");
        match request.send().await {
            Ok(answer) => Answer::read(line, answer).await,
            Err(e) => panic!("{line}: no answer: {e:?}"),
        }
    }

    /// A request exactly as written, and the raw answer.
    pub async fn raw(&self, text: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let address = self.url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut out = Vec::new();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), stream.read_to_end(&mut out)).await;
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// The `code` of a problem answer.
pub fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_string()
}
