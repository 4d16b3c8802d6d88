//! Connections to one service: plain HTTP/1.1, kept alive, each belonging to one worker thread.
//!
//! A connection never leaves its thread, so nothing is locked and no body has to be `Send`: actix payloads go straight
//! into hyper and hyper's answers straight back. That is why this is hyper's own connection and not the pooled client of
//! hyper-util, whose bodies must be `Send` and whose pool is shared. Called by the proxy only.

use super::breaker::Breaker;
use crate::config::Config;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use bytes::Bytes;
use futures_util::StreamExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use service_kit::patience::body_fault;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Idle connections of one thread to one service at most.
const MOST_IDLE: usize = 256;
/// Idle longer than this is not used again; the services close after 75 s.
const IDLE: Duration = Duration::from_secs(50);
/// How long a refused connection is tried again: a service that restarts is back within this, and no caller notices.
const PATIENCE: Duration = Duration::from_millis(800);

/// A service behind the gateway.
pub struct Upstream {
    key: usize,
    /// Its name.
    pub name: String,
    /// `host:port`.
    pub authority: String,
    /// The same as a header.
    pub host: hyper::header::HeaderValue,
    /// Its circuit breaker.
    pub breaker: Breaker,
    answers: [metrics::Counter; 6],
    failures: metrics::Counter,
}

type Sender = SendRequest<Outgoing>;

struct Idle {
    sender: Sender,
    since: Instant,
}

thread_local! {
    static POOL: RefCell<HashMap<usize, Vec<Idle>>> = RefCell::new(HashMap::new());
}

static NEXT_KEY: AtomicUsize = AtomicUsize::new(0);

/// Why a request got no answer.
#[derive(Debug)]
pub enum Failure {
    /// No connection.
    Unreachable(String),
    /// No answer in time.
    Late,
    /// The connection broke.
    Broken(String),
    /// The caller's body is larger than the gateway passes on.
    TooLarge,
    /// The caller's body broke off, or the request cannot be written.
    Refused(Box<service_kit::Error>),
}

impl Upstream {
    /// A service at an `http://host:port` address.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn new(name: &str, url: &str, config: &Config) -> Result<Self, String> {
        let uri: hyper::Uri = url.parse().map_err(|e| format!("{name}: {url:?}: {e}"))?;
        let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(format!("{name}: {url:?} is not an http:// address"));
        };
        let authority = if authority.port().is_some() {
            authority.to_string()
        } else {
            format!("{}:80", authority.host())
        };
        let host = hyper::header::HeaderValue::from_str(&authority).map_err(|e| format!("{name}: {e}"))?;
        let counter = |class: &'static str| metrics::counter!("gateway_upstream_answers_total", "upstream" => name.to_string(), "class" => class);
        Ok(Self {
            key: NEXT_KEY.fetch_add(1, Ordering::Relaxed),
            name: name.to_string(),
            authority,
            host,
            breaker: Breaker::new(
                config.breaker_failures,
                Duration::from_millis(config.breaker_open_millis.into()),
            ),
            answers: ["none", "1xx", "2xx", "3xx", "4xx", "5xx"].map(counter),
            failures: metrics::counter!("gateway_upstream_failures_total", "upstream" => name.to_string()),
        })
    }

    /// Counts an answer.
    pub fn count(&self, status: StatusCode) {
        if let Some(counter) = self.answers.get(usize::from(status.as_u16() / 100)) {
            counter.increment(1);
        }
    }

    /// Counts a request without an answer.
    pub fn count_failure(&self) {
        self.failures.increment(1);
    }

    fn idle(&self) -> Option<Sender> {
        POOL.with(|pool| {
            let mut pool = pool.borrow_mut();
            let idle = pool.get_mut(&self.key)?;
            // The last one back is the warmest.
            while let Some(Idle { sender, since }) = idle.pop() {
                if !sender.is_closed() && sender.is_ready() && since.elapsed() < IDLE {
                    return Some(sender);
                }
            }
            None
        })
    }

    async fn connect(&self) -> Result<Sender, Failure> {
        let until = Instant::now() + PATIENCE;
        let stream = loop {
            let attempt =
                tokio::time::timeout(Duration::from_secs(2), TcpStream::connect(self.authority.as_str()))
                    .await;
            match attempt {
                Ok(Ok(stream)) => break stream,
                Ok(Err(e)) if e.kind() == std::io::ErrorKind::ConnectionRefused && Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Ok(Err(e)) => return Err(Failure::Unreachable(e.to_string())),
                Err(_) => return Err(Failure::Unreachable("no connection within 2 s".into())),
            }
        };
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::Builder::new()
            .writev(false)
            .handshake::<_, Outgoing>(TokioIo::new(stream))
            .await
            .map_err(|e| Failure::Unreachable(e.to_string()))?;
        actix_web::rt::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!(error = %e, "a connection to a service ended");
            }
        });
        Ok(sender)
    }

    /// Sends a request made by `build` and waits for the head of the answer, at most `limit` after the last sign of life
    /// of the caller's body. What was certainly not sent, or may be sent twice (`is_repeatable`, no body), is sent again
    /// on a fresh connection when a kept one turns out dead.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(
        &self,
        build: impl Fn(Outgoing) -> service_kit::Result<hyper::Request<Outgoing>>,
        body: Outgoing,
        is_repeatable: bool,
        limit: Duration,
    ) -> Result<(hyper::Response<Incoming>, Sender), Failure> {
        let watch = body.watch();
        let has_body = body.is_some();
        let mut body = Some(body);
        loop {
            let (mut sender, was_idle) = match self.idle() {
                Some(sender) => (sender, true),
                None => (self.connect().await?, false),
            };
            let request = build(body.take().unwrap_or_else(Outgoing::none))
                .map_err(|e| Failure::Refused(Box::new(e)))?;
            let answer = sender.try_send_request(request);
            match in_time(answer, &watch, limit).await {
                Some(Ok(answer)) => return Ok((answer, sender)),
                Some(Err(mut e)) => {
                    if let Some(fault) = watch.fault.take() {
                        return Err(fault);
                    }
                    let unsent = e.take_message();
                    if was_idle && let Some(request) = unsent {
                        body = Some(request.into_body());
                        continue;
                    }
                    if was_idle && is_repeatable && !has_body {
                        continue;
                    }
                    return Err(Failure::Broken(e.into_error().to_string()));
                }
                None => return Err(Failure::Late),
            }
        }
    }

    /// Takes a connection back whose answer was read to its end.
    pub fn keep(key: usize, sender: Sender) {
        if sender.is_closed() {
            return;
        }
        let _ = POOL.try_with(|pool| {
            if let Ok(mut pool) = pool.try_borrow_mut() {
                let idle = pool.entry(key).or_default();
                if idle.len() < MOST_IDLE {
                    idle.push(Idle { sender, since: Instant::now() });
                }
            }
        });
    }

    /// The answer's body, which brings its connection back when it has ended.
    #[must_use]
    pub fn body(&self, incoming: Incoming, sender: Sender) -> FromService {
        FromService { incoming, sender: Some(sender), key: self.key }
    }
}

