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
use hyperserve_core::{ConnInfo, PeerAddr, RequestContext};
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

/// Serves one accepted socket until it closes. Faults of the peer are counted and logged, never returned.
pub(crate) async fn serve_socket<A: App>(
    socket: Socket,
    peer: PeerAddr,
    local: PeerAddr,
    link: Arc<Link>,
    manners: Arc<Manners>,
    app: A,
) {
    let mut info = ConnInfo::new(peer, local);
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
        let handshake = Box::pin(deadlined(&link, timeout, async { acceptor.accept(socket).await }));
        match handshake.await {
            Ok(stream) => {
                let facts = crate::tls::tls_info(&stream);
                let http2 = facts.alpn() == Some(b"h2");
                let info = info.with_tls(facts);
                return serve_protocol(
                    Transport::Tls(Box::new(stream)),
                    Some(http2),
                    info,
                    link,
                    &manners,
                    app,
                )
                .await;
            }
            Err(error) => return handshake_failed(&link, "TLS handshake", &error),
        }
    }
    serve_protocol(Transport::Plain(socket), None, info, link, &manners, app).await;
}

/// Serves a stream of the caller's.
pub(crate) async fn serve_stream<A: App>(stream: Box<dyn Stream>, info: ConnInfo, link: Arc<Link>, app: A) {
    let transport = Transport::Other(Rewind::new(stream));
    serve_protocol(transport, None, info, link, &Manners::default(), app).await;
}

fn handshake_failed(link: &Link, what: &str, error: &io::Error) {
    link.scope.metrics.handshake_failed();
    tracing::debug!(%error, "{what} failed");
}

/// `http2` is what ALPN settled; without it the first bytes tell, when prior knowledge is allowed.
async fn serve_protocol<A: App>(
    mut transport: Transport,
    http2: Option<bool>,
    info: ConnInfo,
    link: Arc<Link>,
    manners: &Manners,
    app: A,
) {
    let limits = &link.scope.limits;
    let may_be_http2 = cfg!(feature = "http2") && limits.h2c && manners.redirect.is_none();
    let protocol = match http2 {
        Some(true) => Protocol::Http2,
        None if may_be_http2 => match deadlined(&link, limits.head_timeout, detect(&mut transport)).await {
            Ok(protocol) => protocol,
            Err(_) => return link.scope.metrics.idle_closed(),
        },
        _ => Protocol::Http1,
    };
    let context = RequestContext::new(Arc::new(info))
        .with_shutdown(link.scope.shutdown.clone())
        .with_trusted(Arc::clone(&link.scope.trusted))
        .with_body_limit(limits.body_limit);
    let io = Stall::new(transport, Arc::clone(&link));
    match protocol {
        #[cfg(feature = "http2")]
        Protocol::Http2 => Box::pin(super::http2::serve(io, link, context, app)).await,
        _ => super::http1::serve(io, link, context, manners.redirect.clone(), app).await,
    }
}
