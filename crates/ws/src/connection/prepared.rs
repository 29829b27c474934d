//! [`Prepared`]: a message that is encoded once for all the sockets it goes to.

use crate::Message;
use crate::deflate::Deflater;
use crate::frame::{Head, Opcode};
use bytes::Bytes;
use std::sync::{Arc, OnceLock};

/// Windows of 9 to 15 bits.
const WINDOWS: usize = 7;

/// A server's message in the forms that its sockets have agreed to.
#[derive(Debug)]
pub(crate) struct Prepared {
    message: Message,
    plain: OnceLock<Bytes>,
    compressed: [OnceLock<Bytes>; WINDOWS],
}

impl Prepared {
    pub(crate) fn new(message: Message) -> Arc<Self> {
        Arc::new(Self { message, plain: OnceLock::new(), compressed: Default::default() })
    }

    pub(crate) const fn message(&self) -> &Message {
        &self.message
    }

    pub(super) fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| self.frame(false, self.message.as_bytes()))
    }

    /// The message compressed without a dictionary. The level is that of the first socket that asks.
    pub(super) fn compressed(&self, level: u32, window: u8) -> &Bytes {
        let index = usize::from(window.clamp(9, 15) - 9);
        self.compressed[index].get_or_init(|| {
            let mut bytes = Vec::new();
            Deflater::new(false, window, level).deflate(self.message.as_bytes(), &mut bytes);
            if bytes.len() < self.message.len() { self.frame(true, &bytes) } else { self.plain().clone() }
        })
    }

    fn frame(&self, compressed: bool, payload: &[u8]) -> Bytes {
        let opcode = if self.message.is_text() { Opcode::Text } else { Opcode::Binary };
        let mut frame = Vec::with_capacity(payload.len() + 10);
        Head::write(&mut frame, opcode, compressed, None, payload.len());
        frame.extend_from_slice(payload);
        frame.into()
    }
}
