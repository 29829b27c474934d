use super::*;

use std::net::SocketAddr;

use http::{HeaderName, HeaderValue};

use crate::proxy_protocol::ProxyHeader;
use crate::{PeerAddr, TlsInfo};

const PROXY: &str = "10.0.0.1:5000";

fn from(peer: &str) -> ConnInfo {
    ConnInfo::new(PeerAddr::Tcp(peer.parse().unwrap()), PeerAddr::Unknown)
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn resolve(lines: &[(&'static str, &str)]) -> ClientIp {
    ClientIp::resolve(&headers(lines), &from(PROXY), &"10.0.0.0/8, fd00::/8".parse().unwrap())
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn x_forwarded_for_table() {
    for (list, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("6.6.6.6,203.0.113.9 , 10.0.0.7", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9, fd00::1, 10.0.0.7", "203.0.113.9"),
        ("203.0.113.9:1234", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:80", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, ::ffff:10.0.0.7", "6.6.6.6"),
        // Only proxies: the outermost is all there is.
        ("10.0.0.9, 10.0.0.7", "10.0.0.9"),
        ("203.0.113.9,,", "203.0.113.9"),
        // Malformed: the walk ends at the proxy that wrote it.
        ("203.0.113.9, nonsense", "10.0.0.1"),
        ("203.0.113.9, nonsense, 10.0.0.7", "10.0.0.7"),
        ("203.0.113.9, unknown", "10.0.0.1"),
        ("1.2.3", "10.0.0.1"),
        ("01.2.3.4", "10.0.0.1"),
        ("1.2.3.4:", "10.0.0.1"),
        ("1.2.3.4:99999", "10.0.0.1"),
        ("[::1", "10.0.0.1"),
        ("6.6.6.6, \u{e9}", "10.0.0.1"),
        // What is not text on the left hides nothing on the right.
        ("6.6.6.6, \u{e9}, 203.0.113.9", "203.0.113.9"),
        ("", "10.0.0.1"),
        (",", "10.0.0.1"),
    ] {
        assert_eq!(resolve(&[("x-forwarded-for", list)]).ip(), ip(expected), "{list:?}");
    }
}

#[test]
fn forwarded_table() {
    for (list, expected) in [
        ("for=203.0.113.9", "203.0.113.9"),
        ("for=6.6.6.6, for=203.0.113.9;by=10.0.0.1", "203.0.113.9"),
        ("for=6.6.6.6,FOR=\"203.0.113.9:80\", for=10.0.0.7", "203.0.113.9"),
        ("for=\"[2001:db8::9]:80\", for=\"[fd00::1]\"", "2001:db8::9"),
        ("for=6.6.6.6, for=\"[::ffff:203.0.113.9]\"", "203.0.113.9"),
        ("for=6.6.6.6, for=unknown", "10.0.0.1"),
        ("for=6.6.6.6, for=_hidden, for=10.0.0.7", "10.0.0.7"),
        ("for=6.6.6.6, proto=https", "10.0.0.1"),
        ("for=6.6.6.6, for=bad;;", "10.0.0.1"),
        ("for=\", for=203.0.113.9", "203.0.113.9"),
        ("for=6.6.6.6;x=\", for=203.0.113.9;y=\"z\"", "203.0.113.9"),
        ("for=203.0.113.9;host=\"a, for=6.6.6.6\"", "203.0.113.9"),
        ("", "10.0.0.1"),
    ] {
        assert_eq!(resolve(&[("forwarded", list)]).ip(), ip(expected), "{list:?}");
    }
}

#[test]
fn header_lines_are_one_list() {
    let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9, 10.0.0.7")];
    assert_eq!(resolve(&lines).ip(), ip("203.0.113.9"));
    let lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.0.0.7")];
    assert_eq!(resolve(&lines).ip(), ip("203.0.113.9"));
    let lines = [("forwarded", "for=6.6.6.6, for=203.0.113.9"), ("forwarded", "for=10.0.0.7")];
    assert_eq!(resolve(&lines).ip(), ip("203.0.113.9"));
}

#[test]
fn strangers_are_not_believed() {
    let lines = headers(&[
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "for=6.6.6.6;proto=https;host=evil.example"),
    ]);
    for (peer, trusted) in [(PROXY, ""), ("192.0.2.1:1", "10.0.0.0/8"), (PROXY, "unix"), (PROXY, "10.0.0.2")]
    {
        let client = ClientIp::resolve(&lines, &from(peer), &trusted.parse().unwrap());
        assert_eq!(client.ip(), peer.parse::<SocketAddr>().ok().map(|addr| addr.ip()));
        assert_eq!((client.scheme(), client.host()), ("http", None));
    }
}

#[test]
fn forwarded_wins_over_the_x_kind() {
    let client = resolve(&[
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "for=203.0.113.9"),
    ]);
    assert_eq!((client.ip(), client.scheme(), client.host()), (ip("203.0.113.9"), "http", None));
}

#[test]
fn scheme_and_host_are_those_of_the_clients_own_request() {
    let client = resolve(&[(
        "forwarded",
        "for=6.6.6.6;proto=http;host=evil.example, for=203.0.113.9;proto=https;host=\"a.example:8443\", for=10.0.0.7;proto=http;host=inner",
    )]);
    assert_eq!((client.scheme(), client.host()), ("https", Some("a.example:8443")));
    assert!(client.is_secure());

    let inner_only = resolve(&[("forwarded", "for=203.0.113.9, for=10.0.0.7;proto=https;host=inner")]);
    assert_eq!((inner_only.scheme(), inner_only.host()), ("https", Some("inner")));

    let hidden = resolve(&[("forwarded", "for=_x;proto=https;host=a.example")]);
    assert_eq!((hidden.ip(), hidden.scheme(), hidden.host()), (ip("10.0.0.1"), "https", Some("a.example")));
}

#[test]
fn x_forwarded_proto_and_host_table() {
    let chain = "6.6.6.6, 203.0.113.9, 10.0.0.7";
    for (list, protos, expected) in [
        ("203.0.113.9", "https", "https"),
        ("203.0.113.9", "HTTPS", "https"),
        ("203.0.113.9", "wss", "https"),
        ("203.0.113.9", "ftp", "http"),
        ("203.0.113.9", "https, http", "http"),
        // As long as the list of addresses: the entry beside the client.
        (chain, "http, https, http", "https"),
        // Otherwise the nearest proxy's word.
        (chain, "https", "https"),
        (chain, "https, http", "http"),
        ("", "https", "https"),
    ] {
        let client = resolve(&[("x-forwarded-for", list), ("x-forwarded-proto", protos)]);
        assert_eq!(client.scheme(), expected, "{list:?} {protos:?}");
    }
    for (host, expected) in [
        ("a.example", Some("a.example")),
        ("a.example:8080", Some("a.example:8080")),
        ("[::1]:80", Some("[::1]:80")),
        ("evil.example, a.example", Some("a.example")),
        ("user@a.example", None),
        ("a b", None),
        ("a/b", None),
        ("", None),
    ] {
        let client = resolve(&[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-host", host)]);
        assert_eq!(client.host(), expected, "{host:?}");
    }
}

#[test]
fn hops_are_bounded() {
    let mut list = vec!["203.0.113.9"];
    list.extend(std::iter::repeat_n("10.0.0.7", 31));
    assert_eq!(resolve(&[("x-forwarded-for", &list.join(","))]).ip(), ip("203.0.113.9"));
    list.push("10.0.0.7");
    assert_eq!(resolve(&[("x-forwarded-for", &list.join(","))]).ip(), ip("10.0.0.7"));
}

#[test]
fn unix_sockets_are_trusted_on_request() {
    let lines = headers(&[("x-forwarded-for", "203.0.113.9")]);
    let unix = ConnInfo::new(PeerAddr::Unix(None), PeerAddr::Unix(None));
    let resolve = |trusted: TrustedProxies| ClientIp::resolve(&lines, &unix, &trusted).ip();
    assert_eq!(resolve("unix".parse().unwrap()), ip("203.0.113.9"));
    assert_eq!(resolve(TrustedProxies::nobody().with_unix(true)), ip("203.0.113.9"));
    assert_eq!(resolve("loopback, private, 0.0.0.0/0".parse().unwrap()), None);
    let unknown = ConnInfo::default();
    assert_eq!(ClientIp::resolve(&lines, &unknown, &"unix".parse().unwrap()).ip(), None);
}

#[test]
fn a_proxy_header_moves_the_beginning_of_the_walk() {
    let lines = headers(&[("x-forwarded-for", "203.0.113.9")]);
    let trusted: TrustedProxies = "10.0.0.0/8".parse().unwrap();
    let conn = |source: &str| {
        let addr = |text: &str| text.parse::<SocketAddr>().unwrap();
        from(PROXY).with_proxied(ProxyHeader::proxied(addr(source), addr("10.0.0.2:443")))
    };
    // The client of the balancer is a stranger: its header does not count, though the balancer is trusted.
    assert_eq!(ClientIp::resolve(&lines, &conn("192.0.2.1:1"), &trusted).ip(), ip("192.0.2.1"));
    assert_eq!(ClientIp::resolve(&lines, &conn("10.0.0.8:1"), &trusted).ip(), ip("203.0.113.9"));
    let local = from(PROXY).with_proxied(ProxyHeader::local());
    assert_eq!(local.remote_ip(), ip("10.0.0.1"));
}

#[test]
fn the_connection_has_a_scheme_of_its_own() {
    let nobody = TrustedProxies::nobody();
    let tls = from(PROXY).with_tls(TlsInfo::new());
    assert_eq!(ClientIp::resolve(&HeaderMap::new(), &tls, &nobody).scheme(), "https");
    let header = ProxyHeader::proxied(PROXY.parse().unwrap(), PROXY.parse().unwrap());
    let terminated = from(PROXY).with_proxied(header.clone().with_tlv(0x20, &[1, 0, 0, 0, 0]));
    assert_eq!(ClientIp::resolve(&HeaderMap::new(), &terminated, &nobody).scheme(), "https");
    let clear = from(PROXY).with_proxied(header.with_tlv(0x20, &[0, 0, 0, 0, 0]));
    assert_eq!(ClientIp::resolve(&HeaderMap::new(), &clear, &nobody).scheme(), "http");
}

#[test]
fn limiter_keys_leave_out_what_a_client_chooses() {
    let key =
        |peer| ClientIp::resolve(&HeaderMap::new(), &from(peer), &TrustedProxies::nobody()).limiter_key();
    assert_eq!(key("192.0.2.1:1"), ip("192.0.2.1"));
    assert_eq!(key("[::ffff:192.0.2.1]:1"), ip("192.0.2.1"));
    assert_eq!(key("[2001:db8:1:2:3:4:5:6]:1"), ip("2001:db8:1:2::"));
    assert_eq!(key("[2001:db8:1:2::1]:1"), ip("2001:db8:1:2::"));
}

#[test]
fn trusted_networks_table() {
    for (list, inside, outside) in [
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "2001:db8::1", "1.2.3.4"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("::1", "::1", "::2"),
        ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0"),
        ("loopback", "127.255.0.1", "128.0.0.1"),
        ("loopback", "::1", "::2"),
        ("private", "172.31.255.255", "172.32.0.0"),
        ("private", "192.168.0.1", "127.0.0.1"),
        ("private", "fd12::1", "fe80::1"),
        ("loopback private,1.2.3.4/32", "1.2.3.4", "1.2.3.5"),
    ] {
        let trusted: TrustedProxies = list.parse().unwrap();
        assert!(trusted.contains(inside.parse().unwrap()), "{list} {inside}");
        assert!(!trusted.contains(outside.parse().unwrap()), "{list} {outside}");
    }
    assert!("".parse::<TrustedProxies>().unwrap().is_empty());
    assert_eq!(TrustedProxies::default(), TrustedProxies::nobody());
}

#[test]
fn what_is_no_network_is_named() {
    for (entry, hint) in [
        ("*", "loopback"),
        ("example.com", "not an address"),
        ("10.0.0.0/33", "at most 32"),
        ("::/129", "at most 32"),
        ("10.0.0.0/", "at most 32"),
        ("10.0.0.0/+8", "at most 32"),
        ("10.0.0.0/08", "at most 32"),
        ("10.0.0.0/8/8", "at most 32"),
        ("10.1.2.3/8", "is 10.0.0.0/8"),
        ("2001:db8::1/64", "is 2001:db8::/64"),
        ("[::1]", "not an address"),
        ("Loopback", "not an address"),
    ] {
        let error = TrustedProxies::from_entries(["::1", entry]).unwrap_err();
        assert_eq!(error.entry(), entry);
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn a_forwarded_host_is_a_host() {
    let host = |value: &str| {
        resolve(&[("forwarded", &format!("for=203.0.113.9;host={value}"))]).host().map(str::to_owned)
    };
    assert_eq!(host("\"a.example:8080\""), Some("a.example:8080".to_owned()));
    // Found by the fuzzer: a list in a quoted string.
    for doubtful in ["\",a=\"", "\",a\\=\"", "\"u@a\"", "\"a/b\"", "\"a b\"", "\"a%00\""] {
        assert_eq!(host(doubtful), None, "{doubtful}");
    }
    assert_eq!(resolve(&[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-host", "a!b")]).host(), None);
}
