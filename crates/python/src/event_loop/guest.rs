//! The server's runtime as the guest of a loop that is not ours: asyncio's own, or uvloop's.
//!
//! The loop watches the runtime's selector as one descriptor of its own, and gives the runtime a turn when that has
//! something to tell. Everything stays on one thread.

use super::shared::lock;
use crate::interpreter::descriptor::duplicate;
use hyperserve_server::Batching;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use tokio::runtime::{Builder, Handle, Runtime};

/// Rounds of tasks and sockets in one turn, after which the loop has its own again.
const MOST: u32 = 16;

thread_local! {
    static TURN: RefCell<Option<Waker>> = const { RefCell::new(None) };
    /// How often the runtime has run out of tasks in this turn.
    static IDLE: Cell<u32> = const { Cell::new(0) };
}

/// A runtime that runs when it is told to.
#[pyclass(frozen, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct Guest {
    runtime: Mutex<Option<Arc<Runtime>>>,
    /// The runtime's own selector.
    selector: OwnedFd,
}

impl Guest {
    pub(crate) fn handle(&self) -> PyResult<Handle> {
        let runtime = lock(&self.runtime);
        runtime.as_ref().map(|runtime| runtime.handle().clone()).ok_or_else(closed)
    }

    fn has_events(&self) -> bool {
        let mut fds = [PollFd::new(&self.selector, PollFlags::IN)];
        poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

#[pymethods]
impl Guest {
    #[new]
    fn new() -> PyResult<Self> {
        let before = selectors()?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .thread_name("hyperserve-blocking")
            .on_thread_park(out_of_tasks)
            .build()?;
        let own = selectors()?.difference(&before).min().copied();
        let own = own.ok_or_else(|| {
            PyRuntimeError::new_err("this system does not tell the runtime's selector: use --loop hyperserve")
        })?;
        let selector = duplicate(own)?;
        Ok(Self { runtime: Mutex::new(Some(Arc::new(runtime))), selector })
    }

    /// The descriptor to watch; it is readable when the runtime has something to do.
    fn fileno(&self) -> RawFd {
        self.selector.as_raw_fd()
    }

    /// Runs what there is to run, without waiting. True if there may be more.
    fn turn(&self) -> PyResult<bool> {
        let runtime = lock(&self.runtime).as_ref().map(Arc::clone).ok_or_else(closed)?;
        let _batching = Batching::enter();
        let busy = self.has_events();
        IDLE.set(0);
        runtime.block_on(poll_fn(|cx| {
            TURN.replace(Some(cx.waker().clone()));
            let idle = IDLE.get();
            // Once for what was to be done, and again for what the sockets told after that.
            if idle >= MOST || (idle >= 2 && !self.has_events()) { Poll::Ready(()) } else { Poll::Pending }
        }));
        TURN.replace(None);
        Ok(busy)
    }

    /// Ends everything on the runtime.
    fn close(&self) {
        let runtime = lock(&self.runtime).take();
        if let Some(runtime) = runtime.and_then(Arc::into_inner) {
            runtime.shutdown_background();
        }
    }
}

/// The runtime would wait: instead the turn looks at its sockets, without waiting.
fn out_of_tasks() {
    IDLE.set(IDLE.get() + 1);
    Batching::flush();
    TURN.with_borrow(|turn| {
        if let Some(waker) = turn {
            waker.wake_by_ref();
        }
    });
}

/// The selectors of this process. tokio does not tell which is its own.
fn selectors() -> io::Result<HashSet<RawFd>> {
    let mut found = HashSet::new();
    for entry in fs::read_dir("/proc/self/fd")?.flatten() {
        let is_selector =
            fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str() == "anon_inode:[eventpoll]");
        let number = entry.file_name().to_str().and_then(|name| name.parse::<RawFd>().ok());
        found.extend(number.filter(|_| is_selector));
    }
    Ok(found)
}

fn closed() -> PyErr {
    PyRuntimeError::new_err("the server's runtime is closed")
}
