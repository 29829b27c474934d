//! Choosing a coding by `Accept-Encoding` (RFC 9110 §12.5.3) without allocating.

use http::{HeaderMap, HeaderValue, header};

use super::Coding;

/// The weights that a request gives, in thousandths.
#[derive(Default)]
struct Weights {
    named: [Option<u16>; Coding::ALL.len()],
    identity: Option<u16>,
    any: Option<u16>,
}

/// What a client says it takes. It is read once it matters, which is not for the many responses that stay as they are.
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
            _ => Self::Read(choose(headers.get_all(header::ACCEPT_ENCODING), offered)),
        }
    }

    pub(super) const fn is_said(&self) -> bool {
        !matches!(self, Self::Unsaid)
    }

    pub(super) fn coding(&self, offered: &[Coding]) -> Option<Coding> {
        match self {
            Self::Unsaid => None,
            Self::Said(field) => choose([field], offered),
            Self::Read(coding) => *coding,
        }
    }
}

/// The offered coding that the client likes best; of equals, the one that is offered first.
///
/// `None` is the content as it is: without an `Accept-Encoding`, if the client takes none of the codings or likes
/// `identity` better, and also if it takes neither, since content that it can read is more use than none.
fn choose<'a>(fields: impl IntoIterator<Item = &'a HeaderValue>, offered: &[Coding]) -> Option<Coding> {
    let weights = Weights::of(fields);
    let mut best = None;
    let mut most = weights.identity.unwrap_or(0).saturating_sub(1);
    for &coding in offered {
        let weight = weights.of_coding(coding);
        if weight > most {
            (best, most) = (Some(coding), weight);
        }
    }
    best
}

impl Weights {
    fn of<'a>(fields: impl IntoIterator<Item = &'a HeaderValue>) -> Self {
        let mut weights = Self::default();
        for value in fields {
            for element in value.to_str().unwrap_or_default().split(',') {
                weights.note(element);
            }
        }
        weights
    }

    /// An element that is not well formed counts for nothing; of two for one coding the lower weight counts, since
    /// the content as it is does no harm.
    fn note(&mut self, element: &str) {
        let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
        let name = name.trim_ascii();
        let slot = if name == "*" {
            &mut self.any
        } else if name.eq_ignore_ascii_case("identity") {
            &mut self.identity
        } else if let Some(coding) = Coding::named(name) {
            &mut self.named[coding.index()]
        } else {
            return;
        };
        if let Some(weight) = weight(parameters) {
            *slot = Some(slot.map_or(weight, |known| known.min(weight)));
        }
    }

    fn of_coding(&self, coding: Coding) -> u16 {
        self.named[coding.index()].or(self.any).unwrap_or(0)
    }
}

/// The weight in thousandths; 1000 where there is none, `None` for what is not one (RFC 9110 §12.4.2).
fn weight(parameters: &str) -> Option<u16> {
    let parameters = parameters.trim_ascii();
    if parameters.is_empty() {
        return Some(1000);
    }
    let (name, value) = parameters.split_once('=')?;
    if !name.trim_ascii_end().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.trim_ascii_start().split_once('.').unwrap_or((value.trim_ascii(), ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths =
        fraction.bytes().zip([100, 10, 1]).map(|(digit, unit)| u16::from(digit - b'0') * unit).sum();
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip, Zstd};
    use super::*;

    fn chosen(accept: &[&'static str], offered: &[Coding]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        let accepted = Accepted::of(&headers, offered);
        assert_eq!(accepted.is_said(), !accept.is_empty());
        accepted.coding(offered)
    }

    #[test]
    fn table() {
        let cases: &[(&[&'static str], Option<Coding>)] = &[
            (&[], None),
            (&[""], None),
            (&["gzip"], Some(Gzip)),
            (&["GZIP"], Some(Gzip)),
            (&["x-gzip"], Some(Gzip)),
            (&["gzip, deflate, br, zstd"], Some(Zstd)),
            (&["gzip, deflate, br"], Some(Brotli)),
            (&["gzip", "br"], Some(Brotli)),
            (&["deflate"], None),
            (&["gzip;q=1.0, br;q=0.9, zstd;q=0.5"], Some(Gzip)),
            (&["gzip;q=0.001"], Some(Gzip)),
            (&["gzip;q=0.8, br;q=0.801"], Some(Brotli)),
            (&["gzip ; q = 0.5 , br ; Q=0.4"], Some(Gzip)),
            (&["gzip;q=0"], None),
            (&["gzip;q=0.000, br;q=0"], None),
            (&["*"], Some(Zstd)),
            (&["*;q=0.5, zstd;q=0"], Some(Brotli)),
            (&["*;q=0"], None),
            (&["*;q=0, gzip"], Some(Gzip)),
            (&["gzip;q=0.5, *;q=0.8"], Some(Zstd)),
            (&["identity"], None),
            (&["identity;q=0"], None),
            (&["identity;q=0, gzip;q=0"], None),
            (&["identity;q=0, *;q=0"], None),
            (&["identity;q=0, gzip;q=0.1"], Some(Gzip)),
            (&["identity, gzip;q=0.5"], None),
            (&["identity;q=0.5, gzip;q=0.5"], Some(Gzip)),
            (&["identity;q=0.4, gzip;q=0.5"], Some(Gzip)),
            (&["identity;q=0.001, gzip;q=0"], None),
            (&["gzip, gzip;q=0"], None),
            (&["gzip;q=2"], None),
            (&["gzip;q=1.001"], None),
            (&["gzip;q=0.1234"], None),
            (&["gzip;q="], None),
            (&["gzip;q=-1, br"], Some(Brotli)),
            (&["gzip;level=9"], None),
            (&["gzip;"], Some(Gzip)),
            (&[",,;;,gzip"], Some(Gzip)),
            (&["gzipped, brr, zst"], None),
        ];
        for (accept, expected) in cases {
            assert_eq!(chosen(accept, &Coding::ALL), *expected, "{accept:?}");
        }
    }

    #[test]
    fn the_order_of_the_offer_decides_between_equals() {
        assert_eq!(chosen(&["gzip, br, zstd"], &[Gzip, Brotli]), Some(Gzip));
        assert_eq!(chosen(&["*"], &[Brotli, Gzip, Zstd]), Some(Brotli));
        assert_eq!(chosen(&["gzip;q=0.9, br"], &[Gzip, Brotli]), Some(Brotli));
        assert_eq!(chosen(&["zstd"], &[Gzip, Brotli]), None);
    }
}
