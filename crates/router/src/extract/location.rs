//! [`Location`]: the place in a request that an error is about, in the shape that FastAPI made known:
//! `["body", "user", "tags", 0]`.

#![cfg_attr(
    not(all(feature = "json", feature = "form", feature = "multipart", feature = "typed-header")),
    allow(dead_code, reason = "each feature fails in ways of its own")
)]

use std::fmt;

use serde_json::{Value, json};

/// A key or a message longer than this is cut in its middle: what clients send is quoted, not sent back whole.
const LONGEST: usize = 256;

/// The part of a request that a location begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Body,
    Query,
    Path,
    Header,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Query => "query",
            Self::Path => "path",
            Self::Header => "header",
        }
    }

    /// The part as the subject of a sentence.
    const fn subject(self) -> &'static str {
        match self {
            Self::Body => "The request body",
            Self::Query => "The query",
            Self::Path => "The path",
            Self::Header => "A header",
        }
    }
}

/// A place in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    part: Part,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl Location {
    pub(crate) const fn new(part: Part) -> Self {
        Self { part, steps: Vec::new() }
    }

    /// Goes on into the member of this name.
    #[must_use]
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.steps.push(Step::Name(shortened(name)));
        self
    }

    /// Goes on into the element of this index.
    #[must_use]
    pub(crate) fn index(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    pub(super) const fn subject(&self) -> &'static str {
        self.part.subject()
    }

    /// One element of a problem's `errors`.
    pub(super) fn into_error(self, message: &str) -> Value {
        let mut loc = vec![Value::from(self.part.name())];
        loc.extend(self.steps.into_iter().map(|step| match step {
            Step::Name(name) => Value::from(name),
            Step::Index(index) => Value::from(index),
        }));
        json!({ "loc": loc, "msg": message })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.part.name())?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Name(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}

/// The text, without its middle if it is long.
pub(super) fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let whole = |at: &usize| text.is_char_boundary(*at);
    let head = (0..=LONGEST / 2).rev().find(whole).unwrap_or_default();
    let tail = (text.len() - LONGEST / 2..=text.len()).find(whole).unwrap_or(text.len());
    format!("{}…{}", &text[..head], &text[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let location = Location::new(Part::Body).name("user").name("tags").index(0);
        assert_eq!(location.to_string(), "body.user.tags[0]");
        assert_eq!(location.into_error("no"), json!({"loc": ["body", "user", "tags", 0], "msg": "no"}));
    }

    #[test]
    fn long_texts_lose_their_middle_and_no_character_is_cut() {
        assert_eq!(shortened(&"é".repeat(128)).len(), 256);
        let short = shortened(&format!("a{}z", "é".repeat(1000)));
        assert!(short.len() <= LONGEST + '…'.len_utf8() && short.contains('…'));
        assert!(short.starts_with('a') && short.ends_with('z'));
    }
}
