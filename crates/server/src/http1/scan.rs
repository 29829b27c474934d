//! A strict reading of one HTTP/1 request head, before hyper sees it.
//!
//! hyper and httparse are lenient where request smuggling lives: bare LF, several `Transfer-Encoding` lines, both
//! framings at once, any `Host`. This scan refuses all of that and tells the guard how the body is framed. It holds
//! no state and touches no socket, so that tables and fuzzers can drive it.
//! Rules: RFC 9112 (HTTP/1.1), RFC 9110 (fields, methods), `spec/http.md`.

use super::fault::Fault;
use super::host;

/// Longest method name that is looked up; longer ones are unknown.
pub(crate) const MAX_METHOD: usize = 32;

/// The bounds a scan applies.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_head: usize,
    pub(crate) max_headers: usize,
    pub(crate) max_target: usize,
    pub(crate) allow_connect: bool,
    pub(crate) extra_methods: Vec<String>,
}

/// How the body that follows a head is framed (RFC 9112 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    Length(u64),
    Chunked,
}

/// What a complete head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Bytes of the head, with the empty line that ends it.
    pub(crate) len: usize,
    pub(crate) framing: Framing,
    /// The head asks for another protocol, so that what follows may not be HTTP.
    pub(crate) upgrade: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    Incomplete,
    Complete(Head),
    Refuse(Fault),
}

/// Byte classes, one bit each.
const TOKEN: u8 = 1;
const TARGET: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        // RFC 9110 §5.6.2
        if b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            )
        {
            table[byte] |= TOKEN;
        }
        // RFC 3986 without the fragment's `#`; `"`, `{`, `}`, `|`, `^` and `\` come from real clients and do no harm here
        if b.is_ascii_graphic() && !matches!(b, b'#' | b'<' | b'>' | b'`') {
            table[byte] |= TARGET;
        }
        byte += 1;
    }
    table
};

/// Whether `byte` may stand in a token (RFC 9110 §5.6.2).
pub(crate) const fn is_token(byte: u8) -> bool {
    CLASSES[byte as usize] & TOKEN != 0
}

/// Scans one head at the start of `bytes`. At most one empty line before it is skipped (RFC 9112 §2.2).
pub(crate) fn scan(bytes: &[u8], rules: &Rules) -> Scan {
    match scan_head(bytes, rules) {
        Ok(head) => Scan::Complete(head),
        Err(Stop::Incomplete) if bytes.len() >= rules.max_head => Scan::Refuse(Fault::HeadTooLarge),
        Err(Stop::Incomplete) => Scan::Incomplete,
        Err(Stop::Refuse(fault)) => Scan::Refuse(fault),
    }
}

enum Stop {
    Incomplete,
    Refuse(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Refuse(fault)
    }
}

fn scan_head(bytes: &[u8], rules: &Rules) -> Result<Head, Stop> {
    let mut at = skip_empty_line(bytes)?;
    let line = take_request_line(&bytes[at..], rules)?;
    let request = request_line(line, rules)?;
    at += line.len() + 2;
    let mut fields = Fields { count: 0, ..Fields::default() };
    loop {
        match bytes.get(at) {
            None => return Err(Stop::Incomplete),
            Some(b'\r') => {
                at += 1;
                match bytes.get(at) {
                    None => return Err(Stop::Incomplete),
                    Some(b'\n') => at += 1,
                    Some(_) => return Err(Fault::BareCr.into()),
                }
                break;
            }
            Some(b'\n') => return Err(Fault::BareLf.into()),
            Some(b' ' | b'\t') => return Err(Fault::ObsFold.into()),
            Some(_) => at += fields.line(&bytes[at..])?,
        }
        if fields.count > rules.max_headers {
            return Err(Fault::TooManyFields.into());
        }
    }
    if at > rules.max_head {
        return Err(Fault::HeadTooLarge.into());
    }
    let framing = fields.finish(&request)?;
    Ok(Head { len: at, framing, upgrade: fields.upgrade && request.minor == 1 || request.connect })
}

fn skip_empty_line(bytes: &[u8]) -> Result<usize, Stop> {
    match bytes {
        [b'\r', b'\n', ..] => Ok(2),
        [b'\r'] | [] => Err(Stop::Incomplete),
        [b'\r', ..] => Err(Fault::BareCr.into()),
        [b'\n', ..] => Err(Fault::BareLf.into()),
        _ => Ok(0),
    }
}

