//! Masking (RFC 6455 §5.3): XOR with four bytes, over and over.

/// Four bytes, turned so that the next byte of the payload meets the first of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

impl Mask {
    pub(crate) const fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    pub(crate) const fn key(self) -> [u8; 4] {
        self.0
    }

    /// Masks or unmasks the next bytes of the payload, where they are. Thirty-two at a time, which compilers turn into
    /// vector instructions.
    #[inline]
    pub(crate) fn apply(&mut self, bytes: &mut [u8]) {
        let [a, b, c, d] = self.0;
        let wide =
            [a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d];
        let (blocks, rest) = bytes.as_chunks_mut::<32>();
        for block in blocks {
            for (byte, key) in block.iter_mut().zip(wide) {
                *byte ^= key;
            }
        }
        let turn = rest.len() % 4;
        let key = u32::from_ne_bytes(self.0);
        let (words, rest) = rest.as_chunks_mut::<4>();
        for word in words {
            *word = (u32::from_ne_bytes(*word) ^ key).to_ne_bytes();
        }
        for (byte, key) in rest.iter_mut().zip(self.0) {
            *byte ^= key;
        }
        self.0.rotate_left(turn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_split_masks_alike() {
        let plain: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let expected: Vec<u8> = plain.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        for split in [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 127, 999, 1000] {
            let (mut mask, mut bytes) = (Mask::new(key), plain.clone());
            let (head, tail) = bytes.split_at_mut(split);
            mask.apply(head);
            mask.apply(tail);
            assert_eq!(bytes, expected, "split at {split}");
        }
    }
}
