//! The file store of evidence: a folder, or a bucket of an S3-compatible store, by configuration.
//!
//! A file comes in as a stream: it is hashed, counted and its first bytes looked at while it is written to a place of waiting
//! ([`FileStore::receive`]); only what passed every check is moved or sent to its place ([`FileStore::keep`]). Keys are made
//! here from ids, never from names. It goes out as a stream that ends in an error when its hash is not the one it came with.
//! Refuses to overwrite. Called by [`crate::app::evidence`].
//!
//! - `container`: looking into `.docx` and `.xlsx` without unpacking them
//! - `s3`: signing and sending requests to an S3-compatible store (AWS Signature Version 4)

mod container;
mod s3;

use crate::config::Config;
use crate::domain::evidence::{FileType, HEAD, Magic, magic};
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use s3::Bucket;
use service_kit::patience::body_fault;
use service_kit::{Error, Kind, Result};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uuid::Uuid;

/// Bytes read from a disk at once.
const PIECE: usize = 64 * 1024;

/// Where files lie.
#[derive(Clone)]
pub struct FileStore {
    /// Folder of files on their way in.
    incoming: PathBuf,
    place: Place,
    limit: usize,
}

#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    Bucket(Arc<Bucket>),
}

/// Bytes of a file on their way out.
pub type Outgoing = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A file that came in and waits; it is gone when this is dropped.
#[derive(Debug)]
pub struct Received {
    path: PathBuf,
    /// What it is.
    pub file_type: FileType,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

impl Drop for Received {
    fn drop(&mut self) {
        // Moved away already, as a rule.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The file waiting to be complete; gone when it never is.
struct Waiting(Option<PathBuf>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn disk(what: &str, e: &io::Error) -> Error {
    if e.kind() == io::ErrorKind::StorageFull {
        let (zh, en) = ("存储空间不足，未保存任何内容", "Storage is full, nothing was stored");
        return Error::new(Kind::StorageFull, "storage_full", zh, en).with_context(format!("{what}: {e}"));
    }
    Error::internal(format!("{what}: {e}"))
}

fn too_large(limit: usize) -> Error {
    Error::new(
        Kind::TooLarge,
        "body_too_large",
        format!("文件不得超过 {limit} 字节"),
        format!("the file may have at most {limit} bytes"),
    )
}

/// 422: it is not a file that is taken.
pub(crate) fn refused(code: &'static str, zh: &str, en: &str) -> Error {
    Error::new(Kind::Invalid, code, zh, en)
}

fn unknown_type() -> Error {
    refused(
        "file_type_refused",
        "只接受 JPEG、PNG、PDF、MP4、DOCX、XLSX 文件，且内容须与类型相符",
        "only JPEG, PNG, PDF, MP4, DOCX and XLSX files are taken, by their content",
    )
}

impl FileStore {
    /// The store that the settings name; folders are made when the first file comes.
    ///
    /// # Errors
    /// 500 for an address that does not read.
    pub fn new(config: &Config, data_dir: &Path, http: reqwest::Client) -> Result<Self> {
        let folder = config.evidence_dir.clone().unwrap_or_else(|| data_dir.join("evidence"));
        let place = match &config.evidence_url {
            Some(url) => Place::Bucket(Arc::new(Bucket::new(config, url, http)?)),
            None => Place::Folder(folder.clone()),
        };
        Ok(Self { incoming: folder.join("incoming"), place, limit: config.max_evidence_bytes })
    }

    /// Which kind of place new files get: `folder` or `bucket`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.place {
            Place::Folder(_) => "folder",
            Place::Bucket(_) => "bucket",
        }
    }

    /// The key under which a file is kept.
    #[must_use]
    pub fn key(id: Uuid, now: Timestamp) -> String {
        let day = domain::deadline::beijing_date(now);
        format!("{:04}/{:02}/{id}", day.year(), day.month())
    }

    /// Takes in a stream; hashes, counts and looks while it comes.
    ///
    /// # Errors
    /// 413 for too many bytes, 422 for none or for a type that is not taken, 400 when it breaks off, 408 when it is too slow, 507 when the disk is full.
    pub async fn receive(
        &self,
        mut body: impl Stream<Item = std::result::Result<Bytes, PayloadError>> + Unpin,
        declared: Option<u64>,
    ) -> Result<Received> {
        if declared.is_some_and(|n| n > self.limit as u64) {
            return Err(too_large(self.limit));
        }
        tokio::fs::create_dir_all(&self.incoming).await.map_err(|e| disk("incoming", &e))?;
        let path = self.incoming.join(format!("{}.part", Uuid::now_v7()));
        let mut waiting = Waiting(Some(path.clone()));
        let mut file = tokio::fs::File::create_new(&path).await.map_err(|e| disk("incoming", &e))?;
        let (mut hash, mut size, mut head) = (Sha256::new(), 0usize, Vec::with_capacity(HEAD));
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|e| body_fault(&e))?;
            size += piece.len();
            if size > self.limit {
                return Err(too_large(self.limit));
            }
            if head.len() < HEAD {
                head.extend(piece.iter().take(HEAD - head.len()));
                // Said early, so that nobody sends a gigabyte of what is refused anyway.
                if head.len() == HEAD && magic(&head).is_none() {
                    return Err(unknown_type());
                }
            }
            hash.update(&piece);
            file.write_all(&piece).await.map_err(|e| disk("incoming", &e))?;
        }
        if size == 0 {
            return Err(refused("empty_file", "文件为空", "the file is empty"));
        }
        file.sync_all().await.map_err(|e| disk("incoming", &e))?;
        drop(file);
        let file_type = match magic(&head).ok_or_else(unknown_type)? {
            Magic::Plain(file_type) => file_type,
            Magic::Zip => {
                let path = path.clone();
                tokio::task::spawn_blocking(move || container::look(&path))
                    .await
                    .map_err(|e| Error::internal(format!("container: {e}")))??
            }
        };
        waiting.0 = None;
        Ok(Received { path, file_type, size: size as u64, sha256: hex::encode(hash.finalize()) })
    }

