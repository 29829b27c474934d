//! Sockets that were open when the process started: socket activation (sd_listen_fds(3)) and `fd:N`.

use std::env;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

use super::{Socket, fault};

/// The first descriptor a service manager passes (`SD_LISTEN_FDS_START`).
const FIRST: u32 = 3;

/// The sockets passed in `LISTEN_FDS`, by number and by the names of `LISTEN_FDNAMES`.
///
/// Each can be taken once. `LISTEN_PID` must be this process, or absent (so that `systemfd --no-pid` works in
/// development). Sockets that are not taken stay open.
pub struct Inherited {
    passed: ListenFd,
    first: u32,
    names: Vec<String>,
}

impl Inherited {
    /// Reads the environment, and takes `LISTEN_FDS` and `LISTEN_PID` out of it so that child processes do not
    /// mistake our sockets for theirs: call it once, before any thread is started.
    #[must_use]
    pub fn from_env() -> Self {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        // systemfd's extension to the protocol, which listenfd reads as well.
        let first = env::var("LISTEN_FDS_FIRST_FD").ok().and_then(|first| first.parse().ok());
        Self {
            passed: ListenFd::from_env(),
            first: first.unwrap_or(FIRST),
            names: names.split(':').map(str::to_owned).collect(),
        }
    }

    /// No inherited sockets.
    #[must_use]
    pub fn none() -> Self {
        Self { passed: ListenFd::empty(), first: FIRST, names: Vec::new() }
    }

    /// How many sockets were passed, taken ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.passed.len()
    }

    /// Whether no socket was passed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the sockets of one name, or all that are left.
    ///
    /// # Errors
    ///
    /// When there is none, or one of them is no listening TCP or Unix stream socket.
    pub fn take(&mut self, name: Option<&str>) -> io::Result<Vec<Socket>> {
        let wanted = |index: &usize| name.is_none() || self.name(*index) == name;
        let indices: Vec<usize> = (0..self.len()).filter(wanted).collect();
        let mut sockets = Vec::with_capacity(indices.len());
        for index in indices {
            sockets.extend(self.take_index(index)?);
        }
        if sockets.is_empty() { Err(self.nothing(name)) } else { Ok(sockets) }
    }

    /// Takes the socket under a descriptor number.
    ///
    /// A number outside `LISTEN_FDS` is duplicated (pidfd_getfd(2), Linux 5.6); the original stays open beside it.
    ///
    /// # Errors
    ///
    /// When the number is not open, was taken before, or is no listening TCP or Unix stream socket.
    pub fn take_fd(&mut self, number: u32) -> io::Result<Socket> {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        match index.filter(|index| *index < self.len()) {
            Some(index) => {
                self.take_index(index)?.ok_or_else(|| fault(number, "this socket is in use already"))
            }
            None => duplicate(number),
        }
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }

    fn take_index(&mut self, index: usize) -> io::Result<Option<Socket>> {
        let number = self.first.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
        let tcp = self.passed.take_tcp_listener(index);
        let socket = match tcp {
            Ok(listener) => listener.map(Socket::Tcp),
            Err(_) => match self.passed.take_unix_listener(index) {
                Ok(listener) => listener.map(Socket::Unix),
                Err(_) => return Err(fault(number, WRONG_KIND)),
            },
        };
        socket.map(|socket| ready(number, socket)).transpose()
    }

    fn nothing(&self, name: Option<&str>) -> io::Error {
        let place = name.map_or_else(|| "systemd".to_owned(), |name| format!("systemd:{name}"));
        let meaning = match (self.is_empty(), name) {
            (true, _) => "no socket was passed to this process (LISTEN_FDS is not set for it)",
            (false, Some(_)) => "no socket of this name was passed (FileDescriptorName= in the socket unit)",
            (false, None) => "every socket that was passed is in use already",
        };
        fault::new(ErrorKind::NotFound, place, meaning)
    }
}

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, first, names } = self;
        f.debug_struct("Inherited")
            .field("len", &passed.len())
            .field("first", first)
            .field("names", names)
            .finish()
    }
}

const WRONG_KIND: &str = "this descriptor is no TCP or Unix stream socket";

fn fault(number: u32, meaning: impl fmt::Display) -> io::Error {
    fault::new(ErrorKind::InvalidInput, format_args!("fd:{number}"), meaning)
}

/// Refuses a connected socket (inetd's `Accept=yes`) and stops it from blocking.
fn ready(number: u32, socket: Socket) -> io::Result<Socket> {
    let prepared = match &socket {
        Socket::Tcp(listener) => socket_acceptconn(listener).map(|on| (on, listener.set_nonblocking(true))),
        Socket::Unix(listener) => socket_acceptconn(listener).map(|on| (on, listener.set_nonblocking(true))),
    };
    match prepared {
        Ok((true, Ok(()))) => Ok(socket),
        Ok((false, _)) => {
            Err(fault(number, "this socket does not listen (a service manager must pass the listener)"))
        }
        Ok((true, Err(error))) => Err(fault(number, error)),
        Err(error) => Err(fault(number, error)),
    }
}

