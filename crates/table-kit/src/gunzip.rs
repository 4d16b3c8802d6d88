//! gzip in, plain bytes out, under a guard against bombs.
//!
//! Members may follow one another. A failure is an `io::Error` that carries a [`TableError`] with the
//! offset in the unfolded bytes. Refuses nested gzip only by its caller, [`crate::rows`].

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::error::{TableError, code};
use crate::limits::Limits;

/// Counts the bytes that pass; shared so that progress can be asked from outside.
pub(crate) struct Counting<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Counting<R> {
    pub(crate) fn new(inner: R, count: Arc<AtomicU64>) -> Self {
        Self { inner, count }
    }
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Unfolding reader that stops at the limits.
pub(crate) struct Gunzip<R: Read> {
    inner: MultiGzDecoder<BufReader<R>>,
    packed: Arc<AtomicU64>,
    unfolded: u64,
    bytes: u64,
    ratio: u64,
    ratio_from: u64,
}

impl<R: Read> Gunzip<R> {
    /// `packed` is the counter of the bytes below `inner`.
    pub(crate) fn new(inner: R, packed: Arc<AtomicU64>, limits: &Limits) -> Self {
        Self {
            inner: MultiGzDecoder::new(BufReader::with_capacity(1 << 16, inner)),
            packed,
            unfolded: 0,
            bytes: limits.gzip_bytes,
            ratio: limits.ratio,
            ratio_from: limits.ratio_from_bytes,
        }
    }

    fn fail(&self, error: io::Error) -> io::Error {
        let what = match error.kind() {
            io::ErrorKind::Interrupted => return error,
            io::ErrorKind::UnexpectedEof => code::GZIP_TRUNCATED,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => code::GZIP_CORRUPT,
            _ => return error,
        };
        TableError::new(what).value(&format!("after {} unfolded bytes", self.unfolded)).into_io()
    }
}

impl<R: Read> Read for Gunzip<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf).map_err(|e| self.fail(e))?;
        self.unfolded += n as u64;
        let packed = self.packed.load(Ordering::Relaxed).max(1);
        if self.unfolded > self.bytes
            || (self.unfolded > self.ratio_from && self.unfolded / packed > self.ratio)
        {
            let detail = format!("{packed} bytes unfold to more than {}", self.unfolded);
            return Err(TableError::new(code::DECOMPRESSION_LIMIT).value(&detail).into_io());
        }
        Ok(n)
    }
}
