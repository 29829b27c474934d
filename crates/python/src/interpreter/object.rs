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

/// Whether `object` has no holder but the caller and no weak reference.
pub(crate) fn is_unshared(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object, attached.
    let holders = unsafe { ffi::Py_REFCNT(object.as_ptr()) };
    holders == 1 && !has_weak_references(object)
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
