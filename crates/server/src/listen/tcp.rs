//! TCP listeners and their socket options.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

use super::fault;

/// Options of a TCP listener.
///
/// | option | default | why |
/// |---|---|---|
/// | backlog | 4096 | bursts of new connections wait in the kernel (which caps it at `net.core.somaxconn`) |
/// | nodelay | on | an answer leaves at once; Nagle's algorithm and delayed ACKs add up to 40 ms |
/// | keepalive | 60 s | finds dead peers of WebSockets and event streams, which no HTTP timeout ends |
/// | unsent | 128 KiB | a slow reader holds that much of the kernel's memory and not megabytes, and its progress shows |
/// | `reuse_port` | off | on, another process of the same user can listen on the same port unnoticed |
/// | `v6_only` | off | `[::]` takes IPv4 too |
///
/// On Linux an accepted connection inherits nodelay, keepalive and unsent from its listener, so no call is spent on them
/// for each connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpOptions {
    backlog: u32,
    nodelay: bool,
    keepalive: Option<Duration>,
    unsent: Option<u32>,
    reuse_port: bool,
    v6_only: bool,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            backlog: 4096,
            nodelay: true,
            keepalive: Some(Duration::from_secs(60)),
            unsent: Some(128 * 1024),
            reuse_port: false,
            v6_only: false,
        }
    }
}

impl TcpOptions {
    /// The defaults in the table above.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many established connections may wait to be accepted.
    #[must_use]
    pub fn with_backlog(mut self, connections: u32) -> Self {
        self.backlog = connections;
        self
    }

    /// Sets `TCP_NODELAY`.
    #[must_use]
    pub fn with_nodelay(mut self, on: bool) -> Self {
        self.nodelay = on;
        self
    }

    /// Sets after how long a silence the kernel probes the peer, and how long it waits between probes; `None` is
    /// never. Whole seconds, at least one.
    #[must_use]
    pub fn with_keepalive(mut self, idle: Option<Duration>) -> Self {
        self.keepalive = idle;
        self
    }

    /// Sets how many bytes of a connection the kernel takes ahead of what the peer has room for
    /// (`TCP_NOTSENT_LOWAT`); `None` is the system's, megabytes.
    #[must_use]
    pub fn with_unsent(mut self, bytes: Option<u32>) -> Self {
        self.unsent = bytes;
        self
    }

    /// Sets whether other processes of this user may listen on the same address (`SO_REUSEPORT`), as a restart
    /// without a gap wants.
    #[must_use]
    pub fn with_reuse_port(mut self, on: bool) -> Self {
        self.reuse_port = on;
        self
    }

    /// Sets whether an IPv6 listener refuses IPv4 (`IPV6_V6ONLY`).
    #[must_use]
    pub fn with_v6_only(mut self, on: bool) -> Self {
        self.v6_only = on;
        self
    }

    /// Sets what an accepted connection inherits, on a listener that another process opened.
    pub(super) fn adopt(&self, listener: &TcpListener) -> io::Result<()> {
        self.set_inherited(&socket2::SockRef::from(listener))
    }

    fn set_inherited(&self, socket: &Socket) -> io::Result<()> {
        socket.set_tcp_nodelay(self.nodelay)?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Some(bytes) = self.unsent {
            socket.set_tcp_notsent_lowat(bytes)?;
        }
        let Some(idle) = self.keepalive else {
            return socket.set_keepalive(false);
        };
        let idle = idle.max(Duration::from_secs(1));
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(idle).with_interval(idle))
    }
}

/// Opens one listener on `address`.
///
/// # Errors
///
/// One sentence with the address, such as `127.0.0.1:80: permission denied: …`; the kind is the system's.
pub fn bind_tcp(address: SocketAddr, options: &TcpOptions) -> io::Result<TcpListener> {
    open(address, options, options.reuse_port).map_err(|error| fault::tcp(address, &error))
}

/// Opens `count` listeners (at least one) on `address`, one a worker: the kernel spreads new connections over them.
///
/// They share the port by `SO_REUSEPORT`. Unless [`TcpOptions::with_reuse_port`] allows it, a port on which another
/// process listens already is refused: `SO_REUSEPORT` alone would let the two share it without a word.
/// If the port is 0, all listeners get the one free port that the first was given.
///
/// # Errors
///
/// As [`bind_tcp`].
pub fn bind_tcp_group(
    address: SocketAddr,
    options: &TcpOptions,
    count: usize,
) -> io::Result<Vec<TcpListener>> {
    open_group(address, options, count).map_err(|error| fault::tcp(address, &error))
}

