//! Taking an import up again: what was sent, under which key, and the job that came of it.
//!
//! The journal lies beside the input (`FILE.lianjian-journal`), is written before the file is sent and after the job is
//! known, and goes when the import has ended well. It refuses to go on with another input or other parameters.

use crate::exit::{Exit, Failure, Result};
use crate::remote::session::replace_private;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What must be the same for an import to be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// SHA-256 of the file, hex.
    pub digest: String,
    /// Where it goes.
    pub url: String,
    /// `mode`, `format`, `dry_run` and the like, in order.
    pub parameters: Vec<(String, String)>,
}

impl Identity {
    /// The key under which the suite knows this import: the same file with the same parameters is the same import.
    ///
    /// A dry run changes nothing, so each one is new; a try after a failed job is a new import as well.
    #[must_use]
    pub fn key(&self, attempt: u32) -> String {
        let mut h = Sha256::new();
        h.update(b"lianjian/import/v1\0");
        h.update(self.digest.as_bytes());
        for (name, value) in &self.parameters {
            h.update(b"\0");
            h.update(name.as_bytes());
            h.update(b"=");
            h.update(value.as_bytes());
        }
        let digest = hex::encode(h.finalize());
        format!("import-{}-{attempt}", &digest[..40])
    }
}

/// The journal of one import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Form of this file.
    pub version: u32,
    /// What is imported.
    pub identity: Identity,
    /// Key of the call.
    pub key: String,
    /// Try, from 1.
    pub attempt: u32,
    /// The job, once it is known.
    pub operation: Option<Uuid>,
}

/// Where the journal of an input lies.
#[must_use]
pub fn path_of(input: &Path) -> PathBuf {
    let mut name = input.as_os_str().to_os_string();
    name.push(".lianjian-journal");
    PathBuf::from(name)
}

impl Journal {
    /// Reads the journal of an input.
    ///
    /// # Errors
    /// Exit code 7 for a journal that does not read.
    pub fn read(input: &Path) -> Result<Option<Self>> {
        let path = path_of(input);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|e| {
                Failure::new(Exit::Corrupt, format!("{}: {e}; remove it to begin anew", path.display()))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Failure::file(&path, &e)),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn write(&self, input: &Path) -> Result {
        let path = path_of(input);
        let text = serde_json::to_vec_pretty(self).map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
        replace_private(&path, &text).map_err(|e| Failure::file(&path, &e))
    }

    /// Takes it away.
    pub fn remove(input: &Path) {
        let _ = std::fs::remove_file(path_of(input));
    }

    /// Refuses to go on with something else.
    ///
    /// # Errors
    /// Exit code 6, naming what differs.
    pub fn expect(&self, identity: &Identity) -> Result {
        let what = if self.identity.digest != identity.digest {
            crate::lang::pick("文件内容已改变", "the input has changed since")
        } else if self.identity.url != identity.url {
            crate::lang::pick("服务地址不同", "the address is another")
        } else if self.identity.parameters != identity.parameters {
            crate::lang::pick("参数不同", "the parameters are others")
        } else {
            return Ok(());
        };
        Err(Failure::new(
            Exit::Conflict,
            format!("--resume: {what}; remove the journal or leave --resume out"),
        ))
    }
}

/// SHA-256 of a file, hex, and its length.
///
/// # Errors
/// A file that cannot be read.
pub fn digest(path: &Path) -> Result<(String, u64)> {
    let failed = |e: std::io::Error| Failure::file(path, &e);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let (mut hasher, mut buffer, mut length) = (Sha256::new(), vec![0u8; 1 << 18], 0u64);
    loop {
        let n = file.read(&mut buffer).map_err(failed)?;
        if n == 0 {
            return Ok((hex::encode(hasher.finalize()), length));
        }
        hasher.update(&buffer[..n]);
        length += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(digest: &str, mode: &str) -> Identity {
        Identity { digest: digest.into(), url: "u".into(), parameters: vec![("mode".into(), mode.into())] }
    }

    #[test]
    fn the_same_import_has_the_same_key_and_another_has_another() {
        let key = identity("d", "partial").key(1);
        assert_eq!(key, identity("d", "partial").key(1));
        for other in
            [identity("e", "partial").key(1), identity("d", "atomic").key(1), identity("d", "partial").key(2)]
        {
            assert_ne!(key, other);
        }
        assert!(key.len() <= 255);
    }

    #[test]
    fn a_changed_input_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join("企业 名单.csv");
        std::fs::write(&input, "a\n1\n").unwrap();
        let (first, length) = digest(&input).unwrap();
        assert_eq!(length, 4);
        let journal = Journal {
            version: 1,
            identity: identity(&first, "partial"),
            key: "k".into(),
            attempt: 1,
            operation: None,
        };
        journal.write(&input).unwrap();
        let read = Journal::read(&input).unwrap().unwrap();
        assert_eq!(read, journal);
        read.expect(&identity(&first, "partial")).unwrap();
        std::fs::write(&input, "a\n2\n").unwrap();
        let e = read.expect(&identity(&digest(&input).unwrap().0, "partial")).unwrap_err();
        assert_eq!(e.exit, Exit::Conflict);
        assert_eq!(read.expect(&identity(&first, "atomic")).unwrap_err().exit, Exit::Conflict);
        Journal::remove(&input);
        assert_eq!(Journal::read(&input).unwrap(), None);
    }
}
