//! A service with a layer round it, or without.
//!
//! `tower::util::Either` would do the same, but its type names the service twice: twenty of them within each other have a name of a
//! million parts, which the compiler writes out. This one names the layer and the service, each once.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// A place of a [`Stack`](super::Stack) round a service.
#[derive(Debug)]
pub enum Perhaps<L: Layer<S>, S> {
    /// The place has a layer.
    With(L::Service),
    /// It is empty.
    Without(S),
}

impl<L: Layer<S>, S> Perhaps<L, S> {
    pub(super) fn new(layer: Option<&L>, inner: S) -> Self {
        match layer {
            Some(layer) => Self::With(layer.layer(inner)),
            None => Self::Without(inner),
        }
    }
}

impl<L: Layer<S, Service: Clone>, S: Clone> Clone for Perhaps<L, S> {
    fn clone(&self) -> Self {
        match self {
            Self::With(service) => Self::With(service.clone()),
            Self::Without(service) => Self::Without(service.clone()),
        }
    }
}

impl<R, L, S> Service<R> for Perhaps<L, S>
where
    L: Layer<S>,
    S: Service<R>,
    L::Service: Service<R, Response = S::Response, Error = S::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = PerhapsFuture<R, L, S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        match self {
            Self::With(service) => service.poll_ready(cx),
            Self::Without(service) => service.poll_ready(cx),
        }
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self {
            Self::With(service) => PerhapsFuture::With { future: service.call(request) },
            Self::Without(service) => PerhapsFuture::Without { future: service.call(request) },
        }
    }
}

pin_project! {
    #[expect(missing_docs, reason = "the fields are what the variants say")]
    /// The answer of a [`Perhaps`].
    #[project = PerhapsFutureProj]
    #[must_use = "futures do nothing unless polled"]
    pub enum PerhapsFuture<R, L, S>
    where
        L: Layer<S>,
        L::Service: Service<R>,
        S: Service<R>,
    {
        /// Of the layer.
        With { #[pin] future: <L::Service as Service<R>>::Future },
        /// Of the service alone.
        Without { #[pin] future: S::Future },
    }
}

impl<R, L, S> Future for PerhapsFuture<R, L, S>
where
    L: Layer<S>,
    S: Service<R>,
    L::Service: Service<R, Response = S::Response, Error = S::Error>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            PerhapsFutureProj::With { future } => future.poll(cx),
            PerhapsFutureProj::Without { future } => future.poll(cx),
        }
    }
}
