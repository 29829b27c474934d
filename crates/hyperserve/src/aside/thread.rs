//! [`AsideThread`]: a thread with a runtime of its own, which ends when it is told to.

use std::future::Future;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use hyperserve_core::{Shutdown, ShutdownTrigger};

/// Work on a thread of its own; see [`Aside::start`](super::Aside::start).
#[derive(Debug)]
#[must_use = "the thread has to be stopped"]
pub struct AsideThread {
    trigger: ShutdownTrigger,
    /// Nothing is sent: the other end is dropped when the thread ends.
    thread: Option<(JoinHandle<()>, Receiver<()>)>,
}

/// More than the listeners' drain takes. Whoever blocks such a thread does not hold up the end of the process.
const PATIENCE: Duration = Duration::from_secs(2);

impl AsideThread {
    /// Without a thread.
    pub(crate) fn none() -> Self {
        Self { trigger: ShutdownTrigger::new().0, thread: None }
    }

    /// Runs what `work` makes until that ends; it is told when it should.
    pub(crate) fn start<F: Future<Output = ()>>(
        name: &str,
        work: impl FnOnce(Shutdown) -> F + Send + 'static,
    ) -> io::Result<Self> {
        let (trigger, shutdown) = ShutdownTrigger::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (alive, ended) = channel();
        let run = move || {
            let _alive = alive;
            runtime.block_on(work(shutdown));
            // What is left of it may be stuck.
            runtime.shutdown_background();
        };
        let thread = Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { trigger, thread: Some((thread, ended)) })
    }

    /// Tells it to end, and waits until it has, at most two seconds.
    pub fn stop(self) {
        self.trigger.trigger();
        let Some((thread, ended)) = self.thread else { return };
        if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            tracing::error!(thread = thread.thread().name(), "is stuck, and left alone");
        } else if thread.join().is_err() {
            tracing::error!("a thread beside the workers panicked");
        }
    }
}
