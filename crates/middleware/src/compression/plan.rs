//! What is to be done with one response: decided by the request, done when the response is there.

use std::io;
use std::sync::Arc;
use std::task::Context;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body::Body as _;
use hyperserve_core::{Body, Request, Response};

use super::accept::Accepted;
use super::body::CompressedBody;
use super::candidate::{is_candidate, is_declined, vary};
use super::config::Settings;
use super::encoder::whole;
use super::head::Unsaid;
use super::peek::{Peeked, peek};
use super::{Coding, etag, pool};

/// In-memory bodies up to this length are compressed at once, for a millisecond or so.
const WHOLE: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Plan {
    settings: Arc<Settings>,
    accepted: Accepted,
    is_head: bool,
    /// Kept for the case of a 304; boxed, since few requests have one and every future would have room for it.
    if_none_match: Option<Box<HeaderValue>>,
}

impl Plan {
    /// A CONNECT has no content but a tunnel, hence no plan.
    pub(super) fn of<B>(settings: &Arc<Settings>, request: &Request<B>) -> Option<Self> {
        if request.method() == Method::CONNECT {
            return None;
        }
        let accepted = Accepted::of(request.headers(), &settings.codings);
        let if_none_match = || request.headers().get(header::IF_NONE_MATCH).cloned().map(Box::new);
        Some(Self {
            settings: Arc::clone(settings),
            if_none_match: accepted.is_said().then(if_none_match).flatten(),
            accepted,
            is_head: request.method() == Method::HEAD,
        })
    }

    /// `None` if this client gets the content as it is.
    fn coding(&self) -> Option<Coding> {
        self.accepted.coding(&self.settings.codings)
    }

    pub(super) fn apply(&self, response: &mut Response<Body>, cx: &mut Context<'_>) {
        if response.status() == StatusCode::NOT_MODIFIED {
            return self.revalidated(response.headers_mut());
        }
        if is_declined(response.headers_mut()) {
            return;
        }
        // The length is known for less than the rest, and most answers of programs are short.
        let length = self.length(response);
        let is_short = length.is_some_and(|length| length < self.settings.minimum as u64);
        if is_short || !is_candidate(response, &self.settings.types) {
            return;
        }
        let Some(coding) = self.coding() else { return vary(response.headers_mut()) };
        if self.is_head {
            *response.body_mut() = Body::new(Unsaid);
            return relabel(response.headers_mut(), coding);
        }
        let body = std::mem::take(response.body_mut());
        *response.body_mut() = match self.encode(coding, body, length.is_some(), cx) {
            Encoded::Plain(body) => body,
            Encoded::Whole(bytes) => {
                relabel(response.headers_mut(), coding);
                response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
                Body::from(bytes)
            }
            Encoded::Stream(body) => {
                relabel(response.headers_mut(), coding);
                body
            }
        };
    }

    fn revalidated(&self, headers: &mut HeaderMap) {
        let Some(held) = &self.if_none_match else { return };
        if self.coding().is_some() && etag::weaken_as_held(headers, held) {
            vary(headers);
        }
    }

    /// How long the content is. A response to HEAD may have lost it: then only the field tells.
    fn length(&self, response: &Response<Body>) -> Option<u64> {
        let declared = || response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
        let exact = response.body().size_hint().exact().filter(|length| !self.is_head || *length > 0);
        exact.or_else(declared)
    }

    fn encode(&self, coding: Coding, mut body: Body, is_known: bool, cx: &mut Context<'_>) -> Encoded {
        let level = self.settings.level(coding);
        let first = match body.take_bytes() {
            Some(bytes) if bytes.len() <= WHOLE => return Encoded::whole(coding, level, bytes),
            Some(bytes) => bytes,
            None if is_known => Bytes::new(),
            None => match peek(&mut body, self.settings.minimum, cx) {
                Peeked::Short(body) => return Encoded::Plain(body),
                Peeked::Long(first) => first,
            },
        };
        Encoded::stream(coding, level, first, body)
    }
}

enum Encoded {
    /// As it is: it is too short, or there is no memory for an encoder.
    Plain(Body),
    Whole(Bytes),
    Stream(Body),
}

impl Encoded {
    fn whole(coding: Coding, level: u8, bytes: Bytes) -> Self {
        match whole(coding, level, &bytes) {
            Ok(encoded) => Self::Whole(encoded.into()),
            Err(error) => Self::failed(&error, Body::from(bytes)),
        }
    }

    fn stream(coding: Coding, level: u8, first: Bytes, rest: Body) -> Self {
        match pool::lend(coding, level) {
            Ok(encoder) => Self::Stream(Body::new(CompressedBody::new(first, rest, encoder))),
            Err(error) => Self::failed(&error, Body::new(CompressedBody::plain(first, rest))),
        }
    }

    fn failed(error: &io::Error, body: Body) -> Self {
        tracing::error!(%error, "a response is sent as it is: it cannot be compressed");
        Self::Plain(body)
    }
}

/// What the head of a compressed response says and no longer says.
fn relabel(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(header::CONTENT_ENCODING, coding.value());
    headers.remove(header::CONTENT_LENGTH);
    // Ranges would be of the encoded bytes, which are made anew each time (RFC 9110 §14.1.2).
    headers.remove(header::ACCEPT_RANGES);
    vary(headers);
    etag::weaken(headers);
}
