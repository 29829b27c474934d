//! [`DeferredLayer`]: 503 until the start is over.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyperserve_core::{Body, IntoResponse, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::deferred::Deferred;
use crate::Paths;

/// Answers with 503 and `Retry-After` until a [`Deferred`] start is over; then it costs one atomic load a request.
#[derive(Clone, Debug)]
#[must_use]
pub struct DeferredLayer {
    gate: Arc<Gate>,
}

#[derive(Clone, Debug)]
struct Gate {
    deferred: Deferred,
    open: Paths,
}

impl DeferredLayer {
    /// A layer that waits for this start.
    pub fn new(deferred: &Deferred) -> Self {
        Self { gate: Arc::new(Gate { deferred: deferred.clone(), open: Paths::none() }) }
    }

    /// Sets the paths that are answered all the while. None by default.
    pub fn with_open(mut self, paths: Paths) -> Self {
        Arc::make_mut(&mut self.gate).open = paths;
        self
    }
}

impl<S> Layer<S> for DeferredLayer {
    type Service = DeferredService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        DeferredService { inner, gate: Arc::clone(&self.gate) }
    }
}

/// The service that [`DeferredLayer`] makes.
#[derive(Clone, Debug)]
pub struct DeferredService<S> {
    inner: S,
    gate: Arc<Gate>,
}

impl<S, B> Service<Request<B>> for DeferredService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = DeferredFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.gate.deferred.refusal() {
            Some(problem) if !self.gate.open.matches(request.uri().path()) => {
                DeferredFuture::Refused { response: Some(problem.into_response()) }
            }
            _ => DeferredFuture::Inner { future: self.inner.call(request) },
        }
    }
}

pin_project! {
    /// The future of a [`DeferredService`].
    #[project = Projection]
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub enum DeferredFuture<F> {
        #[doc(hidden)]
        Inner { #[pin] future: F },
        #[doc(hidden)]
        Refused { response: Option<Response<Body>> },
    }
}

impl<F, E> Future for DeferredFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projection::Inner { future } => future.poll(cx),
            Projection::Refused { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    use tower_test::mock::pair;

    #[tokio::test]
    async fn a_request_comes_through_once_the_start_is_over() {
        let deferred = Deferred::new();
        let (mock, mut handle) = pair::<Request, Response>();
        let mut service = DeferredLayer::new(&deferred).layer(mock);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        handle.allow(0);
        assert!(service.poll_ready(&mut cx).is_pending(), "readiness is the inner service's");
        handle.allow(1);
        assert!(poll_fn(|cx| service.poll_ready(cx)).await.is_ok());

        let refused = service.call(Request::new(Body::empty())).await.unwrap();
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["retry-after"].as_bytes()),
            (503, &b"5"[..])
        );

        deferred.complete();
        let answer = service.call(Request::new(Body::empty()));
        let (_, send) = handle.next_request().await.unwrap();
        send.send_response("hi".into_response());
        assert_eq!(answer.await.unwrap().status(), 200);
    }
}
