//! The header fields that a format shows, taken out of heads before these go.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use http::header::{CONTENT_LOCATION, LOCATION, REFERER};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::secrets::{REDACTED, Secrets};

/// The values of the [`Wanted`] fields, in their order. `None` when there is none of them, which then costs nothing.
pub(super) type Picked = Option<Box<[Option<HeaderValue>]>>;

/// What is done to a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    Shown,
    /// Its query may hold secrets.
    Uri,
    Redacted,
    /// The user name of HTTP Basic (RFC 7617 §2); the rest of `Authorization` is not kept.
    User,
}

/// Fields of one kind of head.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    fields: Vec<(HeaderName, Treatment)>,
}

impl Wanted {
    /// Adds a field, unless it is there already, and says where its value will be.
    pub(super) fn add(&mut self, name: &HeaderName, treatment: Treatment) -> usize {
        let known = self.fields.iter().position(|field| field.0 == name && field.1 == treatment);
        known.unwrap_or_else(|| {
            self.fields.push((name.clone(), treatment));
            self.fields.len() - 1
        })
    }

    /// Settles what is redacted.
    pub(super) fn redact(&mut self, secrets: &Secrets) {
        let shown = self.fields.iter_mut().filter(|field| field.1 != Treatment::User);
        for (name, treatment) in shown.filter(|field| secrets.names(field.0.as_str().as_bytes())) {
            tracing::debug!(%name, "redacted in the access log");
            *treatment = Treatment::Redacted;
        }
    }

    pub(super) fn treatment(&self, index: usize) -> Treatment {
        self.fields[index].1
    }

    pub(super) fn pick(&self, headers: &HeaderMap) -> Picked {
        let first = self.fields.iter().position(|(name, _)| headers.contains_key(name))?;
        let mut values: Box<[Option<HeaderValue>]> = self.fields.iter().map(|_| None).collect();
        for (slot, (name, treatment)) in values.iter_mut().zip(&self.fields).skip(first) {
            *slot = headers.get(name).and_then(|value| treatment.keep(value));
        }
        Some(values)
    }
}

impl Treatment {
    /// What a field gets that is asked for by name.
    pub(super) fn of(name: &HeaderName) -> Self {
        if [REFERER, LOCATION, CONTENT_LOCATION].contains(name) { Self::Uri } else { Self::Shown }
    }

    fn keep(self, value: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::Shown | Self::Uri => Some(value.clone()),
            Self::Redacted => Some(HeaderValue::from_static(REDACTED)),
            Self::User => basic_user(value.as_bytes()),
        }
    }
}

/// Clients leave out the padding now and then.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn basic_user(credentials: &[u8]) -> Option<HeaderValue> {
    let (scheme, rest) = credentials.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let pair = LENIENT.decode(rest.trim_ascii()).ok()?;
    let user = pair.split(|&byte| byte == b':').next()?;
    // No control characters in a user name (RFC 7617 §2).
    HeaderValue::from_bytes(user).ok().filter(|user| !user.is_empty())
}

/// The value at `index`.
pub(super) fn at(picked: &Picked, index: usize) -> Option<&[u8]> {
    picked.as_ref()?.get(index)?.as_ref().map(HeaderValue::as_bytes)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use http::header::{AUTHORIZATION, USER_AGENT};

    use super::super::secrets::DEFAULT_SECRETS;
    use super::*;

    fn basic(credentials: &str) -> Option<String> {
        let user = basic_user(credentials.as_bytes())?;
        Some(user.to_str().unwrap().into())
    }

    #[test]
    fn a_basic_user_is_named_and_the_password_is_not() {
        assert_eq!(basic(&format!("Basic {}", STANDARD.encode("ann:open sesame"))), Some("ann".into()));
        assert_eq!(basic("basic YW5uOng"), Some("ann".into()));
        assert_eq!(basic("Basic"), None);
        assert_eq!(basic("Basic !!"), None);
        assert_eq!(basic("Bearer YW5uOng="), None);
        assert_eq!(basic(&format!("Basic {}", STANDARD.encode("a\nb:x"))), None);
        assert_eq!(basic(&format!("Basic {}", STANDARD.encode(":x"))), None);
    }

    #[test]
    fn secrets_are_redacted_before_they_are_kept() {
        let mut wanted = Wanted::default();
        let secret = wanted.add(&AUTHORIZATION, Treatment::Shown);
        let user = wanted.add(&AUTHORIZATION, Treatment::User);
        let agent = wanted.add(&USER_AGENT, Treatment::Shown);
        assert_eq!(wanted.add(&AUTHORIZATION, Treatment::User), user);
        wanted.redact(&Secrets::new(DEFAULT_SECRETS));
        let mut headers = HeaderMap::new();
        assert!(wanted.pick(&headers).is_none());
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YW5uOng="));
        headers.insert(REFERER, HeaderValue::from_static("/"));
        let picked = wanted.pick(&headers);
        assert_eq!(at(&picked, secret), Some(&b"[redacted]"[..]));
        assert_eq!(at(&picked, user), Some(&b"ann"[..]));
        assert_eq!(at(&picked, agent), None);
    }
}
