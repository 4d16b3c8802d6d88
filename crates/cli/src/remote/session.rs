//! The stored login: `$XDG_CONFIG_HOME/lianjian/token.json`, for its owner alone, one session per address.
//!
//! A refresh token counts once, and the gateway ends a session in which an old one comes back; so renewal happens under a
//! file lock, and a process that waited takes what the other one got. Called by [`super::Remote`] and by login and logout.

use crate::exit::{Exit, Failure, Result};
use clients::error::{Blame, ClientError};
use clients::token::{Renewal, TokenSource, Tokens};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A token that ends within this many seconds is renewed first.
const MARGIN_SECONDS: i64 = 30;

/// One login.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// Who logged in.
    pub username: String,
    /// For the calls.
    pub access_token: String,
    /// For the next renewal.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// Unix second at which the access token ends.
    pub expires_at: i64,
}

impl Session {
    /// What a login or a renewal gave.
    #[must_use]
    pub fn of(username: &str, tokens: Tokens) -> Self {
        let Tokens { access_token, expires_in, refresh_token, must_change_password: _ } = tokens;
        let life = i64::try_from(expires_in).unwrap_or(0);
        let expires_at = jiff::Timestamp::now().as_second().saturating_add(life);
        Self { username: username.to_string(), access_token, refresh_token, expires_at }
    }

    fn is_stale(&self) -> bool {
        jiff::Timestamp::now().as_second() + MARGIN_SECONDS >= self.expires_at
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Sessions {
    #[serde(default)]
    sessions: BTreeMap<String, Session>,
}

/// The file of sessions.
pub struct SessionFile(PathBuf);

impl SessionFile {
    /// The user's.
    ///
    /// # Errors
    /// Exit code 2 without a home.
    pub fn of_user() -> Result<Self> {
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let config = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|h| h.join(".config")));
        let config = config
            .ok_or_else(|| Failure::usage("neither XDG_CONFIG_HOME nor HOME says where a login is kept"))?;
        Ok(Self(config.join("lianjian").join("token.json")))
    }

    fn read(&self) -> Result<Sessions> {
        match std::fs::read(&self.0) {
            Ok(text) => serde_json::from_slice(&text).map_err(|e| {
                Failure::new(Exit::Corrupt, format!("{}: {e}; remove it and log in again", self.0.display()))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Sessions::default()),
            Err(e) => Err(Failure::file(&self.0, &e)),
        }
    }

    /// The session of an address.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn get(&self, url: &str) -> Result<Option<Session>> {
        Ok(self.read()?.sessions.remove(&key(url)))
    }

    /// Keeps, or with none forgets, the session of an address.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn set(&self, url: &str, session: Option<Session>) -> Result {
        let _lock = self.lock()?;
        self.set_locked(url, session)
    }

    fn set_locked(&self, url: &str, session: Option<Session>) -> Result {
        let mut all = self.read()?;
        match session {
            Some(session) => all.sessions.insert(key(url), session),
            None => all.sessions.remove(&key(url)),
        };
        let text = serde_json::to_vec_pretty(&all).map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
        replace_private(&self.0, &text).map_err(|e| Failure::file(&self.0, &e))
    }

    /// Waits until no other process changes the file; released with the value.
    fn lock(&self) -> Result<File> {
        let path = self.0.with_extension("lock");
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let opened = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
            let file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)?;
            file.lock()?;
            Ok(file)
        });
        opened.map_err(|e| Failure::file(&path, &e))
    }
}

/// `http://host` and `http://host/` are one address.
fn key(url: &str) -> String {
    url.trim_end_matches('/').to_string()
}

/// Writes a file for its owner alone, whole or not at all.
pub fn replace_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&draft, path))
        .inspect_err(|_| {
            let _ = std::fs::remove_file(&draft);
        })
}

/// The stored login as the source of a connection's token.
pub struct Stored {
    file: SessionFile,
    url: String,
    session: Mutex<Option<Session>>,
}

impl Stored {
    /// That of an address.
    ///
    /// # Errors
    /// Exit code 4 when nobody is logged in there.
    pub fn open(url: &str) -> Result<Self> {
        let file = SessionFile::of_user()?;
        let session = file.get(url)?.ok_or_else(|| {
            let hint =
                crate::lang::pick("未登录；请运行 lianjian login", "not logged in; run lianjian login");
            Failure::new(Exit::Auth, format!("{url}: {hint}"))
        })?;
        Ok(Self { file, url: url.to_string(), session: Mutex::new(Some(session)) })
    }

    fn held(&self) -> Option<Session> {
        self.session.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    fn hold(&self, session: Option<Session>) {
        *self.session.lock().unwrap_or_else(|e| e.into_inner()) = session;
    }

    async fn renewed(
        &self,
        http: &reqwest::Client,
        base: &url::Url,
        rejected: &str,
    ) -> Result<Option<String>> {
        let _lock = self.file.lock()?;
        let Some(stored) = self.file.get(&self.url)? else { return Ok(None) };
        if stored.access_token != rejected && !stored.is_stale() {
            // Another process was faster.
            self.hold(Some(stored.clone()));
            return Ok(Some(stored.access_token));
        }
        let Some(refresh) = &stored.refresh_token else { return Ok(None) };
        match clients::gateway::token_refresh(http, base, refresh).await {
            Ok(tokens) => {
                let mut session = Session::of(&stored.username, tokens);
                session.refresh_token = session.refresh_token.or_else(|| stored.refresh_token.clone());
                self.file.set_locked(&self.url, Some(session.clone()))?;
                self.hold(Some(session.clone()));
                Ok(Some(session.access_token))
            }
            Err(e) if e.blame == Blame::Auth => {
                self.file.set_locked(&self.url, None)?;
                Ok(None)
            }
            Err(e) => Err(e.into()),
        }
    }
}

impl TokenSource for Stored {
    fn current(&self) -> Option<String> {
        self.held().map(|s| s.access_token)
    }

    fn is_stale(&self) -> bool {
        self.held().is_some_and(|s| s.is_stale() && s.refresh_token.is_some())
    }

    fn renew<'a>(&'a self, http: &'a reqwest::Client, base: &'a url::Url, rejected: &'a str) -> Renewal<'a> {
        Box::pin(async move {
            self.renewed(http, base, rejected).await.map_err(|e| {
                let blame = if e.exit == Exit::Temporary { Blame::Temporary } else { Blame::Other };
                ClientError::local(blame, "no_renewal", e.message)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    fn session(token: &str) -> Session {
        Session {
            username: "a".into(),
            access_token: token.into(),
            refresh_token: None,
            expires_at: jiff::Timestamp::now().as_second() + 900,
        }
    }

    #[test]
    fn a_login_is_kept_per_address_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = SessionFile(dir.path().join("lianjian/token.json"));
        file.set("http://a:1/", Some(session("x"))).unwrap();
        file.set("http://b:1", Some(session("y"))).unwrap();
        assert_eq!(file.get("http://a:1").unwrap().unwrap().access_token, "x");
        assert_eq!(std::fs::metadata(&file.0).unwrap().mode() & 0o777, 0o600);
        file.set("http://a:1", None).unwrap();
        assert!(file.get("http://a:1").unwrap().is_none());
        assert_eq!(file.get("http://b:1").unwrap().unwrap().access_token, "y");
    }

    #[test]
    fn a_damaged_file_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let file = SessionFile(dir.path().join("token.json"));
        std::fs::write(&file.0, "{").unwrap();
        let e = file.get("http://a").err().unwrap();
        assert!(e.exit == Exit::Corrupt && e.message.contains("log in again"));
    }
}
