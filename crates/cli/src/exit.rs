//! How a command ends: the exit codes of the manual, and the failure that carries one.
//!
//! Every command returns [`Result`]; `main` prints the text on standard error and exits with the code. The table is what
//! `lianjian help exit-codes` shows, so it cannot drift from the numbers.

use clients::ClientError;
use service_kit::config::ConfigFault;
use std::process::ExitCode;

/// Result of a command.
pub type Result<T = ()> = std::result::Result<T, Failure>;

/// Exit codes; the numbers are promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything that has no code of its own.
    Other = 1,
    /// Wrong arguments or settings.
    Usage = 2,
    /// Some rows were rejected.
    Partial = 3,
    /// Not logged in, or no right.
    Auth = 4,
    /// Trying again later may help.
    Temporary = 5,
    /// The state of things forbids it.
    Conflict = 6,
    /// What was read is damaged or was changed.
    Corrupt = 7,
    /// Interrupted by SIGINT.
    Interrupted = 130,
}

/// The manual's table.
pub const MANUAL: &str = "\
Exit codes (退出码) of every command:

    0  done (成功)
    1  other failure, a check that did not pass among them (其他错误，含校验不通过)
    2  wrong arguments or settings (参数或配置错误)
    3  some rows were rejected; see the summary and --rejects (部分行被拒绝)
    4  not logged in, or no right (未登录或无权限)
    5  temporary: the suite cannot be reached or is overloaded, trying again helps (暂时不可用，可重试)
    6  conflict: changed by somebody else, already running, input changed since (冲突)
    7  corrupt: an audit dump or a draw that was changed, an answer that cannot be read (数据损坏或被改动)
  130  interrupted (Ctrl-C, 被中断); an import can be taken up again with --resume";

/// Why a command failed, and its exit code.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// For people; empty when all has been said already.
    pub message: String,
}

impl Failure {
    /// A failure with its text.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A failure whose report stands on standard output already.
    #[must_use]
    pub fn quiet(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// Wrong arguments or settings.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file that cannot be read or written.
    pub fn file(path: &std::path::Path, e: &std::io::Error) -> Self {
        Self::new(Exit::Other, format!("{}: {e}", path.display()))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl From<ClientError> for Failure {
    fn from(e: ClientError) -> Self {
        let exit = match e.exit_code() {
            4 => Exit::Auth,
            5 => Exit::Temporary,
            6 => Exit::Conflict,
            7 => Exit::Corrupt,
            _ => Exit::Other,
        };
        let hint = match e.status {
            Some(401) => crate::lang::pick("\n请先登录：lianjian login", "\nlog in first: lianjian login"),
            None if exit == Exit::Temporary => crate::lang::pick(
                "\n服务没有应答；地址由 --url 或 LIANJIAN_URL 指定",
                "\nthe suite does not answer; --url or LIANJIAN_URL says where it is",
            ),
            _ => "",
        };
        Self::new(exit, format!("{e}{hint}"))
    }
}

impl From<ConfigFault> for Failure {
    fn from(e: ConfigFault) -> Self {
        Self::usage(e.to_string())
    }
}

impl From<service_kit::Error> for Failure {
    fn from(e: service_kit::Error) -> Self {
        use service_kit::Kind;
        let exit = match e.kind {
            Kind::Unavailable | Kind::StorageFull => Exit::Temporary,
            Kind::Conflict => Exit::Conflict,
            _ => Exit::Other,
        };
        // On the machine itself the context is what the administrator needs.
        Self::new(exit, if e.context.is_empty() { e.to_string() } else { e.context })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clients::Blame;

    #[test]
    fn the_manual_names_every_code() {
        for exit in [
            Exit::Other,
            Exit::Usage,
            Exit::Partial,
            Exit::Auth,
            Exit::Temporary,
            Exit::Conflict,
            Exit::Corrupt,
            Exit::Interrupted,
        ] {
            let number = format!("{:>5}  ", exit as u8);
            assert!(MANUAL.lines().any(|l| l.starts_with(&number)), "{exit:?}");
        }
    }

    #[test]
    fn answers_of_the_suite_end_with_the_code_of_the_manual() {
        for (status, exit) in [
            (401, Exit::Auth),
            (403, Exit::Auth),
            (404, Exit::Other),
            (409, Exit::Conflict),
            (412, Exit::Conflict),
            (422, Exit::Other),
            (429, Exit::Temporary),
            (500, Exit::Other),
            (503, Exit::Temporary),
        ] {
            assert_eq!(Failure::from(ClientError::answer(status, None, b"")).exit, exit, "{status}");
        }
        assert_eq!(Failure::from(ClientError::local(Blame::Corrupt, "x", "")).exit, Exit::Corrupt);
        assert_eq!(Failure::from(ConfigFault::Variable("X".into())).exit, Exit::Usage);
    }
}
