//! Descriptors that somebody else owns.
#![expect(unsafe_code, reason = "a descriptor's number is all that Python, and the runtime, give")]

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Watches whether `fd` is readable, on the runtime that this thread has entered.
///
/// The descriptor must stay open for as long as the value lives; it is not closed with it.
pub(crate) fn watch(fd: RawFd) -> io::Result<AsyncFd<RawFd>> {
    // SAFETY: the loop drops its round, and this with it, before it closes its selector.
    unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.map_err(Into::into)
}

/// A second descriptor of what `fd` stands for. `fd` must be open.
pub(crate) fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: open for the length of the call, as the caller promises.
    unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()
}
