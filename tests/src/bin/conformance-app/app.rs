//! The tower service: sends each request to its endpoint, and lets the mutation, if there is one, spoil the answer.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Method;
use hyperserve_core::{Request, Response};
use tower_service::Service;

use crate::{endpoints, messages, mutation::Mutation, tunnel};

/// The conformance app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct App {
    mutation: Option<Mutation>,
    answer_after: Option<Duration>,
}

impl App {
    pub(crate) fn new(mutation: Option<Mutation>) -> Self {
        Self { mutation, answer_after: None }
    }

    /// Makes `/` answer late.
    #[allow(dead_code, reason = "the end-to-end app has no use for it")]
    pub(crate) fn with_answer_after(self, answer_after: Option<Duration>) -> Self {
        Self { answer_after, ..self }
    }
}

impl Service<Request> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { mutation, answer_after } = *self;
        Box::pin(async move {
            let answer = match answer_after.filter(|_| request.uri().path() == "/") {
                Some(pause) => endpoints::late(request, pause).await,
                None => answer(request).await,
            };
            Ok(match mutation {
                Some(mutation) => mutation.spoil(answer),
                None => answer,
            })
        })
    }
}

async fn answer(request: Request) -> Response {
    if request.method() == Method::CONNECT {
        return tunnel::connect(request);
    }
    if request.uri().path() == "*" {
        return messages::options();
    }
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/" => messages::text("OK"),
        "/echo" => endpoints::echo(request).await,
        "/read-some" => endpoints::read_some(request).await,
        "/received-trailers" => endpoints::received_trailers(request).await,
        "/headers" => endpoints::headers(&request),
        "/method" => messages::text(request.method().to_string()),
        "/target" => messages::text(request.uri().to_string()),
        "/ignore" => messages::text("ignored"),
        "/slow" => endpoints::slow(endpoints::number(&request, "ms", 100)).await,
        "/panic" => endpoints::panic(),
        "/bytes" => messages::bytes(endpoints::number(&request, "n", 0)),
        "/status" => messages::status(endpoints::number(&request, "code", 200)),
        "/empty" => messages::empty(),
        "/not-modified" => messages::not_modified(),
        "/head-length" => messages::bytes(1000),
        "/cookies" => messages::cookies(),
        "/close" => messages::close(),
        "/stream" => messages::stream(),
        "/trailers" => messages::trailers(),
        "/fail-midway" => messages::fail_midway(),
        "/upgrade" => tunnel::upgrade(request),
        _ => messages::not_found(),
    }
}
