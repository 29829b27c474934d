//! Fetches that no client waits for (RFC 5861 §3).

use std::pin::Pin;
use std::time::Duration;

use http_body::Body as _;
use hyperserve_core::{Body, Request, Response};
use tokio::time::timeout;
use tower_service::Service;

use super::fetch::Fetch;
use super::future::CacheFuture;

/// The longest that such a fetch takes. What comes later is fetched again when somebody asks.
const LONGEST: Duration = Duration::from_secs(30);

/// Asks the service in a task of its own, and reads the body to its end, since that is when it is stored.
pub(super) fn fetch_on_its_own<S>(service: S, request: Request, fetch: Box<Fetch>)
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    let limit = fetch.shared.config.entry_limit;
    let answer = CacheFuture::fetch_when_ready(service, request, fetch);
    drop(tokio::spawn(timeout(LONGEST, async move {
        if let Ok(response) = answer.await {
            read(response.into_body(), limit).await;
        }
    })));
}

/// Reads to the end, or to where it is too long to be stored.
async fn read(mut body: Body, limit: usize) {
    let mut length = 0;
    while length <= limit {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        let Some(Ok(frame)) = frame else { return };
        length += frame.data_ref().map_or(0, |data| data.len());
    }
}
