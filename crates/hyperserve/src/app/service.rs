//! [`AppService`]: an application without a server.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body::Body as HttpBody;
use hyperserve_core::problem::{Accept, rerender};
use hyperserve_core::{Body, BoxError, ConnInfo, IntoResponse, Problem, Request, RequestContext, Response};
use hyperserve_router::{RouterFuture, RouterService};
use tower_service::Service;

use crate::Config;

/// An application as a tower service; [`App::into_service`](crate::App::into_service) makes it. Clones are cheap.
#[derive(Clone, Debug)]
pub struct AppService {
    router: RouterService,
    /// Of a request that came through no server.
    context: RequestContext,
}

impl AppService {
    pub(super) fn new(router: RouterService, config: &Config) -> Self {
        let unknown = Arc::new(ConnInfo::default());
        let limits = config.limits_as_they_are();
        let context = limits.request_context(unknown).with_websocket(Arc::new(limits.websocket()));
        Self { router, context: context.with_trusted(Arc::new(config.trusted_proxies())) }
    }
}

impl<B> Service<Request<B>> for AppService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = AppFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> AppFuture {
        let accept = Accept::of(request.headers());
        let is_head = request.method() == Method::HEAD;
        if RequestContext::of(request.extensions()).is_none() {
            request.extensions_mut().insert(self.context.clone());
        }
        let called = catch_unwind(AssertUnwindSafe(|| self.router.call(request)));
        AppFuture { answer: called.ok(), accept, is_head }
    }
}

/// The answer of an [`AppService`] to one request.
#[must_use = "futures do nothing unless polled"]
pub struct AppFuture {
    /// `None` once the handler has panicked.
    answer: Option<RouterFuture>,
    accept: Accept,
    is_head: bool,
}

impl Future for AppFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(answer) = &mut self.answer else { return Poll::Ready(Ok(self.panicked())) };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(answer).poll(cx))) {
            Ok(polled) => polled.map_ok(|response| self.finish(response)),
            Err(_) => {
                self.answer = None;
                Poll::Ready(Ok(self.panicked()))
            }
        }
    }
}

impl AppFuture {
    fn finish(&self, response: Response) -> Response {
        if response.extensions().get::<Problem>().is_none() {
            return response;
        }
        let mut rendered = rerender(response, self.accept.format());
        if self.is_head {
            *rendered.body_mut() = Body::empty();
        }
        rendered
    }

    /// As in the server: one request gets a 500, and nothing else is harmed.
    fn panicked(&self) -> Response {
        tracing::error!("a handler panicked; its request is answered with 500");
        self.finish(Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response())
    }
}

impl fmt::Debug for AppFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppFuture").field("accept", &self.accept).finish_non_exhaustive()
    }
}
