//! Where the kernel can send a file and where it cannot: the bytes are the same.

use std::io::Write as _;

use http_body_util::BodyExt as _;
use hyperserve::core::{Body, Request};
use hyperserve::server::app_fn;
use tower::Service as _;

use crate::client::connect;
use crate::frames::{Connection, Method, WINDOW_UPDATE, frame, request};
use crate::tls_client::Client;
use crate::{KIB, LENGTHS, MIB, Running, Site, answer, get, pattern};

#[test]
fn over_a_unix_socket() {
    let site = Site::new(&LENGTHS);
    let running = Running::new(site.files(), &[]);
    let mut stream = running.unix();
    for length in LENGTHS {
        stream.write_all(get(&format!("/{length}.bin"), "").as_bytes()).unwrap();
        assert!(answer(&mut stream).1 == pattern(length), "{length}");
    }
}

#[test]
fn over_tls() {
    let site = Site::new(&LENGTHS);
    let running = Running::new(site.files(), &[]);
    let mut stream = Client::default().connect(running.secure).unwrap();
    for length in LENGTHS {
        stream.write_all(get(&format!("/{length}.bin"), "").as_bytes()).unwrap();
        assert!(answer(&mut stream).1 == pattern(length), "{length}");
    }
}

/// SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 §6.5.2).
const WINDOW: u16 = 4;
const DATA: u8 = 0;

#[test]
fn over_http2() {
    let site = Site::new(&LENGTHS);
    let running = Running::new(site.files(), &[]);
    let mut connection = Connection::open(running.plain, &[(WINDOW, 1 << 30)]);
    connection.send(&frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes()));
    for (index, length) in LENGTHS.into_iter().enumerate() {
        let stream = 2 * u32::try_from(index).unwrap() + 1;
        connection.send(&request(stream, Method::Get, &format!("/{length}.bin")));
        let mut content = Vec::new();
        loop {
            let got = connection.find(|frame| frame.stream == stream).expect("the connection ended");
            if got.kind == DATA {
                content.extend_from_slice(&got.payload);
            }
            if got.flags & 1 == 1 {
                break;
            }
        }
        assert!(content == pattern(length), "{length}");
    }
}

/// A layer that has its hands on the body gets the bytes, and so does the client.
#[test]
fn through_a_layer_that_changes_the_body() {
    let site = Site::new(&LENGTHS);
    let files = site.files();
    let upper = |bytes: bytes::Bytes| bytes::Bytes::from(bytes.to_ascii_uppercase());
    let app = app_fn(move |request: Request| {
        let mut files = files.clone();
        async move {
            let Ok(response) = files.call(request).await;
            response.map(|body| Body::new(body.map_frame(move |frame| frame.map_data(upper))))
        }
    });
    let running = Running::new(app, &[]);
    let mut stream = connect(running.plain);
    for length in LENGTHS {
        stream.write_all(get(&format!("/{length}.bin"), "").as_bytes()).unwrap();
        assert!(answer(&mut stream).1 == pattern(length).to_ascii_uppercase(), "{length}");
    }
}

/// What the compression layer compresses has passed through it; what it leaves alone, the kernel may send.
#[test]
fn through_the_compression_layer() {
    use hyperserve::middleware::compression::{CompressionConfig, CompressionLayer};
    use tower::Layer as _;
    let site = Site::new(&[]);
    std::fs::write(site.0.path().join("a.txt"), pattern(5 * MIB)).unwrap();
    std::fs::write(site.0.path().join("a.bin"), pattern(5 * MIB)).unwrap();
    let compression = CompressionLayer::try_new(&CompressionConfig::new()).unwrap();
    let running = Running::new(compression.layer(site.files()), &[]);
    let mut stream = connect(running.plain);
    stream.write_all(get("/a.txt", "Accept-Encoding: gzip\r\nConnection: close\r\n").as_bytes()).unwrap();
    let head = crate::head(&mut stream);
    assert!(head.contains("content-encoding: gzip") && head.contains("transfer-encoding: chunked"), "{head}");
    let content = unchunked(&crate::rest(&mut stream));
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&content[..]), &mut plain).unwrap();
    assert!(plain == pattern(5 * MIB));
    let mut stream = connect(running.plain);
    for target in ["/a.txt", "/a.bin", "/a.txt"] {
        stream.write_all(get(target, "").as_bytes()).unwrap();
        assert!(answer(&mut stream).1 == pattern(5 * MIB), "{target}");
    }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return content;
        }
        content.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 4 + length..];
    }
}

/// Without a declared length a window is a chunk like any other.
#[test]
fn in_chunks() {
    let site = Site::new(&[5 * MIB, 64 * KIB]);
    let files = site.files();
    let app = app_fn(move |request: Request| {
        let mut files = files.clone();
        async move {
            let Ok(mut response) = files.call(request).await;
            response.headers_mut().remove("content-length");
            response.headers_mut().insert("transfer-encoding", "chunked".parse().unwrap());
            response
        }
    });
    let running = Running::new(app, &[]);
    for length in [5 * MIB, 64 * KIB] {
        let mut stream = connect(running.plain);
        let asked = get(&format!("/{length}.bin"), "Connection: close\r\n");
        stream.write_all(asked.as_bytes()).unwrap();
        let head = crate::head(&mut stream);
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        assert!(unchunked(&crate::rest(&mut stream)) == pattern(length), "{length}");
    }
}
