//! The receiving direction: deflate blocks become the message they stand for, within a limit (RFC 7692 §7.2.2).

use std::cell::RefCell;

use flate2::{Decompress, FlushDecompress, Status};

use super::TAIL;

/// Messages inflate into a buffer of the thread, chunk by chunk: what a message allocates is never more than it has.
const CHUNK: usize = 32 * 1024;

/// [`TAIL`], and an empty final block behind it: reaching its end proves that the message ended between two blocks.
const TAIL_AND_END: [u8; 6] = [TAIL[0], TAIL[1], TAIL[2], TAIL[3], 0x03, 0x00];

thread_local! {
    static SHARED: RefCell<Shared> = const { RefCell::new(Shared { inflater: None, chunk: Vec::new() }) };
}

/// What sockets without takeover inflate with, and the buffer that all of a thread's sockets use.
struct Shared {
    inflater: Option<Decompress>,
    chunk: Vec<u8>,
}

/// Why a message cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InflateError {
    /// It is larger than the limit.
    TooLarge,
    /// It is no deflate stream, or refers to what is not there.
    Corrupt,
}

/// Inflates the messages of one socket. After an error it is of no more use.
#[derive(Debug)]
pub(crate) struct Inflater {
    takeover: bool,
    /// The socket's own state, once it has received with takeover. Its window is the widest, whatever was agreed on.
    own: Option<Box<Decompress>>,
}

impl Inflater {
    pub(crate) const fn new(takeover: bool) -> Self {
        Self { takeover, own: None }
    }

    /// The message that `compressed` stands for: the payload of all its frames, in a row.
    ///
    /// Blocks marked final are legal within it and at its end (RFC 7692 §7.2.3.4): who sends them begins afresh, and so
    /// does what follows here. An empty payload, which no sender should send, counts as an empty message.
    ///
    /// # Errors
    ///
    /// [`InflateError::TooLarge`] past `limit` bytes; no more than `limit` is ever allocated for the message.
    pub(crate) fn inflate(&mut self, compressed: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        if compressed.is_empty() {
            return Ok(Vec::new());
        }
        SHARED.with_borrow_mut(|shared| {
            shared.chunk.resize(CHUNK, 0);
            let chunk = &mut shared.chunk[..];
            if self.takeover {
                let state = self.own.get_or_insert_with(|| Box::new(Decompress::new(false)));
                return Run { state, chunk, message: Vec::new(), limit }.finish(compressed, &TAIL);
            }
            let state = shared.inflater.get_or_insert_with(|| Decompress::new(false));
            state.reset(false);
            let run = Run { state, chunk, message: Vec::new(), limit };
            run.finish(compressed, &TAIL_AND_END)
        })
    }
}

/// One message on its way.
struct Run<'a> {
    state: &'a mut Decompress,
    chunk: &'a mut [u8],
    message: Vec<u8>,
    limit: usize,
}

