//! A step of a connection that must end in time: a handshake, a header, the detection of the protocol.

use super::link::Link;
use super::timers::Side;
use std::future::Future;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

/// Runs `step` until it ends, the deadline passes, or the server cuts what is open. The deadline stays set: what follows
/// goes on under it, or sets its own.
pub(super) async fn deadlined<T>(
    link: &Link,
    timeout: Duration,
    step: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    link.arm(Side::Read, timeout);
    let mut step = pin!(step);
    poll_fn(|cx| {
        if let Poll::Ready(outcome) = Pin::as_mut(&mut step).poll(cx) {
            return Poll::Ready(outcome);
        }
        link.register(cx);
        if link.timers.is_due(Side::Read) || link.scope.drain.is_cutting() || link.is_drain_idle_over() {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        if let Some(at) = link.drain_idle_at() {
            link.arm_at(Side::Read, at);
        }
        Poll::Pending
    })
    .await
}
