//! The zip package: opened once, checked whole, then read part by part.
//!
//! Only the directory comes from the zip crate; parts are unfolded here, so that a part can be owned
//! by a stream. Refuses too many or duplicate entries, unsafe names, encryption, overlaps, data in
//! front of the zip, other methods than stored and deflate, and every size or ratio beyond
//! [`Limits`] before a byte is unfolded. A part longer than its directory says is an error.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use crate::error::{Code, TableError, code};
use crate::limits::Limits;

/// Size of the end record and of the longest comment after it.
const END_RECORD: u64 = 22 + 0xFFFF;

#[derive(Debug, Clone)]
struct Entry {
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    is_deflated: bool,
}

/// A checked package. Part names are compared in lower case, as the format demands.
pub(crate) struct Package<S> {
    io: S,
    entries: BTreeMap<String, Entry>,
}

fn corrupt(detail: &dyn std::fmt::Display) -> TableError {
    TableError::new(code::ZIP_CORRUPT).value(&detail.to_string())
}

impl<S: Read + Seek> Package<S> {
    pub(crate) fn open(mut io: S, len: u64, limits: &Limits) -> Result<Self, TableError> {
        if len > limits.xlsx_bytes {
            return Err(TableError::new(code::FILE_TOO_LARGE).value(&format!("{len} bytes")));
        }
        check_entry_count(&mut io, len, limits.xlsx_entries)?;
        let mut archive = ZipArchive::new(io).map_err(|e| corrupt(&e))?;
        if archive.len() > limits.xlsx_entries {
            return Err(too_many(archive.len() as u64));
        }
        if archive.has_duplicate_names() {
            return Err(TableError::new(code::ZIP_DUPLICATE_ENTRY));
        }
        if archive.offset() != 0 {
            return Err(corrupt(&"data before the zip"));
        }
        let mut entries = BTreeMap::new();
        let mut total = 0u64;
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(|e| corrupt(&e))?;
            let name = std::str::from_utf8(file.name_raw())
                .map_err(|_| TableError::new(code::ZIP_UNSAFE_NAME))?
                .to_owned();
            let at = |what: &'static Code| TableError::new(what).value(&name);
            if is_unsafe(&name) {
                return Err(at(code::ZIP_UNSAFE_NAME));
            }
            if file.encrypted() {
                return Err(at(code::ENCRYPTED_REFUSED));
            }
            let (size, packed) = (file.size(), file.compressed_size());
            total = total.saturating_add(size);
            let is_bomb = size > limits.ratio_from_bytes && size / packed.max(1) > limits.ratio;
            if is_bomb || total > limits.xlsx_unpacked_bytes {
                return Err(at(code::DECOMPRESSION_LIMIT));
            }
            let is_deflated = match file.compression() {
                CompressionMethod::Stored if size == packed => false,
                CompressionMethod::Deflated => true,
                _ => return Err(at(code::ZIP_CORRUPT)),
            };
            let start = file.data_start().ok_or_else(|| at(code::ZIP_CORRUPT))?;
            if start.saturating_add(packed) > len {
                return Err(at(code::ZIP_CORRUPT));
            }
            let entry = Entry { start, packed, size, crc: file.crc32(), is_deflated };
            if !file.is_dir() && entries.insert(name.to_lowercase(), entry).is_some() {
                return Err(at(code::ZIP_DUPLICATE_ENTRY));
            }
        }
        let mut package = Self { io: archive.into_inner(), entries };
        package.check_overlap()?;
        package.io.rewind().map_err(|e| corrupt(&e))?;
        Ok(package)
    }

    fn check_overlap(&self) -> Result<(), TableError> {
        let mut ranges: Vec<(u64, u64, &str)> = self
            .entries
            .iter()
            .filter(|(_, e)| e.packed > 0)
            .map(|(name, e)| (e.start, e.start + e.packed, name.as_str()))
            .collect();
        ranges.sort_unstable();
        match ranges.windows(2).find(|pair| pair[0].1 > pair[1].0) {
            Some(pair) => Err(corrupt(&format!("{} overlaps {}", pair[0].2, pair[1].2))),
            None => Ok(()),
        }
    }

    /// Part names in lower case.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_lowercase())
    }

    /// Reads one part; the package stays.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<Part<&mut S>>, TableError> {
        let Some(entry) = self.entries.get(&name.to_lowercase()).cloned() else {
            return Ok(None);
        };
        Part::new(&mut self.io, &entry, name).map(Some)
    }

    /// Reads one last part that owns the input.
    pub(crate) fn into_part(self, name: &str) -> Result<Option<Part<S>>, TableError> {
        let Some(entry) = self.entries.get(&name.to_lowercase()).cloned() else {
            return Ok(None);
        };
        Part::new(self.io, &entry, name).map(Some)
    }
}

