//! What hyper calls for each HTTP/1 request.

use super::chunked_body::noted;
use super::fault::Fault;
use super::fields::has_upgrade_option;
use crate::App;
use crate::conn::{Asked, Exchange, Kind, Link, ServedBody, flush_batch_if_old, precise};
use crate::redirect::Redirect;
use http::HeaderValue;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, Method, Version};
use hyper::body::Incoming;
use hyperserve_core::{Body, IntoResponse, Problem, Request, RequestContext, Response};
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

#[derive(Debug)]
pub(crate) struct Http1Service<A> {
    app: RefCell<A>,
    link: Arc<Link>,
    context: RequestContext,
    redirect: Option<Arc<Redirect>>,
}

impl<A> Http1Service<A> {
    pub(crate) fn new(
        app: A,
        link: Arc<Link>,
        context: RequestContext,
        redirect: Option<Arc<Redirect>>,
    ) -> Self {
        Self { app: RefCell::new(app), link, context, redirect }
    }
}

impl<A: App> hyper::service::Service<Request<Incoming>> for Http1Service<A> {
    type Response = Response<ServedBody>;
    type Error = Infallible;
    type Future = Http1Future<A>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let started = precise();
        flush_batch_if_old(started);
        let call = match self.link.begin() {
            Ok(call) => call,
            Err(fault) => {
                return Http1Future::Refused {
                    answer: Some(Box::new(refusal(fault, Arc::clone(&self.link)))),
                };
            }
        };
        if let Some(redirect) = &self.redirect {
            let answer = redirect.answer(request.uri(), request.headers());
            return Http1Future::Refused { answer: Some(Box::new(last(answer, Arc::clone(&self.link)))) };
        }
        let cap = self.link.scope.limits.max_requests_per_connection;
        let asked = Asked {
            link: Arc::clone(&self.link),
            timed: self.link.scope.metrics.samples().then_some(started),
            accept: self.link.accept(request.headers()),
            last: cap > 0 && call as usize >= cap,
            kind: self.kind(&request),
        };
        if asked.kind != Kind::Http10 {
            self.link.hints.begin();
        }
        let mut request = request.map(|incoming| noted(incoming, &self.link));
        if matches!(asked.kind, Kind::Http10 | Kind::Http1) && self.link.has_seen_upgrade() {
            ignore_upgrade(&mut request);
        }
        request.extensions_mut().insert(self.context.clone().with_started(started));
        Http1Future::Asked { exchange: Exchange::new(&self.app, request, asked) }
    }
}

impl<A> Http1Service<A> {
    fn kind(&self, request: &Request<Incoming>) -> Kind {
        if request.version() == Version::HTTP_10 {
            Kind::Http10
        } else if request.method() == Method::CONNECT {
            Kind::Connect
        } else if self.link.has_seen_upgrade() && asks_for_upgrade(request.headers()) {
            Kind::Upgrade
        } else {
            Kind::Http1
        }
    }
}

fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    let options = headers.get_all(CONNECTION).iter();
    headers.contains_key(UPGRADE) && options.into_iter().any(|value| has_upgrade_option(value.as_bytes()))
}

/// An `Upgrade` field without its connection option, or in HTTP/1.0, is ignored (RFC 9110 §7.8).
fn ignore_upgrade(request: &mut Request<Body>) {
    request.headers_mut().remove(UPGRADE);
    request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>();
}

fn refusal(fault: Fault, link: Arc<Link>) -> Response<ServedBody> {
    last(Problem::new(fault.status()).with_detail(fault.detail()).into_response(), link)
}

/// An answer after which the connection closes.
fn last(mut response: Response<Body>, link: Arc<Link>) -> Response<ServedBody> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response.map(|body| ServedBody::http1(body, link))
}

pin_project! {
    /// The answer to one HTTP/1 request.
    #[project = Http1FutureProj]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) enum Http1Future<A: App> {
        Asked { #[pin] exchange: Exchange<A> },
        /// Boxed, since few requests are refused and every future would have room for it.
        Refused { answer: Option<Box<Response<ServedBody>>> },
    }
}

impl<A: App> Future for Http1Future<A> {
    type Output = Result<Response<ServedBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Http1FutureProj::Asked { exchange } => exchange.poll(cx).map(Ok),
            Http1FutureProj::Refused { answer } => {
                answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(*answer)))
            }
        }
    }
}
