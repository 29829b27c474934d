//! A connection from its first byte to its last.

use super::deadlined::deadlined;
use super::detect::{Protocol, detect};
use super::http1::Http1Connection;
use super::link::Link;
use super::proxy;
use super::rewind::Rewind;
use super::socket::Socket;
use super::stall::Stall;
use super::timers::Side;
use super::transport::{Stream, Transport};
use crate::App;
use crate::redirect::Redirect;
use hyperserve_core::ConnInfo;
use pin_project_lite::pin_project;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// What a listener does with its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Acceptor>,
    /// Trusted peers send a PROXY protocol header.
    pub(crate) proxy_protocol: bool,
    /// Every request is sent elsewhere.
    pub(crate) redirect: Option<Arc<Redirect>>,
    /// Responses have no `Date` of the server's.
    pub(crate) without_date: bool,
}

/// A connection that is ready to carry requests.
struct Prepared {
    transport: Transport,
    info: ConnInfo,
    protocol: Protocol,
}

/// Serves one accepted socket until it closes. Faults of the peer are counted and logged, never returned.
pub(crate) fn serve_socket<A: App>(
    socket: Socket,
    info: ConnInfo,
    link: Arc<Link>,
    manners: Arc<Manners>,
    app: A,
) -> Serving<A> {
    let preparation = Box::pin(prepare_socket(socket, info, Arc::clone(&link), Arc::clone(&manners)));
    Serving { stage: Stage::Preparing { preparation, rest: Some((link, manners, app)) } }
}

/// Serves a stream of the caller's.
pub(crate) fn serve_stream<A: App>(
    stream: Box<dyn Stream>,
    info: ConnInfo,
    link: Arc<Link>,
    app: A,
) -> Serving<A> {
    let transport = Transport::Other(Rewind::new(stream));
    let preparation = Box::pin(prepare(transport, None, info, Arc::clone(&link), false));
    Serving { stage: Stage::Preparing { preparation, rest: Some((link, Arc::default(), app)) } }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pin_project! {
    /// A connection's task. What happens once at the start, and HTTP/2, are boxed: the size of this is what an idle
    /// HTTP/1 connection costs.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Serving<A: App> {
        #[pin]
        stage: Stage<A>,
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<A: App> {
        Preparing { preparation: Boxed<Option<Prepared>>, rest: Option<(Arc<Link>, Arc<Manners>, A)> },
        Http1 { #[pin] connection: Http1Connection<A> },
        Http2 { connection: Boxed<()> },
    }
}

impl<A: App> Future for Serving<A> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut this = self.as_mut().project();
            let next = match this.stage.as_mut().project() {
                StageProj::Http1 { connection } => return connection.poll(cx),
                StageProj::Http2 { connection } => return connection.as_mut().poll(cx),
                StageProj::Preparing { preparation, rest } => {
                    let prepared = ready!(preparation.as_mut().poll(cx));
                    let (Some(prepared), Some((link, manners, app))) = (prepared, rest.take()) else {
                        return Poll::Ready(());
                    };
                    start(prepared, link, &manners, app)
                }
            };
            this.stage.set(next);
        }
    }
}

/// PROXY protocol header, TLS handshake and protocol, each with its deadline. `None` when the connection is over.
async fn prepare_socket(
    socket: Socket,
    mut info: ConnInfo,
    link: Arc<Link>,
    manners: Arc<Manners>,
) -> Option<Prepared> {
    let mut socket = Rewind::new(socket);
    let timeout = link.scope.limits.handshake_timeout;
    if manners.proxy_protocol && link.scope.trusted.trusts(&info) {
        match deadlined(&link, timeout, proxy::read_header(&mut socket)).await {
            Ok(header) => {
                info = info.with_proxied(header);
                link.timers.clear(Side::Read);
            }
            Err(error) => return handshake_failed(&link, "PROXY protocol header", &error),
        }
    }
    #[cfg(feature = "tls")]
    if let Some(acceptor) = &manners.tls {
        return match deadlined(&link, timeout, async { acceptor.accept(socket).await }).await {
            Ok(stream) => {
                link.timers.clear(Side::Read);
                let facts = crate::tls::tls_info(&stream);
                let http2 = facts.alpn() == Some(b"h2");
                prepare(Transport::Tls(Box::new(stream)), Some(http2), info.with_tls(facts), link, false)
                    .await
            }
            Err(error) => handshake_failed(&link, "TLS handshake", &error),
        };
    }
    prepare(Transport::Plain(socket), None, info, link, manners.redirect.is_some()).await
}

/// `http2` is what ALPN settled; without it the first bytes tell, when prior knowledge is allowed.
async fn prepare(
    mut transport: Transport,
    http2: Option<bool>,
    info: ConnInfo,
    link: Arc<Link>,
    only_http1: bool,
) -> Option<Prepared> {
    let limits = &link.scope.limits;
    let may_be_http2 = cfg!(feature = "http2") && limits.h2c && !only_http1;
    let protocol = match http2 {
        Some(true) => Protocol::Http2,
        None if may_be_http2 => match deadlined(&link, limits.head_timeout, detect(&mut transport)).await {
            Ok(protocol) => protocol,
            Err(_) => {
                link.scope.metrics.idle_closed();
                return None;
            }
        },
        _ => Protocol::Http1,
    };
    Some(Prepared { transport, info, protocol })
}

fn handshake_failed(link: &Link, what: &str, error: &io::Error) -> Option<Prepared> {
    link.scope.metrics.handshake_failed();
    tracing::debug!(%error, "{what} failed");
    None
}

fn start<A: App>(prepared: Prepared, link: Arc<Link>, manners: &Manners, app: A) -> Stage<A> {
    let Prepared { mut transport, info, protocol } = prepared;
    let context = link.scope.limits.request_context(Arc::new(info));
    let context =
        context.with_shutdown(link.scope.shutdown.clone()).with_trusted(Arc::clone(&link.scope.trusted));
    let context = context.with_websocket(Arc::clone(&link.scope.websocket));
    let sends_files = cfg!(target_os = "linux") && link.scope.limits.sendfile && protocol == Protocol::Http1;
    if sends_files && let Some(windows) = transport.send_files() {
        link.send_files(windows);
    }
    let io = Stall::new(transport, Arc::clone(&link));
    match protocol {
        #[cfg(feature = "http2")]
        Protocol::Http2 => {
            Stage::Http2 { connection: super::http2::serve(io, link, context, !manners.without_date, app) }
        }
        _ => Stage::Http1 { connection: super::http1::serve(io, link, context, manners, app) },
    }
}
