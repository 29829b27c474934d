//! The body of a file: pieces read on a blocking thread, one at a time, as many bytes as were promised.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// The bytes of one piece.
pub(super) const PIECE: u64 = 64 * 1024;

pub(super) struct FileBody {
    reader: Reader,
    left: u64,
}

enum Reader {
    Idle(File),
    Reading(JoinHandle<(File, io::Result<Vec<u8>>)>),
    /// All was read, or reading failed.
    Done,
}

impl FileBody {
    /// Reads `length` bytes from where the file stands.
    pub(super) const fn new(file: File, length: u64) -> Self {
        Self { reader: Reader::Idle(file), left: length }
    }

    /// What was read becomes a frame; a file that ends before its length is an error, since the length is promised.
    fn frame(&mut self, file: File, piece: Vec<u8>) -> io::Result<Frame<Bytes>> {
        if piece.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file shrank while it was sent"));
        }
        self.left = self.left.saturating_sub(piece.len() as u64);
        if self.left > 0 {
            self.reader = Reader::Idle(file);
        }
        Ok(Frame::data(Bytes::from(piece)))
    }
}

fn read(mut file: File, length: u64) -> (File, io::Result<Vec<u8>>) {
    let mut piece = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let read = file.by_ref().take(length).read_to_end(&mut piece);
    (file, read.map(|_| piece))
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut reading = match std::mem::replace(&mut self.reader, Reader::Done) {
            Reader::Idle(file) => {
                let length = self.left.min(PIECE);
                spawn_blocking(move || read(file, length))
            }
            Reader::Reading(reading) => reading,
            Reader::Done => return Poll::Ready(None),
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(cx) else {
            self.reader = Reader::Reading(reading);
            return Poll::Pending;
        };
        let frame = read.map_err(io::Error::from).and_then(|(file, piece)| self.frame(file, piece?));
        Poll::Ready(Some(frame))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
