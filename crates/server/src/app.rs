//! What a server serves.

use hyperserve_core::{Body, Request, Response};
use std::convert::Infallible;
use tower_service::Service;

/// Any tower service from [`Request`] to [`Response`] that cannot fail and can be cloned for each connection.
///
/// Implemented for all such services; never implemented by hand. State that clones share belongs in an
/// [`Arc`](std::sync::Arc).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be served",
    label = "not an application",
    note = "an application is a `tower::Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>` \
            that is `Clone + Send + 'static` and whose future is `Send`; `hyperserve_server::app_fn` makes one of an async function"
)]
pub trait App:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<A> App for A where
    A: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}

/// Makes an application of an async function from a request to anything that turns into a response.
///
/// ```
/// use hyperserve_core::Request;
/// use hyperserve_server::app_fn;
///
/// let app = app_fn(async |request: Request| format!("you asked for {}", request.uri().path()));
/// # fn check(_: impl hyperserve_server::App) {}
/// # check(app);
/// ```
pub fn app_fn<F, Fut>(function: F) -> AppFn<F>
where
    F: Fn(Request) -> Fut + Clone,
{
    AppFn { function }
}

/// The application that [`app_fn`] makes.
#[derive(Clone, Copy, Debug)]
pub struct AppFn<F> {
    function: F,
}

mod function {
    use super::AppFn;
    use hyperserve_core::{Body, IntoResponse, Request, Response};
    use pin_project_lite::pin_project;
    use std::convert::Infallible;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tower_service::Service;

    impl<F, Fut> Service<Request<Body>> for AppFn<F>
    where
        F: Fn(Request) -> Fut,
        Fut: Future<Output: IntoResponse>,
    {
        type Response = Response<Body>;
        type Error = Infallible;
        type Future = AppFnFuture<Fut>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Body>) -> Self::Future {
            AppFnFuture { future: (self.function)(request) }
        }
    }

    pin_project! {
        /// The future of an [`AppFn`].
        #[derive(Debug)]
        #[must_use = "futures do nothing unless polled"]
        pub struct AppFnFuture<Fut> {
            #[pin]
            future: Fut,
        }
    }

    impl<Fut: Future<Output: IntoResponse>> Future for AppFnFuture<Fut> {
        type Output = Result<Response<Body>, Infallible>;

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            self.project().future.poll(cx).map(|answer| Ok(answer.into_response()))
        }
    }
}

pub use self::function::AppFnFuture;
