//! The keys that everything else derives from: 32 random bytes in hex, in files that nobody else can read.
//!
//! Made once, at the first start, by a file that appears complete or not at all, so that processes starting together agree
//! on one. It refuses files that others can read, sample keys, and making a new master key beside databases that were
//! written under another.

use super::Settings;
use crate::exit::{Exit, Failure, Result};
use rand::RngCore as _;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The two keys of a deployment.
pub struct Keys {
    /// Field encryption and audit signatures.
    pub master: [u8; 32],
    /// What services prove themselves to each other with.
    pub service: [u8; 32],
    /// Whether one of them was made just now.
    pub is_new: bool,
}

/// Opens the data folder and reads the keys, making what is missing.
///
/// # Errors
/// Exit code 2 for keys that are refused, 1 for folders and files that cannot be made.
pub fn open(settings: &Settings) -> Result<Keys> {
    private_folder(&settings.data_dir, true)?;
    let folder = settings.data_dir.join("secrets");
    private_folder(&folder, false)?;
    let mut is_new = false;
    let master = match &settings.master_key_file {
        Some(path) => read_key(path)?,
        None => {
            let path = folder.join("master.key");
            if !path.exists() {
                refuse_orphans(settings, &path)?;
            }
            read_or_make(&path, &mut is_new)?
        }
    };
    let service = match &settings.service_key_file {
        Some(path) => read_key(path)?,
        None => read_or_make(&folder.join("service.key"), &mut is_new)?,
    };
    Ok(Keys { master, service, is_new })
}

/// Personal data in an existing database would be unreadable for ever under a new key.
fn refuse_orphans(settings: &Settings, key: &Path) -> Result {
    let orphan =
        super::keys::SECTIONS.iter().map(|s| settings.data_dir.join(format!("{s}.db"))).find(|p| p.exists());
    match orphan {
        Some(database) if settings.database_url.is_none() => Err(Failure::usage(format!(
            "{} is missing, but {} was written under it: restore the key file",
            key.display(),
            database.display()
        ))),
        _ => Ok(()),
    }
}

fn read_or_make(path: &Path, is_new: &mut bool) -> Result<[u8; 32]> {
    if !path.exists() {
        let mut key = [0u8; 32];
        rand::rng().fill_bytes(&mut key);
        *is_new |= create_once(path, format!("{}\n", hex::encode(key)).as_bytes())
            .map_err(|e| Failure::file(path, &e))?;
    }
    read_key(path)
}

/// Puts a complete file at `path` unless one is there already; false when another process was first.
pub fn create_once(path: &Path, content: &[u8]) -> std::io::Result<bool> {
    let draft = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
    let written = write_private(&draft, content).and_then(|()| match std::fs::hard_link(&draft, path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        // Some network file systems have no hard links: exclusive creation is the next best.
        Err(_) => match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => file.write_all(content).and_then(|()| file.sync_all()).map(|()| true),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e),
        },
    });
    let _ = std::fs::remove_file(&draft);
    if let (Ok(true), Some(folder)) = (&written, path.parent()) {
        // The name, too, must survive a power cut.
        std::fs::File::open(folder)?.sync_all()?;
    }
    written
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Reads a key file.
///
/// # Errors
/// Exit code 2 when others can read it, it holds no 64 hex digits, or a key that anybody could guess.
pub fn read_key(path: &Path) -> Result<[u8; 32]> {
    let text = read_private(path)?;
    let mut key = [0u8; 32];
    hex::decode_to_slice(&text, &mut key)
        .map_err(|_| Failure::usage(format!("{}: 64 hex digits are needed", path.display())))?;
    if is_guessable(&key) {
        return Err(Failure::usage(format!(
            "{}: this is a sample key; make one with: openssl rand -hex 32",
            path.display()
        )));
    }
    Ok(key)
}

