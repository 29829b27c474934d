//! Escaping, so that a line stays one line and a value cannot be taken for another part of it.

use std::str;

/// Bytes of a header value that a line shows.
const LONGEST_VALUE: usize = 1024;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Bytes that need no escaping, in quotes or JSON: printable ASCII but `"` and `\`.
static PLAIN: [bool; 256] = plain();

const fn plain() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = b' ';
    while byte < 0x7f {
        table[byte as usize] = byte != b'"' && byte != b'\\';
        byte += 1;
    }
    table
}

fn plain_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !PLAIN[usize::from(byte)]).unwrap_or(bytes.len())
}

/// What is escaped how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// As Apache httpd's `mod_log_config` does: `\"`, `\\`, `\n`, and `\xhh` for other bytes.
    Text,
    /// As RFC 8259 §7 has it, in ASCII.
    Json,
}

impl Escape {
    /// Writes a value.
    pub(super) fn write(self, out: &mut Vec<u8>, mut bytes: &[u8]) {
        loop {
            let (good, rest) = bytes.split_at(plain_length(bytes));
            out.extend_from_slice(good);
            if rest.is_empty() {
                return;
            }
            bytes = &rest[self.write_first(out, rest)..];
        }
    }

    /// Writes a header's value, of which one that is very long is clipped.
    pub(super) fn write_value(self, out: &mut Vec<u8>, value: &[u8]) {
        clipped(out, value, |out, value| self.write(out, value));
    }

    /// Writes what begins with a byte that is not plain; says how many bytes that were.
    fn write_first(self, out: &mut Vec<u8>, bytes: &[u8]) -> usize {
        match (bytes[0], self) {
            (byte @ (b'"' | b'\\'), _) => out.extend_from_slice(&[b'\\', byte]),
            (b'\n', _) => out.extend_from_slice(b"\\n"),
            (b'\r', _) => out.extend_from_slice(b"\\r"),
            (b'\t', _) => out.extend_from_slice(b"\\t"),
            (byte, Self::Text) => {
                out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte)]);
            }
            (_, Self::Json) => return write_json_character(out, bytes),
        }
        1
    }
}

/// Writes the beginning of a value that may be very long, and says so if it is.
pub(super) fn clipped(out: &mut Vec<u8>, value: &[u8], write: impl FnOnce(&mut Vec<u8>, &[u8])) {
    write(out, &value[..value.len().min(LONGEST_VALUE)]);
    if value.len() > LONGEST_VALUE {
        out.extend_from_slice(b"...");
    }
}

/// A character of UTF-8 as one or two UTF-16 units; a byte that belongs to none as U+FFFD.
fn write_json_character(out: &mut Vec<u8>, bytes: &[u8]) -> usize {
    let longest = &bytes[..bytes.len().min(4)];
    let valid = match str::from_utf8(longest) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&longest[..error.valid_up_to()]).unwrap_or_default(),
    };
    let character = valid.chars().next();
    for unit in character.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(b"\\u");
        out.extend([12, 8, 4, 0].map(|shift| digit((*unit >> shift) as u8)));
    }
    character.map_or(1, char::len_utf8)
}

fn digit(nibble: u8) -> u8 {
    HEX[usize::from(nibble & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(escape: Escape, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        escape.write(&mut out, bytes);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_printable_ascii_without_quotes() {
        for byte in 0..=255_u8 {
            let line = written(Escape::Text, &[b'a', byte, b'b']);
            assert!(line.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{line}");
            assert_eq!(line.contains('"'), line.contains("\\\""), "{line}");
        }
        assert_eq!(written(Escape::Text, b"a\"b\\c\nd\x1b[31m\xff"), r#"a\"b\\c\nd\x1b[31m\xff"#);
    }

    #[test]
    fn json_reads_back() {
        let inputs = ["plain", "q\"b\\", "a\r\n\tb\0\u{1b}\u{7f}", "grüße \u{1f980}", ""];
        for input in inputs {
            let quoted = format!("\"{}\"", written(Escape::Json, input.as_bytes()));
            assert!(quoted.is_ascii());
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), input);
        }
    }

    #[test]
    fn json_replaces_what_is_no_utf_8() {
        assert_eq!(written(Escape::Json, b"a\xffb\xe2\x82"), r"a\ufffdb\ufffd\ufffd");
        assert_eq!(written(Escape::Json, b"\xc3\xa9\xff"), r"\u00e9\ufffd");
    }

    #[test]
    fn long_values_are_clipped() {
        let mut out = Vec::new();
        Escape::Text.write_value(&mut out, &[b'x'; LONGEST_VALUE + 1]);
        assert!(out.len() == LONGEST_VALUE + 3 && out.ends_with(b"x..."));
    }
}
