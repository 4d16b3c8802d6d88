//! `kill -9` in the middle of a write storm: what was acknowledged is there, whole, and nothing is half.
//!
//! The child is this test binary once more, asked by variables to play another part. It notes each acknowledgement in a
//! journal with one `write`, which outlives its process; the parent kills it at a random point, opens the store itself
//! and holds the journal against the rows (section 4 of the hardening page).

use crate::migrations::SLOW;
use crate::{PROBE, assert_whole, open, put};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use store_kit::StoreConfig;
use store_kit::prelude::*;
use testbase::{Backend, Place, both};
use uuid::Uuid;

const PART: &str = "LIANJIAN_TEST_CHILD";
const JOURNAL: &str = "LIANJIAN_TEST_CHILD_JOURNAL";
const DATA: &str = "LIANJIAN_TEST_CHILD_DATA";
const URL: &str = "LIANJIAN_TEST_CHILD_URL";

/// The second process.
pub struct Child {
    process: std::process::Child,
    journal: PathBuf,
}

impl Child {
    /// Starts the child in one of its parts.
    pub fn start(part: &str, place: &Place) -> Self {
        let journal = place.dir().join("journal");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "crash::a_child_plays_its_part", "--nocapture", "--test-threads=1"])
            .env(PART, part)
            .env(JOURNAL, &journal)
            .env(DATA, place.dir())
            .env(URL, place.database_url().unwrap_or_default())
            .stdout(Stdio::null());
        Self { process: command.spawn().unwrap(), journal }
    }

    /// Whole lines of the journal; what stands after the last line feed was not acknowledged.
    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(ToString::to_string).collect()
    }

    /// Waits until the journal has that many lines.
    pub async fn wait_for_lines(&mut self, count: usize) {
        testbase::poll("the child is at work", async || {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("the child ended by itself: {status}");
            }
            let have = self.lines().len();
            if have >= count { Ok(()) } else { Err(format!("{have} of {count} lines")) }
        })
        .await;
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

both! {
    async fn kill_9_loses_nothing_acknowledged_and_leaves_nothing_half(place: Place) {
        let mut random = StdRng::seed_from_u64(testbase::seed());
        let mut acknowledged = 0;
        for round in 0..8 {
            let mut child = Child::start("storm", &place);
            let more = random.random_range(1..120);
            child.wait_for_lines(acknowledged + more).await;
            tokio::time::sleep(std::time::Duration::from_micros(random.random_range(0..3000))).await;
            if round == 0 && place.backend() == Backend::Sqlite {
                let refused = Store::open(&place.store_config("probe"), &[PROBE]).await;
                let text = refused.err().expect("the child owns the file").to_string();
                assert!(text.contains(&child.process.id().to_string()), "it names the child: {text}");
            }
            child.kill();
            let journal = child.lines();
            assert!(journal.len() > acknowledged, "nothing was acknowledged in round {round}");
            acknowledged = journal.len();
            let store = open(&place).await;
            let rows = settled(&store).await;
            for id in &journal {
                assert!(rows.binary_search(id).is_ok(), "round {round}: {id} was acknowledged and is not there");
            }
            store.close();
        }
    }

    /// The control of the test above: a child that notes its changes before they are committed is caught.
    async fn an_acknowledgement_before_the_commit_would_be_caught(place: Place) {
        for _ in 0..10 {
            let mut child = Child::start("liar", &place);
            let before = child.lines().len();
            child.wait_for_lines(before + 40).await;
            child.kill();
            let store = open(&place).await;
            let rows = settled(&store).await;
            store.close();
            if child.lines().iter().any(|id| rows.binary_search(id).is_err()) {
                return;
            }
        }
        panic!("ten kills, and a child that acknowledges too early was never caught: the test above proves nothing");
    }
}

/// The rows, once a server whose client was killed has finished what it had been told to commit.
async fn settled(store: &Store) -> Vec<String> {
    testbase::poll("the server has noticed the end of the child", async || {
        let first = assert_whole(store).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let second = assert_whole(store).await;
        if first == second { Ok(second) } else { Err("still committing".to_string()) }
    })
    .await
}

/// Plays a part when it is asked to by [`Child::start`]; as an ordinary test there is nothing to do.
#[test]
fn a_child_plays_its_part() {
    let Ok(part) = std::env::var(PART) else { return };
    let config = match std::env::var(URL).unwrap() {
        url if url.is_empty() => StoreConfig::sqlite("probe", std::env::var(DATA).unwrap()),
        url => StoreConfig::postgres("probe", &url),
    };
    let journal = journal(Path::new(&std::env::var(JOURNAL).unwrap()));
    match part.as_str() {
        "storm" => storm(&config, &journal, false),
        "liar" => storm(&config, &journal, true),
        "migrate" => {
            note(&journal, "migrating");
            testbase::block_on(async {
                let _ = Store::open(&config, &[PROBE, SLOW]).await.unwrap();
            });
        }
        other => panic!("no part {other}"),
    }
}

fn journal(path: &Path) -> Mutex<File> {
    Mutex::new(OpenOptions::new().create(true).append(true).open(path).unwrap())
}

/// One `write` for a whole line: it is in the kernel's hands when this returns.
fn note(journal: &Mutex<File>, line: &str) {
    journal.lock().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Writes as fast as it can, from two threads with eight tasks each, until it is killed.
fn storm(config: &StoreConfig, journal: &Mutex<File>, lies: bool) {
    let store = testbase::block_on(Store::open(config, &[PROBE])).unwrap();
    let sealing = store.clone();
    std::thread::spawn(move || {
        testbase::block_on(store_kit::sealer::run(sealing, crate::crypto(), std::future::pending()));
    });
    let journal = &Arc::new(journal);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let store = store.clone();
            scope.spawn(move || {
                testbase::block_on(async {
                    futures_util::future::join_all((0..8).map(|n| {
                        let store = store.clone();
                        async move {
                            loop {
                                let id = Uuid::new_v4();
                                if lies {
                                    note(journal, &id.to_string());
                                }
                                store.write(async move |c| put(c, id, n).await).await.unwrap();
                                if !lies {
                                    note(journal, &id.to_string());
                                }
                            }
                        }
                    }))
                    .await
                });
            });
        }
    });
}
