//! [`Shutdown`]: the token by which handlers, event streams and WebSockets learn that the server is going down.

use std::fmt;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

#[derive(Default)]
struct State {
    triggered: AtomicBool,
    waiters: Notify,
    holds: AtomicUsize,
    released: Notify,
}

/// The end at which shutdown is announced; every clone announces the same shutdown.
///
/// Dropping it announces nothing: its tokens then wait for ever.
#[derive(Clone)]
pub struct ShutdownTrigger {
    state: Arc<State>,
}

/// The end at which shutdown is awaited; cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::ShutdownTrigger;
///
/// let (trigger, shutdown) = ShutdownTrigger::new();
/// assert!(!shutdown.is_triggered());
/// trigger.trigger();
/// shutdown.triggered().await;
/// # }
/// ```
#[derive(Clone)]
pub struct Shutdown {
    /// `None`: never triggered.
    state: Option<Arc<State>>,
}

impl ShutdownTrigger {
    /// A trigger and its token.
    #[must_use]
    pub fn new() -> (Self, Shutdown) {
        let state = Arc::new(State::default());
        (Self { state: Arc::clone(&state) }, Shutdown { state: Some(state) })
    }

    /// Announces shutdown to every token; the second call changes nothing.
    pub fn trigger(&self) {
        if !self.state.triggered.swap(true, Ordering::AcqRel) {
            self.state.waiters.notify_waiters();
        }
    }

    /// One more token of this trigger.
    #[must_use]
    pub fn subscribe(&self) -> Shutdown {
        Shutdown { state: Some(Arc::clone(&self.state)) }
    }
}

impl Shutdown {
    /// A token that is never triggered.
    #[must_use]
    pub const fn never() -> Self {
        Self { state: None }
    }

    /// Whether shutdown has been announced: one atomic load.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.triggered.load(Ordering::Acquire))
    }

    /// Keeps the server from ending, up to its drain deadline, while the value lives: for work that goes on after its
    /// connection is closed.
    pub fn hold(&self) -> Hold {
        if let Some(state) = &self.state {
            state.holds.fetch_add(1, Ordering::AcqRel);
        }
        Hold { state: self.state.clone() }
    }

    /// How many [`Hold`]s there are.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.state.as_ref().map_or(0, |state| state.holds.load(Ordering::Acquire))
    }

    /// Completes when there is no [`Hold`], at once if there is none.
    pub async fn released(&self) {
        let Some(state) = &self.state else { return };
        loop {
            let mut released = pin!(state.released.notified());
            // Registered before the count is read, so that the last release between the two is not missed.
            released.as_mut().enable();
            if self.holds() == 0 {
                return;
            }
            released.await;
        }
    }

    /// Completes when shutdown is announced, at once if it has been already.
    ///
    /// The future borrows nothing and may be dropped and asked for again at any time (it is cancel safe).
    pub fn triggered(&self) -> impl Future<Output = ()> + Send + 'static {
        let state = self.state.clone();
        async move {
            match state {
                Some(state) => state.wait().await,
                None => pending().await,
            }
        }
    }
}

impl State {
    async fn wait(&self) {
        let mut notified = pin!(self.waiters.notified());
        // Registered before the flag is read, so that a trigger between the two is not missed.
        notified.as_mut().enable();
        if !self.triggered.load(Ordering::Acquire) {
            notified.await;
        }
    }
}

/// Work that a server waits for before it ends, until its drain deadline; see [`Shutdown::hold`].
#[must_use = "a hold counts while it lives"]
pub struct Hold {
    state: Option<Arc<State>>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(state) = &self.state else { return };
        if state.holds.fetch_sub(1, Ordering::AcqRel) == 1 {
            state.released.notify_waiters();
        }
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").finish_non_exhaustive()
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::never()
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown").field("triggered", &self.is_triggered()).finish()
    }
}

impl fmt::Debug for ShutdownTrigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownTrigger")
            .field("triggered", &self.state.triggered.load(Ordering::Acquire))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    #[tokio::test]
    async fn every_token_hears_the_trigger() {
        let (trigger, shutdown) = ShutdownTrigger::new();
        let waiting = [shutdown.clone(), trigger.subscribe()].map(|token| tokio::spawn(token.triggered()));
        tokio::task::yield_now().await;
        assert!(!shutdown.is_triggered());
        trigger.clone().trigger();
        trigger.trigger();
        for waiter in waiting {
            waiter.await.unwrap();
        }
        assert!(shutdown.is_triggered());
        shutdown.triggered().await;
    }

    #[test]
    fn a_wait_can_be_dropped_and_begun_again() {
        let mut cx = Context::from_waker(Waker::noop());
        let (trigger, shutdown) = ShutdownTrigger::new();
        let mut dropped = Box::pin(shutdown.triggered());
        assert!(dropped.as_mut().poll(&mut cx).is_pending());
        drop(dropped);
        let mut waiting = Box::pin(shutdown.triggered());
        assert!(waiting.as_mut().poll(&mut cx).is_pending());
        trigger.trigger();
        assert!(waiting.as_mut().poll(&mut cx).is_ready());
    }

    #[tokio::test]
    async fn the_last_hold_releases() {
        let (trigger, shutdown) = ShutdownTrigger::new();
        shutdown.released().await;
        let (one, two) = (shutdown.hold(), shutdown.hold());
        assert_eq!(trigger.subscribe().holds(), 2);
        let mut cx = Context::from_waker(Waker::noop());
        let mut released = Box::pin(shutdown.released());
        drop(one);
        assert!(released.as_mut().poll(&mut cx).is_pending());
        drop(two);
        assert!(released.as_mut().poll(&mut cx).is_ready());
        drop(Shutdown::never().hold());
        Shutdown::never().released().await;
    }

    #[test]
    fn never_is_never_even_when_polled_or_left_by_its_trigger() {
        let mut cx = Context::from_waker(Waker::noop());
        let (trigger, orphan) = ShutdownTrigger::new();
        drop(trigger);
        for token in [Shutdown::never(), Shutdown::default(), orphan] {
            assert!(!token.is_triggered());
            assert!(Box::pin(token.triggered()).as_mut().poll(&mut cx).is_pending());
        }
    }
}
