//! From what serde says about a value of the wrong shape to the place that it is about.

use serde_path_to_error::{Path, Segment};

use super::Rejection;
use super::location::{Location, Part};

/// The 422 of an error that came up at `path`.
pub(super) fn rejection(part: Part, path: &Path, message: &str) -> Rejection {
    let found = path.iter().fold(Location::new(part), step);
    let location = field_of(message).into_iter().fold(found, Location::name);
    Rejection::shape(location, message)
}

fn step(location: Location, segment: &Segment) -> Location {
    match segment {
        Segment::Seq { index } => location.index(*index),
        Segment::Map { key } | Segment::Enum { variant: key } => location.name(key),
        Segment::Unknown => location,
    }
}

/// The field that the message names and the path does not reach: serde tells of fields that are missing, or there
/// twice, where it reads the struct around them.
fn field_of(message: &str) -> Option<&str> {
    let words = ["missing field `", "duplicate field `"];
    let rest = words.into_iter().find_map(|words| message.strip_prefix(words))?;
    rest.split('`').next()
}
