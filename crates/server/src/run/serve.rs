//! Serving on the caller's runtime.

use super::accept::{Acceptable, accept_loop};
use super::control::{Control, Report};
use super::handle::Handle;
use super::worker::{Order, drain, wait_for};
use crate::conn::{Addresses, Drain, Link, Scope, serve_stream};
use crate::{App, Limits, Metrics};
use hyperserve_core::{ConnInfo, ShutdownTrigger, TrustedProxies};
use std::future::Future;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

/// A listener of tokio's that [`serve`] takes.
#[derive(Debug)]
pub struct AnyListener(Acceptable);

impl From<TcpListener> for AnyListener {
    fn from(listener: TcpListener) -> Self {
        Self(Acceptable::tcp(listener))
    }
}

impl From<UnixListener> for AnyListener {
    fn from(listener: UnixListener) -> Self {
        Self(Acceptable::unix(listener))
    }
}

/// Serves `app` on a listener of yours and on the runtime you are on, until `stop` ends and the connections have drained.
///
/// For programs that have a runtime already. Limits, deadlines and drain are those of [`Server`](super::Server); the
/// batching of writes is not, since the runtime is yours.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use hyperserve_core::Request;
/// use hyperserve_server::{Limits, app_fn, serve};
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let app = app_fn(async |_: Request| "Hello, World!");
/// let report = serve(listener, app, Limits::default(), async { /* until a signal comes */ }).await;
/// assert_eq!(report.cut, 0);
/// # Ok(()) }
/// ```
pub async fn serve<A: App>(
    listener: impl Into<AnyListener>,
    app: A,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Report {
    let limits = Arc::new(limits);
    let metrics = Metrics::shared();
    let (trigger, token) = ShutdownTrigger::new();
    let (orders, given) = watch::channel(Order::Serve);
    let draining = Arc::new(Drain::default());
    let addresses = Arc::new(Addresses::new(limits.max_connections_per_ip));
    let trusted = Arc::new(TrustedProxies::default());
    let scope =
        Scope::new(Arc::clone(&limits), metrics.worker(0), Arc::clone(&draining), token, trusted, addresses);
    let sweep = tokio::spawn(Arc::clone(&scope.sweep).run());
    let handle = Handle::new(metrics.clone());
    let control = Control { limits, handle, drain: draining, orders, shutdown: trigger, metrics };

    let mut closing = given.clone();
    let accepting = accept_loop(listener.into().0, Arc::clone(&scope), Arc::default(), app, async move {
        wait_for(&mut closing, Order::Drain).await;
    });
    let worker = async {
        accepting.await;
        scope.sweep.wake_all();
        drain(&scope, given).await
    };
    let cut = control.until(stop, worker).await;
    sweep.abort();
    Report { cut, unfinished: scope.shutdown.holds(), ..Report::default() }
}

/// Serves `app` on one connection of yours, any byte stream, until it closes. Limits and deadlines apply; nothing drains it
/// but its end.
pub async fn serve_connection<A, I>(stream: I, info: ConnInfo, app: A, limits: Limits)
where
    A: App,
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let metrics = Metrics::shared();
    let (_trigger, token) = ShutdownTrigger::new();
    let addresses = Arc::new(Addresses::new(0));
    let trusted = Arc::new(TrustedProxies::default());
    let scope = Scope::new(Arc::new(limits), metrics.worker(0), Arc::default(), token, trusted, addresses);
    let sweep = tokio::spawn(Arc::clone(&scope.sweep).run());
    let link = Link::new(Arc::clone(&scope), None);
    serve_stream(Box::new(stream), info, link, app).await;
    sweep.abort();
}
