//! Who asks: the client behind trusted proxies, and its port where that is known.

use std::net::{IpAddr, SocketAddr};

use hyperserve_core::proxy_protocol::ProxyAddr;
use hyperserve_core::{ClientIp, ConnInfo, PeerAddr, Request, RequestContext};

use super::number::{write_ip, write_number};

/// The client of one request.
#[derive(Debug, Default)]
pub(super) struct Client {
    ip: Option<IpAddr>,
    /// Zero when a proxy hides it.
    port: u16,
    unix: bool,
    secure: bool,
    host: Option<Box<str>>,
}

impl Client {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        let Some(context) = RequestContext::of(request.extensions()) else { return Self::default() };
        let conn = context.conn();
        let mut client = Self::at_the_end_of(conn);
        if context.trusted().trusts(conn) {
            client.move_to(&ClientIp::resolve(request.headers(), conn, context.trusted()));
        }
        client
    }

    fn at_the_end_of(conn: &ConnInfo) -> Self {
        Self {
            ip: conn.remote_ip(),
            port: address(conn).map_or(0, |address| address.port()),
            unix: matches!(conn.peer(), PeerAddr::Unix(_)),
            secure: conn.is_secure(),
            host: None,
        }
    }

    fn move_to(&mut self, found: &ClientIp) {
        if self.ip != found.ip() {
            (self.ip, self.port) = (found.ip(), 0);
        }
        self.secure = found.is_secure();
        self.host = found.host().map(Box::from);
    }

    /// The scheme that the client used.
    pub(super) const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// The host that the client asked for, if a trusted proxy says so.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Whether [`write_ip`](Self::write_ip) has more than a dash to say.
    pub(super) const fn is_known(&self) -> bool {
        self.ip.is_some() || self.unix
    }

    /// Writes the address, `unix` for who comes by a Unix socket, or `-`.
    pub(super) fn write_ip(&self, out: &mut Vec<u8>) {
        match self.ip {
            Some(ip) => write_ip(out, ip),
            None => out.extend_from_slice(if self.unix { b"unix" } else { b"-" }),
        }
    }

    /// Writes the address and, if there is an address, the port.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.write_ip(out);
        if self.ip.is_some() {
            out.push(b':');
            write_number(out, u64::from(self.port));
        }
    }
}

fn address(conn: &ConnInfo) -> Option<SocketAddr> {
    match (conn.proxied().map(|header| header.source()), conn.peer()) {
        (Some(ProxyAddr::Ip(source)), _) => Some(*source),
        (_, PeerAddr::Tcp(peer)) => Some(*peer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hyperserve_core::proxy_protocol::ProxyHeader;
    use hyperserve_core::{Body, TrustedProxies};

    use super::*;

    fn client(conn: ConnInfo, forwarded: Option<&str>) -> Client {
        let trusted: TrustedProxies = "10.0.0.0/8, unix".parse().unwrap();
        let context = RequestContext::new(Arc::new(conn)).with_trusted(Arc::new(trusted));
        let mut request = Request::new(Body::empty());
        if let Some(forwarded) = forwarded {
            request.headers_mut().insert("forwarded", forwarded.parse().unwrap());
        }
        request.extensions_mut().insert(context);
        Client::of(&request)
    }

    fn written(client: &Client) -> String {
        let mut out = Vec::new();
        client.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn peer(address: &str) -> ConnInfo {
        ConnInfo::new(PeerAddr::Tcp(address.parse().unwrap()), PeerAddr::Unknown)
    }

    #[test]
    fn a_stranger_is_who_it_is() {
        let client = client(peer("[::ffff:192.0.2.1]:5000"), Some("for=6.6.6.6;proto=https;host=a.example"));
        assert_eq!(written(&client), "192.0.2.1:5000");
        assert_eq!((client.scheme(), client.host()), ("http", None));
    }

    #[test]
    fn a_trusted_proxy_names_its_client() {
        let client = client(peer("10.0.0.1:5000"), Some("for=192.0.2.1;proto=https;host=a.example"));
        assert_eq!(written(&client), "192.0.2.1:0");
        assert_eq!((client.scheme(), client.host()), ("https", Some("a.example")));
    }

    #[test]
    fn a_trusted_end_that_says_nothing_keeps_its_port() {
        assert_eq!(written(&client(peer("10.0.0.1:5000"), None)), "10.0.0.1:5000");
    }

    #[test]
    fn the_source_of_a_proxy_header_has_a_port() {
        let header = ProxyHeader::proxied("192.0.2.1:77".parse().unwrap(), "192.0.2.2:80".parse().unwrap());
        assert_eq!(written(&client(peer("10.9.9.9:5000").with_proxied(header), None)), "192.0.2.1:77");
    }

    #[test]
    fn some_clients_have_no_address() {
        let unix = ConnInfo::new(PeerAddr::Unix(None), PeerAddr::Unknown);
        assert_eq!(written(&client(unix.clone(), None)), "unix");
        assert_eq!(written(&client(unix, Some("for=192.0.2.1"))), "192.0.2.1:0");
        assert_eq!(written(&Client::of(&Request::new(Body::empty()))), "-");
    }
}
