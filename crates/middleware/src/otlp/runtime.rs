//! [`Runtime`]: the thread on which exports happen.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::thread::Builder;

use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;

/// A runtime of one thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Runtime {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl Runtime {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let run = move || drop(runtime.block_on(stopped));
        // Nobody waits for its end: an export under way may last as long as its timeout.
        drop(Builder::new().name("otlp".to_owned()).spawn(run)?);
        Ok(Self { handle, _stop: stop })
    }

    pub(super) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Lets the future's timers and sockets belong to the runtime, whichever thread polls it: those of the SDK have none.
pub(super) async fn on<F: Future>(handle: &Handle, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = handle.enter();
        future.as_mut().poll(cx)
    })
    .await
}
