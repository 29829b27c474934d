//! Choosing a format from `Accept` (RFC 9110 §12.5.1) without allocating.

use http::HeaderValue;

use super::Format;

/// How well an `Accept` list likes one format: `q` in thousandths, and how closely the range names it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Liking {
    q: u16,
    specificity: u8,
}

/// The format that these values of `Accept` like best.
pub(super) fn best<'a>(accept: impl IntoIterator<Item = &'a HeaderValue>) -> Format {
    // In order of preference among equals. Per format: what the most specific matching range says.
    let mut likings = [(Format::Json, None), (Format::Text, None), (Format::Html, None)];
    for value in accept {
        // A comma inside a quoted parameter splits too; no range a client sends for these types has one.
        for range in value.to_str().unwrap_or_default().split(',') {
            note(range, &mut likings);
        }
    }
    let mut best = (Format::Json, Liking::default());
    for (format, liking) in likings {
        if let Some(liking) = liking.filter(|liking: &Liking| liking.q > 0 && *liking > best.1) {
            best = (format, liking);
        }
    }
    best.0
}

fn note(range: &str, likings: &mut [(Format, Option<Liking>); 3]) {
    let mut parts = range.split(';').map(str::trim_ascii);
    let kind = parts.next().unwrap_or_default();
    let Some(q) = weight(parts) else { return };
    for (format, liking) in likings {
        let Some(specificity) = specificity(kind, *format) else { continue };
        let (known, closest) = (Liking { q, specificity }, liking.map_or(0, |liking| liking.specificity));
        // The closest range decides; of two that are equally close, the kinder.
        if specificity > closest || (specificity == closest && liking.is_none_or(|liking| q > liking.q)) {
            *liking = Some(known);
        }
    }
}

/// The `q` parameter in thousandths, 1000 if there is none, `None` if it is not a weight (RFC 9110 §12.4.2).
fn weight<'a>(mut params: impl Iterator<Item = &'a str>) -> Option<u16> {
    let q = params.find_map(|param| {
        let (name, value) = param.split_once('=')?;
        name.trim_ascii().eq_ignore_ascii_case("q").then(|| value.trim_ascii())
    });
    q.map_or(Some(1000), crate::fields::weight)
}

/// How closely a media range names a format: 3 by name, 2 by a name close to it, 1 by a wildcard subtype, 0 by `*/*`.
fn specificity(range: &str, format: Format) -> Option<u8> {
    let (kind, subtype) = range.split_once('/')?;
    let named = |name: &str| kind.eq_ignore_ascii_case(name);
    let sub = |name: &str| subtype.eq_ignore_ascii_case(name);
    let (own_kind, own_subtypes): (&str, &[&str]) = match format {
        Format::Json => ("application", &["problem+json", "json"]),
        Format::Text => ("text", &["plain"]),
        Format::Html => ("text", &["html"]),
    };
    if named(own_kind) && own_subtypes.iter().copied().any(sub) {
        Some(3)
    } else if named("application") && sub("xhtml+xml") && format == Format::Html {
        Some(2)
    } else if subtype == "*" {
        if named(own_kind) { Some(1) } else { (kind == "*").then_some(0) }
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(accept: &[&'static str]) -> Format {
        let values: Vec<_> = accept.iter().copied().map(HeaderValue::from_static).collect();
        best(&values)
    }

    #[test]
    fn table() {
        use Format::{Html, Json, Text};
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
        let cases: &[(&[&'static str], Format)] = &[
            (&[], Json),
            (&[""], Json),
            (&["*/*"], Json),
            (&["application/json"], Json),
            (&["application/problem+json"], Json),
            (&["application/*"], Json),
            (&[firefox], Html),
            (&[chrome], Html),
            (&["text/html, application/xhtml+xml, */*"], Html),
            (&["application/xhtml+xml"], Html),
            (&["text/plain"], Text),
            (&["TEXT/Plain"], Text),
            (&["text/*"], Text),
            (&["text/plain, */*"], Text),
            (&["application/json, text/plain, */*"], Json),
            (&["application/json, text/javascript, */*; q=0.01"], Json),
            (&["text/html;q=0.5, application/json;q=0.4"], Html),
            (&["text/html;q=0.5, application/json;q=0.6"], Json),
            (&["text/html; charset=utf-8; Q=0.9, text/plain;q=0.95"], Text),
            (&["text/html", "application/json;q=0.1"], Html),
            (&["text/html;q=0, */*"], Json),
            (&["application/json;q=0, */*"], Text),
            (&["application/json;q=0, text/plain;q=0, */*;q=0.1"], Html),
            (&["text/html;q=0"], Json),
            (&["*/*;q=0"], Json),
            (&["image/png"], Json),
            (&["text/html;q=2"], Json),
            (&["text/html;q=0.1234"], Json),
            (&["text/html;q=1.000"], Html),
            (&["text/html;q=1.001"], Json),
            (&["text/html;q="], Json),
            (&["text/html;q=-1, text/plain"], Text),
            (&[",,;;, /,text,*, text/plain"], Text),
            (&["*/html"], Json),
        ];
        for (accept, expected) in cases {
            assert_eq!(choose(accept), *expected, "{accept:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_text_are_passed_over() {
        let odd = HeaderValue::from_bytes(b"text/html\xff").unwrap();
        assert_eq!(best([&odd, &HeaderValue::from_static("text/plain")]), Format::Text);
    }
}
