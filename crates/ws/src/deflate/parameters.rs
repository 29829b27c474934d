//! The four parameters of `permessage-deflate` (RFC 7692 §7.1), the same in an offer and in an answer but for one.

use super::extensions::{Extension, Parameter};

pub(super) const NAME: &str = "permessage-deflate";
pub(super) const SERVER_NO_TAKEOVER: &str = "server_no_context_takeover";
pub(super) const CLIENT_NO_TAKEOVER: &str = "client_no_context_takeover";
pub(super) const SERVER_WINDOW: &str = "server_max_window_bits";
pub(super) const CLIENT_WINDOW: &str = "client_max_window_bits";

/// The window without a word about it.
pub(super) const WIDEST: u8 = 15;
/// The narrowest that zlib compresses with; RFC 7692 knows 8, too.
pub(super) const NARROWEST: u8 = 9;

/// What an offer or an answer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) server_no_takeover: bool,
    pub(super) client_no_takeover: bool,
    pub(super) server_window: Option<u8>,
    /// A client that names no value lets the server choose any: [`WIDEST`].
    pub(super) client_window: Option<u8>,
}

impl Parameters {
    /// Reads an offer. The error says what disqualifies all of it (RFC 7692 §7.1).
    pub(super) fn of_offer(extension: &Extension<'_>) -> Result<Self, &'static str> {
        Self::read(extension, Some("15"))
    }

    /// Reads an answer, where each window has a value (RFC 7692 §7.1.2.2).
    #[cfg(any(feature = "client", test))]
    pub(super) fn of_answer(extension: &Extension<'_>) -> Result<Self, &'static str> {
        Self::read(extension, None)
    }

    /// `any` is what a client's window without a value stands for.
    fn read(extension: &Extension<'_>, any: Option<&str>) -> Result<Self, &'static str> {
        let mut read = Self::default();
        for parameter in &extension.parameters {
            read.add(parameter, any)?;
        }
        Ok(read)
    }

    fn add(&mut self, parameter: &Parameter<'_>, any: Option<&str>) -> Result<(), &'static str> {
        let value = parameter.value.as_deref();
        match parameter.name {
            SERVER_NO_TAKEOVER => flag(&mut self.server_no_takeover, value),
            CLIENT_NO_TAKEOVER => flag(&mut self.client_no_takeover, value),
            SERVER_WINDOW => window(&mut self.server_window, value),
            CLIENT_WINDOW => window(&mut self.client_window, value.or(any)),
            _ => Err("unknown parameter of permessage-deflate"),
        }
    }
}

const TWICE: &str = "a parameter of permessage-deflate twice";

fn flag(flag: &mut bool, value: Option<&str>) -> Result<(), &'static str> {
    if value.is_some() {
        return Err("context takeover with a value");
    }
    if std::mem::replace(flag, true) { Err(TWICE) } else { Ok(()) }
}

fn window(window: &mut Option<u8>, value: Option<&str>) -> Result<(), &'static str> {
    let bits = value.and_then(bits).ok_or("a window that is not 8 to 15 bits")?;
    if window.replace(bits).is_some() { Err(TWICE) } else { Ok(()) }
}

/// A decimal integer without leading zeros, 8 to 15 (RFC 7692 §7.1.2).
fn bits(value: &str) -> Option<u8> {
    let bits = value.parse().ok().filter(|bits| (8..=WIDEST).contains(bits))?;
    value.starts_with(|first: char| matches!(first, '1'..='9')).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn windows_are_plain_numbers() {
        assert_eq!(["8", "9", "10", "15"].map(bits), [Some(8), Some(9), Some(10), Some(15)]);
        for value in ["", "7", "16", "08", "+8", "-8", "8.0", " 8", "0x9", "264", "1000"] {
            assert_eq!(bits(value), None, "{value}");
        }
    }
}
