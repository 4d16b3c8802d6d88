//! `audit dump|verify`: the audit log as a file, and proof without a server that nobody changed it.
//!
//! A dump is NDJSON: the signed heads with the public key, then every entry in order. Verification recomputes the chain,
//! holds it against every head and checks every signature; it refuses to call anything fine that it could not read.

use crate::exit::{Exit, Failure, Result};
use crate::out;
use crate::remote::Remote;
use crate::remote::progress::{Mode, Progress};
use clap::{Args, Subcommand};
use clients::common::CommonClient;
use serde::Deserialize;
use serde_json::json;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use store_kit::chain::{self, Head, Line, Verifier};
use store_kit::crypto;

#[derive(Subcommand)]
#[command(
    after_help = "Examples (示例):\n  lianjian audit dump catalog -o catalog-audit.ndjson\n  lianjian audit verify catalog-audit.ndjson"
)]
pub enum Audit {
    /// Write a service's audit log to a file (导出审计日志)
    Dump(Dump),
    /// Verify a dump; needs no server (校验审计日志)
    Verify(Verify),
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian audit dump gateway -o gateway-audit.ndjson\n\n\
    Needs the role audit_admin or auditor.")]
pub struct Dump {
    /// The service: gateway, catalog, subjects, inspections
    service: String,
    /// The file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    progress: Mode,
    #[command(flatten)]
    remote: Remote,
}

impl Dump {
    pub async fn run(self) -> Result {
        let client = CommonClient::new(self.remote.connect()?, &self.service);
        // Heads first: every entry that a head covers was sealed before it, so it comes below.
        let heads = client.audit_head_list().await?;
        let first = json!({"service": self.service, "public_key": heads.public_key, "heads": heads.items});
        let mut sink = Sink::open(self.output.as_deref())?;
        sink.line(&first.to_string())?;
        let mut progress = Progress::begin(self.progress, "audit", None, false);
        let (mut after, mut count) = (0, 0u64);
        loop {
            let entries = client.audit_list(after, 1000).await?;
            for entry in &entries {
                let line: Line = parse(entry.get(), count + 2)?;
                after = line.seq;
                count += 1;
                sink.line(entry.get())?;
            }
            progress.show(count, 0, None);
            if entries.is_empty() {
                break;
            }
        }
        progress.end(count, 0);
        sink.finish()?;
        out::note(&format!("{count} {}", crate::lang::pick("条审计记录", "entries")));
        Ok(())
    }
}

/// A file that appears when it is complete, or standard output.
enum Sink {
    Standard,
    File { draft: PathBuf, path: PathBuf, writer: std::io::BufWriter<std::fs::File> },
}

impl Sink {
    fn open(path: Option<&Path>) -> Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let Some(path) = path else { return Ok(Sink::Standard) };
        let draft = path.with_extension("part");
        let file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
        let writer = std::io::BufWriter::new(file.map_err(|e| Failure::file(&draft, &e))?);
        Ok(Sink::File { draft, path: path.to_path_buf(), writer })
    }

    fn line(&mut self, text: &str) -> Result {
        match self {
            Sink::Standard => out::line(text),
            Sink::File { draft, writer, .. } => {
                writeln!(writer, "{text}").map_err(|e| Failure::file(draft, &e))
            }
        }
    }

    fn finish(self) -> Result {
        let Sink::File { draft, path, writer } = self else { return Ok(()) };
        let done = writer.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|file| {
            file.sync_all()?;
            std::fs::rename(&draft, &path)
        });
        done.map_err(|e| Failure::file(&path, &e))
    }
}

#[derive(Args)]
#[command(after_help = "Examples (示例):\n  lianjian audit verify catalog-audit.ndjson\n  \
    lianjian audit verify catalog-audit.ndjson --key-file published-key.hex\n\n\
    Without a key of your own the one in the dump is used: then the dump agrees with itself, but somebody who has the\n\
    whole dump could have made it anew. Keep the key, or a head, elsewhere.\nExit code 7 names the first entry that is not what was written.")]
pub struct Verify {
    /// The dump
    file: PathBuf,
    /// Ed25519 public key that the signatures must be of, 64 hex digits
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
    /// File with that key
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    key_file: Option<PathBuf>,
}

#[derive(Deserialize)]
struct FirstLine {
    #[serde(default)]
    service: String,
    public_key: String,
    heads: Vec<Head>,
}

/// What a dump that is whole holds.
#[derive(Debug, PartialEq, Eq)]
struct Verified {
    service: String,
    entries: i64,
    hash: String,
    heads: usize,
    covered: i64,
    key_id: String,
}

impl Verify {
    pub fn run(self) -> Result {
        let key = match (&self.key, &self.key_file) {
            (Some(key), _) => Some(key.trim().to_ascii_lowercase()),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, &e))?;
                Some(text.trim().to_ascii_lowercase())
            }
            (None, None) => None,
        };
        if key.as_ref().is_some_and(|k| k.len() != 64 || hex::decode(k).is_err()) {
            return Err(Failure::usage("the key is 64 hex digits"));
        }
        let file = std::fs::File::open(&self.file).map_err(|e| Failure::file(&self.file, &e))?;
        let found = verify(BufReader::new(file), key.as_deref())?;
        let Verified { service, entries, hash, heads, covered, key_id } = found;
        out::line(&format!(
            "ok: {service} {entries} entries, {heads} signed heads up to entry {covered}, key {key_id}\nlast hash {hash}"
        ))?;
        if key.is_none() {
            out::note(crate::lang::pick(
                "注意：使用了文件自带的公钥；请与另行保存的公钥比对（--key）",
                "note: the dump's own key was used; hold it against one kept elsewhere (--key)",
            ));
        }
        if covered < entries {
            let open = entries - covered;
            out::note(&format!(
                "{open} {}",
                crate::lang::pick("条记录尚未被签名链首覆盖", "entries are after the last signed head")
            ));
        }
        Ok(())
    }
}

