//! [`Link`]: any service, by one type.
//!
//! A stack is a chain of these, as long as it has layers: an empty place is not there at all. A layer within a chain is compiled once,
//! whatever else is on and whatever the chain ends in. Nested by type instead, twenty places that may be empty have a type that the
//! compiler takes minutes for, and move the request and the futures within each other through all of them.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Request, Response};
use hyperserve_server::App;
use tower_service::Service;

pub(super) type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// A service of any type. Clones are clones of the service.
pub(super) struct Link {
    service: Box<dyn Linked>,
}

trait Linked: Send + Sync {
    fn ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>>;
    fn answer(&mut self, request: Request) -> Answer;
    fn again(&self) -> Box<dyn Linked>;
}

impl<S: App + Sync> Linked for S {
    fn ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.poll_ready(cx)
    }

    fn answer(&mut self, request: Request) -> Answer {
        Box::pin(self.call(request))
    }

    fn again(&self) -> Box<dyn Linked> {
        Box::new(self.clone())
    }
}

impl Link {
    pub(super) fn new(service: impl App + Sync) -> Self {
        Self { service: Box::new(service) }
    }
}

impl Clone for Link {
    fn clone(&self) -> Self {
        Self { service: self.service.again() }
    }
}

impl Service<Request> for Link {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.ready(cx)
    }

    fn call(&mut self, request: Request) -> Answer {
        self.service.answer(request)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
