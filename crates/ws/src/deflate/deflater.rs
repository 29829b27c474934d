//! The sending direction: a message becomes a run of deflate blocks without the tail of its flush (RFC 7692 §7.2.1).

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress};

use super::TAIL;
use super::fixed::Fixed;
use super::parameters::{NARROWEST, WIDEST};
use super::stored::store;

/// Compressed bytes pass through a buffer of the thread: flate2 overwrites all of the room it is given with zeros
/// first, so it is not given the spare room of a whole write buffer.
const CHUNK: usize = 8 * 1024;

const FASTEST: u32 = 1;
const SMALLEST: u32 = 9;

thread_local! {
    static SHARED: RefCell<Shared> =
        const { RefCell::new(Shared { fixed: None, compressors: Vec::new(), chunk: Vec::new() }) };
}

/// What sockets without takeover compress with, and the buffer that all of a thread's sockets use.
struct Shared {
    /// For the fastest level.
    fixed: Option<Fixed>,
    /// At most one a window for each level that configurations name.
    compressors: Vec<(Setting, Compress)>,
    chunk: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setting {
    level: u32,
    window: u8,
}

/// Compresses messages of one socket, or one message for many sockets.
#[derive(Debug)]
pub(crate) struct Deflater {
    setting: Setting,
    takeover: bool,
    /// The socket's own state, once it has sent with takeover.
    own: Option<Box<Compress>>,
    /// Whether that state is to be reset before its next use.
    stale: bool,
}

impl Deflater {
    /// `level` is kept within 1 to 9, `window` within 9 to 15 bits.
    pub(crate) fn new(takeover: bool, window: u8, level: u32) -> Self {
        let setting =
            Setting { level: level.clamp(FASTEST, SMALLEST), window: window.clamp(NARROWEST, WIDEST) };
        Self { setting, takeover, own: None, stale: false }
    }

    /// Appends `payload`, compressed, to `out`.
    pub(crate) fn deflate(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        if payload.is_empty() {
            // §7.2.3.6: an empty block; zlib gives nothing when nothing has come since its last flush
            return out.push(0x00);
        }
        let start = out.len();
        if !SHARED.with_borrow_mut(|shared| self.append(payload, shared, out)) {
            // zlib knows no error for what it is asked here; if it finds one, the message goes out as it is
            out.truncate(start);
            self.forget();
            store(payload, out);
        }
    }

    /// Drops the context: what follows refers to nothing sent before. For a message that goes past this compressor.
    pub(crate) fn forget(&mut self) {
        self.stale = true;
    }

    /// Whether the whole payload was appended.
    fn append(&mut self, payload: &[u8], shared: &mut Shared, out: &mut Vec<u8>) -> bool {
        if !self.takeover && self.setting.level == FASTEST {
            let fixed = shared.fixed.get_or_insert_with(Fixed::new);
            if fixed.deflate(payload, self.setting.window, out) {
                return true;
            }
        }
        shared.chunk.resize(CHUNK, 0);
        let compress = match self.takeover {
            true => self.own(),
            false => self.setting.shared(&mut shared.compressors),
        };
        append(compress, payload, &mut shared.chunk, out)
    }

    fn own(&mut self) -> &mut Compress {
        let own = self.own.get_or_insert_with(|| Box::new(self.setting.compressor()));
        if std::mem::take(&mut self.stale) {
            own.reset();
        }
        own
    }
}

impl Setting {
    fn compressor(self) -> Compress {
        Compress::new_with_window_bits(Compression::new(self.level), false, self.window)
    }

    /// The thread's compressor for this setting, without a memory of what it did last.
    fn shared(self, compressors: &mut Vec<(Self, Compress)>) -> &mut Compress {
        let found = compressors.iter().position(|(setting, _)| *setting == self);
        let index = found.unwrap_or_else(|| {
            compressors.push((self, self.compressor()));
            compressors.len() - 1
        });
        let compress = &mut compressors[index].1;
        compress.reset();
        compress
    }
}

/// Compresses all of `payload`; whether that came out as it must.
fn append(compress: &mut Compress, mut payload: &[u8], chunk: &mut [u8], out: &mut Vec<u8>) -> bool {
    loop {
        let (read, written) = (compress.total_in(), compress.total_out());
        if compress.compress(payload, chunk, FlushCompress::Sync).is_err() {
            return false;
        }
        let read = (compress.total_in() - read) as usize;
        let written = (compress.total_out() - written) as usize;
        out.extend_from_slice(&chunk[..written]);
        payload = &payload[read..];
        // a full chunk may not be all: zlib's manual, on Z_SYNC_FLUSH
        if written < chunk.len() {
            break;
        }
    }
    let is_whole = payload.is_empty() && out.ends_with(&TAIL);
    out.truncate(out.len().saturating_sub(TAIL.len()));
    is_whole
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Deflater};
    use crate::deflate::Inflater;

