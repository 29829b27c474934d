//! The read side of an HTTP/1 connection: hyper is handed only what [`scan`] and [`Chunked`] have passed.
//!
//! A head that arrives whole and is well formed stays where it is, in hyper's own buffer. A head in pieces is held back
//! until it is complete. A head that is refused is replaced by a stand-in, which hyper parses like any other request, so
//! that answers to requests before it go out first; the service knows it by its number and answers with the problem.
//! The guard also keeps the deadlines of reading, since it alone knows what the peer owes.

use super::chunked::Chunked;
use super::fault::Fault;
use super::known::Known;
use super::scan::{Framing, Scan, scan};
use crate::conn::{BodyState, Link, Rate, Side, now};
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What hyper parses in place of a refused head.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\n\r\n";

/// The same for a refused HEAD, whose answer has no content.
const STAND_IN_FOR_HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nhost: refused\r\n\r\n";

/// What the next bytes are.
#[derive(Debug)]
enum State {
    Head,
    Length(u64),
    Chunked(Chunked),
    /// After a head that asks for another protocol: whose bytes these are depends on the answer.
    Upgrade,
    /// Another protocol's.
    Tunnel,
    /// A head was refused: nothing after it is read as HTTP.
    Refused,
    /// A body broke its framing.
    Broken,
}

/// What the peer owes, and so which deadline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Nothing,
    /// The first head of the connection.
    First,
    /// The next request, some time.
    Idle,
    /// The rest of a head.
    Head,
    /// More of a body.
    Body,
}

#[derive(Debug)]
pub(crate) struct Guard<T> {
    io: T,
    link: Arc<Link>,
    state: State,
    /// The body under way belongs to a head that asks for another protocol.
    upgrade: bool,
    /// Heads handed on.
    heads: u32,
    wait: Wait,
    /// How fast the current body comes.
    rate: Rate,
    known: Known,
    /// What stands in for a head that was refused.
    stand_in: &'static [u8],
    /// Bytes not yet handed on; the first `clear` of them may be.
    held: Vec<u8>,
    clear: usize,
    /// The peer closed while the application had not been asked yet.
    eof_deferred: bool,
    /// Bytes still drained while lingering.
    linger: Option<usize>,
    /// An interim response of which so many bytes have left; hyper's own bytes wait for its end.
    interim: Vec<u8>,
    sent: usize,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Guard<T> {
    pub(crate) fn new(io: T, link: Arc<Link>) -> Self {
        Self {
            io,
            link,
            state: State::Head,
            upgrade: false,
            heads: 0,
            wait: Wait::First,
            rate: Rate::default(),
            known: Known::default(),
            stand_in: STAND_IN,
            held: Vec::new(),
            clear: 0,
            eof_deferred: false,
            linger: None,
            interim: Vec::new(),
            sent: 0,
        }
    }

    /// Sends what is left of an interim response.
    #[inline]
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.interim.len() {
            let sent = ready!(Pin::new(&mut self.io).poll_write(cx, &self.interim[self.sent..]))?;
            self.sent += sent;
        }
        if self.sent > 0 {
            self.interim = Vec::new();
            self.sent = 0;
        }
        Poll::Ready(Ok(()))
    }

