//! Content codings and which of them a client likes best (RFC 9110 §8.4.1, §12.5.3).

use std::fmt;

use http::HeaderValue;

use crate::fields;

/// A content coding that responses can have (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `zstd` (RFC 8878), with a window of at most 8 MiB (RFC 9659 §3).
    Zstd,
    /// `br` (RFC 7932).
    Brotli,
    /// `gzip` (RFC 1952).
    Gzip,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The name in header fields: `zstd`, `br` or `gzip`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The place in [`ALL`](Self::ALL).
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name as the value of a header field.
    #[must_use]
    pub const fn value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    /// The coding of this name. Names are compared without case, and `x-gzip` is `gzip` (RFC 9110 §8.4.1).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.name()))
    }

    /// The offered coding that a client likes best, by its `Accept-Encoding` fields; of equals, the one that is offered
    /// first.
    ///
    /// `None` is the content as it is: without an `Accept-Encoding`, if the client takes none of the codings or likes
    /// `identity` better, and also if it takes neither, since content that it can read is more use than none.
    #[must_use]
    pub fn preferred<'a>(
        fields: impl IntoIterator<Item = &'a HeaderValue>,
        offered: &[Self],
    ) -> Option<Self> {
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
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The weights that a request gives, in thousandths.
#[derive(Default)]
struct Weights {
    named: [Option<u16>; Coding::ALL.len()],
    identity: Option<u16>,
    any: Option<u16>,
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
    fields::weight(value.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip, Zstd};
    use http::{HeaderMap, header};

    use super::*;

    fn chosen(accept: &[&'static str], offered: &[Coding]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        Coding::preferred(headers.get_all(header::ACCEPT_ENCODING), offered)
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

    #[test]
    fn every_coding_is_found_by_its_name_and_has_its_place() {
        for (index, coding) in Coding::ALL.into_iter().enumerate() {
            assert_eq!(coding.index(), index);
            assert_eq!(Coding::named(&coding.name().to_ascii_uppercase()), Some(coding));
        }
        assert_eq!(Coding::named("X-GZip"), Some(Coding::Gzip));
        assert_eq!((Coding::named("identity"), Coding::named("*"), Coding::named("")), (None, None, None));
    }
}
