//! A service of another make behind error pages: its errors have no content, or some of their own.

use http::{HeaderName, HeaderValue, StatusCode, header};
use hyperserve::middleware::error_pages::{ErrorContent, ErrorPagesLayer};
use hyperserve_core::{Body, Request, Response};
use hyperserve_router::{Router, get};

use super::messages;
use crate::app::number;

/// What an error says beside its content.
const FIELDS: [(HeaderName, &str); 6] = [
    (header::WWW_AUTHENTICATE, "Basic realm=\"there\""),
    (header::ALLOW, "GET"),
    (header::RETRY_AFTER, "9"),
    (header::SET_COOKIE, "a=1"),
    (header::ETAG, "\"there\""),
    (header::LAST_MODIFIED, "Sun, 06 Nov 1994 08:49:37 GMT"),
];

pub(super) fn router() -> Router {
    let kept = ErrorPagesLayer::new();
    let replaced = kept.with_content(ErrorContent::ReplaceText);
    Router::new()
        .route("/layers/errors/bare", get(bare).layer(kept))
        .route("/layers/errors/private", get(private).layer(kept))
        .route("/layers/errors/text", get(text).layer(kept))
        .route("/layers/errors/typed", get(typed).layer(kept))
        .route("/layers/replaced/text", get(text).layer(replaced))
}

fn status(request: &Request) -> StatusCode {
    StatusCode::from_u16(number(request, "code", 404)).unwrap_or(StatusCode::NOT_FOUND)
}

/// No content.
async fn bare(request: Request) -> Response {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status(&request);
    answer.headers_mut().extend(FIELDS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    answer
}

/// No content, and a word about who may keep it.
async fn private(request: Request) -> Response {
    let mut answer = bare(request).await;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    answer
}

async fn text(request: Request) -> Response {
    let mut answer = messages::text("the seat is taken");
    *answer.status_mut() = status(&request);
    answer
}

/// No content, and a type all the same: to HEAD, what GET would be answered with.
async fn typed(request: Request) -> Response {
    let mut answer = bare(request).await;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    answer
}
