//! [`HealthLayer`]: the probes before another service.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::probe::Probe;
use super::service::{Health, HealthFuture};

/// Answers `/livez`, `/readyz` and `/healthz` from a [`Health`], and leaves all other paths to the service.
///
/// Put it before routing (`App::pre`), outside of what might refuse a probe: rate limits, authentication, the
/// [`DeferredLayer`](super::DeferredLayer).
#[derive(Clone, Debug)]
#[must_use]
pub struct HealthLayer {
    health: Health,
}

impl HealthLayer {
    /// A layer that answers from this.
    pub const fn new(health: Health) -> Self {
        Self { health }
    }
}

impl<S> Layer<S> for HealthLayer {
    type Service = HealthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        HealthService { inner, health: self.health.clone() }
    }
}

/// The service that [`HealthLayer`] makes.
#[derive(Clone, Debug)]
pub struct HealthService<S> {
    inner: S,
    health: Health,
}

impl<S, B> Service<Request<B>> for HealthService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = HealthLayerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match Probe::of(request.uri().path()) {
            Some(probe) => HealthLayerFuture::Probe { answer: self.health.answer(probe, &request) },
            None => HealthLayerFuture::Inner { future: self.inner.call(request) },
        }
    }
}

pin_project! {
    /// The future of a [`HealthService`].
    #[project = Projection]
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub enum HealthLayerFuture<F> {
        #[doc(hidden)]
        Inner { #[pin] future: F },
        #[doc(hidden)]
        Probe { answer: HealthFuture },
    }
}

impl<F, E> Future for HealthLayerFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projection::Inner { future } => future.poll(cx),
            Projection::Probe { answer } => Pin::new(answer).poll(cx).map(|Ok(response)| Ok(response)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    use hyperserve_core::IntoResponse as _;
    use tower_test::mock::pair;

    #[tokio::test]
    async fn only_the_three_paths_are_answered() {
        let (mock, mut handle) = pair::<Request, Response>();
        let health = Health::builder().build().unwrap();
        let mut service = HealthLayer::new(health).layer(mock);
        handle.allow(1);
        assert!(poll_fn(|cx| service.poll_ready(cx)).await.is_ok());
        let asked = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        for path in ["/livez", "/readyz/", "/healthz?verbose"] {
            assert_eq!(service.call(asked(path)).await.unwrap().status(), 200, "{path}");
        }
        let answer = service.call(asked("/livezz"));
        let (request, send) = handle.next_request().await.unwrap();
        assert_eq!(request.uri().path(), "/livezz");
        send.send_response("inner".into_response());
        assert_eq!(answer.await.unwrap().body().as_bytes().unwrap(), "inner");
    }
}
