//! [`CsrfLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::StatusCode;
use hyperserve_core::{Body, IntoResponse as _, Problem, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::check::Check;
use super::{CsrfError, CsrfFuture};
use crate::Paths;

/// Refuses requests that change something and that a page of another origin made the browser send: 403.
///
/// Put it inside of CORS: an origin that CORS allows to send more than forms has to be trusted here as well.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CsrfLayer {
    check: Arc<Check>,
}

impl CsrfLayer {
    /// A layer that trusts pages of the request's own origin alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins whose pages may send anything: `https://app.example`, `https://*.app.example`,
    /// `http://localhost:*`.
    ///
    /// # Errors
    ///
    /// The first entry that no browser would send, and `null`, which stands for every sandboxed frame.
    pub fn try_with_trusted_origins<T: AsRef<str>>(
        mut self,
        origins: impl IntoIterator<Item = T>,
    ) -> Result<Self, CsrfError> {
        let check = Arc::make_mut(&mut self.check);
        for origin in origins {
            check.trust(origin.as_ref().trim_ascii())?;
        }
        Ok(self)
    }

    /// Sets paths that are not protected: what others are meant to send to, and that looks at no cookies (webhooks,
    /// single sign-on that posts back).
    pub fn with_exempt(mut self, paths: Paths) -> Self {
        Arc::make_mut(&mut self.check).exempt = paths;
        self
    }
}

impl<S> Layer<S> for CsrfLayer {
    type Service = CsrfService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CsrfService { inner, check: Arc::clone(&self.check) }
    }
}

/// The service that [`CsrfLayer`] makes.
#[derive(Clone, Debug)]
pub struct CsrfService<S> {
    inner: S,
    check: Arc<Check>,
}

impl<S, B> Service<Request<B>> for CsrfService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = CsrfFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.check.passes(&request) {
            return CsrfFuture::inner(self.inner.call(request));
        }
        let detail = "The browser says that a page of another origin sent this request.";
        CsrfFuture::answered(Problem::new(StatusCode::FORBIDDEN).with_detail(detail).into_response())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
