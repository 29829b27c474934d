//! [`Alarm`]: a timer that costs next to nothing while it waits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// A timer that is asked often and goes off seldom: while the same task asks, asking is one load.
#[derive(Debug)]
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    /// Whom it will wake.
    waker: Option<Waker>,
}

impl Alarm {
    /// `None` for a duration of zero, which is none.
    pub(super) fn after(duration: Duration) -> Option<Self> {
        (!duration.is_zero()).then(|| Self { sleep: Box::pin(sleep(duration)), waker: None })
    }

    /// Whether it has gone off; if not, the task is woken when it does.
    #[inline]
    pub(super) fn is_due(&mut self, cx: &mut Context<'_>) -> bool {
        if self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return self.sleep.is_elapsed();
        }
        self.waker = Some(cx.waker().clone());
        self.sleep.as_mut().poll(cx).is_ready()
    }

    pub(super) fn set(&mut self, at: Instant) {
        self.sleep.as_mut().reset(at);
        self.waker = None;
    }
}
