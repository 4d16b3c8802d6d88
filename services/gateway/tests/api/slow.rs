//! Two hundred clients that dawdle hold nobody up, and are not borne with for ever (S22).

use crate::house::{House, PASSWORD};
use std::time::{Duration, Instant};
use testbase::{Backend, block_on};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends `head`, then a byte a second, until the gateway answers or closes: the answer and how long it took.
async fn dawdle(address: String, head: String) -> (String, Duration) {
    let began = Instant::now();
    let (mut from, mut to) = TcpStream::connect(&address).await.unwrap().into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let sending = tokio::task::spawn_local(async move {
        while to.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(45), from.read_to_end(&mut answer)).await;
    sending.abort();
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

#[test]
fn slow_clients_hold_nobody_up_and_are_let_go() {
    block_on(async {
        let house = House::start(Backend::Sqlite, crate::house::settings()).await;
        let address = house.url().trim_start_matches("http://").to_string();
        let admin = house.admin().await;
        let token = admin.token.clone().unwrap();
        let body = "content-type: application/json\r\ncontent-length: 4000";
        let kinds = [
            // A head that never ends, a body to the gateway itself, a body to a service behind it.
            "GET /v1/accounts/me HTTP/1.1\r\nhost: x\r\nx-slow: ".to_string(),
            format!("POST /v1/auth/token HTTP/1.1\r\nhost: x\r\n{body}\r\n\r\n{{"),
            format!("POST /v1/echo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{body}\r\n\r\n{{"),
        ];
        let slow: Vec<_> = (0..200)
            .map(|n| tokio::task::spawn_local(dawdle(address.clone(), kinds[n % 3].clone())))
            .collect();
        // Readers that take nothing: what they asked for waits in the kernel, not in a worker.
        let mut readers = Vec::new();
        for _ in 0..20 {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            stream
                .write_all("GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(50).as_bytes())
                .await
                .unwrap();
            readers.push(stream);
        }
        let mut times = Vec::new();
        while slow.iter().any(|s| !s.is_finished()) && times.len() < 2_000 {
            let began = Instant::now();
            admin.get("/v1/accounts/me").await.expect(200);
            times.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        times.sort();
        let late = times[times.len() * 99 / 100];
        assert!(
            late < Duration::from_millis(500),
            "the hundredth slowest of {} probes: {late:?}",
            times.len()
        );
        for (n, one) in slow.into_iter().enumerate() {
            let (answer, took) = one.await.unwrap();
            assert!(took < Duration::from_secs(35), "kind {} was borne with for {took:?}", n % 3);
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "kind {}: {answer}", n % 3);
            if n % 3 > 0 {
                assert!(answer.contains("request_timeout"), "kind {}: {answer}", n % 3);
            }
        }
        drop(readers);
        // The service behind was never blamed: its breaker is shut.
        admin.get("/v1/echo").await.expect(200);
        house.anonymous().try_login("admin", PASSWORD).await.expect(200);
    });
}
