//! [`ConcurrencyLimitFuture`]: waits for a place if need be, and for the response.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyperserve_core::{Body, Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::gate::{Place, Waiting};
use super::held::HeldBody;
use super::layer::Door;
use crate::counted::Counted;
use crate::limits::refusal::refuse;

pin_project! {
    /// The future of a [`ConcurrencyLimitService`](super::ConcurrencyLimitService).
    #[must_use = "futures do nothing unless polled"]
    pub struct ConcurrencyLimitFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        step: Step<S::Future, S, B>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<F, S, B> {
        Waiting { queued: Box<Queued<S, B>> },
        Running { #[pin] inner: F, place: Option<Place> },
        Answered { response: Option<Box<Response>> },
    }
}

/// A request that waits, with the service that is ready for it.
struct Queued<S, B> {
    waiting: Waiting,
    call: Option<(S, Request<B>)>,
    door: Counted<Door>,
}

impl<S, B> ConcurrencyLimitFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) const fn running(inner: S::Future, place: Option<Place>) -> Self {
        Self { step: Step::Running { inner, place } }
    }

    pub(super) fn waiting(service: S, request: Request<B>, waiting: Waiting, door: Counted<Door>) -> Self {
        let queued = Queued { waiting, call: Some((service, request)), door };
        Self { step: Step::Waiting { queued: Box::new(queued) } }
    }

    pub(super) fn refused(door: &Door) -> Self {
        Self { step: refused(door) }
    }
}

fn refused<F, S, B>(door: &Door) -> Step<F, S, B> {
    door.gate().refuse();
    Step::Answered { response: Some(Box::new(refuse(door.retry_after))) }
}

impl<S, B> Queued<S, B>
where
    S: Service<Request<B>>,
{
    fn poll_place(&mut self, cx: &mut Context<'_>) -> Poll<Step<S::Future, S, B>> {
        let place = ready!(self.waiting.as_mut().poll(cx));
        Poll::Ready(match (place, self.call.take()) {
            (Some(place), Some((mut service, request))) => {
                Step::Running { inner: service.call(request), place: Some(place) }
            }
            _ => refused(&self.door),
        })
    }
}

impl<S, B> Future for ConcurrencyLimitFuture<S, B>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            let next = match step.as_mut().project() {
                StepProjection::Waiting { queued } => ready!(queued.poll_place(cx)),
                StepProjection::Running { inner, place } => {
                    let response = ready!(inner.poll(cx))?;
                    return Poll::Ready(Ok(HeldBody::hold(response, place.take())));
                }
                StepProjection::Answered { response } => {
                    return response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(*response)));
                }
            };
            step.set(next);
        }
    }
}

