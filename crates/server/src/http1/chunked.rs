//! A strict walk over a chunked body (RFC 9112 §7.1), so that hyper's lenient one only sees what is well formed.
//!
//! Chunk data is skipped by count; only size lines and trailers are looked at byte by byte.

use super::bytes::is_token;

/// A chunked body that breaks the grammar or a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    SizeStart,
    Size,
    /// White space that must lead to `;` (BWS, RFC 9112 §7.1.1).
    ExtensionGap,
    ExtensionName {
        empty: bool,
    },
    /// White space after a name: `=`, `;` or the end.
    NameGap,
    ValueStart,
    ValueToken,
    ValueQuoted,
    ValueEscape,
    ValueEnd,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done,
}

/// Progress through one chunked body.
#[derive(Clone, Debug)]
pub(crate) struct Chunked {
    state: State,
    /// Size of the current chunk while it is read, then the bytes of it still to come.
    left: u64,
    digits: u8,
    /// Bytes of the current size line, or of the trailer section.
    line: usize,
    max_line: usize,
    /// Chunks with data that have ended.
    chunks: u32,
}

impl Chunked {
    pub(crate) const fn new(max_line: usize) -> Self {
        Self { state: State::SizeStart, left: 0, digits: 0, line: 0, max_line, chunks: 0 }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether no more than one chunk has data.
    pub(crate) fn is_one_piece(&self) -> bool {
        self.chunks <= 1
    }

    /// Walks over `bytes`; returns how many belong to the body (fewer only when it is done).
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < bytes.len() && self.state != State::Done {
            if self.state == State::Data {
                let step = self.left.min((bytes.len() - at) as u64);
                self.left -= step;
                at += step as usize;
                if self.left == 0 {
                    self.chunks = self.chunks.saturating_add(1);
                    self.state = State::DataCr;
                }
                continue;
            }
            self.state = self.step(bytes[at])?;
            at += 1;
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<State, Malformed> {
        self.line += 1;
        if self.line > self.max_line {
            return Err(Malformed);
        }
        match self.state {
            State::SizeStart | State::Size => self.size(byte),
            State::ExtensionGap => extension_gap(byte),
            State::ExtensionName { empty } => extension_name(byte, empty),
            State::NameGap => name_gap(byte),
            State::ValueStart => value_start(byte),
            State::ValueToken => value_token(byte),
            State::ValueQuoted => quoted(byte),
            State::ValueEscape if is_text(byte) => Ok(State::ValueQuoted),
            State::ValueEnd => after_value(byte),
            State::SizeLf if byte == b'\n' => Ok(self.start_data()),
            State::DataCr if byte == b'\r' => Ok(State::DataLf),
            State::DataLf if byte == b'\n' => Ok(self.start_line()),
            State::TrailerStart if byte == b'\r' => Ok(State::EndLf),
            State::TrailerStart | State::TrailerName if is_token(byte) => Ok(State::TrailerName),
            State::TrailerName if byte == b':' => Ok(State::TrailerValue),
            State::TrailerValue if is_text(byte) => Ok(State::TrailerValue),
            State::TrailerValue if byte == b'\r' => Ok(State::TrailerLf),
            State::TrailerLf if byte == b'\n' => Ok(State::TrailerStart),
            State::EndLf if byte == b'\n' => Ok(State::Done),
            _ => Err(Malformed),
        }
    }

    fn size(&mut self, byte: u8) -> Result<State, Malformed> {
        if let Some(digit) = (byte as char).to_digit(16) {
            self.digits += 1;
            // 16 digits hold any size; leading zeros count, or a line of them would pass
            if self.digits > 16 {
                return Err(Malformed);
            }
            self.left = self.left << 4 | u64::from(digit);
            return Ok(State::Size);
        }
        match (self.state, byte) {
            (State::Size, b'\r') => Ok(State::SizeLf),
            (State::Size, b';') => Ok(State::ExtensionName { empty: true }),
            (State::Size, b' ' | b'\t') => Ok(State::ExtensionGap),
            _ => Err(Malformed),
        }
    }

    fn start_data(&mut self) -> State {
        self.line = 0;
        if self.left == 0 { State::TrailerStart } else { State::Data }
    }

    fn start_line(&mut self) -> State {
        self.line = 0;
        self.digits = 0;
        State::SizeStart
    }
}

fn extension_gap(byte: u8) -> Result<State, Malformed> {
    match byte {
        b' ' | b'\t' => Ok(State::ExtensionGap),
        b';' => Ok(State::ExtensionName { empty: true }),
        _ => Err(Malformed),
    }
}

fn extension_name(byte: u8, empty: bool) -> Result<State, Malformed> {
    match byte {
        _ if is_token(byte) => Ok(State::ExtensionName { empty: false }),
        b' ' | b'\t' if empty => Ok(State::ExtensionName { empty: true }),
        b' ' | b'\t' => Ok(State::NameGap),
        _ if empty => Err(Malformed),
        b'\r' => Ok(State::SizeLf),
        _ => name_gap(byte),
    }
}

fn name_gap(byte: u8) -> Result<State, Malformed> {
    match byte {
        b' ' | b'\t' => Ok(State::NameGap),
        b'=' => Ok(State::ValueStart),
        b';' => Ok(State::ExtensionName { empty: true }),
        _ => Err(Malformed),
    }
}

fn value_start(byte: u8) -> Result<State, Malformed> {
    match byte {
        b' ' | b'\t' => Ok(State::ValueStart),
        b'"' => Ok(State::ValueQuoted),
        _ if is_token(byte) => Ok(State::ValueToken),
        _ => Err(Malformed),
    }
}

fn value_token(byte: u8) -> Result<State, Malformed> {
    if is_token(byte) { Ok(State::ValueToken) } else { after_value(byte) }
}

fn quoted(byte: u8) -> Result<State, Malformed> {
    match byte {
        b'"' => Ok(State::ValueEnd),
        b'\\' => Ok(State::ValueEscape),
        _ if is_text(byte) => Ok(State::ValueQuoted),
        _ => Err(Malformed),
    }
}

fn after_value(byte: u8) -> Result<State, Malformed> {
    match byte {
        b'\r' => Ok(State::SizeLf),
        b';' => Ok(State::ExtensionName { empty: true }),
        b' ' | b'\t' => Ok(State::ExtensionGap),
        _ => Err(Malformed),
    }
}

/// HTAB, SP, visible ASCII and obs-text (RFC 9110 §5.5).
const fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks in steps of one byte and in one step; both must agree.
    fn walk(body: &str) -> Result<(usize, bool), Malformed> {
        let mut whole = Chunked::new(1024);
        let at_once = whole.advance(body.as_bytes()).map(|n| (n, whole.is_done()));
        let mut slow = Chunked::new(1024);
        let mut taken = Ok((0, false));
        for byte in body.as_bytes() {
            taken = taken.and_then(|(n, _)| slow.advance(&[*byte]).map(|m| (n + m, slow.is_done())));
        }
        assert_eq!(at_once, taken, "{body:?}");
        at_once
    }

    #[test]
    fn well_formed_bodies_end_where_they_end() {
        for body in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "5;a\r\nhello\r\n0\r\n\r\n",
            "5;a=b;c=\"d \\\" e\"\r\nhello\r\n0;z\r\n\r\n",
            "5 ; a = b\r\nhello\r\n000\r\n\r\n",
            "A\r\n0123456789\r\n0\r\nx-sum: 1\r\nx-y:\r\n\r\n",
        ] {
            let next = format!("{body}GET / HTTP/1.1");
            assert_eq!(walk(&next), Ok((body.len(), true)), "{body:?}");
        }
    }

