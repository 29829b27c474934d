use super::*;

use std::net::SocketAddr;

fn complete(bytes: &[u8]) -> ProxyHeader {
    match parse(bytes).unwrap() {
        Parsed::Complete { header, len } => {
            assert_eq!(len, bytes.len());
            header
        }
        Parsed::Incomplete(needed) => panic!("needs {needed}"),
    }
}

fn addr(text: &str) -> ProxyAddr {
    ProxyAddr::Ip(text.parse::<SocketAddr>().unwrap())
}

/// A version 2 header with the length of what follows filled in.
fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let len = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [v2::SIGNATURE, &[command, family], &len, rest].concat()
}

const INET: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb];

#[test]
fn version_1_examples() {
    let header = complete(b"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n");
    assert_eq!(header.source(), &addr("255.255.255.255:65535"));
    let header = complete(b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
    assert_eq!(
        (header.source(), header.destination()),
        (&addr("192.168.0.1:56324"), &addr("192.168.0.11:443"))
    );
    assert_eq!((header.version(), header.command()), (ProxyVersion::V1, ProxyCommand::Proxy));
    assert_eq!(header.transport(), ProxyTransport::Stream);
    let longest = "ffff:f...f:ffff".replace("f...f", "ffff:ffff:ffff:ffff:ffff:ffff");
    let header = complete(format!("PROXY TCP6 {longest} {longest} 65535 0\r\n").as_bytes());
    assert_eq!(header.destination(), &addr(&format!("[{longest}]:0")));
    for unknown in ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN what ever\r\n"] {
        let header = complete(unknown.as_bytes());
        assert_eq!((header.source(), header.source_ip()), (&ProxyAddr::Unspecified, None));
    }
    let worst = format!("PROXY UNKNOWN {longest} {longest} 65535 65535\r\n");
    assert_eq!(worst.len(), 107);
    complete(worst.as_bytes());
    complete(b"PROXY UNKNOWN \xff\r\n");
}

#[test]
fn version_1_refused() {
    for line in [
        "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
        "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8  2\r\n",
        "PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP6 [::1] ::1 1 2\r\n",
        "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        "PROXY TCP4\r\n",
        "PROXY \r\n",
        "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY tcp4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rX\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\0\r\n",
    ] {
        let error = parse(line.as_bytes()).unwrap_err();
        assert!(!error.is_not_proxy() && !error.is_too_long(), "{line:?} {error}");
    }
    for line in
        ["GET / HTTP/1.1\r\n", "proxy TCP4", "PROXY\r\n", "PROXYTCP", "\r\n\r\n\0\r\nQUIX", "\x16\x03\x01"]
    {
        assert!(parse(line.as_bytes()).unwrap_err().is_not_proxy(), "{line:?}");
    }
    let endless = [b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 200]].concat();
    assert!(parse(&endless).unwrap_err().is_too_long());
    let too_long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    assert_eq!(too_long.len(), 108);
    assert!(parse(too_long.as_bytes()).unwrap_err().is_too_long());
}

#[test]
fn every_prefix_asks_for_more_and_not_for_too_much() {
    let headers: [&[u8]; 4] = [
        b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
        b"PROXY UNKNOWN\r\n",
        &v2(0x21, 0x11, &INET),
        &v2(0x20, 0x00, &[]),
    ];
    for bytes in headers {
        for len in 0..bytes.len() {
            match parse(&bytes[..len]) {
                Ok(Parsed::Incomplete(needed)) => assert!(len < needed && needed <= bytes.len().max(16)),
                other => panic!("{other:?} at {len}"),
            }
        }
        let Parsed::Complete { len, .. } = parse(&[bytes, b"GET / "].concat()).unwrap() else { panic!() };
        assert_eq!(len, bytes.len());
    }
}

#[test]
fn version_2_families() {
    let header = complete(&v2(0x21, 0x11, &INET));
    assert_eq!(
        (header.source(), header.destination()),
        (&addr("192.0.2.1:56324"), &addr("198.51.100.1:443"))
    );
    assert_eq!((header.version(), header.transport()), (ProxyVersion::V2, ProxyTransport::Stream));
    assert_eq!(complete(&v2(0x21, 0x12, &INET)).transport(), ProxyTransport::Datagram);

    let mut inet6 = [0; 36];
    (inet6[15], inet6[31], inet6[33], inet6[35]) = (1, 2, 80, 90);
    let header = complete(&v2(0x21, 0x21, &inet6));
    assert_eq!((header.source(), header.destination()), (&addr("[::1]:80"), &addr("[::2]:90")));
    assert_eq!(complete(&v2(0x21, 0x22, &inet6)).transport(), ProxyTransport::Datagram);

    let mut unix = [0; 216];
    unix[..6].copy_from_slice(b"/run/a");
    unix[108..113].copy_from_slice(b"\0name");
    let header = complete(&v2(0x21, 0x31, &unix));
    assert_eq!(header.source(), &ProxyAddr::Unix("/run/a".into()));
    assert_eq!(header.destination(), &ProxyAddr::Unix("\0name".into()));
    assert_eq!(header.source_ip(), None);
    assert_eq!(complete(&v2(0x21, 0x32, &unix)).transport(), ProxyTransport::Datagram);
}

#[test]
fn version_2_without_addresses() {
    // LOCAL skips everything, even what would be refused otherwise.
    let local = complete(&v2(0x20, 0xff, &[1, 2, 3]));
    assert_eq!((local.command(), local.source_ip()), (ProxyCommand::Local, None));
    let unspecified = complete(&v2(0x21, 0x00, &[9; 20]));
    assert_eq!((unspecified.command(), unspecified.source()), (ProxyCommand::Proxy, &ProxyAddr::Unspecified));
    assert_eq!(unspecified.tlvs().count(), 0);
}

