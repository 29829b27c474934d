//! Media types by the names of files, and which of them are programs in disguise.

use http::HeaderValue;

/// The media type that a name tells; text is said to be UTF-8.
pub(crate) fn of_name(name: &str) -> HeaderValue {
    let unknown = HeaderValue::from_static("application/octet-stream");
    match mime_guess::from_path(name).first_raw() {
        // What WHATWG calls JavaScript's one name (RFC 9239 §6).
        Some("application/javascript") => HeaderValue::from_static("text/javascript; charset=utf-8"),
        Some(text) if text.starts_with("text/") => {
            HeaderValue::try_from(format!("{text}; charset=utf-8")).unwrap_or(unknown)
        }
        Some(other) => HeaderValue::from_static(other),
        None => unknown,
    }
}

/// How much a document of a type can do in a browser that opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    None,
    /// It can run scripts, though nobody expects it to: SVG and other XML.
    Hidden,
    /// It is there to run scripts: HTML.
    Page,
}

pub(crate) fn activity(media_type: &HeaderValue) -> Activity {
    let essence = media_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    match essence {
        b"text/html" => Activity::Page,
        xml if xml.ends_with(b"+xml") || xml.ends_with(b"/xml") => Activity::Hidden,
        _ => Activity::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_names() {
        for (name, told, active) in [
            ("a.txt", "text/plain; charset=utf-8", Activity::None),
            ("a.html", "text/html; charset=utf-8", Activity::Page),
            ("a.b/C.JS", "text/javascript; charset=utf-8", Activity::None),
            ("a.mjs", "text/javascript; charset=utf-8", Activity::None),
            ("a.json", "application/json", Activity::None),
            ("a.svg", "image/svg+xml", Activity::Hidden),
            ("a.xml", "text/xml; charset=utf-8", Activity::Hidden),
            ("a.xhtml", "application/xhtml+xml", Activity::Hidden),
            ("a.wasm", "application/wasm", Activity::None),
            ("a.woff2", "font/woff2", Activity::None),
            ("a.mp4", "video/mp4", Activity::None),
            ("a.webp", "image/webp", Activity::None),
            ("a", "application/octet-stream", Activity::None),
            ("a.zzz", "application/octet-stream", Activity::None),
        ] {
            let media_type = of_name(name);
            assert_eq!((media_type.to_str().unwrap(), activity(&media_type)), (told, active), "{name}");
        }
    }
}
