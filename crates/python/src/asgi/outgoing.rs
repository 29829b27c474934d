//! The response, as far as the application has sent it.

use super::message::{Head, Message};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body::{Body as _, Frame};
use hyperserve::files::File;
use hyperserve_core::{Body, BodyError};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes that may wait for the connection before `send` waits too.
const HIGH: usize = 64 * 1024;
/// Bytes waiting at which it goes on.
const LOW: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// `http.response.start` is to come.
    Awaited,
    /// It has come, and nothing after it.
    Started,
    /// The body has begun.
    Flowing,
    /// The body has ended; trailers are to come.
    Trailers,
    Over,
    /// The application failed.
    Broken,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    phase: Phase,
    head: Option<Head>,
    /// The whole body, if it came in one message.
    whole: Bytes,
    /// The body, if it is a file.
    file: Option<Body>,
    queue: VecDeque<Frame<Bytes>>,
    queued: usize,
    trailers: bool,
    collected: HeaderMap,
    /// Bytes that Content-Length still asks for.
    announced: Option<u64>,
    /// The request's method or the status allow no content.
    bodiless: bool,
    is_head: bool,
    /// The head has been given to the connection, which now asks for frames.
    handed: bool,
}

/// What can be given to the connection.
pub(super) enum Answerable {
    Whole(Head, Bytes),
    File(Head, Body),
    Stream(Head),
    /// Nothing was sent, and nothing will be.
    Failed,
}

/// What the application did wrong, in words.
pub(super) type Misuse = String;

impl Outgoing {
    pub(super) fn new(method: &Method) -> Self {
        Self {
            phase: Phase::Awaited,
            head: None,
            whole: Bytes::new(),
            file: None,
            queue: VecDeque::new(),
            queued: 0,
            trailers: false,
            collected: HeaderMap::new(),
            announced: None,
            bodiless: false,
            is_head: *method == Method::HEAD,
            handed: false,
        }
    }

    /// Takes a message, in the order that ASGI has them.
    pub(super) fn apply(&mut self, message: Message) -> Result<(), Misuse> {
        match (message, self.phase) {
            (Message::Start(head), Phase::Awaited) => self.start(head),
            (Message::Body { bytes, more }, Phase::Started | Phase::Flowing) => self.body(bytes, more),
            (Message::File(file), Phase::Started) => self.send_file(*file),
            (Message::Trailers { fields, more }, Phase::Trailers) => {
                self.add_trailers(fields, more);
                Ok(())
            }
            // The connection has sent it, or could not.
            (Message::EarlyHint { .. }, Phase::Awaited) => Ok(()),
            (message, phase) => Err(misplaced(&message, phase)),
        }
    }

    fn start(&mut self, head: Head) -> Result<(), Misuse> {
        let status = head.status;
        self.bodiless =
            self.is_head || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
        self.announced = if self.bodiless { None } else { announced(&head.fields)? };
        self.trailers = head.trailers;
        self.head = Some(head);
        self.phase = Phase::Started;
        Ok(())
    }

    fn body(&mut self, bytes: Bytes, more: bool) -> Result<(), Misuse> {
        if let Some(left) = self.announced {
            let length = bytes.len() as u64;
            if length > left {
                return Err("the response is longer than its Content-Length".to_owned());
            }
            if !more && length < left {
                return Err("the response is shorter than its Content-Length".to_owned());
            }
            self.announced = Some(left - length);
        }
        if self.is_head
            && !more
            && let Some(head) = self.head.as_mut().filter(|head| !head.fields.contains_key(CONTENT_LENGTH))
            && self.phase == Phase::Started
        {
            // As for GET (RFC 9110 §9.3.2), where the server counts a body that comes in one message.
            head.fields.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        }
        let is_whole = self.phase == Phase::Started && !more && !self.trailers && !self.handed;
        self.phase = match (more, self.trailers) {
            (true, _) => Phase::Flowing,
            (false, true) => Phase::Trailers,
            (false, false) => Phase::Over,
        };
        if self.bodiless {
            return Ok(());
        }
        if is_whole {
            self.whole = bytes;
        } else if !bytes.is_empty() {
            self.queued += bytes.len();
            self.queue.push_back(Frame::data(bytes));
        }
        Ok(())
    }