    #[test]
    fn everything_loose_is_refused() {
        for body in [
            "\r\n",
            ";\r\n",
            "5;\r\n",
            "5 \r\n",
            " 5\r\n",
            "0x5\r\n",
            "+5\r\n",
            "-5\r\n",
            "5_0\r\n",
            "5\n",
            "5;a\n",
            "5;a=\r\n",
            "5;=b\r\n",
            "5;a=\"b\n",
            "5;a\0\r\n",
            "5;a=b c\r\n",
            "5\r\nhelloX",
            "5\r\nhello\n",
            "g\r\n",
            "00000000000000005\r\n",
            "5;a \r\n",
            "fffffffffffffffff\r\n",
            "0\r\n x: y\r\n",
            "0\r\nx\r\n",
            "0\r\nx: y\n",
            "0\r\n\n",
            "0\r\n: y\r\n",
            "0\r\nx : y\r\n",
            "0\r\nx: y\r\n folded\r\n\r\n",
            "5\r\r\n",
            "0\r\nx: \0\r\n\r\n",
        ] {
            assert_eq!(walk(body), Err(Malformed), "{body:?}");
        }
    }

    #[test]
    fn long_lines_and_trailers_are_refused() {
        assert_eq!(walk(&format!("5;{}\r\n", "a".repeat(2000))), Err(Malformed));
        assert_eq!(walk(&format!("0\r\n{}\r\n", "x: y\r\n".repeat(300))), Err(Malformed));
    }
}
