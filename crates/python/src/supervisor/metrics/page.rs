//! The page of all workers' counters: asks them each time, in the words of
//! [`MetricsEndpoint`](hyperserve_middleware::metrics::MetricsEndpoint), whose page one process makes alone.

use http::{Method, StatusCode, header};
use hyperserve_core::{IntoResponse, Problem, Request, Response};
use hyperserve_middleware::metrics::MetricsFormat;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::super::event::Event;
use super::gather;

/// Answers GET and HEAD. The fleet hears of the question by an event.
pub(in super::super) async fn answer(request: Request, events: UnboundedSender<Event>) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let refused = Problem::new(StatusCode::METHOD_NOT_ALLOWED);
        return refused.with_header(header::ALLOW, "GET, HEAD").into_response();
    }
    let format = MetricsFormat::negotiate(request.headers());
    let (asked, probes) = oneshot::channel();
    // A fleet that has ended asks nobody.
    let _ = events.send(Event::Scraped(asked));
    let text = gather(probes.await.unwrap_or_default()).await;
    let fields = [
        (header::CONTENT_TYPE, format.content_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
    ];
    (fields, format.translate(&text)).into_response()
}
