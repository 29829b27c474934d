//! [`StaticFiles`] as a tower service, and its future.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use hyperserve_core::{IntoResponse as _, Problem, Request, Response};
use tower_service::Service;

use crate::StaticFiles;
use crate::visit::{First, Visit, answered};

impl<B> Service<Request<B>> for StaticFiles {
    type Response = Response;
    type Error = Infallible;
    type Future = StaticFilesFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> StaticFilesFuture {
        let (parts, _) = request.into_parts();
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return StaticFilesFuture::ready(not_allowed());
        }
        match answered(&self.shared, &parts) {
            Ok(response) => StaticFilesFuture::ready(response),
            Err(first) => StaticFilesFuture::visit(Visit::new(&self.shared, Box::new(parts)), first),
        }
    }
}

fn not_allowed() -> Response {
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED)
        .with_detail("Files can be read, by GET or HEAD, and nothing else.")
        .into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// The answer of a [`StaticFiles`] to one request. What is in memory is there at once.
#[must_use = "futures do nothing unless polled"]
pub struct StaticFilesFuture {
    answer: Answer,
}

enum Answer {
    Ready(Option<Response>),
    Visit(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl StaticFilesFuture {
    const fn ready(response: Response) -> Self {
        Self { answer: Answer::Ready(Some(response)) }
    }

    fn visit(visit: Visit, first: First) -> Self {
        Self { answer: Answer::Visit(Box::pin(visit.answer(first))) }
    }
}

impl Future for StaticFilesFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.answer {
            Answer::Ready(response) => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            Answer::Visit(visit) => visit.as_mut().poll(cx).map(Ok),
        }
    }
}

impl fmt::Debug for StaticFilesFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticFilesFuture").finish_non_exhaustive()
    }
}