fn corrupt(text: impl Into<String>) -> Failure {
    Failure::new(Exit::Corrupt, text)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, number: u64) -> Result<T> {
    serde_json::from_str(text).map_err(|e| corrupt(format!("line {number}: {e}")))
}

fn verify(reader: impl std::io::BufRead, key: Option<&str>) -> Result<Verified> {
    let mut lines = reader.lines().enumerate().map(|(i, line)| {
        let number = i as u64 + 1;
        line.map(|text| (number, text)).map_err(|e| corrupt(format!("line {number}: {e}")))
    });
    let (number, first) = lines.next().ok_or_else(|| corrupt("the file is empty"))??;
    let FirstLine { service, public_key, heads } = parse(&first, number)?;
    let public_key = key.unwrap_or(&public_key).to_string();
    for head in &heads {
        let bytes = chain::head_bytes(&head.service, head.seq, &head.hash);
        if !service.is_empty() && head.service != service {
            return Err(corrupt(format!("the head at entry {} is another service's", head.seq)));
        }
        if !crypto::verify(&public_key, &bytes, &head.signature) {
            return Err(corrupt(chain::ChainFault::Signature(head.seq).to_string()));
        }
    }
    let (count, covered) = (heads.len(), heads.iter().map(|h| h.seq).max().unwrap_or(0));
    let mut verifier = Verifier::new(heads);
    for line in lines {
        let (number, text) = line?;
        if text.is_empty() {
            continue;
        }
        verifier.push(&parse(&text, number)?).map_err(|e| corrupt(format!("line {number}: {e}")))?;
    }
    let (entries, hash) = verifier.finish().map_err(|e| corrupt(e.to_string()))?;
    Ok(Verified { service, entries, hash, heads: count, covered, key_id: crypto::key_id(&public_key) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use store_kit::crypto::{CryptoProvider as _, Standard};

    fn dump(n: i64, heads: &[i64]) -> (Vec<String>, String) {
        let signer = Standard::new(&[9; 32]).unwrap();
        let (mut previous, mut entries, mut signed) = (String::new(), Vec::new(), Vec::new());
        for seq in 1..=n {
            let mut line = Line {
                seq,
                id: format!("id-{seq}"),
                at: "2026-11-23T00:00:00.000000Z".into(),
                actor: "a".into(),
                organ: "nz-scjg".into(),
                action: "item_create".into(),
                target_kind: "item".into(),
                target: format!("t{seq}"),
                trace_id: String::new(),
                detail: "{}".into(),
                hash: String::new(),
            };
            line.hash = chain::link(&previous, &line);
            previous.clone_from(&line.hash);
            if heads.contains(&seq) {
                signed.push(Head {
                    service: "catalog".into(),
                    seq,
                    hash: line.hash.clone(),
                    sealed_at: "2026-11-23T00:00:00Z".into(),
                    key_id: signer.key_id(),
                    signature: signer.sign(&chain::head_bytes("catalog", seq, &line.hash)),
                });
            }
            entries.push(serde_json::to_string(&line).unwrap());
        }
        let first =
            json!({"service": "catalog", "public_key": signer.public_key(), "heads": signed}).to_string();
        entries.insert(0, first);
        (entries, signer.public_key())
    }

    fn check(lines: &[String], key: Option<&str>) -> Result<Verified> {
        verify(lines.join("\n").as_bytes(), key)
    }

    fn broken(lines: &[String], key: Option<&str>) -> String {
        let e = check(lines, key).unwrap_err();
        assert_eq!(e.exit, Exit::Corrupt);
        e.message
    }

    #[test]
    fn an_untouched_dump_verifies() {
        let (lines, key) = dump(20, &[7, 18]);
        let found = check(&lines, Some(&key)).unwrap();
        assert_eq!((found.entries, found.heads, found.covered), (20, 2, 18));
        assert_eq!(check(&lines, None).unwrap(), found);
    }

    #[test]
    fn the_first_bad_entry_is_named() {
        let (mut lines, key) = dump(20, &[18]);
        lines[7] = lines[7].replace("item_create", "item_delete");
        let text = broken(&lines, Some(&key));
        assert!(text.contains("line 8: entry 7"), "{text}");
    }

    #[test]
    fn cut_rechained_or_foreign_dumps_are_refused() {
        let (lines, key) = dump(20, &[18]);
        assert!(broken(&lines[..10], Some(&key)).contains("cut off"));
        let (mut other, _) = dump(20, &[]);
        other[0] = lines[0].clone();
        other.remove(3);
        assert!(broken(&other, Some(&key)).contains("entry 3 is missing"));
        let foreign = Standard::new(&[8; 32]).unwrap().public_key();
        assert!(broken(&lines, Some(&foreign)).contains("signature"));
        assert!(broken(&["".into()], None).contains("line 1") || broken(&[], None).contains("empty"));
        assert!(broken(&[lines[0].clone(), "{}".into()], None).contains("line 2"));
    }
}
