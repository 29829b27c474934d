//! [`Challenge`]: how a client is asked for credentials (RFC 9110 §11.3).

use std::fmt::Write as _;

use http::HeaderValue;

use super::AuthError;

/// A scheme and its parameters, as they stand in `WWW-Authenticate`.
///
/// ```
/// use hyperserve_middleware::auth::Challenge;
///
/// let challenge = Challenge::try_new("Basic", [("realm", "the \"shop\"")])?;
/// assert_eq!(challenge.value(), r#"Basic realm="the \"shop\"""#);
/// # Ok::<(), hyperserve_middleware::auth::AuthError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Challenge {
    value: HeaderValue,
    /// Whether wrong credentials are told with RFC 6750's `error`.
    errors: bool,
}

impl Challenge {
    /// A challenge of this scheme; values are quoted.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for a scheme or a name that is no token (RFC 9110 §5.6.2), and for a value with characters other than
    /// printable ASCII.
    pub fn try_new<'a>(
        scheme: &str,
        params: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, AuthError> {
        let mut text = String::from(token(scheme)?);
        for (place, (name, value)) in params.into_iter().enumerate() {
            text.push_str(if place == 0 { " " } else { ", " });
            text.push_str(token(name)?);
            text.push('=');
            quote(&mut text, value)?;
        }
        let value = HeaderValue::try_from(text);
        let value = value.map_err(|_| AuthError::new("the challenge is no header value; make it shorter"))?;
        Ok(Self { value, errors: false })
    }

    /// One that is written out; for those of this crate.
    pub(super) const fn fixed(text: &'static str) -> Self {
        Self { value: HeaderValue::from_static(text), errors: false }
    }

    /// Says what was wrong with credentials by RFC 6750's `error` and `error_description`, as bearer tokens have it.
    pub const fn with_errors(mut self) -> Self {
        self.errors = true;
        self
    }

    /// The value of `WWW-Authenticate`.
    #[must_use]
    pub const fn value(&self) -> &HeaderValue {
        &self.value
    }

    /// The value that says what was wrong, if this challenge does.
    pub(super) fn value_for(&self, error: &str, description: &str) -> HeaderValue {
        if !self.errors {
            return self.value.clone();
        }
        let mut text = String::from(self.value.to_str().unwrap_or_default());
        text.push_str(if text.contains(' ') { ", " } else { " " });
        let description: String = description.chars().filter(|c| describes(*c)).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "error=\"{error}\", error_description=\"{description}\"");
        HeaderValue::try_from(text).unwrap_or_else(|_| self.value.clone())
    }
}

/// What may stand in an `error_description` (RFC 6750 §3).
const fn describes(c: char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

fn token(name: &str) -> Result<&str, AuthError> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.is_empty() && name.bytes().all(good) {
        return Ok(name);
    }
    Err(AuthError::new(format!("{name:?} is no token of a challenge; use letters, digits and dashes")))
}

fn quote(text: &mut String, value: &str) -> Result<(), AuthError> {
    if let Some(odd) = value.chars().find(|c| !matches!(c, ' '..='~')) {
        return Err(AuthError::new(format!("{odd:?} cannot stand in a challenge; use printable ASCII")));
    }
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_quoted() {
        let challenge =
            Challenge::try_new("Basic", [("realm", r#"a "b" \c"#), ("charset", "UTF-8")]).unwrap();
        assert_eq!(challenge.value(), r#"Basic realm="a \"b\" \\c", charset="UTF-8""#);
        assert_eq!(Challenge::try_new("Negotiate", []).unwrap().value(), "Negotiate");
    }

    #[test]
    fn what_cannot_stand_in_one_is_an_error() {
        for (scheme, name, value) in [("", "realm", "a"), ("Ba sic", "realm", "a"), ("Basic", "re=lm", "a")] {
            assert!(Challenge::try_new(scheme, [(name, value)]).is_err(), "{scheme} {name}");
        }
        let error = Challenge::try_new("Basic", [("realm", "caf\u{e9}")]).unwrap_err().to_string();
        assert_eq!(error, "'\u{e9}' cannot stand in a challenge; use printable ASCII");
        assert!(Challenge::try_new("Basic", [("realm", "a\r\nset-cookie: b")]).is_err());
    }

    #[test]
    fn errors_are_told_where_the_scheme_has_them() {
        let bearer = Challenge::try_new("Bearer", [("realm", "api")]).unwrap().with_errors();
        assert_eq!(
            bearer.value_for("invalid_token", "Not \"good\"\r\nat\\all."),
            r#"Bearer realm="api", error="invalid_token", error_description="Not goodatall.""#
        );
        let bare = Challenge::try_new("Bearer", []).unwrap().with_errors();
        assert_eq!(bare.value_for("a", "b"), r#"Bearer error="a", error_description="b""#);
        let basic = Challenge::try_new("Basic", []).unwrap();
        assert_eq!(basic.value_for("a", "b"), "Basic");
    }
}
