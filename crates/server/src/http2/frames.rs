//! A watch over the frames a peer sends: how many are cheap to send and dear to read, and whether a header block is
//! under way.
//!
//! h2 bounds CONTINUATION, resets and empty DATA; PING, SETTINGS, PRIORITY, WINDOW_UPDATE and unknown frames are
//! unlimited in it, and a header block has no deadline. Only frame headers are looked at (RFC 9113 §4.1).

use crate::conn::{Link, Side};
use crate::forward::forward_writes;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const PREFACE_LEN: u32 = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;
/// Control frames that a request or a data frame pays for: a client answers data with WINDOW_UPDATE, twice.
const PAID: i64 = 4;
/// Seconds of control frames that may come at once.
const BURST: i64 = 10;

/// What the connection's driver asks the watch.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    in_head: AtomicBool,
}

impl Watched {
    pub(crate) fn is_in_head(&self) -> bool {
        self.in_head.load(Relaxed)
    }
}

#[derive(Debug)]
pub(crate) struct FrameWatch<T> {
    io: T,
    link: Arc<Link>,
    watched: Arc<Watched>,
    counter: Counter,
}

/// What ends a connection here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breach {
    Flood,
    PseudoInTrailers,
}

/// The frame headers in a run of bytes.
#[derive(Debug)]
struct Counter {
    header: [u8; 9],
    have: usize,
    /// Bytes of the preface, then of the current frame, still to come.
    left: u32,
    /// A header block waits for its end.
    open_block: bool,
    budget: i64,
    since: std::time::Instant,
    per_second: i64,
    /// The highest stream that has begun: a header block on one that is no higher is of trailers.
    newest: u32,
    trailers: Option<Trailers>,
}

/// The start of a trailer section, as far as it tells whether a pseudo-header field stands there (RFC 9113 §8.1).
///
/// h2 drops such fields without a word. They would have to come first, so the first field line is enough; one that is a
/// reference to the dynamic table is not looked up, which would take a second decoder.
#[derive(Debug, Default)]
struct Trailers {
    /// Bytes before the block: padding length and priority.
    skip: u32,
    start: [u8; 3],
    have: usize,
}

impl Trailers {
    /// Takes bytes of the payload; true once they show a pseudo-header field.
    fn show_pseudo(&mut self, bytes: &[u8]) -> bool {
        let skip = (self.skip as usize).min(bytes.len());
        self.skip -= skip as u32;
        let take = (self.start.len() - self.have).min(bytes.len() - skip);
        self.start[self.have..self.have + take].copy_from_slice(&bytes[skip..skip + take]);
        self.have += take;
        self.is_pseudo()
    }

    /// RFC 7541 §6: entries 1 to 14 of the static table are pseudo-header fields; a literal name is there in plain or
    /// with the Huffman code, in which `:` is 1011100.
    fn is_pseudo(&self) -> bool {
        match self.start[..self.have] {
            [0x81..=0x8e | 0x41..=0x4e | 0x01..=0x0e | 0x11..=0x1e, ..] => true,
            [0x40 | 0x00 | 0x10, length, first] if length < 0x80 => first == b':',
            [0x40 | 0x00 | 0x10, _, first] => first >> 1 == 0b101_1100,
            _ => false,
        }
    }
}

impl Counter {
    fn new(per_second: u32) -> Self {
        let per_second = i64::from(per_second);
        Self {
            header: [0; 9],
            have: 0,
            left: PREFACE_LEN,
            open_block: false,
            budget: per_second * BURST,
            since: std::time::Instant::now(),
            per_second,
            newest: 0,
            trailers: None,
        }
    }

    /// Walks over bytes.
    fn advance(&mut self, mut bytes: &[u8]) -> Result<(), Breach> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let step = (self.left as usize).min(bytes.len());
                self.left -= step as u32;
                if self.trailers.as_mut().is_some_and(|trailers| trailers.show_pseudo(&bytes[..step])) {
                    return Err(Breach::PseudoInTrailers);
                }
                bytes = &bytes[step..];
                continue;
            }
            let step = (9 - self.have).min(bytes.len());
            self.header[self.have..self.have + step].copy_from_slice(&bytes[..step]);
            self.have += step;
            bytes = &bytes[step..];
            if self.have == 9 {
                self.have = 0;
                if !self.frame() {
                    return Err(Breach::Flood);
                }
            }
        }
        Ok(())
    }

    fn frame(&mut self) -> bool {
        let [a, b, c, kind, flags, stream @ ..] = self.header;
        self.left = u32::from_be_bytes([0, a, b, c]);
        self.trailers = None;
        if kind == HEADERS {
            let stream = u32::from_be_bytes(stream) & 0x7fff_ffff;
            if stream <= self.newest {
                let skip = u32::from(flags & PADDED != 0) + if flags & PRIORITY != 0 { 5 } else { 0 };
                self.trailers = Some(Trailers { skip, ..Trailers::default() });
            }
            self.newest = self.newest.max(stream);
        }
        match kind {
            HEADERS | CONTINUATION => {
                self.open_block = flags & END_HEADERS == 0;
                self.budget = (self.budget + PAID).min(self.per_second * BURST);
                true
            }
            DATA => {
                self.budget = (self.budget + PAID).min(self.per_second * BURST);
                true
            }
            _ => self.spend(),
        }
    }

    fn spend(&mut self) -> bool {
        self.budget -= 1;
        if self.budget >= 0 || self.per_second == 0 {
            return true;
        }
        let seconds = self.since.elapsed();
        self.since = std::time::Instant::now();
        let earned = (seconds.as_secs_f64() * self.per_second as f64) as i64;
        self.budget = earned.min(self.per_second * BURST);
        self.budget > 0
    }

    /// A header block, or a frame that may be one, has begun and not ended.
    fn is_in_head(&self) -> bool {
        let kind = self.header[3];
        self.open_block || self.have > 0 || (self.left > 0 && matches!(kind, HEADERS | CONTINUATION))
    }
}

