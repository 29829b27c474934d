//! The Python face of HyperServe, as the extension module `hyperserve._core`.
//!
//! It assembles: the server is `hyperserve-server`, the configuration the facade's. What is its own is the bridge: the event
//! loop ([`event_loop`]), tasks that are late ([`task`]), and ASGI on both ([`asgi`]).

mod asgi;
mod command;
mod engine;
mod event_loop;
mod interpreter;
mod supervisor;
mod task;
mod websocket;

use pyo3::prelude::*;

/// What the Python package is built on; not for use outside it.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::asgi::{Cycle, Done, Waiting};
    #[pymodule_export]
    use crate::command::{Options, main, run};
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::event_loop::{Guest, Handle, LoopCore, ReadyQueue, TimerHandle};
    #[pymodule_export]
    use crate::supervisor::Control;
    #[pymodule_export]
    use crate::task::{Resume, realize};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
