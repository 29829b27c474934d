//! The queue of callbacks as the base class sees it.

use super::shared::{Ready, Shared};
use pyo3::prelude::*;
use std::sync::Arc;

/// Takes the place of `loop._ready`, to which code of `asyncio.BaseEventLoop` appends its own handles.
#[pyclass(frozen, module = "hyperserve")]
#[derive(Debug)]
pub(crate) struct ReadyQueue {
    pub(super) shared: Arc<Shared>,
}

#[pymethods]
impl ReadyQueue {
    fn append(&self, handle: Py<PyAny>) {
        self.shared.push(Ready::Stock(handle));
    }

    fn clear(&self) {
        self.shared.clear();
    }

    fn __len__(&self) -> usize {
        self.shared.len()
    }
}
