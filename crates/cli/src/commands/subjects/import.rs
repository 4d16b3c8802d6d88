//! `subjects import`: sends a file, follows the job, tells what came of it.
//!
//! The file goes as it is, packed or not. Its digest and the parameters are the idempotency key, so sending it again, or
//! taking it up with `--resume`, continues the same import instead of doubling it. Interrupted at any point it ends with
//! 130 and the journal says where it was.

use super::refeed::Input;
use super::summary::{self, Outcome};
use super::{FileFormat, rejects};
use crate::exit::{Exit, Failure, Result};
use crate::out::{self, Format};
use crate::remote::Remote;
use crate::remote::journal::{self, Identity, Journal};
use crate::remote::progress::{Mode, Progress};
use clap::{Args, ValueEnum};
use clients::common::{CommonClient, Operation};
use clients::connection::Reopen;
use clients::subjects::{Started, SubjectImport};
use clients::{Connection, SubjectsClient};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How bad rows are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ImportMode {
    /// Good rows come in, bad ones are reported
    Partial,
    /// All rows or none
    Atomic,
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian subjects import 企业名单.csv --dry-run\n  \
    lianjian subjects import list.ndjson.gz --rejects bad.ndjson --max-errors 5%\n  \
    lianjian subjects import list.csv --resume\n  lianjian subjects import bad.ndjson      (a corrected rejects file)\n\n\
    The file may be CSV (Chinese or English headers, UTF-8 or GB18030), NDJSON or XLSX, gzip too.\n\
    Exit code 3 when rows were rejected. The same file sent again within 48 hours continues the same import;\n\
    --again makes a new one of it.")]
pub struct Import {
    /// The file
    file: PathBuf,
    /// Form of the file; told from name and content when absent
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// How bad rows are treated
    #[arg(long, value_enum, default_value = "partial")]
    mode: ImportMode,
    /// Check everything on the server, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on with the import that the journal beside the file tells of
    #[arg(long)]
    resume: bool,
    /// Import the file once more although it was imported before
    #[arg(long, conflicts_with = "resume")]
    again: bool,
    /// Write rejected rows here, with their faults (NDJSON)
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Stop when more rows than this are rejected
    #[arg(long, value_name = "N|N%")]
    max_errors: Option<MaxErrors>,
    /// Organ that will keep the rows, when it is not the own one (部门)
    #[arg(long, value_name = "CODE")]
    department: Option<String>,
    /// Region of rows that say none (行政区划)
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Form of the summary: table or json
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    progress: Mode,
    #[command(flatten)]
    remote: Remote,
}

/// How many rows may be rejected.
#[derive(Clone, Copy, Debug, PartialEq)]
enum MaxErrors {
    Rows(u64),
    Percent(f64),
}

/// A share of few rows says nothing.
const ROWS_BEFORE_PERCENT: u64 = 200;

impl FromStr for MaxErrors {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let bad = || format!("{text:?} is neither a number nor a share such as 5%");
        match text.strip_suffix('%') {
            Some(share) => match share.trim().parse::<f64>() {
                Ok(share) if (0.0..=100.0).contains(&share) => Ok(MaxErrors::Percent(share)),
                _ => Err(bad()),
            },
            None => text.parse().map(MaxErrors::Rows).map_err(|_| bad()),
        }
    }
}

impl MaxErrors {
    fn is_exceeded(self, done: u64, failed: u64) -> bool {
        match self {
            MaxErrors::Rows(most) => failed > most,
            MaxErrors::Percent(share) => {
                done >= ROWS_BEFORE_PERCENT && failed as f64 * 100.0 > share * done as f64
            }
        }
    }
}

