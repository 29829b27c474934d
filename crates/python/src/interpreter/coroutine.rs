//! One step of a coroutine.
#![expect(
    unsafe_code,
    reason = "PyO3's `send` is for iterators; coroutines are none, and PyIter_Send takes them"
)]

use pyo3::prelude::*;
use pyo3::types::PyIterator;
use pyo3::types::iterator::PySendResult;

/// Resumes `coroutine` with `value`: anything with `send`.
pub(crate) fn send<'py>(
    coroutine: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
) -> PyResult<PySendResult<'py>> {
    // SAFETY: the type is a mark alone: `send` hands the pointer to PyIter_Send, which takes any object.
    unsafe { coroutine.cast_unchecked::<PyIterator>() }.send(value)
}
