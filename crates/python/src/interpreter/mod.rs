//! What PyO3 has no safe call for. All unsafe code of the crate is in this module's files, each call with its reason.

pub(crate) mod context;
pub(crate) mod coroutine;
pub(crate) mod descriptor;
pub(crate) mod object;
pub(crate) mod thread;
