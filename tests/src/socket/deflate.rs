//! Raw DEFLATE as `permessage-deflate` uses it (RFC 7692 §7.2).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::Extension;
use crate::Fault;

/// What ends every flush and is left out on the wire.
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
/// More than this from one message is taken for a server that has gone mad.
const MOST: usize = 64 * 1024 * 1024;

/// One message, compressed without regard to any other.
pub(super) fn compress(message: &[u8]) -> Vec<u8> {
    let mut state = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(message.len() / 2 + 64);
    loop {
        let taken = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let rest = message.get(taken..).unwrap_or_default();
        // Only a full buffer stops it, and there it goes on.
        let _status = state.compress_vec(rest, &mut out, FlushCompress::Sync);
        if out.len() < out.capacity() {
            break;
        }
        out.reserve(out.capacity());
    }
    out.truncate(out.len() - if out.ends_with(&TAIL) { TAIL.len() } else { 0 });
    out
}

/// The server's messages, inflated as what was agreed on has them: by themselves, or one after the other.
pub(super) struct Inflater {
    state: Decompress,
    agreed: Extension,
}

impl Inflater {
    pub(super) fn new(agreed: Extension) -> Self {
        Self { state: Self::state(agreed), agreed }
    }

    /// A window of 8 bits is read as one of 9 by zlib and its kin.
    fn state(agreed: Extension) -> Decompress {
        Decompress::new_with_window_bits(false, agreed.window.max(9))
    }

    pub(super) fn inflate(&mut self, payload: &[u8]) -> Result<Vec<u8>, Fault> {
        if !self.agreed.takeover {
            self.state = Self::state(self.agreed);
        }
        let input = [payload, &TAIL].concat();
        let begin = self.state.total_in();
        let mut out = Vec::with_capacity(input.len() * 4 + 64);
        loop {
            let taken = usize::try_from(self.state.total_in() - begin).unwrap_or(usize::MAX);
            let rest = input.get(taken..).unwrap_or_default();
            let status = self.state.decompress_vec(rest, &mut out, FlushDecompress::Sync);
            status.map_err(|error| Fault::new(format!("a message that cannot be inflated: {error}")))?;
            let done = usize::try_from(self.state.total_in() - begin).is_ok_and(|taken| taken == input.len());
            if done && out.len() < out.capacity() {
                return Ok(out);
            }
            if out.len() > MOST {
                return Err(Fault::new(format!("a message that inflates to more than {MOST} bytes")));
            }
            out.reserve(out.capacity());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGREED: Extension = Extension { takeover: true, window: 15 };

    #[test]
    fn the_examples_of_the_rfc() {
        // RFC 7692 §7.2.3.2: the second refers to the first.
        let mut inflater = Inflater::new(AGREED);
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(inflater.inflate(&hello).unwrap(), b"Hello");
        assert_eq!(inflater.inflate(&[0xf2, 0x00, 0x11, 0x00, 0x00]).unwrap(), b"Hello");
        let mut alone = Inflater::new(Extension { takeover: false, window: 15 });
        assert_eq!(alone.inflate(&hello).unwrap(), b"Hello");
        assert!(alone.inflate(&[0xf2, 0x00, 0x11, 0x00, 0x00]).is_err());
    }

    #[test]
    fn what_is_compressed_can_be_inflated() {
        for message in
            [Vec::new(), b"Hello".to_vec(), vec![b'x'; 3_000_000], (0..=255).cycle().take(99_999).collect()]
        {
            let compressed = compress(&message);
            assert!(!compressed.ends_with(&TAIL));
            assert_eq!(Inflater::new(AGREED).inflate(&compressed).unwrap(), message, "{}", message.len());
        }
        assert_eq!(compress(b""), [0x00]);
    }
}