/// A handle of our own to a descriptor that somebody else opened. The kernel copies it by number, so that no
/// descriptor that Rust code owns can be closed under its feet.
#[cfg(target_os = "linux")]
fn duplicate(number: u32) -> io::Result<Socket> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    let target = i32::try_from(number).map_err(|_| fault(number, "no such descriptor"))?;
    let copy = pidfd_open(getpid(), PidfdFlags::empty())
        .and_then(|this| pidfd_getfd(this, target, PidfdGetfdFlags::empty()))
        .map_err(|error| match error {
            rustix::io::Errno::BADF => fault(number, "no such descriptor is open"),
            rustix::io::Errno::PERM => {
                fault(number, "the sandbox forbids pidfd_getfd; pass it by LISTEN_FDS")
            }
            _ => fault(number, error),
        })?;
    ready(number, stream_socket(number, copy)?)
}

#[cfg(target_os = "linux")]
fn stream_socket(number: u32, copy: std::os::fd::OwnedFd) -> io::Result<Socket> {
    use socket2::{Domain, Type};

    let socket = socket2::Socket::from(copy);
    match (socket.domain(), socket.r#type()) {
        (Ok(Domain::IPV4 | Domain::IPV6), Ok(Type::STREAM)) => Ok(Socket::Tcp(TcpListener::from(socket))),
        (Ok(Domain::UNIX), Ok(Type::STREAM)) => {
            Ok(Socket::Unix(UnixListener::from(std::os::fd::OwnedFd::from(socket))))
        }
        _ => Err(fault(number, WRONG_KIND)),
    }
}

#[cfg(not(target_os = "linux"))]
fn duplicate(number: u32) -> io::Result<Socket> {
    Err(fault(number, "outside Linux, descriptors are passed by LISTEN_FDS"))
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsFd, AsRawFd};
    use std::process::{Command, Output};

    use rustix::io::{FdFlags, fcntl_setfd};

    use super::*;

    /// The name by which the child of the tests below finds its part.
    const PART: &str = "HYPERSERVE_TEST_INHERITED";

    fn survive_exec(fd: impl AsFd) {
        fcntl_setfd(fd, FdFlags::empty()).unwrap();
    }

    /// Runs this test program again, for `child` alone, with sockets passed to it.
    fn run_child(part: &str, first: i32, count: usize, names: &str) -> Output {
        Command::new(env::current_exe().unwrap())
            .args(["inherited::tests::child", "--test-threads=1", "--nocapture"])
            .env(PART, part)
            .env("LISTEN_FDS", count.to_string())
            .env("LISTEN_FDS_FIRST_FD", first.to_string())
            .env("LISTEN_FDNAMES", names)
            .output()
            .unwrap()
    }

    fn assert_ran(output: &Output) {
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    /// Runs only as the child of the tests below.
    #[test]
    fn child() {
        let Ok(part) = env::var(PART) else { return };
        let mut inherited = Inherited::from_env();
        assert!(env::var_os("LISTEN_FDS").is_none());
        match part.as_str() {
            "tcp" => {
                assert!(
                    inherited.take(Some("other")).unwrap_err().to_string().contains("no socket of this name")
                );
                let sockets = inherited.take(Some("web")).unwrap();
                assert!(matches!(sockets[..], [Socket::Tcp(_)]));
                let Socket::Tcp(listener) = &sockets[0] else { return };
                assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
                assert!(inherited.take(Some("web")).is_err());
                assert!(
                    inherited.take_fd(inherited.first).unwrap_err().to_string().contains("in use already")
                );
            }
            "unix" => assert!(matches!(inherited.take(None).unwrap()[..], [Socket::Unix(_)])),
            "number" => assert!(matches!(inherited.take_fd(inherited.first), Ok(Socket::Tcp(_)))),
            "connected" => {
                assert!(inherited.take(None).unwrap_err().to_string().contains("does not listen"));
            }
            _ => {
                let error = inherited.take(None).unwrap_err();
                assert!(error.to_string().contains("no TCP or Unix stream socket"), "{error}");
            }
        }
    }

    #[test]
    fn a_tcp_listener_is_taken_by_name_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        survive_exec(&listener);
        assert_ran(&run_child("tcp", listener.as_raw_fd(), 1, "web"));
        assert_ran(&run_child("number", listener.as_raw_fd(), 1, ""));
    }

    #[test]
    fn a_unix_listener_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join("app.sock")).unwrap();
        survive_exec(&listener);
        assert_ran(&run_child("unix", listener.as_raw_fd(), 1, "web"));
    }

    #[test]
    fn what_does_not_listen_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        survive_exec(&stream);
        assert_ran(&run_child("connected", stream.as_raw_fd(), 1, ""));
        let file = tempfile::tempfile().unwrap();
        survive_exec(&file);
        assert_ran(&run_child("file", file.as_raw_fd(), 1, ""));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn any_open_listener_is_taken_by_number() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let number = listener.as_raw_fd().unsigned_abs();
        let Socket::Tcp(copy) = Inherited::none().take_fd(number).unwrap() else {
            panic!("a TCP listener is wanted");
        };
        assert_eq!(copy.local_addr().unwrap(), listener.local_addr().unwrap());
        let file = tempfile::tempfile().unwrap();
        let error = Inherited::none().take_fd(file.as_raw_fd().unsigned_abs()).unwrap_err();
        assert!(error.to_string().contains("no TCP or Unix stream socket"), "{error}");
        let error = Inherited::none().take_fd(987_654).unwrap_err();
        assert!(error.to_string().contains("no such descriptor is open"), "{error}");
    }
}
