//! Which bytes may stand where in a head.

const TOKEN: u8 = 1;
const TARGET: u8 = 2;

/// Byte classes, one bit each.
const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let word = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        // RFC 9110 §5.6.2
        if word || matches!(b, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'^' | b'`' | b'|') {
            table[byte] |= TOKEN;
        }
        // RFC 3986 without the fragment's `#`; `"`, `{`, `}`, `|`, `^` and `\` come from real clients and do no harm here
        if b.is_ascii_graphic() && !matches!(b, b'#' | b'<' | b'>' | b'`') {
            table[byte] |= TARGET;
        }
        byte += 1;
    }
    table
};

/// Whether `byte` may stand in a token (RFC 9110 §5.6.2).
pub(crate) const fn is_token(byte: u8) -> bool {
    CLASSES[byte as usize] & TOKEN != 0
}

/// Whether `byte` may stand in a request target.
pub(super) const fn is_target(byte: u8) -> bool {
    CLASSES[byte as usize] & TARGET != 0
}

/// Length of the run of bytes at the start that `is` holds for.
#[inline]
pub(super) fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let mut at = 0;
    while at < bytes.len() && is(bytes[at]) {
        at += 1;
    }
    at
}

/// Length of the run of field-value bytes at the start: HTAB, visible ASCII, SP and obs-text (RFC 9110 §5.5).
/// Eight bytes a step: a lane is suspicious when it is below 0x20 or is 0x7f.
pub(super) fn text_len(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let lanes = u64::from_le_bytes(*chunk);
        let below_space = lanes.wrapping_sub(ONES * 0x20) & !lanes;
        let delete = (lanes ^ (ONES * 0x7f)).wrapping_sub(ONES) & !(lanes ^ (ONES * 0x7f));
        // The lowest lane that is marked is exact: borrows only run upwards from a lane that is marked rightly.
        let marked = (below_space | delete) & HIGH;
        if marked == 0 {
            at += 8;
            continue;
        }
        at += marked.trailing_zeros() as usize / 8;
        if bytes[at] != b'\t' {
            return at;
        }
        at += 1;
    }
    at + run(&bytes[at..], |byte| (byte >= b' ' && byte != 0x7f) || byte == b'\t')
}