    /// Keeps a file that came in under a key that nothing has.
    ///
    /// # Errors
    /// 503 when the store does not take it; 500 when the key is taken; 507 when the disk is full.
    pub async fn keep(&self, file: Received, key: &str, now: Timestamp) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(key);
                let parent = path.parent().ok_or_else(|| Error::internal("a key without folder"))?;
                tokio::fs::create_dir_all(parent).await.map_err(|e| disk("evidence", &e))?;
                if tokio::fs::try_exists(&path).await.map_err(|e| disk("evidence", &e))? {
                    return Err(Error::internal("a key of evidence is taken"));
                }
                tokio::fs::rename(&file.path, &path).await.map_err(|e| disk("evidence", &e))?;
                // The name is durable only when its folder is.
                let parent = tokio::fs::File::open(parent).await.map_err(|e| disk("evidence", &e))?;
                parent.sync_all().await.map_err(|e| disk("evidence", &e))
            }
            Place::Bucket(bucket) => {
                let content = pieces(&file.path).await.map_err(|e| disk("incoming", &e))?;
                bucket.put(key, content, &file, now).await
            }
        }
    }

    /// The bytes of a file, checked on the way: a stream whose hash or size is another ends in an error.
    ///
    /// # Errors
    /// 503 when the store does not answer; 500 when the file is gone.
    pub async fn open(&self, key: &str, sha256: &str, size: u64, now: Timestamp) -> Result<Outgoing> {
        let content = match &self.place {
            Place::Folder(folder) => pieces(&folder.join(key)).await.map_err(|e| disk("evidence", &e))?,
            Place::Bucket(bucket) => bucket.get(key, now).await?,
        };
        Ok(checked(content, sha256.to_string(), size))
    }

    /// Takes a file away whose row was never written.
    ///
    /// # Errors
    /// 503 when the store does not answer.
    pub async fn remove(&self, key: &str, now: Timestamp) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => match tokio::fs::remove_file(folder.join(key)).await {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(disk("evidence", &e)),
                _ => Ok(()),
            },
            Place::Bucket(bucket) => bucket.delete(key, now).await,
        }
    }
}

/// A file on disk in pieces.
pub(crate) async fn pieces(path: &Path) -> io::Result<Outgoing> {
    let file = tokio::fs::File::open(path).await?;
    Ok(Box::pin(futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let n = file.read(&mut piece).await?;
        piece.truncate(n);
        Ok((n > 0).then(|| (Bytes::from(piece), file)))
    })))
}

/// Passes pieces on, one late, so that the last is held back when the whole is not what it should be: a reader then sees a
/// broken transfer and never a complete wrong file.
fn checked(content: Outgoing, sha256: String, size: u64) -> Outgoing {
    struct State {
        content: Outgoing,
        held: Option<Bytes>,
        hash: Sha256,
        seen: u64,
        is_over: bool,
    }
    let state = State { content, held: None, hash: Sha256::new(), seen: 0, is_over: false };
    Box::pin(futures_util::stream::try_unfold(state, move |mut s| {
        let wanted = sha256.clone();
        async move {
            while !s.is_over {
                match s.content.next().await {
                    Some(piece) => {
                        let piece = piece?;
                        s.hash.update(&piece);
                        s.seen += piece.len() as u64;
                        if let Some(out) = s.held.replace(piece) {
                            return Ok(Some((out, s)));
                        }
                    }
                    None => {
                        s.is_over = true;
                        if s.seen != size || hex::encode(s.hash.clone().finalize()) != wanted {
                            tracing::error!(sha256 = wanted, "a file of evidence is not what was stored");
                            return Err(io::Error::other("the file is not what was stored"));
                        }
                    }
                }
            }
            Ok(s.held.take().map(|last| (last, s)))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn received(end: PayloadError) -> (Kind, &'static str, usize) {
        let dir = tempfile::tempdir().unwrap();
        let config = Config { evidence_dir: Some(dir.path().to_path_buf()), ..Config::default() };
        let store = FileStore::new(&config, dir.path(), reqwest::Client::new()).unwrap();
        let pieces = vec![Ok(Bytes::from_static(b"\xFF\xD8\xFF\xE0\x00\x10JFIF")), Err(end)];
        let e = store.receive(futures_util::stream::iter(pieces), None).await.unwrap_err();
        let left = std::fs::read_dir(dir.path().join("incoming")).unwrap().count();
        (e.kind, e.code, left)
    }

    #[tokio::test]
    async fn a_slow_upload_is_told_from_one_that_was_cut_and_neither_leaves_a_file() {
        let slow = PayloadError::Io(io::ErrorKind::TimedOut.into());
        assert_eq!(received(slow).await, (Kind::RequestTimeout, "request_timeout", 0));
        assert_eq!(received(PayloadError::Incomplete(None)).await, (Kind::Malformed, "body_cut", 0));
    }
}
