//! Deflate without compression: stored blocks (RFC 1951 §3.2.4), which need no state and cannot fail.

const MOST: usize = u16::MAX as usize;

/// Appends `payload` as stored blocks, in the form of a message whose sync flush has lost its tail (RFC 7692 §7.2.1).
pub(super) fn store(payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len() + 5 * (payload.len() / MOST + 1) + 1);
    for block in payload.chunks(MOST) {
        let length = block.len() as u16;
        out.push(0x00);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.push(0x00);
}

#[cfg(test)]
mod tests {
    use super::store;
    use crate::deflate::Inflater;

    #[test]
    fn stored_messages_read_back() {
        for length in [0, 1, 65_535, 65_536, 200_000] {
            let payload: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[1]).collect();
            let mut out = Vec::new();
            store(&payload, &mut out);
            assert_eq!(Inflater::new(false).inflate(&out, payload.len()).unwrap(), payload);
        }
    }
}
