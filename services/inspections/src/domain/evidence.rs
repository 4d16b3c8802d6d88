//! Rules: evidence (证据): what a file is by its content, how it may be called, what custody and recognition allow.
//!
//! The type is told from the first bytes, never from name or header (S33); a name is data for people and never a path. Names
//! go out as RFC 6266 and RFC 8187 say (S34). Refuses to open containers: [`crate::files`] looks into those. Called by
//! [`crate::app::evidence`] and [`crate::files`].

use serde::{Deserialize, Serialize};

domain::define_words! {
    /// Kind of evidence (证据种类; 行政处罚法 46).
    pub enum EvidenceKind {
        /// Photograph.
        Photo = "photo", "现场照片", [];
        /// Sound and pictures, such as of a body camera.
        AudioVisual = "audio_visual", "视听资料", [];
        /// Document.
        Document = "document", "书证", [];
        /// Electronic data.
        ElectronicData = "electronic_data", "电子数据", [];
        /// Record made on the spot.
        SiteRecord = "site_record", "现场笔录", [];
        /// Recording of a reviewed monitoring device (ENF-20).
        Monitoring = "monitoring", "监控记录", [];
    }
}

domain::define_words! {
    /// What happened to a piece of evidence (保管链环节).
    pub enum CustodyAction {
        /// Taken on the spot.
        Collected = "collected", "提取", [];
        /// Received and stored here.
        Stored = "stored", "入库", [];
        /// Offered to another organ.
        Offered = "offered", "提供互认", [];
        /// Taken as evidence by another organ.
        Accepted = "accepted", "互认采用", [];
        /// Not taken by another organ.
        Refused = "refused", "不予采用", [];
        /// Given out.
        Downloaded = "downloaded", "调取", [];
        /// Handed over.
        Transferred = "transferred", "移交", [];
        /// Sealed up.
        Sealed = "sealed", "封存", [];
        /// Given back.
        Returned = "returned", "退还", [];
        /// Put into the archive.
        Archived = "archived", "归档", [];
    }
}

domain::define_words! {
    /// State of an offer of evidence (证据互认状态).
    pub enum RecognitionState {
        /// Waits for the other organ.
        Offered = "offered", "待确认", [];
        /// Taken as evidence.
        Accepted = "accepted", "已采用", [];
        /// Not taken, with a reason.
        Refused = "refused", "不予采用", [];
    }
}

/// Types of files that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// PDF document.
    Pdf,
    /// MP4 film.
    Mp4,
    /// Word document without macros.
    Docx,
    /// Workbook without macros.
    Xlsx,
}

impl FileType {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Jpeg, Self::Png, Self::Pdf, Self::Mp4, Self::Docx, Self::Xlsx];

    /// Media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
            Self::Mp4 => "video/mp4",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// Endings that a name of this type may have.
    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Pdf => &["pdf"],
            Self::Mp4 => &["mp4", "m4v"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
        }
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magic {
    /// One type.
    Plain(FileType),
    /// A ZIP container: what is inside decides.
    Zip,
}

/// Bytes that [`magic`] wants to see, if the file has as many.
pub const HEAD: usize = 32;

/// Brands of MP4 files that are taken (ISO 14496-12).
const BRANDS: [&[u8]; 9] = [b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "];

/// What a file is by its first bytes; none for what is not taken.
#[must_use]
pub fn magic(head: &[u8]) -> Option<Magic> {
    let is_mp4 =
        || head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|brand| BRANDS.contains(&brand));
    if head.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some(Magic::Plain(FileType::Jpeg))
    } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Magic::Plain(FileType::Png))
    } else if head.starts_with(b"%PDF-1.") || head.starts_with(b"%PDF-2.") {
        Some(Magic::Plain(FileType::Pdf))
    } else if is_mp4() {
        Some(Magic::Plain(FileType::Mp4))
    } else if head.starts_with(b"PK\x03\x04") {
        Some(Magic::Zip)
    } else {
        None
    }
}

/// Why a file's name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Empty, too long, a path, control or direction characters.
    Bad,
    /// Its ending is not that of its content.
    WrongEnding,
    /// An ending of a program stands before the last one.
    DoubleEnding,
}

/// Endings of what a machine could be made to run.
const PROGRAMS: [&str; 33] = [
    "asp", "aspx", "bat", "cgi", "cmd", "com", "cpl", "dll", "docm", "exe", "hta", "htm", "html", "jar",
    "js", "jsp", "jspx", "lnk", "mjs", "msi", "php", "phtml", "pl", "ps1", "py", "rb", "scr", "sh", "svg",
    "vbs", "xhtml", "xlsm", "xml",
];

