//! [`SendFile`]: a body whose bytes are in a file, so that a server can have the kernel send them.

use std::fs::File;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body::Body as HttpBody;

use super::{Body, BodyError, Kind};

/// A stretch of an open file: what comes next of a body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileStretch {
    /// The file, which is a regular one.
    pub file: Arc<File>,
    /// Where the stretch begins, in bytes.
    pub start: u64,
    /// How many bytes it has; at least one.
    pub length: u64,
}

impl FileStretch {
    /// The stretch of `length` bytes that begins at `start`.
    #[must_use]
    pub const fn new(file: Arc<File>, start: u64, length: u64) -> Self {
        Self { file, start, length }
    }
}

/// A body whose bytes are in a file. Whoever does not know of files reads it as any other body.
///
/// # Contract
///
/// A stretch is taken instead of the frames that it stands for: the next frame is what follows it. Whoever takes one has handed all
/// its bytes to the kernel before the body is polled again, so that the body can look at the file once more. It does so before its
/// last frame, which is never part of a stretch: so a message whose file was changed can still be broken off.
pub trait SendFile: HttpBody<Data = Bytes, Error = BodyError> + Send {
    /// Takes what comes next, at most `most` bytes of it. `None` if that is no stretch of a file, is too short to be worth it, is
    /// the last of the body, or may not be in memory, so that sending it would wait for a disk.
    fn next_stretch(self: Pin<&mut Self>, most: u64) -> Option<FileStretch>;
}

impl Body {
    /// A body whose bytes may be in a file.
    ///
    /// A layer that wraps it, or reads it, gets its bytes; only a server that is handed the very body can have the kernel send them.
    /// A layer that does not need the bytes, but their count or their end, is one around a `Body` itself: it implements [`SendFile`],
    /// and passes stretches on.
    pub fn of_file(body: impl SendFile + 'static) -> Self {
        Self { kind: Kind::File(Box::pin(body)) }
    }

    /// Takes a stretch of a file from the front of the body, by the contract of [`SendFile`]. `None` for bodies that are not of
    /// files.
    pub fn next_stretch(&mut self, most: u64) -> Option<FileStretch> {
        match &mut self.kind {
            Kind::File(body) => body.as_mut().next_stretch(most),
            _ => None,
        }
    }

    /// Whether [`next_stretch`](Self::next_stretch) may ever tell something.
    #[must_use]
    pub const fn is_of_file(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body::{Frame, SizeHint};
    use std::task::{Context, Poll};

    /// Four bytes: the first two can be taken as a stretch.
    struct Four {
        file: Arc<File>,
        at: u64,
    }

    impl HttpBody for Four {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            let rest = &b"abcd"[self.at as usize..];
            self.at = 4;
            Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(Bytes::from_static(rest)))))
        }

        fn is_end_stream(&self) -> bool {
            self.at == 4
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(4 - self.at)
        }
    }

    impl SendFile for Four {
        fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
            let (start, length) = (self.at, most.min(2_u64.saturating_sub(self.at)));
            self.at += length;
            (length > 0).then(|| FileStretch::new(Arc::clone(&self.file), start, length))
        }
    }

    fn four() -> Body {
        Body::of_file(Four { file: Arc::new(File::open("/dev/null").unwrap()), at: 0 })
    }

    #[tokio::test]
    async fn a_stretch_stands_for_the_frames_before_the_next() {
        let mut body = four();
        assert!(body.is_of_file() && body.as_bytes().is_none() && body.take_bytes().is_none());
        let stretch = body.next_stretch(10).unwrap();
        assert_eq!((stretch.start, stretch.length), (0, 2));
        assert_eq!(body.size_hint().exact(), Some(2));
        assert!(body.next_stretch(10).is_none());
        assert_eq!(body.collect(10).await.unwrap(), "cd");
    }

    #[tokio::test]
    async fn whoever_does_not_know_of_files_reads_bytes() {
        assert_eq!(four().collect(10).await.unwrap(), "abcd");
        // A body in a body is the same one; one in a wrapper is not.
        assert!(Body::new(four()).is_of_file());
        let mut mapped = Body::new(http_body_util::BodyExt::map_frame(four(), |frame| frame));
        assert!(!mapped.is_of_file() && mapped.next_stretch(10).is_none());
        assert_eq!(mapped.collect(10).await.unwrap(), "abcd");
        assert!(!Body::from("abcd").is_of_file());
    }
}
