//! The listener for probes: `/livez`, `/readyz` and `/healthz`, on addresses of its own, until the drain has ended.
//!
//! It runs on a thread of its own, so a probe is answered however busy the workers are.

use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use http::{Method, StatusCode, header};
use hyperserve_core::{Body, IntoResponse, Problem, Request, Response, Shutdown, ShutdownTrigger};
use hyperserve_server::listen::{Bound, Inherited, ListenOptions, Socket, SocketFile};
use hyperserve_server::{AnyListener, Bind, Handle, Limits, UnixOptions, app_fn, serve};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

/// The sockets for probes, perhaps none.
#[derive(Debug)]
pub(super) struct Health {
    sockets: Vec<Socket>,
    /// Removed when the listener ends.
    files: Vec<SocketFile>,
}

impl Health {
    pub(super) fn bind(addresses: &[Bind], unix: &UnixOptions) -> io::Result<Self> {
        let options = ListenOptions::new().with_unix(unix.clone());
        let mut health = Self { sockets: Vec::new(), files: Vec::new() };
        for address in addresses {
            // The main listeners have taken what a service manager passed.
            let opened = address.open(&options, &mut Inherited::none())?;
            for (sockets, file) in opened.into_iter().map(Bound::into_parts) {
                health.sockets.extend(sockets);
                health.files.extend(file);
            }
        }
        Ok(health)
    }

    pub(super) fn urls(&self) -> Vec<String> {
        let url = |socket: &Socket| match socket {
            Socket::Tcp(_) => format!("http://{socket}"),
            _ => socket.to_string(),
        };
        self.sockets.iter().map(url).collect()
    }

    /// Answers until it is stopped.
    pub(super) fn start(self, handle: Handle) -> io::Result<Probes> {
        let (trigger, shutdown) = ShutdownTrigger::new();
        if self.sockets.is_empty() {
            return Ok(Probes { trigger, thread: None });
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let work = move || runtime.block_on(self.serve(&handle, &shutdown));
        let thread = Builder::new().name("health".to_owned()).spawn(work)?;
        Ok(Probes { trigger, thread: Some(thread) })
    }

    async fn serve(self, handle: &Handle, shutdown: &Shutdown) {
        let mut listeners = JoinSet::new();
        for socket in self.sockets {
            match listener(socket) {
                Ok(listener) => {
                    let (handle, shutdown) = (handle.clone(), shutdown.clone());
                    let app = app_fn(move |request| std::future::ready(answer(&request, &handle)));
                    listeners
                        .spawn(async move { serve(listener, app, limits(), shutdown.triggered()).await });
                }
                Err(error) => tracing::error!(%error, "probes are not answered"),
            }
        }
        while listeners.join_next().await.is_some() {}
        drop(self.files);
    }
}

/// The listener at work.
#[derive(Debug)]
pub(super) struct Probes {
    trigger: ShutdownTrigger,
    thread: Option<JoinHandle<()>>,
}

impl Probes {
    /// Ends within the second that its limits give it.
    pub(super) fn stop(self) {
        self.trigger.trigger();
        if let Some(Err(_)) = self.thread.map(JoinHandle::join) {
            tracing::error!("the listener for probes panicked");
        }
    }
}

fn listener(socket: Socket) -> io::Result<AnyListener> {
    match socket {
        Socket::Tcp(listener) => TcpListener::from_std(listener).map(Into::into),
        Socket::Unix(listener) => UnixListener::from_std(listener).map(Into::into),
        _ => Err(io::Error::other("a kind of socket that this listener does not know")),
    }
}

/// Small ones: probes are few and short.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_connections = 64;
    limits.keep_alive_timeout = Duration::from_secs(10);
    limits.drain_idle_grace = Duration::from_millis(50);
    limits.drain_deadline = Duration::from_millis(500);
    limits
}

/// A slash at the end is no other resource: probes do not follow redirects.
fn answer(request: &Request<Body>, handle: &Handle) -> Response {
    let path = request.uri().path();
    let state = match path.strip_suffix('/').unwrap_or(path) {
        "/livez" => Ok("alive\n"),
        "/readyz" | "/healthz" if handle.is_ready() => Ok("ready\n"),
        "/readyz" | "/healthz" => Err(StatusCode::SERVICE_UNAVAILABLE),
        _ => Err(StatusCode::NOT_FOUND),
    };
    match state {
        Ok(_) if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED).with_header("allow", "GET, HEAD").into_response()
        }
        Ok(text) => ([(header::CACHE_CONTROL, "no-store")], text).into_response(),
        Err(status) => Problem::new(status).into_response(),
    }
}
