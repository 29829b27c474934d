//! The endpoints about HTTP itself: the first table of `spec/app.md`.

use hyperserve_core::{Request, Response};

use super::{endpoints, messages, tunnel};

/// Every path that [`answer`] knows.
pub(super) const PATHS: [&str; 22] = [
    "/",
    "/echo",
    "/read-some",
    "/received-trailers",
    "/headers",
    "/fields",
    "/method",
    "/target",
    "/ignore",
    "/slow",
    "/panic",
    "/bytes",
    "/status",
    "/empty",
    "/not-modified",
    "/head-length",
    "/cookies",
    "/close",
    "/stream",
    "/trailers",
    "/fail-midway",
    "/upgrade",
];

/// Answers a request; a path that is not in the table gets 404.
pub async fn answer(request: Request) -> Response {
    if tunnel::is_asked_for(&request) {
        return tunnel::connect(request);
    }
    if request.uri().path() == "*" {
        return messages::options();
    }
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/" => messages::text("OK"),
        "/echo" => endpoints::echo(request).await,
        "/read-some" => endpoints::read_some(request).await,
        "/received-trailers" => endpoints::received_trailers(request).await,
        "/headers" => endpoints::headers(&request),
        "/fields" => endpoints::asked_for(&request),
        "/method" => messages::text(request.method().to_string()),
        "/target" => messages::text(request.uri().to_string()),
        "/ignore" => messages::text("ignored"),
        "/slow" => endpoints::slow(endpoints::number(&request, "ms", 100)).await,
        "/panic" => endpoints::panic(),
        "/bytes" => messages::bytes(endpoints::number(&request, "n", 0)),
        "/status" => messages::status(endpoints::number(&request, "code", 200)),
        "/empty" => messages::empty(),
        "/not-modified" => messages::not_modified(),
        "/head-length" => messages::bytes(1000),
        "/cookies" => messages::cookies(),
        "/close" => messages::close(),
        "/stream" => messages::stream(),
        "/trailers" => messages::trailers(),
        "/fail-midway" => messages::fail_midway(),
        "/upgrade" => tunnel::upgrade(request),
        _ => messages::not_found(),
    }
}
