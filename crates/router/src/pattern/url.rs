//! Reverse URLs: from a pattern and values to a path.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Pattern, Piece};

/// What stays as it is in a segment: `pchar` of RFC 3986 §3.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

const REST: &AsciiSet = &SEGMENT.remove(b'/');

/// Why no URL could be made. Displays as one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError(String);

impl UrlError {
    pub(crate) fn unknown(name: &str) -> Self {
        Self(format!("there is no route called `{name}`"))
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UrlError {}

impl Pattern {
    /// The path with each capture replaced by its value, percent-encoded.
    pub(crate) fn path(&self, values: &[(&str, String)]) -> Result<String, UrlError> {
        let unknown = values.iter().find(|(name, _)| self.names().all(|known| known != *name));
        if let Some((name, _)) = unknown {
            return Err(UrlError(format!("`{}` has no capture `{name}`", self.text)));
        }
        let mut path = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => path.push_str(text),
                Piece::Capture(index) => self.fill(*index, values, &mut path)?,
            }
        }
        Ok(path)
    }

    fn fill(&self, index: usize, values: &[(&str, String)], path: &mut String) -> Result<(), UrlError> {
        let Some(capture) = self.captures.get(index) else { return Ok(()) };
        let value = values.iter().find(|(name, _)| *name == &*capture.name).map(|(_, value)| value);
        let value =
            value.ok_or_else(|| UrlError(format!("`{}` needs a value for `{}`", self.text, capture.name)))?;
        let fits = !value.is_empty() && capture.kind.is_none_or(|kind| kind.takes(value));
        if !fits {
            return Err(UrlError(format!("`{value}` does not fit `{}` of `{}`", capture.name, self.text)));
        }
        let encoded = utf8_percent_encode(value, if capture.rest { REST } else { SEGMENT });
        let _ = write!(path, "{encoded}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(pattern: &str, values: &[(&str, &str)]) -> Result<String, String> {
        let values: Vec<_> = values.iter().map(|&(name, value)| (name, value.to_owned())).collect();
        Pattern::parse(pattern).unwrap().path(&values).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_encoded_for_their_place() {
        assert_eq!(path("/users/{id}/x", &[("id", "a/b ü")]).unwrap(), "/users/a%2Fb%20%C3%BC/x");
        assert_eq!(path("/files/{*rest}", &[("rest", "a/b?c")]).unwrap(), "/files/a/b%3Fc");
        assert_eq!(path("/é/{{x}}", &[]).unwrap(), "/%C3%A9/{x}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_told() {
        assert_eq!(path("/u/{id}", &[]).unwrap_err(), "`/u/{id}` needs a value for `id`");
        assert_eq!(path("/u/{id}", &[("id", "1"), ("x", "2")]).unwrap_err(), "`/u/{id}` has no capture `x`");
        assert_eq!(
            path("/u/{id:int}", &[("id", "me")]).unwrap_err(),
            "`me` does not fit `id` of `/u/{id:int}`"
        );
        assert_eq!(path("/u/{id}", &[("id", "")]).unwrap_err(), "`` does not fit `id` of `/u/{id}`");
    }
}
