//! [`Assignment`]: what `--set` takes.

use std::str::FromStr;

/// `NAME=VALUE`, as `--set` takes it. Spaces around either do not count.
///
/// ```
/// let set: hyperserve::command::Assignment = "head_timeout=5s".parse().unwrap();
/// assert_eq!((set.name.as_str(), set.value.as_str()), ("head_timeout", "5s"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment {
    /// The name of a key.
    pub name: String,
    /// Its value, as it was written.
    pub value: String,
}

impl FromStr for Assignment {
    /// What was expected.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as head_timeout=5s")?;
        Ok(Self { name: name.trim().to_owned(), value: value.trim().to_owned() })
    }
}
