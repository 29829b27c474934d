//! The service that the server calls.

use super::answer as request;
use super::bridge::Bridge;
use super::scope::Template;
use crate::websocket::{Opening, handshake, may_be_handshake};
use hyperserve_core::{Body, Request, Response};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
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

    /// The same application for the same connection.
    pub(crate) fn share(&self) -> Self {
        Self { bridge: Arc::clone(&self.bridge), template: self.template.clone() }
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
        let Some(admission) = self.bridge.admit() else {
            return Answer::Request(request::Answer::overloaded());
        };
        let bridge = &self.bridge;
        if bridge.settings.websockets && may_be_handshake(&request) {
            return match handshake(request) {
                Ok(asked) => {
                    Answer::WebSocket(Box::new(Opening::new(bridge, &self.template, admission, asked)))
                }
                Err(request) => {
                    Answer::Request(request::Answer::new(bridge, &self.template, admission, *request))
                }
            };
        }
        Answer::Request(request::Answer::new(bridge, &self.template, admission, request))
    }
}

/// The future of a response: to a request, or to a WebSocket's handshake.
#[must_use = "futures do nothing unless polled"]
pub(crate) enum Answer {
    Request(request::Answer),
    /// Boxed, since few requests are handshakes and every future would have room for one.
    WebSocket(Box<Opening>),
}

impl Future for Answer {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Request(answer) => Pin::new(answer).poll(cx),
            Self::WebSocket(opening) => Pin::new(&mut **opening).poll(cx),
        }
    }
}