/// Checks a file's name against its type.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str, file_type: FileType) -> Result<(), NameFault> {
    let is_direction =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_path = name.contains(['/', '\\', ':', '\0']) || name.starts_with('.') || name.contains("..");
    let length = name.chars().count();
    if !(1..=200).contains(&length)
        || is_path
        || name.chars().any(|c| c.is_control() || is_direction(c))
        || name.trim() != name
        || name.ends_with('.')
    {
        return Err(NameFault::Bad);
    }
    let mut parts = name.split('.').rev().map(str::to_lowercase);
    let last = parts.next().unwrap_or_default();
    if !name.contains('.') || !file_type.endings().contains(&last.as_str()) {
        return Err(NameFault::WrongEnding);
    }
    if parts.any(|part| PROGRAMS.contains(&part.trim())) {
        return Err(NameFault::DoubleEnding);
    }
    Ok(())
}

/// `Content-Disposition` of a download: an ASCII name for old readers and the true one (RFC 6266, RFC 8187).
#[must_use]
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if c.is_ascii() && !matches!(c, '"' | '\\' | '%' | ';') { c } else { '_' })
        .collect();
    let encoded: String = name
        .bytes()
        .map(|b| {
            let is_attr = b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&b);
            if is_attr { char::from(b).to_string() } else { format!("%{b:02X}") }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// Custody actions that a person may note by hand; the others happen by what is done here.
#[must_use]
pub fn is_by_hand(action: CustodyAction) -> bool {
    matches!(
        action,
        CustodyAction::Transferred
            | CustodyAction::Sealed
            | CustodyAction::Returned
            | CustodyAction::Archived
    )
}

/// How a caller comes to see a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvidenceSight {
    /// Its own organ's, or it reads the whole district.
    Own,
    /// Offered to its organ, and not refused by it.
    Offered,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        for (head, told) in [
            (&b"\xFF\xD8\xFF\xE0\x00\x10JFIF"[..], Some(Magic::Plain(FileType::Jpeg))),
            (b"\x89PNG\r\n\x1a\n....", Some(Magic::Plain(FileType::Png))),
            (b"%PDF-1.7\n", Some(Magic::Plain(FileType::Pdf))),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Some(Magic::Plain(FileType::Mp4))),
            (b"\0\0\0\x18ftypqt  \0\0\0\0", None),
            (b"PK\x03\x04....", Some(Magic::Zip)),
            (b"PK\x05\x06....", None),
            (b"MZ\x90\0", None),
            (b"<svg xmlns=", None),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", None),
            (b"", None),
        ] {
            assert_eq!(magic(head), told, "{head:?}");
        }
    }

    #[test]
    fn a_name_is_no_path_and_no_program() {
        use NameFault::{Bad, DoubleEnding, WrongEnding};
        for (name, told) in [
            ("现场照片1.jpg", Ok(())),
            ("a \"quoted\" name.JPEG", Ok(())),
            ("2026.11.20 后厨.jpg", Ok(())),
            ("", Err(Bad)),
            ("../../etc/passwd.jpg", Err(Bad)),
            ("a\\b.jpg", Err(Bad)),
            ("C:x.jpg", Err(Bad)),
            (".htaccess.jpg", Err(Bad)),
            ("a\r\nSet-Cookie: x.jpg", Err(Bad)),
            ("photo\u{202e}gpj.exe.jpg", Err(Bad)),
            ("a.jpg.", Err(Bad)),
            ("a.jpg ", Err(Bad)),
            ("jpg", Err(WrongEnding)),
            ("a.png", Err(WrongEnding)),
            ("a.jpg.exe", Err(WrongEnding)),
            ("shell.php.jpg", Err(DoubleEnding)),
            ("shell.PHP .jpg", Err(DoubleEnding)),
        ] {
            assert_eq!(check_name(name, FileType::Jpeg), told, "{name:?}");
        }
    }

    #[test]
    fn a_name_goes_out_in_two_spellings() {
        for (name, header) in [
            ("a.jpg", "attachment; filename=\"a.jpg\"; filename*=UTF-8''a.jpg"),
            ("后厨.jpg", "attachment; filename=\"__.jpg\"; filename*=UTF-8''%E5%90%8E%E5%8E%A8.jpg"),
            (
                "a \"b\"; c.jpg",
                "attachment; filename=\"a _b__ c.jpg\"; filename*=UTF-8''a%20%22b%22%3B%20c.jpg",
            ),
            ("a\r\nb.jpg", "attachment; filename=\"ab.jpg\"; filename*=UTF-8''a%0D%0Ab.jpg"),
        ] {
            assert_eq!(disposition(name), header);
        }
    }
}
