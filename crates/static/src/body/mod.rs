//! [`FileBody`]: a file that is read while it is sent.
//!
//! What the page cache has is read where the request is answered, without a thread in between (`preadv2` with `RWF_NOWAIT`);
//! what it has not is read by one of a bounded number of threads, and a piece ahead of the client. A server that has the kernel
//! send files takes stretches of it instead, but for the last bytes: they are read once the rest is sent, and the file is looked at.

mod piece;
mod read;

use std::collections::VecDeque;
use std::fs::File;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyperserve_core::{BodyError, FileStretch, SendFile};

use self::read::Reading;
use crate::stamp::Stamp;

/// A stretch that is shorter is read: that takes no longer.
const STRETCH: u64 = 128 * 1024;

/// The last bytes, which are read in any case, begin at a multiple of this: a page.
const PAGE: u64 = 4096;

/// A stretch of a body.
#[derive(Clone, Debug)]
pub(crate) enum Segment {
    Text(Bytes),
    /// Bytes of the file.
    Data(Range<u64>),
}

impl Segment {
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Data(range) => range.end - range.start,
        }
    }
}

/// What is sent of a file in the state that it was opened in. If it has changed by the time that the last of it is read, the
/// body ends with an error instead, so that no client takes a mixture for the whole.
pub(crate) struct FileBody {
    file: Arc<File>,
    stamp: Stamp,
    segments: VecDeque<Segment>,
    left: u64,
    /// Of `left`, what is read from the file.
    data: u64,
    reading: Option<Reading>,
    _active: piece::Active,
}

impl FileBody {
    pub(crate) fn new(file: Arc<File>, stamp: Stamp, ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        Self::of_segments(file, stamp, ranges.into_iter().map(Segment::Data))
    }

    pub(crate) fn of_segments(
        file: Arc<File>,
        stamp: Stamp,
        segments: impl IntoIterator<Item = Segment>,
    ) -> Self {
        let segments: VecDeque<_> = segments.into_iter().filter(|segment| segment.length() > 0).collect();
        let left = segments.iter().map(Segment::length).sum();
        let is_data = |segment: &&Segment| matches!(segment, Segment::Data(_));
        let data = segments.iter().filter(is_data).map(Segment::length).sum();
        Self { file, stamp, segments, left, data, reading: None, _active: piece::Active::new() }
    }

    /// The next piece of the first segment, which is of the file.
    fn poll_data(&mut self, cx: &mut Context<'_>, range: &Range<u64>) -> Poll<io::Result<Bytes>> {
        if self.reading.is_none() {
            match read::at_once(&self.file, range) {
                Some(Ok(bytes)) => return Poll::Ready(self.checked(bytes)),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => self.reading = Some(read::later(&self.file, range.clone())),
            }
        }
        let Some(reading) = &mut self.reading else { return Poll::Pending };
        let bytes = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        let bytes = bytes?;
        let next = range.start + bytes.len() as u64..range.end;
        if !bytes.is_empty() && next.start < next.end && piece::is_calm() {
            self.reading = Some(read::ahead(&self.file, next));
        }
        Poll::Ready(self.checked(bytes))
    }

    /// An empty piece is the end of a file that should go on; before the last piece the file must be as it was.
    fn checked(&self, bytes: Bytes) -> io::Result<Bytes> {
        let is_last = bytes.len() as u64 >= self.data;
        if bytes.is_empty() || (is_last && !self.is_as_it_was()?) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file was changed while it was sent"));
        }
        Ok(bytes)
    }

    fn is_as_it_was(&self) -> io::Result<bool> {
        Ok(self.stamp.has_same_content(&Stamp::of(&self.file.metadata()?)))
    }

    /// Where the stretch at the front ends that may be sent without being read: not the last bytes of all.
    fn end_of_stretch(&self, range: &Range<u64>) -> u64 {
        let is_last = range.end - range.start >= self.data;
        if is_last { (range.end - 1) / PAGE * PAGE } else { range.end }
    }

    fn advance(&mut self, count: u64) {
        self.left -= count;
        let is_done = match self.segments.front_mut() {
            Some(Segment::Data(range)) => {
                range.start += count;
                self.data -= count;
                range.start >= range.end
            }
            Some(Segment::Text(_)) | None => true,
        };
        if is_done {
            self.segments.pop_front();
        }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let bytes = match self.segments.front().cloned() {
            None => return Poll::Ready(None),
            Some(Segment::Text(text)) => Ok(text),
            Some(Segment::Data(range)) => ready!(self.poll_data(cx, &range)),
        };
        match &bytes {
            Ok(bytes) => self.advance(bytes.len() as u64),
            Err(_) => self.segments.clear(),
        }
        Poll::Ready(Some(bytes.map(Frame::data).map_err(BodyError::new)))
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl SendFile for FileBody {
    fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        // What is being read ahead comes first.
        let Some(Segment::Data(range)) = self.segments.front().filter(|_| self.reading.is_none()) else {
            return None;
        };
        let start = range.start;
        let length = self.end_of_stretch(range).saturating_sub(start).min(most);
        if length < STRETCH || !read::is_at_hand(&self.file, &(start..start + length)) {
            return None;
        }
        self.advance(length);
        Some(FileStretch::new(Arc::clone(&self.file), start, length))
    }
}

#[cfg(test)]
mod tests;
