//! The request line (RFC 9112 §3).

use super::bytes::{is_target, is_token, run};
use super::fault::Fault;
use super::scan::{MAX_METHOD, Rules, Stop};
use hyperserve_core::authority;

/// A request line that passed.
pub(super) struct RequestLine<'a> {
    pub(super) target: &'a [u8],
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    pub(super) minor: u8,
    pub(super) connect: bool,
    /// Bytes with CRLF.
    pub(super) len: usize,
}

impl RequestLine<'_> {
    pub(super) fn is_origin_form(&self) -> bool {
        self.target[0] == b'/'
    }
}

/// Reads the line at the start of `bytes`. What cannot become valid is refused before the peer ends the line.
pub(super) fn request_line<'a>(bytes: &'a [u8], rules: &Rules) -> Result<RequestLine<'a>, Stop> {
    let method_len = if bytes.starts_with(b"GET ") { 3 } else { run(bytes, is_token) };
    let (method, rest) = bytes.split_at(method_len);
    let target_len = run(rest.get(1..).unwrap_or_default(), is_target);
    let (minor, tail) = match rest.get(1 + target_len..) {
        Some([b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ (b'0' | b'1'), b'\r', b'\n', ..]) => {
            (minor - b'0', 11)
        }
        _ => return Err(fault(bytes, method_len, target_len, rules)),
    };
    if rest[0] != b' ' || method_len == 0 || target_len == 0 {
        return Err(Fault::RequestLine.into());
    }
    let target = &rest[1..=target_len];
    if target_len > rules.max_target {
        return Err(Fault::TargetTooLong.into());
    }
    let connect = method == b"CONNECT";
    if connect && !rules.allow_connect {
        return Err(Fault::Connect.into());
    }
    if !connect && !rules.knows(method) {
        return Err(Fault::Method.into());
    }
    if !is_form_of(method, target) {
        return Err(Fault::Target.into());
    }
    Ok(RequestLine { target, minor, connect, len: method_len + 1 + target_len + tail })
}

/// RFC 9112 §3.2: origin-form, absolute-form, authority-form for CONNECT only, `*` for OPTIONS only.
fn is_form_of(method: &[u8], target: &[u8]) -> bool {
    match method {
        b"CONNECT" => authority::is_valid_with_port(target),
        _ if target[0] == b'/' => true,
        b"OPTIONS" if target == b"*" => true,
        _ => absolute_authority(target).is_some(),
    }
}

/// The authority of an absolute-form target, `http` and `https` only.
pub(super) fn absolute_authority(target: &[u8]) -> Option<&[u8]> {
    let scheme_end = target.windows(3).position(|w| w == b"://")?;
    let (scheme, rest) = (&target[..scheme_end], &target[scheme_end + 3..]);
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        return None;
    }
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?')).unwrap_or(rest.len());
    authority::is_valid(&rest[..end]).then_some(&rest[..end])
}

/// Why a line did not pass: not there yet, or what is wrong with it.
#[cold]
fn fault(bytes: &[u8], method_len: usize, target_len: usize, rules: &Rules) -> Stop {
    let Some(end) = memchr::memchr(b'\n', bytes) else { return unfinished(bytes, method_len, rules) };
    let Some((b'\r', line)) = bytes[..end].split_last() else { return Fault::BareLf.into() };
    let Some(rest) = line.get(method_len + 1..).filter(|_| method_len > 0 && line[method_len] == b' ') else {
        return Fault::RequestLine.into();
    };
    let (target, tail) = rest.split_at(target_len.min(rest.len()));
    match tail {
        [b' ', b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Fault::Version.into()
        }
        [_, ..] if tail[0] != b' ' && !target.is_empty() => Fault::Target.into(),
        // `GET /path` and nothing else, HTTP/0.9, is among these
        _ => Fault::RequestLine.into(),
    }
}

/// A line without its end: incomplete, unless it has grown too long or holds what no line holds.
fn unfinished(bytes: &[u8], method_len: usize, rules: &Rules) -> Stop {
    if method_len > MAX_METHOD {
        Fault::Method.into()
    } else if bytes.len() > method_len + 1 + rules.max_target + " HTTP/1.1\r".len() {
        Fault::TargetTooLong.into()
    } else if bytes.iter().any(|&b| !b.is_ascii_graphic() && !matches!(b, b' ' | b'\r')) {
        Fault::RequestLine.into()
    } else {
        Stop::Incomplete
    }
}
