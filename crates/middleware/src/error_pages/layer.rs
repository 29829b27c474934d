//! [`ErrorPagesLayer`], its service and its future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Method;
use hyperserve_core::problem::Accept;
use hyperserve_core::{Body, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::ErrorContent;
use super::rewrite::rewrite;

/// Tells errors as problems that were answered without content, or in a form that the client does not accept.
///
/// Put it outside of services that are not HyperServe's own, and inside of compression.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct ErrorPagesLayer {
    content: ErrorContent,
}

impl ErrorPagesLayer {
    /// A layer that leaves content alone.
    pub const fn new() -> Self {
        Self { content: ErrorContent::Keep }
    }

    /// Sets what becomes of content that errors have already. [`ErrorContent::Keep`] by default.
    pub const fn with_content(mut self, content: ErrorContent) -> Self {
        self.content = content;
        self
    }
}

impl<S> Layer<S> for ErrorPagesLayer {
    type Service = ErrorPagesService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ErrorPagesService { inner, content: self.content }
    }
}

/// The service that [`ErrorPagesLayer`] makes.
#[derive(Clone, Debug)]
pub struct ErrorPagesService<S> {
    inner: S,
    content: ErrorContent,
}

impl<S, B> Service<Request<B>> for ErrorPagesService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ErrorPagesFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let asked = Asked {
            accept: Accept::of(request.headers()),
            head: request.method() == Method::HEAD,
            content: self.content,
        };
        ErrorPagesFuture { inner: self.inner.call(request), asked }
    }
}

/// What of the request decides how an error is told.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) accept: Accept,
    pub(super) head: bool,
    pub(super) content: ErrorContent,
}

pin_project! {
    /// The future of an [`ErrorPagesService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ErrorPagesFuture<F> {
        #[pin]
        inner: F,
        asked: Asked,
    }
}

impl<F, E> Future for ErrorPagesFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        if response.status().as_u16() >= 400 {
            response = rewrite(response, this.asked);
        }
        Poll::Ready(Ok(response))
    }
}
