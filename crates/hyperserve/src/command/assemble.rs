//! From arguments to a server.

use hyperserve_server::{Bind, Listener, Server};

use super::arguments::Arguments;
use super::failure::Failure;

/// A server with everything the arguments say, not bound yet.
pub(super) fn server(arguments: &Arguments) -> Result<Server, Failure> {
    let mut server = Server::new()
        .with_limits(arguments.limits_in_force())
        .with_pinned_workers(arguments.pin)
        .with_workers(arguments.workers.map_or(0, usize::from));
    if let Some(trusted) = &arguments.trusted_proxies {
        server = server.with_trusted_proxies(trusted.clone());
    }
    for listener in listeners(arguments)? {
        server = server.listen(listener.with_proxy_protocol(arguments.proxy_protocol));
    }
    Ok(server)
}

#[cfg(feature = "tls")]
fn listeners(arguments: &Arguments) -> Result<Vec<Listener>, Failure> {
    let redirect = arguments.tls.redirect_port()?;
    let plain = arguments.listen.iter().map(listener).map(|plain| match redirect {
        Some(port) => plain.with_https_redirect(port),
        None => plain,
    });
    Ok(plain.chain(arguments.tls.listeners()?).collect())
}

#[cfg(not(feature = "tls"))]
#[expect(clippy::unnecessary_wraps, reason = "with TLS it can fail")]
fn listeners(arguments: &Arguments) -> Result<Vec<Listener>, Failure> {
    Ok(arguments.listen.iter().map(listener).collect())
}

pub(super) fn listener(address: &Bind) -> Listener {
    Listener::new(&address.to_string())
}
