//! The opening handshake (RFC 6455 §4).

use crate::{Fault, Response};

/// The key of RFC 6455 §1.3, and what accepts it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A request that opens a WebSocket at `path`, with further field lines. One of `Host` takes the place of the usual one.
pub(crate) fn handshake(path: &str, fields: &[String]) -> Vec<u8> {
    let mut lines = vec![format!("GET {path} HTTP/1.1")];
    if !fields.iter().any(|line| line.to_ascii_lowercase().starts_with("host:")) {
        lines.push("Host: a.example".to_owned());
    }
    lines.push("Connection: Upgrade".to_owned());
    lines.push("Upgrade: websocket".to_owned());
    lines.push("Sec-WebSocket-Version: 13".to_owned());
    lines.push(format!("Sec-WebSocket-Key: {KEY}"));
    lines.extend_from_slice(fields);
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}

/// Whether the answer opens a WebSocket in answer to `request` (RFC 6455 §4.1, what a client checks). What it says of
/// another key than the usual one the case judges itself.
///
/// # Errors
/// It switches to WebSocket in a way that a client must refuse.
pub(crate) fn accepts(answer: &Response, request: &[u8]) -> Result<bool, Fault> {
    let upgrades = answer.field("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    if answer.status != 101 || !upgrades {
        return Ok(false);
    }
    if !answer.has_option("upgrade") {
        return Err(Fault::new("the 101 has no `Connection: upgrade` (RFC 6455 §4.2.2)"));
    }
    let accept: Vec<_> = answer.lines("sec-websocket-accept").collect();
    let usual = request.windows(KEY.len()).any(|window| window == KEY.as_bytes());
    match accept.as_slice() {
        [ACCEPT] => Ok(true),
        [_] if !usual => Ok(true),
        other => Err(Fault::new(format!(
            "Sec-WebSocket-Accept is {other:?} instead of {ACCEPT} (RFC 6455 §4.2.2)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Parsed, parse};

    fn accepted(fields: &str) -> Result<bool, Fault> {
        let text = format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n");
        match parse(text.as_bytes(), Asked::Other, false).unwrap() {
            Parsed::Complete(answer) => accepts(&answer, &handshake("/", &[])),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_client_must_refuse() {
        let good = format!("Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: {ACCEPT}\r\n");
        assert_eq!(accepted(&good), Ok(true));
        assert_eq!(accepted(&good.replace("WebSocket\r", "echo\r")), Ok(false));
        for (there, instead) in [(ACCEPT, "s3pPLMBiTxaQ9kYGzzhZRbK+xOO="), ("Connection: Upgrade\r\n", "")] {
            assert!(accepted(&good.replace(there, instead)).is_err(), "{instead}");
        }
        assert!(accepted("Connection: Upgrade\r\nUpgrade: websocket\r\n").is_err());
    }

    #[test]
    fn a_host_of_the_case_takes_the_place_of_the_usual_one() {
        let text = |fields: &[String]| String::from_utf8(handshake("/", fields)).unwrap();
        assert!(text(&[]).contains("\r\nHost: a.example\r\n") && text(&[]).ends_with("\r\n\r\n"));
        let other = text(&["HOST: b.example".to_owned()]);
        assert!(!other.contains("a.example") && other.contains("\r\nHOST: b.example\r\n"));
    }
}
