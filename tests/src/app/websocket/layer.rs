//! A layer that leaves its name in the answer, and may answer itself.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderName, HeaderValue, StatusCode};
use hyperserve_core::{IntoResponse, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::app::messages;

/// Adds its name to `X-Layer`; the inner one refuses requests with `X-Refuse`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(pub(super) &'static str);

impl<S> Layer<S> for Mark {
    type Service = Marked<S>;

    fn layer(&self, inner: S) -> Marked<S> {
        Marked { inner, name: self.0 }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Marked<S> {
    inner: S,
    name: &'static str,
}

impl<S> Service<Request> for Marked<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let name = self.name;
        if name == "inner" && request.headers().contains_key("x-refuse") {
            let refusal = (StatusCode::UNAUTHORIZED, messages::text(format!("refused by {name}")));
            return Box::pin(async move { Ok(refusal.into_response()) });
        }
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            add(&mut answer, name);
            Ok(answer)
        })
    }
}

/// The outer layer's name comes first, though it is added last.
fn add(answer: &mut Response, name: &'static str) {
    let field = HeaderName::from_static("x-layer");
    let inner = answer.headers_mut().remove(&field);
    answer.headers_mut().append(&field, HeaderValue::from_static(name));
    answer.headers_mut().extend(inner.map(|value| (field, value)));
}
