//! [`RecordingBody`]: a body that is passed on while it is recorded, and stored when it is whole.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, Response};
use tokio::time::Instant;

use super::flight::{Guard, Landing};
use super::key::CacheKey;
use super::store::Shared;
use super::stored::{Head, Stored};
use super::storing::Terms;

/// A response that waits for its body, and what is to be done with it then.
#[derive(Debug)]
pub(super) struct Filling {
    pub(super) shared: Arc<Shared>,
    pub(super) key: Arc<CacheKey>,
    pub(super) epoch: u64,
    pub(super) guard: Option<Guard>,
    pub(super) head: Head,
    pub(super) terms: Terms,
    pub(super) received: Instant,
    /// Stored before, and overtaken now.
    pub(super) previous: Option<Arc<Stored>>,
}

impl Filling {
    /// Hands the response on, to be stored with its last byte; at once if it is in memory.
    pub(super) fn record(self, mut response: Response) -> Response {
        let declared = declared_length(response.headers());
        let limit = self.shared.config.entry_limit as u64;
        let least = response.body().size_hint().lower().max(declared.unwrap_or(0));
        if least > limit {
            self.give_up();
        } else if let Some(bytes) = response.body().as_bytes() {
            let whole = declared.is_none_or(|declared| declared == bytes.len() as u64);
            if whole {
                // A copy, since what is handed over may be a small part of something large.
                let bytes = Bytes::copy_from_slice(bytes);
                self.finish(bytes);
            }
        } else {
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = Body::new(RecordingBody::new(body, declared, self));
        }
        response
    }

    fn finish(self, body: Bytes) {
        let stored = Arc::new(Stored::new(self.head, body, self.terms, self.received));
        self.shared.insert(&self.key, self.epoch, &stored);
        if let Some(guard) = self.guard {
            guard.land(&Landing::Stored(stored));
        }
    }

    /// Too long to be stored.
    fn give_up(self) {
        if let Some(previous) = &self.previous {
            self.shared.remove(&self.key, previous);
        }
        self.shared.remember_pass(&self.key);
        if let Some(guard) = self.guard {
            guard.land(&Landing::Pass);
        }
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What is dropped before its end is not stored, and whoever waits may fetch it instead (RFC 9111 §3.3).
#[derive(Debug)]
struct RecordingBody {
    body: Body,
    /// What was sent; empty once nothing is to be stored.
    recorded: BytesMut,
    /// What the head declares; whoever sends it may leave after so many bytes and not ask for the end.
    declared: Option<u64>,
    filling: Option<Box<Filling>>,
}

impl RecordingBody {
    fn new(body: Body, declared: Option<u64>, filling: Filling) -> Self {
        let length = body.size_hint().exact().or(declared);
        let capacity = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let recorded = BytesMut::with_capacity(capacity.min(filling.shared.config.entry_limit));
        Self { body, recorded, declared: length, filling: Some(Box::new(filling)) }
    }

    fn take_in(&mut self, data: &Bytes) {
        let Some(filling) = &self.filling else { return };
        if self.recorded.len() + data.len() > filling.shared.config.entry_limit {
            self.recorded = BytesMut::new();
            if let Some(filling) = self.filling.take() {
                filling.give_up();
            }
            return;
        }
        self.recorded.extend_from_slice(data);
        if self.declared == Some(self.recorded.len() as u64) || self.body.is_end_stream() {
            self.finish();
        }
    }

    /// Trailers are not stored (RFC 9111 §3.1 leaves it to the cache).
    fn finish(&mut self) {
        let length = self.recorded.len() as u64;
        let whole = self.declared.is_none_or(|declared| declared == length);
        if let Some(filling) = self.filling.take().filter(|_| whole) {
            let recorded = std::mem::take(&mut self.recorded);
            // What was reserved beyond its end goes.
            let spare = recorded.capacity() > recorded.len() + recorded.len() / 8;
            let body = if spare { Bytes::copy_from_slice(&recorded) } else { recorded.freeze() };
            filling.finish(body);
        }
    }
}

impl HttpBody for RecordingBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.take_in(data);
                }
            }
            Some(Err(_)) => this.filling = None,
            None => this.finish(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
