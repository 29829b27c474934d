//! Listening sockets that a worker inherits.
//!
//! They are handed over as a service manager does it (sd_listen_fds(3)): numbers that follow each other, told in
//! `LISTEN_FDS`, so that the worker owns them and closes them when it drains. Its other way to a descriptor by number,
//! pidfd_getfd(2), is forbidden in the usual container.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use hyperserve_server::listen::Socket;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};

/// Numbers below are left to what Python opens at its start.
const LOWEST: RawFd = 32;

/// A run of free numbers is found at the first try unless descriptors lie about; each further try begins above one.
const TRIES: usize = 256;

/// One socket of each address, under numbers that follow each other.
#[derive(Debug)]
pub(super) struct Queue {
    sockets: Vec<OwnedFd>,
}

impl Queue {
    /// Copies the sockets to a run of numbers. Never empty: there is an address, or the server would not have bound.
    pub(super) fn new(sockets: &[Socket]) -> io::Result<Self> {
        let mut from = LOWEST;
        for _ in 0..TRIES {
            match copies(sockets, from)? {
                Ok(sockets) => return Ok(Self { sockets }),
                Err(found) => from = found,
            }
        }
        Err(io::Error::other("too few descriptors in a row are free"))
    }

    /// The address of each socket in the worker, `fd:32` and so on.
    pub(super) fn addresses(&self) -> impl Iterator<Item = String> {
        self.sockets.iter().map(|socket| format!("fd:{}", socket.as_raw_fd()))
    }

    /// What a worker's environment says of them.
    pub(super) fn environment(&self) -> [(&'static str, String); 2] {
        let first = self.sockets.first().map_or(LOWEST, AsRawFd::as_raw_fd);
        [("LISTEN_FDS", self.sockets.len().to_string()), ("LISTEN_FDS_FIRST_FD", first.to_string())]
    }

    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.sockets.iter().map(OwnedFd::as_fd)
    }
}

/// The copies, or the number that one of them got out of the row.
fn copies(sockets: &[Socket], from: RawFd) -> io::Result<Result<Vec<OwnedFd>, RawFd>> {
    let mut row: Vec<OwnedFd> = Vec::with_capacity(sockets.len());
    for socket in sockets {
        let wanted = row.last().map(|last| last.as_raw_fd() + 1);
        let copy = fcntl_dupfd_cloexec(descriptor(socket)?, wanted.unwrap_or(from))?;
        let number = copy.as_raw_fd();
        if wanted.is_some_and(|wanted| wanted != number) {
            return Ok(Err(number));
        }
        row.push(copy);
    }
    Ok(Ok(row))
}

fn descriptor(socket: &Socket) -> io::Result<BorrowedFd<'_>> {
    match socket {
        Socket::Tcp(listener) => Ok(listener.as_fd()),
        Socket::Unix(listener) => Ok(listener.as_fd()),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Descriptors that survive exec for as long as this lives: while one worker is started, by the one thread that starts any.
#[derive(Debug)]
pub(super) struct Inheritable<'a>(Vec<BorrowedFd<'a>>);

impl<'a> Inheritable<'a> {
    pub(super) fn new(descriptors: impl Iterator<Item = BorrowedFd<'a>>) -> io::Result<Self> {
        let these = Self(descriptors.collect());
        for descriptor in &these.0 {
            fcntl_setfd(descriptor, FdFlags::empty())?;
        }
        Ok(these)
    }
}

impl Drop for Inheritable<'_> {
    fn drop(&mut self) {
        for descriptor in &self.0 {
            // It is open, so it cannot fail.
            let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
        }
    }
}
