//! A file in an official form on its way to an import, the same for every service that takes one.
//!
//! It refuses to be sent without a key: a cut connection must not import twice. Called by the clients of the services.

use crate::connection::{Call, Payload};
use std::time::Duration;

/// How long a service may look at the largest file.
const PATIENCE: Duration = Duration::from_secs(300);

/// A file to be imported.
pub struct FormFile<'a> {
    /// `xlsx`, `csv` or `ndjson`.
    pub format: &'a str,
    /// Media type of the body.
    pub media: &'a str,
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// Check only.
    pub is_dry_run: bool,
    /// Lets the call be repeated.
    pub key: &'a str,
}

impl FormFile<'_> {
    /// The call that brings it to an import.
    #[must_use]
    pub fn to(self, path: &str) -> Call {
        let Self { format, media, bytes, is_dry_run, key } = self;
        Call::post(path)
            .query("format", format)
            .query("dry_run", is_dry_run)
            .idempotency_key(key)
            .timeout(PATIENCE)
            .payload(media, Payload::Bytes(bytes))
    }
}
