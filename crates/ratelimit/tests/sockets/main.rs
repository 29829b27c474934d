//! Rate limits over real sockets, through the whole server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod client;
mod exact;
mod told;

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use hyperserve_core::TrustedProxies;
use hyperserve_server::{App, Handle, Report, Server, ServerError};

/// A server with workers of its own, for the time of a test.
struct Served {
    address: SocketAddr,
    handle: Handle,
    thread: Option<JoinHandle<Result<Report, ServerError>>>,
}

impl Served {
    fn start(workers: usize, trusted: &str, app: impl App) -> Self {
        let trusted: TrustedProxies = trusted.parse().unwrap();
        let server = Server::new()
            .listen("127.0.0.1:0")
            .with_workers(workers)
            .with_signals(false)
            .with_trusted_proxies(trusted)
            .bind()
            .unwrap();
        let (address, handle) = (server.addresses()[0].tcp.unwrap(), server.handle());
        assert_eq!(server.workers(), workers);
        Self { address, handle, thread: Some(thread::spawn(move || server.run(app))) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.force();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
