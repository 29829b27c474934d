//! The credentials of a scheme in `Authorization` (RFC 9110 §11.6.2).

use http::{HeaderMap, HeaderValue, header};

use super::Refusal;

/// Where credentials stand in a header's value.
pub(super) struct Credentials<'a> {
    pub(super) value: &'a HeaderValue,
    pub(super) start: usize,
}

impl<'a> Credentials<'a> {
    pub(super) fn as_bytes(&self) -> &'a [u8] {
        self.value.as_bytes().get(self.start..).unwrap_or_default()
    }
}

/// What follows the scheme. `None` if the request has no `Authorization`, or one of another scheme.
///
/// Of two fields nobody can say which one a proxy in front has looked at.
pub(super) fn credentials<'a>(
    headers: &'a HeaderMap,
    scheme: &str,
) -> Result<Option<Credentials<'a>>, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let bytes = value.as_bytes();
    let of_scheme =
        bytes.get(..scheme.len()).is_some_and(|name| name.eq_ignore_ascii_case(scheme.as_bytes()));
    let rest = bytes.get(scheme.len()..).unwrap_or_default();
    if !of_scheme || !(rest.is_empty() || rest[0] == b' ') {
        return several(headers).map(|()| None);
    }
    several(headers)?;
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    Ok(Some(Credentials { value, start: scheme.len() + spaces }))
}

fn several(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get_all(header::AUTHORIZATION).iter().nth(1) {
        None => Ok(()),
        Some(_) => Err(Refusal::malformed("The request has more than one Authorization field.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<String>, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        let found = credentials(&headers, "Bearer")?;
        Ok(found.map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned()))
    }

    #[test]
    fn the_scheme_is_a_whole_word_in_any_case() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bEARER   abc", Some("abc")),
            ("Bearer", Some("")),
            ("Bearer ", Some("")),
            ("Bearerabc", None),
            ("Bear", None),
            ("Basic abc", None),
            ("Bearer\tabc", None),
        ] {
            assert_eq!(read(&[value]).unwrap().as_deref(), expected, "{value}");
        }
        assert_eq!(read(&[]).unwrap(), None);
    }

    #[test]
    fn two_fields_are_refused_whatever_they_say() {
        for values in [["Bearer a", "Bearer a"], ["Basic a", "Bearer b"], ["Bearer a", "Basic b"]] {
            assert_eq!(read(&values).unwrap_err().status(), 400);
        }
    }
}