/// Reads a file that only its owner (and its group, as in mounted secrets) can read; white space at the end is cut.
///
/// # Errors
/// Exit code 2.
pub fn read_private(path: &Path) -> Result<String> {
    let refuse = |e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", path.display()));
    let metadata = std::fs::metadata(path).map_err(|e| refuse(&e))?;
    if metadata.mode() & 0o007 != 0 {
        return Err(refuse(&format!(
            "others can read it (mode {:o}); run: chmod 600",
            metadata.mode() & 0o777
        )));
    }
    if metadata.len() > 4096 {
        return Err(refuse(&"too long for a secret"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| refuse(&e))?;
    Ok(text.trim_end().to_string())
}

/// Keys of documentation and of people who need "just something": few different bytes, or counting up or down.
fn is_guessable(key: &[u8; 32]) -> bool {
    let mut seen = [false; 256];
    key.iter().for_each(|b| seen[usize::from(*b)] = true);
    let step = key[1].wrapping_sub(key[0]);
    // 32 random bytes have fewer than 17 different ones once in 10^20 tries.
    seen.iter().filter(|s| **s).count() < 17 || key.windows(2).all(|w| w[1].wrapping_sub(w[0]) == step)
}

/// Makes a folder for its owner alone. An existing one that is open to others is closed when it is empty or already ours,
/// and refused otherwise: it may be somebody's home or `/tmp`.
fn private_folder(path: &Path, may_be_mount: bool) -> Result {
    match std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => {}
        Err(e) => return Err(Failure::file(path, &e)),
    }
    let metadata = std::fs::metadata(path).map_err(|e| Failure::file(path, &e))?;
    if metadata.mode() & 0o007 == 0 {
        return Ok(());
    }
    let is_ours = path.join("secrets").is_dir() || entries(path)?.is_empty();
    if is_ours && std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).is_ok() {
        return Ok(());
    }
    if is_ours && may_be_mount {
        // A volume whose top belongs to root; the key files inside are closed anyhow.
        tracing::warn!(folder = %path.display(), "the data folder is open to other users of this machine");
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        format!(
            "{}: is open to other users and not empty; run chmod 700, or choose another data_dir",
            path.display()
        ),
    ))
}

fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    let list = std::fs::read_dir(path).map_err(|e| Failure::file(path, &e))?;
    Ok(list.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| !p.ends_with("lost+found")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn settings(data: &Path) -> Settings {
        Settings { data_dir: data.to_path_buf(), ..Settings::default() }
    }

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    const GOOD: &str = "3a7f01c45d9be86215f0a2c9d4e7b8136c5d4e3f2a1b0c9d8e7f605142332415";

    #[test]
    fn the_first_start_makes_keys_that_the_next_one_finds() {
        let dir = folder();
        let data = dir.path().join("data");
        let first = open(&settings(&data)).unwrap();
        let second = open(&settings(&data)).unwrap();
        assert!(first.is_new && !second.is_new);
        assert_eq!((first.master, first.service), (second.master, second.service));
        assert_ne!(first.master, first.service);
        let mode = |p: &Path| std::fs::metadata(p).unwrap().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for file in ["master.key", "service.key"] {
            assert_eq!(mode(&data.join("secrets").join(file)), 0o600);
        }
        assert_eq!(entries(&data.join("secrets")).unwrap().len(), 2, "no draft is left");
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let dir = folder();
        let path = dir.path().join("k");
        let made: Vec<bool> = std::thread::scope(|s| {
            let threads: Vec<_> = (0..8u8)
                .map(|i| {
                    let path = path.clone();
                    s.spawn(move || create_once(&path, &[i]).unwrap())
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(made.iter().filter(|m| **m).count(), 1);
        assert_eq!(std::fs::read(&path).unwrap().len(), 1);
    }

    #[test]
    fn keys_that_others_can_read_or_guess_are_refused() {
        let dir = folder();
        let path = dir.path().join("k");
        for (text, mode, why) in [
            (GOOD, 0o644, "chmod"),
            (GOOD, 0o604, "chmod"),
            ("zz", 0o600, "64 hex"),
            (&GOOD[..60], 0o600, "64 hex"),
            (&"0".repeat(64), 0o600, "sample"),
            (&"0123456789abcdef".repeat(4), 0o600, "sample"),
            ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0o600, "sample"),
        ] {
            write(&path, text, mode);
            let e = read_key(&path).unwrap_err();
            assert!(e.message.contains(why) && e.exit == Exit::Usage, "{}", e.message);
            assert!(!e.message.contains(GOOD));
        }
        for mode in [0o600, 0o400, 0o440] {
            let path = dir.path().join(format!("good{mode}"));
            write(&path, &format!("{GOOD}\n"), mode);
            read_key(&path).unwrap();
        }
    }

    #[test]
    fn a_lost_master_key_is_not_replaced_beside_its_databases() {
        let dir = folder();
        let data = dir.path().join("data");
        open(&settings(&data)).unwrap();
        std::fs::write(data.join("catalog.db"), "").unwrap();
        open(&settings(&data)).unwrap();
        std::fs::remove_file(data.join("secrets/master.key")).unwrap();
        let e = open(&settings(&data)).err().unwrap();
        assert!(e.message.contains("restore the key file"), "{}", e.message);
    }

    #[test]
    fn a_strange_open_folder_is_refused_and_an_empty_one_closed() {
        let dir = folder();
        let (empty, strange) = (dir.path().join("empty"), dir.path().join("strange"));
        for path in [&empty, &strange] {
            std::fs::create_dir(path).unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::write(strange.join("letter.txt"), "").unwrap();
        open(&settings(&empty)).unwrap();
        assert_eq!(std::fs::metadata(&empty).unwrap().mode() & 0o777, 0o700);
        assert!(open(&settings(&strange)).err().unwrap().message.contains("chmod 700"));
    }
}
