//! `Accept-Encoding`: the coding that is chosen is one that was offered and one that the client takes, it is that of a
//! model that reads weights as numbers, and it does not matter how the elements are put in lines.

#![no_main]

use http::HeaderValue;
use hyperserve_core::Coding::{self, Brotli, Gzip, Zstd};
use libfuzzer_sys::fuzz_target;

const OFFERS: [&[Coding]; 11] = [
    &[],
    &[Gzip],
    &[Brotli],
    &[Zstd],
    &[Brotli, Gzip],
    &[Gzip, Brotli],
    &[Zstd, Gzip],
    &[Brotli, Zstd, Gzip],
    &[Zstd, Brotli, Gzip],
    &[Gzip, Zstd, Brotli],
    &[Gzip, Gzip],
];

// A field a line.
fuzz_target!(|input: &[u8]| {
    let lines = input.split(|&byte| byte == b'\n').take(8);
    let fields: Vec<HeaderValue> = lines.filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    let texts: Vec<&str> = fields.iter().filter_map(|field| field.to_str().ok()).collect();
    let elements: Vec<Element<'_>> =
        texts.iter().flat_map(|text| text.split(',')).filter_map(Element::of).collect();
    let model = Model::of(&elements);
    let joined = HeaderValue::try_from(texts.join(",")).expect("of values");
    assert_eq!(
        Coding::preferred(&fields, &Coding::ALL),
        Coding::preferred([&joined], &Coding::ALL),
        "{fields:?} in one line"
    );
    for offer in OFFERS {
        let chosen = Coding::preferred(&fields, offer);
        assert_eq!(chosen, model.chosen(offer), "{fields:?} of {offer:?}");
        let Some(coding) = chosen else { continue };
        assert!(offer.contains(&coding));
        assert!(texts.iter().any(|text| text.contains('*') || names(text, coding)), "{coding} of {fields:?}");
    }
});

fn names(text: &str, coding: Coding) -> bool {
    text.to_ascii_lowercase().contains(coding.name())
}

struct Element<'a> {
    name: &'a str,
    weight: u32,
}

impl<'a> Element<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
        let parameters = parameters.trim_matches([' ', '\t']);
        let weight = if parameters.is_empty() { 1000 } else { weight(parameters)? };
        Some(Self { name: name.trim_matches([' ', '\t']), weight })
    }

    fn is(&self, coding: Coding) -> bool {
        let name = self.name.to_ascii_lowercase();
        name == coding.name() || (name == "x-gzip" && coding == Gzip)
    }
}

/// RFC 9110 §12.4.2: as a number, once the text has the shape of one.
fn weight(parameters: &str) -> Option<u32> {
    let (name, value) = parameters.split_once('=')?;
    let value = value.trim_start_matches([' ', '\t']);
    let is_q = matches!(name.trim_end_matches([' ', '\t']), "q" | "Q");
    let in_shape = matches!(value.as_bytes(), [b'0' | b'1'] | [b'0' | b'1', b'.', ..])
        && value.len() <= 5
        && value[1..].bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let number: f64 = value.parse().ok().filter(|_| is_q && in_shape)?;
    (number <= 1.0).then(|| (number * 1000.0).round() as u32)
}

struct Model {
    codings: [u32; Coding::ALL.len()],
    identity: u32,
}

impl Model {
    fn of(elements: &[Element<'_>]) -> Self {
        let least = |of: &dyn Fn(&Element<'_>) -> bool| {
            elements.iter().filter(|element| of(element)).map(|element| element.weight).min()
        };
        let any = least(&|element| element.name == "*");
        Self {
            codings: Coding::ALL.map(|coding| least(&|element| element.is(coding)).or(any).unwrap_or(0)),
            identity: least(&|element| element.name.eq_ignore_ascii_case("identity")).unwrap_or(0),
        }
    }

    fn chosen(&self, offer: &[Coding]) -> Option<Coding> {
        let weight = |coding: Coding| self.codings[coding.index()];
        let most = offer.iter().map(|&coding| weight(coding)).max()?;
        let chosen = offer.iter().copied().find(|&coding| weight(coding) == most);
        chosen.filter(|_| most > 0 && most >= self.identity)
    }
}
