//! A made-up service behind the gateway: it knows organs, shows what reached it, streams, stalls and breaks.

use actix_web::web::{self, Bytes, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::StreamExt as _;
use serde_json::{Map, Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The stub and how often it was asked.
pub struct Stub {
    pub url: String,
    pub asked: Arc<AtomicUsize>,
    handle: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Stub {
    pub fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(web::Data::from(Arc::clone(&count)))
                        .app_data(web::PayloadConfig::new(1 << 30))
                        .route("/v1/organs/{code}", web::get().to(organ))
                        .route("/v1/stream", web::get().to(stream))
                        .route("/v1/upload", web::post().to(upload))
                        .route("/v1/slow", web::get().to(slow))
                        .route("/v1/long", web::post().to(long))
                        .route("/v1/broken", web::get().to(broken))
                        .default_service(web::to(echo))
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
        Self { url, asked, handle: told.recv().unwrap(), thread: Some(thread) }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
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

async fn organ(req: HttpRequest, code: web::Path<String>) -> HttpResponse {
    if !req.headers().contains_key("authorization") {
        return HttpResponse::Unauthorized().finish();
    }
    if code.starts_with("nz-") {
        HttpResponse::Ok().json(json!({"code": code.as_str()}))
    } else {
        HttpResponse::NotFound().finish()
    }
}

/// Everything that reached the service.
async fn echo(req: HttpRequest, body: Bytes, asked: web::Data<AtomicUsize>) -> HttpResponse {
    asked.fetch_add(1, Ordering::SeqCst);
    let mut headers = Map::new();
    for (name, value) in req.headers() {
        let text = Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned());
        match headers.get_mut(name.as_str()) {
            Some(Value::Array(all)) => all.push(text),
            _ => {
                headers.insert(name.to_string(), json!([text]));
            }
        }
    }
    HttpResponse::Ok()
        .insert_header(("etag", "\"7\""))
        .insert_header(("server", "stub/1.0"))
        .insert_header(("x-trace-id", "from-the-service"))
        .json(json!({
            "method": req.method().as_str(), "path": req.path(), "query": req.query_string(), "headers": headers,
            "body": String::from_utf8_lossy(&body),
        }))
}

/// Two pieces with a second between them.
async fn stream() -> HttpResponse {
    let pieces = futures_util::stream::unfold(0u8, |n| async move {
        match n {
            0 => Some((Ok::<_, std::io::Error>(Bytes::from_static(b"first\n")), 1)),
            1 => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Some((Ok(Bytes::from_static(b"second\n")), 2))
            }
            _ => None,
        }
    });
    HttpResponse::Ok().content_type("application/x-ndjson").streaming(pieces)
}

/// Answers each piece of the body as it comes.
async fn upload(mut body: Payload) -> HttpResponse {
    let (tell, told) = tokio::sync::mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    actix_web::rt::spawn(async move {
        let mut total = 0;
        while let Some(Ok(piece)) = body.next().await {
            total += piece.len();
            if tell.send(Ok(Bytes::from(format!("{total}\n")))).is_err() {
                return;
            }
        }
    });
    let told =
        futures_util::stream::unfold(
            told,
            |mut told| async move { told.recv().await.map(|piece| (piece, told)) },
        );
    HttpResponse::Ok().streaming(told)
}

async fn slow() -> HttpResponse {
    tokio::time::sleep(Duration::from_secs(20)).await;
    HttpResponse::Ok().finish()
}

async fn long() -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("location", "/v1/operations/42"))
        .insert_header(("link", "</v1/operations/42/faults?cursor=x>; rel=\"next\""))
        .finish()
}

/// Promises ten bytes and sends three.
async fn broken() -> HttpResponse {
    let pieces = futures_util::stream::unfold(0u8, |n| async move {
        match n {
            0 => Some((Ok(Bytes::from_static(b"abc")), 1)),
            _ => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Some((Err(std::io::Error::other("broken")), 2))
            }
        }
    });
    HttpResponse::Ok().no_chunking(10).streaming(pieces)
}
