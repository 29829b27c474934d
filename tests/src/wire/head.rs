//! Status line and field lines of an answer (RFC 9112 §4, §5), read with no leniency at all.

use crate::Fault;

/// A head and how many bytes it takes, the empty line included.
pub(super) struct Head {
    pub(super) minor: u8,
    pub(super) status: u16,
    pub(super) fields: Vec<(String, String)>,
    pub(super) length: usize,
}

/// The head at the start of `bytes`, or `None` while it is incomplete.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Head>, Fault> {
    let start = &bytes[..bytes.len().min(7)];
    if !b"HTTP/1.".starts_with(start) {
        return Err(Fault::new("the answer does not start with HTTP/1."));
    }
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = latin1(&bytes[..end]);
    let mut lines = text.split("\r\n");
    let (minor, status) = status_line(lines.next().unwrap_or_default())?;
    let fields = lines.map(field_line).collect::<Result<_, _>>()?;
    Ok(Some(Head { minor, status, fields, length: end + 4 }))
}

fn status_line(line: &str) -> Result<(u8, u16), Fault> {
    let wrong = || Fault::new(format!("malformed status line `{line}`"));
    let rest = line.strip_prefix("HTTP/1.").ok_or_else(wrong)?;
    let (minor, rest) = rest.split_once(' ').ok_or_else(wrong)?;
    let (code, reason) = rest.split_once(' ').ok_or_else(wrong)?;
    let minor = match minor {
        "0" => 0,
        "1" => 1,
        _ => return Err(wrong()),
    };
    let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let status =
        code.parse().ok().filter(|status| digits && (100..600).contains(status)).ok_or_else(wrong)?;
    if reason.chars().any(is_control) {
        return Err(wrong());
    }
    Ok((minor, status))
}

/// One `name: value` line, of a head or of a trailer section.
pub(super) fn field_line(line: &str) -> Result<(String, String), Fault> {
    let wrong = || Fault::new(format!("malformed field line `{}`", line.escape_debug()));
    let (name, value) = line.split_once(':').ok_or_else(wrong)?;
    if name.is_empty() || !name.bytes().all(is_token) || value.chars().any(is_control) {
        return Err(wrong());
    }
    Ok((name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()))
}

/// One char a byte.
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn is_control(c: char) -> bool {
    (c < ' ' && c != '\t') || c == '\x7f'
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
