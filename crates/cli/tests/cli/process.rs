//! Running the binary: one command to its end, or a server until the test lets it go.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a command left behind.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    /// Ends the test unless the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}", self.out))
    }
}

/// The binary in a folder, without the environment of who runs the tests.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianjian"));
    command
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs a command to its end.
pub fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Done {
    let mut child = command(folder)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A suite in a process of its own.
pub struct Server {
    child: Child,
    log: Arc<Mutex<VecDeque<String>>>,
    /// The gateway's address.
    pub url: String,
}

impl Server {
    /// Starts everything in a folder and waits until the gateway listens.
    pub fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = command(folder)
            .arg("serve")
            .env("LIANJIAN_GATEWAY_ADDR", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let (reader, lines) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                lines.lock().unwrap().push_back(line);
            }
        });
        let mut server = Self { child, log, url: String::new() };
        server.url = server.wait_for_gateway();
        server
    }

    fn wait_for_gateway(&mut self) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let lines: Vec<String> = self.log.lock().unwrap().iter().cloned().collect();
            for line in &lines {
                let entry: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
                if entry["message"] == "listening" && entry["service"] == "gateway" {
                    return format!("http://{}", entry["addr"].as_str().unwrap());
                }
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < until,
                "no gateway ({ended:?}):\n{}",
                lines.join("\n")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to stop; gives its exit code and what it wrote to standard output.
    pub fn stop(mut self) -> (i32, String) {
        use std::io::Read as _;
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        (code, out)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
