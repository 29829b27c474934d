//! [`RecoveryFuture`]: waits for the response, or answers for a service that panics before.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

use super::body::RecoveredBody;
use super::hook::{self, Panic};
use super::watch::Watch;

pin_project! {
    /// The future of a [`RecoveryService`](super::RecoveryService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct RecoveryFuture<F> {
        // None once it is done, or when the call panicked.
        #[pin]
        inner: Option<F>,
        // The call's own panic.
        panic: Option<Panic>,
        watch: Option<Watch>,
    }
}

impl<F> RecoveryFuture<F> {
    pub(super) fn new(watch: Watch, call: impl FnOnce() -> F) -> Self {
        match watch.over(call) {
            Ok(inner) => Self { inner: Some(inner), panic: None, watch: Some(watch) },
            Err(panic) => Self { inner: None, panic: Some(panic), watch: Some(watch) },
        }
    }
}

impl<F, E> Future for RecoveryFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(watch) = this.watch.as_ref() else { return Poll::Pending };
        if let Some(panic) = this.panic.take() {
            return Poll::Ready(Ok(watch.answer(panic)));
        }
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Pending };
        // The output has a place of its own: moving it through the closure's result would copy it again.
        let mut output = None;
        if let Err(panic) = watch.over(|| inner.poll(cx).map(|ready| output = Some(ready))) {
            hook::contain(|| this.inner.set(None));
            return Poll::Ready(Ok(watch.answer(panic)));
        }
        match output {
            None => Poll::Pending,
            Some(Ok(response)) => Poll::Ready(Ok(RecoveredBody::watch(response, this.watch))),
            Some(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use hyperserve_core::{BoxError, Request};
    use tower_layer::Layer as _;
    use tower_service::Service;
    use tower_test::mock::{self, Mock};

    use super::super::{PanicStage, RecoveryLayer};
    use super::*;

    /// Panics where the request's path says.
    #[derive(Clone)]
    struct Faulty;

    /// A future whose destructor panics, too.
    struct Awaited {
        ready: bool,
    }

    impl Future for Awaited {
        type Output = Result<Response, BoxError>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            assert!(self.ready, "awaited");
            Poll::Ready(Ok(Response::new(Body::from("fine"))))
        }
    }

    impl Drop for Awaited {
        fn drop(&mut self) {
            assert!(self.ready, "dropped");
        }
    }

    impl Service<Request> for Faulty {
        type Response = Response;
        type Error = BoxError;
        type Future = Awaited;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Awaited {
            assert!(request.uri().path() != "/called", "called");
            Awaited { ready: request.uri().path() == "/fine" }
        }
    }

    async fn ask(path: &str) -> (Response, Vec<String>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let layer = RecoveryLayer::new().with_backtrace(false).with_on_panic(move |report| {
            assert_eq!((report.stage(), report.backtrace().is_none()), (PanicStage::Response, true));
            let place = report.location().unwrap().rsplit('/').next().unwrap().split(':').next().unwrap();
            let line = format!("{} {} {} {place}", report.method(), report.uri().path(), report.message());
            told.lock().unwrap().push(line);
            panic!("the observer panics as well");
        });
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = layer.layer(Faulty).call(request).await.unwrap();
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(layer.handle().panics(), seen.len() as u64);
        (response, seen)
    }

    #[tokio::test]
    async fn a_panic_is_told_once_and_answered() {
        for (path, message) in [("/called", "called"), ("/awaited", "awaited")] {
            let (response, seen) = ask(path).await;
            assert_eq!(response.status(), 500, "{path}");
            let problem = response.extensions().get::<hyperserve_core::Problem>().unwrap();
            assert!(problem.detail().is_none() && problem.cause().is_none());
            assert_eq!(seen, [format!("GET {path} {message} future.rs")]);
        }
    }

    #[tokio::test]
    async fn without_a_panic_nothing_is_changed() {
        let (response, seen) = ask("/fine").await;
        assert_eq!(response.body().as_bytes().unwrap(), "fine");
        assert!(seen.is_empty());
    }

    #[tokio::test]
    async fn errors_and_readiness_pass_through() {
        let (mut service, mut handle): (mock::Spawn<_>, mock::Handle<Request, Response>) =
            mock::spawn_layer(RecoveryLayer::new());
        handle.allow(0);
        assert!(service.poll_ready::<Request>().is_pending());
        handle.allow(1);
        assert!(service.poll_ready::<Request>().is_ready());
        let answered = service.call(Request::new(Body::empty()));
        let (_, reply) = handle.next_request().await.unwrap();
        reply.send_error("as it is");
        assert_eq!(answered.await.unwrap_err().to_string(), "as it is");
        let _: &super::super::RecoveryService<Mock<Request, Response>> = service.get_ref();
    }
}
