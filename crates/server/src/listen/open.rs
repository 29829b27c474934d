//! From a [`Bind`] address to listening sockets, one for every worker.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use super::unix::{SocketFile, UnixOptions, UnixSocket, bind_abstract, bind_unix};
use super::{Bind, Inherited, Socket, TcpOptions, bind_tcp_group, fault};

/// How [`Bind::open`] opens sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListenOptions {
    tcp: TcpOptions,
    unix: UnixOptions,
    workers: usize,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { tcp: TcpOptions::new(), unix: UnixOptions::new(), workers: 1 }
    }
}

impl ListenOptions {
    /// Default options for both kinds of socket, one worker.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the options of TCP listeners.
    #[must_use]
    pub fn with_tcp(mut self, tcp: TcpOptions) -> Self {
        self.tcp = tcp;
        self
    }

    /// Sets the options of Unix listeners.
    #[must_use]
    pub fn with_unix(mut self, unix: UnixOptions) -> Self {
        self.unix = unix;
        self
    }

    /// Sets how many sockets each address gets, at least one.
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }
}

/// One address that is being listened on.
#[derive(Debug)]
pub struct Bound {
    sockets: Vec<Socket>,
    file: Option<SocketFile>,
}

impl Bound {
    /// One socket for every worker, never empty.
    ///
    /// TCP sockets that we opened have an accept queue each (`SO_REUSEPORT`); Unix and inherited ones share one.
    #[must_use]
    pub fn sockets(&self) -> &[Socket] {
        &self.sockets
    }

    /// The sockets, and the guard of the Unix socket's file: keep it until the server ends.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Socket>, Option<SocketFile>) {
        (self.sockets, self.file)
    }

    /// The TCP address, with the port that the system picked for port 0.
    #[must_use]
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        match self.sockets.first() {
            Some(Socket::Tcp(listener)) => listener.local_addr().ok(),
            _ => None,
        }
    }

    fn tcp(address: SocketAddr, options: &ListenOptions) -> io::Result<Self> {
        let group = bind_tcp_group(address, &options.tcp, options.workers)?;
        Ok(Self { sockets: group.into_iter().map(Socket::Tcp).collect(), file: None })
    }

    fn unix(socket: UnixSocket, options: &ListenOptions) -> io::Result<Self> {
        let (listener, file) = socket.into_parts();
        Self::shared(Socket::Unix(listener), file, options)
    }

    fn inherited(socket: Socket, options: &ListenOptions) -> io::Result<Self> {
        if let Socket::Tcp(listener) = &socket {
            options.tcp.adopt(listener)?;
        }
        Self::shared(socket, None, options)
    }

    fn shared(socket: Socket, file: Option<SocketFile>, options: &ListenOptions) -> io::Result<Self> {
        let clones = (1..options.workers).map(|_| socket.try_clone());
        let mut sockets = clones.collect::<io::Result<Vec<_>>>()?;
        sockets.push(socket);
        Ok(Self { sockets, file })
    }
}

impl Bind {
    /// Opens this address. A name may resolve to several, and a service manager may pass several sockets under one
    /// name; the answer is never empty.
    ///
    /// Resolving a name and asking after a stale Unix socket block the thread.
    ///
    /// # Errors
    ///
    /// One sentence with the address and what to do.
    pub fn open(&self, options: &ListenOptions, inherited: &mut Inherited) -> io::Result<Vec<Bound>> {
        match self {
            Self::Any(port) => open_any(*port, options).map(|bound| vec![bound]),
            Self::Tcp(address) => Bound::tcp(*address, options).map(|bound| vec![bound]),
            Self::Host { name, port } => open_all(resolve(name, *port)?, options),
            Self::Unix(path) => one_unix(bind_unix(path, &options.unix)?, options),
            Self::Abstract(name) => one_unix(bind_abstract(name, &options.unix)?, options),
            Self::Fd(number) => adopt(vec![inherited.take_fd(*number)?], options),
            Self::Systemd(name) => adopt(inherited.take(name.as_deref())?, options),
        }
    }
}

fn one_unix(socket: UnixSocket, options: &ListenOptions) -> io::Result<Vec<Bound>> {
    Bound::unix(socket, options).map(|bound| vec![bound])
}

fn adopt(sockets: Vec<Socket>, options: &ListenOptions) -> io::Result<Vec<Bound>> {
    sockets.into_iter().map(|socket| Bound::inherited(socket, options)).collect()
}

