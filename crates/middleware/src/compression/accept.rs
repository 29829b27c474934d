//! What a request says of codings, read once it matters, which is not for the many responses that stay as they are.

use http::{HeaderMap, HeaderValue, header};

use super::Coding;

/// What a client says it takes.
#[derive(Debug)]
pub(super) enum Accepted {
    /// It does not say.
    Unsaid,
    Said(HeaderValue),
    /// In several fields, which are read at once.
    Read(Option<Coding>),
}

impl Accepted {
    pub(super) fn of(headers: &HeaderMap, offered: &[Coding]) -> Self {
        let mut fields = headers.get_all(header::ACCEPT_ENCODING).iter();
        match (fields.next(), fields.next()) {
            (None, _) => Self::Unsaid,
            (Some(field), None) => Self::Said(field.clone()),
            _ => Self::Read(Coding::preferred(headers.get_all(header::ACCEPT_ENCODING), offered)),
        }
    }

    pub(super) const fn is_said(&self) -> bool {
        !matches!(self, Self::Unsaid)
    }

    pub(super) fn coding(&self, offered: &[Coding]) -> Option<Coding> {
        match self {
            Self::Unsaid => None,
            Self::Said(field) => Coding::preferred([field], offered),
            Self::Read(coding) => *coding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_fields_are_one() {
        for (accept, said, coding) in [
            (&[][..], false, None),
            (&["br"], true, Some(Coding::Brotli)),
            (&["gzip;q=0.5", "br"], true, Some(Coding::Brotli)),
        ] {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            let accepted = Accepted::of(&headers, &Coding::ALL);
            assert_eq!((accepted.is_said(), accepted.coding(&Coding::ALL)), (said, coding), "{accept:?}");
        }
    }
}
