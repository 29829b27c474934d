//! From the bytes of a case to requests. They are well-formed by the file's word, so what cannot be read is a fault of the
//! case, never of the server.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Uri, Version, header};
use http_body::Frame;
use hyperserve_core::{Body, Request};

use crate::Fault;

/// Every request in `bytes`.
pub(super) fn read_all(mut bytes: &[u8]) -> Result<Vec<Request>, Fault> {
    let mut requests = Vec::new();
    while !bytes.is_empty() {
        let (request, rest) = read(bytes)?;
        requests.push(request);
        bytes = rest;
    }
    Ok(requests)
}

fn read(bytes: &[u8]) -> Result<(Request, &[u8]), Fault> {
    let (head, rest) = split(bytes, b"\r\n\r\n").ok_or_else(|| wrong("a head without its end"))?;
    let (line, fields) = split(head, b"\r\n").unwrap_or((head, b""));
    let mut request = request_line(line)?;
    for line in lines(fields) {
        let (name, value) = field(line)?;
        request.headers_mut().append(name, value);
    }
    let (body, rest) = content(&request, rest)?;
    *request.body_mut() = body;
    Ok((request, rest))
}

fn request_line(line: &[u8]) -> Result<Request, Fault> {
    let mut words = line.split(|&byte| byte == b' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let version = match version {
        Some(b"HTTP/1.1") => Version::HTTP_11,
        Some(b"HTTP/1.0") => Version::HTTP_10,
        _ => return Err(wrong("a request line without version")),
    };
    let uri =
        Uri::try_from(target.unwrap_or_default()).map_err(|error| wrong(&format!("target: {error}")))?;
    http::Request::builder()
        .method(method.unwrap_or_default())
        .uri(uri)
        .version(version)
        .body(Body::empty())
        .map_err(|error| wrong(&error.to_string()))
}

fn field(line: &[u8]) -> Result<(HeaderName, HeaderValue), Fault> {
    let (name, value) = split(line, b":").ok_or_else(|| wrong("a field line without colon"))?;
    let name = HeaderName::from_bytes(name).map_err(|error| wrong(&error.to_string()))?;
    let value = HeaderValue::from_bytes(value.trim_ascii()).map_err(|error| wrong(&error.to_string()))?;
    Ok((name, value))
}

fn lines(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (line, rest) = split(bytes, b"\r\n").unwrap_or((bytes, b""));
        bytes = rest;
        Some(line)
    })
}

/// The content by its framing (RFC 9112 §6.3), and what follows it.
fn content<'a>(request: &Request, rest: &'a [u8]) -> Result<(Body, &'a [u8]), Fault> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        return chunked(rest);
    }
    let Some(length) = request.headers().get(header::CONTENT_LENGTH) else {
        return Ok((Body::empty(), rest));
    };
    let length = length.to_str().ok().and_then(|text| text.parse().ok());
    let (body, rest) = length
        .and_then(|length| rest.split_at_checked(length))
        .ok_or_else(|| wrong("content that is shorter than its Content-Length"))?;
    Ok((Body::from(Bytes::copy_from_slice(body)), rest))
}

/// Chunks become pieces of a body of unknown length, each as it was sent.
fn chunked(mut rest: &[u8]) -> Result<(Body, &[u8]), Fault> {
    let mut pieces = VecDeque::new();
    loop {
        let (size, after) = split(rest, b"\r\n").ok_or_else(|| wrong("a chunk without size"))?;
        let size = std::str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.ok_or_else(|| wrong("a chunk size that is no number"))?;
        let (data, after) = after.split_at_checked(size).ok_or_else(|| wrong("a chunk that is cut"))?;
        rest = after.strip_prefix(b"\r\n").ok_or_else(|| wrong("no CRLF behind a chunk, or trailers"))?;
        if size == 0 {
            return Ok((Body::new(Pieces(pieces)), rest));
        }
        pieces.push_back(Bytes::copy_from_slice(data));
    }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

fn wrong(what: &str) -> Fault {
    Fault::new(format!("the case's own request: {what}"))
}

/// A body of pieces that are all there.
struct Pieces(VecDeque<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn pipelined_requests_with_every_framing() {
        let bytes = b"GET /a?b HTTP/1.1\r\nHost: x\r\nA: 1\r\nA:  2 \r\n\r\n\
                      POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\
                      PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n";
        let [first, second, third] = <[_; 3]>::try_from(read_all(bytes).unwrap()).unwrap();
        assert_eq!((first.uri().query(), first.method().as_str()), (Some("b"), "GET"));
        assert_eq!(first.headers().get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(second.into_body().collect(9).await.unwrap(), "abc");
        assert_eq!(third.version(), Version::HTTP_10);
        assert_eq!(BodyExt::collect(third.into_body()).await.unwrap().to_bytes(), "def");
    }

    #[test]
    fn what_is_not_well_formed_is_told() {
        for bytes in [
            "GET / HTTP/1.1\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
            "GET / HTTP/1.1\r\n\r\nX",
        ] {
            assert!(read_all(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }
}