/// The request line without its CRLF. What cannot become valid is refused before the peer ends the line.
fn take_request_line<'a>(bytes: &'a [u8], rules: &Rules) -> Result<&'a [u8], Stop> {
    if let Some(end) = memchr::memchr(b'\n', bytes) {
        return match bytes[..end].split_last() {
            Some((b'\r', line)) => Ok(line),
            _ => Err(Fault::BareLf.into()),
        };
    }
    let method_len = bytes.iter().position(|&b| !is_token(b)).unwrap_or(bytes.len());
    if method_len > MAX_METHOD {
        return Err(Fault::Method.into());
    }
    if bytes.len() > method_len + rules.max_target + " HTTP/1.1\r".len() + 1 {
        return Err(Fault::TargetTooLong.into());
    }
    if bytes.iter().any(|&b| !b.is_ascii_graphic() && !matches!(b, b' ' | b'\r')) {
        return Err(Fault::RequestLine.into());
    }
    Err(Stop::Incomplete)
}

struct RequestLine<'a> {
    target: &'a [u8],
    minor: u8,
    connect: bool,
}

fn request_line<'a>(line: &'a [u8], rules: &Rules) -> Result<RequestLine<'a>, Stop> {
    let method_len = line.iter().position(|&b| !is_token(b)).unwrap_or(line.len());
    let (method, rest) = line.split_at(method_len);
    let Some((b' ', rest)) = rest.split_first() else { return Err(Fault::RequestLine.into()) };
    if method.is_empty() {
        return Err(Fault::RequestLine.into());
    }
    let target_len = rest.iter().position(|&b| CLASSES[b as usize] & TARGET == 0).unwrap_or(rest.len());
    let (target, rest) = rest.split_at(target_len);
    let Some((b' ', version)) = rest.split_first() else { return Err(bad_target(target, rest).into()) };
    if target.is_empty() {
        return Err(Fault::RequestLine.into());
    }
    let minor = match version {
        b"HTTP/1.1" => 1,
        b"HTTP/1.0" => 0,
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            return Err(Fault::Version.into());
        }
        _ => return Err(Fault::RequestLine.into()),
    };
    if target.len() > rules.max_target {
        return Err(Fault::TargetTooLong.into());
    }
    let connect = method == b"CONNECT";
    if connect && !rules.allow_connect {
        return Err(Fault::Connect.into());
    }
    if !connect && !is_known(method, rules) {
        return Err(Fault::Method.into());
    }
    check_target_form(method, target)?;
    Ok(RequestLine { target, minor, connect })
}

fn bad_target(target: &[u8], rest: &[u8]) -> Fault {
    match rest.first() {
        // `GET /path` and nothing else: HTTP/0.9
        None | Some(b' ') => Fault::RequestLine,
        Some(_) if target.is_empty() => Fault::RequestLine,
        Some(_) => Fault::Target,
    }
}

fn is_known(method: &[u8], rules: &Rules) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST" | b"PUT" | b"DELETE" | b"PATCH" | b"OPTIONS" | b"QUERY")
        || (method.len() <= MAX_METHOD && rules.extra_methods.iter().any(|known| known.as_bytes() == method))
}

/// RFC 9112 §3.2: origin-form, absolute-form, authority-form for CONNECT only, `*` for OPTIONS only.
fn check_target_form(method: &[u8], target: &[u8]) -> Result<(), Stop> {
    let fits = match method {
        b"CONNECT" => host::is_authority_with_port(target),
        b"OPTIONS" if target == b"*" => true,
        _ => target[0] == b'/' || absolute_authority(target).is_some(),
    };
    if fits { Ok(()) } else { Err(Fault::Target.into()) }
}

/// The authority of an absolute-form target, `http` and `https` only.
fn absolute_authority(target: &[u8]) -> Option<&[u8]> {
    let scheme_end = target.windows(3).position(|w| w == b"://")?;
    let (scheme, rest) = (&target[..scheme_end], &target[scheme_end + 3..]);
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        return None;
    }
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?')).unwrap_or(rest.len());
    host::is_valid(&rest[..end]).then_some(&rest[..end])
}

/// What the field lines of one head add up to.
#[derive(Default)]
struct Fields<'a> {
    count: usize,
    host: Option<&'a [u8]>,
    length: Option<u64>,
    coding: Option<&'a [u8]>,
    expect: Option<&'a [u8]>,
    upgrade: bool,
}

