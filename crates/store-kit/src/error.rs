//! What can go wrong in a store, sorted by blame; no text of it ever reaches a client.
//!
//! Called by `service-kit`, which maps kinds to HTTP answers once. Refuses to be built from client input.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failed read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached; a later try may help.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The storage is full or refuses writes; nothing was stored.
    #[error("storage refuses writes: {0}")]
    Full(String),
    /// A unique key was taken by another row.
    #[error("unique violation on {constraint}: {message}")]
    Conflict {
        /// Constraint or column list, as the database names it.
        constraint: String,
        /// The database's own words, for the log.
        message: String,
    },
    /// The row looked for is not there.
    #[error("row not found")]
    NotFound,
    /// A statement ran past its time limit.
    #[error("statement timed out: {0}")]
    Timeout(String),
    /// A deadlock or serialization failure; the whole change may be tried again.
    #[error("concurrent change: {0}")]
    Contention(String),
    /// A bug here: wrong SQL, a panic, a broken invariant.
    #[error("store bug: {0}")]
    Bug(String),
    /// The file is in use by another process.
    #[error("{0}")]
    InUse(String),
}

/// Result of a store function.
pub type StoreResult<T> = Result<T, StoreError>;

impl From<DieselError> for StoreError {
    fn from(e: DieselError) -> Self {
        match e {
            DieselError::NotFound => StoreError::NotFound,
            DieselError::DatabaseError(kind, info) => {
                let message = info.message().to_string();
                let lower = message.to_ascii_lowercase();
                match kind {
                    DatabaseErrorKind::UniqueViolation => StoreError::Conflict {
                        constraint: info
                            .constraint_name()
                            .map(ToString::to_string)
                            .or_else(|| message.split("failed: ").nth(1).map(ToString::to_string))
                            .unwrap_or_default(),
                        message,
                    },
                    DatabaseErrorKind::ClosedConnection => StoreError::Unavailable(message),
                    DatabaseErrorKind::SerializationFailure => StoreError::Contention(message),
                    _ if lower.contains("deadlock") => StoreError::Contention(message),
                    _ if lower.contains("statement timeout") || lower.contains("canceling statement") => {
                        StoreError::Timeout(message)
                    }
                    _ if lower.contains("lock timeout") || lower.contains("database is locked") => {
                        StoreError::Timeout(message)
                    }
                    _ if lower.contains("disk is full")
                        || lower.contains("no space left")
                        || lower.contains("readonly database")
                        || lower.contains("disk i/o error") =>
                    {
                        StoreError::Full(message)
                    }
                    _ if lower.contains("connection closed")
                        || lower.contains("terminating connection")
                        || lower.contains("connection to server")
                        || lower.contains("shutting down")
                        || lower.contains("starting up")
                        || lower.contains("too many clients")
                        || lower.contains("remaining connection slots")
                        || lower.contains("error communicating with the server") =>
                    {
                        StoreError::Unavailable(message)
                    }
                    _ => StoreError::Bug(format!("{kind:?}: {message}")),
                }
            }
            other => StoreError::Bug(other.to_string()),
        }
    }
}

impl From<diesel::ConnectionError> for StoreError {
    fn from(e: diesel::ConnectionError) -> Self {
        StoreError::Unavailable(e.to_string())
    }
}

/// Turns an empty answer into [`StoreError::NotFound`], where absence is the caller's mistake.
pub trait OrNotFound<T> {
    /// `None` becomes [`StoreError::NotFound`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for `None`; database errors pass through.
    fn or_not_found(self) -> StoreResult<T>;
}

impl<T> OrNotFound<T> for Result<Option<T>, DieselError> {
    fn or_not_found(self) -> StoreResult<T> {
        self?.ok_or(StoreError::NotFound)
    }
}
