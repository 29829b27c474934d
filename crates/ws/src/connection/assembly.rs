//! A message that is put together from the payloads of its frames.

use crate::{Error, Message};
use bytes::Bytes;

/// What has come of a message.
#[derive(Debug)]
pub(super) enum Assembly {
    Text(Text),
    Binary(Vec<u8>),
    /// Inflated when it is whole.
    Compressed {
        text: bool,
        bytes: Vec<u8>,
    },
}

impl Assembly {
    pub(super) const fn new(text: bool, compressed: bool) -> Self {
        match (compressed, text) {
            (true, text) => Self::Compressed { text, bytes: Vec::new() },
            (false, true) => Self::Text(Text::new()),
            (false, false) => Self::Binary(Vec::new()),
        }
    }

    /// Bytes that have come, as they came.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) | Self::Compressed { bytes, .. } => bytes.len(),
        }
    }

    pub(super) const fn is_compressed(&self) -> bool {
        matches!(self, Self::Compressed { .. })
    }

    /// Makes room for `len` bytes: just that for a first frame, more and more at a time for those that follow.
    pub(super) fn reserve(&mut self, len: usize) {
        let is_first = self.len() == 0;
        match self {
            Self::Text(text) if is_first => text.string.reserve_exact(len),
            Self::Text(text) => text.string.reserve(len),
            Self::Binary(bytes) | Self::Compressed { bytes, .. } if is_first => bytes.reserve_exact(len),
            Self::Binary(bytes) | Self::Compressed { bytes, .. } => bytes.reserve(len),
        }
    }

    /// Adds unmasked bytes. Text is checked as it comes (RFC 6455 §8.1).
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Text(text) => text.push(bytes),
            Self::Binary(all) | Self::Compressed { bytes: all, .. } => {
                all.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Where bytes can be read into without a copy on the way.
    pub(super) const fn buffer(&mut self) -> Option<&mut Vec<u8>> {
        match self {
            Self::Text(_) => None,
            Self::Binary(bytes) | Self::Compressed { bytes, .. } => Some(bytes),
        }
    }
}

/// Text that is valid as far as it has come.
#[derive(Debug)]
pub(super) struct Text {
    string: String,
    /// The beginning of a character whose end is still to come.
    tail: [u8; 4],
    tail_len: u8,
}

impl Text {
    const fn new() -> Self {
        Self { string: String::new(), tail: [0; 4], tail_len: 0 }
    }

    const fn len(&self) -> usize {
        self.string.len() + self.tail_len as usize
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let bytes = if self.tail_len == 0 { bytes } else { self.finish_character(bytes)? };
        match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => self.string.push_str(text),
            Err(error) if error.error_len().is_none() => self.push_cut(bytes, error.valid_up_to())?,
            Err(_) => return Err(Error::InvalidUtf8),
        }
        Ok(())
    }

    /// `bytes` are valid up to `end`, where a character begins that is not whole.
    fn push_cut(&mut self, bytes: &[u8], end: usize) -> Result<(), Error> {
        let (valid, rest) = bytes.split_at(end);
        self.string.push_str(std::str::from_utf8(valid).map_err(|_| Error::InvalidUtf8)?);
        self.tail[..rest.len()].copy_from_slice(rest);
        self.tail_len = rest.len() as u8;
        Ok(())
    }

    /// Adds bytes to the character that was cut; returns those that are left.
    fn finish_character<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], Error> {
        while let Some((&byte, rest)) = bytes.split_first() {
            let len = usize::from(self.tail_len) + 1;
            self.tail[len - 1] = byte;
            self.tail_len += 1;
            bytes = rest;
            match std::str::from_utf8(&self.tail[..len]) {
                Ok(character) => {
                    self.string.push_str(character);
                    self.tail_len = 0;
                    break;
                }
                // Four bytes are a character or are not: a cut one has three at most.
                Err(error) if error.error_len().is_some() => return Err(Error::InvalidUtf8),
                Err(_) => {}
            }
        }
        Ok(bytes)
    }

    pub(super) fn finish(self) -> Result<Message, Error> {
        if self.tail_len == 0 { Ok(Message::Text(self.string.into())) } else { Err(Error::InvalidUtf8) }
    }
}

/// A message that came in one piece.
#[inline]
pub(super) fn whole(text: bool, bytes: &[u8]) -> Result<Message, Error> {
    if text {
        let text = simdutf8::compat::from_utf8(bytes).map_err(|_| Error::InvalidUtf8)?;
        Ok(Message::Text(text.into()))
    } else {
        Ok(Message::Binary(Bytes::copy_from_slice(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembled(bytes: &[u8], step: usize) -> Result<Message, Error> {
        let mut text = Text::new();
        for part in bytes.chunks(step) {
            text.push(part)?;
        }
        text.finish()
    }

    #[test]
    fn text_is_the_same_however_it_is_cut() {
        let text = "κόσμε 😀 ascii ﬁ";
        for step in 1..=text.len() {
            assert_eq!(assembled(text.as_bytes(), step).unwrap().as_str(), Some(text), "in steps of {step}");
        }
        for end in [1, 3, 13] {
            assert!(assembled(&text.as_bytes()[..end], 2).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_wrong_byte_is_found_as_soon_as_it_is_there() {
        for bad in [&b"\xf4\x90"[..], b"\xed\xa0", b"\xc0", b"\xf5", b"\xe0\x80", b"a\x80"] {
            let mut text = Text::new();
            let (last, before) = bad.split_last().unwrap();
            for byte in before {
                text.push(&[*byte]).unwrap();
            }
            assert!(text.push(&[*last]).is_err(), "{bad:x?}");
        }
    }
}
