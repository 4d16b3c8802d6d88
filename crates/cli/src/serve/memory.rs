//! Gives memory back that nobody uses any more.
//!
//! The allocator (mimalloc 3) returns freed pages to the system a second after they were freed, and looks for them only
//! when it is asked for more. A suite that has started stays as big as its start was: 85 MiB of heap where 40 are in use
//! (four services). With three milliseconds it gives them back at once; under load it then calls the system a few times a
//! second, with none a thousand times (both counted at 5,000 requests/s). It reads the setting before `main`, so the
//! process replaces itself once (execve: same process number, same open files) with the setting in its environment.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

const SETTING: &str = "MIMALLOC_PURGE_DELAY";
const MILLISECONDS: &str = "3";

/// Replaces the process by itself with the allocator's setting; returns where it stands already, or cannot be given.
pub fn settle() {
    if std::env::var_os(SETTING).is_some() {
        return;
    }
    let Ok(own) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| own.clone().into_os_string());
    // Where the file is gone or may not be run again, the process goes on as it is: bigger, not worse.
    let _refused = Command::new(own).arg0(name).args(arguments).env(SETTING, MILLISECONDS).exec();
}