    fn deflated(deflater: &mut Deflater, payload: &[u8]) -> Vec<u8> {
        let mut out = b"before".to_vec();
        deflater.deflate(payload, &mut out);
        assert_eq!(out[..6], *b"before");
        out.split_off(6)
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let step = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        };
        std::iter::repeat_with(step).take(length).collect()
    }

    #[test]
    fn an_empty_message_is_an_empty_block() {
        for takeover in [false, true] {
            let mut deflater = Deflater::new(takeover, 15, 1);
            assert_eq!(deflated(&mut deflater, b""), [0x00]);
            assert_ne!(deflated(&mut deflater, b"Hello"), [0x00]);
            assert_eq!(deflated(&mut deflater, b""), [0x00]);
        }
    }

    /// RFC 7692 §7.2.3.2: five bytes the second time, for they refer to the first.
    #[test]
    fn takeover_refers_to_what_went_before() {
        let mut deflater = Deflater::new(true, 15, 9);
        let first = deflated(&mut deflater, b"Hello");
        assert_eq!(first, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        assert_eq!(deflated(&mut deflater, b"Hello"), [0xf2, 0x00, 0x11, 0x00, 0x00]);
        deflater.forget();
        assert_eq!(deflated(&mut deflater, b"Hello"), first);
    }

    #[test]
    fn without_takeover_nothing_is_remembered_even_between_sockets() {
        for level in [1, 2] {
            let mut one = Deflater::new(false, 15, level);
            let secret = noise(300);
            let first = deflated(&mut one, &secret);
            assert!(one.own.is_none());
            assert_eq!(deflated(&mut one, &secret), first);
            assert_eq!(deflated(&mut Deflater::new(false, 15, level), &secret), first);
        }
    }

    #[test]
    fn messages_of_all_lengths_and_settings_read_back() {
        let text = br#"{"id":7,"name":"Ada","tags":["x","y"]}"#.repeat(8_000);
        let noise = noise(200_000);
        for (takeover, window, level) in [
            (false, 15, 1),
            (true, 15, 1),
            (false, 9, 1),
            (true, 9, 6),
            (false, 12, 9),
            (true, 200, 99),
            (true, 0, 0),
        ] {
            let mut deflater = Deflater::new(takeover, window, level);
            let mut inflater = Inflater::new(takeover);
            for source in [&text[..], &noise[..]] {
                for length in [1, 2, 5, 255, 256, 257, CHUNK - 1, CHUNK, CHUNK + 1, 65_536, 190_001] {
                    let compressed = deflated(&mut deflater, &source[..length]);
                    assert_eq!(inflater.inflate(&compressed, length).as_deref(), Ok(&source[..length]));
                }
            }
        }
    }

    /// The chunk's edge falls on every byte of the end of a message, the flush's tail among them.
    #[test]
    fn a_chunk_may_end_anywhere() {
        let noise = noise(CHUNK);
        let mut deflater = Deflater::new(true, 15, 2);
        let mut inflater = Inflater::new(true);
        for length in CHUNK - 40..CHUNK {
            let compressed = deflated(&mut deflater, &noise[..length]);
            assert_eq!(inflater.inflate(&compressed, length).as_deref(), Ok(&noise[..length]), "{length}");
            deflater.forget();
        }
    }

    #[test]
    fn a_narrow_window_is_kept_to() {
        let noise = noise(600);
        let twice = [&noise[..], &noise[..]].concat();
        let length = |window| deflated(&mut Deflater::new(false, window, 9), &twice).len();
        assert!(length(15) < 800, "the copy is 600 bytes back");
        assert!(length(9) > 1_200, "600 bytes are past a window of 512");
    }
}
