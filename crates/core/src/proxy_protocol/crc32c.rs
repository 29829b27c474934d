//! CRC-32C (Castagnoli; RFC 3309 and RFC 9260 appendix A), for the checksum of a PROXY header.

/// The polynomial 0x1EDC6F41, its bits reversed.
const POLYNOMIAL: u32 = 0x82F6_3B78;

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ POLYNOMIAL } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

/// The checksum of the slices as if they were one.
pub(super) fn checksum<const N: usize>(slices: [&[u8]; N]) -> u32 {
    let bytes = slices.into_iter().flatten();
    !bytes.fold(u32::MAX, |sum, byte| TABLE[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ (sum >> 8))
}

#[cfg(test)]
mod tests {
    use super::checksum;

    /// RFC 3720 appendix B.4, and the check value that catalogues of checksums give.
    #[test]
    fn known_sums() {
        assert_eq!(checksum([&[0; 32]]), 0x8A91_36AA);
        assert_eq!(checksum([&[0xff; 32]]), 0x62A8_AB43);
        assert_eq!(checksum([b"1234", b"", b"56789"]), 0xE306_9283);
    }
}
