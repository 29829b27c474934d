//! Rules that hold for every answer, whatever a case asks for.

use super::{Asked, Framing, Response, head::Head};
use crate::Fault;

/// How the content is delimited (RFC 9112 §6.3), and the MUSTs on the fields that say so.
pub(super) fn framing(head: &Head, asked: Asked) -> Result<Framing, Fault> {
    let values = |name: &str| -> Vec<&str> {
        head.fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    let length = length(&lengths)?;
    coding(&codings, head)?;
    if length.is_some() && !codings.is_empty() {
        return Err(Fault::new("both Content-Length and Transfer-Encoding (RFC 9112 §6.2)"));
    }
    let bare = matches!(head.status, 100..=199 | 204);
    if bare && (length.is_some() || !codings.is_empty()) {
        return Err(Fault::new(format!(
            "a {} with framing fields (RFC 9110 §8.6, RFC 9112 §6.1)",
            head.status
        )));
    }
    let tunnel = asked == Asked::Connect && (200..300).contains(&head.status);
    if bare || tunnel || head.status == 304 || asked == Asked::Head {
        return Ok(Framing::None);
    }
    Ok(match length {
        Some(length) => Framing::Length(length),
        None if codings.is_empty() => Framing::Close,
        None => Framing::Chunked,
    })
}

fn length(values: &[&str]) -> Result<Option<u64>, Fault> {
    match values {
        [] => Ok(None),
        [one] if one.bytes().all(|byte| byte.is_ascii_digit()) => {
            one.parse().map(Some).map_err(|_| Fault::new(format!("Content-Length `{one}`")))
        }
        many => Err(Fault::new(format!("Content-Length {many:?} (RFC 9110 §8.6)"))),
    }
}

fn coding(values: &[&str], head: &Head) -> Result<(), Fault> {
    match values {
        [] => Ok(()),
        _ if head.minor == 0 => Err(Fault::new("Transfer-Encoding in an HTTP/1.0 answer (RFC 9112 §6.1)")),
        ["chunked"] => Ok(()),
        many => Err(Fault::new(format!("Transfer-Encoding {many:?}; only one `chunked` is ours to send"))),
    }
}

/// `Date` in every 2xx, 3xx and 4xx (RFC 9110 §6.6.1), once and of the preferred form's length.
pub(super) fn check(answer: &Response) -> Result<(), Fault> {
    if !(200..500).contains(&answer.status) {
        return Ok(());
    }
    match answer.field("date") {
        Some(date) if date.len() == 29 && date.ends_with(" GMT") => Ok(()),
        Some(date) => Err(Fault::new(format!("Date `{date}` is no IMF-fixdate (RFC 9110 §5.6.7)"))),
        None => Err(Fault::new(format!("a {} without Date (RFC 9110 §6.6.1)", answer.status))),
    }
}
