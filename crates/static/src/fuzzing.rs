//! What the fuzz targets see of the parsers.

use std::borrow::Cow;

use crate::range::Ranges;

/// What a `Range` field asks of so many bytes: the first and the last of each part.
#[derive(Debug, PartialEq, Eq)]
pub enum Fuzzed {
    /// All of them, as if it was not there.
    Whole,
    /// None of them.
    Unsatisfiable,
    /// In the order asked.
    Parts(Vec<(u64, u64)>),
}

/// Reads a `Range` field.
#[must_use]
pub fn ranges(field: &[u8], length: u64) -> Fuzzed {
    match crate::range::ranges(field, length) {
        Ranges::Ignored => Fuzzed::Whole,
        Ranges::Refused => Fuzzed::Unsatisfiable,
        Ranges::Some(found) => {
            Fuzzed::Parts(found.into_iter().map(|range| (range.start, range.end - 1)).collect())
        }
    }
}

/// The name beneath the root that the path of a request decodes to.
#[must_use]
pub fn decode(path: &str, dotfiles: bool) -> Option<String> {
    crate::path::decode(path, dotfiles).map(Cow::into_owned)
}
