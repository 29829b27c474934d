//! [`BodyLimitFuture`]: the refusal, or the service's response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{Body, IntoResponse as _, Response};
use pin_project_lite::pin_project;

use super::limited::Exceeded;
use crate::early::Early;

pin_project! {
    /// The future of a [`BodyLimitService`](super::BodyLimitService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct BodyLimitFuture<F> {
        #[pin]
        early: Early<F>,
        // Of a body whose length was not known.
        exceeded: Option<Exceeded>,
    }
}

impl<F> BodyLimitFuture<F> {
    pub(super) fn refused(response: Response) -> Self {
        Self { early: Early::answered(response), exceeded: None }
    }

    pub(super) const fn within(inner: F) -> Self {
        Self { early: Early::inner(inner), exceeded: None }
    }

    pub(super) const fn watched(inner: F, exceeded: Exceeded) -> Self {
        Self { early: Early::inner(inner), exceeded: Some(exceeded) }
    }
}

impl<F, E> Future for BodyLimitFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.early.poll(cx))?;
        // A service of another make does not know the error for what it is, and takes it for its own or a broken request.
        let status = response.status();
        if (status.is_client_error() || status.is_server_error())
            && let Some(error) = this.exceeded.as_ref().and_then(Exceeded::error)
        {
            return Poll::Ready(Ok(error.into_response()));
        }
        Poll::Ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_core::Stream;
    use hyperserve_core::{BoxError, Request};
    use tower_test::mock::{self, Handle, Mock, Spawn};

    use super::super::{BodyLimitLayer, BodyLimitService};
    use super::*;

    type Service = BodyLimitService<Mock<Request, Response>>;

    fn service(limit: u64) -> (Spawn<Service>, Handle<Request, Response>, BodyLimitLayer) {
        let layer = BodyLimitLayer::try_new(limit).unwrap();
        let (mut service, handle) = mock::spawn_layer(layer.clone());
        assert!(service.poll_ready::<Request>().is_ready());
        (service, handle, layer)
    }

    struct Endless;

    impl Stream for Endless {
        type Item = Result<&'static str, io::Error>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(Some(Ok("more and more")))
        }
    }

    #[tokio::test]
    async fn a_known_length_is_refused_at_once_or_passes_as_it_is() {
        let (mut service, mut handle, layer) = service(4);
        let response = service.call(Request::new(Body::from("12345"))).await.unwrap();
        assert_eq!(response.status(), 413);
        assert!(handle.poll_request().is_pending());
        assert_eq!(layer.handle().refused(), 1);

        let answered = service.call(Request::new(Body::from("1234")));
        let (seen, reply) = handle.next_request().await.unwrap();
        assert_eq!(seen.body().as_bytes().unwrap(), "1234");
        let mut own = Response::new(Body::empty());
        *own.status_mut() = http::StatusCode::BAD_REQUEST;
        reply.send_response(own);
        assert_eq!(answered.await.unwrap().status(), 400);
        assert_eq!(layer.handle().refused(), 1);
    }

    #[tokio::test]
    async fn an_error_that_follows_from_the_limit_is_413_and_a_success_stays() {
        for (status, expected) in [(500, 413), (400, 413), (413, 413), (200, 200)] {
            let (mut service, mut handle, layer) = service(100);
            let answered = service.call(Request::new(Body::from_stream(Endless)));
            let (seen, reply) = handle.next_request().await.unwrap();
            assert!(seen.into_body().collect(usize::MAX).await.unwrap_err().is_too_large());
            reply.send_response(Response::builder().status(status).body(Body::empty()).unwrap());
            assert_eq!(answered.await.unwrap().status(), expected);
            assert_eq!(layer.handle().refused(), 1);
        }
    }

    #[tokio::test]
    async fn an_error_that_does_not_follow_from_the_limit_stays() {
        let (mut service, mut handle, _) = service(100);
        let answered = service.call(Request::new(Body::from_stream(Endless)));
        let (_, reply) = handle.next_request().await.unwrap();
        reply.send_response(Response::builder().status(401).body(Body::empty()).unwrap());
        assert_eq!(answered.await.unwrap().status(), 401);
    }

    #[tokio::test]
    async fn errors_pass_through() {
        let (mut service, mut handle, _) = service(1);
        let answered = service.call(Request::new(Body::empty()));
        handle.next_request().await.unwrap().1.send_error("as it is");
        let error: BoxError = answered.await.unwrap_err();
        assert_eq!(error.to_string(), "as it is");
    }

    #[test]
    fn no_bytes_at_all_is_an_error_when_it_is_built() {
        let error = BodyLimitLayer::try_new(0).unwrap_err().to_string();
        assert!(error.contains("leave the layer out"), "{error}");
    }
}
