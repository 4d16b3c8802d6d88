//! One address, one token, one way to call: JSON in and out, problem details as errors, retries where they are safe.
//!
//! Called by the clients of the services. A call is described once ([`Call`]) and may be sent several times, so its body
//! is either bytes or something that can be opened again.

use crate::error::{Blame, ClientError, Result};
use crate::retry::Retry;
use crate::token::TokenSource;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long to wait for the head of an answer when a call says nothing else.
const ANSWER: Duration = Duration::from_secs(60);

/// Opens a body anew for each attempt.
pub type Reopen = Arc<dyn Fn() -> std::io::Result<reqwest::Body> + Send + Sync>;

/// What a call sends.
#[derive(Clone)]
pub enum Payload {
    /// Nothing.
    None,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A stream that can be opened again.
    Stream(Reopen),
}

/// One call.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    payload: Payload,
    is_idempotent: bool,
    /// How long the answer's head may take; streams of bodies are not counted.
    timeout: Option<Duration>,
}

impl Call {
    /// A call of `method` on `path`.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let is_idempotent = matches!(method, Method::GET | Method::HEAD);
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            payload: Payload::None,
            is_idempotent,
            timeout: Some(ANSWER),
        }
    }

    /// `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_string(), value.to_string()));
        self
    }

    /// Adds a query parameter that may be absent.
    #[must_use]
    pub fn query_opt(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds a header; a value that no header can hold is dropped.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Gives the call a key, after which it may be repeated.
    #[must_use]
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.is_idempotent = true;
        self.header("idempotency-key", key)
    }

    /// A JSON body.
    ///
    /// # Errors
    /// A value that cannot be written as JSON.
    pub fn json(mut self, value: &impl Serialize) -> Result<Self> {
        let bytes = serde_json::to_vec(value)
            .map_err(|e| ClientError::local(Blame::Other, "not_json", e.to_string()))?;
        self.payload = Payload::Bytes(bytes);
        Ok(self.header("content-type", "application/json"))
    }

    /// A body of any type; a stream has no time limit, since its length decides how long it takes.
    #[must_use]
    pub fn payload(mut self, media: &str, payload: Payload) -> Self {
        if matches!(payload, Payload::Stream(_)) {
            self.timeout = None;
        }
        self.payload = payload;
        self.header("content-type", media)
    }

    /// How long the answer may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Lets the answer take as long as it takes: exports, feeds.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.timeout = None;
        self
    }
}

/// Settings of a [`Connection`].
#[derive(Clone, Debug)]
pub struct Options {
    /// `zh-CN` or `en`.
    pub language: String,
    /// Retries of idempotent calls.
    pub retry: Retry,
}

impl Default for Options {
    fn default() -> Self {
        Self { language: "zh-CN".to_string(), retry: Retry::default() }
    }
}

/// A suite at an address; cheap to clone.
#[derive(Clone)]
pub struct Connection {
    http: reqwest::Client,
    base: Url,
    tokens: Arc<dyn TokenSource>,
    options: Options,
}

impl Connection {
    /// A connection; nothing is sent yet.
    ///
    /// # Errors
    /// An address that is no `http` or `https` URL; TLS that cannot be set up.
    pub fn new(base: &str, tokens: Arc<dyn TokenSource>, options: Options) -> Result<Self> {
        let base = address(base)?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("lianjian/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            // Office machines often have a proxy in their environment that knows nothing of this machine.
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| ClientError::transport(&e))?;
        Ok(Self { http, base, tokens, options })
    }

    /// A connection over an HTTP client that exists already, as the services have one.
    ///
    /// # Errors
    /// An address that is no `http` or `https` URL.
    pub fn over(
        http: reqwest::Client,
        base: &str,
        tokens: Arc<dyn TokenSource>,
        options: Options,
    ) -> Result<Self> {
        Ok(Self { http, base: address(base)?, tokens, options })
    }

    /// The address.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a call and gives its good answer, body unread.
    ///
    /// # Errors
    /// The problem of an answer ≥ 400, or that there was none. Idempotent calls are tried again first; a refused token
    /// is renewed once.
    pub async fn send(&self, call: &Call) -> Result<reqwest::Response> {
        let mut attempt = 1;
        let mut is_renewed = false;
        if self.tokens.is_stale()
            && let Some(token) = self.tokens.current()
        {
            self.tokens.renew(&self.http, &self.base, &token).await?;
            is_renewed = true;
        }
        loop {
            let token = self.tokens.current();
            let failure = match self.once(call, token.as_deref()).await {
                Ok(answer) => return Ok(answer),
                Err(e) => e,
            };
            if failure.status == Some(401)
                && !is_renewed
                && let Some(token) = &token
                && self.tokens.renew(&self.http, &self.base, token).await?.is_some()
            {
                is_renewed = true;
                continue;
            }
            let may_repeat = call.is_idempotent
                && (failure.blame == Blame::Temporary || failure.code == "idempotency_in_progress");
            match self.options.retry.wait(attempt, failure.retry_after) {
                Some(wait) if may_repeat => tokio::time::sleep(wait).await,
                _ => return Err(failure),
            }
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call, token: Option<&str>) -> Result<reqwest::Response> {
        let url = self
            .base
            .join(&call.path)
            .map_err(|e| ClientError::local(Blame::Other, "bad_url", format!("{}: {e}", call.path)))?;
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .headers(call.headers.clone())
            .header("accept-language", &self.options.language);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(timeout) = call.timeout {
            request = request.timeout(timeout);
        }
        request = match &call.payload {
            Payload::None => request,
            Payload::Bytes(bytes) => request.body(bytes.clone()),
            Payload::Stream(open) => {
                let body = open()
                    .map_err(|e| ClientError::local(Blame::Other, "input_unreadable", e.to_string()))?;
                request.body(body)
            }
        };
        let answer = request.send().await.map_err(|e| ClientError::transport(&e))?;
        let status = answer.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(answer);
        }
        let retry_after = seconds(answer.headers());
        let body = answer.bytes().await.unwrap_or_default();
        Err(ClientError::answer(status.as_u16(), retry_after, &body))
    }

    /// Sends a call and reads its JSON answer.
    ///
    /// # Errors
    /// As [`Connection::send`]; an answer that is not what the document says.
    pub async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T> {
        Ok(self.json_and_headers(call).await?.0)
    }

    /// As [`Connection::json`], with the answer's headers.
    ///
    /// # Errors
    /// As [`Connection::json`].
    pub async fn json_and_headers<T: DeserializeOwned>(&self, call: &Call) -> Result<(T, HeaderMap)> {
        let answer = self.send(call).await?;
        let headers = answer.headers().clone();
        let body = answer.bytes().await.map_err(|e| ClientError::transport(&e))?;
        let value = serde_json::from_slice(&body)
            .map_err(|e| ClientError::local(Blame::Corrupt, "not_json", format!("{}: {e}", call.path)))?;
        Ok((value, headers))
    }
}

fn address(base: &str) -> Result<Url> {
    let bad = |why: &str| ClientError::local(Blame::Other, "bad_url", format!("{base}: {why}"));
    let url = Url::parse(base).map_err(|e| bad(&e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("http://host or https://host is needed"));
    }
    Ok(url)
}

/// The seconds form of `Retry-After`; the date form is not used by the suite.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
