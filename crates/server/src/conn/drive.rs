//! A connection from its first byte to its last.

use super::deadlined::deadlined;
use super::detect::{Protocol, detect};
use super::link::Link;
use super::proxy;
use super::rewind::Rewind;
use super::socket::Socket;
use super::stall::Stall;
use super::transport::{Stream, Transport};
use crate::App;
use crate::redirect::Redirect;
use hyperserve_core::{ConnInfo, RequestContext};
use std::io;
use std::sync::Arc;

/// What a listener does with its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Acceptor>,
    /// Trusted peers send a PROXY protocol header.
    pub(crate) proxy_protocol: bool,
    /// Every request is sent elsewhere.
    pub(crate) redirect: Option<Arc<Redirect>>,
}

/// A connection that is ready to carry requests.
struct Prepared {
    transport: Transport,
    info: ConnInfo,
    protocol: Protocol,
}

/// Serves one accepted socket until it closes. Faults of the peer are counted and logged, never returned.
///
/// What happens once at the start is boxed: the task's memory is what an idle connection costs.
pub(crate) async fn serve_socket<A: App>(
    socket: Socket,
    info: ConnInfo,
    link: Arc<Link>,
    manners: Arc<Manners>,
    app: A,
) {
    let preparation = Box::pin(prepare_socket(socket, info, Arc::clone(&link), Arc::clone(&manners)));
    if let Some(prepared) = preparation.await {
        serve_protocol(prepared, link, &manners, app).await;
    }
}

/// Serves a stream of the caller's.
pub(crate) async fn serve_stream<A: App>(stream: Box<dyn Stream>, info: ConnInfo, link: Arc<Link>, app: A) {
    let transport = Transport::Other(Rewind::new(stream));
    let manners = Manners::default();
    let preparation = Box::pin(prepare(transport, None, info, Arc::clone(&link), false));
    if let Some(prepared) = preparation.await {
        serve_protocol(prepared, link, &manners, app).await;
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
            Ok(header) => info = info.with_proxied(header),
            Err(error) => return handshake_failed(&link, "PROXY protocol header", &error),
        }
    }
    #[cfg(feature = "tls")]
    if let Some(acceptor) = &manners.tls {
        return match deadlined(&link, timeout, async { acceptor.accept(socket).await }).await {
            Ok(stream) => {
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

async fn serve_protocol<A: App>(prepared: Prepared, link: Arc<Link>, manners: &Manners, app: A) {
    let Prepared { transport, info, protocol } = prepared;
    let context = RequestContext::new(Arc::new(info))
        .with_shutdown(link.scope.shutdown.clone())
        .with_trusted(Arc::clone(&link.scope.trusted))
        .with_body_limit(link.scope.limits.body_limit);
    let io = Stall::new(transport, Arc::clone(&link));
    match protocol {
        #[cfg(feature = "http2")]
        Protocol::Http2 => super::http2::serve(io, link, context, app).await,
        _ => super::http1::serve(io, link, context, manners.redirect.clone(), app).await,
    }
}
