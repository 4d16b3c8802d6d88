//! Problem details (RFC 9457) as a typed error, sorted by what the caller can do about it.
//!
//! Called by every client. The text for people is the server's, in the language that was asked for; the trace id goes
//! with it, so that a fault can be found in the logs. It refuses to turn an unreadable answer into a guess.

use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// Result of a call.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Log in, or ask for the right (401, 403).
    Auth,
    /// Try again later (408, 429, 502, 503, 504, 507, no connection).
    Temporary,
    /// Read again and decide (409, 412, 428).
    Conflict,
    /// Correct the content (400, 413, 415, 422 and the like).
    Content,
    /// It is not there, or not for this caller's eyes (404, 410).
    Absent,
    /// What came cannot be what was asked for: a damaged answer, another program on that port.
    Corrupt,
    /// Anything else, a fault of the server's among them.
    Other,
}

/// One fault of the input, with its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// JSON pointer, `?name` or `@name`.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// A call that did not give what was asked for.
#[derive(Clone, Debug)]
pub struct ClientError {
    /// What can be done.
    pub blame: Blame,
    /// HTTP status, none without an answer.
    pub status: Option<u16>,
    /// Stable code of the server's, or one of ours: `no_connection`, `not_json`.
    pub code: String,
    /// For people.
    pub message: String,
    /// Places in the input.
    pub faults: Vec<Fault>,
    /// W3C trace id, empty when unknown.
    pub trace_id: Box<str>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The whole answer where it is JSON: some problems carry a report.
    pub body: Option<Box<serde_json::Value>>,
}

impl ClientError {
    /// A failure that is not an answer's.
    pub fn local(blame: Blame, code: &str, message: impl Into<String>) -> Self {
        Self {
            blame,
            status: None,
            code: code.to_string(),
            message: message.into(),
            faults: Vec::new(),
            trace_id: Box::default(),
            retry_after: None,
            body: None,
        }
    }

    /// No answer at all: refused, cut off, too late.
    #[must_use]
    pub fn transport(e: &reqwest::Error) -> Self {
        // The innermost cause says what happened ("connection refused"); the outer ones repeat the address.
        let mut cause: &dyn std::error::Error = e;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let place = e.url().map(|u| format!("{}: ", u.origin().ascii_serialization())).unwrap_or_default();
        if e.is_builder() {
            return Self::local(Blame::Other, "bad_request", format!("{place}{cause}"));
        }
        Self::local(Blame::Temporary, "no_connection", format!("{place}{cause}"))
    }

    /// An answer that says no.
    #[must_use]
    pub fn answer(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Problem {
            title: String,
            detail: String,
            code: String,
            errors: Vec<Fault>,
            trace_id: String,
        }
        let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let problem: Problem = json.clone().and_then(|v| serde_json::from_value(v).ok()).unwrap_or_default();
        let Problem { title, detail, code, errors, trace_id } = problem;
        let message =
            [detail, title].into_iter().find(|t| !t.is_empty()).unwrap_or_else(|| format!("HTTP {status}"));
        Self {
            blame: blame(status),
            status: Some(status),
            code: if code.is_empty() { format!("http_{status}") } else { code },
            message,
            faults: errors,
            trace_id: trace_id.into(),
            retry_after,
            body: json.map(Box::new),
        }
    }

    /// Exit code of a command that ends with this error; the table is `lianjian help exit-codes`.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.blame {
            Blame::Auth => 4,
            Blame::Temporary => 5,
            Blame::Conflict => 6,
            Blame::Corrupt => 7,
            Blame::Content | Blame::Absent | Blame::Other => 1,
        }
    }
}

/// What can be done about a status.
#[must_use]
pub fn blame(status: u16) -> Blame {
    match status {
        401 | 403 => Blame::Auth,
        408 | 425 | 429 | 502 | 503 | 504 | 507 => Blame::Temporary,
        409 | 412 | 428 => Blame::Conflict,
        404 | 410 => Blame::Absent,
        400 | 405 | 406 | 411 | 413 | 414 | 415 | 416 | 422 | 431 => Blame::Content,
        _ => Blame::Other,
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{} ({}, {status})", self.message, self.code)?,
            None => write!(f, "{} ({})", self.message, self.code)?,
        }
        for fault in &self.faults {
            write!(f, "\n  {} {} {}", fault.pointer, fault.code, fault.detail)?;
        }
        if !self.trace_id.is_empty() {
            write!(f, "\n  trace_id {}", self.trace_id)?;
        }
        Ok(())
    }
}

impl std::error::Error for ClientError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_the_exit_code_of_the_manual() {
        for (status, code) in [
            (400, 1),
            (401, 4),
            (403, 4),
            (404, 1),
            (409, 6),
            (412, 6),
            (422, 1),
            (428, 6),
            (429, 5),
            (500, 1),
            (502, 5),
            (503, 5),
            (504, 5),
        ] {
            assert_eq!(ClientError::answer(status, None, b"").exit_code(), code, "{status}");
        }
        assert_eq!(ClientError::local(Blame::Corrupt, "not_json", "").exit_code(), 7);
    }

    #[test]
    fn a_problem_keeps_its_code_its_places_and_its_trace() {
        let body = r#"{"type":"urn:x","title":"内容有误","status":422,"detail":"代码有误","code":"invalid","trace_id":"ab",
            "errors":[{"pointer":"/uscc","code":"wrong_check","detail":"校验码"}],"later":1}"#;
        let e = ClientError::answer(422, None, body.as_bytes());
        assert_eq!((e.code.as_str(), e.faults[0].pointer.as_str(), &*e.trace_id), ("invalid", "/uscc", "ab"));
        assert_eq!(e.message, "代码有误");
    }

    #[test]
    fn an_answer_that_is_no_problem_still_says_its_status() {
        let e = ClientError::answer(502, None, b"<html>");
        assert_eq!(
            (e.blame, e.code.as_str(), e.message.as_str()),
            (Blame::Temporary, "http_502", "HTTP 502")
        );
    }
}
