//! Socket errors as one sentence: the address, the fault, the way out. The [`io::ErrorKind`] is kept, save
//! for `EAFNOSUPPORT`, which std gives no stable kind: it becomes `Unsupported`.

use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;

use rustix::io::Errno;

/// First port that needs no privilege, unless `net.ipv4.ip_unprivileged_port_start` says otherwise.
const FIRST_FREE_PORT: u16 = 1024;

/// Says what `error` means for a TCP listener on `address`.
pub(super) fn tcp(address: SocketAddr, error: &io::Error) -> io::Error {
    match error.kind() {
        _ if error.raw_os_error() == Some(Errno::AFNOSUPPORT.raw_os_error()) => {
            new(ErrorKind::Unsupported, address, "this machine has no support for this address family")
        }
        ErrorKind::AddrInUse => {
            at(address, error, "address in use: stop the process that listens there or choose another port")
        }
        ErrorKind::PermissionDenied if address.port() < FIRST_FREE_PORT => {
            at(address, error, "permission denied: a port below 1024 needs root or CAP_NET_BIND_SERVICE")
        }
        ErrorKind::AddrNotAvailable => {
            at(address, error, "address not available: no interface of this machine has it")
        }
        _ => at(address, error, error),
    }
}

/// Says what `error` means for a Unix socket at `path`.
pub(super) fn unix(path: &Path, error: &io::Error) -> io::Error {
    let name = format_args!("unix:{}", path.display()).to_string();
    match error.kind() {
        ErrorKind::NotFound => at(name, error, "no such directory: create it or choose another path"),
        ErrorKind::PermissionDenied => {
            at(name, error, "permission denied: this user may not write to the directory")
        }
        ErrorKind::AddrInUse => {
            at(name, error, "address in use: stop the process that listens there or choose another path")
        }
        ErrorKind::InvalidInput => at(name, error, "path too long for a Unix socket: at most 107 bytes"),
        _ => at(name, error, error),
    }
}

/// A fault of our own making, in the same form.
pub(super) fn new(kind: ErrorKind, place: impl Display, meaning: impl Display) -> io::Error {
    io::Error::new(kind, format!("{place}: {meaning}"))
}

fn at(place: impl Display, error: &io::Error, meaning: impl Display) -> io::Error {
    new(error.kind(), place, meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_port_is_told_apart_from_other_refusals() {
        let refused = io::Error::from(ErrorKind::PermissionDenied);
        let low = tcp("127.0.0.1:80".parse().unwrap(), &refused);
        assert!(low.to_string().starts_with("127.0.0.1:80: permission denied: a port below 1024"), "{low}");
        let high = tcp("127.0.0.1:8080".parse().unwrap(), &refused);
        assert_eq!(high.to_string(), "127.0.0.1:8080: permission denied");
        assert_eq!(high.kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_foreign_address_is_named() {
        let error = tcp("192.0.2.1:80".parse().unwrap(), &io::Error::from(ErrorKind::AddrNotAvailable));
        assert!(error.to_string().contains("no interface of this machine"), "{error}");
    }
}
