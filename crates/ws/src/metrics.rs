//! What all WebSockets of the process did, in counters.

use crate::Error;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        /// What the WebSockets of this process have done so far, clients included; all but `open` only grow.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct WebSocketMetrics {
            /// Sockets open now, those included whose closing handshake is under way.
            pub open: u64,
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            ended: AtomicU64,
            $($name: AtomicU64,)+
        }

        static COUNTERS: Counters = Counters { ended: AtomicU64::new(0), $($name: AtomicU64::new(0),)+ };

        /// What the WebSockets of this process have done so far.
        ///
        /// ```
        /// assert_eq!(hyperserve_ws::metrics().open, 0);
        /// ```
        #[must_use]
        pub fn metrics() -> WebSocketMetrics {
            let ended = COUNTERS.ended.load(Relaxed);
            let mut metrics = WebSocketMetrics { open: 0, $($name: COUNTERS.$name.load(Relaxed),)+ };
            metrics.open = metrics.opened.saturating_sub(ended);
            metrics
        }
    };
}

counters! {
    /// Sockets opened.
    opened;
    /// Handshakes refused because of their `Origin`.
    origins_refused;
    /// Sockets told that the server goes down: 1001.
    going_away;
    /// Sockets whose connection ended without a Close frame.
    lost;
    /// Sockets closed because the peer broke the protocol: 1002.
    protocol_errors;
    /// Sockets closed because of text that is not UTF-8, or data that cannot be inflated: 1007.
    invalid_data;
    /// Sockets closed because of a message or frame over the limit: 1009.
    too_large;
    /// Sockets whose peer did not answer a ping.
    ping_timeouts;
    /// Sockets without a message for the idle timeout.
    idle_timeouts;
    /// Sockets whose peer did not read.
    write_timeouts;
    /// Sockets closed because their queue was full: 1013.
    slow_consumers;
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

/// A socket that counts as open.
#[derive(Debug)]
pub(crate) struct Open(());

impl Open {
    pub(crate) fn new() -> Self {
        count(&COUNTERS.opened);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        count(&COUNTERS.ended);
    }
}

pub(crate) fn origin_refused() {
    count(&COUNTERS.origins_refused);
}

pub(crate) fn goes_away() {
    count(&COUNTERS.going_away);
}

pub(crate) fn slow_consumer() {
    count(&COUNTERS.slow_consumers);
}

pub(crate) fn failed(error: &Error) {
    count(match error {
        Error::Lost | Error::Io(_) => &COUNTERS.lost,
        Error::Protocol(_) => &COUNTERS.protocol_errors,
        Error::InvalidUtf8 | Error::Inflate => &COUNTERS.invalid_data,
        Error::TooLarge => &COUNTERS.too_large,
        Error::PingTimeout => &COUNTERS.ping_timeouts,
        Error::IdleTimeout => &COUNTERS.idle_timeouts,
        Error::WriteTimeout => &COUNTERS.write_timeouts,
        Error::Closed => return,
        #[cfg(feature = "json")]
        Error::Json(_) => return,
    });
}
