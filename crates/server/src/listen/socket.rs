//! A listening socket of either kind.

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixListener;

/// A listening, non-blocking socket, ready for a runtime's `from_std`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Socket {
    /// A TCP listener.
    Tcp(TcpListener),
    /// A Unix stream listener.
    Unix(UnixListener),
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener) => listener.as_fd(),
        }
    }
}

impl Socket {
    /// A second handle to the same accept queue.
    ///
    /// # Errors
    ///
    /// When the process has no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => listener.try_clone().map(Self::Tcp),
            Self::Unix(listener) => listener.try_clone().map(Self::Unix),
        }
    }
}

/// The address it is bound to: `127.0.0.1:8080`, `unix:/run/app.sock`, `unix:@app`.
impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => address.fmt(f),
                Err(_) => f.write_str("tcp"),
            },
            Self::Unix(listener) => unix_name(listener, f),
        }
    }
}

fn unix_name(listener: &UnixListener, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Ok(address) = listener.local_addr() else {
        return f.write_str("unix");
    };
    if let Some(path) = address.as_pathname() {
        return write!(f, "unix:{}", path.display());
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(name) = abstract_name(&address) {
        return write!(f, "unix:@{}", name.escape_ascii());
    }
    f.write_str("unix")
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn abstract_name(address: &std::os::unix::net::SocketAddr) -> Option<&[u8]> {
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;

    address.as_abstract_name()
}
