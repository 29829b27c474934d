//! [`HttpsRedirectLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::target::Target;
use super::{HttpsRedirectError, HttpsRedirectFuture};
use crate::Paths;

/// What certificate authorities fetch (RFC 8555 §8.3).
const ACME: &str = "/.well-known/acme-challenge";

/// Answers plain HTTP with 308 to HTTPS.
///
/// | | default |
/// |---|---|
/// | host | that of the request, without its port |
/// | port | 443 |
/// | exempt | `/.well-known/acme-challenge` |
///
/// The host is what a trusted proxy forwards, otherwise the target's or `Host`. A cache in front that does not keep hosts
/// apart could be made to keep a redirect to a stranger's: name [your hosts](HttpsRedirectLayer::try_with_hosts), or
/// [one](HttpsRedirectLayer::try_with_host), where there is such a cache.
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpsRedirectLayer {
    target: Arc<Target>,
}

impl HttpsRedirectLayer {
    /// A layer that sends each request to its own host, port 443.
    pub fn new() -> Self {
        let exempt = Paths::try_new([ACME]).unwrap_or_default();
        Self { target: Arc::new(Target::new(exempt)) }
    }

    fn target(&mut self) -> &mut Target {
        Arc::make_mut(&mut self.target)
    }

    /// Sets the port at which HTTPS is served, as clients see it. 443 by default.
    pub fn with_port(mut self, port: u16) -> Self {
        self.target().set_port(port);
        self
    }

    /// Sets the hosts that requests may be sent to, `example.com` or `*.example.com`; for others the answer is 421.
    ///
    /// # Errors
    ///
    /// The first entry that is no host.
    pub fn try_with_hosts<T: AsRef<str>>(
        mut self,
        hosts: impl IntoIterator<Item = T>,
    ) -> Result<Self, HttpsRedirectError> {
        for host in hosts {
            self.target().add(host.as_ref().trim_ascii())?;
        }
        Ok(self)
    }

    /// Sets the one host that every request is sent to, whatever it names.
    ///
    /// # Errors
    ///
    /// When it is no host, or more than that.
    pub fn try_with_host(mut self, host: &str) -> Result<Self, HttpsRedirectError> {
        self.target().fix(host)?;
        Ok(self)
    }

    /// Sets the paths that are answered over plain HTTP, in the place of the default: name `/.well-known/acme-challenge` as
    /// well if certificates are fetched here, and those of probes.
    pub fn with_exempt(mut self, paths: Paths) -> Self {
        self.target().exempt = paths;
        self
    }
}

impl Default for HttpsRedirectLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for HttpsRedirectLayer {
    type Service = HttpsRedirectService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        HttpsRedirectService { inner, target: Arc::clone(&self.target) }
    }
}

/// The service that [`HttpsRedirectLayer`] makes.
#[derive(Clone, Debug)]
pub struct HttpsRedirectService<S> {
    inner: S,
    target: Arc<Target>,
}

impl<S, B> Service<Request<B>> for HttpsRedirectService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = HttpsRedirectFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.target.answer(&request) {
            Some(answer) => HttpsRedirectFuture::answered(answer),
            None => HttpsRedirectFuture::inner(self.inner.call(request)),
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
