//! What of `permessage-deflate` the server agreed to (RFC 7692 §7.1), held to the rules for answers.

use crate::{Fault, Response};

/// The extension's own name.
const NAME: &str = "permessage-deflate";

/// The parameters that decide how the server's messages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extension {
    /// The server may refer to earlier messages.
    pub(crate) takeover: bool,
    /// The server's window, two to this power bytes.
    pub(crate) window: u8,
}

impl Extension {
    /// What a 101 agrees to, `None` being no compression.
    ///
    /// # Errors
    /// An extension that is not `permessage-deflate`, or one whose parameters no client may take (RFC 7692 §7.1).
    pub(crate) fn of(answer: &Response) -> Result<Option<Self>, Fault> {
        let Some(value) = answer.field("sec-websocket-extensions") else { return Ok(None) };
        let mut members = value.split(';').map(str::trim);
        if members.next() != Some(NAME) || value.contains(',') {
            return Err(Fault::new(format!("the extension `{value}` is not one {NAME} (RFC 7692 §5.1)")));
        }
        let mut agreed = Self { takeover: true, window: 15 };
        let mut seen = Vec::new();
        for member in members {
            let name = agreed.take(member)?;
            if seen.contains(&name) {
                return Err(Fault::new(format!("the parameter `{name}` is there twice (RFC 7692 §7.1)")));
            }
            seen.push(name);
        }
        Ok(Some(agreed))
    }

    fn take<'a>(&mut self, member: &'a str) -> Result<&'a str, Fault> {
        let (name, value) =
            member.split_once('=').map_or((member, None), |(name, value)| (name, Some(value)));
        match (name, value.and_then(bits)) {
            ("server_no_context_takeover", None) if value.is_none() => self.takeover = false,
            ("client_no_context_takeover", None) if value.is_none() => {}
            ("server_max_window_bits", Some(bits)) => self.window = bits,
            ("client_max_window_bits", Some(_)) => {}
            _ => return Err(Fault::new(format!("`{member}` is no parameter of an answer (RFC 7692 §7.1)"))),
        }
        Ok(name)
    }
}

/// 8 to 15, without leading zeroes.
fn bits(value: &str) -> Option<u8> {
    value.parse().ok().filter(|bits: &u8| (8..=15).contains(bits) && value.len() == bits.to_string().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Framing;

    fn of(value: &str) -> Result<Option<Extension>, Fault> {
        let fields = vec![("sec-websocket-extensions".to_owned(), value.to_owned())];
        let (body, trailers) = (Vec::new(), Vec::new());
        Extension::of(&Response {
            minor: 1,
            status: 101,
            fields,
            framing: Framing::None,
            body,
            trailers,
            taken: 0,
        })
    }

    #[test]
    fn parameters_of_an_answer() {
        assert_eq!(of(NAME), Ok(Some(Extension { takeover: true, window: 15 })));
        let all = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                   server_max_window_bits=9; client_max_window_bits=15";
        assert_eq!(of(all), Ok(Some(Extension { takeover: false, window: 9 })));
        for wrong in [
            "x-other",
            "permessage-deflate, permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; level=9",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
