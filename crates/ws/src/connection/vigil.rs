//! Watching over the peer: pings, silence, idleness, and the end of the closing handshake.

use super::alarm::Alarm;
use crate::WebSocketConfig;
use std::task::Context;
use std::time::Duration;
use tokio::time::Instant;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Ping, with this payload.
    Ping([u8; 4]),
    /// The peer was silent after a ping.
    Lost,
    /// There was no message for too long.
    Idle,
    /// The peer did not close in time.
    Leave,
}

#[derive(Debug)]
pub(super) struct Vigil {
    ping_interval: Duration,
    pong_timeout: Duration,
    idle_timeout: Duration,
    /// The next look at whether the peer has been heard.
    look: Option<Alarm>,
    /// Some byte has come since the last look.
    heard: bool,
    /// The next look is at the answer to a ping.
    waits: bool,
    /// When the last ping went out, until it is answered.
    pinged: Option<Instant>,
    /// Pings so far, which tell their answers apart.
    pings: u32,
    latency: Option<Duration>,
    idle: Option<Alarm>,
    last_message: Instant,
    closing: Option<Alarm>,
}

impl Vigil {
    pub(super) fn new(config: &WebSocketConfig) -> Self {
        Self {
            ping_interval: config.ping_interval,
            pong_timeout: config.pong_timeout,
            idle_timeout: config.idle_timeout,
            look: Alarm::after(config.ping_interval),
            heard: false,
            waits: false,
            pinged: None,
            pings: 0,
            latency: None,
            idle: Alarm::after(config.idle_timeout),
            last_message: Instant::now(),
            closing: None,
        }
    }

    #[inline]
    pub(super) fn heard(&mut self) {
        self.heard = true;
        if self.waits {
            self.stop_waiting();
        }
    }

    /// The peer lives: the next ping is an interval away again.
    #[cold]
    fn stop_waiting(&mut self) {
        (self.waits, self.heard) = (false, false);
        if let Some(look) = &mut self.look {
            look.set(Instant::now() + self.ping_interval);
        }
    }

    /// A message came or went.
    #[inline]
    pub(super) fn message(&mut self) {
        if self.idle.is_some() {
            self.last_message = Instant::now();
        }
    }

    pub(super) fn pong(&mut self, payload: &[u8]) {
        if payload == self.pings.to_be_bytes()
            && let Some(pinged) = self.pinged.take()
        {
            self.latency = Some(pinged.elapsed());
        }
    }

    pub(super) const fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// The closing handshake has begun: it has this long, and nothing else is watched.
    pub(super) fn close(&mut self, timeout: Duration) {
        self.look = None;
        self.idle = None;
        if self.closing.is_none() {
            self.closing = Alarm::after(timeout);
        }
    }

    /// What is to be done now; the task is woken when there is something.
    #[inline]
    pub(super) fn check(&mut self, cx: &mut Context<'_>) -> Option<Call> {
        // An alarm that was set anew is asked once more: until then it wakes nobody.
        while self.look.as_mut().is_some_and(|look| look.is_due(cx)) {
            if let Some(call) = self.look_up() {
                return Some(call);
            }
        }
        while self.idle.as_mut().is_some_and(|idle| idle.is_due(cx)) {
            let until = self.last_message + self.idle_timeout;
            if until <= Instant::now() {
                return Some(Call::Idle);
            }
            self.idle.as_mut()?.set(until);
        }
        self.closing.as_mut().is_some_and(|closing| closing.is_due(cx)).then_some(Call::Leave)
    }

    /// Whether the peer has been heard since the last look, and when to look again.
    fn look_up(&mut self) -> Option<Call> {
        if self.waits {
            return Some(Call::Lost);
        }
        let now = Instant::now();
        let heard = std::mem::take(&mut self.heard);
        self.waits = !heard && !self.pong_timeout.is_zero();
        self.look.as_mut()?.set(now + if self.waits { self.pong_timeout } else { self.ping_interval });
        if heard {
            return None;
        }
        self.pinged = Some(now);
        self.pings = self.pings.wrapping_add(1);
        Some(Call::Ping(self.pings.to_be_bytes()))
    }
}
