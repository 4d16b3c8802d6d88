//! `login`, `logout`, `whoami`, `password`: on whose behalf the other commands speak.
//!
//! A password comes from a prompt on a terminal, `LIANJIAN_PASSWORD`, `--password-file` or standard input; never from a
//! flag, where every user of the machine could read it.

use crate::exit::{Failure, Result};
use crate::out::{self, Format};
use crate::remote::Remote;
use crate::remote::session::{Session, SessionFile};
use crate::settings::secrets;
use clap::Args;
use clients::GatewayClient;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

/// Where a name and a password come from.
#[derive(Args)]
pub struct Credentials {
    /// Name of the account (用户名); asked for on a terminal
    #[arg(long, short, env = "LIANJIAN_USERNAME", value_name = "NAME")]
    username: Option<String>,
    /// File with the password, readable by nobody else
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Credentials {
    fn username(&self) -> Result<String> {
        if let Some(name) = self.username.as_ref().filter(|n| !n.is_empty()) {
            return Ok(name.clone());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::usage("no terminal to ask on: give --username or LIANJIAN_USERNAME"));
        }
        out::note(crate::lang::pick("用户名：", "username:"));
        input_line()
    }

    fn password(&self) -> Result<String> {
        match &self.password_file {
            Some(path) => secrets::read_private(path),
            None => secret("LIANJIAN_PASSWORD", crate::lang::pick("密码：", "password: ")),
        }
    }
}

/// A secret from a variable, a prompt or the next line of standard input.
fn secret(variable: &str, prompt: &str) -> Result<String> {
    if let Some(value) = std::env::var_os(variable).filter(|v| !v.is_empty()) {
        return value.into_string().map_err(|_| Failure::usage(format!("{variable} is not UTF-8")));
    }
    if std::io::stdin().is_terminal() {
        let terminal = console::Term::stderr();
        let read = terminal.write_str(prompt).and_then(|()| terminal.read_secure_line());
        return read.map_err(|e| Failure::usage(format!("terminal: {e}")));
    }
    input_line()
}

fn input_line() -> Result<String> {
    let mut line = String::new();
    let n = std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|e| Failure::usage(format!("standard input: {e}")))?;
    let line = line.trim_end_matches(['\r', '\n']).to_string();
    if n == 0 || line.is_empty() {
        return Err(Failure::usage("standard input is empty"));
    }
    Ok(line)
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian login\n  lianjian login -u zhang --password-file ~/.lianjian-password\n  \
    printf '%s\\n' \"$SECRET\" | lianjian login -u zhang\n\n\
    The token is kept in $XDG_CONFIG_HOME/lianjian/token.json for this user alone and renewed by itself."
)]
pub struct Login {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    credentials: Credentials,
}

impl Login {
    pub async fn run(self) -> Result {
        let username = self.credentials.username()?;
        let password = self.credentials.password()?;
        let gateway = GatewayClient::new(self.remote.connect_without_token()?);
        let tokens = gateway.token_create(&username, &password).await?;
        let must_change = tokens.must_change_password;
        SessionFile::of_user()?.set(&self.remote.url, Some(Session::of(&username, tokens)))?;
        out::note(&format!(
            "{} {username} @ {}",
            crate::lang::pick("已登录：", "logged in:"),
            self.remote.url
        ));
        if must_change {
            out::note(crate::lang::pick(
                "这是一次性密码，请立即修改：lianjian password",
                "this is a one-time password; change it now: lianjian password",
            ));
        }
        Ok(())
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian logout")]
pub struct Logout {
    #[command(flatten)]
    remote: Remote,
}

impl Logout {
    pub async fn run(self) -> Result {
        let ended = match self.remote.connect() {
            Ok(connection) => GatewayClient::new(connection).session_end().await,
            Err(_) => Ok(()),
        };
        // Forgotten here even when the suite cannot be told: the token then ends by itself.
        SessionFile::of_user()?.set(&self.remote.url, None)?;
        match ended {
            Err(e) if e.blame != clients::Blame::Auth => Err(e.into()),
            _ => {
                out::note(crate::lang::pick("已退出登录", "logged out"));
                Ok(())
            }
        }
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian whoami\n  lianjian whoami -o json")]
pub struct Whoami {
    #[command(flatten)]
    remote: Remote,
    /// Form of the output
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

impl Whoami {
    pub async fn run(self) -> Result {
        let me = GatewayClient::new(self.remote.connect()?).account_me().await?;
        if self.output == Format::Json {
            return out::json(&me);
        }
        let columns = [
            ("USERNAME", "/username"),
            ("NAME", "/display_name"),
            ("DEPARTMENT", "/department"),
            ("ROLES", "/roles"),
            ("REGIONS", "/regions"),
        ];
        out::list(self.output, &columns, &[me])
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian password\n  printf '%s\\n%s\\n' \"$OLD\" \"$NEW\" | lianjian password\n\n\
    The old and then the new password are asked for on a terminal, or read as two lines. Afterwards log in again."
)]
pub struct Password {
    #[command(flatten)]
    remote: Remote,
}

impl Password {
    pub async fn run(self) -> Result {
        let gateway = GatewayClient::new(self.remote.connect()?);
        let old = secret("LIANJIAN_PASSWORD", crate::lang::pick("原密码：", "old password: "))?;
        let new = secret("", crate::lang::pick("新密码：", "new password: "))?;
        if std::io::stdin().is_terminal()
            && new != secret("", crate::lang::pick("再输一次：", "once more: "))?
        {
            return Err(Failure::usage(crate::lang::pick("两次输入不一致", "the two differ")));
        }
        gateway.account_password_change(&old, &new).await?;
        // Tokens from before the change no longer count.
        SessionFile::of_user()?.set(&self.remote.url, None)?;
        out::note(crate::lang::pick("密码已修改，请重新登录", "the password is changed; log in again"));
        Ok(())
    }
}
