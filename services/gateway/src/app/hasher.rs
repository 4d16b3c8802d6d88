//! Password hashing with argon2id, as many at a time as there are cores.
//!
//! Each hash takes tens of milliseconds and 19 MiB, so it runs on blocking threads behind a semaphore: a flood of logins
//! waits in line, and past a length of the line is told to come back, while the workers go on serving. An unknown user
//! costs the same as a wrong password. Called by the login and the password use cases.

use crate::config::Config;
use crate::domain::secret;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use service_kit::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Hashes that may wait for a core.
const LINE: usize = 512;

/// Hashes passwords.
pub struct Hasher {
    cores: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    argon: Argon2<'static>,
    /// A hash of a password that nobody knows.
    nobody: String,
}

/// A place in the line, given back whatever happens.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Hasher {
    /// A hasher with the configured cost.
    ///
    /// # Errors
    /// 500 for a cost that argon2 refuses.
    pub fn new(config: &Config) -> Result<Self> {
        let params = Params::new(config.argon2_memory_kib, config.argon2_passes, 1, None)
            .map_err(|e| Error::internal(format!("argon2: {e}")))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let nobody = hash_now(&argon, &secret::random())?;
        Ok(Self { cores: Arc::new(Semaphore::new(cores)), waiting: Arc::default(), argon, nobody })
    }

    /// Hashes a normalised password.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (argon, password) = (self.argon.clone(), password.to_string());
        self.in_line(move || hash_now(&argon, &password)).await?
    }

    /// Whether a normalised password is the one behind `stored`; for an unknown user nothing ever is, in the same time.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let (argon, password) = (self.argon.clone(), password.to_string());
        let (stored, is_known) = (stored.unwrap_or(&self.nobody).to_string(), stored.is_some());
        self.in_line(move || {
            let right = PasswordHash::new(&stored)
                .is_ok_and(|hash| argon.verify_password(password.as_bytes(), &hash).is_ok());
            right && is_known
        })
        .await
    }

    async fn in_line<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Result<R> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= LINE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::unavailable("too many passwords wait to be hashed"));
        }
        let place = Place(Arc::clone(&self.waiting));
        let permit =
            Arc::clone(&self.cores).acquire_owned().await.map_err(|e| Error::internal(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            // Both are held until the work is done, also when the caller has gone.
            let _held = (permit, place);
            work()
        })
        .await
        .map_err(|e| Error::internal(format!("hashing: {e}")))
    }
}

fn hash_now(argon: &Argon2<'_>, password: &str) -> Result<String> {
    let bug = |e: &dyn std::fmt::Display| Error::internal(format!("argon2: {e}"));
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(|e| bug(&e))?;
    Ok(argon.hash_password(password.as_bytes(), &salt).map_err(|e| bug(&e))?.to_string())
}
