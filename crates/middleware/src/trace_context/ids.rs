//! [`TraceId`], [`SpanId`] and [`TraceFlags`]: what a `traceparent` is made of.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

use crate::random::random;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty, $number:ty, $digits:literal)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The id of these bytes; all zero is none.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $digits / 2]) -> Option<Self> {
                match <$inner>::new(<$number>::from_be_bytes(bytes)) {
                    Some(id) => Some(Self(id)),
                    None => None,
                }
            }

            /// Its bytes, the first one first.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; $digits / 2] {
                self.0.get().to_be_bytes()
            }

            /// A new one, all of whose bits are random.
            #[must_use]
            pub fn random() -> Self {
                Self::from_bytes(random()).unwrap_or(Self(<$inner>::MIN))
            }

            /// Reads lower-case hexadecimal digits, exactly as many as an id has.
            pub(super) fn read(digits: &[u8]) -> Option<Self> {
                let digits: &[u8; $digits] = digits.try_into().ok()?;
                let mut number: $number = 0;
                for &digit in digits {
                    number = number << 4 | <$number>::from(value(digit)?);
                }
                <$inner>::new(number).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:0", $digits, "x}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

id! {
    /// The id of a trace: 16 bytes, not all of them zero. Shown as 32 hexadecimal digits.
    TraceId(NonZeroU128, u128, 32)
}

id! {
    /// The id of a span, `parent-id` in a `traceparent`: 8 bytes, not all of them zero. Shown as 16 hexadecimal digits.
    SpanId(NonZeroU64, u64, 16)
}

impl TraceId {
    /// The bits that are random in every trace that says so (Level 2, random-trace-id flag).
    pub(super) const fn random_bits(self) -> u64 {
        (self.0.get() & ((1 << 56) - 1)) as u64
    }
}

/// The flags of a `traceparent`. Those that version `00` does not know are not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// The caller may have recorded the trace.
    pub const SAMPLED: Self = Self(1);
    /// The last seven bytes of the trace's id are random (Level 2).
    pub const RANDOM: Self = Self(2);

    /// Whether the caller may have recorded the trace.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether the last seven bytes of the trace's id are known to be random.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0 & Self::RANDOM.0 != 0
    }

    /// The same with another word on sampling.
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        Self(self.0 & !Self::SAMPLED.0 | sampled as u8)
    }

    /// As the byte of a `traceparent`.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    pub(super) fn read(digits: &[u8]) -> Option<Self> {
        byte(digits).map(|bits| Self(bits & (Self::SAMPLED.0 | Self::RANDOM.0)))
    }
}

/// Writes bytes in lower-case hexadecimal digits, two each.
pub(super) fn write_hex(bytes: &[u8], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (&byte, digits) in bytes.iter().zip(out.chunks_exact_mut(2)) {
        digits.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Two lower-case hexadecimal digits.
pub(super) fn byte(digits: &[u8]) -> Option<u8> {
    let &[high, low] = digits else { return None };
    Some(value(high)? << 4 | value(low)?)
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_as_they_are_written() {
        let text = "0af7651916cd43dd8448eb211c80319c";
        let id = TraceId::read(text.as_bytes()).unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(TraceId::from_bytes(id.to_bytes()), Some(id));
        assert_eq!(id.random_bits(), 0x0048_eb21_1c80_319c);
        assert_eq!(format!("{:?}", SpanId::read(b"00000000000000ff").unwrap()), "SpanId(00000000000000ff)");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "0", "0000000000000000", "00000000000000AF", "+000000000000001", "00000000000000g0"]
        {
            assert_eq!(SpanId::read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(SpanId::read(b"00000000000000001"), None);
        assert_eq!(TraceId::from_bytes([0; 16]), None);
    }

    #[test]
    fn flags_that_nobody_knows_are_dropped() {
        assert_eq!(TraceFlags::read(b"ff").unwrap().bits(), 3);
        assert_eq!(TraceFlags::read(b"08").unwrap(), TraceFlags::default());
        for text in ["", "0", "001", "0x", "0A"] {
            assert_eq!(TraceFlags::read(text.as_bytes()), None, "{text}");
        }
        let flags = TraceFlags::read(b"03").unwrap();
        assert!(flags.is_sampled() && flags.is_random());
        assert_eq!(flags.with_sampled(false), TraceFlags::RANDOM);
        assert_eq!(TraceFlags::default().with_sampled(true), TraceFlags::SAMPLED);
    }
}
