//! Which media types shrink enough to be worth the time.

/// Plain types of `application` that are text or as good as text.
const APPLICATION: [&str; 22] = [
    "json",
    "javascript",
    "x-javascript",
    "ecmascript",
    "xml",
    "xml-dtd",
    "wasm",
    "graphql",
    "json-seq",
    "ndjson",
    "x-ndjson",
    "jsonl",
    "yaml",
    "x-yaml",
    "toml",
    "sql",
    "rtf",
    "x-www-form-urlencoded",
    "x-tar",
    "x-font-ttf",
    "x-font-opentype",
    "vnd.ms-fontobject",
];

/// WOFF and WOFF2 are compressed already.
const FONT: [&str; 4] = ["ttf", "otf", "sfnt", "collection"];

/// Pictures without compression of their own.
const IMAGE: [&str; 4] = ["bmp", "x-ms-bmp", "x-icon", "vnd.microsoft.icon"];

/// The list, with what the configuration adds and takes away.
#[derive(Debug)]
pub(super) struct Types {
    with: Box<[Pattern]>,
    without: Box<[Pattern]>,
}

#[derive(Debug)]
struct Pattern {
    kind: Box<str>,
    /// All of the kind if there is none.
    subtype: Option<Box<str>>,
}

impl Types {
    pub(super) fn try_new(with: &[String], without: &[String]) -> Result<Self, String> {
        let patterns =
            |list: &[String]| list.iter().map(|text| Pattern::parse(text)).collect::<Result<_, _>>();
        let types = Self { with: patterns(with)?, without: patterns(without)? };
        let never =
            |pattern: &&Pattern| pattern.subtype.as_deref().is_some_and(|sub| is_stream(&pattern.kind, sub));
        match types.with.iter().find(never) {
            Some(_) => {
                Err("event streams and gRPC are never compressed here: leave their types out".to_owned())
            }
            None => Ok(types),
        }
    }

    /// Whether content of this type is to be compressed. Parameters do not matter.
    pub(super) fn allow(&self, content_type: &str) -> bool {
        let essence = content_type.split(';').next().unwrap_or_default().trim_ascii();
        let Some((kind, subtype)) = essence.split_once('/') else { return false };
        let listed = |list: &[Pattern]| list.iter().any(|pattern| pattern.matches(kind, subtype));
        !is_stream(kind, subtype) && !listed(&self.without) && (shrinks(kind, subtype) || listed(&self.with))
    }
}

/// Event streams end only with the server, which then cuts them where a decoder would expect more; gRPC compresses its
/// messages by itself.
fn is_stream(kind: &str, subtype: &str) -> bool {
    let is = |name: &str, start: &str| {
        kind.eq_ignore_ascii_case(name)
            && subtype.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    (is("text", "event-stream") && subtype.len() == "event-stream".len()) || is("application", "grpc")
}

fn shrinks(kind: &str, subtype: &str) -> bool {
    let among = |list: &[&str]| list.iter().any(|known| subtype.eq_ignore_ascii_case(known));
    let suffix = subtype.rsplit_once('+').map(|(_, suffix)| suffix);
    if suffix
        .is_some_and(|suffix| ["json", "xml", "yaml"].iter().any(|known| suffix.eq_ignore_ascii_case(known)))
    {
        return true;
    }
    if kind.eq_ignore_ascii_case("text") {
        true
    } else if kind.eq_ignore_ascii_case("application") {
        among(&APPLICATION)
    } else if kind.eq_ignore_ascii_case("font") {
        among(&FONT)
    } else {
        kind.eq_ignore_ascii_case("image") && among(&IMAGE)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a media type: write type/subtype, or type/*");
        let (kind, subtype) = text.split_once('/').ok_or_else(wrong)?;
        if !is_token(kind) || kind == "*" || !is_token(subtype) {
            return Err(wrong());
        }
        Ok(Self { kind: kind.into(), subtype: (subtype != "*").then(|| subtype.into()) })
    }

    fn matches(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
            && self.subtype.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(subtype))
    }
}

/// RFC 9110 §5.6.2
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(with: &[&str], without: &[&str]) -> Result<Types, String> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Types::try_new(&owned(with), &owned(without))
    }

    #[test]
    fn what_shrinks_is_allowed_and_nothing_else() {
        let usual = types(&[], &[]).unwrap();
        for allowed in [
            "text/html; charset=utf-8",
            "TEXT/Plain",
            "text/csv;header=present",
            "application/json",
            "application/problem+json",
            "application/rss+xml",
            "Application/LD+JSON",
            "application/wasm",
            "application/javascript",
            "image/svg+xml",
            "image/x-icon",
            "font/ttf",
            "font/otf",
            "model/gltf+json",
        ] {
            assert!(usual.allow(allowed), "{allowed}");
        }
        for refused in [
            "",
            "text",
            "json",
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "application/grpc",
            "application/grpc+json",
            "application/grpc-web-text",
            "application/octet-stream",
            "application/zip",
            "application/pdf",
            "image/png",
            "image/jpeg",
            "video/mp4",
            "audio/ogg",
            "font/woff2",
            "multipart/mixed",
            "application/+jsonx",
        ] {
            assert!(!usual.allow(refused), "{refused}");
        }
        assert!(usual.allow("text/event-streams"));
    }

    #[test]
    fn the_list_can_be_changed() {
        let changed = types(&["model/*", "application/x-letters"], &["text/csv", "font/*"]).unwrap();
        for (content_type, allowed) in [
            ("model/stl", true),
            ("APPLICATION/x-Letters", true),
            ("text/csv", false),
            ("font/ttf", false),
            ("text/html", true),
            ("application/x-letter", false),
        ] {
            assert_eq!(changed.allow(content_type), allowed, "{content_type}");
        }
        assert!(!types(&["text/*"], &[]).unwrap().allow("text/event-stream"));
    }

    #[test]
    fn what_is_not_a_type_is_refused() {
        for wrong in ["", "text", "text/", "/html", "*/*", "text/html; charset=utf-8", "text/ht ml", "a/b/c"]
        {
            let fault = types(&[wrong], &[]).unwrap_err();
            assert_eq!(fault, format!("{wrong:?} is not a media type: write type/subtype, or type/*"));
        }
        for never in ["text/event-stream", "application/grpc", "application/grpc-web+proto"] {
            assert!(types(&[never], &[]).unwrap_err().starts_with("event streams and gRPC"), "{never}");
        }
    }
}
