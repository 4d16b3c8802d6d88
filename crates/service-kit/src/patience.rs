//! How long a slow client is borne with (OWASP API4, slow body and slow read).
//!
//! A body may pause, but not for ever: it has 20 s, and a second more for each KiB that came. One byte now and then
//! therefore ends as 408 and frees the connection, while a file over a poor line arrives whole. Heads have actix's own
//! limit. A reader that takes nothing for a minute is cut by the kernel ([`cut_slow_readers`]), which also sees a
//! window held at zero. [`crate::front`] puts the guard on every request with a body, of the gateway and the services.

use crate::error::{Error, Kind};
use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// What every body has.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that earn another second.
const BYTES_PER_SECOND: u64 = 1024;
/// How long a reader may take nothing.
const SLOWEST_READER: Duration = Duration::from_secs(60);

/// Puts the guard on the request's body, if it has one.
pub fn guard(req: &mut ServiceRequest) {
    let headers = req.headers();
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|n| n.as_bytes() != b"0");
    if has_body {
        let payload = req.take_payload();
        let patient = Patient { payload, began: Instant::now(), bytes: 0, alarm: None };
        req.set_payload(Payload::Stream { payload: Box::pin(patient) });
    }
}

/// The error of a body that did not arrive: 408 when it was too slow, 400 when it was cut.
#[must_use]
pub fn body_fault(e: &PayloadError) -> Error {
    let fault = match e {
        PayloadError::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => Error::new(
            Kind::RequestTimeout,
            "request_timeout",
            "请求内容传送过慢",
            "the body came too slowly",
        )
        .with_header("connection", "close"),
        _ => Error::new(Kind::Malformed, "body_cut", "请求内容未完整送达", "the body did not arrive whole"),
    };
    fault.with_context(e.to_string())
}

/// Tells the kernel to end a connection whose peer takes nothing.
pub fn cut_slow_readers(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    if let Err(e) = socket.set_tcp_user_timeout(Some(SLOWEST_READER)) {
        tracing::debug!(error = %e, "no limit for slow readers");
    }
}

struct Patient {
    payload: Payload,
    began: Instant,
    bytes: u64,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Stream for Patient {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.payload.poll_next_unpin(cx) {
            Poll::Ready(item) => {
                if let Some(Ok(piece)) = &item {
                    self.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    self.alarm = None;
                }
                Poll::Ready(item)
            }
            Poll::Pending => {
                let until = self.began + PATIENCE + Duration::from_secs(self.bytes / BYTES_PER_SECOND);
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
                alarm
                    .poll_unpin(cx)
                    .map(|()| Some(Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into()))))
            }
        }
    }
}
