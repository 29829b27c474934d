//! `application/x-www-form-urlencoded`, read strictly: what [`Query`](super::Query) and [`Form`](super::Form) share.

use serde::de::DeserializeOwned;
use serde_html_form::Deserializer;

use super::location::{Location, Part};
use super::{Rejection, percent, shape};

/// Reads pairs of names and values.
///
/// The standard's own parser (WHATWG URL §5.1) replaces what is not UTF-8; here it is refused, since such a value is
/// not what anybody sent.
pub(super) fn read<T: DeserializeOwned>(part: Part, encoded: &[u8]) -> Result<T, Rejection> {
    percent::decode(encoded).map_err(|broken| {
        let subject = Location::new(part).subject();
        Rejection::malformed(format!("{subject} {broken}."))
    })?;
    serde_html_form::from_bytes(encoded).or_else(|_| again(part, encoded))
}

/// Reads once more and keeps account of the place; that costs, so it is done only after a failure.
#[cold]
fn again<T: DeserializeOwned>(part: Part, encoded: &[u8]) -> Result<T, Rejection> {
    serde_path_to_error::deserialize(Deserializer::from_bytes(encoded)).map_err(|error| {
        let message = error.inner().to_string();
        shape::rejection(part, error.path(), worded(&message))
    })
}

/// serde_html_form speaks of its own insides where a value that can be there only once is repeated.
fn worded(message: &str) -> &str {
    if message == "unsupported value" { "given more than once" } else { message }
}
