//! Ways to be wrong on purpose. Each must turn some case red; `tests/mutations.rs` holds the suite to it.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use hyperserve_core::{Body, Response};

use super::pieces::{Piece, Pieces};

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// 200 becomes 203.
    WrongStatus,
    /// No answer of the app has a Content-Type, or an Allow.
    MissingHeader,
    /// Content stops before its announced end and never goes on.
    HangingBody,
    /// Content is another one of the same length.
    WrongBody,
    /// A WebSocket's messages come back as others of the same length.
    WrongMessage,
    /// A WebSocket's texts come back as bytes.
    WrongKind,
    /// A WebSocket is closed with another code than was asked for.
    WrongClose,
    /// A WebSocket is accepted with the value of another key.
    WrongAccept,
    /// A byte too many follows whatever the server writes.
    ExtraBytes,
    /// Connections that the server closes stay open for the client.
    NoClose,
}

impl FromStr for Mutation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "wrong-status" => Self::WrongStatus,
            "missing-header" => Self::MissingHeader,
            "hanging-body" => Self::HangingBody,
            "wrong-body" => Self::WrongBody,
            "wrong-message" => Self::WrongMessage,
            "wrong-kind" => Self::WrongKind,
            "wrong-close" => Self::WrongClose,
            "wrong-accept" => Self::WrongAccept,
            "extra-bytes" => Self::ExtraBytes,
            "no-close" => Self::NoClose,
            _ => return Err(format!("there is no mutation {name}")),
        })
    }
}

impl Mutation {
    /// Whether it is done to the bytes on the wire, not to an answer.
    #[must_use]
    pub fn is_on_the_wire(self) -> bool {
        matches!(self, Self::ExtraBytes | Self::NoClose)
    }

    /// The answer, made wrong.
    pub fn spoil(self, mut answer: Response) -> Response {
        match self {
            Self::WrongStatus if answer.status() == StatusCode::OK => {
                *answer.status_mut() = StatusCode::NON_AUTHORITATIVE_INFORMATION;
            }
            Self::MissingHeader => {
                answer.headers_mut().remove(header::CONTENT_TYPE);
                answer.headers_mut().remove(header::ALLOW);
            }
            Self::HangingBody => return hang(answer),
            Self::WrongBody => return replace(answer),
            Self::WrongAccept if answer.status() == StatusCode::SWITCHING_PROTOCOLS => {
                let other = HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
                answer.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, other);
            }
            // Done elsewhere, or nothing to be done to this answer.
            _ => {}
        }
        answer
    }
}

fn hang(mut answer: Response) -> Response {
    let Some(bytes) = answer.body_mut().take_bytes().filter(|bytes| !bytes.is_empty()) else { return answer };
    answer.headers_mut().insert(header::CONTENT_LENGTH, bytes.len().into());
    let pieces = vec![Piece::Data(bytes.slice(..bytes.len() - 1)), Piece::Hang];
    answer.map(|_| Body::new(Pieces::new(pieces, Duration::from_millis(1))))
}

fn replace(mut answer: Response) -> Response {
    match answer.body_mut().take_bytes() {
        Some(bytes) => answer.map(|_| Body::from(Bytes::from(vec![b'?'; bytes.len()]))),
        None => answer,
    }
}
