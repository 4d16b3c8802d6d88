//! Who calls: nobody, a stranger with a token, or an account that logs in again when its token runs out.
//!
//! Requests go through the gateway over real HTTP. A caller moves with the suite's clock: when a test advances it by a
//! week, the next request logs in first, as a person would.

use crate::Suite;
use reqwest::Method;
use serde_json::{Value, json};
use service_kit::clock::Clock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use testbase::Answer;

/// Password of the first administrator in tests.
pub const ADMIN_PASSWORD: &str = "Test-admin-2026!";
/// Roles that the security administrator gives.
const ADMINISTRATORS: [&str; 3] = ["system_admin", "security_admin", "audit_admin"];

/// A name and password, and the token they gave.
#[derive(Clone)]
struct Login {
    username: String,
    password: String,
    token: Arc<Mutex<(String, i64)>>,
}

#[derive(Clone)]
enum Credentials {
    None,
    Bearer(String),
    Login(Login),
}

/// Somebody who calls.
#[derive(Clone)]
pub struct Caller {
    url: String,
    http: reqwest::Client,
    clock: Clock,
    credentials: Credentials,
    account: Value,
}

impl Caller {
    pub(crate) fn anonymous(url: &str, http: &reqwest::Client, clock: &Clock) -> Self {
        Self {
            url: url.to_string(),
            http: http.clone(),
            clock: clock.clone(),
            credentials: Credentials::None,
            account: Value::Null,
        }
    }

    pub(crate) fn bearer(url: &str, http: &reqwest::Client, clock: &Clock, token: &str) -> Self {
        Self { credentials: Credentials::Bearer(token.to_string()), ..Self::anonymous(url, http, clock) }
    }

    /// The same caller at another address, such as a service behind the gateway.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_string(), ..self.clone() }
    }

    pub(crate) async fn login(&self, username: &str, password: &str) -> Self {
        let login =
            Login { username: username.to_string(), password: password.to_string(), token: Arc::default() };
        let mut caller = Self { credentials: Credentials::Login(login), ..self.clone() };
        caller.account = caller.get("/v1/accounts/me").await.expect(200).json();
        caller
    }

    /// The caller's account as the gateway shows it: `id`, `username`, `department`, `roles`.
    #[must_use]
    pub fn account(&self) -> &Value {
        &self.account
    }

    /// Id of the caller's account.
    ///
    /// # Panics
    /// For a caller without one.
    #[must_use]
    pub fn id(&self) -> String {
        self.account["id"].as_str().expect("a caller with an account").to_string()
    }

    /// The password of the caller's account, if it has one.
    #[must_use]
    pub fn password(&self) -> Option<String> {
        match &self.credentials {
            Credentials::Login(login) => Some(login.password.clone()),
            Credentials::None | Credentials::Bearer(_) => None,
        }
    }

    /// The access token in use, if any; logs in when it must.
    ///
    /// # Panics
    /// When the login is refused.
    pub async fn token(&self) -> Option<String> {
        let login = match &self.credentials {
            Credentials::None => return None,
            Credentials::Bearer(token) => return Some(token.clone()),
            Credentials::Login(login) => login,
        };
        let now = self.clock.now().as_second();
        let (token, until) = login.token.lock().unwrap().clone();
        if now + 10 < until {
            return Some(token);
        }
        let body = json!({"username": login.username, "password": login.password});
        let request = self.http.post(format!("{}/v1/auth/token", self.url)).json(&body);
        let line = format!("POST /v1/auth/token ({})", login.username);
        let answer = request.send().await.unwrap_or_else(|e| panic!("{line}: {e:?}"));
        let answer = Answer::read(line, answer).await;
        let view = answer.expect(200).json();
        let token = view["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_string();
        *login.token.lock().unwrap() = (token.clone(), now + view["expires_in"].as_i64().unwrap_or(60));
        Some(token)
    }

    /// Forgets the token, so that the next request logs in.
    pub fn forget_token(&self) {
        if let Credentials::Login(login) = &self.credentials {
            *login.token.lock().unwrap() = (String::new(), 0);
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, &[], body).await
    }

    /// `POST` of JSON with headers such as `Idempotency-Key` or `If-Match`.
    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.json(Method::POST, path, headers, body).await
    }

    /// `PATCH` of JSON on the version named.
    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.json(Method::PATCH, path, &[("if-match", etag)], body).await
    }

    /// `PUT` of JSON on the version named.
    pub async fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.json(Method::PUT, path, &[("if-match", etag)], body).await
    }

    /// `DELETE` of the version named.
    pub async fn delete(&self, path: &str, etag: &str) -> Answer {
        self.send(Method::DELETE, path, &[("if-match", etag)], Vec::new()).await
    }

    async fn json(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.send(method, path, &all, body.to_string().into_bytes()).await
    }

    /// Anything else.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let token = Box::pin(self.token()).await;
        let line = format!("{method} {path}");
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() || matches!(method, Method::POST | Method::PUT | Method::PATCH) {
            request = request.body(body);
        }
        match request.send().await {
            Ok(answer) => Answer::read(line, answer).await,
            Err(e) => panic!("{line}: no answer: {e:?}"),
        }
    }
}

/// Who gives accounts: the first administrator, and once one is wanted, a security administrator.
#[derive(Default)]
pub(crate) struct Granters {
    made: usize,
    by_role: BTreeMap<&'static str, Caller>,
}

impl Granters {
    async fn admin(&mut self, suite: &Suite) -> Caller {
        if !self.by_role.contains_key("admin") {
            self.by_role.insert("admin", suite.admin().await);
        }
        self.by_role["admin"].clone()
    }

    /// Makes an account from the members given; administrators' accounts are the security administrator's to make, and
    /// the first of these is the first administrator's.
    pub(crate) async fn account(&mut self, suite: &Suite, members: Value) -> Caller {
        let roles: Vec<String> = serde_json::from_value(members["roles"].clone()).unwrap_or_default();
        let is_administrator = roles.iter().any(|r| ADMINISTRATORS.contains(&r.as_str()));
        let admin = self.admin(suite).await;
        if !is_administrator {
            return self.make(suite, &admin, members).await;
        }
        if !self.by_role.contains_key("security") {
            let first = json!({"department": "nz-scjg", "roles": ["security_admin"]});
            let security = self.make(suite, &admin, first).await;
            self.by_role.insert("security", security);
        }
        let security = self.by_role["security"].clone();
        if roles == ["security_admin"] && members["department"] == "nz-scjg" {
            return security;
        }
        self.make(suite, &security, members).await
    }

    async fn make(&mut self, suite: &Suite, granter: &Caller, mut members: Value) -> Caller {
        self.made += 1;
        let username = format!("clerk{:03}", self.made);
        let (first, later) =
            (format!("first-harbour-{:03}", self.made), format!("later-lantern-{:03}", self.made));
        members["username"] = json!(username);
        members["display_name"] = json!(format!("经办人{}", self.made));
        members["password"] = json!(first);
        granter.post("/v1/accounts", &members).await.expect(201);
        let fresh = suite.login(&username, &first).await;
        let change = json!({"old_password": first, "new_password": later});
        fresh.post("/v1/accounts/me/password", &change).await.expect(204);
        suite.login(&username, &later).await
    }
}
