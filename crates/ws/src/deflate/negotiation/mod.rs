//! The handshake's part of `permessage-deflate`: offers, answers, and what they come to (RFC 7692 §5, §7.1).

#[cfg(any(feature = "client", test))]
mod client;
mod server;

use http::HeaderMap;
use http::header::SEC_WEBSOCKET_EXTENSIONS;
use hyperserve_core::Compression;

use super::extensions::{Extension, elements};
use super::parameters::{NAME, NARROWEST, WIDEST};

#[cfg(any(feature = "client", test))]
pub(crate) use client::{confirm, offer};
pub(crate) use server::accept;

/// What both ends have agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// Whether the server's messages may refer to its earlier ones.
    pub(crate) server_takeover: bool,
    /// Whether the client's messages may refer to its earlier ones.
    pub(crate) client_takeover: bool,
    /// The window the server compresses with, in bits.
    pub(crate) server_window: u8,
    /// The window the client compresses with, in bits.
    pub(crate) client_window: u8,
}

/// All elements of all fields, `None` for one that is malformed.
fn listed(headers: &HeaderMap) -> impl Iterator<Item = Option<Extension<'_>>> {
    // bytes that are no visible ASCII are an element that nothing can be made of
    let texts = headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter().map(|field| field.to_str().unwrap_or(";"));
    texts.flat_map(elements)
}

fn server_window(config: &Compression) -> u8 {
    config.server_window_bits.clamp(NARROWEST, WIDEST)
}

fn client_window(config: &Compression) -> u8 {
    config.client_window_bits.clamp(NARROWEST, WIDEST)
}

/// An offer or an answer as it is written.
struct Text(String);

impl Text {
    fn new() -> Self {
        Self(NAME.to_owned())
    }

    fn flag(&mut self, name: &str, set: bool) {
        if set {
            self.0.push_str("; ");
            self.0.push_str(name);
        }
    }

    /// A window narrower than the widest, which needs no word.
    fn window(&mut self, name: &str, bits: u8) {
        if bits < WIDEST {
            self.value(name, bits);
        }
    }

    fn value(&mut self, name: &str, bits: u8) {
        self.flag(name, true);
        self.0.push('=');
        self.0.push_str(&bits.to_string());
    }
}

/// What the tests of both sides begin with.
#[cfg(test)]
mod tests {
    use super::{Agreed, accept, confirm, offer};
    use http::header::SEC_WEBSOCKET_EXTENSIONS;
    use http::{HeaderMap, HeaderValue};
    use hyperserve_core::Compression;

    pub(super) fn headers(fields: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for field in fields {
            let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
            headers.append(SEC_WEBSOCKET_EXTENSIONS, value);
        }
        headers
    }

    pub(super) fn agreed(
        server_takeover: bool,
        client_takeover: bool,
        server_window: u8,
        client_window: u8,
    ) -> Agreed {
        Agreed { server_takeover, client_takeover, server_window, client_window }
    }

    pub(super) fn takeover() -> Compression {
        Compression::default().with_server_takeover(true).with_client_takeover(true)
    }

    #[test]
    fn both_sides_of_ours_come_to_the_same() {
        for config in [
            Compression::default(),
            takeover(),
            takeover().with_server_window_bits(9).with_client_window_bits(12),
        ] {
            let mut offered = HeaderMap::new();
            offered.insert(SEC_WEBSOCKET_EXTENSIONS, offer(&config));
            let (server, answer) = accept(&offered, &config).unwrap();
            let mut answered = HeaderMap::new();
            answered.insert(SEC_WEBSOCKET_EXTENSIONS, answer);
            assert_eq!(confirm(&answered, &config), Ok(Some(server)));
        }
    }
}
