//! The service that the server calls.

use super::answer::Answer;
use super::bridge::Bridge;
use super::scope::Template;
use hyperserve_core::{Body, Request, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// An ASGI application as a service. Each connection has a clone, with a template of its scopes.
#[derive(Debug)]
pub(crate) struct Application {
    bridge: Arc<Bridge>,
    template: Template,
}

impl Application {
    pub(crate) fn new(bridge: Arc<Bridge>) -> Self {
        Self { bridge, template: Template::default() }
    }
}

impl Clone for Application {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.bridge))
    }
}

impl Service<Request<Body>> for Application {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        match self.bridge.admit() {
            Some(admission) => Answer::new(Arc::clone(&self.bridge), &self.template, admission, request),
            None => Answer::overloaded(),
        }
    }
}
