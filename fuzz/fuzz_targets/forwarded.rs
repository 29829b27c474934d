//! The walk over forwarded hops: no header panics, strangers are never believed, and a client cannot change what
//! trusted proxies append to its headers.

#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use hyperserve_core::{ClientIp, ConnInfo, PeerAddr, TrustedProxies};
use libfuzzer_sys::fuzz_target;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

static TRUSTED: LazyLock<TrustedProxies> =
    LazyLock::new(|| "10.0.0.0/8, fd00::/8".parse().expect("a valid list"));

fn conn(peer: [u8; 4]) -> ConnInfo {
    ConnInfo::new(PeerAddr::Tcp((peer, 4000).into()), PeerAddr::Unknown)
}

/// One header a line; the first byte of a line says which.
fn headers(input: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').take(8) {
        let Some((kind, value)) = line.split_first() else { continue };
        let name = [http::header::FORWARDED, FOR, PROTO, HOST][usize::from(kind % 4)].clone();
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    headers
}

/// Whether a line as text names this address, in any of its spellings.
fn named(headers: &HeaderMap, ip: IpAddr) -> bool {
    let breaks = |c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':');
    let parses = |text: &str| text.parse::<IpAddr>().is_ok_and(|parsed| parsed.to_canonical() == ip);
    headers.values().any(|value| {
        // A backslash may stand before any character of a quoted string.
        let text: String = String::from_utf8_lossy(value.as_bytes()).replace('\\', "");
        text.split(breaks).any(|word| parses(word) || word.rsplit_once(':').is_some_and(|(ip, _)| parses(ip)))
    })
}

fn check(headers: &HeaderMap) {
    let stranger = ClientIp::resolve(headers, &conn([192, 0, 2, 1]), &TRUSTED);
    assert_eq!(stranger.ip(), Some([192, 0, 2, 1].into()));
    assert_eq!((stranger.scheme(), stranger.host()), ("http", None));
    let trusting_nobody = ClientIp::resolve(headers, &conn([10, 0, 0, 1]), &TrustedProxies::nobody());
    assert_eq!(trusting_nobody.ip(), Some([10, 0, 0, 1].into()));

    let proxied = ClientIp::resolve(headers, &conn([10, 0, 0, 1]), &TRUSTED);
    let ip = proxied.ip().expect("the walk begins at an address");
    assert!(ip == IpAddr::from([10, 0, 0, 1]) || named(headers, ip), "{ip} is nowhere in {headers:?}");
    assert_eq!(ip, ip.to_canonical());
    if let Some(host) = proxied.host() {
        assert!(
            host.is_ascii()
                && !host.is_empty()
                && !host.contains(['@', '/', ' ', ',', '\r', '\n', '"', '\\']),
            "{host:?}"
        );
    }
    if let Some(IpAddr::V6(key)) = proxied.limiter_key() {
        assert_eq!(key.segments()[4..], [0; 4]);
    }
}

/// A trusted proxy appends to what the client sent, in the same line and in one of its own.
fn appended(input: &[u8], name: &HeaderName, element: &str, host: Option<&str>) {
    let mut client = input.to_vec();
    client.retain(|byte| *byte != b'\n');
    let same_line = [&client[..], b", ", element.as_bytes()].concat();
    let lines = [vec![same_line], vec![client, element.as_bytes().to_vec()]];
    for lines in lines {
        let mut headers = HeaderMap::new();
        for line in &lines {
            let Ok(value) = HeaderValue::from_bytes(line) else { return };
            headers.append(name, value);
        }
        let found = ClientIp::resolve(&headers, &conn([10, 0, 0, 1]), &TRUSTED);
        assert_eq!(found.ip(), Some([203, 0, 113, 9].into()), "{headers:?}");
        assert_eq!(found.host(), host, "{headers:?}");
    }
}

fuzz_target!(|input: &[u8]| {
    check(&headers(input));
    appended(input, &FOR, "203.0.113.9", None);
    appended(input, &http::header::FORWARDED, "for=203.0.113.9;host=a.example", Some("a.example"));
    appended(
        input,
        &http::header::FORWARDED,
        r#"for="203.0.113.9:1";x="\"\\,;";host="b.example""#,
        Some("b.example"),
    );
});
