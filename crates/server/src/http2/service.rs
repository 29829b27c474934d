//! What hyper calls for each HTTP/2 request.

use super::body::TimedBody;
use super::check::{Verdict, check};
use crate::App;
use crate::conn::{Asked, Exchange, Kind, Link, ServedBody, current_pace, precise};
use crate::http1::Fault;
use http::Method;
use http_body::Body as _;
use hyper::body::Incoming;
use hyperserve_core::problem::Accept;
use hyperserve_core::{Body, IntoResponse, Problem, Request, RequestContext, Response};
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

#[derive(Debug)]
pub(crate) struct Http2Service<A> {
    app: RefCell<A>,
    link: Arc<Link>,
    context: RequestContext,
}

impl<A> Http2Service<A> {
    pub(crate) fn new(app: A, link: Arc<Link>, context: RequestContext) -> Self {
        Self { app: RefCell::new(app), link, context }
    }
}

impl<A: App> hyper::service::Service<Request<Incoming>> for Http2Service<A> {
    type Response = Response<ServedBody>;
    type Error = h2::Error;
    type Future = Http2Future<A>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let started = precise();
        let (mut parts, incoming) = request.into_parts();
        let asked = Asked {
            link: Arc::clone(&self.link),
            timed: self.link.scope.metrics.samples().then_some(started),
            accept: Accept::of(&parts.headers),
            last: false,
            kind: Kind::Http2 {
                head: parts.method == Method::HEAD,
                connect: parts.method == Method::CONNECT,
            },
        };
        match check(&parts, &self.link.scope.rules) {
            Ok(()) => {}
            Err(Verdict::Reset) => return Http2Future::Reset,
            Err(Verdict::Refuse(fault)) => return Http2Future::Refused { answer: Some((fault, asked)) },
        }
        let mut context = self.context.clone().with_started(started);
        if let Some(protocol) = parts.extensions.get::<hyper::ext::Protocol>() {
            context.set_connect_protocol(protocol.as_str());
        }
        parts.extensions.insert(context);
        let body = if parts.method == Method::CONNECT || incoming.is_end_stream() {
            // What follows a CONNECT is the tunnel's, not a body (RFC 9113 §8.5).
            Body::empty()
        } else {
            Body::new(TimedBody::new(incoming, Arc::clone(&self.link.scope)))
        };
        Http2Future::Asked { exchange: Exchange::new(&self.app, Request::from_parts(parts, body), asked) }
    }
}

pin_project! {
    /// The answer to one HTTP/2 request.
    #[project = Http2FutureProj]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) enum Http2Future<A: App> {
        Asked { #[pin] exchange: Exchange<A> },
        Refused { answer: Option<(Fault, Asked)> },
        Reset,
    }
}

impl<A: App> Future for Http2Future<A> {
    type Output = Result<Response<ServedBody>, h2::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Http2FutureProj::Asked { exchange } => match exchange.poll(cx) {
                Poll::Ready(response) => Poll::Ready(Ok(response)),
                Poll::Pending if current_pace().is_some_and(|pace| pace.is_reset()) => {
                    Poll::Ready(Err(h2::Reason::PROTOCOL_ERROR.into()))
                }
                Poll::Pending => Poll::Pending,
            },
            Http2FutureProj::Refused { answer } => answer.take().map_or(Poll::Pending, |(fault, asked)| {
                Poll::Ready(Ok(asked
                    .refuse(fault, Problem::new(fault.status()).with_detail(fault.detail()).into_response())))
            }),
            Http2FutureProj::Reset => Poll::Ready(Err(h2::Reason::PROTOCOL_ERROR.into())),
        }
    }
}
