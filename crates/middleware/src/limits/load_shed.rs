//! [`LoadShedLayer`]: 503 instead of waiting for a service that is not ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyperserve_core::{Body, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::refusal::{RETRY, refuse};
use crate::early::early_future;

/// Refuses with 503 and `Retry-After` while the service behind is not ready.
///
/// It is for services whose readiness says something; those of HyperServe are always ready.
#[derive(Clone, Debug)]
#[must_use]
pub struct LoadShedLayer {
    retry_after: Duration,
    refused: Arc<AtomicU64>,
}

impl LoadShedLayer {
    /// A layer whose refusals say `Retry-After: 1`.
    pub fn new() -> Self {
        Self { retry_after: RETRY, refused: Arc::default() }
    }

    /// Sets the `Retry-After` of refusals, in whole seconds, rounded up; none for zero. 1 s by default.
    pub const fn with_retry_after(mut self, after: Duration) -> Self {
        self.retry_after = after;
        self
    }

    /// Where the refusals of this layer and its clones are counted.
    #[must_use]
    pub fn handle(&self) -> LoadShedHandle {
        LoadShedHandle { refused: Arc::clone(&self.refused) }
    }
}

impl Default for LoadShedLayer {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads what a [`LoadShedLayer`] has counted.
#[derive(Clone, Debug)]
pub struct LoadShedHandle {
    refused: Arc<AtomicU64>,
}

impl LoadShedHandle {
    /// Requests that were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for LoadShedLayer {
    type Service = LoadShedService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LoadShedService { inner, ready: false, layer: self.clone() }
    }
}

/// The service that [`LoadShedLayer`] makes. It is always ready.
#[derive(Debug)]
pub struct LoadShedService<S> {
    inner: S,
    /// What the service behind said last: true until it is called.
    ready: bool,
    layer: LoadShedLayer,
}

/// A clone has to ask for itself whether its own clone of the service is ready.
impl<S: Clone> Clone for LoadShedService<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), ready: false, layer: self.layer.clone() }
    }
}

early_future! {
    /// The future of a [`LoadShedService`].
    LoadShedFuture
}

impl<S, B> Service<Request<B>> for LoadShedService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = LoadShedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if !self.ready {
            match self.inner.poll_ready(cx) {
                Poll::Ready(ready) => {
                    ready?;
                    self.ready = true;
                }
                Poll::Pending => {}
            }
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if std::mem::take(&mut self.ready) {
            LoadShedFuture::inner(self.inner.call(request))
        } else {
            self.layer.refused.fetch_add(1, Ordering::Relaxed);
            LoadShedFuture::answered(refuse(self.layer.retry_after))
        }
    }
}

#[cfg(test)]
mod tests {
    use tower_test::mock::{self, Handle, Mock, Spawn};

    use super::*;

    #[tokio::test]
    async fn a_service_that_is_not_ready_is_not_waited_for() {
        let layer = LoadShedLayer::new();
        let (mut service, mut handle): (Spawn<LoadShedService<Mock<Request, Response>>>, Handle<_, _>) =
            mock::spawn_layer(layer.clone());
        handle.allow(1);
        assert!(service.poll_ready::<Request>().is_ready());
        let answered = service.call(Request::new(Body::empty()));
        handle.next_request().await.unwrap().1.send_response(Response::new(Body::from("fine")));
        assert_eq!(answered.await.unwrap().status(), 200);

        assert!(service.poll_ready::<Request>().is_ready());
        let response = service.call(Request::new(Body::empty())).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        assert_eq!(layer.handle().refused(), 1);
        assert!(handle.poll_request().is_pending());
    }

    #[tokio::test]
    async fn a_service_that_fails_to_get_ready_says_so() {
        let (mut service, mut handle): (Spawn<LoadShedService<Mock<Request, Response>>>, Handle<_, _>) =
            mock::spawn_layer(LoadShedLayer::new());
        handle.send_error("gone");
        let std::task::Poll::Ready(Err(error)) = service.poll_ready::<Request>() else { panic!("ready") };
        assert_eq!(error.to_string(), "gone");
    }
}