impl<S, B> fmt::Debug for ConcurrencyLimitFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.step {
            Step::Waiting { .. } => "waiting",
            Step::Running { .. } => "running",
            Step::Answered { .. } => "answered",
        };
        f.debug_tuple("ConcurrencyLimitFuture").field(&step).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use futures_core::Stream;
    use http_body::Body as _;
    use hyperserve_core::BoxError;
    use tower_layer::Layer as _;
    use tower_test::mock::{self, Handle, Mock, Spawn};

    use super::super::{ConcurrencyLimitHandle, ConcurrencyLimitLayer, ConcurrencyLimitService};
    use super::*;

    type Service = ConcurrencyLimitService<Mock<Request, Response>>;
    type Answer = Result<Response, BoxError>;

    fn service(layer: &ConcurrencyLimitLayer) -> (Spawn<Service>, Handle<Request, Response>) {
        mock::spawn_layer(layer.clone())
    }

    fn call(service: &mut Spawn<Service>, path: &str) -> impl Future<Output = Answer> + Send + use<> {
        assert!(service.poll_ready::<Request>().is_ready());
        service.call(Request::get(path).body(Body::empty()).unwrap())
    }

    fn counts(handle: &ConcurrencyLimitHandle) -> (usize, usize, u64) {
        (handle.in_flight(), handle.waiting(), handle.refused())
    }

    /// Gives one part and goes on for ever.
    struct Endless(bool);

    impl Stream for Endless {
        type Item = Result<&'static str, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            if std::mem::replace(&mut self.0, false) { Poll::Ready(Some(Ok("part"))) } else { Poll::Pending }
        }
    }

    /// The same, but ends after the part.
    struct Part(bool);

    impl Stream for Part {
        type Item = Result<&'static str, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(std::mem::replace(&mut self.0, false).then_some(Ok("part")))
        }
    }

    #[tokio::test]
    async fn the_next_is_refused_on_every_clone() {
        let layer = ConcurrencyLimitLayer::try_new(1).unwrap().with_retry_after(Duration::from_millis(2500));
        let handle = layer.handle();
        let (mut one, mut behind) = service(&layer);
        let (mut two, _) = service(&layer);
        let first = call(&mut one, "/");
        for other in [&mut two, &mut Spawn::new(one.get_ref().clone())] {
            let response = call(other, "/").await.unwrap();
            assert_eq!(
                (response.status().as_u16(), &response.headers()["retry-after"]),
                (503, &"3".parse().unwrap())
            );
        }
        assert_eq!(counts(&handle), (1, 0, 2));
        behind.next_request().await.unwrap().1.send_response(Response::new(Body::from("whole")));
        let response = first.await.unwrap();
        assert_eq!((response.body().as_bytes().unwrap().len(), counts(&handle)), (5, (0, 0, 2)));
    }

    #[tokio::test]
    async fn a_place_is_held_to_the_end_of_the_body() {
        let layer = ConcurrencyLimitLayer::try_new(1).unwrap();
        let handle = layer.handle();
        let (mut service, mut behind) = service(&layer);
        for ends in [true, false] {
            let first = call(&mut service, "/");
            let body = if ends { Body::from_stream(Part(true)) } else { Body::from_stream(Endless(true)) };
            behind.next_request().await.unwrap().1.send_response(Response::new(body));
            let mut body = first.await.unwrap().into_body();
            assert_eq!(handle.in_flight(), 1);
            let mut poll =
                || Pin::new(&mut body).poll_frame(&mut Context::from_waker(std::task::Waker::noop()));
            assert!(poll().is_ready());
            assert_eq!(
                (handle.in_flight(), poll().is_ready(), handle.in_flight()),
                (1, ends, usize::from(!ends))
            );
            drop(body);
            assert_eq!(handle.in_flight(), 0);
        }
    }

    #[tokio::test]
    async fn a_client_that_leaves_and_a_service_that_fails_free_their_places() {
        let layer = ConcurrencyLimitLayer::try_new(1).unwrap();
        let (mut service, mut behind) = service(&layer);
        drop(call(&mut service, "/"));
        drop(behind.next_request().await);
        let failing = call(&mut service, "/");
        behind.next_request().await.unwrap().1.send_error("as it is");
        assert_eq!(failing.await.unwrap_err().to_string(), "as it is");
        assert_eq!(counts(&layer.handle()), (0, 0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_are_served_or_refused_in_the_end() {
        let layer = ConcurrencyLimitLayer::try_new(1).unwrap().with_queue(2);
        let handle = layer.handle();
        let (mut service, mut behind) = service(&layer);
        let first = call(&mut service, "/1");
        let second = tokio::spawn(call(&mut service, "/2"));
        let third = tokio::spawn(call(&mut service, "/3"));
        assert_eq!(call(&mut service, "/4").await.unwrap().status(), 503);
        tokio::task::yield_now().await;
        assert_eq!(counts(&handle), (1, 2, 1));
        behind.next_request().await.unwrap().1.send_response(Response::new(Body::empty()));
        first.await.unwrap();
        let (seen, reply) = behind.next_request().await.unwrap();
        assert_eq!((seen.uri().path(), counts(&handle)), ("/2", (1, 1, 1)));
        assert_eq!(third.await.unwrap().unwrap().status(), 503);
        reply.send_response(Response::new(Body::empty()));
        assert_eq!(second.await.unwrap().unwrap().status(), 200);
        assert_eq!(counts(&handle), (0, 0, 2));
    }

    #[tokio::test]
    async fn exempt_paths_need_no_place() {
        let layer = ConcurrencyLimitLayer::try_new(1).unwrap();
        let exempt = layer.clone().with_exempt("=/healthz".parse().unwrap());
        let (mut service, mut behind) = service(&exempt);
        let _held = call(&mut service, "/");
        let healthy = call(&mut service, "/healthz");
        drop(behind.next_request().await);
        behind.next_request().await.unwrap().1.send_response(Response::new(Body::empty()));
        assert_eq!((healthy.await.unwrap().status().as_u16(), layer.handle().in_flight()), (200, 1));
    }

    #[test]
    fn limits_that_cannot_be_meant_are_errors() {
        for limit in [0, usize::MAX] {
            let error = ConcurrencyLimitLayer::try_new(limit).unwrap_err().to_string();
            assert!(error.contains("leave the layer out"), "{error}");
        }
        let debug = format!("{:?}", ConcurrencyLimitLayer::try_new(7).unwrap().layer(()));
        assert!(debug.contains('7'));
    }
}
