//! A service beneath a prefix: it sees the rest of the path as the whole.

use http::Uri;
use http::uri::PathAndQuery;
use hyperserve_core::{Request, RequestContext};

use super::{Endpoint, EndpointFuture, Route};

struct Mounted(Route);

impl Endpoint for Mounted {
    fn call(&self, mut request: Request) -> EndpointFuture {
        let route = RequestContext::of(request.extensions()).and_then(RequestContext::route);
        let depth = route.map_or(0, |route| depth(route.pattern()));
        if let Some(stripped) = (depth > 0).then(|| strip(request.uri(), depth)).flatten() {
            let whole = std::mem::replace(request.uri_mut(), stripped);
            RequestContext::of_mut(request.extensions_mut()).keep_original_uri(&whole);
        }
        self.0.answer(request)
    }
}

/// Strips the prefix that the request was found by before `inner` sees it: the whole of it, wherever the router of the
/// mount was nested.
pub(crate) fn mounted(inner: Route) -> Route {
    Route::new(Mounted(inner))
}

/// Segments of the prefix in a pattern of a mount: `/a/{b}`, `/a/{b}/` or `/a/{b}/{*rest}`.
fn depth(pattern: &str) -> usize {
    let prefix = pattern.split_once("/{*").map_or(pattern, |(prefix, _)| prefix);
    prefix.trim_end_matches('/').matches('/').count()
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
    fn a_prefix_has_its_segments() {
        for (pattern, segments) in
            [("/", 0), ("/{*rest}", 0), ("/a", 1), ("/a/", 1), ("/a/{*rest}", 1), ("/a/{b}/{*rest}", 2)]
        {
            assert_eq!(depth(pattern), segments, "{pattern}");
        }
    }

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
