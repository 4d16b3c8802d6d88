//! NDJSON out: one object a line, UTF-8, LF.

use std::io::{BufWriter, Write};

use super::csv::failed;
use crate::error::TableError;

/// Writes objects with fixed field names, or any serialisable value, one a line.
pub struct NdjsonWriter<W: Write> {
    sink: BufWriter<W>,
    keys: Vec<Vec<u8>>,
}

impl<W: Write> NdjsonWriter<W> {
    /// Starts a file whose rows have these fields, in this order.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn new(sink: W, fields: &[&str]) -> Result<Self, TableError> {
        let keys = fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let mut key = vec![if index == 0 { b'{' } else { b',' }];
                serde_json::to_writer(&mut key, field)?;
                key.push(b':');
                Ok(key)
            })
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|e| failed(e.into()))?;
        Ok(Self { sink: BufWriter::with_capacity(1 << 16, sink), keys })
    }

    /// Writes one row; every cell becomes a JSON string. Cells past the last field are dropped.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn write_row(&mut self, cells: &[&str]) -> Result<(), TableError> {
        for (key, cell) in self.keys.iter().zip(cells) {
            self.sink.write_all(key).map_err(failed)?;
            serde_json::to_writer(&mut self.sink, cell).map_err(|e| failed(e.into()))?;
        }
        let end: &[u8] = if self.keys.is_empty() || cells.is_empty() { b"{}\n" } else { b"}\n" };
        self.sink.write_all(end).map_err(failed)
    }

    /// Writes one serialisable value as a line.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn write_value(&mut self, value: &impl serde::Serialize) -> Result<(), TableError> {
        serde_json::to_writer(&mut self.sink, value).map_err(|e| failed(e.into()))?;
        self.sink.write_all(b"\n").map_err(failed)
    }

    /// Flushes and gives the sink back.
    ///
    /// # Errors
    /// `write_failed`.
    pub fn finish(self) -> Result<W, TableError> {
        self.sink.into_inner().map_err(|e| failed(e.into_error()))
    }
}