impl Run<'_> {
    fn finish(mut self, compressed: &[u8], tail: &[u8]) -> Result<Vec<u8>, InflateError> {
        // a sender that ends with a final block may leave out the empty block behind it, which `tail` would complete
        if self.feed(compressed)? {
            return Ok(self.message);
        }
        let length = self.message.len();
        let ended = self.feed(tail)? || tail.len() == TAIL.len();
        // a message that was cut off has the tail for its content
        if ended && self.message.len() == length { Ok(self.message) } else { Err(InflateError::Corrupt) }
    }

    /// Inflates all of `input`; whether a final block ends with it.
    fn feed(&mut self, mut input: &[u8]) -> Result<bool, InflateError> {
        loop {
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let step = self.state.decompress(input, self.chunk, FlushDecompress::Sync);
            let status = step.map_err(|_| InflateError::Corrupt)?;
            let read = (self.state.total_in() - read) as usize;
            let written = (self.state.total_out() - written) as usize;
            input = &input[read..];
            self.take(written)?;
            if status == Status::StreamEnd {
                self.state.reset(false);
                if input.is_empty() {
                    return Ok(true);
                }
            } else if written < self.chunk.len() {
                // room is left, so the input is used up
                return if input.is_empty() { Ok(false) } else { Err(InflateError::Corrupt) };
            }
        }
    }

    /// Adds what the chunk holds to the message, which grows twofold up to the limit.
    fn take(&mut self, written: usize) -> Result<(), InflateError> {
        let length = self.message.len().saturating_add(written);
        if length > self.limit {
            return Err(InflateError::TooLarge);
        }
        if length > self.message.capacity() {
            let room = self.message.capacity().saturating_mul(2).clamp(length, self.limit);
            self.message.reserve_exact(room - self.message.len());
        }
        self.message.extend_from_slice(&self.chunk[..written]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, InflateError, Inflater};
    use crate::deflate::Deflater;

    const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

    fn inflate(compressed: &[u8]) -> Result<String, InflateError> {
        let message = Inflater::new(false).inflate(compressed, 1_000)?;
        assert_eq!(Inflater::new(true).inflate(compressed, 1_000).as_deref(), Ok(&message[..]));
        Ok(String::from_utf8(message).unwrap())
    }

    /// The examples of RFC 7692 §7.2.3.1 and §7.2.3.3 to §7.2.3.6.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let two = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        for example in [&HELLO[..], &stored, &last, &two] {
            assert_eq!(inflate(example).as_deref(), Ok("Hello"), "{example:02x?}");
        }
        assert_eq!(inflate(&[0x00]).as_deref(), Ok(""));
        assert_eq!(inflate(&[]).as_deref(), Ok(""));
    }

    /// RFC 7692 §7.2.3.2
    #[test]
    fn takeover_reads_on_from_earlier_messages() {
        let again = [0xf2, 0x00, 0x11, 0x00, 0x00];
        let mut inflater = Inflater::new(true);
        for message in [&HELLO[..], &again, &[0x00], &[], &again] {
            let read = inflater.inflate(message, 5).unwrap();
            assert!(read.is_empty() || read == b"Hello");
        }
        let mut forgetful = Inflater::new(false);
        assert_eq!(forgetful.inflate(&HELLO, 5).as_deref(), Ok(&b"Hello"[..]));
        assert_eq!(forgetful.inflate(&again, 5), Err(InflateError::Corrupt));
    }

    #[test]
    fn final_blocks_stand_anywhere() {
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        for (message, text) in [
            (last.to_vec(), "Hello"),
            ([&last[..], &HELLO].concat(), "HelloHello"),
            ([&last[..], &last, &[0x00]].concat(), "HelloHello"),
            // the tail itself ends a stored block that was marked final
            (vec![0x01], ""),
        ] {
            assert_eq!(inflate(&message).as_deref(), Ok(text), "{message:02x?}");
        }
        let mut inflater = Inflater::new(true);
        for message in [&last[..], &HELLO, &[0x01], &HELLO] {
            assert!(inflater.inflate(message, 5).is_ok(), "{message:02x?}");
        }
    }

    /// The fuzzer's: a final block within which the message ends, and which the tail brings to an end of its own.
    #[test]
    fn a_message_that_was_cut_off_is_corrupt() {
        let cut = [0x7b, 0x16, 0x79, 0x3b, 0x7e];
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48];
        for message in [&cut[..], &stored] {
            for takeover in [false, true] {
                let inflated = Inflater::new(takeover).inflate(message, 1_000);
                assert_eq!(inflated, Err(InflateError::Corrupt), "{message:02x?}");
            }
        }
    }

    #[test]
    fn what_is_no_deflate_stream_is_corrupt() {
        let truncated = [0xf2, 0x48, 0xcd, 0xc9];
        let reserved_block_type = [0x07];
        let wrong_complement = [0x00, 0x05, 0x00, 0x00, 0x00];
        for message in [&truncated[..], &reserved_block_type, &wrong_complement] {
            assert_eq!(
                Inflater::new(false).inflate(message, 100),
                Err(InflateError::Corrupt),
                "{message:02x?}"
            );
        }
        for message in [&reserved_block_type[..], &wrong_complement] {
            assert_eq!(
                Inflater::new(true).inflate(message, 100),
                Err(InflateError::Corrupt),
                "{message:02x?}"
            );
        }
    }

    #[test]
    fn the_limit_holds_to_the_byte() {
        for length in [1, 256, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000] {
            let mut compressed = Vec::new();
            Deflater::new(false, 15, 1).deflate(&vec![b'x'; length], &mut compressed);
            for takeover in [false, true] {
                let inflate = |limit| Inflater::new(takeover).inflate(&compressed, limit);
                assert_eq!(inflate(length - 1), Err(InflateError::TooLarge), "{length}");
                let message = inflate(length).unwrap();
                assert_eq!((message.len(), message.capacity()), (length, length));
                assert_eq!(inflate(usize::MAX).unwrap().len(), length);
            }
        }
    }

    #[test]
    fn a_bomb_is_cut_off_at_the_limit() {
        let mut bomb = Vec::new();
        Deflater::new(false, 15, 1).deflate(&vec![0; 16 << 20], &mut bomb);
        assert!(bomb.len() < 200_000);
        let mut inflater = Inflater::new(false);
        assert_eq!(inflater.inflate(&bomb, 1 << 20), Err(InflateError::TooLarge));
        // the thread's inflater is none the worse for it
        assert_eq!(inflater.inflate(&HELLO, 5).as_deref(), Ok(&b"Hello"[..]));
    }

    #[test]
    fn a_silent_socket_owns_nothing() {
        let mut inflater = Inflater::new(false);
        inflater.inflate(&HELLO, 5).unwrap();
        assert!(inflater.own.is_none() && Inflater::new(true).own.is_none());
    }
}
