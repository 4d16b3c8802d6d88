//! How many password guesses are evaluated, and how right ones get through.
//!
//! The rule, in full, is in the README. In short: a guess takes a place before it is evaluated. Per account and address
//! there are `lockout_failures` places in a window; a wrong guess keeps its place, a right one gives it back. When all
//! places are taken but some are not decided yet, a guess waits: so 100 right ones at once all pass, and of 100 wrong ones
//! no more than the places are evaluated. An account also has a larger number of places for all unfamiliar addresses
//! together, and an address one for all accounts unfamiliar to it; an address from which the account logged in within
//! 30 days is familiar and not held up by what others do. Keys are hashed, so no address is stored in clear. An unknown
//! name is treated as a known one. Called by the login and by the change of one's own password.

use crate::config::Config;
use crate::domain::network::bucket;
use crate::store::guard::{Times, guard_clear, guard_give_back, guard_keep, guard_take, guard_view};
use jiff::{SignedDuration, Timestamp};
use service_kit::{Error, Kind, Kit, Result};
use std::net::IpAddr;
use std::time::Duration;
use store_kit::types::Stamp;
use store_kit::{AnyConn, StoreError};

/// How long a success makes an address familiar.
const FAMILIAR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A place not decided after this was lost in a crash.
const STALE: SignedDuration = SignedDuration::from_secs(60);
/// How long a guess waits for others to be decided.
const WAIT: Duration = Duration::from_secs(25);

/// The counters of one guess.
#[derive(Clone)]
pub struct Keys {
    pair: String,
    account: String,
    address: String,
}

impl Keys {
    /// For a normalised username and an address.
    #[must_use]
    pub fn new(kit: &Kit, username: &str, address: IpAddr) -> Self {
        let short =
            |kind: &str, text: &str| kit.crypto.lookup(kind, text).chars().take(32).collect::<String>();
        let name = short("login-name", username);
        let from = short("login-address", &bucket(address).to_string());
        Self { pair: format!("p:{name}:{from}"), account: format!("a:{name}"), address: format!("i:{from}") }
    }

    /// Prefix of all counters of pairs with this account, and the account's own counter.
    fn of_account(kit: &Kit, username: &str) -> [String; 2] {
        let name: String = kit.crypto.lookup("login-name", username).chars().take(32).collect();
        [format!("p:{name}:"), format!("a:{name}")]
    }
}

/// A place taken; tell it how the guess went, inside the transaction of what follows.
#[derive(Clone)]
pub struct Place {
    keys: Vec<String>,
}

enum Refusal {
    Store(StoreError),
    /// All places are kept by wrong guesses until then.
    Locked(Timestamp),
    /// All places are taken, some not decided.
    Busy,
}

impl From<StoreError> for Refusal {
    fn from(e: StoreError) -> Self {
        Refusal::Store(e)
    }
}

/// Takes a place, waiting for undecided guesses.
///
/// # Errors
/// 429 while locked; 503 after waiting in vain.
pub async fn take(kit: &Kit, config: &Config, keys: &Keys) -> Result<Place> {
    let until = std::time::Instant::now() + WAIT;
    let mut pause = Duration::from_millis(4);
    loop {
        let now = kit.clock.now();
        let (keys, limits) = (keys.clone(), Limits::of(config));
        let taken =
            kit.store.write::<_, Refusal, _>(async move |c| take_once(c, &keys, &limits, now).await).await;
        match taken {
            Ok(place) => return Ok(place),
            Err(Refusal::Store(e)) => return Err(e.into()),
            Err(Refusal::Locked(end)) => return Err(locked(now, end)),
            Err(Refusal::Busy) if std::time::Instant::now() < until => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(60));
            }
            Err(Refusal::Busy) => return Err(Error::unavailable("too many logins of one account at once")),
        }
    }
}

struct Limits {
    pair: i32,
    account: i32,
    address: i32,
    window: SignedDuration,
}

impl Limits {
    fn of(config: &Config) -> Self {
        let most = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        Self {
            pair: most(config.lockout_failures),
            account: most(config.lockout_account_failures),
            address: most(config.lockout_address_failures),
            window: SignedDuration::from_mins(i64::from(config.lockout_minutes)),
        }
    }
}

async fn take_once(
    c: &mut AnyConn<'_>,
    keys: &Keys,
    limits: &Limits,
    now: Timestamp,
) -> Result<Place, Refusal> {
    let before = |span: SignedDuration| Stamp::from(now.saturating_sub(span).unwrap_or(Timestamp::MIN));
    let times = Times { now: Stamp::from(now), window: before(limits.window), stale: before(STALE) };
    one(c, &keys.pair, limits.pair, limits.window, times).await?;
    let mut place = Place { keys: vec![keys.pair.clone()] };
    let familiar = guard_view(c, &keys.pair)
        .await?
        .and_then(|v| v.succeeded_at)
        .is_some_and(|at| at >= before(FAMILIAR));
    if !familiar {
        // An error here rolls the first place back.
        one(c, &keys.account, limits.account, limits.window, times).await?;
        one(c, &keys.address, limits.address, limits.window, times).await?;
        place.keys.extend([keys.account.clone(), keys.address.clone()]);
    }
    Ok(place)
}

async fn one(
    c: &mut AnyConn<'_>,
    key: &str,
    most: i32,
    window: SignedDuration,
    times: Times,
) -> Result<(), Refusal> {
    if guard_take(c, key, most, times).await? {
        return Ok(());
    }
    match guard_view(c, key).await? {
        Some(counter) if counter.failed >= most => {
            Err(Refusal::Locked(counter.since.0.saturating_add(window).unwrap_or(Timestamp::MAX)))
        }
        _ => Err(Refusal::Busy),
    }
}

impl Place {
    /// The guess was wrong: the place stays taken. True when that was the last one of the pair.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep(&self, c: &mut AnyConn<'_>) -> Result<()> {
        for key in &self.keys {
            guard_keep(c, key).await?;
        }
        Ok(())
    }

    /// The guess was right, or was not evaluated: the place is free again.
    ///
    /// # Errors
    /// The store's.
    pub async fn give_back(&self, c: &mut AnyConn<'_>, succeeded: Option<Timestamp>) -> Result<()> {
        for (at, key) in self.keys.iter().enumerate() {
            let succeeded = succeeded.filter(|_| at == 0).map(Stamp::from);
            guard_give_back(c, key, succeeded).await?;
        }
        Ok(())
    }
}

/// Forgets the wrong guesses for an account: an administrator unlocks it.
///
/// # Errors
/// The store's.
pub async fn unlock(c: &mut AnyConn<'_>, prefixes: &[String; 2]) -> Result<usize> {
    let mut cleared = 0;
    for prefix in prefixes {
        cleared += guard_clear(c, prefix).await?;
    }
    Ok(cleared)
}

/// What [`unlock`] clears for a username.
#[must_use]
pub fn counters_of(kit: &Kit, username: &str) -> [String; 2] {
    Keys::of_account(kit, username)
}

fn locked(now: Timestamp, end: Timestamp) -> Error {
    let seconds = (end.as_second() - now.as_second()).max(1);
    Error::new(
        Kind::TooMany,
        "too_many_attempts",
        "登录失败次数过多，请稍后再试或联系系统管理员解锁",
        "Too many failed attempts; try later or ask an administrator to unlock",
    )
    .with_header("retry-after", &seconds.to_string())
}
