//! A service beneath a prefix: it sees the rest of the path as the whole.

use http::Uri;
use http::uri::PathAndQuery;
use hyperserve_core::{Request, RequestContext};

use super::{Endpoint, EndpointFuture, Route};

struct Mounted {
    inner: Route,
    /// Segments of the prefix.
    depth: usize,
}

impl Endpoint for Mounted {
    fn call(&self, mut request: Request) -> EndpointFuture {
        if let Some(stripped) = strip(request.uri(), self.depth) {
            let whole = std::mem::replace(request.uri_mut(), stripped);
            RequestContext::of_mut(request.extensions_mut()).keep_original_uri(&whole);
        }
        self.inner.answer(request)
    }
}

/// Strips a prefix of so many segments before `inner` sees the request.
pub(crate) fn mounted(inner: Route, depth: usize) -> Route {
    if depth == 0 { inner } else { Route::new(Mounted { inner, depth }) }
}

/// The URI without the first `depth` segments of its path: `/a/b/c?d` without one is `/b/c?d`, `/a?d` is `/?d`.
fn strip(uri: &Uri, depth: usize) -> Option<Uri> {
    let path = uri.path();
    let slash = path.match_indices('/').nth(depth).map_or(path.len(), |(at, _)| at);
    let rest = path.get(slash..).filter(|rest| !rest.is_empty()).unwrap_or("/");
    let target = match uri.query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_go_and_the_rest_stays_as_it_was() {
        let cases = [
            ("/a/b/c?d", 1, "/b/c?d"),
            ("/a?d", 1, "/?d"),
            ("/a", 1, "/"),
            ("/a/", 1, "/"),
            ("/a//b/", 1, "//b/"),
            ("/a/%2Fb", 1, "/%2Fb"),
            ("/a/b", 2, "/"),
            ("http://h.example/a/b?x", 1, "http://h.example/b?x"),
        ];
        for (uri, depth, stripped) in cases {
            assert_eq!(strip(&uri.parse().unwrap(), depth).unwrap(), stripped, "{uri}");
        }
    }
}
