//! Small files of every kind.

use std::io::{Cursor, Read, Write};

use table_kit::TableError;
use table_kit::rows::{Options, Record, Source};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Reads everything: rows as `(line, cells, fault codes)` and how the stream ended.
pub type Read3 = (Vec<(u64, Vec<String>, Vec<&'static str>)>, Result<(), TableError>);

pub fn read_all(input: impl Read + Send, options: Options) -> Read3 {
    let mut out = Vec::new();
    let mut rows = match Source::open(input, options) {
        Ok(rows) => rows,
        Err(e) => return (out, Err(e)),
    };
    let mut record = Record::new();
    loop {
        match rows.next(&mut record) {
            Ok(true) => out.push((
                record.line(),
                record.iter().map(str::to_owned).collect(),
                record.faults().iter().map(|f| f.code).collect(),
            )),
            Ok(false) => return (out, Ok(())),
            Err(e) => {
                assert_eq!(rows.next(&mut record), Err(e.clone()), "an ended stream stays ended");
                return (out, Err(e));
            }
        }
    }
}

pub fn read_bytes(bytes: &[u8]) -> Read3 {
    read_all(Cursor::new(bytes.to_vec()), Options::default())
}

/// Hands out a few bytes at a time.
pub struct Drip<'a>(pub &'a [u8], pub usize);

impl Read for Drip<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(self.0.len()).min(buf.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK_RELS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="/xl/styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr/><sheets><sheet name="附件1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts><fonts><font/></fonts><cellXfs><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="46"/><xf numFmtId="1"/></cellXfs></styleSheet>"#;
const STRINGS: &str = r#"<sst><si><t>序号</t></si><si><r><t>企业</t></r><r><t xml:space="preserve">名称 </t></r><rPh><t>qiye</t></rPh></si><si><t>a&amp;b_x000D_&#10;c</t></si></sst>"#;

/// An XLSX package whose parts can be replaced or added.
pub struct Package(pub Vec<(String, Vec<u8>)>);

impl Package {
    /// One sheet `附件1` with this `sheetData` content. Styles: 1 `0%`, 2 `0.00%`, 3 `yyyy-mm-dd`,
    /// 4 built-in date, 5 built-in date and time, 6 `[h]:mm:ss`, 7 `0`.
    pub fn sheet(rows: &str) -> Self {
        let sheet = format!(r#"<worksheet><sheetData>{rows}</sheetData></worksheet>"#);
        let parts = [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", RELS),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", BOOK_RELS),
            ("xl/styles.xml", STYLES),
            ("xl/sharedStrings.xml", STRINGS),
            ("xl/worksheets/sheet1.xml", &sheet),
        ];
        Self(parts.iter().map(|(n, c)| ((*n).to_owned(), c.as_bytes().to_vec())).collect())
    }

    pub fn with(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        match self.0.iter_mut().find(|(n, _)| n == name) {
            Some(part) => part.1 = content,
            None => self.0.push((name.to_owned(), content)),
        }
        self
    }

    pub fn zip(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, content) in &self.0 {
            zip.start_file(name.as_str(), options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

/// Replaces every occurrence of a byte string by one of the same length.
pub fn patch(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = memchr::memmem::find_iter(bytes, from).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
}
