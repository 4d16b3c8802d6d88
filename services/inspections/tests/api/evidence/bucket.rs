//! A made-up S3-compatible store: it recomputes each signature by itself and keeps objects in memory.

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

pub const ACCESS: &str = "AKLIANJIANTEST";
pub const SECRET: &str = "a-made-up-secret-of-the-tests";

#[derive(Default)]
struct Held {
    objects: BTreeMap<String, Vec<u8>>,
    is_refusing: bool,
}

pub struct Stub {
    pub url: String,
    held: Arc<Mutex<Held>>,
    handle: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Stub {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::new(Mutex::new(Held::default()));
        let shared = Data::from(Arc::clone(&held));
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(shared.clone())
                        .app_data(web::PayloadConfig::new(64 << 20))
                        .default_service(web::to(answer))
                })
                .workers(1)
                .disable_signals()
                .shutdown_timeout(1)
                .listen(listener)
                .unwrap()
                .run();
                tell.send(server.handle()).unwrap();
                let _ = server.await;
            });
        });
        Self { url, held, handle: told.recv().unwrap(), thread: Some(thread) }
    }

    pub fn keys(&self) -> Vec<String> {
        self.held.lock().unwrap().objects.keys().cloned().collect()
    }

    pub fn refuse(&self, yes: bool) {
        self.held.lock().unwrap().is_refusing = yes;
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(req: HttpRequest, body: Bytes, held: Data<Mutex<Held>>) -> HttpResponse {
    let mut held = held.lock().unwrap();
    if held.is_refusing {
        return HttpResponse::ServiceUnavailable().body("<Error><Code>SlowDown</Code></Error>");
    }
    if let Err(why) = check(&req, &body) {
        return HttpResponse::Forbidden().body(why);
    }
    let key = req.path().to_string();
    match req.method().as_str() {
        "PUT" if held.objects.contains_key(&key) => HttpResponse::PreconditionFailed().finish(),
        "PUT" => {
            held.objects.insert(key, body.to_vec());
            HttpResponse::Ok().finish()
        }
        "GET" => match held.objects.get(&key) {
            Some(bytes) => HttpResponse::Ok().body(bytes.clone()),
            None => HttpResponse::NotFound().finish(),
        },
        "DELETE" => {
            held.objects.remove(&key);
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::MethodNotAllowed().finish(),
    }
}

/// The check that a store makes, written from the standard and not from the client.
fn check(req: &HttpRequest, body: &[u8]) -> Result<(), String> {
    let header = |name: &str| req.headers().get(name).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let payload = hex::encode(Sha256::digest(body));
    if header("x-amz-content-sha256") != payload {
        return Err("the body is not what was signed".into());
    }
    let given = header("authorization");
    let part = |name: &str| {
        let rest = given.split_once(name).map_or("", |(_, rest)| rest);
        rest.split(',').next().unwrap_or_default().to_string()
    };
    let (credential, names, signature) = (part("Credential="), part("SignedHeaders="), part("Signature="));
    let (access, scope) = credential.split_once('/').ok_or("no credential")?;
    if access != ACCESS || !names.split(';').any(|n| n == "host") {
        return Err("an unknown key, or the host is not signed".into());
    }
    let lines: String = names.split(';').map(|n| format!("{n}:{}\n", header(n))).collect();
    let request = format!("{}\n{}\n\n{lines}\n{names}\n{payload}", req.method(), req.path());
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        header("x-amz-date"),
        hex::encode(Sha256::digest(request))
    );
    let mac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part);
    }
    let wanted = hex::encode(mac(&key, &text));
    if wanted == signature { Ok(()) } else { Err("SignatureDoesNotMatch".into()) }
}