/// Waits for an answer, as long as the caller's body is moving.
async fn in_time<F: Future>(answer: F, watch: &Watch, limit: Duration) -> Option<F::Output> {
    let answer = std::pin::pin!(answer);
    let mut answer = answer;
    let mut sleep = std::pin::pin!(tokio::time::sleep(limit));
    loop {
        tokio::select! {
            biased;
            done = &mut answer => return Some(done),
            () = &mut sleep => {
                let quiet = watch.moved.get().elapsed();
                if quiet >= limit {
                    return None;
                }
                sleep.as_mut().reset(tokio::time::Instant::now() + (limit - quiet));
            }
        }
    }
}

/// What a body tells about itself while hyper owns it.
#[derive(Clone)]
struct Watch {
    moved: Rc<Cell<Instant>>,
    fault: Rc<Cell<Option<Failure>>>,
}

/// A caller's body on its way to a service, chunk by chunk.
pub struct Outgoing {
    payload: Option<Payload>,
    length: Option<u64>,
    left: u64,
    watch: Watch,
}

impl Outgoing {
    /// No body.
    #[must_use]
    pub fn none() -> Self {
        let watch = Watch { moved: Rc::new(Cell::new(Instant::now())), fault: Rc::default() };
        Self { payload: None, length: Some(0), left: 0, watch }
    }

    /// The caller's body, of a declared length or chunked, at most `most` bytes.
    #[must_use]
    pub fn of(payload: Payload, length: Option<u64>, most: u64) -> Self {
        Self { payload: Some(payload), length, left: most, ..Self::none() }
    }

    fn watch(&self) -> Watch {
        self.watch.clone()
    }

    fn is_some(&self) -> bool {
        self.payload.is_some()
    }

    fn stop(&self, failure: Failure) -> Box<dyn std::error::Error + Send + Sync> {
        self.watch.fault.set(Some(failure));
        "the caller's body stopped".into()
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(payload) = self.payload.as_mut() else { return Poll::Ready(None) };
        match payload.poll_next_unpin(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => {
                self.payload = None;
                Poll::Ready(None)
            }
            Poll::Ready(Some(Ok(chunk))) => {
                self.watch.moved.set(Instant::now());
                let size = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                if size > self.left {
                    return Poll::Ready(Some(Err(self.stop(Failure::TooLarge))));
                }
                self.left -= size;
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            Poll::Ready(Some(Err(e))) => {
                Poll::Ready(Some(Err(self.stop(Failure::Refused(Box::new(body_fault(&e)))))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.payload.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.payload, self.length) {
            (None, _) => SizeHint::with_exact(0),
            (Some(_), Some(n)) => SizeHint::with_exact(n),
            (Some(_), None) => SizeHint::default(),
        }
    }
}

/// A service's body on its way to the caller.
pub struct FromService {
    incoming: Incoming,
    sender: Option<Sender>,
    key: usize,
}

impl FromService {
    fn ended(&mut self) {
        if let Some(sender) = self.sender.take() {
            Upstream::keep(self.key, sender);
        }
    }
}

impl actix_web::body::MessageBody for FromService {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> actix_web::body::BodySize {
        match self.incoming.size_hint().exact() {
            Some(n) => actix_web::body::BodySize::Sized(n),
            None => actix_web::body::BodySize::Stream,
        }
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            match std::task::ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => return Poll::Ready(Some(Ok(data))),
                    // Trailers have no place in actix's answers.
                    Err(_) => continue,
                },
                Some(Err(e)) => {
                    self.sender = None;
                    return Poll::Ready(Some(Err(e.into())));
                }
                None => {
                    self.ended();
                    return Poll::Ready(None);
                }
            }
        }
    }
}

impl Drop for FromService {
    fn drop(&mut self) {
        // A body of known length is often not asked for its end.
        if self.incoming.is_end_stream() {
            self.ended();
        }
    }
}
