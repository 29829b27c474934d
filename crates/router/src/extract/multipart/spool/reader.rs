//! Reading what was spooled: [`SpooledReader`], and the body that is made of one.

use std::fs::File;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::{JoinHandle, spawn_blocking};

use super::PIECE;
use super::temporary::TemporaryFile;

/// Reads what was [spooled](super::Spooled::reader), a file in pieces of 256 KiB on blocking threads.
#[derive(Debug)]
#[must_use]
pub struct SpooledReader {
    /// Read, and not given out yet.
    ready: Bytes,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(Place),
    Reading(JoinHandle<(Place, io::Result<Bytes>)>),
    /// All was read, or reading failed.
    Ended,
}

/// Where in the file the next piece begins, and how much is left from there. Others have their own places in the same file.
#[derive(Debug)]
struct Place {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl SpooledReader {
    pub(super) const fn of_bytes(bytes: Bytes) -> Self {
        Self { ready: bytes, source: Source::Ended }
    }

    pub(super) fn of_file(file: &Arc<File>, length: u64) -> Self {
        let place = Place { file: Arc::clone(file), at: 0, left: length };
        Self { ready: Bytes::new(), source: Source::File(place) }
    }

    /// Waits until something is ready; nothing is at the end.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.ready.is_empty() {
            match &mut self.source {
                Source::Ended | Source::File(Place { left: 0, .. }) => break,
                Source::Reading(reading) => {
                    let read = ready!(Pin::new(reading).poll(cx));
                    self.source = Source::Ended;
                    let (place, piece) = read?;
                    self.ready = piece?;
                    self.source = Source::File(place);
                }
                Source::File(_) => {
                    if let Source::File(place) = std::mem::replace(&mut self.source, Source::Ended) {
                        self.source = Source::Reading(spawn_blocking(move || place.read()));
                    }
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Place {
    fn read(mut self) -> (Self, io::Result<Bytes>) {
        let length = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; length];
        let read = read_at(&self.file, &mut piece, self.at).map(|read| {
            piece.truncate(read);
            self.at += read as u64;
            self.left -= read as u64;
            Bytes::from(piece)
        });
        (self, read)
    }
}

/// Reads where it is told to, at least one byte, wherever the file stands.
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, piece, at);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, piece, at);
        match read {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

impl AsyncRead for SpooledReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_ready(cx))?;
        let length = self.ready.len().min(into.remaining());
        into.put_slice(&self.ready[..length]);
        self.ready.advance(length);
        Poll::Ready(Ok(()))
    }
}

/// A spooled file as a body.
pub(super) struct SpooledBody {
    reader: SpooledReader,
    left: u64,
    /// Removes the file after the reader is done with it.
    _file: TemporaryFile,
}

impl SpooledBody {
    pub(super) fn new(reader: SpooledReader, file: TemporaryFile, length: u64) -> Self {
        Self { reader, left: length, _file: file }
    }
}

impl Body for SpooledBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Err(error) = ready!(self.reader.poll_ready(cx)) {
            return Poll::Ready(Some(Err(error)));
        }
        let piece = std::mem::take(&mut self.reader.ready);
        self.left -= piece.len() as u64;
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