impl Import {
    pub async fn run(self) -> Result {
        if matches!(self.output, Format::Csv | Format::Ndjson) {
            return Err(Failure::usage("-o: the summary is a table or json"));
        }
        let connection = self.remote.connect()?;
        tokio::select! {
            biased;
            done = self.import(&connection) => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Interrupted, crate::lang::pick(
                "已中断；用 --resume 继续（服务端可能仍在处理）",
                "interrupted; --resume goes on with it (the server may still be at work)",
            ))),
        }
    }

    async fn import(&self, connection: &Connection) -> Result {
        let input = Input::open(&self.file, self.format)?;
        let (digest, length) = journal::digest(&input.path)?;
        let identity =
            Identity { digest, url: self.remote.url.clone(), parameters: self.parameters(input.format) };
        let mut journal = self.journal(identity)?;
        let common = CommonClient::new(connection.clone(), "subjects");
        let operation = loop {
            let (id, is_replayed) = match journal.operation {
                Some(id) if self.resume => (id, true),
                _ => {
                    journal.write(&self.file)?;
                    let Started { operation, is_replayed } =
                        self.send(connection, &input, &journal.key, length).await?;
                    journal.operation = Some(operation);
                    journal.write(&self.file)?;
                    (operation, is_replayed)
                }
            };
            if is_replayed && !self.resume {
                out::note(crate::lang::pick(
                    "此文件已按相同参数发送过，接着显示那次导入（--again 可重新导入）",
                    "this file was sent before with the same parameters; that import is shown (--again makes a new one)",
                ));
            }
            let operation = self.follow(&common, id).await?;
            // What failed before, or was stopped, would only be told again: a new try needs a new key.
            if is_replayed
                && matches!(operation.state.as_str(), "failed" | "cancelled")
                && journal.attempt < 1000
            {
                journal.attempt += 1;
                journal.key = journal.identity.key(journal.attempt);
                journal.operation = None;
                continue;
            }
            break operation;
        };
        let faults = common.operation_fault_list(operation.id, None).await?.items;
        let outcome = Outcome::of(&operation, self.mode == ImportMode::Atomic, self.max_errors.is_some());
        if let Some(path) = &self.rejects {
            let count = rejects::write(&common, operation.id, &input.path, input.format, path).await?;
            out::note(&format!(
                "{}: {count} {}",
                path.display(),
                crate::lang::pick("行被拒绝", "rejected rows")
            ));
            if count < summary::rejected(&operation) {
                out::note(crate::lang::pick(
                    "服务端的报告有长度上限，其余被拒绝的行不在文件中",
                    "the server's report is cut at its limit; the other rejected rows are not in the file",
                ));
            }
        }
        summary::print(&operation, &faults, self.output)?;
        if outcome.is_final() {
            Journal::remove(&self.file);
        }
        outcome.end()
    }

    fn parameters(&self, format: Option<FileFormat>) -> Vec<(String, String)> {
        let mode = if self.mode == ImportMode::Atomic { "atomic" } else { "partial" };
        let format = format.map_or("", FileFormat::word);
        [
            ("mode", mode.to_string()),
            ("dry_run", self.dry_run.to_string()),
            ("format", format.to_string()),
            ("department", self.department.clone().unwrap_or_default()),
            ("region", self.region.clone().unwrap_or_default()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_string(), value))
        .collect()
    }

    /// The journal to go on with, or a new one.
    fn journal(&self, identity: Identity) -> Result<Journal> {
        if self.resume {
            let Some(journal) = Journal::read(&self.file)? else {
                return Err(Failure::usage(crate::lang::pick(
                    "--resume：旁边没有未完成导入的记录",
                    "--resume: there is no journal of an unfinished import beside the file",
                )));
            };
            journal.expect(&identity)?;
            return Ok(journal);
        }
        let mut key = identity.key(1);
        if self.dry_run || self.again {
            // A check of today is not the check of yesterday.
            key = format!("{key}-{}", uuid::Uuid::new_v4().simple());
        }
        Ok(Journal { version: 1, identity, key, attempt: 1, operation: None })
    }

    async fn send(&self, connection: &Connection, input: &Input, key: &str, length: u64) -> Result<Started> {
        let sent = Arc::new(AtomicU64::new(0));
        let import = SubjectImport {
            format: input.format.map(FileFormat::word),
            media: media(&input.path, input.format)?,
            mode: if self.mode == ImportMode::Atomic { "atomic" } else { "partial" },
            is_dry_run: self.dry_run,
            department: self.department.as_deref(),
            region_code: self.region.as_deref(),
            key,
            body: body(&input.path, &sent),
        };
        let client = SubjectsClient::new(connection.clone());
        let mut progress = Progress::begin(self.progress, "upload", Some(length), true);
        let mut call = std::pin::pin!(client.subject_import(import));
        let mut timer = tokio::time::interval(Duration::from_millis(200));
        let started = loop {
            tokio::select! {
                started = &mut call => break started,
                _ = timer.tick() => progress.show(sent.load(Ordering::Relaxed), 0, None),
            }
        };
        progress.end(sent.load(Ordering::Relaxed), 0);
        Ok(started?)
    }

    async fn follow(&self, common: &CommonClient, id: uuid::Uuid) -> Result<Operation> {
        let mut progress = Progress::begin(self.progress, "import", None, false);
        let mut wait = Duration::from_millis(100);
        let mut is_stopped = false;
        loop {
            let operation = common.operation_view(id).await?;
            let clients::common::Progress { done, failed, total } = operation.progress;
            // At its end a job counts refused rows apart.
            let done = if total == Some(done + failed) { done + failed } else { done };
            progress.show(done, failed, total);
            if operation.is_over() {
                progress.end(done, failed);
                return Ok(operation);
            }
            if !is_stopped && self.max_errors.is_some_and(|most| most.is_exceeded(done, failed)) {
                is_stopped = true;
                out::note(crate::lang::pick("错误过多，停止导入", "too many errors, stopping the import"));
                match common.operation_cancel(id).await {
                    Err(e) if e.blame != clients::Blame::Conflict => return Err(e.into()),
                    _ => {}
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 3 / 2).min(Duration::from_secs(1));
        }
    }
}

