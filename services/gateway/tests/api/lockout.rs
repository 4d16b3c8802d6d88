//! How many guesses are evaluated, who is held up, and that nobody learns which names exist (S35, S36).

use crate::house::{House, PASSWORD, code, settings};
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};
use testbase::{Answer, Backend, block_on};

fn count(all: &[Answer], status: u16) -> usize {
    all.iter().filter(|a| a.status() == status).count()
}

testbase::both! {
    async fn of_a_hundred_wrong_guesses_at_once_no_more_than_the_bound_are_evaluated(house: House) {
        let caller = house.from("127.0.0.9");
        let all = join_all((0..100).map(|n| { let c = caller.clone(); async move { c.try_login("admin", &format!("wrong-guess-{n:04}")).await } })).await;
        assert_eq!(count(&all, 401), 5, "evaluated");
        assert_eq!(count(&all, 429), 95, "not evaluated");
        let locked = all.iter().find(|a| a.status() == 429).unwrap();
        assert_eq!(code(locked), "too_many_attempts");
        let wait: i64 = locked.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        // The right one from there is not evaluated either: else guessing would go on.
        caller.try_login("admin", PASSWORD).await.expect(429);
        // From elsewhere nobody is held up.
        house.admin().await;
        // And there too when the window has passed.
        house.clock.advance(Duration::from_secs(15 * 60));
        caller.try_login("admin", PASSWORD).await.expect(200);
    }

    async fn a_hundred_right_logins_at_once_all_pass(house: House) {
        let caller = house.from("127.0.0.9");
        let all = join_all((0..100).map(|_| { let c = caller.clone(); async move { c.try_login("admin", PASSWORD).await } })).await;
        assert_eq!(count(&all, 200), 100, "{:?}", all.iter().map(Answer::status).collect::<Vec<_>>());
        // They used no guess up.
        let wrong = join_all((0..5).map(|n| { let c = caller.clone(); async move { c.try_login("admin", &format!("wrong-guess-{n}")).await } })).await;
        assert_eq!(count(&wrong, 401), 5);
    }

    async fn right_logins_pass_beside_wrong_guesses_from_elsewhere(house: House) {
        let (attacker, user) = (house.from("127.0.0.66"), house.from("127.0.0.9"));
        let wrong = join_all((0..60).map(|n| { let c = attacker.clone(); async move { c.try_login("admin", &format!("wrong-guess-{n}")).await } }));
        let right = join_all((0..40).map(|_| { let c = user.clone(); async move { c.try_login("admin", PASSWORD).await } }));
        let (wrong, right) = futures_util::join!(wrong, right);
        assert_eq!((count(&wrong, 401), count(&wrong, 429), count(&right, 200)), (5, 55, 40));
    }

    async fn a_slip_or_two_before_the_right_one_costs_nothing(house: House) {
        let caller = house.from("127.0.0.9");
        for _ in 0..4 {
            caller.try_login("admin", "slipped-finger").await.expect(401);
        }
        caller.try_login("admin", PASSWORD).await.expect(200);
        // The wrong ones still count in this window: else a guesser who knows one password could guess on.
        caller.try_login("admin", "slipped-finger").await.expect(401);
        caller.try_login("admin", PASSWORD).await.expect(429);
    }

    async fn guesses_from_many_addresses_are_bounded_and_familiar_addresses_go_on(house: House) {
        let familiar = house.from("127.0.0.9");
        familiar.try_login("admin", PASSWORD).await.expect(200);
        let mut evaluated = 0;
        for address in 20..40 {
            let attacker = house.from(&format!("127.0.1.{address}"));
            let all = join_all((0..5).map(|n| { let c = attacker.clone(); async move { c.try_login("admin", &format!("wrong-{address}-{n}")).await } })).await;
            evaluated += count(&all, 401);
        }
        assert_eq!(evaluated, 50, "per account over all unfamiliar addresses");
        house.from("127.0.2.1").try_login("admin", PASSWORD).await.expect(429);
        familiar.try_login("admin", PASSWORD).await.expect(200);
    }

    async fn one_password_tried_on_many_accounts_is_bounded_by_address(house: House) {
        let attacker = house.from("127.0.3.3");
        let mut evaluated = 0;
        for round in 0..6 {
            let all = join_all((0..20).map(|n| { let c = attacker.clone(); async move { c.try_login(&format!("user{round}x{n}"), "tidal-mango-27").await } })).await;
            evaluated += count(&all, 401);
        }
        assert_eq!(evaluated, 100);
        attacker.try_login("admin", PASSWORD).await.expect(429);
        house.from("127.0.3.4").try_login("admin", PASSWORD).await.expect(200);
    }

    async fn an_administrator_unlocks(house: House) {
        let admin = house.admin().await;
        let (_, view) = house.account(&admin, &["lead_editor"]).await;
        let caller = house.from("127.0.0.9");
        for _ in 0..5 {
            caller.try_login("clerk0", "slipped-finger").await.expect(401);
        }
        caller.try_login("clerk0", PASSWORD).await.expect(429);
        admin.post(&format!("/v1/accounts/{}/unlock", view["id"].as_str().unwrap()), &json!({})).await.expect(200);
        caller.try_login("clerk0", PASSWORD).await.expect(200);
    }

    async fn an_unknown_name_and_a_wrong_password_get_the_same_answer(house: House) {
        let caller = house.anonymous();
        let known = caller.try_login("admin", "wrong-guess-one").await;
        let unknown = caller.try_login("nobody-at-all", "wrong-guess-one").await;
        assert_eq!((known.status(), unknown.status()), (401, 401));
        let strip = |a: &Answer| { let mut v = a.json(); v["trace_id"] = json!(""); v };
        assert_eq!(strip(&known), strip(&unknown));
        let names = |a: &Answer| { let mut n: Vec<String> = a.headers().keys().map(ToString::to_string).collect(); n.sort(); n };
        assert_eq!(names(&known), names(&unknown));
        // Locked alike too.
        for name in ["admin", "nobody-at-all"] {
            for _ in 0..4 {
                caller.try_login(name, "wrong-guess-one").await.expect(401);
            }
            caller.try_login(name, "wrong-guess-one").await.expect(429);
        }
        // What was typed is written nowhere.
        let log = house.audit("refused").await;
        assert!(!log.is_empty() && log.iter().all(|d| !d.contains("nobody") && !d.contains("admin")));
    }
}

