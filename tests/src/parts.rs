//! Takes `multipart/byteranges` apart (RFC 9110 §14.6, RFC 2046 §5.1.1), with no leniency at all.

use serde::Deserialize;

use crate::{Fault, Response, case::Bytes};

/// What a part must be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its `Content-Range`.
    pub range: String,
    /// Its `Content-Type`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Its content.
    pub body: Bytes,
}

/// The parts of `answer`, in order.
///
/// # Errors
/// It is no `multipart/byteranges`, or not a well-formed one.
pub(crate) fn parts(answer: &Response) -> Result<Vec<Part>, Fault> {
    if answer.field("content-range").is_some() {
        return Err(wrong("a Content-Range beside several parts (RFC 9110 §15.3.7.2)"));
    }
    let media_type = answer.field("content-type").unwrap_or_default();
    let boundary =
        media_type.strip_prefix("multipart/byteranges; boundary=").map(|text| text.trim_matches('"'));
    let boundary = boundary
        .filter(|text| is_boundary(text))
        .ok_or_else(|| wrong(&format!("content-type `{media_type}`")))?;
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = after(&answer.body, &delimiter)?;
    while rest != b"--" && rest != b"--\r\n" {
        let (part, behind) = part(after(rest, "\r\n")?)?;
        parts.push(part);
        rest = after(behind, &format!("\r\n{delimiter}"))?;
    }
    match parts.iter().any(|part| holds(&part.body.0, delimiter.as_bytes())) {
        true => Err(wrong("the boundary stands in a part")),
        false => Ok(parts),
    }
}

/// RFC 2046 §5.1.1, without what would need quotes.
fn is_boundary(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"'+_-.".contains(&byte);
    (1..=70).contains(&text.len()) && text.bytes().all(letter)
}

/// A part as long as its `Content-Range` says, and what is behind it.
fn part(bytes: &[u8]) -> Result<(Part, &[u8]), Fault> {
    let end =
        bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| wrong("a part without head"))?;
    let head: String = bytes[..end].iter().map(|&byte| char::from(byte)).collect();
    let (range, media_type) = (field(&head, "content-range")?, field(&head, "content-type")?);
    let body = length(&range).and_then(|length| bytes[end + 4..].split_at_checked(length));
    let (body, behind) = body.ok_or_else(|| wrong(&format!("no part of `{range}`")))?;
    Ok((Part { range, media_type, body: Bytes(body.to_vec()) }, behind))
}

/// The only field of this name.
fn field(head: &str, name: &str) -> Result<String, Fault> {
    let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    let mut values =
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(wrong(&format!("a part without {name}, or with two: `{head}`"))),
    }
}

/// How many bytes `bytes FIRST-LAST/LENGTH` are.
fn length(range: &str) -> Option<usize> {
    let (places, _) = range.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = places.split_once('-')?;
    let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
    last.checked_sub(first)?.checked_add(1)
}

fn after<'a>(bytes: &'a [u8], start: &str) -> Result<&'a [u8], Fault> {
    bytes
        .strip_prefix(start.as_bytes())
        .ok_or_else(|| wrong(&format!("no `{}` where it must be", start.escape_debug())))
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn wrong(what: &str) -> Fault {
    Fault::new(format!("multipart/byteranges: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Framing;

    fn answer(body: &str) -> Response {
        let media_type = "multipart/byteranges; boundary=b".to_owned();
        Response {
            minor: 1,
            status: 206,
            fields: vec![("content-type".to_owned(), media_type)],
            framing: Framing::Length(0),
            body: body.as_bytes().to_vec(),
            trailers: Vec::new(),
            taken: 0,
        }
    }

    const FIRST: &str = "--b\r\nContent-Type: text/plain\r\nContent-Range: bytes 1-2/9\r\n\r\nbc\r\n";

    #[test]
    fn parts_are_taken_apart() {
        let whole = answer(&format!(
            "{FIRST}--b\r\ncontent-range: bytes 8-8/9\r\ncontent-type: a/b\r\n\r\ni\r\n--b--\r\n"
        ));
        let found = parts(&whole).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].range.as_str(), found[0].body.0.as_slice()), ("bytes 1-2/9", b"bc".as_slice()));
        assert_eq!((found[1].media_type.as_str(), found[1].body.0.as_slice()), ("a/b", b"i".as_slice()));
    }

    #[test]
    fn slips_are_told() {
        let good = format!("{FIRST}--b--\r\n");
        assert!(parts(&answer(&good)).is_ok());
        for body in [
            String::new(),
            FIRST.to_owned(),
            format!("{FIRST}--b--\r\nx"),
            format!("{FIRST}--b-\r\n"),
            format!("x{good}"),
            good.replace("bc", "bcd"),
            good.replace("bc", "b"),
            good.replace("1-2", "2-1"),
            good.replace("Content-Type", "Content-Kind"),
            good.replace("Content-Range", "Content-Type: c/d\r\nContent-Range"),
        ] {
            assert!(parts(&answer(&body)).is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_no_multipart_is_told() {
        let good = answer(&format!("{FIRST}--b--\r\n"));
        for (name, value) in [("content-type", "text/plain"), ("content-range", "bytes 1-2/9")] {
            let mut other = good.clone();
            other.fields.retain(|(key, _)| key != name);
            other.fields.push((name.to_owned(), value.to_owned()));
            assert!(parts(&other).is_err(), "{name}");
        }
    }
}