/// Media type by what the file begins with: packed files go as they are.
fn media(path: &Path, format: Option<FileFormat>) -> Result<&'static str> {
    let mut magic = [0u8; 2];
    let mut file = std::fs::File::open(path).map_err(|e| Failure::file(path, &e))?;
    let n = file.read(&mut magic).map_err(|e| Failure::file(path, &e))?;
    Ok(match (&magic[..n], format) {
        ([0x1f, 0x8b], _) => "application/gzip",
        (_, Some(format)) => format.media(),
        (_, None) => "application/octet-stream",
    })
}

/// The file as a stream that counts what was taken.
fn body(path: &Path, sent: &Arc<AtomicU64>) -> Reopen {
    let (path, sent) = (path.to_path_buf(), Arc::clone(sent));
    Arc::new(move || {
        let file = tokio::fs::File::from_std(std::fs::File::open(&path)?);
        sent.store(0, Ordering::Relaxed);
        let sent = Arc::clone(&sent);
        let chunks = futures_util::stream::try_unfold((file, sent), async |(mut file, sent)| {
            use tokio::io::AsyncReadExt as _;
            let mut chunk = bytes::BytesMut::with_capacity(1 << 18);
            let n = file.read_buf(&mut chunk).await?;
            sent.fetch_add(n as u64, Ordering::Relaxed);
            Ok::<_, std::io::Error>((n > 0).then(|| (chunk.freeze(), (file, sent))))
        });
        Ok(reqwest::Body::wrap_stream(chunks))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_on_errors_is_a_number_or_a_share() {
        assert_eq!("10".parse(), Ok(MaxErrors::Rows(10)));
        assert_eq!("2.5%".parse(), Ok(MaxErrors::Percent(2.5)));
        for bad in ["", "x", "-1", "101%", "%"] {
            assert!(bad.parse::<MaxErrors>().is_err(), "{bad}");
        }
        assert!(MaxErrors::Rows(0).is_exceeded(5, 1) && !MaxErrors::Rows(1).is_exceeded(5, 1));
        assert!(!MaxErrors::Percent(5.0).is_exceeded(10, 10), "too few rows to say");
        assert!(
            MaxErrors::Percent(5.0).is_exceeded(1000, 51) && !MaxErrors::Percent(5.0).is_exceeded(1000, 50)
        );
    }

    #[test]
    fn packed_files_are_told_by_their_first_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, [0x1f, 0x8b, 8]).unwrap();
        assert_eq!(media(&path, Some(FileFormat::Csv)).unwrap(), "application/gzip");
        std::fs::write(&path, "名称\n").unwrap();
        assert_eq!(media(&path, Some(FileFormat::Csv)).unwrap(), "text/csv");
        assert_eq!(media(&path, None).unwrap(), "application/octet-stream");
    }
}
