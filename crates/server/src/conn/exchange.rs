//! One request with the application: from a parsed head to the response that hyper writes.

use super::body::ServedBody;
use super::link::{BodyState, Link};
use crate::App;
#[cfg(feature = "http2")]
use http::header::TRANSFER_ENCODING;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderValue, StatusCode};
use hyperserve_core::problem::{Accept, rerender};
use hyperserve_core::{Body, EndsOnShutdown, IntoResponse, Problem, Request, Response};
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;
use tower_service::Service;

/// What the exchange needs to know of the request once the application has it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) link: Arc<Link>,
    /// When the request came, if its time is measured.
    pub(crate) timed: Option<Instant>,
    /// In which format a problem is told.
    pub(crate) accept: Accept,
    /// HTTP/1: this response ends the connection.
    pub(crate) last: bool,
    pub(crate) kind: Kind,
}

/// What a request was, as far as its response depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Http10,
    Http1,
    /// HTTP/1.1 that asks for another protocol.
    Upgrade,
    /// HTTP/1.1 CONNECT.
    Connect,
    #[cfg(feature = "http2")]
    Http2 {
        head: bool,
        /// CONNECT, extended (RFC 8441 §4) or not: a success opens a tunnel.
        connect: bool,
    },
}

pin_project! {
    #[project = StepProj]
    enum Step<A, F> {
        /// Until the application is ready. Boxed, since nearly all are at once and every future would have room for it.
        Asking { waiting: Box<(A, Option<Request<Body>>)> },
        Running { #[pin] future: F },
        /// The application panicked when it was called.
        Failed,
    }
}

pin_project! {
    /// Calls the application, contains its panics, and finishes its response.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Exchange<A: Service<Request<Body>>> {
        #[pin]
        step: Step<A, A::Future>,
        asked: Option<Asked>,
    }
}

impl<A: App> Exchange<A> {
    /// Calls the connection's own application if it is ready, as nearly all always are; one that is not is cloned to wait.
    pub(crate) fn new(app: &RefCell<A>, request: Request<Body>, asked: Asked) -> Self {
        let call = || {
            let mut app = app.borrow_mut();
            match app.poll_ready(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(())) => Step::Running { future: app.call(request) },
                Poll::Pending => Step::Asking { waiting: Box::new((app.clone(), Some(request))) },
            }
        };
        let step = catch_unwind(AssertUnwindSafe(call)).unwrap_or(Step::Failed);
        Self { step, asked: Some(asked) }
    }
}

impl<A: App> Future for Exchange<A> {
    type Output = Response<ServedBody>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // The response is handed out in a place of its own: moving it through the closure's result would copy it again.
        let mut answer = None;
        let run = || self.as_mut().poll_application(cx).map(|response| answer = Some(response));
        let response = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(())) => answer,
            Err(_) => Some(panicked()),
        };
        match (self.project().asked.take(), response) {
            (Some(asked), Some(response)) => Poll::Ready(asked.finish(response)),
            _ => Poll::Pending,
        }
    }
}

impl<A: App> Exchange<A> {
    fn poll_application(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        loop {
            let mut this = self.as_mut().project();
            let future = match this.step.as_mut().project() {
                StepProj::Running { future } => {
                    return future.poll(cx).map(|Ok(response)| response);
                }
                StepProj::Failed => return Poll::Ready(panicked()),
                StepProj::Asking { waiting } => {
                    let (app, request) = &mut **waiting;
                    let Ok(()) = ready!(app.poll_ready(cx));
                    // There is no request only when the call panicked, after which this is not polled again.
                    let Some(request) = request.take() else { return Poll::Pending };
                    app.call(request)
                }
            };
            this.step.set(Step::Running { future });
        }
    }
}

