//! Several gateways over one database, with and without Redis (D12, S35, S38).

use crate::house::{House, PASSWORD, settings};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testbase::chaos::Mode;
use testbase::{Backend, Place, Served, block_on, poll};

/// A second gateway over the first one's database.
async fn second(house: &House, config: gateway::Config, redis: Option<String>) -> Served {
    let mut core = house.served.core.clone();
    core.urls.remove("gateway");
    core.redis_url = redis;
    Served::start(core, vec![gateway::service(config)]).await.expect("a second gateway")
}

fn status_of(health: &Value, name: &str) -> String {
    let checks = health["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|c| c["name"] == name)
        .map_or(String::new(), |c| c["status"].as_str().unwrap().to_string())
}

#[test]
fn without_redis_the_database_tells_other_replicas() {
    block_on(async {
        let house = House::start(Backend::Postgres, settings()).await;
        let other = second(&house, settings(), None).await;
        let admin = house.admin().await;
        let there = crate::house::Caller { url: other.core.url("gateway"), ..admin.clone() };
        there.get("/v1/accounts/me").await.expect(200);
        admin.post("/v1/auth/logout", &json!({})).await.expect(204);
        poll("the other replica refuses", async || {
            let status = there.get("/v1/accounts/me").await.status();
            if status == 401 { Ok(()) } else { Err(status.to_string()) }
        })
        .await;
        // A key turned here verifies there.
        let admin = house.admin().await;
        let (security, _) = house.account(&admin, &["security_admin"]).await;
        security.post("/v1/signing-keys/rotate", &json!({})).await.expect(201);
        let fresh = house.admin().await;
        let there = crate::house::Caller { url: other.core.url("gateway"), ..fresh.clone() };
        poll("the other replica knows the new key", async || {
            let status = there.get("/v1/accounts/me").await.status();
            if status == 200 { Ok(()) } else { Err(status.to_string()) }
        })
        .await;
        // Guesses are counted together.
        let mut evaluated = 0;
        for n in 0..10 {
            let at = if n % 2 == 0 { house.url() } else { other.core.url("gateway") };
            let caller = crate::house::Caller { url: at, token: None, ..house.from("127.0.0.9") };
            evaluated +=
                usize::from(caller.try_login("admin", &format!("wrong-guess-{n}")).await.status() == 401);
        }
        assert_eq!(evaluated, 5);
    });
}

#[test]
fn with_redis_revocations_are_known_at_once_and_limits_are_shared() {
    block_on(async {
        let redis = testbase::place::redis_url();
        let config = gateway::Config { rate_per_minute: 100, ..settings() };
        let place = Place::new(Backend::Postgres).await;
        let house =
            House::start_with(place, config.clone(), |core| core.redis_url = Some(redis.clone())).await;
        let other = second(&house, config, Some(redis)).await;
        let admin = house.admin().await;
        let there = crate::house::Caller { url: other.core.url("gateway"), ..admin.clone() };
        poll("Redis is in use", async || {
            let health = there.get("/readyz").await.json();
            if status_of(&health, "redis") == "ok" { Ok(()) } else { Err(health.to_string()) }
        })
        .await;
        // One caller at both doors: the quota holds for both together, but for what passes in half a second.
        let second_of_minute = house.clock.now().as_second().rem_euclid(60);
        house.clock.advance(Duration::from_secs(u64::try_from(60 - second_of_minute).unwrap() + 1));
        let mut passed = 0;
        for _ in 0..16 {
            for caller in [&admin, &there] {
                for _ in 0..5 {
                    passed += usize::from(caller.get("/v1/echo").await.status() == 200);
                }
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        assert!((100..=130).contains(&passed), "{passed} of 160 passed with a quota of 100");
        let began = Instant::now();
        house.clock.advance(Duration::from_secs(60));
        let admin = house.admin().await;
        let there = crate::house::Caller { url: other.core.url("gateway"), ..admin.clone() };
        admin.post("/v1/auth/logout", &json!({})).await.expect(204);
        poll("the other replica refuses", async || {
            let status = there.get("/v1/accounts/me").await.status();
            if status == 401 { Ok(()) } else { Err(status.to_string()) }
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(3));
    });
}

#[test]
fn when_redis_is_away_everything_goes_on_and_readyz_says_degraded() {
    block_on(async {
        let config = gateway::Config { rate_per_minute: 30, ..settings() };
        let place = Place::new(Backend::Sqlite).await;
        let house =
            House::start_with(place, config, |core| core.redis_url = Some("redis://127.0.0.1:1/".into()))
                .await;
        let admin = house.admin().await;
        poll("readyz says so", async || {
            let health = admin.get("/readyz").await.expect(200).json();
            if health["status"] == "degraded" { Ok(()) } else { Err(health.to_string()) }
        })
        .await;
        house.anonymous().try_login("admin", PASSWORD).await.expect(200);
        // The limiter does not fail open.
        let mut passed = 0;
        for _ in 0..100 {
            passed += usize::from(admin.get("/v1/echo").await.status() == 200);
        }
        assert!(passed <= 60, "{passed}");
    });
}

/// The gateway's health, waited for.
async fn redis_becomes(admin: &crate::house::Caller, wanted: &str) {
    poll(&format!("Redis is {wanted}"), async || {
        let health = admin.get("/readyz").await.expect(200).json();
        if status_of(&health, "redis") == wanted { Ok(()) } else { Err(health.to_string()) }
    })
    .await;
}

/// Redis that goes away, falls silent, forgets everything and comes back (F10): logins, reads and changes go on, what was
/// revoked stays revoked, and `/readyz` tells.
#[test]
fn whatever_redis_does_nobody_waits_for_it_and_nothing_is_forgotten() {
    block_on(async {
        let url = testbase::place::redis_url();
        let target = url.trim_start_matches("redis://").split('/').next().unwrap();
        let proxy = testbase::ChaosProxy::start(target);
        // A database of its own, which it may empty.
        let (through, url) = (format!("redis://{}/5", proxy.addr()), format!("redis://{target}/5"));
        let place = Place::new(Backend::Postgres).await;
        let house = House::start_with(place, settings(), |core| core.redis_url = Some(through)).await;
        let admin = house.admin().await;
        redis_becomes(&admin, "ok").await;
        let gone = house.admin().await;
        gone.post("/v1/auth/logout", &json!({})).await.expect(204);
        for mode in [Mode::Cut, Mode::Hold, Mode::Cut] {
            proxy.set(mode);
            let began = Instant::now();
            for n in 0..10 {
                admin.get("/v1/accounts/me").await.expect(200);
                house.anonymous().try_login("admin", PASSWORD).await.expect(200);
                let told = gone.get("/v1/accounts/me").await.status();
                assert_eq!(told, 401, "request {n} with a revoked token while Redis is {mode:?}");
            }
            assert!(
                began.elapsed() < Duration::from_secs(5),
                "{mode:?}: thirty requests took {:?}",
                began.elapsed()
            );
            redis_becomes(&admin, "degraded").await;
            proxy.set(Mode::Pass);
            redis_becomes(&admin, "ok").await;
        }
        // Flushed: the database is the copy that counts.
        let client = redis::Client::open(url.as_str()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd("FLUSHDB").query_async::<()>(&mut connection).await.unwrap();
        let other = second(&house, settings(), Some(url)).await;
        let there = crate::house::Caller { url: other.core.url("gateway"), ..gone.clone() };
        there.get("/v1/accounts/me").await.expect(401);
        gone.get("/v1/accounts/me").await.expect(401);
    });
}

#[test]
fn a_wrong_password_for_redis_is_degraded_and_nothing_more() {
    block_on(async {
        let url = testbase::place::redis_url().replace("redis://", "redis://nobody:wrong@");
        let place = Place::new(Backend::Sqlite).await;
        let house = House::start_with(place, settings(), |core| core.redis_url = Some(url)).await;
        let admin = house.admin().await;
        redis_becomes(&admin, "degraded").await;
        admin.get("/v1/echo").await.expect(200);
    });
}