fn too_many(count: u64) -> TableError {
    TableError::new(code::ZIP_TOO_MANY_ENTRIES).value(&count.to_string())
}

/// Looks at the end records before the directory costs memory.
fn check_entry_count<S: Read + Seek>(io: &mut S, len: u64, most: usize) -> Result<(), TableError> {
    let tail = len.min(END_RECORD);
    let bytes = read_at(io, len - tail, tail)?;
    let mut is_found = false;
    for at in memchr::memmem::find_iter(&bytes, b"PK\x05\x06") {
        let short = |from: usize| match bytes.get(at + from..at + from + 2) {
            Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
            _ => usize::MAX,
        };
        let is_last = short(20).checked_add(at + 22) == Some(bytes.len());
        if !is_last {
            continue;
        }
        is_found = true;
        let locator = at.checked_sub(20).map(|from| &bytes[from..at]);
        let count = match locator.filter(|l| l.starts_with(b"PK\x06\x07")) {
            Some(locator) => long_count(io, len, locator)?.max(short(10) as u64),
            None => short(10) as u64,
        };
        if count > most as u64 {
            return Err(too_many(count));
        }
    }
    if !is_found {
        return Err(corrupt(&"no end record"));
    }
    io.rewind().map_err(|e| corrupt(&e))
}

/// The entry count of a zip64 end record, which some Java exporters write even for small files.
fn long_count<S: Read + Seek>(io: &mut S, len: u64, locator: &[u8]) -> Result<u64, TableError> {
    let long = |bytes: &[u8], from: usize| {
        let found = bytes.get(from..from + 8).and_then(|b| <[u8; 8]>::try_from(b).ok());
        found.map(u64::from_le_bytes).ok_or_else(|| corrupt(&"zip64 end record"))
    };
    let start = long(locator, 8)?.min(len);
    let record = read_at(io, start, 56)?;
    long(&record, 32)
}

fn read_at<S: Read + Seek>(io: &mut S, start: u64, len: u64) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    io.seek(SeekFrom::Start(start)).map_err(|e| corrupt(&e))?;
    io.take(len).read_to_end(&mut bytes).map_err(|e| corrupt(&e))?;
    Ok(bytes)
}

fn is_unsafe(name: &str) -> bool {
    name.is_empty()
        || name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|part| part == "..")
}

enum Unfold<R> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

/// One part being unfolded; checks length and CRC at its end.
pub(crate) struct Part<R> {
    unfold: Unfold<R>,
    left: u64,
    crc: Crc,
    want: u32,
    name: Box<str>,
}

impl<R: Read + Seek> Part<R> {
    fn new(mut io: R, entry: &Entry, name: &str) -> Result<Self, TableError> {
        io.seek(SeekFrom::Start(entry.start)).map_err(|e| corrupt(&e))?;
        let packed = io.take(entry.packed);
        let unfold = if entry.is_deflated {
            Unfold::Deflated(DeflateDecoder::new(packed))
        } else {
            Unfold::Stored(packed)
        };
        Ok(Self { unfold, left: entry.size, crc: Crc::new(), want: entry.crc, name: name.into() })
    }
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let fail = || TableError::new(code::ZIP_CORRUPT).value(&self.name).into_io();
        let n = match &mut self.unfold {
            Unfold::Stored(r) => r.read(buf)?,
            Unfold::Deflated(r) => r.read(buf).map_err(|_| fail())?,
        };
        if buf.is_empty() {
            return Ok(0);
        }
        self.crc.update(&buf[..n]);
        match self.left.checked_sub(n as u64) {
            Some(0) if n == 0 && self.crc.sum() != self.want => Err(fail()),
            Some(left) if n == 0 && left > 0 => Err(fail()),
            Some(left) => {
                self.left = left;
                Ok(n)
            }
            None => Err(fail()),
        }
    }
}