/// Row 16 of the safe defaults: one request gets a 500, the connection and the server live.
fn panicked() -> Response<Body> {
    tracing::error!("a handler panicked; its request is answered with 500");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// A response that hyper cannot write: an interim status from a handler (RFC 9110 §15.2).
fn misused_interim(status: StatusCode) -> Response<Body> {
    tracing::error!(%status, "a handler answered with an interim status; its request is answered with 500");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

impl Asked {
    /// The response is changed where it is: every move would copy it whole.
    fn finish(self, mut response: Response<Body>) -> Response<ServedBody> {
        if !response.extensions().is_empty() {
            self.heed_extensions(&mut response);
        }
        self.correct(&mut response);
        let metrics = &self.link.scope.metrics;
        metrics.answered(response.status());
        if let Some(started) = self.timed {
            metrics.first_byte(started.elapsed());
        }
        match self.kind {
            #[cfg(feature = "http2")]
            Kind::Http2 { head, connect } => {
                if connect {
                    self.refuse_content(&mut response);
                }
                Self::finish_http2(response, head)
            }
            _ => {
                self.link.hints.end();
                self.conclude(&mut response);
                response.map(|body| ServedBody::http1(body, self.link))
            }
        }
    }

    fn heed_extensions(&self, response: &mut Response<Body>) {
        if response.extensions().get::<Problem>().is_some() {
            *response = rerender(take(response), self.accept.format());
        }
        if response.extensions().get::<EndsOnShutdown>().is_some() {
            let body = take(response.body_mut());
            *response.body_mut() = body.until(self.link.scope.shutdown.clone());
        }
    }

    /// What a status forbids does not go out.
    fn correct(&self, response: &mut Response<Body>) {
        let status = response.status();
        if status.is_informational()
            && (self.kind != Kind::Upgrade || status != StatusCode::SWITCHING_PROTOCOLS)
        {
            *response = misused_interim(status);
        } else if status == StatusCode::RESET_CONTENT {
            // RFC 9110 §15.3.6
            *response.body_mut() = Body::empty();
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }

    /// Answers in the application's place.
    #[cfg(feature = "http2")]
    pub(crate) fn refuse(self, fault: crate::http1::Fault, response: Response<Body>) -> Response<ServedBody> {
        self.link.scope.metrics.refused(fault);
        let response = rerender(response, self.accept.format());
        Self::finish_http2(response, matches!(self.kind, Kind::Http2 { head: true, .. }))
    }

    /// Decides what becomes of an HTTP/1 connection, and says so.
    fn conclude(&self, response: &mut Response<Body>) {
        let tunnel = match self.kind {
            Kind::Upgrade => response.status() == StatusCode::SWITCHING_PROTOCOLS,
            Kind::Connect => response.status().is_success(),
            _ => false,
        };
        if tunnel {
            self.link.become_tunnel();
        } else if self.is_last(response) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    /// Whether the connection cannot or shall not serve another request.
    fn is_last(&self, response: &Response<Body>) -> bool {
        if self.last || self.link.scope.drain.is_draining() || self.link.body_is(BodyState::Broken) {
            return true;
        }
        let outstanding = self.link.body_is(BodyState::UnderWay) || self.link.is_unread();
        if !outstanding && self.kind != Kind::Http10 {
            return false;
        }
        // A response of unknown length is delimited by the close in HTTP/1.0. One that is whole already does not depend on
        // the rest of the request, which nobody will read; one that streams may.
        let streams = http_body::Body::size_hint(response.body()).exact().is_none();
        if self.kind == Kind::Http10 { streams } else { !streams }
    }

    /// A success with content does not open a tunnel, though the client would take it for one: the route speaks no other
    /// protocol than HTTP.
    #[cfg(feature = "http2")]
    fn refuse_content(&self, response: &mut Response<Body>) {
        if response.status().is_success() && !http_body::Body::is_end_stream(response.body()) {
            let problem = Problem::new(StatusCode::NOT_IMPLEMENTED)
                .with_detail("What the CONNECT asks for is not spoken here.");
            *response = rerender(problem.into_response(), self.accept.format());
        }
    }

    #[cfg(feature = "http2")]
    /// hyper leaves HEAD, 204 and 304 on HTTP/2 to the service (RFC 9110 §9.3.2, §15.3.5, §15.4.5).
    fn finish_http2(mut response: Response<Body>, head: bool) -> Response<ServedBody> {
        let status = response.status();
        let without_body = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
        let length = http_body::Body::size_hint(response.body()).exact();
        // No bytes may be what a router has left of a stream. The length of that is not known, and is left out (RFC 9110 §8.6).
        if let Some(length) = length.filter(|&length| head && !without_body && length > 0) {
            response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        }
        response.headers_mut().remove(TRANSFER_ENCODING);
        if head || without_body {
            *response.body_mut() = Body::empty();
        }
        response.map(ServedBody::http2)
    }
}