impl<T> FrameWatch<T> {
    pub(crate) fn new(io: T, link: Arc<Link>) -> (Self, Arc<Watched>) {
        let watched = Arc::new(Watched::default());
        let counter = Counter::new(link.scope.limits.h2_max_control_frames);
        (Self { io, link, watched: Arc::clone(&watched), counter }, watched)
    }

    fn note(&mut self, bytes: &[u8]) -> io::Result<()> {
        let outcome = self.counter.advance(bytes);
        let in_head = self.counter.is_in_head();
        if in_head != self.watched.in_head.swap(in_head, Relaxed) {
            // The driver arms the deadline of a head once; the end of a block disarms it.
            self.link.timers.clear(Side::Read);
        }
        outcome.map_err(|breach| {
            let what = match breach {
                Breach::Flood => {
                    self.link.scope.metrics.flooded();
                    "too many control frames"
                }
                Breach::PseudoInTrailers => "a pseudo-header field in trailers",
            };
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for FrameWatch<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let start = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        Poll::Ready(self.note(&buf.filled()[start..]))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for FrameWatch<T> {
    forward_writes!();

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, len: usize) -> Vec<u8> {
        let mut bytes = vec![0, (len >> 8) as u8, len as u8, kind, flags, 0, 0, 0, 1];
        bytes.resize(9 + len, 0);
        bytes
    }

    fn started(per_second: u32) -> Counter {
        let mut counter = Counter::new(per_second);
        counter.advance(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
        counter
    }

    #[test]
    fn a_header_block_is_open_until_its_last_frame() {
        let mut counter = started(10);
        assert!(!counter.is_in_head());
        counter.advance(&frame(HEADERS, 0, 5)).unwrap();
        assert!(counter.is_in_head());
        let last = frame(CONTINUATION, END_HEADERS, 5);
        counter.advance(&last[..12]).unwrap();
        assert!(counter.is_in_head());
        counter.advance(&last[12..]).unwrap();
        assert!(!counter.is_in_head());
    }

    #[test]
    fn pseudo_fields_in_trailers_are_seen() {
        let headers = |block: &[u8], flags: u8| {
            let mut bytes = vec![0, 0, block.len() as u8, HEADERS, flags, 0, 0, 0, 1];
            bytes.extend_from_slice(block);
            bytes
        };
        let request = headers(&[0x82, 0x84, 0x86], END_HEADERS);
        for (trailers, flags, fine) in [
            (&[0x40, 1, b'x', 1, b'y'][..], END_HEADERS, true),
            (&[0x82], END_HEADERS, false),
            (&[0x44, 1, b'/'], END_HEADERS, false),
            (&[0x00, 5, b':', b'p', b'a', b't', b'h', 1, b'/'], END_HEADERS, false),
            (&[0x40, 0x84, 0xb9, 0x58, 0xd3, 0x3f, 1, b'/'], END_HEADERS, false),
            (&[2, 0x82, 0, 0], END_HEADERS | PADDED, false),
            (&[0, 0, 0, 0, 16, 0x82], END_HEADERS | PRIORITY, false),
        ] {
            for step in [1, 1000] {
                let mut counter = started(10);
                let bytes = [request.clone(), headers(trailers, flags)].concat();
                assert_eq!(
                    bytes.chunks(step).all(|chunk| counter.advance(chunk).is_ok()),
                    fine,
                    "{trailers:x?}"
                );
            }
        }
    }

    #[test]
    fn control_frames_run_out_and_requests_pay_for_some() {
        let ping = frame(6, 0, 8);
        let mut counter = started(10);
        let sent = (0..1000).take_while(|_| counter.advance(&ping).is_ok()).count();
        assert!((100..110).contains(&sent), "{sent}");

        let mut counter = started(10);
        for stream in 0..1000u32 {
            let mut request = frame(HEADERS, END_HEADERS, 5);
            request[5..9].copy_from_slice(&(stream * 2 + 1).to_be_bytes());
            counter.advance(&request).unwrap();
            counter.advance(&ping).and_then(|()| counter.advance(&ping)).unwrap();
        }
    }
}
