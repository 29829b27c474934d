//! A streamed response body that logs its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, FileStretch, SendFile};

use super::future::Entry;

#[derive(Debug)]
pub(super) struct LoggedBody {
    body: Body,
    entry: Entry,
    sent: u64,
    /// What the body or the head says; whoever sends it may leave after so many bytes and not ask for the end.
    length: Option<u64>,
}

impl LoggedBody {
    pub(super) fn new(body: Body, headers: &HeaderMap, entry: Entry) -> Self {
        let declared = || headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
        let length = body.size_hint().exact().or_else(declared);
        Self { body, entry, sent: 0, length }
    }

    fn is_whole(&self) -> bool {
        self.length == Some(self.sent) || self.body.is_end_stream()
    }
}

impl HttpBody for LoggedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => this.sent += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) => this.entry.cut(this.sent),
            None => this.entry.finish(this.sent),
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

impl SendFile for LoggedBody {
    fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        let stretch = self.body.next_stretch(most)?;
        self.sent += stretch.length;
        Some(stretch)
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        if self.is_whole() {
            self.entry.finish(self.sent);
        } else {
            self.entry.cut(self.sent);
        }
    }
}
