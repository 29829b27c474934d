//! Redirects to a directory's name with its slash, as references that are relative: whatever this is mounted at, and whatever
//! proxy is in front, they lead to the right place.

use http::Uri;
use http::request::Parts;

use crate::visit::asked_path;

/// Where the mount itself has its slash, if it was asked for without: what is mounted sees the path `/` either way.
pub(crate) fn to_the_mount(parts: &Parts, name: &str) -> Option<String> {
    if !name.is_empty() {
        return None;
    }
    let asked = asked_path(parts);
    (!asked.ends_with('/') && asked.starts_with('/')).then(|| relative(asked, parts.uri.query()))
}

pub(crate) fn to_the_directory(uri: &Uri) -> String {
    relative(uri.path(), uri.query())
}

/// `name/` from `/a/name`. A colon would make a scheme of what is before it (RFC 3986 §4.2).
fn relative(path: &str, query: Option<&str>) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    let here = if last.contains(':') { "./" } else { "" };
    match query {
        Some(query) => format!("{here}{last}/?{query}"),
        None => format!("{here}{last}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_relative() {
        for (uri, location) in [
            ("/a", "a/"),
            ("/a/b?c=d", "b/?c=d"),
            ("/a/x:y", "./x:y/"),
            ("/%C3%A4", "%C3%A4/"),
            ("http://h.example/a", "a/"),
        ] {
            assert_eq!(to_the_directory(&uri.parse().unwrap()), location, "{uri}");
        }
    }
}
