//! The content of an answer, by whichever of the four framings its head named (RFC 9112 §6.3, §7.1).

use super::{
    Framing, Response,
    head::{field_line, latin1},
};
use crate::Fault;

/// Reads content from `bytes` into `answer`; `false` while it is incomplete.
pub(super) fn read(bytes: &[u8], answer: &mut Response, ended: bool) -> Result<bool, Fault> {
    match answer.framing {
        Framing::None => Ok(true),
        Framing::Close => Ok(take(bytes, bytes.len(), answer) && ended),
        Framing::Length(length) => Ok(take(bytes, usize::try_from(length).unwrap_or(usize::MAX), answer)),
        Framing::Chunked => chunks(bytes, answer),
    }
}

fn take(bytes: &[u8], length: usize, answer: &mut Response) -> bool {
    let there = length.min(bytes.len());
    answer.body.extend_from_slice(&bytes[..there]);
    answer.taken += there;
    there == length
}

fn chunks(mut bytes: &[u8], answer: &mut Response) -> Result<bool, Fault> {
    loop {
        let Some((line, rest)) = line(bytes) else { return Ok(false) };
        let size = size(&line)?;
        answer.taken += bytes.len() - rest.len();
        if size == 0 {
            return trailers(rest, answer);
        }
        if rest.len() < size {
            take(rest, size, answer);
            return Ok(false);
        }
        let Some(end) = rest.get(size..size + 2) else { return Ok(false) };
        if end != b"\r\n" {
            return Err(Fault::new("no CRLF after chunk data (RFC 9112 §7.1)"));
        }
        take(rest, size, answer);
        answer.taken += 2;
        bytes = &rest[size + 2..];
    }
}

fn trailers(mut bytes: &[u8], answer: &mut Response) -> Result<bool, Fault> {
    while let Some((line, rest)) = line(bytes) {
        answer.taken += bytes.len() - rest.len();
        if line.is_empty() {
            return Ok(true);
        }
        answer.trailers.push(field_line(&line)?);
        bytes = rest;
    }
    Ok(false)
}

fn line(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((latin1(&bytes[..end]), &bytes[end + 2..]))
}

fn size(line: &str) -> Result<usize, Fault> {
    let digits = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = usize::from_str_radix(line, 16).ok().filter(|_| digits);
    size.ok_or_else(|| Fault::new(format!("chunk size `{}`", line.escape_debug())))
}
