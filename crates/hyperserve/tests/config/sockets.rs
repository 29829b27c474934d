//! What the kernel is told of listening sockets, seen on sockets that this process shares with the server.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use hyperserve::Config;
use hyperserve::server::BoundServer;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};

pub(crate) const COVERED: &[&str] = &[
    "tcp_backlog",
    "tcp_nodelay",
    "tcp_keepalive",
    "tcp_unsent",
    "tcp_reuse_port",
    "tcp_v6_only",
    "unix_backlog",
];

/// A server that holds its addresses and accepts nobody.
fn bound(config: Config) -> BoundServer {
    config.with("workers", 1).server().unwrap().bind().unwrap()
}

fn address(server: &BoundServer) -> SocketAddr {
    server.addresses()[0].tcp.unwrap()
}

/// A connection as the server would accept it, on a listener that was handed to it with this key set.
fn accepted(name: &str, value: &str) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config::new().with("listen", format!("fd:{}", listener.as_raw_fd())).with(name, value);
    let _server = bound(config);
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match listener.accept() {
            Ok((stream, _)) => return stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn answers_leave_at_once_or_not() {
    assert!(SockRef::from(&accepted("tcp_nodelay", "true")).tcp_nodelay().unwrap());
    assert!(!SockRef::from(&accepted("tcp_nodelay", "false")).tcp_nodelay().unwrap());
}

#[test]
fn silent_peers_are_probed_when_it_is_set() {
    let stream = accepted("tcp_keepalive", "90s");
    let socket = SockRef::from(&stream);
    assert!(socket.keepalive().unwrap());
    assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(90));
    assert!(!SockRef::from(&accepted("tcp_keepalive", "off")).keepalive().unwrap());
}

#[test]
fn the_kernel_takes_as_much_ahead_as_is_set() {
    assert_eq!(SockRef::from(&accepted("tcp_unsent", "64KiB")).tcp_notsent_lowat().unwrap(), 64 * 1024);
    let system = SockRef::from(&accepted("tcp_unsent", "off")).tcp_notsent_lowat().unwrap();
    assert!(system != 64 * 1024 && system != 128 * 1024, "{system}");
}

/// How many of eight connections are made while nobody accepts.
fn waiting(backlog: u32) -> usize {
    let server = bound(Config::new().with("listen", "127.0.0.1:0").with("tcp_backlog", backlog));
    let address = address(&server);
    let attempts: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(move || TcpStream::connect_timeout(&address, Duration::from_millis(400))))
        .collect();
    let made: Vec<_> = attempts.into_iter().filter_map(|attempt| attempt.join().unwrap().ok()).collect();
    made.len()
}

#[test]
fn the_backlog_of_tcp_bounds_who_waits() {
    assert_eq!(waiting(64), 8);
    let few = waiting(2);
    assert!((2..=4).contains(&few), "{few}");
}

#[test]
fn the_backlog_of_unix_sockets_bounds_who_waits() {
    let waiting = |backlog: u32| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let config =
            Config::new().with("listen", format!("unix:{}", path.display())).with("unix_backlog", backlog);
        let _server = bound(config);
        let client = || {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket.connect(&SockAddr::unix(&path).unwrap()).map(|()| socket)
        };
        (0..8).map_while(|_| client().ok()).collect::<Vec<_>>().len()
    };
    assert_eq!(waiting(64), 8);
    assert_eq!(waiting(2), 3);
}

#[test]
fn a_port_is_shared_only_when_it_is_set() {
    let shared = || Config::new().with("tcp_reuse_port", true);
    let first = bound(shared().with("listen", "127.0.0.1:0"));
    let again = shared().with("listen", address(&first));
    assert_eq!(address(&bound(again.clone())), address(&first));
    let alone = again.with("tcp_reuse_port", false).with("workers", 1).server().unwrap();
    assert!(alone.bind().unwrap_err().is_address_in_use());
}

#[test]
fn ipv6_takes_ipv4_unless_it_is_set() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // this machine has no IPv6
    }
    let reached = |only: bool| {
        let server = bound(Config::new().with("listen", "[::]:0").with("tcp_v6_only", only));
        TcpStream::connect(("127.0.0.1", address(&server).port())).is_ok()
    };
    assert_eq!((reached(false), reached(true)), (true, false));
}