impl<'a> Fields<'a> {
    /// Reads one field line at the start of `bytes`; returns its length with CRLF.
    fn line(&mut self, bytes: &'a [u8]) -> Result<usize, Stop> {
        let name_len = match bytes.iter().position(|&b| !is_token(b)) {
            Some(n) if bytes[n] == b':' && n > 0 => n,
            Some(n) => return Err(bad_name(bytes[n]).into()),
            None => return Err(Stop::Incomplete),
        };
        let value_start = name_len + 1;
        let value_end = value_start + text_len(&bytes[value_start..]);
        match bytes.get(value_end..) {
            Some([b'\r', b'\n', ..]) => {}
            Some([] | [b'\r']) | None => return Err(Stop::Incomplete),
            Some([b'\r', ..]) => return Err(Fault::BareCr.into()),
            Some([b'\n', ..]) => return Err(Fault::BareLf.into()),
            Some(_) => return Err(Fault::ControlCharacter.into()),
        }
        self.count += 1;
        self.field(&bytes[..name_len], &bytes[value_start..value_end])?;
        Ok(value_end + 2)
    }

    /// Notes the fields that decide framing, routing or the connection.
    fn field(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Fault> {
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                once(&mut self.host, value.trim_ascii(), Fault::RepeatedHost)?
            }
            6 if name.eq_ignore_ascii_case(b"expect") => self.expect = Some(value.trim_ascii()),
            7 if name.eq_ignore_ascii_case(b"upgrade") => self.upgrade = true,
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = parse_length(value.trim_ascii()).ok_or(Fault::ContentLength)?;
                once(&mut self.length, length, Fault::RepeatedContentLength)?;
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                once(&mut self.coding, value.trim_ascii(), Fault::TransferEncoding)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The rules that need the whole head.
    fn finish(&self, request: &RequestLine<'_>) -> Result<Framing, Fault> {
        self.check_host(request)?;
        let framing = match (self.coding, self.length) {
            (Some(_), Some(_)) => return Err(Fault::TwoFramings),
            (Some(_), None) if request.minor == 0 => return Err(Fault::TransferEncoding),
            (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Framing::Chunked,
            (Some(_), None) => return Err(Fault::TransferEncoding),
            (None, Some(0) | None) => Framing::None,
            (None, Some(length)) => Framing::Length(length),
        };
        match self.expect {
            // RFC 9110 §10.1.1: ignored in HTTP/1.0
            Some(value) if request.minor == 1 && !value.eq_ignore_ascii_case(b"100-continue") => {
                Err(Fault::Expectation)
            }
            _ => Ok(framing),
        }
    }

    /// RFC 9112 §3.2: exactly one valid `Host` on HTTP/1.1, and one that agrees with an absolute-form target.
    fn check_host(&self, request: &RequestLine<'_>) -> Result<(), Fault> {
        let Some(host) = self.host else {
            return if request.minor == 1 { Err(Fault::MissingHost) } else { Ok(()) };
        };
        if !host::is_valid(host) {
            return Err(Fault::Host);
        }
        if request.connect || request.target[0] == b'/' || request.target == b"*" {
            return Ok(());
        }
        match absolute_authority(request.target) {
            Some(authority) if host::same(request.target, authority, host) => Ok(()),
            _ => Err(Fault::HostMismatch),
        }
    }
}

/// Notes a field that may stand once.
fn once<T>(slot: &mut Option<T>, value: T, repeated: Fault) -> Result<(), Fault> {
    slot.replace(value).map_or(Ok(()), |_| Err(repeated))
}

fn bad_name(byte: u8) -> Fault {
    match byte {
        b' ' | b'\t' => Fault::SpaceInName,
        b'\r' | b'\n' | b':' => Fault::FieldName,
        0..=31 | 127 => Fault::ControlCharacter,
        _ => Fault::FieldName,
    }
}

/// Digits only, at most `u64` (RFC 9110 §8.6).
fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 19 {
        return None;
    }
    value.iter().try_fold(0u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))
}

/// Length of the run of field-value bytes at the start: HTAB, visible ASCII, SP and obs-text (RFC 9110 §5.5).
/// Eight bytes a step: a lane is suspicious when it is below 0x20 or is 0x7f.
fn text_len(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    loop {
        while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let lanes = u64::from_le_bytes(*chunk);
            let below_space = lanes.wrapping_sub(ONES * 0x20) & !lanes;
            let delete = (lanes ^ (ONES * 0x7f)).wrapping_sub(ONES) & !(lanes ^ (ONES * 0x7f));
            if (below_space | delete) & HIGH != 0 {
                break;
            }
            at += 8;
        }
        let window = &bytes[at..bytes.len().min(at + 8)];
        match window.iter().position(|&b| (b < 0x20 && b != b'\t') || b == 0x7f) {
            Some(n) => return at + n,
            None if window.len() < 8 => return at + window.len(),
            None => at += window.len(),
        }
    }
}

#[cfg(test)]
mod tests;