fn open_group(address: SocketAddr, options: &TcpOptions, count: usize) -> io::Result<Vec<TcpListener>> {
    if count > 1 && !options.reuse_port {
        claim(address, options)?;
    }
    let first = open(address, options, options.reuse_port || count > 1)?;
    let address = first.local_addr()?;
    let mut group = vec![first];
    for _ in 1..count {
        group.push(open(address, options, true)?);
    }
    Ok(group)
}

/// Binds without `SO_REUSEPORT` and lets go: fails if anybody listens there.
fn claim(address: SocketAddr, options: &TcpOptions) -> io::Result<()> {
    bound(address, options, false).map(drop)
}

fn open(address: SocketAddr, options: &TcpOptions, reuse_port: bool) -> io::Result<TcpListener> {
    let socket = bound(address, options, reuse_port)?;
    options.set_inherited(&socket)?;
    socket.listen(i32::try_from(options.backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn bound(address: SocketAddr, options: &TcpOptions, reuse_port: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of an earlier run in TIME_WAIT must not hold up a restart.
    socket.set_reuse_address(true)?;
    if reuse_port {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(options.v6_only)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpStream;

    use rustix::fs::{OFlags, fcntl_getfl};
    use rustix::io::{FdFlags, fcntl_getfd};
    use socket2::SockRef;

    use super::*;

    fn loopback() -> SocketAddr {
        "127.0.0.1:0".parse().unwrap()
    }

    #[test]
    fn a_connection_inherits_nodelay_and_keepalive() {
        let listener = bind_tcp(loopback(), &TcpOptions::new()).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        listener.set_nonblocking(false).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let accepted = SockRef::from(&accepted);
        assert!(accepted.tcp_nodelay().unwrap());
        assert!(accepted.keepalive().unwrap());
        #[cfg(target_os = "linux")]
        assert_eq!(accepted.tcp_notsent_lowat().unwrap(), 128 * 1024);
        assert_eq!(accepted.tcp_keepalive_time().unwrap(), Duration::from_secs(60));
    }

    #[test]
    fn every_option_can_be_turned_off() {
        let options = TcpOptions::new().with_nodelay(false).with_keepalive(None).with_backlog(0);
        let listener = bind_tcp(loopback(), &options).unwrap();
        let socket = SockRef::from(&listener);
        assert!(!socket.tcp_nodelay().unwrap());
        assert!(!socket.keepalive().unwrap());
    }

    #[test]
    fn a_listener_neither_blocks_nor_survives_exec() {
        let listener = bind_tcp(loopback(), &TcpOptions::new()).unwrap();
        assert!(fcntl_getfl(&listener).unwrap().contains(OFlags::NONBLOCK));
        assert!(fcntl_getfd(&listener).unwrap().contains(FdFlags::CLOEXEC));
        assert!(!SockRef::from(&listener).reuse_port().unwrap());
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = bind_tcp(loopback(), &TcpOptions::new()).unwrap();
        let address = taken.local_addr().unwrap();
        let error = bind_tcp(address, &TcpOptions::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&format!("{address}: address in use: stop")), "{error}");
    }

    #[test]
    fn a_group_shares_one_port_and_every_member_accepts() {
        let group = bind_tcp_group(loopback(), &TcpOptions::new(), 3).unwrap();
        let address = group[0].local_addr().unwrap();
        assert!(group.iter().all(|member| member.local_addr().unwrap() == address));
        let clients: Vec<_> = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect();
        let mut accepted = [0; 3];
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        while accepted.iter().sum::<usize>() < clients.len() && std::time::Instant::now() < deadline {
            for (count, member) in accepted.iter_mut().zip(&group) {
                *count += usize::from(member.accept().is_ok());
            }
        }
        assert_eq!(accepted.iter().sum::<usize>(), clients.len());
        assert!(accepted.iter().all(|&count| count > 0), "{accepted:?}");
    }

    #[test]
    fn a_group_does_not_join_another_servers_port_unasked() {
        let theirs = bind_tcp_group(loopback(), &TcpOptions::new(), 2).unwrap();
        let address = theirs[0].local_addr().unwrap();
        let error = bind_tcp_group(address, &TcpOptions::new(), 2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let shared = TcpOptions::new().with_reuse_port(true);
        assert_eq!(bind_tcp_group(address, &shared, 2).unwrap().len(), 2);
        assert!(bind_tcp(address, &shared).is_ok());
    }

    #[test]
    fn v6_takes_v4_unless_told() {
        let any: SocketAddr = "[::]:0".parse().unwrap();
        let Ok(dual) = bind_tcp(any, &TcpOptions::new()) else {
            return; // this machine has no IPv6
        };
        assert!(TcpStream::connect(("127.0.0.1", dual.local_addr().unwrap().port())).is_ok());
        let single = bind_tcp(any, &TcpOptions::new().with_v6_only(true)).unwrap();
        assert!(TcpStream::connect(("127.0.0.1", single.local_addr().unwrap().port())).is_err());
    }
}
