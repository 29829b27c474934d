//! From the path of a request to a name beneath the root, decoded once and judged segment by segment.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The most bytes of a name in a directory, on all file systems there are.
const LONGEST_SEGMENT: usize = 255;

/// `PATH_MAX`.
const LONGEST_PATH: usize = 4096;

/// The one hidden name that is always shown, at the top: made for what everybody may see (RFC 8615 §3).
const WELL_KNOWN: &str = ".well-known";

/// What a path names beneath the root: decoded, without a slash in front, and with the slash at its end if it has one.
/// The root is the empty name.
pub(crate) fn decode(path: &str, dotfiles: bool) -> Option<Cow<'_, str>> {
    let path = path.strip_prefix('/')?;
    if path.len() > LONGEST_PATH {
        return None;
    }
    let decoded = if path.contains('%') { Cow::Owned(unescaped(path)?) } else { Cow::Borrowed(path) };
    is_named(&decoded, dotfiles).then_some(decoded)
}

/// Decodes each segment by itself, so that an escaped slash separates nothing: it is refused.
fn unescaped(path: &str) -> Option<String> {
    let mut decoded = String::with_capacity(path.len());
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            decoded.push('/');
        }
        let segment = if has_escapes_only(segment) {
            percent_decode_str(segment).decode_utf8().ok()?
        } else {
            return None;
        };
        if segment.contains('/') {
            return None;
        }
        decoded.push_str(&segment);
    }
    Some(decoded)
}

/// Each percent sign begins an escape.
fn has_escapes_only(segment: &str) -> bool {
    let mut rest = segment.split('%');
    rest.next();
    rest.all(|after| matches!(after.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

fn is_named(path: &str, dotfiles: bool) -> bool {
    if path.is_empty() {
        return true;
    }
    let segments = path.strip_suffix('/').unwrap_or(path).split('/');
    segments
        .enumerate()
        .all(|(index, segment)| is_name(segment) && (dotfiles || is_shown(segment, index == 0)))
}

/// Whether this can be the name of a file, and cannot be taken for more by anything.
pub(crate) fn is_name(segment: &str) -> bool {
    let is_harmless = |byte: u8| byte != b'\\' && !byte.is_ascii_control();
    !matches!(segment, "" | "." | "..")
        && segment.len() <= LONGEST_SEGMENT
        && segment.bytes().all(is_harmless)
}

/// Whether a name is not hidden.
pub(crate) fn is_shown(name: &str, is_top: bool) -> bool {
    !name.starts_with('.') || (is_top && name == WELL_KNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_once() {
        for (path, name) in [
            ("/", ""),
            ("/a.txt", "a.txt"),
            ("/a/b/", "a/b/"),
            ("/a%20b.txt", "a b.txt"),
            ("/%C3%A4", "ä"),
            ("/%2525", "%25"),
            ("/.well-known/security.txt", ".well-known/security.txt"),
            ("/a..b/c...", "a..b/c..."),
        ] {
            assert_eq!(decode(path, false).as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn what_could_be_more_than_a_name_is_none() {
        let long = format!("/{}", "a".repeat(256));
        let deep = "/a".repeat(2049);
        for path in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/../a",
            "/a/..",
            "/%2e%2e/a",
            "/.%2E/",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a%00",
            "/%0a",
            "/%7f",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "/%c0%ae/",
            "/.git/config",
            "/a/.env",
            "/.well-known/.git",
            "/a/.well-known",
            &long,
            &deep,
        ] {
            assert_eq!(decode(path, false), None, "{path}");
        }
    }

    #[test]
    fn hidden_names_are_shown_when_asked_for() {
        assert_eq!(decode("/.a/.b", true).as_deref(), Some(".a/.b"));
        assert_eq!(decode("/.a/../b", true), None);
    }
}
