//! Bytes as they are written in case files, and the way back for reports.
//!
//! A case file shows every byte that goes over the wire: `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` are escapes, a line break
//! of the file itself means nothing, and `{repeat:N:text}` stands for N times `text` (which may hold escapes, no brace).

use std::fmt::Write as _;

use crate::Fault;

/// More than this in one `{repeat}` is taken for a slip of the pen.
const MAX_REPEAT: usize = 100_000_000;

/// The bytes that `text` stands for.
///
/// # Errors
/// An unknown escape, or a `{repeat:…}` that does not end, has no number, or would pass 100 MB.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("{repeat:") {
            rest = repeat(inner, &mut bytes)?;
        } else if next == '\\' {
            rest = escape(rest, &mut bytes)?;
        } else {
            let (plain, after) = rest.split_at(next.len_utf8());
            if next != '\n' {
                bytes.extend_from_slice(plain.as_bytes());
            }
            rest = after;
        }
    }
    Ok(bytes)
}

fn repeat<'a>(inner: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, Fault> {
    let unfinished = || Fault::new(format!("`{{repeat:{inner}` wants the form {{repeat:N:text}}"));
    let (inside, after) = inner.split_once('}').ok_or_else(unfinished)?;
    let (count, text) = inside.split_once(':').ok_or_else(unfinished)?;
    let count: usize = count.parse().map_err(|_| unfinished())?;
    let once = decode(text)?;
    if once.len().saturating_mul(count) > MAX_REPEAT {
        return Err(Fault::new(format!("{{repeat:{inside}}} is longer than {MAX_REPEAT} bytes")));
    }
    bytes.extend(once.repeat(count));
    Ok(after)
}

fn escape<'a>(rest: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, Fault> {
    let (byte, used) = match rest.as_bytes().get(1) {
        Some(b'r') => (b'\r', 2),
        Some(b'n') => (b'\n', 2),
        Some(b't') => (b'\t', 2),
        Some(b'0') => (0, 2),
        Some(b'\\') => (b'\\', 2),
        Some(b'x') => (hex_pair(rest)?, 4),
        _ => return Err(unknown(rest)),
    };
    bytes.push(byte);
    Ok(rest.get(used..).unwrap_or_default())
}

fn hex_pair(rest: &str) -> Result<u8, Fault> {
    rest.get(2..4).and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or_else(|| unknown(rest))
}

fn unknown(rest: &str) -> Fault {
    let start: String = rest.chars().take(8).collect();
    Fault::new(format!("unknown escape at `{start}`"))
}

/// `bytes` in the notation of case files, a new line after each LF, at most `limit` bytes of them: the middle of a longer
/// text is left out and counted.
pub(crate) fn show(bytes: &[u8], limit: usize) -> String {
    if bytes.len() <= limit {
        return spell(bytes);
    }
    let (head, tail) = (&bytes[..limit * 2 / 3], &bytes[bytes.len() - limit / 3..]);
    let left_out = bytes.len() - head.len() - tail.len();
    format!("{}\n… {left_out} bytes …\n{}", spell(head), spell(tail))
}

fn spell(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(text, "\\x{byte:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_repeats_and_line_breaks() {
        assert_eq!(decode("a\\r\\n\nb\\x00\\xffc").unwrap(), b"a\r\nb\0\xffc");
        assert_eq!(decode("{repeat:3:x: y\\r\\n}z").unwrap(), b"x: y\r\nx: y\r\nx: y\r\nz");
        assert_eq!(decode("{\"json\": 1}").unwrap(), b"{\"json\": 1}");
        assert_eq!(decode("é").unwrap(), "é".as_bytes());
    }

    #[test]
    fn slips_are_told() {
        for slip in [
            "\\q",
            "\\x4",
            "\\xgg",
            "{repeat:x:y}",
            "{repeat:3:y",
            "{repeat:3}",
            "{repeat:999999999:y}",
            "\\",
        ] {
            assert!(decode(slip).is_err(), "{slip}");
        }
    }

    #[test]
    fn shown_bytes_are_readable_and_bounded() {
        assert_eq!(show(b"a\r\n\0\\", 100), "a\\r\\n\n\\x00\\\\");
        assert!(show(&[b'x'; 1000], 30).contains("… 970 bytes …"));
    }
}
