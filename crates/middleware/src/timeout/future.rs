//! [`TimeoutFuture`]: waits for the response, as long as it may take.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep};

use super::body::TimedBody;
use super::settings::Settings;
use crate::counted::Counted;

pin_project! {
    /// The future of a [`TimeoutService`](super::TimeoutService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct TimeoutFuture<F> {
        // None once its time is over.
        #[pin]
        inner: Option<F>,
        // None until the service has to be waited for.
        #[pin]
        sleep: Option<Sleep>,
        // None when nothing is timed.
        settings: Option<Counted<Settings>>,
    }
}

impl<F> TimeoutFuture<F> {
    pub(super) const fn new(inner: F, settings: Option<Counted<Settings>>) -> Self {
        Self { inner: Some(inner), sleep: None, settings }
    }
}

/// A service that uses up tokio's cooperative budget at every poll leaves none to the timer, which then is never ready: the
/// clock is asked besides.
pub(super) fn is_over(mut sleep: Pin<&mut Sleep>, cx: &mut Context<'_>) -> bool {
    sleep.as_mut().poll(cx).is_ready() || sleep.deadline() <= Instant::now()
}

impl<F, E> Future for TimeoutFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        if let Poll::Ready(result) = inner.poll(cx) {
            let settings = this.settings.take();
            return Poll::Ready(result.map(|response| TimedBody::time(response, settings)));
        }
        let Some(settings) = this.settings.as_deref().filter(|settings| !settings.head.is_zero()) else {
            return Poll::Pending;
        };
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep(settings.head)));
        }
        if !this.sleep.as_mut().as_pin_mut().is_some_and(|sleep| is_over(sleep, cx)) {
            return Poll::Pending;
        }
        // What the service holds is released before the client hears of it.
        this.inner.set(None);
        Poll::Ready(Ok(settings.give_up()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use hyperserve_core::{BoxError, Request};
    use tower_test::mock::{self, Handle, Spawn};

    use super::super::{TimeoutLayer, TimeoutStatus};
    use super::*;

    type Service = super::super::TimeoutService<mock::Mock<Request, Response>>;

    fn service(layer: TimeoutLayer) -> (Spawn<Service>, Handle<Request, Response>) {
        let (mut service, handle) = mock::spawn_layer(layer);
        assert!(service.poll_ready::<Request>().is_ready());
        (service, handle)
    }

    fn get(path: &str) -> Request {
        Request::get(path).body(Body::empty()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_takes_too_long_is_given_up() {
        let layer = TimeoutLayer::new();
        let (mut service, mut handle) = service(layer.clone());
        let began = Instant::now();
        let answered = service.call(get("/"));
        let (_, reply) = handle.next_request().await.unwrap();
        let response = answered.await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 30);
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"5".parse().unwrap())
        );
        assert_eq!((layer.handle().timeouts(), layer.handle().broken_bodies()), (1, 0));
        // The future is gone, and with it who waits for the reply.
        reply.send_response(Response::new(Body::empty()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_in_time_passes() {
        let (mut service, mut handle) = service(TimeoutLayer::new().with_head(Duration::from_secs(1)));
        let answered = tokio::spawn(service.call(get("/")));
        let (_, reply) = handle.next_request().await.unwrap();
        sleep(Duration::from_millis(990)).await;
        reply.send_response(Response::new(Body::from("in time")));
        let response = answered.await.unwrap().unwrap();
        assert_eq!(response.body().as_bytes().unwrap(), "in time");
    }

    #[tokio::test(start_paused = true)]
    async fn exempt_paths_and_a_time_of_zero_are_not_timed() {
        let exempt = TimeoutLayer::new().with_exempt("/slow".parse().unwrap());
        for layer in [exempt, TimeoutLayer::new().with_head(Duration::ZERO)] {
            let (mut service, mut handle) = service(layer);
            let answered = tokio::spawn(service.call(get("/slow/report")));
            let (_, reply) = handle.next_request().await.unwrap();
            sleep(Duration::from_secs(3600)).await;
            assert!(!answered.is_finished());
            reply.send_response(Response::new(Body::empty()));
            assert_eq!(answered.await.unwrap().unwrap().status(), 200);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_gateway_says_so() {
        let layer =
            TimeoutLayer::new().with_status(TimeoutStatus::GatewayTimeout).with_retry_after(Duration::ZERO);
        let (mut service, _handle) = service(layer);
        let response = service.call(get("/")).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers().contains_key("retry-after")),
            (504, false)
        );
    }

    #[tokio::test]
    async fn errors_and_readiness_pass_through() {
        let (mut service, mut handle): (Spawn<Service>, Handle<Request, Response>) =
            mock::spawn_layer(TimeoutLayer::new());
        handle.allow(0);
        assert!(service.poll_ready::<Request>().is_pending());
        handle.allow(1);
        assert!(service.poll_ready::<Request>().is_ready());
        let answered = service.call(get("/"));
        handle.next_request().await.unwrap().1.send_error("as it is");
        let error: BoxError = answered.await.unwrap_err();
        assert_eq!(error.to_string(), "as it is");
    }

    /// A service that never lets go of the thread of its own accord, as far as tokio's budget lets it.
    #[tokio::test]
    async fn a_service_that_uses_up_the_budget_is_timed_as_well() {
        let layer = TimeoutLayer::new().with_head(Duration::from_millis(20));
        let settings = Arc::clone(&layer.settings);
        let busy = async {
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            while sender.send(()).is_ok() {
                receiver.recv().await;
            }
            Ok::<Response, BoxError>(Response::new(Body::empty()))
        };
        let timed = TimeoutFuture::new(busy, Some(Counted::new(Arc::clone(&settings))));
        let response = tokio::time::timeout(Duration::from_secs(5), timed).await.unwrap().unwrap();
        assert_eq!(response.status(), 503);
    }
}
