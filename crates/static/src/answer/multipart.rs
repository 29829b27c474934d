//! Several ranges in one response: `multipart/byteranges` (RFC 9110 §14.6).

use std::ops::Range;

use bytes::Bytes;

use super::{
    Body, CONTENT_LENGTH, CONTENT_TYPE, Content, FileBody, HeaderValue, Representation, Response, StatusCode,
    content_range, slice, with_head,
};
use crate::body::Segment;

pub(super) fn several(chosen: &Representation, ranges: &[Range<u64>]) -> Response {
    let boundary = boundary();
    let segments = segments(chosen, ranges, &boundary);
    let length: u64 = segments.iter().map(Segment::length).sum();
    let mut head = chosen.head.clone();
    head.insert(CONTENT_LENGTH, length.into());
    if let Ok(value) = HeaderValue::try_from(format!("multipart/byteranges; boundary={boundary}")) {
        head.insert(CONTENT_TYPE, value);
    }
    with_head(StatusCode::PARTIAL_CONTENT, head, body(&chosen.content, segments))
}

fn segments(chosen: &Representation, ranges: &[Range<u64>], boundary: &str) -> Vec<Segment> {
    let media_type = chosen.media_type().map_or(&b"application/octet-stream"[..], HeaderValue::as_bytes);
    let mut segments = Vec::with_capacity(2 * ranges.len() + 1);
    for (index, range) in ranges.iter().enumerate() {
        let mut text =
            format!("{}--{boundary}\r\nContent-Type: ", if index > 0 { "\r\n" } else { "" }).into_bytes();
        text.extend_from_slice(media_type);
        text.extend_from_slice(b"\r\nContent-Range: ");
        text.extend_from_slice(content_range(range, chosen.content.length()).as_bytes());
        text.extend_from_slice(b"\r\n\r\n");
        segments.push(Segment::Text(text.into()));
        segments.push(Segment::Data(range.clone()));
    }
    segments.push(Segment::Text(format!("\r\n--{boundary}--\r\n").into()));
    segments
}

/// Ranges do not overlap, so that all of them are no longer than the file.
fn body(content: &Content, segments: Vec<Segment>) -> Body {
    let bytes = match content {
        Content::Memory(bytes) => bytes,
        Content::Disk(file, stamp) => {
            return Body::of_file(FileBody::of_segments(file.clone(), *stamp, segments));
        }
    };
    let mut all = Vec::new();
    for segment in segments {
        all.extend_from_slice(&match segment {
            Segment::Text(text) => text,
            Segment::Data(range) => slice(bytes, &range),
        });
    }
    Body::from(Bytes::from(all))
}

/// What no part has in it, as far as chance goes: 96 bits of it.
fn boundary() -> String {
    let mut bits = [0; 12];
    // Without a source of chance there is none to guess it either.
    let _ = getrandom::fill(&mut bits);
    bits.iter().map(|byte| format!("{byte:02x}")).collect()
}
