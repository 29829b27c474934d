//! What a request says about the type of its body.

use http::{HeaderMap, header};

/// `application/json`, or another type whose syntax is JSON, such as `application/geo+json` (RFC 6839 §3.1).
#[cfg(feature = "json")]
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    essence(headers).is_some_and(|essence| {
        essence.eq_ignore_ascii_case("application/json")
            || essence.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"))
    })
}

/// `application/x-www-form-urlencoded`.
#[cfg(feature = "form")]
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    essence(headers).is_some_and(|essence| essence.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The media type without its parameters. Of two `Content-Type` fields neither can be believed (RFC 9110 §8.3).
fn essence(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let essence = value.to_str().ok()?.split(';').next()?.trim_ascii();
    essence.contains('/').then_some(essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (header::CONTENT_TYPE, http::HeaderValue::from_static(value))).collect()
    }

    #[test]
    #[cfg(feature = "json")]
    fn json_and_its_relatives() {
        let known = [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "application/problem+json",
            "image/x+JSON",
        ];
        for value in known {
            assert!(is_json(&headers(&[value])), "{value}");
        }
        for value in [
            "",
            "json",
            "+json",
            "text/json",
            "application/jsonp",
            "application/json+x",
            "text/plain;a=+json",
        ] {
            assert!(!is_json(&headers(&[value])), "{value}");
        }
        assert!(!is_json(&headers(&[])) && !is_json(&headers(&["application/json", "application/json"])));
    }

    #[test]
    #[cfg(feature = "form")]
    fn forms() {
        assert!(is_form(&headers(&["application/X-www-form-urlencoded;charset=x"])));
        assert!(!is_form(&headers(&["multipart/form-data"])) && !is_form(&headers(&[])));
    }
}
