//! What is done around the app for the sake of its tests: CONNECT, which no route can name, answers that come late, and
//! the mutation that makes them wrong.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyperserve_core::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{endpoints, mutation::Mutation, tunnel};

/// How this app differs from the one of `spec/app.md`; by default in nothing.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct Variant {
    mutation: Option<Mutation>,
    answer_after: Option<Duration>,
}

impl Variant {
    /// Wrong in this way.
    pub fn with_mutation(self, mutation: Option<Mutation>) -> Self {
        Self { mutation, ..self }
    }

    /// In which way it is wrong.
    pub(super) fn mutation(self) -> Option<Mutation> {
        self.mutation
    }

    /// `/` reads the whole request and answers that much later.
    pub fn with_answer_after(self, answer_after: Option<Duration>) -> Self {
        Self { answer_after, ..self }
    }
}

impl<S> Layer<S> for Variant {
    type Service = Varied<S>;

    fn layer(&self, inner: S) -> Varied<S> {
        Varied { inner, variant: *self }
    }
}

/// The app as its [`Variant`] has it.
#[derive(Debug, Clone)]
pub struct Varied<S> {
    inner: S,
    variant: Variant,
}

impl<S> Service<Request> for Varied<S>
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
        let Variant { mutation, answer_after } = self.variant;
        if tunnel::is_asked_for(&request) {
            return Box::pin(async move { Ok(tunnel::connect(request)) });
        }
        if let Some(pause) = answer_after.filter(|_| request.uri().path() == "/") {
            return Box::pin(async move { Ok(endpoints::late(request, pause).await) });
        }
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            Ok(match mutation {
                Some(mutation) => mutation.spoil(answer),
                None => answer,
            })
        })
    }
}
