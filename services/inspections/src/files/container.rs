//! Looking into `.docx` and `.xlsx` without unpacking them (S23, S33).
//!
//! A container is taken only when it is one of the two, holds no macros and no other programs, names no path outside of
//! itself, declares no entities in its XML, and does not unpack to more than a bounded size. Called by
//! [`super::FileStore::receive`], on a thread that may block.

use super::refused;
use crate::domain::evidence::FileType;
use service_kit::{Error, Result};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use zip::ZipArchive;

/// Files in a container at most.
const MOST_FILES: usize = 10_000;
/// Bytes of a container unpacked at most.
const MOST_BYTES: u64 = 512 << 20;
/// Bytes of each XML part that are searched for entities: a declaration must come before the root element.
const PROLOG: u64 = 16 * 1024;
/// XML parts that are searched.
const MOST_PARTS: usize = 2_000;

fn damaged() -> Error {
    refused("file_damaged", "压缩文档已损坏或不完整", "the container is damaged")
}

/// What a ZIP container is.
///
/// # Errors
/// 422 for anything but a sound `.docx` or `.xlsx` without macros.
pub(super) fn look(path: &Path) -> Result<FileType> {
    let file = File::open(path).map_err(|e| Error::internal(format!("container: {e}")))?;
    let mut archive = ZipArchive::new(file).map_err(|_| damaged())?;
    // Of two parts of one name this reader sees the last and a word processor may open the first.
    if archive.has_duplicate_names() {
        return Err(damaged());
    }
    if archive.len() > MOST_FILES {
        return Err(refused("file_bomb", "压缩文档内文件过多", "the container holds too many files"));
    }
    let mut names: Vec<String> = Vec::with_capacity(archive.len());
    for name in archive.file_names() {
        names.push(name.map_err(|_| damaged())?.into_owned());
    }
    for name in &names {
        let is_outside = name.starts_with('/')
            || name.contains(['\\', ':', '\0'])
            || name.split('/').any(|part| part == "..");
        if is_outside {
            return Err(refused(
                "file_path_escape",
                "压缩文档内含越界路径",
                "the container names a path outside of itself",
            ));
        }
        let lower = name.to_lowercase();
        let is_program = ["vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".ps1"];
        if is_program.iter().any(|ending| lower.ends_with(ending)) {
            return Err(refused(
                "file_macro",
                "文档含宏或可执行内容",
                "the document holds macros or programs",
            ));
        }
    }
    let has = |name: &str| names.iter().any(|n| n == name);
    let file_type = match (has("[Content_Types].xml"), has("word/document.xml"), has("xl/workbook.xml")) {
        (true, true, false) => FileType::Docx,
        (true, false, true) => FileType::Xlsx,
        _ => return Err(super::unknown_type()),
    };
    let (mut total, mut parts) = (0u64, 0);
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|_| damaged())?;
        total = total.saturating_add(entry.size());
        if total > MOST_BYTES {
            return Err(refused("file_bomb", "压缩文档展开后过大", "the container unpacks to too much"));
        }
        let lower = entry.name().map_err(|_| damaged())?.to_lowercase();
        let is_xml = [".xml", ".rels"].iter().any(|ending| lower.ends_with(ending));
        if is_xml && parts < MOST_PARTS {
            parts += 1;
            let mut prolog = Vec::new();
            entry.take(PROLOG).read_to_end(&mut prolog).map_err(|_| damaged())?;
            if declares_entities(&prolog) {
                return Err(refused(
                    "file_entities",
                    "文档的 XML 含实体声明",
                    "XML of the document declares entities",
                ));
            }
        }
    }
    Ok(file_type)
}

/// Whether XML has a document type, in any of the encodings that a reader would take.
fn declares_entities(prolog: &[u8]) -> bool {
    let plain: Vec<u8> = prolog.iter().copied().filter(|b| *b != 0).collect();
    let upper = plain.to_ascii_uppercase();
    [&b"<!DOCTYPE"[..], b"<!ENTITY"].iter().any(|word| upper.windows(word.len()).any(|w| w == *word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn container(parts: &[(&str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, text) in parts {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        file
    }

    #[test]
    fn only_sound_documents_without_macros_are_taken() {
        let types = ("[Content_Types].xml", "<Types/>");
        for (parts, told) in [
            (vec![types, ("word/document.xml", "<w/>")], Ok(FileType::Docx)),
            (vec![types, ("xl/workbook.xml", "<x/>")], Ok(FileType::Xlsx)),
            (vec![types, ("a.txt", "")], Err("file_type_refused")),
            (vec![("word/document.xml", "")], Err("file_type_refused")),
            (vec![types, ("xl/workbook.xml", ""), ("xl/vbaProject.bin", "")], Err("file_macro")),
            (vec![types, ("xl/workbook.xml", ""), ("../../evil.xml", "")], Err("file_path_escape")),
            (
                vec![types, ("xl/workbook.xml", "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x/>")],
                Err("file_entities"),
            ),
        ] {
            let file = container(&parts);
            assert_eq!(look(file.path()).map_err(|e| e.code), told, "{parts:?}");
        }
    }

    #[test]
    fn a_part_that_is_there_twice_is_refused() {
        // The writer refuses to name a part twice; the name is changed in what it wrote.
        let (types, other) = ("[Content_Types].xml", "[Content_Typez].xml");
        let file = container(&[(other, "<Types/>"), (types, "<Types/>"), ("word/document.xml", "<w/>")]);
        let mut bytes = std::fs::read(file.path()).unwrap();
        while let Some(at) = bytes.windows(other.len()).position(|w| w == other.as_bytes()) {
            bytes[at..at + other.len()].copy_from_slice(types.as_bytes());
        }
        std::fs::write(file.path(), bytes).unwrap();
        assert_eq!(look(file.path()).map_err(|e| e.code), Err("file_damaged"));
    }

    #[test]
    fn a_bomb_and_a_torn_file_are_refused() {
        let zeros = "0".repeat(4 << 20);
        let mut parts = vec![
            ("[Content_Types].xml".to_string(), String::new()),
            ("xl/workbook.xml".into(), String::new()),
        ];
        parts.extend((0..130).map(|n| (format!("xl/media/{n}.bin"), zeros.clone())));
        let parts: Vec<(&str, &str)> = parts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        assert_eq!(look(container(&parts).path()).map_err(|e| e.code), Err("file_bomb"));
        let torn = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(torn.path(), b"PK\x03\x04 and nothing more").unwrap();
        assert_eq!(look(torn.path()).map_err(|e| e.code), Err("file_damaged"));
    }
}
