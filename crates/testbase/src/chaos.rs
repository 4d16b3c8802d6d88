//! A TCP proxy between a store and its server that can cut, hold back and lose bytes on command.
//!
//! It runs on a thread of its own, so that it works whatever the test's runtime does. A test puts it between, breaks the
//! link, looks at what callers get, mends the link and looks again: nobody may need a restart.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Passes everything on.
    Pass,
    /// Closes open connections and new ones at once, as a server that went away.
    Cut,
    /// Keeps connections open and passes nothing on, as a network that swallows packets.
    Hold,
    /// Passes a `COMMIT` to the server and closes the connection before the answer comes back (once per connection).
    LoseCommitAnswer,
}

/// The proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct ChaosProxy {
    addr: SocketAddr,
    mode: watch::Sender<Mode>,
}

impl ChaosProxy {
    /// Starts a proxy to `target` (`host:port`) on a free loopback port.
    ///
    /// # Panics
    /// When no port can be had.
    #[must_use]
    pub fn start(target: &str) -> Self {
        let target = target.to_string();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("non-blocking");
        let addr = listener.local_addr().expect("an address");
        let (mode, watched) = watch::channel(Mode::Pass);
        std::thread::spawn(move || crate::block_on(accept(listener, target, watched)));
        Self { addr, mode }
    }

    /// A proxy to the PostgreSQL server of `url`, and the URL that leads through it.
    ///
    /// # Panics
    /// When `url` is not one.
    #[must_use]
    pub fn postgres(url: &str) -> (Self, String) {
        let mut through = url::Url::parse(url).expect("a database URL");
        let host = through.host_str().expect("a host").to_string();
        let proxy = Self::start(&format!("{host}:{}", through.port().unwrap_or(5432)));
        through.set_host(Some("127.0.0.1")).expect("a host");
        through.set_port(Some(proxy.addr.port())).expect("a port");
        (proxy, through.to_string())
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on it does this.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn accept(listener: std::net::TcpListener, target: String, mut mode: watch::Receiver<Mode>) {
    let listener = TcpListener::from_std(listener).expect("the listener");
    loop {
        let client = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => client,
                Err(_) => return,
            },
            // The sender is gone: so is the proxy.
            changed = mode.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        if *mode.borrow() == Mode::Cut {
            continue;
        }
        let (target, mode) = (target.clone(), mode.clone());
        tokio::task::spawn_local(async move {
            let Ok(server) = TcpStream::connect(&target).await else { return };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            // When one direction ends, both do.
            tokio::select! {
                () = pump(from_client, to_server, mode.clone(), false) => {}
                () = pump(from_server, to_client, mode, true) => {}
            }
        });
    }
}

/// Moves bytes one way until the mode or an end says stop.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    is_answer: bool,
) {
    let mut buffer = vec![0u8; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            changed = mode.changed() => {
                if changed.is_err() || *mode.borrow() == Mode::Cut {
                    return;
                }
                continue;
            }
        };
        let Ok(count @ 1..) = read else { return };
        let bytes = buffer.get(..count).unwrap_or_default();
        loop {
            let now = *mode.borrow_and_update();
            match now {
                Mode::Pass => break,
                Mode::Cut => return,
                Mode::Hold => {
                    if mode.changed().await.is_err() {
                        return;
                    }
                }
                Mode::LoseCommitAnswer => {
                    if is_answer && bytes.windows(7).any(|w| w == b"COMMIT\0") {
                        return;
                    }
                    break;
                }
            }
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
