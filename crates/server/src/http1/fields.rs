//! The field lines of a head (RFC 9112 §5): their grammar, and the fields that decide framing and routing.

use super::bytes::{is_token, run, text_len};
use super::fault::Fault;
use super::request_line::{RequestLine, absolute_authority};
use super::scan::{Framing, Stop};
use hyperserve_core::authority;

/// What the field lines of one head add up to.
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) count: usize,
    host: Option<&'a [u8]>,
    length: Option<u64>,
    coding: Option<&'a [u8]>,
    expect: Option<&'a [u8]>,
    /// An `Upgrade` field, of which more depends on the rest.
    pub(super) upgrade: bool,
    /// `Connection` lists `upgrade`.
    option: bool,
    pub(super) accept: bool,
}

impl<'a> Fields<'a> {
    /// Reads one field line at the start of `bytes`; returns its length with CRLF.
    pub(super) fn line(&mut self, bytes: &'a [u8]) -> Result<usize, Stop> {
        let name_len = run(bytes, is_token);
        match bytes.get(name_len) {
            Some(b':') if name_len > 0 => {}
            Some(&other) => return Err(bad_name(other).into()),
            None => return Err(Stop::Incomplete),
        }
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
            6 if name.eq_ignore_ascii_case(b"accept") => self.accept = true,
            6 if name.eq_ignore_ascii_case(b"expect") => self.expect = Some(value.trim_ascii()),
            7 if name.eq_ignore_ascii_case(b"upgrade") => self.upgrade = true,
            10 if name.eq_ignore_ascii_case(b"connection") => self.option |= has_upgrade_option(value),
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

    /// Whether the head asks for another protocol (RFC 9110 §7.8: not in HTTP/1.0, and only with the connection option).
    pub(super) fn asks_for_upgrade(&self, request: &RequestLine<'_>) -> bool {
        self.upgrade && self.option && request.minor == 1
    }

    /// The rules that need the whole head.
    pub(super) fn finish(&self, request: &RequestLine<'_>) -> Result<Framing, Fault> {
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
        if !authority::is_valid(host) {
            return Err(Fault::Host);
        }
        if request.connect {
            return if authority::is_same(request.target, host, b"") {
                Ok(())
            } else {
                Err(Fault::HostMismatch)
            };
        }
        if request.target[0] == b'/' || request.target == b"*" {
            return Ok(());
        }
        match absolute_authority(request.target) {
            Some(named) if authority::is_same(named, host, default_port(request.target)) => Ok(()),
            _ => Err(Fault::HostMismatch),
        }
    }
}

/// Whether a `Connection` value lists `upgrade`.
pub(super) fn has_upgrade_option(value: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|option| option.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
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

/// The port of an absolute-form target's scheme.
fn default_port(target: &[u8]) -> &'static [u8] {
    if target.get(4).is_some_and(|byte| byte.eq_ignore_ascii_case(&b's')) { b"443" } else { b"80" }
}