/// Every interface: one IPv6 socket takes both families, an IPv4 one serves a machine without IPv6.
fn open_any(port: u16, options: &ListenOptions) -> io::Result<Bound> {
    let both = ListenOptions { tcp: options.tcp.clone().with_v6_only(false), ..options.clone() };
    match Bound::tcp((Ipv6Addr::UNSPECIFIED, port).into(), &both) {
        Err(error) if lacks_family(&error) => Bound::tcp((Ipv4Addr::UNSPECIFIED, port).into(), options),
        opened => opened,
    }
}

/// Every address of a name. One that this machine lacks (`::1` without IPv6) is passed over if another opens.
fn open_all(addresses: Vec<SocketAddr>, options: &ListenOptions) -> io::Result<Vec<Bound>> {
    let mut opened: Vec<Bound> = Vec::new();
    let mut missing = None;
    for mut address in addresses {
        if let Some(first) = opened.first().and_then(Bound::tcp_address) {
            address.set_port(first.port()); // port 0: the others take the port the first was given
        }
        match Bound::tcp(address, options) {
            Ok(bound) => opened.push(bound),
            Err(error) if lacks_family(&error) => missing = Some(error),
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(error) if opened.is_empty() => Err(error),
        _ => Ok(opened),
    }
}

fn resolve(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let place = format_args!("{name}:{port}").to_string();
    let found = (name, port).to_socket_addrs().map_err(|error| {
        fault::new(error.kind(), &place, format_args!("the name does not resolve: {error}"))
    })?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(fault::new(ErrorKind::NotFound, place, "the name resolves to no address"));
    }
    Ok(addresses)
}

/// Whether this machine cannot have the address at all, as `::1` where IPv6 is off.
fn lacks_family(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn open(text: &str, workers: usize) -> io::Result<Vec<Bound>> {
        let options = ListenOptions::new().with_workers(workers);
        text.parse::<Bind>().unwrap().open(&options, &mut Inherited::none())
    }

    #[test]
    fn a_name_is_reachable_under_every_worker() {
        let bound = open("localhost:0", 2).unwrap();
        assert!(bound.iter().all(|bound| bound.sockets().len() == 2));
        let port = bound[0].tcp_address().unwrap().port();
        assert!(TcpStream::connect(("localhost", port)).is_ok());
    }

    #[test]
    fn every_address_of_a_name_gets_one_port() {
        let addresses = vec!["127.0.0.1:0".parse().unwrap(), "127.0.0.2:0".parse().unwrap()];
        let bound = open_all(addresses, &ListenOptions::new()).unwrap();
        let ports: Vec<_> = bound.iter().map(|bound| bound.tcp_address().unwrap().port()).collect();
        assert!(matches!(ports[..], [first, second] if first == second), "{ports:?}");
    }

    #[test]
    fn an_address_the_machine_lacks_is_passed_over_unless_it_is_the_only_one() {
        let (here, lacking) = ("127.0.0.1:0".parse().unwrap(), "192.0.2.1:0".parse().unwrap());
        assert_eq!(open_all(vec![lacking, here], &ListenOptions::new()).unwrap().len(), 1);
        let error = open_all(vec![lacking], &ListenOptions::new()).unwrap_err();
        assert!(error.to_string().starts_with("192.0.2.1:0: address not available"), "{error}");
    }

    #[test]
    fn an_unknown_name_is_explained() {
        let error = open("no-such-host.invalid:80", 1).unwrap_err();
        assert!(
            error.to_string().starts_with("no-such-host.invalid:80: the name does not resolve"),
            "{error}"
        );
    }

    #[test]
    fn any_is_reachable_over_v4() {
        let bound = open(":0", 2).unwrap();
        let port = bound[0].tcp_address().unwrap().port();
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    #[test]
    fn a_unix_socket_is_shared_by_the_workers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.sock");
        let text = format!("unix:{}", path.display());
        let bound = open(&text, 3).unwrap().pop().unwrap();
        assert_eq!(bound.sockets().len(), 3);
        assert_eq!(bound.sockets()[2].to_string(), text);
        assert_eq!(bound.tcp_address(), None);
        let (sockets, file) = bound.into_parts();
        assert!(UnixStream::connect(&path).is_ok());
        drop(sockets);
        assert!(path.exists());
        drop(file);
        assert!(!path.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_abstract_socket_is_named_with_its_at() {
        let text = format!("unix:@hyperserve-open-{}", std::process::id());
        assert_eq!(open(&text, 1).unwrap()[0].sockets()[0].to_string(), text);
    }

    #[test]
    fn what_was_not_inherited_is_an_error() {
        let error = open("systemd:web", 1).unwrap_err();
        assert!(error.to_string().contains("LISTEN_FDS"), "{error}");
        let error = open("fd:987654", 1).unwrap_err();
        assert!(error.to_string().starts_with("fd:987654: "), "{error}");
    }
}
