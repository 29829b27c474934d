//! What a request says of itself beyond its own head: who sent it, and to which host.

#![cfg_attr(
    not(all(
        feature = "cors",
        feature = "csrf",
        feature = "https-redirect",
        feature = "security-headers",
        feature = "trusted-hosts"
    )),
    allow(dead_code, reason = "each layer needs a part of it")
)]

use http::header::HOST;
use hyperserve_core::{ClientIp, ConnInfo, Request, RequestContext, TrustedProxies};

/// The client as trusted proxies tell of it. Of a request without a context nothing is known, and nobody is trusted.
pub(crate) fn client<B>(request: &Request<B>) -> ClientIp {
    match RequestContext::of(request.extensions()) {
        Some(context) => ClientIp::resolve(request.headers(), context.conn(), context.trusted()),
        None => ClientIp::resolve(request.headers(), &ConnInfo::default(), &TrustedProxies::nobody()),
    }
}

/// Whether the connection came to an address that only this machine can reach.
pub(crate) fn is_on_loopback<B>(request: &Request<B>) -> bool {
    let context = RequestContext::of(request.extensions());
    let local = context.and_then(|context| context.conn().local().ip());
    local.is_some_and(|ip| ip.to_canonical().is_loopback())
}

/// The host (and port) of the request itself: of its target, otherwise of `Host`. Not checked.
pub(crate) fn own_authority<B>(request: &Request<B>) -> Option<&str> {
    let target = request.uri().authority().map(|authority| authority.as_str());
    target.or_else(|| request.headers().get(HOST)?.to_str().ok())
}