/// The same work is done for both: over a thousand pairs of guesses, the time of an answer does not tell whether the name
/// exists (Mann–Whitney: how often the known name's answer is the slower one).
#[test]
fn an_unknown_name_takes_as_long_as_a_wrong_password() {
    block_on(async {
        let config = gateway::Config {
            argon2_memory_kib: 1024,
            argon2_passes: 1,
            lockout_failures: 100,
            ..settings()
        };
        let house = House::start(Backend::Sqlite, config).await;
        let caller = house.anonymous();
        let mut times = [Vec::new(), Vec::new()];
        for n in 0..1000 {
            if n % 45 == 0 {
                house.clock.advance(Duration::from_secs(16 * 60));
            }
            // In turns, so that what the machine does meanwhile falls on both alike.
            for which in [n % 2, 1 - n % 2] {
                let name = ["admin", "nobody"][which];
                let began = Instant::now();
                caller.try_login(name, &format!("wrong-guess-{n}")).await.expect(401);
                times[which].push(began.elapsed());
            }
        }
        let [known, mut unknown] = times;
        unknown.sort();
        let slower: usize = known.iter().map(|t| unknown.partition_point(|u| u < t)).sum();
        let share = slower as f64 / 1e6;
        // The share's standard deviation is 0.013 when both are alike.
        assert!((0.44..0.56).contains(&share), "a known name was slower in {share} of all pairs");
    });
}

/// Hashing runs beside the workers: a flood of logins does not keep others from being served.
#[test]
fn a_flood_of_logins_does_not_stop_the_workers() {
    block_on(async {
        let config = gateway::Config {
            argon2_memory_kib: 8192,
            argon2_passes: 2,
            lockout_failures: 100,
            ..settings()
        };
        let house = House::start(Backend::Sqlite, config).await;
        let caller = house.anonymous();
        let flood = join_all((0..60).map(|n| {
            let c = caller.clone();
            async move { c.try_login("admin", &format!("wrong-guess-{n}")).await }
        }));
        let probe = async {
            let mut worst = Duration::ZERO;
            for _ in 0..20 {
                let began = Instant::now();
                caller.get("/.well-known/jwks.json").await.expect(200);
                worst = worst.max(began.elapsed());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            worst
        };
        let (_, worst) = futures_util::join!(flood, probe);
        assert!(worst < Duration::from_millis(1500), "{worst:?}");
    });
}
