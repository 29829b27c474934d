//! Numbers as header values, without an allocation where they are small.

use http::HeaderValue;

const SMALL: usize = 1000;

/// The digits of all numbers below [`SMALL`], each in three bytes, to the right.
static DIGITS: [[u8; 3]; SMALL] = digits();

const fn digits() -> [[u8; 3]; SMALL] {
    let mut all = [[b'0'; 3]; SMALL];
    let mut number = 0;
    while number < SMALL {
        all[number] =
            [b'0' + (number / 100) as u8, b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    all
}

/// A number as a header value.
pub(crate) fn number(number: u64) -> HeaderValue {
    let small = usize::try_from(number).ok().and_then(|number| DIGITS.get(number));
    if let Some(digits) = small.and_then(|digits| std::str::from_utf8(significant(digits, number)).ok()) {
        return HeaderValue::from_static(digits);
    }
    let mut text = Digits::default();
    text.push_number(number);
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| HeaderValue::from(number))
}

fn significant(digits: &[u8; 3], number: u64) -> &[u8] {
    let leading = if number < 10 {
        2
    } else if number < 100 {
        1
    } else {
        0
    };
    &digits[leading..]
}

/// The most bytes of a `RateLimit` value: four names of 32 bytes, each with two numbers of at most 20 digits.
const ROOM: usize = 4 * (32 + 2 * 20 + 10);

/// A text with numbers in it, put together without an allocation. What does not fit is left out.
pub(crate) struct Digits {
    bytes: [u8; ROOM],
    length: usize,
}

impl Default for Digits {
    fn default() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }
}

impl Digits {
    pub(crate) fn push(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(text);
            self.length = end;
        }
    }

    pub(crate) fn push_number(&mut self, number: u64) {
        match usize::try_from(number).ok().and_then(|number| DIGITS.get(number)) {
            Some(digits) => self.push(significant(digits, number)),
            None => {
                self.push_number(number / 1000);
                self.push(&DIGITS[(number % 1000) as usize]);
            }
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_digits() {
        for value in (0..2000).chain([9_999, 1_000_000, 1_000_007, 1_795_274_934, u64::MAX]) {
            assert_eq!(number(value).to_str().unwrap(), value.to_string());
            let mut out = Digits::default();
            out.push_number(value);
            assert_eq!(out.as_bytes(), value.to_string().as_bytes());
        }
    }

    #[test]
    fn the_longest_text_fits() {
        let mut out = Digits::default();
        for _ in 0..4 {
            out.push(b", \"");
            out.push(&[b'x'; 32]);
            out.push(b"\";r=;t=");
            out.push_number(u64::MAX);
            out.push_number(u64::MAX);
        }
        assert!(out.as_bytes().ends_with(u64::MAX.to_string().as_bytes()) && out.length == ROOM);
        out.push(b"x");
        assert_eq!(out.length, ROOM);
    }
}
