//! Talking to a running suite: where it is, on whose behalf, and how far a long job is.
//!
//! - [`session`]: the stored login
//! - [`journal`]: taking an import up again
//! - [`progress`]: bars and lines

pub mod journal;
pub mod progress;
pub mod session;

use crate::exit::{Failure, Result};
use crate::settings::secrets;
use clients::connection::Options;
use clients::retry::Retry;
use clients::token::NoToken;
use clients::{Connection, FixedToken, TokenSource};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the suite is and which token to use.
#[derive(Clone, Debug, clap::Args)]
pub struct Remote {
    /// Address of the suite (服务地址)
    #[arg(long, env = "LIANJIAN_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,
    /// File with a token, instead of the stored login (LIANJIAN_TOKEN holds the token itself)
    #[arg(long, env = "LIANJIAN_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

impl Remote {
    /// A connection with the token that applies: `LIANJIAN_TOKEN`, the token file, the stored login.
    ///
    /// # Errors
    /// Exit code 2 for an address or a file that cannot be used, 4 when there is no token.
    pub fn connect(&self) -> Result<Connection> {
        self.open(self.tokens()?, Retry::default())
    }

    /// A connection without a token, for login and health.
    ///
    /// # Errors
    /// Exit code 2 for an address that cannot be used.
    pub fn connect_without_token(&self) -> Result<Connection> {
        self.open(Arc::new(NoToken), Retry::default())
    }

    /// As [`Remote::connect_without_token`], each call tried once: who asks has patience of its own.
    ///
    /// # Errors
    /// Exit code 2 for an address that cannot be used.
    pub fn connect_once(&self) -> Result<Connection> {
        self.open(Arc::new(NoToken), Retry { attempts: 1, ..Retry::default() })
    }

    fn open(&self, tokens: Arc<dyn TokenSource>, retry: Retry) -> Result<Connection> {
        let options = Options { language: crate::lang::tag().to_string(), retry };
        Connection::new(&self.url, tokens, options).map_err(|e| Failure::usage(e.message))
    }

    fn tokens(&self) -> Result<Arc<dyn TokenSource>> {
        if let Some(token) = std::env::var_os("LIANJIAN_TOKEN").filter(|t| !t.is_empty()) {
            let token = token.into_string().map_err(|_| Failure::usage("LIANJIAN_TOKEN is not UTF-8"))?;
            return Ok(Arc::new(FixedToken(token.trim().to_string())));
        }
        if let Some(path) = &self.token_file {
            return Ok(Arc::new(FixedToken(secrets::read_private(path)?)));
        }
        Ok(Arc::new(session::Stored::open(&self.url)?))
    }
}
