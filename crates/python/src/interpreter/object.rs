//! Objects before they are initialised, and objects that nobody else holds.
#![expect(unsafe_code, reason = "allocation apart from initialisation has no safe form")]

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

/// An instance of `class` that has not been initialised: all its fields are zero.
///
/// For classes that check their fields before they use them, as `asyncio.Task` does where its methods are not overridden.
pub(crate) fn allocate<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached, and the pointer is of a ready type. The result is a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(class.py(), ffi::PyType_GenericAlloc(class.as_type_ptr(), 0)) }
}

/// Whether `object` has so many holders, the caller among them, and no weak reference. Where threads count apart, nobody can
/// tell, and the answer is no.
pub(crate) fn has_holders(object: &Bound<'_, PyAny>, count: ffi::Py_ssize_t) -> bool {
    if cfg!(Py_GIL_DISABLED) {
        return false;
    }
    // SAFETY: a live object, attached.
    let holders = unsafe { ffi::Py_REFCNT(object.as_ptr()) };
    holders == count && !has_weak_references(object)
}

fn has_weak_references(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: attached, and the type of a live object is a ready type.
    let offset = unsafe { (*object.get_type_ptr()).tp_weaklistoffset };
    if offset == 0 {
        return false;
    }
    // SAFETY: a ready type's offset, negative for a managed list, is that of a pointer within the object's allocation.
    unsafe { !(*object.as_ptr().byte_offset(offset).cast::<*mut ffi::PyObject>()).is_null() }
}
