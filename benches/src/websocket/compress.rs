//! permessage-deflate (RFC 7692) from the client's side.

use std::io;
use std::str::FromStr;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// What a sync flush ends with, and a message leaves out (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];
/// RSV1 of a message's first frame: it is compressed.
const COMPRESSED: u8 = 0x40;
const LEVEL: u32 = 6;

/// What the client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deflate {
    /// No compression.
    Off,
    /// Each message for itself, both ways.
    Fresh,
    /// What went before serves as a dictionary, both ways.
    Takeover,
}

impl FromStr for Deflate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "off" => Ok(Self::Off),
            "fresh" => Ok(Self::Fresh),
            "takeover" => Ok(Self::Takeover),
            _ => Err(()),
        }
    }
}

impl Deflate {
    /// The offer's header field, empty or with its line's end.
    #[must_use]
    pub fn offer(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Fresh => {
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
            }
            Self::Takeover => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        }
    }

    /// Whether the server agreed to just this.
    #[must_use]
    pub fn is_agreed(self, extensions: &str) -> bool {
        let deflates = extensions.contains("permessage-deflate");
        let (fresh, client_fresh) =
            (extensions.contains("server_no_context"), extensions.contains("client_no_context"));
        match self {
            Self::Off => extensions.is_empty(),
            Self::Fresh => deflates && fresh,
            Self::Takeover => deflates && !fresh && !client_fresh,
        }
    }

    /// The first byte of a message's frame and its payloads, in the order they are sent. With takeover these are two
    /// laps, of which the second can be sent again and again: `messages` fill the window of 32 KiB, so that each finds
    /// before it what it found a lap ago.
    ///
    /// # Errors
    /// The compressor's own.
    pub fn encode(self, first: u8, messages: &[Vec<u8>]) -> io::Result<(u8, Vec<Vec<u8>>)> {
        let mut deflate = Compress::new(Compression::new(LEVEL), false);
        let laps = if self == Self::Takeover { 2 } else { 1 };
        let payloads = messages.iter().cycle().take(laps * messages.len());
        match self {
            Self::Off => Ok((first, messages.to_vec())),
            Self::Takeover => Ok((
                first | COMPRESSED,
                payloads.map(|one| compress(&mut deflate, one)).collect::<Result<_, _>>()?,
            )),
            Self::Fresh => {
                let each = payloads.map(|one| {
                    deflate.reset();
                    compress(&mut deflate, one)
                });
                Ok((first | COMPRESSED, each.collect::<Result<_, _>>()?))
            }
        }
    }
}

fn compress(deflate: &mut Compress, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(message.len() + 64);
    deflate.compress_vec(message, &mut out, FlushCompress::Sync)?;
    if !out.ends_with(&TAIL) {
        return Err(io::Error::other("a message did not compress to its size and 64 bytes"));
    }
    out.truncate(out.len() - TAIL.len());
    Ok(out)
}

/// The server's compressor, undone.
#[derive(Debug)]
pub struct Inflator {
    inflate: Decompress,
    takeover: bool,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Inflator {
    /// For messages of at most `size` bytes.
    #[must_use]
    pub fn new(deflate: Deflate, size: usize) -> Self {
        let takeover = deflate == Deflate::Takeover;
        Self {
            inflate: Decompress::new(false),
            takeover,
            input: Vec::new(),
            output: Vec::with_capacity(size + 64),
        }
    }

    /// Whether the frame carries `message`, compressed or (a server may choose) not.
    ///
    /// # Errors
    /// The decompressor's own.
    pub fn carries(&mut self, first: u8, payload: &[u8], message: &[u8]) -> io::Result<bool> {
        if first & COMPRESSED == 0 {
            return Ok(payload == message);
        }
        if !self.takeover {
            self.inflate.reset(false);
        }
        self.input.clear();
        self.input.extend_from_slice(payload);
        self.input.extend_from_slice(&TAIL);
        self.output.clear();
        let status = self.inflate.decompress_vec(&self.input, &mut self.output, FlushDecompress::Sync)?;
        Ok(status == Status::Ok && self.output == message)
    }
}

#[cfg(test)]
mod tests {
    use super::{Deflate, Inflator};
    use crate::websocket::{Payload, TEXT};

    #[test]
    fn what_is_encoded_comes_back() {
        let messages = Payload::Json.messages(64, 1024);
        for deflate in [Deflate::Fresh, Deflate::Takeover] {
            let (first, laps) = deflate.encode(TEXT, &messages).unwrap();
            let mut inflator = Inflator::new(deflate, 1024);
            let again = laps.iter().chain(&laps[laps.len() - messages.len()..]);
            for (payload, message) in again.zip(messages.iter().cycle()) {
                assert!(payload.len() < 512);
                assert!(inflator.carries(first, payload, message).unwrap());
            }
        }
    }

    #[test]
    fn other_messages_are_told_apart() {
        let messages = Payload::Json.messages(2, 1024);
        let (first, laps) = Deflate::Fresh.encode(TEXT, &messages).unwrap();
        assert!(!Inflator::new(Deflate::Fresh, 1024).carries(first, &laps[0], &messages[1]).unwrap());
    }

    #[test]
    fn agreements_are_read() {
        assert!(Deflate::Off.is_agreed(""));
        assert!(!Deflate::Off.is_agreed("permessage-deflate"));
        assert!(Deflate::Takeover.is_agreed("permessage-deflate"));
        assert!(!Deflate::Takeover.is_agreed("permessage-deflate; client_no_context_takeover"));
        assert!(!Deflate::Fresh.is_agreed(""));
        assert!(
            Deflate::Fresh
                .is_agreed("permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        );
    }
}
