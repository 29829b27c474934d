//! What each coding is made with.

use std::ops::RangeInclusive;

use super::Coding;

/// The levels there are of a coding; a higher one takes longer and gives less.
///
/// | coding | levels | default | window |
/// |---|---|---|---|
/// | `zstd` | 1 to 9 | 3 | 512 KiB |
/// | `br` | 0 to 9 | 4 | 128 KiB |
/// | `gzip` | 1 to 9 | 5 | 32 KiB |
///
/// The highest of the formats are for files that are compressed once: zstd 19 takes 84 MiB a stream, and Brotli 11
/// would hold its thread for a second.
#[must_use]
pub const fn levels(coding: Coding) -> RangeInclusive<u8> {
    match coding {
        Coding::Brotli => 0..=9,
        Coding::Zstd | Coding::Gzip => 1..=9,
    }
}

pub(super) const fn default_level(coding: Coding) -> u8 {
    match coding {
        Coding::Zstd => 3,
        Coding::Brotli => 4,
        Coding::Gzip => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_one_of_them() {
        assert!(Coding::ALL.into_iter().all(|coding| levels(coding).contains(&default_level(coding))));
    }
}
