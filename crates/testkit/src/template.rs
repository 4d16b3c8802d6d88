//! The prepared databases: the services are started once with their reference data, and every test copies what they made.
//!
//! One template per test program and backend, made by whoever comes first under a lock. Its name is a digest of the
//! program itself: migrations, reference data and the code that loads them are all in there, so a template can never be
//! out of date. Called by [`crate::Suite::start`].

use crate::suite::Options;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use testbase::place::{execute, postgres_url, with_database};
use testbase::{Backend, Place, Served};

/// Templates of programs that were last used longer ago than this are removed.
const FORGET: Duration = Duration::from_secs(24 * 3600);

/// An empty place filled from the template.
pub async fn place(backend: Backend) -> Place {
    match backend {
        Backend::Sqlite => {
            let template = sqlite().await;
            let place = Place::new(backend).await;
            copy(&template, place.dir());
            place
        }
        Backend::Postgres => {
            let template = postgres().await;
            Place::from_template(backend, Some(&template)).await
        }
    }
}

/// Digest of this test program: path, size and time of its last build.
fn digest() -> String {
    let program = std::env::current_exe().expect("this program has a path");
    let about = std::fs::metadata(&program).expect("and can be looked at");
    let mut hasher = DefaultHasher::new();
    (program, about.len(), about.modified().ok()).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Folder of templates and locks, beside the program.
fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    let folder = program.parent().expect("it lies in a folder").join("lianjian-test-templates");
    std::fs::create_dir_all(&folder).expect("a folder for templates");
    folder
}

/// Waits for the lock that lets one maker at a time in; it ends with the file.
async fn lock(name: &str) -> File {
    let file = File::create(folder().join(format!("{name}.lock"))).expect("a lock file");
    tokio::task::spawn_blocking(move || {
        file.lock().expect("the lock");
        file
    })
    .await
    .expect("a thread")
}

async fn sqlite() -> PathBuf {
    let ready = folder().join(digest());
    let _lock = lock("sqlite").await;
    if !ready.exists() {
        forget_old();
        let making = folder().join(format!("making-{}", digest()));
        let _ = std::fs::remove_dir_all(&making);
        let place = Place::new(Backend::Sqlite).await;
        make(&place).await;
        copy(place.dir(), &making);
        std::fs::rename(&making, &ready).expect("the template takes its place");
    }
    ready
}

async fn postgres() -> String {
    let name = format!("lj_template_{}", digest());
    let server = postgres_url();
    // In this process and others by the file, across machines that share a server by the database's own refusal to
    // rename onto a name that is taken.
    let _lock = lock("postgres").await;
    if execute(&with_database(&server, &name), &[]).await.is_ok() {
        return name;
    }
    let place = Place::new(Backend::Postgres).await;
    make(&place).await;
    let url = place.database_url().expect("a PostgreSQL place has a URL");
    let made = url.rsplit('/').next().expect("a database name").to_string();
    // Whoever is still connected (a worker thread on its way out) is put out: a template must be alone.
    let lonely = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{made}'");
    let rename = format!("ALTER DATABASE {made} RENAME TO {name}");
    testbase::poll("the template is alone", async || {
        execute(&server, &[&lonely, &rename])
            .await
            .or_else(|e| if e.contains("already exists") { Ok(()) } else { Err(e) })
    })
    .await;
    name
}

/// Starts all services in `place` with their reference data and stops them in good order.
async fn make(place: &Place) {
    let options = Options::default();
    let mut served =
        Served::start(options.core(place), options.services()).await.expect("the services start");
    let stopping = served.begin_stop().expect("they run");
    tokio::task::spawn_blocking(move || stopping.join()).await.expect("a thread").expect("the services stop");
    drop(served);
}

/// Copies a data folder; locks stay behind.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the folder reads") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else if entry.path().extension().is_none_or(|e| e != "lock") {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn forget_old() {
    let Ok(entries) = std::fs::read_dir(folder()) else { return };
    for entry in entries.flatten() {
        let old = entry
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > FORGET));
        if old && entry.path().is_dir() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
