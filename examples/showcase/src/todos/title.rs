//! A title that is fit to be kept: whoever holds one need not check it.

use serde::Deserialize;

/// The most characters of a title.
pub(super) const LENGTH: usize = 200;

/// One line of 1 to [`LENGTH`] characters, without white space around it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Title(String);

impl Title {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The error is what the client reads beside the field's path.
impl TryFrom<String> for Title {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        match text.chars().count() {
            0 => Err("a title is needed".to_owned()),
            n if n > LENGTH => Err(format!("{n} characters are too many, at most {LENGTH} fit")),
            _ if text.contains(char::is_control) => {
                Err("a title is one line without control characters".to_owned())
            }
            _ => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        Title::try_from(text.to_owned()).map(|title| title.0)
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(read(&"é".repeat(LENGTH)), Ok("é".repeat(LENGTH)));
        assert_eq!(
            read(&"é".repeat(LENGTH + 1)).unwrap_err(),
            "201 characters are too many, at most 200 fit"
        );
    }

    #[test]
    fn a_title_is_one_line_that_says_something() {
        assert_eq!(read("  milk \n"), Ok("milk".to_owned()));
        assert_eq!(read(" \t ").unwrap_err(), "a title is needed");
        assert!(read("two\nlines").is_err());
        assert!(read("bell\u{7}").is_err());
    }
}
