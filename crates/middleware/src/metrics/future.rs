//! [`MetricsFuture`]: waits for the response, and counts it when it is whole.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use hyperserve_core::{Body, Request, RequestContext, Response};
use pin_project_lite::pin_project;

use super::catalog::Series;
use super::handle::Counter;
use super::received::ReceivedBody;
use super::sent::SentBody;
use crate::trace_context::TraceId;

pin_project! {
    /// The future of a [`MetricsService`](super::MetricsService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct MetricsFuture<F> {
        #[pin]
        inner: F,
        entry: Option<Entry>,
    }
}

impl<F> MetricsFuture<F> {
    /// A call that panics is counted as one, too.
    pub(super) fn new(mut entry: Option<Entry>, call: impl FnOnce() -> F) -> Self {
        let inner = guarded(&mut entry, call);
        Self { inner, entry }
    }
}

impl<F, E> Future for MetricsFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match guarded(this.entry, || this.inner.poll(cx)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(response)) => Poll::Ready(Ok(answered(this.entry, response))),
            Poll::Ready(Err(error)) => {
                if let Some(mut entry) = this.entry.take() {
                    entry.status = FAILED;
                }
                Poll::Ready(Err(error))
            }
        }
    }
}

/// What the server answers in the place of a service that panics or fails.
const FAILED: u16 = 500;

/// nginx's number for a client that left before there was a response.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Runs what may panic; if it does, whoever drops the entry counts a failure.
fn guarded<T>(entry: &mut Option<Entry>, run: impl FnOnce() -> T) -> T {
    let Some(entry) = entry else { return run() };
    let status = std::mem::replace(&mut entry.status, FAILED);
    let value = run();
    entry.status = status;
    value
}

fn answered(slot: &mut Option<Entry>, mut response: Response<Body>) -> Response<Body> {
    let Some(entry) = slot.as_mut() else { return response };
    entry.status = response.status().as_u16();
    let whole = if entry.is_head || !may_have_content(response.status()) {
        Some(0)
    } else {
        response.body().as_bytes().map(|bytes| bytes.len() as u64)
    };
    if let Some(bytes) = whole {
        entry.finish(bytes);
        return response;
    }
    if is_event_stream(&response) {
        entry.took = Some(entry.started.elapsed());
    }
    if let Some(entry) = slot.take() {
        let body = std::mem::take(response.body_mut());
        *response.body_mut() = Body::of_file(SentBody::new(body, entry));
    }
    response
}

/// RFC 9110 §6.4.1.
fn may_have_content(status: StatusCode) -> bool {
    let without = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
    !status.is_informational() && !without.contains(&status)
}

fn is_event_stream(response: &Response<Body>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    kind.get(..17).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/event-stream"))
}

/// A request that is counted once: when it is finished, or else when the entry is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    counter: Counter,
    series: Series,
    started: Instant,
    /// Known before the end, of what has no end that says anything.
    took: Option<Duration>,
    status: u16,
    trace: Option<TraceId>,
    is_head: bool,
    done: bool,
}

impl Entry {
    pub(super) fn begin<B>(counter: Counter, request: &Request<B>) -> Option<Self> {
        let series = counter.begin(request)?;
        let context = RequestContext::of(request.extensions());
        Some(Self {
            counter,
            series,
            started: context.and_then(RequestContext::started).unwrap_or_else(Instant::now),
            took: None,
            status: CLIENT_CLOSED_REQUEST,
            trace: counter.trace(request),
            is_head: request.method() == Method::HEAD,
            done: false,
        })
    }

    /// The request with a body that counts what is read of it.
    pub(super) fn counting(&self, request: Request<Body>) -> Request<Body> {
        match request.body().as_bytes() {
            Some(whole) => {
                self.counter.received(self.series, whole.len() as u64);
                request
            }
            None => request.map(|body| Body::new(ReceivedBody::new(body, self.counter, self.series))),
        }
    }

    pub(super) fn finish(&mut self, sent: u64) {
        if !self.done {
            self.done = true;
            let took = self.took.unwrap_or_else(|| self.started.elapsed());
            self.counter.end(self.series, self.status, took, sent, self.trace);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.finish(0);
    }
}