#[test]
fn version_2_refused() {
    for bytes in [
        v2(0x11, 0x11, &INET),
        v2(0x31, 0x11, &INET),
        v2(0x22, 0x11, &INET),
        v2(0x2f, 0x11, &INET),
        v2(0x21, 0x10, &INET),
        v2(0x21, 0x13, &INET),
        v2(0x21, 0x01, &INET),
        v2(0x21, 0x41, &INET),
        v2(0x21, 0x11, &INET[..11]),
        v2(0x21, 0x21, &[0; 35]),
        v2(0x21, 0x31, &[0; 215]),
        // TLVs that run past the end.
        v2(0x21, 0x11, &[&INET[..], &[1]].concat()),
        v2(0x21, 0x11, &[&INET[..], &[1, 0]].concat()),
        v2(0x21, 0x11, &[&INET[..], &[1, 0, 1]].concat()),
        v2(0x21, 0x11, &[&INET[..], &[1, 0xff, 0xff, 0]].concat()),
        // A checksum of three bytes; TLS facts of four, and with a nested value that is cut off.
        v2(0x21, 0x11, &[&INET[..], &[3, 0, 3, 0, 0, 0]].concat()),
        v2(0x21, 0x11, &[&INET[..], &[0x20, 0, 4, 1, 0, 0, 0]].concat()),
        v2(0x21, 0x11, &[&INET[..], &[0x20, 0, 8, 1, 0, 0, 0, 0, 0x21, 0, 1]].concat()),
        v2(0x21, 0x11, &[&INET[..], &[5, 0, 129], &[7; 129]].concat()),
    ] {
        let error = parse(&bytes).unwrap_err();
        assert!(!error.is_not_proxy() && !error.is_too_long() && !error.is_checksum(), "{bytes:?}: {error}");
    }
    let announced = [v2::SIGNATURE, &[0x21, 0x11, 0xff, 0xff]].concat();
    assert!(parse(&announced).unwrap_err().is_too_long());
}

#[test]
fn version_2_values() {
    let nested = [&[0x21, 0, 7][..], b"TLSv1.3", &[0x22, 0, 2], b"me", &[0x23, 0, 1], b"c"].concat();
    let header = ProxyHeader::proxied("192.0.2.1:1".parse().unwrap(), "[::1]:2".parse().unwrap())
        .with_tlv(0x04, &[0; 5])
        .with_tlv(0x01, b"h2")
        .with_tlv(0x02, b"a.example")
        .with_tlv(0x05, &[7; 128])
        .with_tlv(0x30, b"ns1")
        .with_tlv(0x20, &[&[7, 0, 0, 0, 0][..], &nested].concat())
        .with_tlv(0xea, b"vpce")
        .with_tlv(0x03, &[0; 4]);
    let parsed = complete(&header.encode());
    assert_eq!((parsed.alpn(), parsed.authority()), (Some(&b"h2"[..]), Some("a.example")));
    assert_eq!((parsed.unique_id(), parsed.netns()), (Some(&[7; 128][..]), Some("ns1")));
    assert_eq!(parsed.tlv(0xea), Some(&b"vpce"[..]));
    assert_eq!(parsed.tlvs().count(), 8);
    let tls = parsed.tls().unwrap();
    assert!(tls.is_tls() && tls.has_certificate() && tls.is_verified() && parsed.is_secure());
    assert_eq!((tls.version(), tls.common_name(), tls.cipher()), (Some("TLSv1.3"), Some("me"), Some("c")));
    assert_eq!(tls.tlv(0x24), None);
    // An IPv4 end beside an IPv6 one is written as IPv6.
    assert_eq!(parsed.source(), &addr("[::ffff:192.0.2.1]:1"));
}

#[test]
fn checksums_are_checked() {
    let header = ProxyHeader::proxied("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap())
        .with_tlv(0x03, &[0; 4])
        .with_tlv(0x02, b"after");
    let good = header.encode();
    complete(&good);
    // All but byte 28, the type of the checksum itself: changed, there is no checksum to check.
    for at in (16..28).chain(29..good.len()) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(parse(&bad).is_err(), "byte {at}");
    }
    let mut bad = good;
    bad[16] ^= 1;
    assert!(parse(&bad).unwrap_err().is_checksum());
    // A second checksum cannot be right together with the first, and is refused without looking.
    let twice = header.with_tlv(0x03, &[0; 4]).encode();
    assert!(parse(&twice).is_err());
}

#[test]
fn what_is_written_reads_back() {
    let pair = |a: &str, b: &str| ProxyHeader::proxied(a.parse().unwrap(), b.parse().unwrap());
    let v4 = pair("192.0.2.1:1", "192.0.2.2:0");
    let v6 = pair("[2001:db8::1]:65535", "[::1]:2");
    for header in [v4.clone(), v6.clone(), ProxyHeader::local(), v4.clone().with_tlv(1, b"h2")] {
        assert_eq!(complete(&header.encode()), header);
    }
    for header in [v4.with_version(ProxyVersion::V1), v6.with_version(ProxyVersion::V1)] {
        assert_eq!(complete(&header.encode()), header);
    }
    assert_eq!(ProxyHeader::local().with_version(ProxyVersion::V1).encode(), b"PROXY UNKNOWN\r\n");
    // What does not fit is left out whole.
    let huge = (0..2).fold(pair("1.2.3.4:1", "5.6.7.8:2"), |header, _| header.with_tlv(0xe0, &[0; 40_000]));
    assert_eq!(huge.encode().len(), 28);
}