    /// Walks over new bytes; returns how many of them hyper may have.
    fn inspect(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            match &mut self.state {
                State::Head => match scan(rest, &self.link.scope.rules, &self.known) {
                    Scan::Complete(head) => {
                        // A first head may be the only one.
                        if self.heads > 0 {
                            self.known.note(rest, head);
                        }
                        at += head.len;
                        self.heads = self.heads.wrapping_add(1);
                        self.settle();
                        self.upgrade = head.upgrade;
                        if head.names_upgrade || head.upgrade {
                            self.link.saw_upgrade();
                        }
                        if head.accept {
                            self.link.saw_accept();
                        }
                        self.state = match head.framing {
                            Framing::None => self.after_message(),
                            Framing::Length(length) => self.body(State::Length(length)),
                            Framing::Chunked => {
                                self.body(State::Chunked(Chunked::new(self.link.scope.limits.max_chunk_line)))
                            }
                        };
                    }
                    Scan::Incomplete => break,
                    Scan::Refuse(fault) => {
                        if rest.starts_with(b"HEAD ") {
                            self.stand_in = STAND_IN_FOR_HEAD;
                        }
                        self.refuse(fault);
                        break;
                    }
                },
                State::Length(left) => {
                    let step = (*left).min(rest.len() as u64);
                    *left -= step;
                    at += step as usize;
                    if *left == 0 {
                        self.state = self.after_message();
                    }
                }
                State::Chunked(walk) => match walk.advance(rest) {
                    Ok(used) => {
                        at += used;
                        if walk.is_done() {
                            if walk.is_one_piece() {
                                self.link.came_in_one_piece(self.heads);
                            }
                            self.state = self.after_message();
                        }
                    }
                    Err(_) => {
                        self.link.scope.metrics.body_refused();
                        self.link.set_body(BodyState::Broken);
                        self.state = State::Broken;
                        break;
                    }
                },
                State::Tunnel => return bytes.len(),
                State::Upgrade | State::Refused | State::Broken => break,
            }
        }
        at
    }

    /// The peer has delivered what it owed.
    fn settle(&mut self) {
        if self.wait != Wait::Nothing {
            self.wait = Wait::Nothing;
            self.link.timers.clear(Side::Read);
        }
    }

    fn body(&mut self, state: State) -> State {
        self.rate = Rate::default();
        self.link.set_body(BodyState::UnderWay);
        state
    }

    fn after_message(&self) -> State {
        self.link.set_body(BodyState::Complete);
        if self.upgrade { State::Upgrade } else { State::Head }
    }

    /// Inspects what is held and makes what may go ready to go.
    fn inspect_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        let clear = self.inspect(&held);
        self.keep(held, clear);
    }

    /// Keeps the bytes of `held` after the first `clear` only when they may be needed.
    fn keep(&mut self, mut held: Vec<u8>, clear: usize) {
        match self.state {
            State::Refused => {
                held.truncate(clear);
                held.extend_from_slice(self.stand_in);
                self.clear = held.len();
            }
            State::Broken => {
                held.truncate(clear);
                self.clear = clear;
            }
            _ => self.clear = clear,
        }
        self.held = held;
    }

    fn refuse(&mut self, fault: Fault) {
        self.link.refuse(self.heads.wrapping_add(1), fault);
        self.link.scope.metrics.refused(fault);
        self.state = State::Refused;
        self.settle();
    }

    /// Hands on what is ready.
    fn deliver(&mut self, buf: &mut ReadBuf<'_>) {
        let n = self.clear.min(buf.remaining());
        buf.put_slice(&self.held[..n]);
        self.clear -= n;
        if n == self.held.len() {
            self.held = Vec::new();
        } else {
            self.held.drain(..n);
        }
    }

    /// Reads new bytes. They go straight to `buf` when nothing is held, else behind what is held.
    fn poll_more(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<Read>> {
        let start = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        let new = buf.filled().len() - start;
        if new == 0 {
            return Poll::Ready(Ok(Read::End));
        }
        if self.held.is_empty() {
            let clear = self.inspect(&buf.filled()[start..]);
            if clear < new {
                let rest = buf.filled()[start + clear..].to_vec();
                self.keep(rest, 0);
                buf.set_filled(start + clear);
            }
            return Poll::Ready(Ok(if clear > 0 { Read::Delivered } else { Read::Held }));
        }
        self.held.extend_from_slice(&buf.filled()[start..]);
        buf.set_filled(start);
        if !matches!(self.state, State::Upgrade) {
            self.inspect_held();
        }
        Poll::Ready(Ok(Read::Held))
    }

    /// Whether bytes of the next head have come.
    fn head_has_begun(&self) -> bool {
        !self.held.is_empty() && self.held != b"\r\n"
    }

    /// What the peer owes now that it has nothing to read.
    fn owed(&self) -> Wait {
        match self.state {
            State::Head if self.wait == Wait::First => Wait::First,
            State::Head if self.head_has_begun() => Wait::Head,
            State::Head if self.link.is_busy() => Wait::Nothing,
            State::Head => Wait::Idle,
            State::Length(_) | State::Chunked(_) => Wait::Body,
            State::Upgrade | State::Tunnel | State::Refused | State::Broken => Wait::Nothing,
        }
    }

    /// Nothing to read: runs the deadline of what is owed. `Ready` when it has passed.
    fn poll_deadline(&mut self) -> Poll<Wait> {
        let owed = self.owed();
        let limits = &self.link.scope.limits;
        if owed != self.wait || (owed == Wait::First && !self.link.timers.is_set(Side::Read)) {
            self.wait = owed;
            match owed {
                Wait::Nothing => self.link.timers.clear(Side::Read),
                Wait::First | Wait::Head => self.link.arm(Side::Read, limits.head_timeout),
                Wait::Idle if self.link.is_idle_armed() => {}
                Wait::Idle => self.link.arm(Side::Read, limits.keep_alive_timeout),
                Wait::Body => {
                    let (idle, whole) = (limits.body_idle_timeout, limits.body_timeout);
                    let allowed = self.rate.wait_for_whole(now(), idle, limits.body_min_rate, whole);
                    self.link.arm(Side::Read, allowed.unwrap_or_default());
                }
            }
        }
        let waits_for_request = owed == Wait::Idle || (owed == Wait::First && !self.head_has_begun());
        if waits_for_request && let Some(at) = self.link.drain_idle_at() {
            if self.link.is_drain_idle_over() {
                return Poll::Ready(owed);
            }
            self.link.arm_at(Side::Read, at);
        }
        if owed != Wait::Nothing && self.link.timers.is_due(Side::Read) {
            Poll::Ready(owed)
        } else {
            Poll::Pending
        }
    }

    /// Decides whose bytes follow a head that asked for another protocol.
    fn settle_upgrade(&mut self) -> bool {
        if self.link.is_tunnel() {
            self.state = State::Tunnel;
            self.clear = self.held.len();
        } else if self.link.is_busy() {
            return false;
        } else {
            self.state = State::Head;
            self.upgrade = false;
            self.inspect_held();
        }
        true
    }

    fn poll_read_inner(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.clear > 0 {
                self.deliver(buf);
                return Poll::Ready(Ok(()));
            }
            match self.state {
                State::Refused => return Poll::Pending,
                State::Broken => {
                    return Poll::Ready(Err(io::Error::new(
                        ErrorKind::InvalidData,
                        "malformed chunked body",
                    )));
                }
                State::Tunnel => return Pin::new(&mut self.io).poll_read(cx, buf),
                State::Upgrade => {
                    if self.settle_upgrade() {
                        continue;
                    }
                    // No more than a head's worth is held for a protocol that may never come.
                    if self.held.len() >= self.link.scope.rules.max_head {
                        return Poll::Pending;
                    }
                }
                State::Head | State::Length(_) | State::Chunked(_) => {}
            }
            let before = buf.filled().len();
            match self.poll_more(cx, buf)? {
                Poll::Ready(Read::Delivered) => {
                    if matches!(self.wait, Wait::Body) {
                        self.rate.progress(now(), buf.filled().len() - before);
                        self.settle();
                    } else if matches!(self.state, State::Length(_) | State::Chunked(_)) {
                        self.rate.progress(0, buf.filled().len() - before);
                    }
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Read::Held) => {}
                Poll::Ready(Read::End) => return self.poll_end(cx),
                Poll::Pending => match ready!(self.poll_deadline()) {
                    Wait::Body => {
                        self.link.scope.metrics.body_timed_out();
                        self.link.set_body(BodyState::Broken);
                        return Poll::Ready(Err(io::Error::new(
                            ErrorKind::TimedOut,
                            "no request body in time",
                        )));
                    }
                    Wait::First | Wait::Head if self.head_has_begun() => {
                        self.refuse(Fault::HeadTimeout);
                        self.keep(Vec::new(), 0);
                    }
                    _ => {
                        self.link.scope.metrics.idle_closed();
                        return Poll::Ready(Ok(()));
                    }
                },
            }
        }
    }

    /// The peer closed its side. While a request has not been with the application yet, hyper hears of it one poll later,
    /// so that a client that half-closes after its request still gets an answer that is ready at once.
    fn poll_end(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if self.link.is_busy() && !self.eof_deferred {
            self.eof_deferred = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Whether the peer may still be sending what nobody reads. Closing then would reset the connection and could destroy
    /// the answer on its way (RFC 9112 §9.6).
    fn must_linger(&self) -> bool {
        match self.state {
            State::Head => !self.held.is_empty(),
            State::Upgrade | State::Tunnel => false,
            State::Length(_) | State::Chunked(_) | State::Refused | State::Broken => true,
        }
    }

    /// Reads and drops until the peer closes, the bound is reached or the time is over.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        while let Some(left) = self.linger.filter(|&left| left > 0) {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.io).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if buf.filled().is_empty() => break,
                Poll::Ready(Ok(())) => self.linger = Some(left.saturating_sub(buf.filled().len())),
                Poll::Ready(Err(_)) => break,
                Poll::Pending if self.link.timers.is_due(Side::Read) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// What a read brought.
enum Read {
    Delivered,
    Held,
    End,
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_read_inner(cx, buf)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_interim(cx))?;
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_interim(cx))?;
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// hyper flushes when it has nothing left to write: here an interim response fits in.
    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.interim.is_empty()
            && let Some(interim) = self.link.hints.take()
        {
            self.interim = interim;
        }
        ready!(self.poll_interim(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
            let drain = if self.must_linger() { self.link.scope.limits.max_linger } else { 0 };
            self.linger = Some(drain);
            self.link.arm(Side::Read, self.link.scope.limits.linger_timeout);
        }
        self.poll_linger(cx)
    }
}
