//! [`AccessLogFuture`]: waits for the response, and logs it when it is whole.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Body, Response};
use pin_project_lite::pin_project;

use super::body::LoggedBody;
use super::log::Attached;
use super::record::Record;

pin_project! {
    /// The future of an [`AccessLogService`](super::AccessLogService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct AccessLogFuture<F> {
        #[pin]
        inner: F,
        entry: Option<Entry>,
    }
}

impl<F> AccessLogFuture<F> {
    /// A call that panics is logged as one, too.
    pub(super) fn new(log: &Attached, record: Option<Record>, call: impl FnOnce() -> F) -> Self {
        let mut entry = record.map(|record| Entry { record, log: log.clone(), done: false });
        let inner = guarded(&mut entry, call);
        Self { inner, entry }
    }
}

impl<F, E> Future for AccessLogFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = guarded(this.entry, || this.inner.poll(cx));
        match polled {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(response)) => Poll::Ready(Ok(answered(this.entry, response))),
            Poll::Ready(Err(error)) => {
                if let Some(mut entry) = this.entry.take() {
                    entry.record.status = FAILED;
                }
                Poll::Ready(Err(error))
            }
        }
    }
}

const FAILED: u16 = 500;

/// Runs what may panic; if it does, whoever drops the entry logs what the server answers in its place.
fn guarded<T>(entry: &mut Option<Entry>, run: impl FnOnce() -> T) -> T {
    let Some(entry) = entry else { return run() };
    let status = std::mem::replace(&mut entry.record.status, FAILED);
    let value = run();
    entry.record.status = status;
    value
}

fn answered(slot: &mut Option<Entry>, mut response: Response<Body>) -> Response<Body> {
    let Some(entry) = slot else { return response };
    entry.record.answer(&response, entry.log.log());
    let whole = if entry.record.has_content() {
        response.body().as_bytes().map(|bytes| bytes.len())
    } else {
        Some(0)
    };
    match whole {
        Some(length) => entry.finish(length as u64),
        None => {
            if let Some(entry) = slot.take() {
                let body = std::mem::take(response.body_mut());
                *response.body_mut() = Body::of_file(LoggedBody::new(body, response.headers(), entry));
            }
        }
    }
    response
}

/// A record that is logged once: when it is finished, or else when it is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    record: Record,
    log: Attached,
    done: bool,
}

impl Entry {
    pub(super) fn finish(&mut self, bytes: u64) {
        self.end(bytes, false);
    }

    pub(super) fn cut(&mut self, bytes: u64) {
        self.end(bytes, true);
    }

    fn end(&mut self, bytes: u64, cut: bool) {
        if !self.done {
            self.done = true;
            (self.record.bytes, self.record.cut) = (bytes, cut);
            self.log.log().write(&self.record);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.finish(0);
    }
}
