//! Routes with a time of their own.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, header};
use hyperserve::middleware::{
    Paths,
    timeout::{TimeoutLayer, TimeoutStatus},
};
use hyperserve_core::{Body, Request, Response};
use hyperserve_router::{Router, get};

use super::made;
use crate::app::{Piece, Pieces, endpoints, number};

const TIME: Duration = Duration::from_millis(200);

pub(super) fn router() -> Router {
    let head = TimeoutLayer::new().with_head(TIME);
    let idle = TimeoutLayer::new().with_body_idle(TIME);
    let total = TimeoutLayer::new().with_body_total(TIME);
    let open = made(Paths::try_new(["/layers/timeout/exempt/open"]));
    Router::new()
        .route("/layers/timeout/head", get(slow).layer(head.clone()))
        .route(
            "/layers/timeout/gateway",
            get(slow).layer(head.clone().with_status(TimeoutStatus::GatewayTimeout)),
        )
        .route("/layers/timeout/exempt/{*rest}", get(slow).layer(head.with_exempt(open)))
        .route("/layers/timeout/idle", get(async || silent("text/plain")).layer(idle.clone()))
        .route("/layers/timeout/steady", get(async || steady("text/plain")).layer(idle.clone()))
        .route("/layers/timeout/total", get(async || steady("text/plain")).layer(total))
        .route("/layers/timeout/events", get(async || late("text/event-stream")).layer(idle))
}

async fn slow(request: Request) -> Response {
    endpoints::slow(number(&request, "ms", 5000)).await
}

fn streamed(kind: &'static str, pieces: Vec<Piece>, gap: Duration) -> Response {
    let mut answer = Response::new(Body::new(Pieces::new(pieces, gap)));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn piece(text: &'static str) -> Piece {
    Piece::Data(Bytes::from_static(text.as_bytes()))
}

/// A first piece, and nothing more.
fn silent(kind: &'static str) -> Response {
    streamed(kind, vec![piece("one\n"), Piece::Hang], Duration::from_millis(10))
}

/// Eight pieces in 0.4 s, none of which is late.
fn steady(kind: &'static str) -> Response {
    streamed(kind, (0..8).map(|_| piece("one\n")).collect(), Duration::from_millis(50))
}

/// Two pieces, both of which are late.
fn late(kind: &'static str) -> Response {
    streamed(kind, vec![piece("data: one\n\n"), piece("data: two\n\n")], 2 * TIME)
}
