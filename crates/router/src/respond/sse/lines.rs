//! [`Lines`]: writes text as the lines of one field, whichever way its lines end.

use std::io;

/// A writer that begins each line of what is written to it with the name of a field. The last line is left open.
pub(super) struct Lines<'a> {
    text: &'a mut Vec<u8>,
    field: &'static str,
    /// The last byte was CR: an LF after it belongs to the same line end.
    after_cr: bool,
}

impl<'a> Lines<'a> {
    /// Begins the first line of `field`; a comment is a field without a name.
    pub(super) fn of(text: &'a mut Vec<u8>, field: &'static str) -> Self {
        let mut lines = Self { text, field, after_cr: false };
        lines.begin();
        lines
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) {
        if self.after_cr && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
        }
        self.after_cr &= bytes.is_empty();
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            self.text.extend_from_slice(&bytes[..end]);
            self.text.push(b'\n');
            self.begin();
            let crlf = bytes[end..].starts_with(b"\r\n");
            self.after_cr = bytes[end..] == *b"\r";
            bytes = &bytes[end + 1 + usize::from(crlf)..];
        }
        self.text.extend_from_slice(bytes);
    }

    /// The space is sent even before empty text: clients take one away (WHATWG HTML §9.2.6).
    fn begin(&mut self) {
        self.text.extend_from_slice(self.field.as_bytes());
        self.text.extend_from_slice(b": ");
    }
}

impl io::Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Lines::write(self, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_cut_between_two_writes_are_one() {
        let text = b"a\r\nb\rc\nd\n\re\r\r\nf";
        let mut whole = Vec::new();
        Lines::of(&mut whole, "data").write(text);
        for cut in 0..=text.len() {
            let mut parts = Vec::new();
            let mut lines = Lines::of(&mut parts, "data");
            lines.write(&text[..cut]);
            lines.write(b"");
            lines.write(&text[cut..]);
            assert_eq!(parts, whole, "cut at {cut}");
        }
        assert_eq!(whole, b"data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: e\ndata: \ndata: f");
    }
}