    /// The body is this file.
    fn send_file(&mut self, file: File) -> Result<(), Misuse> {
        let length = file.length();
        if let Some(announced) = self.announced.filter(|announced| *announced != length) {
            return Err(format!("the file has {length} bytes and Content-Length says {announced}"));
        }
        self.announced = None;
        if self.is_head
            && let Some(head) = self.head.as_mut().filter(|head| !head.fields.contains_key(CONTENT_LENGTH))
        {
            head.fields.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        self.phase = if self.trailers { Phase::Trailers } else { Phase::Over };
        if !self.bodiless {
            self.file = Some(file.into_body());
        }
        Ok(())
    }

    fn add_trailers(&mut self, fields: HeaderMap, more: bool) {
        self.collected.extend(fields);
        if !more {
            self.phase = Phase::Over;
            if !self.bodiless {
                self.queue.push_back(Frame::trailers(std::mem::take(&mut self.collected)));
            }
        }
    }

    /// The application has ended; what it left undone is its fault.
    pub(super) fn close(&mut self) -> Option<Misuse> {
        let misuse = match self.phase {
            Phase::Over | Phase::Broken => return None,
            Phase::Awaited => "the ASGI application returned without starting a response",
            Phase::Started | Phase::Flowing | Phase::Trailers => {
                "the ASGI application returned without completing its response"
            }
        };
        self.phase = Phase::Broken;
        Some(misuse.to_owned())
    }

    /// The application failed.
    pub(super) fn break_off(&mut self) {
        if self.phase != Phase::Over {
            self.phase = Phase::Broken;
        }
    }

    /// What the connection can be given; once.
    pub(super) fn take(&mut self) -> Option<Answerable> {
        if self.handed || self.phase == Phase::Awaited {
            return None;
        }
        self.handed = true;
        let Some(head) = self.head.take().filter(|_| self.phase != Phase::Broken) else {
            return Some(Answerable::Failed);
        };
        if self.phase == Phase::Over
            && self.queue.is_empty()
            && let Some(file) = self.file.take()
        {
            return Some(Answerable::File(head, file));
        }
        if self.phase == Phase::Over && self.queue.is_empty() {
            return Some(Answerable::Whole(head, std::mem::take(&mut self.whole)));
        }
        Some(Answerable::Stream(head))
    }

    /// The next frame of the file, if the body is one and there is more of it.
    pub(super) fn poll_file(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Option<Poll<Result<Frame<Bytes>, BodyError>>> {
        let file = self.file.as_mut()?;
        match Pin::new(file).poll_frame(cx) {
            Poll::Pending => Some(Poll::Pending),
            Poll::Ready(Some(frame)) => Some(Poll::Ready(frame)),
            Poll::Ready(None) => {
                self.file = None;
                None
            }
        }
    }

    /// The next frame that was sent, if there is one.
    pub(super) fn pop(&mut self) -> Option<Frame<Bytes>> {
        let frame = self.queue.pop_front()?;
        self.queued -= frame.data_ref().map_or(0, Bytes::len);
        Some(frame)
    }

    /// Whether the application has sent nothing that the client could have seen.
    pub(super) fn is_unsent(&self) -> bool {
        !self.handed
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over | Phase::Broken)
    }

    pub(super) fn is_broken(&self) -> bool {
        self.phase == Phase::Broken
    }

    /// Nothing is left to give.
    pub(super) fn is_drained(&self) -> bool {
        self.phase == Phase::Over && self.queue.is_empty() && self.file.is_none()
    }

    /// Whether the connection has no use for what is sent.
    pub(super) fn is_bodiless(&self) -> bool {
        self.bodiless
    }

    pub(super) fn is_full(&self) -> bool {
        self.queued > HIGH
    }

    pub(super) fn has_room(&self) -> bool {
        self.queued <= LOW
    }

    /// Bytes that are still to go, if that is known.
    pub(super) fn left(&self) -> Option<u64> {
        if self.phase == Phase::Over && !self.trailers {
            let file = self.file.as_ref().map_or(Some(0), |file| file.size_hint().exact())?;
            return Some(self.queued as u64 + file);
        }
        self.announced.map(|left| left + self.queued as u64)
    }
}

fn announced(fields: &HeaderMap) -> Result<Option<u64>, Misuse> {
    let mut values = fields.get_all(CONTENT_LENGTH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("the response has more than one Content-Length".to_owned());
    }
    let length = value.to_str().ok().and_then(|text| text.parse().ok());
    length.map(Some).ok_or_else(|| format!("{value:?} is no Content-Length"))
}

fn misplaced(message: &Message, phase: Phase) -> Misuse {
    let name = match message {
        Message::Start(_) => "http.response.start",
        Message::Body { .. } => "http.response.body",
        Message::Trailers { .. } => "http.response.trailers",
        Message::EarlyHint { .. } => "http.response.early_hint",
        Message::File(_) => "http.response.pathsend",
    };
    let wanted = match phase {
        Phase::Awaited => "expected 'http.response.start' first",
        Phase::Started | Phase::Flowing => "expected 'http.response.body'",
        Phase::Trailers => "expected 'http.response.trailers'",
        Phase::Over => "the response is complete",
        Phase::Broken => "the response was broken off",
    };
    format!("unexpected ASGI message '{name}': {wanted}")
}
