//! [`key_from_hex`]: the key of signed and private cookies as configuration holds it.

use std::error::Error;
use std::fmt;

use cookie::Key;

/// The fewest bytes a key is made of.
const LENGTH: usize = 64;

/// Reads a [`Key`] from hexadecimal text, at least 128 digits of either case; white space around it does not count.
///
/// `openssl rand -hex 64` makes such text. Bytes beyond the 64th do not count.
///
/// ```
/// use hyperserve_router::key_from_hex;
///
/// assert!(key_from_hex(&"5e".repeat(64)).is_ok());
/// assert_eq!(key_from_hex("5e").unwrap_err().to_string(), "the key has 1 byte, and needs at least 64");
/// ```
///
/// # Errors
///
/// When the text is too short, or is not made of pairs of hexadecimal digits. The error does not quote the text.
pub fn key_from_hex(text: &str) -> Result<Key, KeyTextError> {
    let digits = text.trim().as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    let bytes = bytes.filter(|_| rest.is_empty()).ok_or(KeyTextError { length: None })?;
    Key::try_from(&bytes[..]).map_err(|_| KeyTextError { length: Some(bytes.len()) })
}

fn digit(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// Why a text is no [`Key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTextError {
    /// The bytes there are; `None` when the text is not hexadecimal.
    length: Option<usize>,
}

impl fmt::Display for KeyTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length {
            Some(1) => write!(f, "the key has 1 byte, and needs at least {LENGTH}"),
            Some(length) => write!(f, "the key has {length} bytes, and needs at least {LENGTH}"),
            None => f.write_str("the key is not made of pairs of hexadecimal digits"),
        }
    }
}

impl Error for KeyTextError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_text_of_enough_bytes() {
        let bytes: Vec<u8> = (0..64).map(|at| at * 3 + 64).collect();
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for text in [format!(" {text}\n"), text.to_uppercase(), format!("{text}00")] {
            assert_eq!(key_from_hex(&text).unwrap(), Key::from(&bytes));
        }
    }

    #[test]
    fn anything_else_is_an_error_that_quotes_nothing() {
        let short = key_from_hex(&"ab".repeat(63)).unwrap_err().to_string();
        assert_eq!(short, "the key has 63 bytes, and needs at least 64");
        assert_eq!(key_from_hex("").unwrap_err().to_string(), "the key has 0 bytes, and needs at least 64");
        for text in ["a".repeat(127), "xy".repeat(64), "é".repeat(64), format!("0x{}", "ab".repeat(64))] {
            let error = key_from_hex(&text).unwrap_err().to_string();
            assert_eq!(error, "the key is not made of pairs of hexadecimal digits", "{text}");
        }
    }
}
