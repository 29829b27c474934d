//! The listeners beside the main ones, for operators: probes (`health_listen`) and the page of metrics (`metrics`).
//!
//! [`App`](crate::App) opens and serves them by itself; this is for servers that are put together by hand.

mod figures;
mod service;
mod thread;

use std::io;

use hyperserve_core::Shutdown;
use hyperserve_middleware::health::Health;
use hyperserve_server::listen::{Bound, Inherited, ListenOptions, Socket, SocketFile};
use hyperserve_server::{AnyListener, App, Bind, Limits, serve};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

pub use self::figures::Figures;
use self::service::Service;
pub use self::thread::AsideThread;
use crate::Config;

/// The sockets of `health_listen` and `metrics`, open; perhaps none.
#[derive(Debug)]
pub struct Aside {
    doors: Vec<Door>,
    /// Removed when the listeners end.
    files: Vec<SocketFile>,
}

#[derive(Debug)]
struct Door {
    socket: Socket,
    purpose: Purpose,
}

/// What an address is for: one or both.
#[derive(Clone, Copy, Debug)]
struct Purpose {
    probes: bool,
    metrics: bool,
}

impl Aside {
    /// Opens what a configuration asks for. An address that both keys name is one listener, which answers both.
    ///
    /// # Errors
    ///
    /// An address that cannot be had, with the key that named it.
    pub fn bind(config: &Config) -> io::Result<Self> {
        let probes: Vec<Bind> = config.addresses("health_listen").collect();
        let metrics: Vec<Bind> = config.addresses("metrics").collect();
        let mut aside = Self { doors: Vec::new(), files: Vec::new() };
        for address in &probes {
            let purpose = Purpose { probes: true, metrics: metrics.contains(address) };
            aside.open(address, purpose, config).map_err(|error| told("health_listen", &error))?;
        }
        for address in metrics.iter().filter(|address| !probes.contains(address)) {
            let purpose = Purpose { probes: false, metrics: true };
            aside.open(address, purpose, config).map_err(|error| told("metrics", &error))?;
        }
        Ok(aside)
    }

    fn open(&mut self, address: &Bind, purpose: Purpose, config: &Config) -> io::Result<()> {
        let options = ListenOptions::new().with_unix(config.unix_options());
        // The main listeners have taken what a service manager passed.
        let opened = address.open(&options, &mut Inherited::none())?;
        for (sockets, file) in opened.into_iter().map(Bound::into_parts) {
            self.doors.extend(sockets.into_iter().map(|socket| Door { socket, purpose }));
            self.files.extend(file);
        }
        Ok(())
    }

    /// Whether nothing is open.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.doors.is_empty()
    }

    /// Where probes are answered: `http://127.0.0.1:9080`, or `unix:` and a path.
    #[must_use]
    pub fn health_urls(&self) -> Vec<String> {
        let doors = self.doors.iter().filter(|door| door.purpose.probes);
        doors.map(|door| url(&door.socket, "")).collect()
    }

    /// Where the page of metrics is: `http://127.0.0.1:9090/metrics`, or `unix:` and a path.
    #[must_use]
    pub fn metrics_urls(&self) -> Vec<String> {
        let doors = self.doors.iter().filter(|door| door.purpose.metrics);
        doors.map(|door| url(&door.socket, "/metrics")).collect()
    }

    /// Answers until `shutdown`, on the runtime this is called on; then within a second what is under way. `metrics` answers
    /// for `/metrics`, whatever the method.
    pub async fn serve<M: App + Sync>(self, health: Health, metrics: M, shutdown: Shutdown) {
        let mut listeners = JoinSet::new();
        for Door { socket, purpose } in self.doors {
            let service = Service::new(purpose, health.clone(), metrics.clone());
            match listener(socket) {
                Ok(listener) => {
                    let stop = shutdown.clone();
                    listeners
                        .spawn(async move { serve(listener, service, limits(), stop.triggered()).await });
                }
                Err(error) => tracing::error!(%error, "an address for probes or metrics cannot be served"),
            }
        }
        while listeners.join_next().await.is_some() {}
        drop(self.files);
    }

    /// [Serves](Self::serve) on a thread of its own, so that probes are answered however busy the workers are.
    ///
    /// # Errors
    ///
    /// When the system gives no thread or no runtime.
    pub fn start<M: App + Sync>(self, health: Health, metrics: M) -> io::Result<AsideThread> {
        if self.is_empty() {
            return Ok(AsideThread::none());
        }
        AsideThread::start("aside", move |shutdown| self.serve(health, metrics, shutdown))
    }
}

fn told(key: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{key}: {error}"))
}

fn url(socket: &Socket, path: &str) -> String {
    match socket {
        Socket::Tcp(_) => format!("http://{socket}{path}"),
        _ => socket.to_string(),
    }
}

fn listener(socket: Socket) -> io::Result<AnyListener> {
    match socket {
        Socket::Tcp(listener) => TcpListener::from_std(listener).map(Into::into),
        Socket::Unix(listener) => UnixListener::from_std(listener).map(Into::into),
        _ => Err(io::Error::other("a kind of socket that this listener does not know")),
    }
}

/// Small ones: probes and scrapes are few and short.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_connections = 64;
    limits.keep_alive_timeout = Duration::from_secs(10);
    limits.drain_idle_grace = Duration::from_millis(50);
    limits.drain_deadline = Duration::from_millis(500);
    limits
}
