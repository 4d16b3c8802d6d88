//! What came back from a request, with panics that show all of it.
//!
//! Called by every test that speaks HTTP. It judges nothing by itself.

use reqwest::header::HeaderMap;
use serde_json::Value;
use std::fmt;

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    line: String,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end; `line` says what was asked.
    ///
    /// # Panics
    /// When the body does not arrive whole.
    pub async fn read(line: String, answer: reqwest::Response) -> Self {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = match answer.bytes().await {
            Ok(bytes) => bytes.to_vec(),
            Err(e) => panic!("{line}: the body of a {status} was cut: {e:?}"),
        };
        Self { line, status, headers, body }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Fails, and shows the answer, when the status is another.
    ///
    /// # Panics
    /// When it is.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|h| h.to_str().ok())
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The `ETag`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("no ETag: {self}")).to_string()
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {self}"))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} -> {}", self.line, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", value.to_str().unwrap_or("?"))?;
        }
        let text = self.text();
        write!(f, "\n{}", text.chars().take(4000).collect::<String>())
    }
}
